"""Id files: the items that a source requests, one per line; an item with a line break is a JSON string.

The first line names the selection that chose the items, since a study that changes may leave those of an earlier one.
"""

import json
from collections.abc import Iterable
from pathlib import Path

from ttdata.files import write_atomically

_HEAD = "# selection "


def write_ids(path: Path, ids: Iterable[str], selection: str = "") -> None:
    """Write an id file; a reader sees the old one or the new one, whole."""
    head = f"{_HEAD}{selection}\n" if selection else ""
    write_atomically(path, head + "".join(f"{_line(each)}\n" for each in ids))


def read_ids(path: Path) -> list[str]:
    """The items of an id file. Raises OSError."""
    lines = path.read_text("utf-8").split("\n")
    return [_item(line) for line in lines[lines[0].startswith(_HEAD) :] if line]


def ids_of_selection(path: Path, selection: str) -> list[str] | None:
    """The items of an id file; None if there is none, or an earlier selection chose them."""
    if not path.exists():
        return None
    with path.open(encoding="utf-8") as file:
        first = file.readline().rstrip("\n")
    if first.startswith(_HEAD) and first != _HEAD + selection:
        return None
    return read_ids(path)


def _line(item: str) -> str:
    return json.dumps(item) if item.startswith('"') or any(each in item for each in "\r\n") else item


def _item(line: str) -> str:
    return str(json.loads(line)) if line.startswith('"') else line
