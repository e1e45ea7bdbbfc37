"""Id files: the items that a source requests, one per line; an item with a line break is a JSON string.

The first line names the selection that chose the items, since a study that changes may leave those of an earlier one,
and their number and hash, since a file that was cut off would otherwise be a shorter list.
"""

import hashlib
import json
import re
from collections.abc import Iterable, Sequence
from pathlib import Path

from ttdata.errors import StorageFault
from ttdata.files import write_atomically

_SELECTION = "# selection "
_HEAD = re.compile(_SELECTION + r"(?P<selection>\S+), (?P<items>[0-9]+) items, sha256 (?P<hash>[0-9a-f]{16})")


def write_ids(path: Path, ids: Iterable[str], selection: str) -> None:
    """Write an id file; a reader sees the old one or the new one, whole."""
    lines = [_line(each) for each in ids]
    write_atomically(path, "\n".join([_head(selection, lines), *lines, ""]))


def read_ids(path: Path) -> list[str]:
    """The items of an id file. Raises OSError, or StorageFault if it is not as it was written."""
    _, ids = _read(path)
    return ids


def listed_ids(path: Path) -> list[str]:
    """The items of an id file, or the lines of a list that somebody has written by hand. As `read_ids` otherwise."""
    with path.open(encoding="utf-8", errors="replace") as file:
        first = file.readline()
    if not first.strip() or first.startswith(_SELECTION):
        return read_ids(path)
    return [line for line in path.read_text("utf-8").split("\n") if line]


def ids_of_selection(path: Path, selection: str) -> list[str] | None:
    """The items of an id file; None if there is none, or an earlier selection chose them. Raises StorageFault."""
    if not path.exists():
        return None
    chosen_by, ids = _read(path)
    return ids if chosen_by == selection else None


def _read(path: Path) -> tuple[str, list[str]]:
    """The selection of an id file, and its items."""
    head, *lines = path.read_bytes().decode("utf-8", "replace").split("\n")
    match, lines = _HEAD.fullmatch(head), [line for line in lines if line]
    if match is None or head != _head(match["selection"], lines):
        raise StorageFault(f"{path} is damaged, or an earlier version wrote it. Delete it and build again: no request.")
    return match["selection"], [_item(line) for line in lines]


def _head(selection: str, lines: Sequence[str]) -> str:
    digest = hashlib.sha256("\n".join(lines).encode()).hexdigest()[:16]
    return f"{_SELECTION}{selection}, {len(lines)} items, sha256 {digest}"


def _line(item: str) -> str:
    return json.dumps(item) if item.startswith('"') or any(each in item for each in "\r\n") else item


def _item(line: str) -> str:
    return str(json.loads(line)) if line.startswith('"') else line
