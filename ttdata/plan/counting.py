"""Adds up what a plan costs, from the study and from what is on disk. Requests nothing.

What is stored counts as sent, whether a job finished or not. Earlier rounds count; those to come do not.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from ttdata.answers.items import ItemAnswers
from ttdata.plan import estimate
from ttdata.plan.canary_files import canary_requests
from ttdata.plan.cost import Cost, Costs
from ttdata.plan.ids import missing_ids_of, receipts, selected_ids
from ttdata.plan.model import DatasetPlan, Shard, Slice, SourcePlan
from ttdata.plan.names import first_round
from ttdata.plan.plan import Plan
from ttdata.plan.receipts import receipt_for_missing, receipt_of_search
from ttdata.plan.rounds import earlier_receipts
from ttdata.store.raw_files import stored_lines
from ttdata.store.receipts import Receipt

FOLLOW_QUOTA = 20_000
CANARY = "canary"


def costs(plan: Plan) -> Costs:
    """The cost of a plan."""
    return _Counting(plan).costs()


class _Counting:
    """Adds up the cost of a plan, source by source; what two datasets have in common counts once."""

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._sources: dict[str, Cost] = {}
        self._spent: Counter[str] = Counter()
        self._records: dict[str, dict[str, Cost]] = {}
        self._again: dict[str, Cost] = {}
        self._unbounded: set[str] = set()
        self._slices: set[str] = set()
        self._items: set[tuple[str, str]] = set()  # a raw file's name, and an item
        self._stores: set[str] = set()

    def costs(self) -> Costs:
        plan = self._plan
        for dataset in plan.datasets:
            records = {"accounts": Cost(*[len(dataset.handles)] * 3), "videos": self._add_videos(dataset)}
            for source in dataset.sources:
                records[source.source] = self._add_source(dataset, source, records)
            self._records[dataset.name] = records
        for name, receipt in _earlier(plan):
            self._spent[name] += receipt.requests
            _add(self._sources, name, _exactly(receipt.requests))
        limits = {"general": int(plan.daily * plan.use), "follow": int(FOLLOW_QUOTA * plan.use)}
        limits = {name: max(1, limit) for name, limit in limits.items()}
        costs = Costs(
            self._sources, limits, self._spent, self._records, self._again, unbounded=frozenset(self._unbounded)
        )
        return _with_canary(plan, costs)

    # Searches

    def _add_videos(self, dataset: DatasetPlan) -> Cost:
        """Add a dataset's searches; returns the videos that they find."""
        slices = [self._plan.slice(name) for name in dataset.slices]
        known = {slice_.name: _receipt_of_search(self._plan, slice_) for slice_ in slices}
        collected = [receipt for receipt in known.values() if receipt and receipt.is_finished]
        mean = _mean([each.records for each in collected]), _mean([each.least for each in collected])
        cost, videos = Cost(), Cost()
        for slice_ in slices:
            receipt = known[slice_.name]
            before = receipt if receipt and receipt.is_finished else _receipt_before(self._plan, slice_)
            expected = estimate.search(
                self._plan, dataset, slice_, *((before.records, before.least) if before else mean)
            )
            self._again[first_round(slice_.name)] = expected[0]
            requests, hits = _with_stored(receipt, *expected)
            if not (receipt and receipt.is_finished) and not estimate.is_bounded(dataset, slice_):
                self._unbounded.add("videos")
            videos = videos.plus(hits)
            if slice_.name not in self._slices:
                self._slices.add(slice_.name)
                cost = cost.plus(requests)
                self._spent["videos"] += receipt.requests if receipt else 0
        if slices:
            _add(self._sources, "videos", cost)
        return videos

    # Other sources

    def _add_source(self, dataset: DatasetPlan, source: SourcePlan, parents: Mapping[str, Cost]) -> Cost:
        """Add a source; returns its records. parents: the records of the sources before it."""
        ids = selected_ids(self._plan, dataset, source)
        expected = estimate.items(self._plan, dataset, source, parents)
        items = expected if ids is None else _exactly(len(ids))
        share = items.expected / max(1, parents[source.of].expected) if source.of in parents else 1.0
        cost, records, spent = (
            self._count_unknown(source, items, share) if ids is None else self._count_known(source, ids, share)
        )
        if ids is not None and _may_change(self._plan, dataset, source):
            cost = cost._replace(max=cost.max + expected.max * estimate.most_pages(source))
        rows = parents.get(source.of, Cost())
        if (
            ids is None
            and source.of in self._unbounded
            and not estimate.limits_items(self._plan, dataset, source, rows)
        ):
            self._unbounded.add(source.source)
        self._spent[source.source] += spent
        _add(self._sources, source.source, cost)
        self._again |= _again(source, items, share)
        return records

    def _count_unknown(self, source: SourcePlan, items: Cost, share: float) -> tuple[Cost, Cost, int]:
        """Cost, records and spent requests of a source whose items are not known."""
        store = _store(source)
        if store in self._stores:
            items = items._replace(min=0)
        self._stores.add(store)
        return _pages(source, items, share), estimate.records(source).times(*items), 0

    def _count_known(self, source: SourcePlan, ids: list[str], share: float) -> tuple[Cost, Cost, int]:
        """The same of a source whose items are known: what is stored, and what its other items are expected to cost."""
        store = _store(source)
        all_items = {(store, item) for item in ids}
        own = all_items - self._items
        self._items |= all_items
        self._stores.add(store)
        known = receipts(self._plan, source, ids)
        finished = [receipt for receipt in known.values() if receipt]
        records = _exactly(sum(each.records for each in finished))
        if own == all_items and len(finished) == len(known):
            spent = sum(each.requests for each in finished)
            return _exactly(spent), records, spent
        answers = {shard: self._answers(source, shard) for shard in known}
        by_shard = {shard: sorted(filter(shard.holds, ids)) for shard in known}
        # Jobs request items in their order. If others are answered, k was smaller then: what is new ranks lower.
        is_larger = any(_has_gap([item in answers[shard] for item in some]) for shard, some in by_shard.items())
        rank_lower = source.selection.top is not None and is_larger
        cost, spent = Cost(), 0
        for shard, receipt in known.items():
            mine = by_shard[shard]
            new = [item for item in mine if (store, item) in own]
            requests, stored = self._of_shard(source, answers[shard], new, finished, share, rank_lower=rank_lower)
            cost, spent = cost.plus(requests), spent + stored
            if receipt is None:
                records = records.plus(estimate.records(source).times(*_exactly(len(mine))))
        return cost, records, spent

    def _answers(self, source: SourcePlan, shard: Shard) -> ItemAnswers:
        return ItemAnswers(stored_lines(self._plan.raw.pages(source.kind, shard.raw)), source.source_kind, source.max)

    def _of_shard(
        self,
        source: SourcePlan,
        answers: ItemAnswers,
        items: list[str],
        finished: list[Receipt],
        share: float,
        *,
        rank_lower: bool,
    ) -> tuple[Cost, int]:
        """What these items of a shard cost, and how many requests about them are stored."""
        own = set(items)
        asked = Counter(line.item for line in answers.counted if line.item in own)
        left = [item for item in items if item not in answers]
        # Lists that a smaller `max` has cut, or a stop.
        begun = [item for item in left if answers.records(item)]
        answered = [(each.requests, each.items or 0) for each in finished]
        answered += [(asked[item], 1) for item in items if item in answers]
        whole = _pages(source, _exactly(len(left) - len(begun)), share, answered, rank_lower=rank_lower)
        further = sum(estimate.further_pages(source, asked[item], answers.records(item)) for item in begun)
        begun_cost = Cost(len(begun), len(begun) * estimate.most_pages(source), further)
        return _exactly(asked.total()).plus(whole).plus(begun_cost), asked.total()


def _with_stored(receipt: Receipt | None, cost: Cost, records: Cost) -> tuple[Cost, Cost]:
    """The cost of a search and its videos, with what is stored of it."""
    if receipt is None:
        return cost, records
    if receipt.is_finished:
        return _exactly(receipt.requests), _exactly(receipt.records)
    least = receipt.requests + 1
    return Cost(least, max(least, cost.max), max(least, cost.expected)), records


def _receipt_of_search(plan: Plan, slice_: Slice) -> Receipt | None:
    """The receipt of a search, or what it would be by now; None if nothing is stored."""
    receipt = Receipt.read_if_any(plan.raw.receipt("videos", slice_.name))
    if receipt:
        return receipt
    lines = stored_lines(plan.raw.pages("videos", slice_.name))
    if not lines:
        return None
    if not slice_.missing:
        return receipt_of_search(plan, slice_, lines)
    ids = missing_ids_of(plan, slice_)
    return None if ids is None else receipt_for_missing(plan, slice_, ids, lines)


def _receipt_before(plan: Plan, slice_: Slice) -> Receipt | None:
    """The receipt of the round before."""
    paths = earlier_receipts(plan, "videos", slice_.name)
    return Receipt.read(paths[-1]) if paths else None


def _with_canary(plan: Plan, costs: Costs) -> Costs:
    """The same with the canary's request for each day on which something is requested."""
    sent, is_declared = canary_requests(plan), plan.canary is not None
    if not sent and not is_declared:
        return costs
    # One of today's is sent already, or not: what is left may need one more day than it takes.
    waiting = [any(each) for each in zip(*(costs.left(name) for name in costs.limits), strict=True)]
    days = Cost(*(day * is_left * is_declared for day, is_left in zip(costs.days, waiting, strict=True)))
    least = max(0, days.min - bool(sent))
    cost = Cost(sent + least, sent + days.max, sent + max(least, days.expected - bool(sent)))
    return replace(costs, sources={CANARY: cost, **costs.sources}, spent={**costs.spent, CANARY: sent})


def _earlier(plan: Plan) -> Iterator[tuple[str, Receipt]]:
    """The receipts of all rounds before the current ones, with their sources."""
    names = [("videos", slice_.name) for slice_ in plan.slices]
    names += [
        (source.source, shard.receipt)
        for dataset in plan.datasets
        for source in dataset.sources
        for shard in source.shards
    ]
    for source, name in names:
        yield from ((source, Receipt.read(path)) for path in earlier_receipts(plan, source, name))


def _again(source: SourcePlan, items: Cost, share: float) -> dict[str, Cost]:
    """What it costs to request all items again, by shard."""
    cost = _pages(source, items, share)
    shards = len(source.shards)
    shares = [Cost(*((each + number) // shards for each in cost)) for number in range(shards)]
    return {first_round(shard.receipt): share for shard, share in zip(source.shards, shares, strict=True)}


def _may_change(plan: Plan, dataset: DatasetPlan, source: SourcePlan) -> bool:
    """Whether a source's items are those of an earlier round of its searches."""
    return source.of != "accounts" and not all(path.exists() for path in plan.receipts(dataset.name, "videos"))


def _pages(
    source: SourcePlan,
    items: Cost,
    share: float,
    answered: Sequence[tuple[int, int]] = (),
    *,
    rank_lower: bool = False,
) -> Cost:
    """The requests that some items take. share: see estimate.usual_pages.

    answered: the requests that others took, and how many these are.
    """
    requests, number = (sum(column) for column in zip(*answered, strict=True)) if answered else (0, 0)
    usual = estimate.usual_pages(source, share, requests, number, rank_lower=rank_lower)
    return items.times(1, estimate.most_pages(source), usual)


def _has_gap(answered: list[bool]) -> bool:
    """Whether an item that is not answered comes before one that is."""
    return answered != sorted(answered, reverse=True)


def _store(source: SourcePlan) -> str:
    """The raw files of a source in its current round, which another source may have in common with it."""
    return f"{source.kind}/{source.shards[0].raw}"


def _exactly(number: int) -> Cost:
    return Cost(number, number, number)


def _add(sources: dict[str, Cost], name: str, cost: Cost) -> None:
    sources[name] = sources.get(name, Cost()).plus(cost)


def _mean(numbers: list[int]) -> int | None:
    return round(sum(numbers) / len(numbers)) if numbers else None
