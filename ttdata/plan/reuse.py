"""Searches that are collected already and serve an edited study.

A search is named by what it requests, so an edited study would have other searches, and pay for all its videos again.
Those on disk are kept instead, and only what they lack is requested: days, accounts, terms, regions. The files on disk
are thus a second input of the plan: paid pages matter more than a plan that follows from the study alone, and the
dataset is the same either way.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import cached_property

from ttapi import ENDPOINTS
from ttapi.query import parse_date
from ttdata.answers.windows import windows_of
from ttdata.plan.model import DatasetPlan, Slice
from ttdata.plan.names import canonical_query, named_fields, request_name
from ttdata.plan.plan import Plan
from ttdata.plan.scope import ACCOUNTS, Dimension, Query, dimensions, searched, shown_by, values_of, with_values
from ttdata.store.raw_files import first_line, stored_lines
from ttdata.store.receipts import Receipt, is_query
from ttdata.study.periods import Period
from ttdata.study.searches import ACCOUNTS_PER_SEARCH

_ENDPOINT = "video.query"
_DAY = timedelta(1)


@dataclass(frozen=True)
class StoredWindow:
    """An exhaustive search that has pages on disk, by the name of its first round; `fields` those requested.

    asked_at: of its newest round, "" if unknown.
    """

    name: str
    query: str
    period: Period
    fields: tuple[str, ...]
    is_finished: bool
    asked_at: str

    @cached_property
    def dimensions(self) -> Mapping[tuple[str, str], frozenset[str]]:
        """The values of each dimension of its query, by the dimension's key and the rest of the query."""
        return {(each.key, each.context): each.values for each in dimensions(json.loads(self.query))}

    def can_serve(self, period: Period) -> bool:
        """Whether a search of this period can use it. Of a window that is longer, the build takes the days needed."""
        if self.period.start > period.end or period.start > self.period.end:
            return False
        is_inside = period.start <= self.period.start and self.period.end <= period.end
        return is_inside or (self.is_finished and "create_time" in self.fields)


def with_stored_windows(plan: Plan) -> Plan:
    """The plan with the searches on disk in the place of those that request the same."""
    stored = stored_windows(plan)
    if not stored:
        return plan
    slices: dict[str, Slice] = {}
    datasets = []
    for dataset in plan.datasets:
        of_dataset = {each.name: each for each in _tiled(plan, dataset, stored)}
        slices |= of_dataset
        datasets.append(replace(dataset, slices=tuple(of_dataset)))
    return replace(plan, slices=tuple(slices.values()), datasets=tuple(datasets))


def stored_windows(plan: Plan) -> list[StoredWindow]:
    """All exhaustive searches on disk whose requests are known."""
    folder = plan.raw.pages("videos", "").parent
    rounds: dict[str, list[str]] = {}
    for path in folder.glob("*.ndjson.zst"):
        name, _, number = path.name.removesuffix(".ndjson.zst").partition(".")
        if number.isdigit() or not number:
            rounds.setdefault(name, []).append(number or "1")
    names = sorted(name for name in rounds if not name.startswith("again-") and "1" in rounds[name])
    return [window for name in names if (window := _stored_window(plan, name, max(map(int, rounds[name]))))]


def _stored_window(plan: Plan, name: str, newest: int) -> StoredWindow | None:
    receipt = Receipt.read_if_any(plan.raw.receipt("videos", name))
    if receipt and receipt.search:
        search = receipt.search
        _, period = searched(search)
        last = Receipt.read_if_any(plan.raw.receipt("videos", f"{name}.{newest}")) if newest > 1 else receipt
        asked_at = (last or receipt).asked_at
        return StoredWindow(name, search.query, period, search.fields, receipt.is_finished, asked_at)
    pages = plan.raw.pages("videos", name)
    line = None if receipt else first_line(pages)
    if line is None or "is_random" in line.request or not is_query(line.request.get("query")):
        return None
    first, last_day = (parse_date(line.request.get(key)) for key in ("start_date", "end_date"))
    if first is None or last_day is None:
        return None
    period = Period(first, last_day)
    is_finished = all(window.answered for window in windows_of(period, stored_lines(pages)))
    query = canonical_query(line.request["query"])
    return StoredWindow(name, query, period, line.fields, is_finished, line.sent_at.isoformat())


def _tiled(plan: Plan, dataset: DatasetPlan, stored: Sequence[StoredWindow]) -> Iterator[Slice]:
    """The slices of a dataset. What each wave of a moving period requests, no other wave has requested."""
    if dataset.is_moving:
        yield from map(plan.slice, dataset.slices)
        return
    needed = set(dataset.fields or named_fields()[_ENDPOINT])
    usable = [each for each in stored if needed <= set(each.fields)]
    for family in _families(list(searches_of([plan.slice(name) for name in dataset.slices]))):
        period = family[0].period
        windows = [each for each in usable if each.can_serve(period)] if family[0].slices[0].is_exhaustive else []
        for batch in _batches(family, windows) if windows else family:
            yield from batch.slices if batch.slices and not batch.stored else _Tiles(batch, dataset).tiles()


@dataclass(frozen=True)
class Search:
    """One query over one period: the windows in which the study requests it, and those on disk that can serve it."""

    query: Query
    period: Period
    slices: Sequence[Slice] = ()
    stored: Sequence[StoredWindow] = ()

    @cached_property
    def text(self) -> str:
        """The query in canonical form."""
        return canonical_query(self.query)


def searches_of(slices: Sequence[Slice]) -> Iterator[Search]:
    """Slices by query, those that follow each other in time together."""
    group: list[Slice] = []
    for each in slices:
        follows = group and each.is_exhaustive and each.start == group[-1].end + _DAY
        if group and not (follows and each.body["query"] == group[-1].body["query"]):
            yield _search(group)
            group = []
        group.append(each)
    if group:
        yield _search(group)


def _search(group: Sequence[Slice]) -> Search:
    return Search(group[0].body.get("query", {}), Period(group[0].start, group[-1].end), tuple(group))


def _families(searches: Sequence[Search]) -> Iterator[list[Search]]:
    """Searches that differ in their accounts alone, together: an account that is removed moves the others."""
    families: dict[object, list[Search]] = {}
    for number, each in enumerate(searches):
        accounts = next(iter(dimensions(each.query)), None) if each.slices[0].is_exhaustive else None
        is_panel = accounts is not None and accounts.key == ACCOUNTS
        families.setdefault((accounts.context, each.period) if accounts and is_panel else number, []).append(each)
    yield from families.values()


def _batches(family: Sequence[Search], windows: Sequence[StoredWindow]) -> Iterator[Search]:
    """The same searches as batches of values: those whose search is on disk, parts of such, and what is new."""
    exact: dict[str, list[StoredWindow]] = {}
    for window in windows:
        exact.setdefault(window.query, []).append(window)
    yield from (replace(each, stored=exact[each.text]) for each in family if each.text in exact)
    new = [each for each in family if each.text not in exact]
    if new:
        yield from _parts_of(new, windows)


def _parts_of(new: Sequence[Search], windows: Sequence[StoredWindow]) -> Iterator[Search]:
    model = new[0]
    for dimension in dimensions(model.query):
        related = _related(dimension, windows)
        values = [value for each in new for value in values_of(each.query, dimension.key)]
        sets = [each for each in _by_age(related) if not each.isdisjoint(values)]
        if sets:
            yield from _divided(model, dimension, values, sets, related)
            return
    yield from new


def _divided(
    model: Search,
    dimension: Dimension,
    values: Sequence[str],
    sets: Sequence[frozenset[str]],
    related: Mapping[StoredWindow, frozenset[str]],
) -> Iterator[Search]:
    """The values as parts of the sets of values on disk, and the rest in new searches."""
    left = list(dict.fromkeys(values))
    needed = shown_by(model.query, dimension.key)
    size = ACCOUNTS_PER_SEARCH if dimension.key == ACCOUNTS else len(values)
    parts: list[tuple[list[str], list[StoredWindow]]] = []
    for each in sets:
        part = [value for value in left if value in each]
        # Of a search for more values, the build has to see in each video which of them it has.
        serving = [
            window
            for window, has in related.items()
            if has >= set(part) and (len(has) == len(part) or needed <= set(window.fields))
        ]
        if part and serving:
            left = [value for value in left if value not in each]
            parts.append((part, serving))
    parts += [(left[first : first + size], []) for first in range(0, len(left), size)]
    # In the order of the study: that of their age would change as soon as what is new is collected.
    for part, stored in sorted(parts, key=lambda each: values.index(each[0][0])):
        yield Search(with_values(model.query, dimension.key, part), model.period, (), stored)


def _related(dimension: Dimension, windows: Sequence[StoredWindow]) -> dict[StoredWindow, frozenset[str]]:
    """The windows whose query differs in this dimension alone, and their values."""
    key = dimension.key, dimension.context
    return {each: each.dimensions[key] for each in windows if key in each.dimensions}


def _by_age(related: Mapping[StoredWindow, frozenset[str]]) -> list[frozenset[str]]:
    """Sets of values, that of the newest answer first."""
    newest: dict[frozenset[str], str] = {}
    for window, values in related.items():
        newest[values] = max(newest.get(values, ""), window.asked_at)
    return sorted(newest, key=lambda values: (newest[values], len(values), sorted(values)), reverse=True)


class _Tiles:
    """One search over its period, cut into windows: those on disk, and new ones for the days between them."""

    def __init__(self, search: Search, dataset: DatasetPlan) -> None:
        self._search = search
        self._period = search.period
        self._dataset = dataset
        self._own = {each.start: each for each in search.slices}
        # Of a search for more, only what is complete serves.
        self._stored = [each for each in search.stored if each.is_finished or self._is_exact(each)]

    def tiles(self) -> Iterator[Slice]:
        """The windows, oldest first, without a gap."""
        day = self._period.start
        while day <= self._period.end:
            tile = self._at(day)
            yield tile
            day = tile.end + _DAY

    def _at(self, day: date) -> Slice:
        """The window for a day: the study's own if it is on disk, else the longest one on disk, else a new one."""
        own = self._own.get(day)
        if own and any(each.name == own.name for each in self._stored):
            return own
        covering = [each for each in self._stored if each.period.start <= day <= each.period.end]
        if covering:
            return self._stored_slice(max(covering, key=self._preference))
        following = min((each.period.start for each in self._stored if each.period.start > day), default=None)
        last = following - _DAY if following else self._period.end
        if own and own.end <= last:
            return own
        return self._slice(Period(day, min(last, day + timedelta(self._dataset.window - 1))))

    def _preference(self, stored: StoredWindow) -> tuple[object, ...]:
        return self._is_exact(stored), stored.period.end, stored.is_finished, stored.asked_at, stored.name

    def _is_exact(self, stored: StoredWindow) -> bool:
        return stored.query == self._search.text

    def _stored_slice(self, stored: StoredWindow) -> Slice:
        is_exact = self._is_exact(stored)
        query = dict(self._search.query) if is_exact else json.loads(stored.query)
        slice_ = Slice(stored.name, *stored.period, {"query": query, **stored.period.request_dates()}, stored.fields)
        if is_exact:
            return slice_
        start, end = max(stored.period.start, self._period.start), min(stored.period.end, self._period.end)
        return replace(slice_, own=self._slice(Period(start, end)))

    def _slice(self, period: Period) -> Slice:
        body = {"query": dict(self._search.query), **period.request_dates()}
        fields = self._dataset.fields or named_fields()[_ENDPOINT]
        requested = self._dataset.fields or ENDPOINTS[_ENDPOINT].default_fields
        return Slice(request_name(_ENDPOINT, body, fields), *period, body, requested)
