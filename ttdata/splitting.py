"""The windows in which a search is asked for, read from its stored answers alone: pure, so every run sees the same.

A window that keeps failing, or that loses its place far down, is asked for in weeks, then in days. What came of the
longer window stays where it is; records that come twice fall out by their ids.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import takewhile

from ttapi.query import narrower, parse_date
from ttdata.rawfile import Line

PAGE = 100
# Failures in a row after which a window is given up: splitting it costs little more than another attempt.
GIVE_UP = 3
# Pages after which a search that has to begin anew is split: to walk them again costs as much as its weeks do.
DEEP = 5
# More days than a search can have: none is too long to be tried.
ANY = 31
# Errors that a shorter window may cure.
_CURABLE = ("ServerError", "SearchExpired", "InvalidCursor")

Days = tuple[date, date]


@dataclass(frozen=True)
class Window:
    """One search, both days included, with the stored answers about it. A random draw has one page."""

    start: date
    end: date
    lines: tuple[Line, ...]
    drawn: bool = False

    @property
    def period(self) -> Days:
        return self.start, self.end

    @property
    def days(self) -> int:
        return (self.end - self.start).days + 1

    @property
    def body(self) -> dict[str, str]:
        return {"start_date": f"{self.start:%Y%m%d}", "end_date": f"{self.end:%Y%m%d}"}

    @property
    def last(self) -> Line | None:
        """The last good answer: where to go on."""
        return next((line for line in reversed(self.lines) if line.good), None)

    @property
    def answered(self) -> bool:
        """Whether the last page is there."""
        return self.last is not None and (self.drawn or not self.last.has_more)

    @property
    def hits(self) -> int:
        """Videos found as far as the answers tell, those included that the API holds back."""
        if self.last is None:
            return 0
        return self.last.records if self.drawn else self.last.cursor or 0

    @property
    def least(self) -> int:
        """The fewest requests that could have brought these hits."""
        return max(1, -(-self.hits // PAGE))

    @property
    def fails(self) -> bool:
        """Whether it kept failing since its last page, or had to begin anew when it was far down."""
        since = takewhile(lambda line: not line.good, reversed(self.lines))
        return sum(line.error in _CURABLE for line in since) >= GIVE_UP or self._lost_its_place()

    def _lost_its_place(self) -> bool:
        reached = 0
        for line in self.lines:
            if line.good and not line.request.get("cursor") and reached >= DEEP * PAGE:
                return True
            reached = max(reached, line.cursor or 0) if line.good else reached
        return False


def windows_of(
    start: date, end: date, lines: Iterable[Line], *, usual: int = ANY, cut: Collection[Days] = (), drawn: bool = False
) -> list[Window]:
    """The windows that a search is asked for in, oldest first, without gap or overlap.

    usual: the longest window, in days, that the API answers for searches like this one; longer ones are not tried.
    cut: windows that are to be split for a reason that no answer tells.
    drawn: a random draw, which is never split: draws from its parts would be another sample.
    """
    if drawn:
        return [Window(start, end, tuple(lines), drawn=True)]
    asked: dict[Days, list[Line]] = {}
    for line in lines:
        first, last = (parse_date(line.request.get(key)) for key in ("start_date", "end_date"))
        if first and last:
            asked.setdefault((first, last), []).append(line)
    return _tiles((start, end), asked, usual, cut)


def _tiles(days: Days, asked: Mapping[Days, Sequence[Line]], usual: int, cut: Collection[Days]) -> list[Window]:
    window = Window(*days, tuple(asked.get(days, ())))
    is_split = days in cut or window.fails or any(_lies_in(each, days) for each in asked)
    parts = narrower(*days) if is_split or (window.days > usual and not window.lines) else []
    tiles: list[Window] = []
    for part in parts:
        found = _tiles(part, asked, usual, cut)
        tiles += found
        # What helped in one week is tried first in the next.
        if len(found) > 1 and all(each.answered for each in found):
            usual = max(each.days for each in found)
    return tiles or [window]


def _lies_in(days: Days, longer: Days) -> bool:
    return days != longer and longer[0] <= days[0] and days[1] <= longer[1]
