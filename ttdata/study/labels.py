"""The study's own labels of rows of a dataset: what it declares about them, and their files as people write them.

A study is checked with the form of each file, so that a mistake is found before anything is requested. The build reads
the file again. A file's form can be refused; a single row never fails a build: it is left out, and a reason says why.
"""

import hashlib
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

from ttapi import read_video_id
from ttapi.handles import read_handle
from ttapi.text import strip_invisible
from ttdata.errors import StudyFault
from ttdata.source_kinds import table_of
from ttdata.study.entries import Unused, spoiled_by_a_spreadsheet
from ttdata.study.label_types import LARGEST, type_of
from ttdata.study.lists import list_file, numbered_rows, similar_file
from ttdata.study.problems import Problems
from ttdata.tables.declared import table_names
from ttdata.tables.nested import ELEMENTS, view_of

# A coding sheet writes a number as an id with this before it: no spreadsheet takes that for a number and rounds it.
ID_PREFIX = "id_"
# Columns of a coding sheet that are there for the coders' eyes; they are no labels.
SHOWN: Mapping[str, tuple[str, ...]] = {
    "videos": ("url", "caption", "create_time", "username"),
    "comments": ("url", "comment_text", "create_time", "video_caption"),
    "users": ("display_name", "bio_description"),
}
# How files write that there is no value; R writes NA.
_MISSING = ("", "NA")
# Long ids as spreadsheets and statistics programs write them once they are rounded: 7.30247E+18, 7302470379501604000.0
_ROUNDED = re.compile(r"\d+(?:[.,]\d+)?[eE]\+?\d+|\d+[.,]0+")
_HOW_TO_KEEP_IDS = (
    "The spreadsheet has changed the ids, and their digits are lost. Take them from an older copy of the file, and "
    f"import them as text; or write them as {ID_PREFIX}7302470379501604128, or as the addresses of the videos"
)


class Item(NamedTuple):
    """What is labelled: its column in the dataset's table, its column in a table of labels, and how that is read."""

    column: str
    name: str
    kind: str
    read: Callable[[str], int | str | None]


def _read_number(text: str) -> int | None:
    digits = strip_invisible(text).removeprefix(ID_PREFIX)
    return int(digits) if re.fullmatch(r"\d{1,19}", digits, re.ASCII) and 0 < int(digits) <= LARGEST else None


def _read_video(text: str) -> int | None:
    return read_video_id(strip_invisible(text).removeprefix(ID_PREFIX))


_ACCOUNT = Item("username", "username", "VARCHAR", read_handle)
ITEMS: Mapping[str, Item] = {
    "videos": Item("id", "video_id", "BIGINT", _read_video),
    "comments": Item("id", "comment_id", "BIGINT", _read_number),
    "users": _ACCOUNT,
    "accounts": _ACCOUNT,
    "playlists": Item("playlist_id", "playlist_id", "BIGINT", _read_number),
    "shops": Item("shop_id", "shop_id", "BIGINT", _read_number),
    "products": Item("product_id", "product_id", "BIGINT", _read_number),
}


@dataclass(frozen=True)
class Labels:
    """One table of labels, as a study declares it. Names of columns are in lower case, as they are read.

    of       the table whose rows are labelled; `key` the file's column with their ids
    coder    the column with the coder; "" if there is none
    columns  the columns with labels; () for all
    level    the level of measurement by column, where the study names one
    """

    name: str
    file: str
    of: str
    key: str
    coder: str = ""
    columns: tuple[str, ...] = ()
    level: Mapping[str, str] = field(default_factory=dict)

    @property
    def item(self) -> Item:
        return ITEMS[self.of]

    @classmethod
    def stored(cls, stored: Mapping[str, Any]) -> "Labels":
        """The same from plan.json."""
        return cls(**{**stored, "columns": tuple(stored["columns"])})


@dataclass(frozen=True)
class Row:
    """One row of a file. number: as a spreadsheet shows it. cells: the labels, None where there is none."""

    number: int
    item: int | str
    coder: str
    cells: tuple[str | None, ...]


@dataclass(frozen=True)
class LabelFile:
    """What a file of labels contains.

    types            type of each column with labels
    rows             the rows to use, in the order of items and coders
    uncoded          rows without any label
    unreadable       rows without an id or a coder;  duplicates: those that repeat another one
    contradictions   rows that label an item in another way than an earlier row of the same coder, which is here, too
    """

    types: Mapping[str, str]
    rows: tuple[Row, ...]
    uncoded: int
    unreadable: tuple[Unused, ...]
    duplicates: tuple[Unused, ...]
    contradictions: tuple[Unused, ...]


def read_declared(dataset: Mapping[str, Any], base: Path | None, problems: Problems) -> tuple[Labels, ...]:
    """The labels that a dataset declares.

    base: the folder of their files, whose form is checked; None if that was done before.
    """
    labels = []
    for name, declared in dataset.get("labels", {}).items():
        below = problems.below(f"labels.{name}")
        before = len(problems)
        each = _read_one(name, declared)
        _check(each, dataset, below)
        if base is not None and len(problems) == before:
            _check_file(each, base, below)
        labels.append(each)
    return tuple(labels)


def _read_one(name: str, declared: Mapping[str, Any]) -> Labels:
    return Labels(
        name=name,
        file=declared["file"],
        of=declared["of"],
        key=_column(declared.get("key", ITEMS[declared["of"]].name)),
        coder=_column(declared.get("coder", "")),
        columns=tuple(map(_column, declared.get("columns", ()))),
        level={_column(column): level for column, level in declared.get("level", {}).items()},
    )


def _column(name: str) -> str:
    return strip_invisible(name).lower()


def _check(labels: Labels, dataset: Mapping[str, Any], problems: Problems) -> None:
    tables = {table_of(source) for source in dataset}
    if labels.of not in tables:
        have = ", ".join(each for each in ITEMS if each in tables)
        problems.add("of", f"The dataset has no {labels.of}. Its tables with ids: {have}.")
    if labels.name in _taken():
        problems.add("", f"The dataset has a table {labels.name} of its own; choose another name, such as codes.")


def _taken() -> set[str | None]:
    """The names of all tables and views that a dataset can have."""
    names = table_names()
    return {*names, *(view_of(table, column) for table in names for column in ELEMENTS)}


def _check_file(labels: Labels, base: Path, problems: Problems) -> None:
    try:
        read_labels(list_file(base, labels.file), labels)
    except StudyFault as fault:
        is_there = (base / labels.file).exists() or ".." in Path(labels.file).parts
        meant = "" if is_there else similar_file(labels.file, base)
        for problem in fault.with_examples:
            problems.add("file", f"{problem}.{f' Did you mean {meant!r}?' if meant else ''}")


def label_digest(path: Path) -> str:
    """Changes when a file of labels does."""
    return hashlib.sha256(path.read_bytes()).hexdigest()[:16]


def read_labels(path: Path, labels: Labels) -> LabelFile:
    """Read a file of labels. Raises StudyFault if its form is wrong: a missing column, or ids that are damaged."""
    needed = [labels.key, *filter(None, [labels.coder]), *labels.columns, *labels.level]
    table = [(number, row) for number, row in numbered_rows(path, needed) if any(row.values())]
    columns = _label_columns(path, labels, table)
    _check_ids(path, labels, table)
    types = {
        column: type_of(cell for _, row in table if (cell := _cell(row, column)) is not None) for column in columns
    }
    rows, unreadable, uncoded = list[Row](), list[Unused](), 0
    for number, row in table:
        cells = tuple(_cell(row, column) for column in columns)
        item, coder = labels.item.read(row[labels.key]), row.get(labels.coder, "")
        if item is None:
            unreadable.append(_unused(labels, row[labels.key], None, f"Row {number} has {_no_id(labels)}."))
        elif not any(cells):
            uncoded += 1
        elif labels.coder and not coder:
            unreadable.append(_unused(labels, row[labels.key], None, f"Row {number} names no {labels.coder}."))
        else:
            rows.append(Row(number, item, coder, cells))
    return _without_repeats(labels, types, rows, unreadable, uncoded)


def _label_columns(path: Path, labels: Labels, table: Sequence[tuple[int, Mapping[str, str]]]) -> tuple[str, ...]:
    """The columns with labels. Of a column that the table of labels has anyway, nobody could tell which is which."""
    if not table:
        raise StudyFault([f"{path} has no rows below its first line"])
    own = {labels.key, labels.item.name, labels.coder}
    shown = SHOWN.get(labels.of, ())
    found = dict.fromkeys(name for _, row in table for name in row)
    columns = labels.columns or tuple(name for name in found if name not in own and name not in shown)
    if not columns:
        raise StudyFault([f"{path} has no column with labels; its first line has: {', '.join(found)}"])
    if clash := sorted({labels.item.name, *(["coder"] if labels.coder else [])} & set(columns)):
        raise StudyFault([f"{path}: {clash[0]} is a column of every such table of labels; rename this one"])
    if unknown := [name for name in labels.level if name not in columns]:
        raise StudyFault([f"{path}: {unknown[0]} has a level, but is no column with labels"])
    return columns


def _check_ids(path: Path, labels: Labels, table: Sequence[tuple[int, Mapping[str, str]]]) -> None:
    if labels.item.kind != "BIGINT":
        return
    for number, row in table:
        if _ROUNDED.fullmatch(text := strip_invisible(row[labels.key])):
            raise StudyFault([f"{path}, row {number}: {text} is not an id. {_HOW_TO_KEEP_IDS}"])
    ids = [item for _, row in table if isinstance(item := labels.item.read(row[labels.key]), int)]
    if spoiled_by_a_spreadsheet(ids):
        number, row = next((n, row) for n, row in table if labels.item.read(row[labels.key]) == ids[0])
        raise StudyFault(
            [f"{path}, row {number}: {row[labels.key]} is a rounded id, like most others. {_HOW_TO_KEEP_IDS}"]
        )


def _no_id(labels: Labels) -> str:
    kind = "handle" if labels.item.kind == "VARCHAR" else "id"
    return f"no {kind} in its column {labels.key}"


def _cell(row: Mapping[str, str], column: str) -> str | None:
    text = row.get(column, "")
    return None if text in _MISSING else text


def _unused(labels: Labels, entry: object, used_as: object, reason: str) -> Unused:
    return Unused(f"labels.{labels.name}", str(entry), None if used_as is None else str(used_as), reason)


def unknown_item(labels: Labels, row: Row) -> Unused:
    """The entry for a row about an item that the dataset does not have."""
    return _unused(labels, row.item, None, f"Row {row.number}: {labels.of} has no such {labels.item.name}.")


def _without_repeats(
    labels: Labels, types: Mapping[str, str], rows: Sequence[Row], unreadable: Sequence[Unused], uncoded: int
) -> LabelFile:
    """Each item once per coder. Of rows that contradict each other, nobody but their author knows which is right."""
    groups: dict[tuple[int | str, str], list[Row]] = {}
    for row in rows:
        groups.setdefault((row.item, row.coder), []).append(row)
    used, duplicates, contradictions = list[Row](), list[Unused](), list[Unused]()
    for first, *others in groups.values():
        if all(row.cells == first.cells for row in others):
            used.append(first)
            reasons = [(row, f"Row {row.number} repeats row {first.number}.") for row in others]
            duplicates += [_unused(labels, row.item, row.item, reason) for row, reason in reasons]
        else:
            contradictions += _contradictions(labels, list(types), [first, *others])
    in_order = tuple(sorted(used, key=lambda row: (row.item, row.coder)))
    return LabelFile(types, in_order, uncoded, tuple(unreadable), tuple(duplicates), tuple(contradictions))


def _contradictions(labels: Labels, columns: Sequence[str], rows: Sequence[Row]) -> Iterator[Unused]:
    first = rows[0]
    other = next(row for row in rows if row.cells != first.cells)
    pairs = zip(columns, first.cells, other.cells, strict=True)
    differ = ", ".join(column for column, one, two in pairs if one != two)
    for row in rows:
        against = first if row.cells != first.cells else other
        by = f" of {row.coder}" if row.coder else ""
        reason = f"Row {row.number}{by} contradicts row {against.number} ({differ}); none of them is used."
        yield _unused(labels, row.item, None, reason)
