"""What the stored answers say about the items of a chained source: answered to the end, refused, or cut short."""

from collections import Counter
from collections.abc import Iterable

from ttdata.plan import Step
from ttdata.rawfile import Line
from ttdata.source_kinds import KINDS


class Answered:
    """The items of a raw file that are answered to the end: no more pages, refused, or enough records."""

    def __init__(self, lines: Iterable[Line], step: Step) -> None:
        self._kind = KINDS[step.kind]
        self._most = step.max
        self._last: dict[str, Line] = {}
        self._records: Counter[str] = Counter()
        self._ended: set[str] = set()
        for line in lines:
            self.note(line)

    def note(self, line: Line) -> None:
        """Take a further answer into account."""
        if line.item and (line.good or line.refused):
            self._last[line.item] = line
            self._records[line.item] += line.records
        if line.item and line.capped:
            self._ended.add(line.item)

    def end(self, item: str) -> None:
        """Take an item's list as it is: the API says that more follows, and leads nowhere."""
        self._ended.add(item)

    def cursor(self, item: str) -> int | None:
        """Where the item's next page begins; None if nothing is known of it."""
        return self._last[item].cursor if item in self._last else None

    def records(self, item: str) -> int:
        return self._records[item]

    def refused(self, item: str) -> str | None:
        """Why the API tells nothing of the item; None if it does."""
        return self._last[item].refused if item in self._last else None

    def is_cut(self, item: str) -> bool:
        """Whether an answered item's list goes on beyond what is there, as far as can be seen.

        TikTok ends long lists without a word: one that ends with a full page just where it does so counts as cut.
        """
        last = self._last[item]
        if last.has_more or item in self._ended:
            return True
        if self._kind.cut is None or last.refused:
            return False
        fewest, most = self._kind.cut
        reached = last.cursor or 0 if self._kind.row.cursor == "index" else self._records[item]
        return fewest <= reached <= most and reached % self._kind.page == 0

    def __contains__(self, item: str) -> bool:
        if item not in self._last:
            return False
        enough = self._most is not None and self._records[item] >= self._most
        return enough or not self._last[item].has_more or item in self._ended
