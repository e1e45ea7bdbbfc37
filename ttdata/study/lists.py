"""Lists in files of their own: terms, names and tables of accounts, as they come out of editors and spreadsheets."""

import csv
import io
from collections.abc import Mapping, Sequence
from pathlib import Path

from ttdata.errors import StudyFault

# The columns that the table of a key must have; of any other key it is the key itself.
_COLUMNS = {"accounts": ("username",), "ids": ("video_id",), "phases": ("field", "term", "from")}


def with_lists(value: object, base: Path, key: str = "") -> object:
    """The same data with every `{file: NAME}` replaced by what that file beside the study holds.

    A .csv or .tsv file is a list of rows, each with its columns by name; any other file is a list of its lines.
    key: the key whose value this is; it decides which columns a table must have.

    Raises StudyFault for a file that cannot be read or holds nothing.
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
    """The entries of a list file, each once, in their order.

    A byte order mark, Windows line ends, blank lines, and a leading # or @ do not matter.
    """
    entries = [line.strip().lstrip("#@").strip() for line in _text(path).splitlines()]
    if not any(entries):
        raise StudyFault([f"{path} holds no entry; write one a line"], "The list")
    return list(dict.fromkeys(filter(None, entries)))


def read_table(path: Path, columns: Sequence[str] = ("username",)) -> list[dict[str, str]]:
    """The rows of a table with these columns and any others; rows without a value in the first are left out.

    If only one column must be there, it names the row, and each name counts once. Columns are separated by tabs in a
    .tsv file, else by semicolons if the first line has more of them than commas.
    """
    text = _text(path)
    first, separator = text.split("\n", 1)[0], _SEPARATORS[path.suffix]
    if separator == "," and first.count(";") > first.count(","):
        separator = ";"
    try:
        head, *lines = csv.reader(io.StringIO(text), delimiter=separator) if first.strip() else [[]]
    except csv.Error as error:
        raise StudyFault([f"{path} cannot be read as a table: {error}"], "The list") from None
    names = [name.strip().lower() for name in head]
    for column in columns:
        if column not in names:
            raise StudyFault([f"{path} has no column {column!r}; its first line names: {', '.join(names)}"], "The list")
    rows: dict[object, dict[str, str]] = {}
    for number, values in enumerate(lines):
        row = {name: value.strip() for name, value in zip(names, values, strict=False) if name}
        name = row[columns[0]] = row.get(columns[0], "").lstrip("@").strip()
        if name:
            rows.setdefault(name if len(columns) == 1 else number, row)
    if not rows:
        raise StudyFault([f"{path} holds no {columns[0]} below its first line"], "The list")
    return list(rows.values())


def _text(path: Path) -> str:
    try:
        return path.read_text("utf-8-sig")
    except UnicodeDecodeError:
        raise StudyFault([f"{path} is not in UTF-8; save it again with that encoding"], "The list") from None
    except OSError as error:
        raise StudyFault([f"{path} cannot be read: {error.strerror}"], "The list") from None


_SEPARATORS = {".csv": ",", ".tsv": "\t"}
