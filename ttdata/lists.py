"""Lists in files of their own: terms, names and tables of accounts, as they come out of editors and spreadsheets."""

import csv
from collections.abc import Mapping
from pathlib import Path

from ttdata.errors import StudyFault


def with_lists(value: object, base: Path) -> object:
    """The same data with every `{file: NAME}` replaced by what that file beside the study holds.

    A .csv or .tsv file is a list of rows, each with its columns by name; any other file is a list of its lines.

    Raises StudyFault for a file that cannot be read or holds nothing.
    """
    if isinstance(value, Mapping):
        if set(value) == {"file"} and isinstance(value["file"], str):
            path = base / value["file"]
            return read_table(path) if path.suffix in _SEPARATORS else read_list(path)
        return {key: with_lists(each, base) for key, each in value.items()}
    if isinstance(value, list):
        return [with_lists(each, base) for each in value]
    return value


def read_list(path: Path) -> list[str]:
    """The entries of a list file, each once, in their order.

    A byte order mark, Windows line ends, blank lines, and a leading # or @ do not matter.
    """
    entries = [line.strip().lstrip("#@").strip() for line in _text(path).splitlines()]
    if not any(entries):
        raise StudyFault([f"{path} holds no entry; write one a line"], "The list")
    return list(dict.fromkeys(filter(None, entries)))


def read_table(path: Path) -> list[dict[str, str]]:
    """The rows of a table of accounts, each account once; the column `username` names it.

    Columns are separated by tabs in a .tsv file, else by semicolons if the first line has more of them than commas.
    """
    lines = _text(path).splitlines()
    head = lines[0] if lines else ""
    separator = (
        ";" if _SEPARATORS[path.suffix] == "," and head.count(";") > head.count(",") else _SEPARATORS[path.suffix]
    )
    columns = [column.strip().lower() for column in next(csv.reader([head], delimiter=separator), [])]
    if "username" not in columns:
        raise StudyFault([f"{path} has no column 'username'; its first line names: {', '.join(columns)}"], "The list")
    rows: dict[str, dict[str, str]] = {}
    for values in csv.reader(lines[1:], delimiter=separator):
        row = dict(zip(columns, (value.strip() for value in values), strict=False))
        name = row["username"] = row.get("username", "").lstrip("@").strip()
        if name:
            rows.setdefault(name, row)
    if not rows:
        raise StudyFault([f"{path} holds no account below its first line"], "The list")
    return list(rows.values())


def _text(path: Path) -> str:
    try:
        return path.read_text("utf-8-sig")
    except UnicodeDecodeError:
        raise StudyFault([f"{path} is not in UTF-8; save it again with that encoding"], "The list") from None
    except OSError as error:
        raise StudyFault([f"{path} cannot be read: {error.strerror}"], "The list") from None


_SEPARATORS = {".csv": ",", ".tsv": "\t"}
