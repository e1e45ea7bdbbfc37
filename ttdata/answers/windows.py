"""The windows in which a search is requested, derived from its stored answers alone.

A window that keeps failing, or that loses its cursor after many pages, is requested in weeks, then in days. The answers
of the longer window are kept; records that are returned twice are removed by their ids.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import takewhile

from ttapi import ENDPOINTS, InvalidCursor, SearchExpired, ServerError, stored_name
from ttapi.query import MAX_DAYS_SEARCHED, narrower, parse_date
from ttdata.store.raw_files import Line
from ttdata.study.periods import Period

PAGE = ENDPOINTS["video.query"].max_count or 1
# Failures in a row after which a window is split: that costs little more than another attempt.
GIVE_UP = 3
# Pages after which a search that has to restart from scratch is split: its weeks cost as much as its pages did.
DEEP = 5
# A usual window that rules out none.
ANY = MAX_DAYS_SEARCHED
# Errors that a shorter window may avoid.
_CURABLE = {stored_name(each) for each in (ServerError, SearchExpired, InvalidCursor)}


@dataclass(frozen=True)
class Window:
    """One period of a search, with the stored answers about it. A random draw has one page."""

    period: Period
    lines: tuple[Line, ...]
    drawn: bool = False

    @property
    def last(self) -> Line | None:
        """The last good answer: where to continue."""
        return next((line for line in reversed(self.lines) if line.good), None)

    @property
    def answered(self) -> bool:
        """Whether the last page is stored."""
        return self.last is not None and (self.drawn or not self.last.has_more)

    @property
    def hits(self) -> int:
        """Videos found according to the answers, including those that the API withholds."""
        if self.last is None:
            return 0
        return self.last.received if self.drawn else self.last.cursor or 0

    @property
    def least(self) -> int:
        """The fewest requests that could have returned these hits."""
        return max(1, -(-self.hits // PAGE))

    @property
    def fails(self) -> bool:
        """Whether it kept failing since its last page, or had to restart from scratch after many pages."""
        since = takewhile(lambda line: not line.good, reversed(self.lines))
        return sum(line.error in _CURABLE for line in since) >= GIVE_UP or self._lost_its_cursor()

    def _lost_its_cursor(self) -> bool:
        reached = 0
        for line in self.lines:
            if line.good and not line.request.get("cursor") and reached >= DEEP * PAGE:
                return True
            reached = max(reached, line.cursor or 0) if line.good else reached
        return False


def windows_of(
    period: Period, lines: Iterable[Line], *, usual: int = ANY, cut: Collection[Period] = (), drawn: bool = False
) -> list[Window]:
    """The windows in which a search is requested, oldest first, without gap or overlap.

    usual: the longest window, in days, that the API answers for searches like this one; longer ones are not tried.
    cut: windows that are to be split for a reason that no answer shows.
    drawn: a random draw, which is never split: draws from its parts would be another sample.
    """
    if drawn:
        return [Window(period, tuple(lines), drawn=True)]
    by_period: dict[Period, list[Line]] = {}
    for line in lines:
        first, last = (parse_date(line.request.get(key)) for key in ("start_date", "end_date"))
        if first and last:
            by_period.setdefault(Period(first, last), []).append(line)
    return _tiles(period, by_period, usual, cut)


def last_requested_day(lines: Iterable[Line]) -> date | None:
    """The last end date in some requests."""
    return max((end for line in lines if (end := parse_date(line.request.get("end_date")))), default=None)


def _tiles(
    period: Period, by_period: Mapping[Period, Sequence[Line]], usual: int, cut: Collection[Period]
) -> list[Window]:
    window = Window(period, tuple(by_period.get(period, ())))
    is_split = period in cut or window.fails or any(_is_part(each, period) for each in by_period)
    parts = narrower(*period) if is_split or (period.days > usual and not window.lines) else []
    tiles: list[Window] = []
    for part in parts:
        windows = _tiles(Period(*part), by_period, usual, cut)
        tiles += windows
        # What helped in one week is tried first in the next.
        if len(windows) > 1 and all(each.answered for each in windows):
            usual = max(each.period.days for each in windows)
    return tiles or [window]


def _is_part(period: Period, longer: Period) -> bool:
    return period != longer and longer.start <= period.start and period.end <= longer.end
