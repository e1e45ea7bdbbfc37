"""What a plan costs before the first request: at least, at most, and as expected from what is collected.

A search costs a request for every 100 videos that it finds, removed ones included, and one at least. How many there
are is unknown beforehand: the study may say `about` how many; what is collected is known.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from math import ceil
from typing import NamedTuple

from ttdata.answers.windows import PAGE
from ttdata.plan.canary_files import canary_requests
from ttdata.plan.ids import missing_ids_of, receipts, selected_ids
from ttdata.plan.model import DatasetPlan, Slice, SourcePlan
from ttdata.plan.names import first_round
from ttdata.plan.plan import Plan
from ttdata.plan.rounds import earlier_receipts
from ttdata.source_kinds import KINDS, kind_of
from ttdata.store.raw_files import stored_lines
from ttdata.store.receipts import Receipt

# A window of which nothing is known is assumed to hold at most this many videos.
FULL_WINDOW = 10_000
# Of 100 records that a page counts, at least this share is returned (needs.md: a study got 65 %).
LEAST_YIELD = 0.65
# Groups that are expected where a selection is made per column.
USUAL_GROUPS = 10
_DAYS = {"day": 1, "week": 7, "month": 28}
# Of the ids in a list, one in this many is usually not found: as in the donations of arXiv 2506.09746.
USUALLY_MISSING = 8

FOLLOW_QUOTA = 20_000
CANARY = "canary"


class Cost(NamedTuple):
    """Numbers of requests."""

    min: int = 0
    max: int = 0
    expected: int = 0

    def plus(self, other: "Cost") -> "Cost":
        return Cost(self.min + other.min, self.max + other.max, self.expected + other.expected)

    def times(self, least: int, most: int, usual: int) -> "Cost":
        return Cost(self.min * least, self.max * most, self.expected * usual)


@dataclass(frozen=True)
class Costs:
    """Costs by source, what of them is spent, the records that they return, and each bucket's quota per day.

    again: what it costs to request a slice or shard again, by its name in its first round
    """

    sources: Mapping[str, Cost]
    limits: Mapping[str, int]
    spent: Mapping[str, int] = field(default_factory=dict)
    records: Mapping[str, Cost] = field(default_factory=dict)
    again: Mapping[str, Cost] = field(default_factory=dict)

    @property
    def total(self) -> Cost:
        return total(self.sources.values())

    @property
    def done(self) -> int:
        """Requests that were sent already."""
        return sum(self.spent.values())

    def bucket(self, name: str) -> Cost:
        """The cost in one bucket of the quota: general or follow."""
        return total(cost for source, cost in self.sources.items() if _bucket(source) == name)

    def left(self, name: str) -> Cost:
        """What of a bucket's cost is still to be sent."""
        spent = sum(requests for source, requests in self.spent.items() if _bucket(source) == name)
        return Cost(*(max(0, each - spent) for each in self.bucket(name)))

    @property
    def days(self) -> Cost:
        """Days that what is left takes; both buckets are used at the same time."""
        spans = [[-(-each // self.limits[name]) for each in self.left(name)] for name in self.limits]
        return Cost(*(max(1, *each) for each in zip(*spans, strict=True)))

    def finished_on(self, today: date) -> date:
        """The day on which the expected number of requests is sent."""
        return today + timedelta(self.days.expected - 1)


def costs(plan: Plan) -> Costs:
    """The cost of a plan, from the plan and what is on disk. Requests nothing.

    Earlier rounds count; those to come do not.
    """
    return _Counting(plan).costs()


class _Counting:
    """Adds up the cost of a plan, source by source; what two datasets have in common counts once."""

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._sources: dict[str, Cost] = {}
        self._spent: Counter[str] = Counter()
        self._records: dict[str, Cost] = {}
        self._again: dict[str, Cost] = {}
        self._slices: set[str] = set()
        self._items: set[tuple[str, str]] = set()  # a raw file's name, and an item
        self._stores: set[str] = set()

    def costs(self) -> Costs:
        plan = self._plan
        for dataset in plan.datasets:
            records = {"accounts": Cost(*[len(dataset.handles)] * 3), "videos": self._add_videos(dataset)}
            for source in dataset.sources:
                records[source.source] = self._add_source(dataset, source, records)
        for name, receipt in _earlier(plan):
            self._spent[name] += receipt.requests
            _add(self._sources, name, Cost(*[receipt.least] * 3))
        limits = {"general": int(plan.daily * plan.use), "follow": int(FOLLOW_QUOTA * plan.use)}
        limits = {name: max(1, limit) for name, limit in limits.items()}
        return _with_canary(plan, Costs(self._sources, limits, self._spent, self._records, self._again))

    def _add_videos(self, dataset: DatasetPlan) -> Cost:
        """Add a dataset's searches; returns the videos that they find."""
        slices = [self._plan.slice(name) for name in dataset.slices]
        known = {slice_.name: _receipt(self._plan, slice_) for slice_ in slices}
        collected = [receipt for receipt in known.values() if receipt]
        mean = _mean([each.records for each in collected]), _mean([each.least for each in collected])
        cost, videos = Cost(), Cost()
        for slice_ in slices:
            receipt = known[slice_.name]
            before = receipt or _receipt_before(self._plan, slice_)
            search = _search(self._plan, dataset, slice_, *((before.records, before.least) if before else mean))
            self._again[first_round(slice_.name)] = search[0]
            requests, hits = (Cost(*[receipt.least] * 3), Cost(*[receipt.records] * 3)) if receipt else search
            videos = videos.plus(hits)
            if slice_.name not in self._slices:
                self._slices.add(slice_.name)
                cost = cost.plus(requests)
                self._spent["videos"] += receipt.requests if receipt else 0
        if slices:
            _add(self._sources, "videos", cost)
            _add(self._records, "videos", videos)
        return videos

    def _add_source(self, dataset: DatasetPlan, source: SourcePlan, parents: Mapping[str, Cost]) -> Cost:
        """Add a source; returns its records. parents: the records of the sources before it."""
        ids = selected_ids(self._plan, dataset, source)
        items = _items(self._plan, dataset, source, ids, parents)
        cost, records, spent = self._count(source, ids, items)
        if ids is not None and _may_change(self._plan, dataset, source):
            others = _items(self._plan, dataset, source, None, parents)
            cost = cost._replace(max=cost.max + others.max * _pages(source, []).max)
        self._spent[source.source] += spent
        _add(self._sources, source.source, cost)
        _add(self._records, source.source, records)
        self._again |= _again(source, items)
        return records

    def _count(self, source: SourcePlan, ids: list[str] | None, items: Cost) -> tuple[Cost, Cost, int]:
        """The cost of a source, the records that it finds, and the requests that were sent already."""
        store = f"{source.kind}/{source.shards[0].raw}"
        all_items = {(store, item) for item in ids or ()}
        own = all_items - self._items
        self._items |= all_items
        known = [receipt for receipt in receipts(self._plan, source, ids).values() if receipt]
        if ids is not None and len(known) == len(source.shards):
            records = Cost(*[sum(each.records for each in known)] * 3)
            if own == all_items:
                return Cost(*[sum(each.least for each in known)] * 3), records, sum(each.requests for each in known)
            files = {self._plan.raw.pages(source.kind, shard.raw) for shard in source.shards}
            spent = sum((store, line.item) in own for file in files for line in stored_lines(file))
            return Cost(*[spent] * 3), records, spent
        new = items if ids is None else Cost(*[len(own)] * 3)
        if store in self._stores and ids is None:
            new = new._replace(min=0)
        self._stores.add(store)
        return _pages(source, known).times(*new), _records(source).times(*items), 0


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


def _again(source: SourcePlan, items: Cost) -> dict[str, Cost]:
    """What it costs to request all items again, by shard."""
    pages = _pages(source, [])
    cost = Cost(items.min * pages.min, items.max * pages.max, items.expected * pages.expected)
    shards = len(source.shards)
    shares = [Cost(*((each + number) // shards for each in cost)) for number in range(shards)]
    return {first_round(shard.receipt): share for shard, share in zip(source.shards, shares, strict=True)}


def _search(
    plan: Plan, dataset: DatasetPlan, slice_: Slice, records: int | None, pages: int | None
) -> tuple[Cost, Cost]:
    """The cost of one search that is not collected yet, and the videos that it finds.

    records, pages: what a search of the dataset returned on average, and its cost; None if none is collected.
    """
    if slice_.missing:
        return _search_for_missing(plan, dataset, slice_)
    if slice_.is_drawn:
        return Cost(1, 1, 1), Cost(0, PAGE, PAGE if records is None else records)
    if ids := slice_.number_of_ids:
        # A full page may be followed by another one, which is empty.
        return Cost(1, 1 + (ids >= PAGE), 1), Cost(0, ids, ids)
    share = len(dataset.slices)
    most = -(-2 * dataset.about // share) if dataset.about else FULL_WINDOW
    usual = (dataset.about or 500) // share if records is None else records
    # Pages count removed videos, records do not: what is collected shows how many there are.
    return Cost(1, max(1, -(-most // PAGE)) + 1, pages or max(1, -(-usual // PAGE))), Cost(0, most, usual)


def _search_for_missing(plan: Plan, dataset: DatasetPlan, slice_: Slice) -> tuple[Cost, Cost]:
    """The cost of searching one window for the missing ids; how many those are is known only after the others."""
    ids, listed = missing_ids_of(plan, slice_), len(dataset.ids.video_ids) if dataset.ids else 0
    missing = Cost(0, listed, -(-listed // USUALLY_MISSING)) if ids is None else Cost(*[len(ids)] * 3)
    return Cost(*(-(-count // PAGE) for count in missing)), Cost(0, missing.max, 0)


def _may_change(plan: Plan, dataset: DatasetPlan, source: SourcePlan) -> bool:
    """Whether a source's items are those of an earlier round of its searches."""
    return source.of != "accounts" and not all(path.exists() for path in plan.receipts(dataset.name, "videos"))


def _items(
    plan: Plan, dataset: DatasetPlan, source: SourcePlan, ids: list[str] | None, parents: Mapping[str, Cost]
) -> Cost:
    """How many items a source requests; `ids`: those that are known."""
    if ids is not None:
        return Cost(*[len(ids)] * 3)
    if source.names:
        return Cost(*[len(source.names)] * 3)
    kind, selection, (least, most, usual) = source.source_kind, source.selection, parents[source.of]
    # Many records may be about one account; in a list of accounts each occurs once.
    once = source.of == "accounts" and kind.item_key == "username"
    least = 0 if selection.where or kind.share < 1 else least if once else min(1, least)
    usual = ceil(usual * kind.share / (2 if selection.where else 1))
    for part in (selection.top, selection.sample):
        if part:
            groups, most_groups = _groups(plan, dataset, source, part.per, most)
            least = min(part.k, least)
            most, usual = min(part.k * most_groups, most), min(part.k * groups, usual)
    return Cost(least, most, usual)


def _groups(plan: Plan, dataset: DatasetPlan, source: SourcePlan, per: str | None, most: int) -> tuple[int, int]:
    """Of how many groups k rows each are selected: usually, and at most."""
    if per is None:
        return 1, 1
    if per in _DAYS and source.of == "videos":
        slices = [plan.slice(name) for name in dataset.slices]
        days = (max(each.end for each in slices) - min(each.start for each in slices)).days + 1
        return -(-days // _DAYS[per]), days // _DAYS[per] + 2
    return USUAL_GROUPS, max(1, most)


def _records(source: SourcePlan) -> Cost:
    """The records of one item."""
    kind = source.source_kind
    most = min(kind.most, source.max or kind.most)
    return Cost(0, most + (kind.page - 1 if source.max else 0), min(kind.usual, most))


def _pages(source: SourcePlan, receipts: list[Receipt]) -> Cost:
    """The requests that one item takes; receipts of items that are answered show what is usual."""
    kind = source.source_kind
    if not kind.row.cursor:
        return Cost(1, 1, 1)
    # Removed records leave gaps, so that it takes more pages to have as many.
    most = min(kind.requests(kind.most), kind.requests(int((source.max or kind.most) / LEAST_YIELD)))
    usual = kind.requests(min(kind.usual, source.max or kind.usual))
    return Cost(1, most + 1, _mean([ceil(each.least / each.items) for each in receipts if each.items]) or usual)


def _receipt(plan: Plan, slice_: Slice) -> Receipt | None:
    return Receipt.read_if_any(plan.raw.receipt("videos", slice_.name))


def _receipt_before(plan: Plan, slice_: Slice) -> Receipt | None:
    """The receipt of the round before."""
    paths = earlier_receipts(plan, "videos", slice_.name)
    return Receipt.read(paths[-1]) if paths else None


def _add(sources: dict[str, Cost], name: str, cost: Cost) -> None:
    sources[name] = sources.get(name, Cost()).plus(cost)


def total(costs: Iterable[Cost]) -> Cost:
    """The sum of some costs."""
    result = Cost()
    for cost in costs:
        result = result.plus(cost)
    return result


def _bucket(source: str) -> str:
    kind = kind_of(source)
    return KINDS[kind].row.bucket if kind in KINDS else "general"


def _mean(numbers: list[int]) -> int | None:
    return round(sum(numbers) / len(numbers)) if numbers else None
