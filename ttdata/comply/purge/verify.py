"""The byte scan after a purge: every file of the folder, unpacked, is searched for what was erased."""

import re
import subprocess
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from ttdata.comply.purge.places import files_below
from ttdata.matching.matcher import Matcher
from ttdata.matching.pieces import pieces_of
from ttdata.matching.plain_text import plain
from ttdata.store.erasing import Targets
from ttdata.store.handles import named
from ttdata.store.paths import Folder
from ttdata.text import printable

_NUMBER = re.compile(r"\d{6,}")
_USERNAME = re.compile(r'"username": ?"([^"]+)"')
_CELL_ENDS = re.compile(r"[,;\t\r\n]")
# Columns of names, as `pieces` names them.
_NAME_COLUMNS = tuple(f"column {name}" for name in ("username", "followed", "follower", "posted_by", "item", "name"))


@dataclass
class Scan:
    """What a scan has read and found. left: files that still contain something; unread: parts that it cannot read.

    in_study: files of the study itself that do, such as its list of accounts; in_git: files that git tracks.
    """

    files: int = 0
    bytes: int = 0
    left: list[str] = field(default_factory=list)
    unread: list[str] = field(default_factory=list)
    in_study: list[str] = field(default_factory=list)
    in_git: list[str] = field(default_factory=list)


class Search:
    """Tells whether a text contains what was erased. alone: as of Survey."""

    def __init__(self, targets: Targets, ids: Collection[str], texts: Sequence[str], *, alone: bool) -> None:
        self._targets, self._ids, self._matcher, self._alone = targets, frozenset(ids), Matcher(texts), alone

    def finds(self, where: str, text: str) -> bool:
        """where: the part of a file; in a column of names, a whole line is one."""
        if any(number in self._ids for number in _NUMBER.findall(text)):
            return True
        if self._targets.people and self._names_somebody(where, text):
            return True
        return any(True for _ in self._matcher.hits(plain(text)))

    def finds_in_row(self, text: str) -> bool:
        """In a row of a table of labels, of which any cell can be a name."""
        cells = "\n".join(cell.strip(" \"'") for cell in _CELL_ENDS.split(text))
        return self.finds("", text) or self.finds("column username", cells)

    def _names_somebody(self, where: str, text: str) -> bool:
        values = text.splitlines() if where.endswith(_NAME_COLUMNS) else _USERNAME.findall(text)
        return any(map(self._targets.names, values)) or named(text, self._targets.names, alone=self._alone)


def scan(folder: Folder, search: Search, own: Collection[Path], unsearched: Collection[Path] = ()) -> Scan:
    """Search every file below a folder. own: files of the study, which people write."""
    tracked = tracked_files(folder)
    result = Scan()
    for path in files_below(folder):
        # The tombstones are what the study wants to remember.
        if path in (folder.purge, folder.tombstones, folder.build, *unsearched):
            continue
        name = printable(path.relative_to(folder.root).as_posix())
        result.files += 1
        result.bytes += path.stat().st_size
        if _contains(path, name, search, result):
            into = result.in_study if path in own else result.in_git if path in tracked else result.left
            into.append(name)
    return result


def _contains(path: Path, name: str, search: Search, result: Scan) -> bool:
    found = False
    for piece in pieces_of(path, name):
        if piece.text is None:
            result.unread.append(f"{piece.where}: {piece.reason}")
        else:
            found = found or search.finds(piece.where, piece.text)
    return found or search.finds("", name)


def tracked_files(folder: Folder) -> frozenset[Path]:
    """The files of a folder that git tracks: their contents are in its history, too."""
    command = ["git", "-C", str(folder.root), "ls-files", "-z"]
    try:
        listed = subprocess.run(command, capture_output=True, check=True).stdout
    except (OSError, subprocess.CalledProcessError):
        return frozenset()
    return frozenset(folder.root / name.decode() for name in listed.split(b"\0") if name)
