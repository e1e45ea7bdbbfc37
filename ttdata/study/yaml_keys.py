"""Where in a study's text a line is: the path of its key, found in text that is no YAML yet."""

import re
from collections.abc import Iterator, Sequence

_NAME = r"""(?:"[^"]*"|'[^']*'|[^\s#:,\[\]{}"'-][^:,#\[\]{}]*?)"""
_KEY = re.compile(rf"(?P<before>\s*(?:-\s+)*)(?P<name>{_NAME})\s*:(?=\s|$)")
_DASH = re.compile(r"(\s*)-(?=\s|$)")
# A bracket, or a key within brackets.
_INSIDE = re.compile(rf"(?P<open>[\[{{])|(?P<close>[\]}}])|(?P<name>{_NAME})\s*:(?=[\s\[{{\"']|$)")


def is_key(line: str) -> bool:
    """Whether a line begins with a key."""
    return _KEY.match(line) is not None


def path_of(lines: Sequence[str], number: int, column: int | None = None) -> str:
    """The path of the key that stands at a line (from 0), such as "datasets.a.videos.where.any.0.hashtag_name".

    column: also the keys within brackets before this column. "" if the line belongs to no key.
    """
    parts = list(reversed(list(_outward(lines, number))))
    line = lines[number]
    key = _KEY.match(line)
    if column is not None:
        parts += _keys_in_brackets(line[key.end() if key else 0 : column])
    return ".".join(parts)


def _outward(lines: Sequence[str], number: int) -> Iterator[str]:
    """The keys and the numbers of list entries that a line is in, from the inside to the outside."""
    keys_before = dashes_before = len(lines[number]) + 1
    if not _KEY.match(lines[number]) and not _DASH.match(lines[number]):
        keys_before = dashes_before = len(lines[number]) - len(lines[number].lstrip())
    for index in range(number, -1, -1):
        line = lines[index]
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        key, dash = _KEY.match(line), _DASH.match(line)
        if key and key.end("before") < keys_before:
            yield key["name"].strip("\"'")
            keys_before = dashes_before = key.end("before")
        if dash and dash.end(1) < dashes_before:
            yield str(_entries_before(lines, index, dash.end(1)))
            keys_before, dashes_before = dash.end(1) + 1, dash.end(1)


def _entries_before(lines: Sequence[str], number: int, column: int) -> int:
    """How many entries of the same list are above a line."""
    entries = 0
    for line in reversed(lines[:number]):
        dash = _DASH.match(line)
        if dash and dash.end(1) == column:
            entries += 1
        elif line.strip() and len(line) - len(line.lstrip()) <= column:
            break
    return entries


def _keys_in_brackets(text: str) -> list[str]:
    opened: list[str | None] = []
    pending = None
    for match in _INSIDE.finditer(text):
        if match["open"]:
            opened.append(pending)
            pending = None
        elif match["close"]:
            pending = opened.pop() if opened else None
        else:
            pending = match["name"].strip("\"'")
    return [name for name in [*opened, pending] if name]
