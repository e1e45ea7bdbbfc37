"""Lists in their own files: terms, names and tables of accounts, as editors and spreadsheets write them.

Only the form of a file is checked here. What its entries mean, and which of them can be used, is read by entries.py.
"""

import csv
import io
import stat
from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from ttapi.text import strip_invisible
from ttdata.errors import StudyFault
from ttdata.study.examples import declared_at, file_example, with_lines
from ttdata.study.text_files import read_text
from ttdata.text import closest

# The columns that a table must have, by the key whose value it is. For any other key, the column is named like the key.
_COLUMNS = {"accounts": ("username",), "ids": ("video_id",), "phases": ("field", "term", "from")}
LARGEST = 64 << 20  # bytes of a list file
# Cells of the table that a message shows.
_CELLS = {"username": "anna.example", "video_id": "7100000000000000001", "field": "hashtag_name", "from": "2025-01-01"}
_NO_COLUMN, _NO_ROWS = "has no column", "below its first line"
_NO_ENTRIES = "has no entries; write one per line"
_SEPARATORS = {".csv": ",", ".tsv": "\t"}
_DEPTH_OF_LABELS = len(("datasets", "NAME", "labels"))


def with_lists(value: object, base: Path) -> object:
    """The same data with every `{file: NAME}` replaced by the content of that file in the folder `base`.

    A .csv or .tsv file is a list of rows, each a mapping of columns; any other file is a list of its lines.
    Raises StudyFault for each file that is not a regular one in that folder, cannot be read, or is empty.
    """
    problems: list[str] = []
    replaced = _with_lists(value, base, (), problems)
    if problems:
        raise StudyFault(problems)
    return replaced


def _with_lists(value: object, base: Path, path: tuple[str | int, ...], problems: list[str]) -> object:
    """path: that of the value in the study. Its last key decides which columns a table must have."""
    if len(path) == _DEPTH_OF_LABELS and path[-1] == "labels":
        return value  # a build reads these files: they can be large, and do not decide what is requested
    if isinstance(value, Mapping):
        if set(value) == {"file"} and isinstance(value["file"], str):
            try:
                return _read(list_file(base, value["file"]), _last_key(path))
            except StudyFault as fault:
                key = ".".join(map(str, path))
                problems += [
                    f"{key}: {_with_example(problem, value['file'], base, path)}" for problem in fault.with_examples
                ]
                return value
        return {name: _with_lists(each, base, (*path, name), problems) for name, each in value.items()}
    if isinstance(value, list):
        return [_with_lists(each, base, (*path, number), problems) for number, each in enumerate(value)]
    return value


def _with_example(problem: str, name: str, base: Path, path: tuple[str | int, ...]) -> str:
    """A problem of a list file with the line that is right, if the file has another name or form, or with entries."""
    if problem.endswith(_NO_ENTRIES):
        entries = next((each for each in _examples(path) if isinstance(each, list)), ["klima", "wetter"])
        return with_lines(problem, *map(str, entries))
    if _NO_COLUMN in problem or _NO_ROWS in problem:
        key = _last_key(path)
        columns = _COLUMNS.get(key, (key,))
        return with_lines(problem, ",".join(columns), ",".join(_CELLS.get(column, "klima") for column in columns))
    meant = "" if (base / name).exists() or ".." in Path(name).parts else similar_file(name, base)
    hint = f" Did you mean {meant!r}?" if meant else ""
    return with_lines(f"{problem}.{hint}" if hint else problem, file_example(path, meant))


def _examples(path: tuple[str | int, ...]) -> Sequence[object]:
    examples: Sequence[object] = (declared_at(path) or {}).get("examples", ())
    return examples


def similar_file(name: str, base: Path) -> str:
    """The file of the study's folder whose name is most similar; "" if none is."""
    with suppress(OSError):
        names = [each.name for each in base.iterdir() if each.is_file() and not each.is_symlink()]
        return closest(name, names)
    return ""


def _last_key(path: tuple[str | int, ...]) -> str:
    return str(next((part for part in reversed(path) if isinstance(part, str)), ""))


def list_file(base: Path, name: str) -> Path:
    """The path of a list file. A study may come from anybody, so its lists are files of its own folder.

    Links are resolved. Raises StudyFault for any other file, and for one of more than LARGEST bytes.
    """
    path = base / name
    try:
        real = path.resolve()
        is_inside = real.is_relative_to(base.resolve())
        status = real.stat() if is_inside else None
    except OSError as error:
        raise StudyFault([f"{path} cannot be read: {error.strerror}"]) from None
    except (ValueError, RuntimeError):  # a null byte in the name; a link that leads to itself
        raise StudyFault([f"{str(path)!r} is not the name of a file"]) from None
    if status is None:
        raise StudyFault([f"{path} is outside the study's folder; copy it into the study's folder"])
    if not stat.S_ISREG(status.st_mode):
        raise StudyFault([f"{path} is not a file; copy the list into the study's folder as a file"])
    if status.st_size > LARGEST:
        raise StudyFault([f"{path} has {status.st_size >> 20:,} MB; a list may have up to {LARGEST >> 20} MB"])
    return path


def _read(path: Path, key: str) -> object:
    if path.suffix not in _SEPARATORS:
        return read_list(path)
    if key in _COLUMNS:
        return read_table(path, _COLUMNS[key])
    return list(dict.fromkeys(row[key] for row in read_table(path, (key,))))


def read_list(path: Path) -> list[str]:
    """The lines of a list file, in order, each once. A byte order mark and blank lines are ignored."""
    lines = [strip_invisible(line) for line in read_text(path).splitlines()]
    if not any(lines):
        raise StudyFault([f"{path} {_NO_ENTRIES}"])
    return list(dict.fromkeys(filter(None, lines)))


def read_table(path: Path, columns: Sequence[str] = ("username",)) -> list[dict[str, str]]:
    """The rows of a table that has at least these columns. Rows without a value in the first of them are left out.

    Raises StudyFault as `numbered_rows` does, and if no row is left.
    """
    rows = [row for _, row in numbered_rows(path, columns) if row[columns[0]]]
    if not rows:
        raise StudyFault([f"{path} has no {columns[0]} {_NO_ROWS}"])
    return rows


def numbered_rows(path: Path, columns: Sequence[str]) -> list[tuple[int, dict[str, str]]]:
    """The rows of a table that has at least these columns, each with the number that a spreadsheet shows.

    Columns are separated by tabs in a .tsv file, otherwise by commas, or by semicolons if the first line has more of
    these. Raises StudyFault for a column that occurs twice, and for a row with more cells than the first line.
    """
    text = read_text(path)
    first, separator = text.split("\n", 1)[0], _SEPARATORS.get(path.suffix, ",")
    if separator == "," and first.count(";") > first.count(","):
        separator = ";"
    try:
        head, *lines = csv.reader(io.StringIO(text), delimiter=separator) if first.strip() else [[]]
    except csv.Error as error:
        raise StudyFault([f"{path} cannot be read as a table: {error}"]) from None
    names = [strip_invisible(name).lower() for name in head]
    _check_head(path, names, columns)
    rows = []
    for number, cells in enumerate(lines, start=2):
        if any(cell.strip() for cell in cells[len(names) :]):
            raise StudyFault([f"{path}, row {number} has {len(cells)} cells, but the first line has {len(names)}"])
        row = {name: cell.strip() for name, cell in zip(names, cells, strict=False) if name}
        row[columns[0]] = strip_invisible(row.get(columns[0], ""))
        rows.append((number, row))
    return rows


def _check_head(path: Path, names: Sequence[str], columns: Sequence[str]) -> None:
    for column in columns:
        if column not in names:
            raise StudyFault([f"{path} {_NO_COLUMN} {column!r}; its first line has: {', '.join(names)}"])
    twice = [name for name, times in Counter(filter(None, names)).items() if times > 1]
    if twice:
        raise StudyFault([f"{path} has the column {twice[0]!r} twice; rename one of them"])
