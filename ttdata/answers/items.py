"""The items of a source according to the stored answers: answered to the end, refused, or cut short."""

from collections import Counter
from collections.abc import Sequence

from ttdata.source_kinds import SourceKind
from ttdata.store.raw_files import Line


class ItemAnswers:
    """The items of a raw file that are answered to the end: no more pages, refused, or enough records.

    most: records of an item that are enough; None if all are requested. The file may have more, for another source.
    counted: the answers about each item, up to the one with which there are enough.
    """

    def __init__(self, lines: Sequence[Line], kind: SourceKind, most: int | None) -> None:
        self._kind, self._most = kind, most
        self._last: dict[str, Line] = {}
        self._records: Counter[str] = Counter()
        self._ended: set[str] = set()
        self.counted: list[Line] = []
        self._read = 0
        self.read(lines)

    def read(self, lines: Sequence[Line]) -> None:
        """Take further answers into account: those at the end of the file's lines that were not read before."""
        for line in lines[self._read :]:
            self._add(line)
        self._read = len(lines)

    def _add(self, line: Line) -> None:
        if line.item is None or self._has_enough(line.item):
            return
        self.counted.append(line)
        if line.good or line.refused:
            self._last[line.item] = line
            self._records[line.item] += line.received
        if line.capped:
            self._ended.add(line.item)

    def end(self, item: str) -> None:
        """Take an item's list as complete: the API reports that more follows, but has no next page."""
        self._ended.add(item)

    def cursor(self, item: str) -> int | None:
        """The cursor of the item's next page; None if nothing is known of it."""
        return self._last[item].cursor if item in self._last else None

    def records(self, item: str) -> int:
        return self._records[item]

    def refused(self, item: str) -> str | None:
        """Why the API discloses nothing of the item; None if it does."""
        return self._last[item].refused if item in self._last else None

    def is_cut(self, item: str) -> bool:
        """Whether an answered item's list continues beyond what is stored, as far as can be seen.

        TikTok ends long lists without an indication: a list that ends with a full page at such a length counts as cut.
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
        return self._has_enough(item) or not self._last[item].has_more or item in self._ended

    def _has_enough(self, item: str) -> bool:
        return self._most is not None and self._records[item] >= self._most
