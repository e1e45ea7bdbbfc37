"""The study's own labels as tables of a dataset: those of its items, each with what was left out of its file.

Labels come last and are not part of the dataset's digest: they change while the data stay as they are.
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import duckdb

from ttdata.build.digest import table_digest
from ttdata.study.entries import Unused
from ttdata.study.labels import LabelFile, Labels, Row, read_labels, unknown_item
from ttdata.tables.declared import create, escaped, insert, quoted
from ttdata.text import count

_CODER = "coder"


@dataclass(frozen=True)
class LabelTable:
    """A row of the table `labels`: a table of labels, and how many rows of its file are not in it, and why."""

    name: str
    file: str
    of: str
    item: str
    coder: str | None
    level: dict[str, str]
    rows: int
    uncoded: int
    unreadable: int
    unknown: int
    duplicates: int
    contradictions: int
    digest: str

    @property
    def sentence(self) -> str:
        """What became of the file, as a build prints it."""
        parts = {
            "unknown to the dataset": self.unknown,
            "in contradiction": self.contradictions,
            "repeated": self.duplicates,
            "without an id or a coder": self.unreadable,
        }
        left_out = ", ".join(f"{number:,} {what}" for what, number in parts.items() if number)
        texts = [f"labels {self.name}: {count(self.rows, 'row')} of {self.file}."]
        texts += [f"Left out: {left_out}; list_entries has each with its row."] if left_out else []
        texts += [f"Not coded yet: {count(self.uncoded, 'row')}."] if self.uncoded else []
        return " ".join(texts)


def label_tables(con: duckdb.DuckDBPyConnection) -> list[LabelTable]:
    """The tables of labels of a dataset; [] if it has none."""
    if not con.execute("SELECT 1 FROM duckdb_tables() WHERE table_name = 'labels'").fetchall():
        return []
    names = [quoted(each.name) for each in fields(LabelTable)]
    rows = con.execute(f"SELECT {', '.join(names)} FROM labels ORDER BY name").fetchall()
    return [LabelTable(*_with_level(row)) for row in rows]


def _with_level(row: Sequence[Any]) -> Iterator[Any]:
    for each, value in zip(fields(LabelTable), row, strict=True):
        yield json.loads(value) if each.name == "level" else value


def load(con: duckdb.DuckDBPyConnection, declared: Sequence[Labels], files: Sequence[Path]) -> tuple[str, ...]:
    """Create and fill the tables of labels. files: those of the labels, in their order.

    Adds the rows that are left out to list_entries. Returns a sentence about each table.
    """
    if not declared:
        return ()
    create(con, "labels")
    for labels, path in zip(declared, files, strict=True):
        _load(con, labels, read_labels(path, labels))
    return tuple(each.sentence for each in label_tables(con))


def _load(con: duckdb.DuckDBPyConnection, labels: Labels, file: LabelFile) -> None:
    known = _known(con, labels, file.rows)
    rows = [row for row in file.rows if row.item in known]
    unknown = [unknown_item(labels, row) for row in file.rows if row.item not in known]
    _create(con, labels, file)
    coded = [[row.item, *([row.coder] if labels.coder else []), *row.cells] for row in rows]
    insert(con, quoted(labels.name), coded)
    left_out: list[Sequence[Unused]] = [file.unreadable, unknown, file.duplicates, file.contradictions]
    insert(con, "list_entries", [[e.list, e.entry, e.used_as, e.reason] for some in left_out for e in some])
    content = [labels.name, labels.file, labels.of, labels.item.name, labels.coder or None, json.dumps(labels.level)]
    numbers = [len(rows), file.uncoded, *map(len, left_out)]
    insert(con, "labels", [[*content, *numbers, table_digest(con, labels.name)]])


def _known(con: duckdb.DuckDBPyConnection, labels: Labels, rows: Sequence[Row]) -> set[Any]:
    """Those of the labelled items that the dataset has. A video that is gone by now was coded when it was there."""
    tables = [labels.of, "videos_gone"] if labels.of == "videos" else [labels.of]
    known = " UNION ALL ".join(f"SELECT {labels.item.column} FROM {table}" for table in tables)
    items = sorted({row.item for row in rows})
    found = con.execute(
        f"SELECT item FROM (SELECT unnest(?::{labels.item.kind}[]) AS item) WHERE item IN ({known})", [items]
    )
    return {item for (item,) in found.fetchall()}


def _create(con: duckdb.DuckDBPyConnection, labels: Labels, file: LabelFile) -> None:
    coder = {_CODER: ("VARCHAR", f"who coded the row: {labels.coder} in the file")} if labels.coder else {}
    columns = {
        labels.item.name: (labels.item.kind, f"{labels.of}.{labels.item.column} of what is labelled"),
        **coder,
        **{column: (kind, f"as in the file {labels.file}") for column, kind in file.types.items()},
    }
    table = quoted(labels.name)
    con.execute(f"CREATE TABLE {table} ({', '.join(f'{quoted(name)} {kind}' for name, (kind, _) in columns.items())})")
    con.execute(f"COMMENT ON TABLE {table} IS 'The labels of {labels.of} in the study''s file {escaped(labels.file)}'")
    for name, (_, meaning) in columns.items():
        con.execute(f"COMMENT ON COLUMN {table}.{quoted(name)} IS '{escaped(meaning)}'")
