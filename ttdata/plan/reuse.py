"""Windows that are collected already and can be used by a study whose period or list of fields has changed.

Windows are named by what they request, so a period that starts earlier or ends later would have other windows, and pay
for all its videos again. Those on disk are kept instead, and only the gaps between them are requested. The files on
disk are thus a second input of the plan: paid pages matter more than a plan that follows from the study alone, and the
dataset is the same either way.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from ttapi.query import parse_date
from ttdata.answers.windows import windows_of
from ttdata.plan.model import DatasetPlan, Slice
from ttdata.plan.names import canonical_query, named_fields, request_name
from ttdata.plan.plan import Plan
from ttdata.store.raw_files import first_line, stored_lines
from ttdata.store.receipts import Receipt
from ttdata.study.periods import Period

_ENDPOINT = "video.query"
_DAY = timedelta(1)


@dataclass(frozen=True)
class StoredWindow:
    """An exhaustive search that has pages on disk, by the name of its first round; `fields` those requested."""

    name: str
    query: str
    period: Period
    fields: tuple[str, ...]
    is_finished: bool

    def can_serve(self, period: Period) -> bool:
        """Whether a search of this period can use it. Of a window that is longer, the build takes the days needed."""
        is_inside = period.start <= self.period.start and self.period.end <= period.end
        return is_inside or (self.is_finished and "create_time" in self.fields)


def with_stored_windows(plan: Plan) -> Plan:
    """The plan with the windows on disk in the place of those that request the same days."""
    stored = stored_windows(plan)
    if not stored:
        return plan
    slices: dict[str, Slice] = {}
    datasets = []
    for dataset in plan.datasets:
        of_dataset, parts = _tiled(plan, dataset, stored)
        slices |= {each.name: each for each in of_dataset}
        datasets.append(replace(dataset, slices=tuple(each.name for each in of_dataset), parts=parts))
    return replace(plan, slices=tuple(slices.values()), datasets=tuple(datasets))


def stored_windows(plan: Plan) -> list[StoredWindow]:
    """All exhaustive searches on disk whose requests are known."""
    return [window for name in _first_rounds(plan) if (window := _stored_window(plan, name))]


def _first_rounds(plan: Plan) -> list[str]:
    folder = plan.raw.pages("videos", "").parent
    names = (path.name.partition(".ndjson.zst")[0] for path in folder.glob("*.ndjson.zst"))
    return sorted(name for name in names if "." not in name and not name.startswith("again-"))


def _stored_window(plan: Plan, name: str) -> StoredWindow | None:
    receipt = Receipt.read_if_any(plan.raw.receipt("videos", name))
    if receipt and receipt.search:
        search = receipt.search
        period = Period.stored((search.start, search.end))
        return StoredWindow(name, search.query, period, search.fields, receipt.is_finished)
    pages = plan.raw.pages("videos", name)
    line = None if receipt else first_line(pages)
    if line is None or "is_random" in line.request or "query" not in line.request:
        return None
    first, last = (parse_date(line.request.get(key)) for key in ("start_date", "end_date"))
    if first is None or last is None:
        return None
    period = Period(first, last)
    is_finished = all(window.answered for window in windows_of(period, stored_lines(pages)))
    return StoredWindow(name, canonical_query(line.request["query"]), period, line.fields, is_finished)


def _tiled(
    plan: Plan, dataset: DatasetPlan, stored: Sequence[StoredWindow]
) -> tuple[list[Slice], dict[str, tuple[Period, ...]]]:
    """The slices of a dataset, and the days that it needs of those that have more."""
    slices: dict[str, Slice] = {}
    parts: dict[str, tuple[Period, ...]] = {}
    needed = set(dataset.fields or named_fields()[_ENDPOINT])
    for group in _searches([plan.slice(name) for name in dataset.slices]):
        period = Period(group[0].start, group[-1].end)
        candidates = [] if _is_fixed(group[0]) else _candidates(group[0], period, needed, stored)
        for each in _Tiles(group, period, candidates, dataset).tiles() if candidates else group:
            slices[each.name] = each
            if each.start < period.start or period.end < each.end:
                part = Period(max(each.start, period.start), min(each.end, period.end))
                parts[each.name] = (*parts.get(each.name, ()), part)
    return list(slices.values()), parts


def _searches(slices: Sequence[Slice]) -> Iterator[list[Slice]]:
    """Slices that follow each other in time and request the same query."""
    group: list[Slice] = []
    for each in slices:
        follows = group and not _is_fixed(each) and each.start == group[-1].end + _DAY
        if follows and _query(each) == _query(group[-1]):
            group.append(each)
            continue
        if group:
            yield group
        group = [each]
    if group:
        yield group


def _is_fixed(slice_: Slice) -> bool:
    """Whether a slice is one request of its own: a draw, or a search by ids."""
    return slice_.is_drawn or slice_.missing or slice_.number_of_ids > 0


def _query(slice_: Slice) -> Mapping[str, Any]:
    query: Mapping[str, Any] = slice_.body["query"]
    return query


def _candidates(slice_: Slice, period: Period, needed: set[str], stored: Sequence[StoredWindow]) -> list[StoredWindow]:
    query = canonical_query(_query(slice_))
    return [
        each
        for each in stored
        if each.query == query
        and needed <= set(each.fields)
        and each.period.start <= period.end
        and period.start <= each.period.end
        and each.can_serve(period)
    ]


class _Tiles:
    """One search over a period, cut into windows: those on disk, and new ones for the days between them."""

    def __init__(
        self, own: Sequence[Slice], period: Period, stored: Sequence[StoredWindow], dataset: DatasetPlan
    ) -> None:
        self._own = {each.start: each for each in own}
        self._period = period
        self._stored = stored
        self._dataset = dataset
        self._model = own[0]

    def tiles(self) -> Iterator[Slice]:
        """The windows, oldest first, without a gap."""
        day = self._period.start
        while day <= self._period.end:
            tile = self._at(day)
            yield tile
            day = tile.end + _DAY

    def _at(self, day: Any) -> Slice:
        """The window for a day: the study's own if it is on disk, else the longest one on disk, else a new one."""
        names = {each.name for each in self._stored}
        own = self._own.get(day)
        if own and own.name in names:
            return own
        covering = [each for each in self._stored if each.period.start <= day <= each.period.end]
        if covering:
            return self._stored_slice(max(covering, key=lambda each: (each.period.end, each.is_finished, each.name)))
        following = min((each.period.start for each in self._stored if each.period.start > day), default=None)
        last = following - _DAY if following else self._period.end
        if own and own.end <= last:
            return own
        return self._slice(Period(day, min(last, day + timedelta(self._dataset.window - 1))))

    def _stored_slice(self, stored: StoredWindow) -> Slice:
        body = {**self._model.body, **stored.period.request_dates()}
        return Slice(stored.name, *stored.period, body, stored.fields)

    def _slice(self, period: Period) -> Slice:
        body = {**self._model.body, **period.request_dates()}
        fields = self._dataset.fields or named_fields()[_ENDPOINT]
        return Slice(request_name(_ENDPOINT, body, fields), *period, body, self._model.fields)
