"""What a plan costs before the first request: at least, at most, and as far as what is collected tells.

A search costs a request for every 100 videos that it finds, removed ones included, and one at least. How many there
are nobody knows beforehand: the study may say `about` how many; what is collected already is known.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from math import ceil
from typing import NamedTuple

from ttdata import canary, layout
from ttdata.canary import SOURCE as CANARY
from ttdata.canary import Canary
from ttdata.ids import missing_ids_of, receipts, selected_ids
from ttdata.plan import DatasetPlan, Plan, Slice, Step
from ttdata.rawfile import stored_lines
from ttdata.receipt import Receipt
from ttdata.rounds import earlier
from ttdata.source_kinds import KINDS, kind_of
from ttdata.splitting import PAGE

# A window that nothing is known of is taken to hold this many videos at most.
FULL_WINDOW = 10_000

# Of 100 records that a page counts, at least so many are there (needs.md: a study got 65 %).
LEAST_YIELD = 0.65
# Groups that are expected where a selection is made per column.
USUAL_GROUPS = 10
_DAYS = {"day": 1, "week": 7, "month": 28}
# Of the ids in a list, one in so many is usually not found: as in the donations of arXiv 2506.09746.
USUALLY_MISSING = 8

FOLLOW_QUOTA = 20_000


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
    """Costs by source, what is spent of them already and what they bring, and what a bucket's quota allows a day.

    again: what it costs to ask once more for a slice or shard, by its name in its first round
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
        """Requests that are spent already."""
        return sum(self.spent.values())

    def bucket(self, name: str) -> Cost:
        """The cost in one bucket of the quota: general or follow."""
        return total(cost for source, cost in self.sources.items() if _bucket(source) == name)

    def left(self, name: str) -> Cost:
        """What of a bucket's cost is not spent yet."""
        spent = sum(requests for source, requests in self.spent.items() if _bucket(source) == name)
        return Cost(*(max(0, each - spent) for each in self.bucket(name)))

    @property
    def days(self) -> Cost:
        """Days that the quota makes of what is left; both buckets run side by side."""
        spans = [[-(-each // self.limits[name]) for each in self.left(name)] for name in self.limits]
        return Cost(*(max(1, *each) for each in zip(*spans, strict=True)))

    def finished_on(self, today: date) -> date:
        """The day on which the expected number of requests is sent."""
        return today + timedelta(self.days.expected - 1)


_Known = tuple[Cost, Cost, int]


def costs(plan: Plan) -> Costs:
    """Work out what a plan costs in all, from the plan and what is on the disk. Nothing is asked.

    Earlier rounds count; those to come do not.
    """
    sources: dict[str, Cost] = {}
    again: dict[str, Cost] = {}
    shared: set[str] = set()
    asked: set[tuple[str, str]] = set()
    stores: set[str] = set()
    spent: Counter[str] = Counter()
    brought: dict[str, Cost] = {}
    for dataset in plan.datasets:
        searches, videos, sent = _videos(plan, dataset, shared, again)
        spent["videos"] += sent
        if dataset.slices:
            _add(sources, "videos", searches)
            _add(brought, "videos", videos)
        found = {"videos": videos, "accounts": Cost(*[len(dataset.accounts)] * 3)}
        for step in dataset.steps:
            known = selected_ids(plan, dataset, step)
            items = _items(plan, dataset, step, known, found)
            cost, records, sent = _chained(plan, step, known, items, asked, stores)
            if known is not None and _is_moving(plan, dataset, step):
                # The searches are asked again, and may lead to others than are listed.
                anew = _items(plan, dataset, step, None, found)
                cost = cost._replace(max=cost.max + anew.max * _pages(step, []).max)
            spent[step.source] += sent
            found[step.source] = records
            _add(sources, step.source, cost)
            _add(brought, step.source, records)
            again |= _again(step, items)
    for source, receipt in _history(plan):
        spent[source] += receipt.requests
        _add(sources, source, Cost(*[receipt.least] * 3))
    limits = {"general": int(plan.daily * plan.use), "follow": int(FOLLOW_QUOTA * plan.use)}
    counted = Costs(sources, {name: max(1, limit) for name, limit in limits.items()}, spent, brought, again)
    return _with_canary(plan, counted)


def _with_canary(plan: Plan, counted: Costs) -> Costs:
    """The same with the canary's request for each day on which something is asked."""
    sent, is_declared = canary.sent(plan.layout), Canary.of(plan.declared) is not None
    if not sent and not is_declared:
        return counted
    # One of today's is sent already, or not: what is left may need one more day than it takes.
    waiting = [any(each) for each in zip(*(counted.left(name) for name in counted.limits), strict=True)]
    days = Cost(*(day * is_left * is_declared for day, is_left in zip(counted.days, waiting, strict=True)))
    least = max(0, days.min - bool(sent))
    cost = Cost(sent + least, sent + days.max, sent + max(least, days.expected - bool(sent)))
    return replace(counted, sources={CANARY: cost, **counted.sources}, spent={**counted.spent, CANARY: sent})


def _history(plan: Plan) -> Iterator[tuple[str, Receipt]]:
    """The receipts of all rounds before the ones that are wanted now."""
    parts = [("videos", each.name) for each in plan.slices]
    parts += [
        (step.source, shard.receipt) for dataset in plan.datasets for step in dataset.steps for shard in step.shards
    ]
    for source, name in parts:
        yield from ((source, Receipt.read(path)) for path in earlier(plan, source, name))


def _again(step: Step, items: Cost) -> dict[str, Cost]:
    """What it costs to ask about all items once more, by shard."""
    pages = _pages(step, [])
    cost = Cost(items.min * pages.min, items.max * pages.max, items.expected * pages.expected)
    parts = len(step.shards)
    shares = [Cost(*((each + number) // parts for each in cost)) for number in range(parts)]
    return {layout.first_round(shard.receipt): share for shard, share in zip(step.shards, shares, strict=True)}


def _videos(plan: Plan, dataset: DatasetPlan, shared: set[str], again: dict[str, Cost]) -> tuple[Cost, Cost, int]:
    """The cost of a dataset's searches, the videos that they find, and the requests spent already."""
    windows = [plan.slice(name) for name in dataset.slices]
    known = {each.name: _receipt(plan, "videos", each.name) for each in windows}
    receipts = [receipt for receipt in known.values() if receipt]
    mean = _mean([each.records for each in receipts]), _mean([each.least for each in receipts])
    cost, videos, spent = Cost(), Cost(), 0
    for each in windows:
        receipt = known[each.name]
        before = receipt or _before(plan, each)
        once = _search(plan, dataset, each, *((before.records, before.least) if before else mean))
        again[layout.first_round(each.name)] = once[0]
        requests, hits = (Cost(*[receipt.least] * 3), Cost(*[receipt.records] * 3)) if receipt else once
        videos = videos.plus(hits)
        # A search that two datasets have in common is asked for once.
        if each.name not in shared:
            shared.add(each.name)
            cost = cost.plus(requests)
            spent += receipt.requests if receipt else 0
    return cost, videos, spent


def _search(
    plan: Plan, dataset: DatasetPlan, wanted: Slice, records: int | None, pages: int | None
) -> tuple[Cost, Cost]:
    """The cost of one search that is not collected yet, and the videos that it finds.

    records, pages: what a search of the dataset brought on average, and at which cost; None if none is collected.
    """
    if wanted.second_look:
        return _second_look(plan, dataset, wanted)
    if wanted.name in dataset.draws:
        return Cost(1, 1, 1), Cost(0, PAGE, PAGE if records is None else records)
    if ids := wanted.named_ids:
        # A page that is full to the last place may promise another one, which is empty.
        return Cost(1, 1 + (ids >= PAGE), 1), Cost(0, ids, ids)
    share = len(dataset.slices)
    most = -(-2 * dataset.about // share) if dataset.about else FULL_WINDOW
    usual = (dataset.about or 500) // share if records is None else records
    # Removed videos are counted by the pages, not by the records: what is collected tells how many there are.
    return Cost(1, max(1, -(-most // PAGE)) + 1, pages or max(1, -(-usual // PAGE))), Cost(0, most, usual)


def _second_look(plan: Plan, dataset: DatasetPlan, wanted: Slice) -> tuple[Cost, Cost]:
    """The cost of looking for the missing ids in one more window; how many those are is known after the first look."""
    ids, listed = missing_ids_of(plan, wanted), dataset.listed or 0
    missing = Cost(0, listed, -(-listed // USUALLY_MISSING)) if ids is None else Cost(*[len(ids)] * 3)
    return Cost(*(-(-count // PAGE) for count in missing)), Cost(0, missing.max, 0)


def _is_moving(plan: Plan, dataset: DatasetPlan, step: Step) -> bool:
    """Whether the list of whom a source asks about is of an earlier round of its searches."""
    return step.of != "accounts" and not all(path.exists() for path in plan.receipts(dataset.name, "videos"))


def _items(plan: Plan, dataset: DatasetPlan, step: Step, known: list[str] | None, found: Mapping[str, Cost]) -> Cost:
    """How many ids a chained source asks about; `known`: those that it is known to ask about."""
    if known is not None:
        return Cost(*[len(known)] * 3)
    if step.names:
        return Cost(*[len(step.names)] * 3)
    selection, (least, most, usual) = step.selection, found[step.of]
    # Many records may tell of one account; in a list of accounts each stands once.
    once = step.of == "accounts" and KINDS[step.kind].asks == "username"
    least = 0 if selection.where or KINDS[step.kind].share < 1 else least if once else min(1, least)
    usual = ceil(usual * KINDS[step.kind].share / (2 if selection.where else 1))
    for chosen in (selection.top, selection.sample):
        if chosen:
            some, many = _groups(plan, dataset, step, chosen.per, most)
            least, most, usual = min(chosen.k, least), min(chosen.k * many, most), min(chosen.k * some, usual)
    return Cost(least, most, usual)


def _groups(plan: Plan, dataset: DatasetPlan, step: Step, per: str | None, most: int) -> tuple[int, int]:
    """Of how many groups k rows each are selected: usually, and at most."""
    if per is None:
        return 1, 1
    if per in _DAYS and step.of == "videos":
        slices = [plan.slice(name) for name in dataset.slices]
        days = (max(each.end for each in slices) - min(each.start for each in slices)).days + 1
        return -(-days // _DAYS[per]), days // _DAYS[per] + 2
    return USUAL_GROUPS, max(1, most)


def _chained(
    plan: Plan, step: Step, listed: list[str] | None, items: Cost, asked: set[tuple[str, str]], stores: set[str]
) -> _Known:
    """The cost of a chained source, the records that it finds, and the requests spent already.

    asked: what sources before this one ask about, by raw file and id; it is not asked about twice. stores: raw files
    that sources before this one share with it.
    """
    store = step.shards[0].raw
    ids = {(store, item) for item in listed or ()}
    own = ids - asked
    asked |= ids
    known = [receipt for receipt in receipts(plan, step, listed).values() if receipt]
    if listed is not None and len(known) == len(step.shards):
        records = Cost(*[sum(each.records for each in known)] * 3)
        if own == ids:
            return Cost(*[sum(each.least for each in known)] * 3), records, sum(each.requests for each in known)
        raw = {plan.layout.raw(step.kind, shard.raw) for shard in step.shards}
        spent = sum((store, line.item) in own for file in raw for line in stored_lines(file))
        return Cost(*[spent] * 3), records, spent
    new = items if listed is None else Cost(*[len(own)] * 3)
    if store in stores and listed is None:
        new = new._replace(min=0)
    stores.add(store)
    return _pages(step, known).times(*new), _records(step).times(*items), 0


def _records(step: Step) -> Cost:
    """The records of one item."""
    kind = KINDS[step.kind]
    most = min(kind.most, step.max or kind.most)
    return Cost(0, most + (kind.page - 1 if step.max else 0), min(kind.usual, most))


def _pages(step: Step, known: list[Receipt]) -> Cost:
    """The requests that one item takes; those that are answered tell what is usual."""
    kind = KINDS[step.kind]
    if not kind.row.cursor:
        return Cost(1, 1, 1)
    # Removed records leave gaps, so that it takes more pages to have as many.
    most = min(kind.requests(kind.most), kind.requests(int((step.max or kind.most) / LEAST_YIELD)))
    usual = kind.requests(min(kind.usual, step.max or kind.usual))
    return Cost(1, most + 1, _mean([ceil(each.least / each.items) for each in known if each.items]) or usual)


def _before(plan: Plan, wanted: Slice) -> Receipt | None:
    """The receipt of the round before."""
    paths = earlier(plan, "videos", wanted.name)
    return Receipt.read(paths[-1]) if paths else None


def _receipt(plan: Plan, source: str, name: str) -> Receipt | None:
    path = plan.layout.receipt(source, name)
    return Receipt.read(path) if path.exists() else None


def _add(sources: dict[str, Cost], name: str, cost: Cost) -> None:
    sources[name] = sources.get(name, Cost()).plus(cost)


def total(costs: Iterable[Cost]) -> Cost:
    """The sum of some costs."""
    summed = Cost()
    for cost in costs:
        summed = summed.plus(cost)
    return summed


def _bucket(source: str) -> str:
    kind = kind_of(source)
    return KINDS[kind].row.bucket if kind in KINDS else "general"


def _mean(numbers: list[int]) -> int | None:
    return round(sum(numbers) / len(numbers)) if numbers else None
