"""The study's own labels in a package: those that its readers may have, and invented ones for the twin."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import duckdb

from ttdata.publish.contents import Contents
from ttdata.publish.csv_text import csv_text
from ttdata.publish.package.studies import Declared, numbered
from ttdata.study.labels import Labels, read_declared
from ttdata.study.problems import Problems
from ttdata.tables.declared import quoted
from ttdata.tables.files import opened

FOLDER = "labels"
_CODER = "coder"
# Of a twin: enough items for a figure, and few enough for a small package.
_ITEMS, _DIFFERENT, _CODERS = 300, 20, 3
# What takes the place of labels that are not published, by the type of their column.
_INVENTED: Mapping[str, Sequence[str]] = {
    "BIGINT": ("0", "1"),
    "DOUBLE": ("0.25", "0.5", "0.75"),
    "BOOLEAN": ("true", "false"),
    "DATE": ("2026-01-01", "2026-01-02"),
    "VARCHAR": ("invented a", "invented b"),
}

_UNKNOWN: Mapping[str, str] = {"BIGINT": "3418", "VARCHAR": "invented"}


def declared_labels(study: Declared) -> tuple[Labels, ...]:
    """The labels of a study with one dataset."""
    (dataset,) = study["datasets"].values()
    return read_declared(dataset, None, Problems())


def with_files(study: Declared, names: Sequence[str]) -> Declared:
    """A copy of a study with one dataset that has the labels of these names, each with its file in a package."""
    ((name, dataset),) = study["datasets"].items()
    labels = {each: {**dataset["labels"][each], "file": f"{FOLDER}/{each}.csv"} for each in names}
    others = {key: value for key, value in dataset.items() if key != "labels"}
    return study | {"datasets": {name: others | ({"labels": labels} if labels else {})}}


def unknown_files(real: Contents, labels: Sequence[Labels]) -> dict[str, str]:
    """Files of labels of an item that no dataset has: a study can be built with them before its items are known."""
    files = {}
    for each in labels:
        columns = _columns(real.con, each)
        row = [
            _UNKNOWN[each.item.kind],
            *(["coder0001"] if each.coder else []),
            *(_INVENTED[kind][0] for _, kind in columns),
        ]
        files[f"{FOLDER}/{each.name}.csv"] = _csv(each, [name for name, _ in columns], [row])
    return files


def label_files(contents: Contents, labels: Sequence[Labels], *, hide_coders: bool) -> dict[str, str]:
    """The tables of labels of a dataset as the files that a study reads."""
    return {f"{FOLDER}/{each.name}.csv": _file(contents.con, each, hide_coders=hide_coders) for each in labels}


def invented_files(real: Contents, labels: Sequence[Labels], twin: Path, published: Sequence[str]) -> dict[str, str]:
    """Files of labels of a twin's items. Those that are published have the values of the dataset, for other items."""
    files = {}
    with opened(twin) as con:
        for each in labels:
            values = {
                name: _different(real.con, each, name) if each.name in published else _INVENTED[kind]
                for name, kind in _columns(real.con, each)
            }
            query = f"SELECT DISTINCT {each.item.column}::VARCHAR FROM {each.of} ORDER BY 1 LIMIT {_ITEMS}"
            items = [item for (item,) in con.execute(query).fetchall()]
            files[f"{FOLDER}/{each.name}.csv"] = _csv(each, list(values), _invented_rows(real.con, each, items, values))
    return files


def _file(con: duckdb.DuckDBPyConnection, labels: Labels, *, hide_coders: bool) -> str:
    columns = [name for name, _ in _columns(con, labels)]
    names = [labels.item.name, *([_CODER] if labels.coder else []), *columns]
    listed = ", ".join(f"{quoted(name)}::VARCHAR" for name in names)
    rows = con.execute(f"SELECT {listed} FROM {quoted(labels.name)} ORDER BY ALL").fetchall()
    if labels.coder and hide_coders:
        hidden = numbered(sorted({row[1] for row in rows}), "coder")
        rows = [(row[0], hidden(row[1]), *row[2:]) for row in rows]
    return _csv(labels, columns, rows)


def _csv(labels: Labels, columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> str:
    return csv_text([labels.key, *([labels.coder] if labels.coder else []), *columns], rows)


def _columns(con: duckdb.DuckDBPyConnection, labels: Labels) -> list[tuple[str, str]]:
    """The names and types of the columns with labels."""
    rows = con.execute(f"DESCRIBE {quoted(labels.name)}").fetchall()
    own = {labels.item.name, *([_CODER] if labels.coder else [])}
    return [(name, kind) for name, kind, *_ in rows if name not in own]


def _different(con: duckdb.DuckDBPyConnection, labels: Labels, column: str) -> list[str]:
    """The most frequent values of a column."""
    name = quoted(column)
    rows = con.execute(
        f"SELECT {name}::VARCHAR FROM {quoted(labels.name)} WHERE {name} IS NOT NULL "
        f"GROUP BY 1 ORDER BY count(*) DESC, 1 LIMIT {_DIFFERENT}"
    ).fetchall()
    return [value for (value,) in rows]


def _invented_rows(
    con: duckdb.DuckDBPyConnection, labels: Labels, items: Sequence[str], values: Mapping[str, Sequence[str]]
) -> list[list[str]]:
    coders = 1
    if labels.coder:
        query = f"SELECT count(DISTINCT {_CODER}) FROM {quoted(labels.name)}"
        coders = min(_CODERS, con.execute(query).fetchall()[0][0])
    return [
        [item, *([f"coder{coder + 1:04}"] if labels.coder else []), *_cells(values, place, coder)]
        for place, item in enumerate(items)
        for coder in range(coders)
    ]


def _cells(values: Mapping[str, Sequence[str]], place: int, coder: int) -> Iterator[str]:
    """The labels of an item. Coders agree on most items, so that an agreement can be computed."""
    other = coder if place % 5 == 0 else 0
    for number, some in enumerate(values.values()):
        yield some[(place * (number + 1) + other) % len(some)] if some else ""
