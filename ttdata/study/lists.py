"""Lists in their own files: terms, names and tables of accounts, as editors and spreadsheets write them."""

import csv
import io
from collections.abc import Mapping, Sequence
from pathlib import Path

from ttdata.errors import StudyFault

# The columns that a table must have, by the key whose value it is. For any other key, the column is named like the key.
_COLUMNS = {"accounts": ("username",), "ids": ("video_id",), "phases": ("field", "term", "from")}


def with_lists(value: object, base: Path, key: str = "") -> object:
    """The same data with every `{file: NAME}` replaced by the content of that file in the folder `base`.

    A .csv or .tsv file is a list of rows, each a mapping of columns; any other file is a list of its lines.
    key: the key whose value this is; it decides which columns a table must have.

    Raises StudyFault for a file that cannot be read or is empty.
    """
    if isinstance(value, Mapping):
        if set(value) == {"file"} and isinstance(value["file"], str):
            return _read(base / value["file"], key)
        return {name: with_lists(each, base, name) for name, each in value.items()}
    if isinstance(value, list):
        return [with_lists(each, base, key) for each in value]
    return value


def _read(path: Path, key: str) -> object:
    if path.suffix not in _SEPARATORS:
        return read_list(path)
    if key in _COLUMNS:
        return read_table(path, _COLUMNS[key])
    return list(dict.fromkeys(row[key].lstrip("#@").strip() for row in read_table(path, (key,))))


def read_list(path: Path) -> list[str]:
    """The entries of a list file, in order and without duplicates.

    A byte order mark, Windows line ends, blank lines, and a leading # or @ are ignored.
    """
    entries = [line.strip().lstrip("#@").strip() for line in _text(path).splitlines()]
    if not any(entries):
        raise StudyFault([f"{path} has no entries; write one per line"])
    return list(dict.fromkeys(filter(None, entries)))


def read_table(path: Path, columns: Sequence[str] = ("username",)) -> list[dict[str, str]]:
    """The rows of a table that has at least these columns. Rows without a value in the first of them are left out.

    If only one column is required, it names the row, and each name counts once. Columns are separated by tabs in a .tsv
    file, otherwise by commas, or by semicolons if the first line has more of these.
    """
    text = _text(path)
    first, separator = text.split("\n", 1)[0], _SEPARATORS[path.suffix]
    if separator == "," and first.count(";") > first.count(","):
        separator = ";"
    try:
        head, *lines = csv.reader(io.StringIO(text), delimiter=separator) if first.strip() else [[]]
    except csv.Error as error:
        raise StudyFault([f"{path} cannot be read as a table: {error}"]) from None
    names = [name.strip().lower() for name in head]
    for column in columns:
        if column not in names:
            raise StudyFault([f"{path} has no column {column!r}; its first line has: {', '.join(names)}"])
    rows: dict[object, dict[str, str]] = {}
    for number, values in enumerate(lines):
        row = {name: value.strip() for name, value in zip(names, values, strict=False) if name}
        name = row[columns[0]] = row.get(columns[0], "").lstrip("@").strip()
        if name:
            rows.setdefault(name if len(columns) == 1 else number, row)
    if not rows:
        raise StudyFault([f"{path} has no {columns[0]} below its first line"])
    return list(rows.values())


def _text(path: Path) -> str:
    try:
        return path.read_text("utf-8-sig")
    except UnicodeDecodeError:
        raise StudyFault([f"{path} is not UTF-8; save it in that encoding"]) from None
    except OSError as error:
        raise StudyFault([f"{path} cannot be read: {error.strerror}"]) from None


_SEPARATORS = {".csv": ",", ".tsv": "\t"}
