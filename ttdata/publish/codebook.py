"""The codebook of a dataset: an entry per column, with its unit, source, range and joins, and what is missing."""

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from io import StringIO
from typing import Any

import yaml

from ttapi import ENDPOINTS
from ttdata.publish.contents import Column, Contents, Table
from ttdata.source_kinds import KINDS
from ttdata.tables.declared import quoted

HEADER = ("table", "column", "type", "unit", "source", "description")
DERIVED = "ttdata"
"""The source of a column that is no field of the API."""
_ORDERED = ("BIGINT", "INTEGER", "DOUBLE", "TIMESTAMP", "DATE")


@dataclass(frozen=True)
class Entry:
    """A column as the codebook describes it.

    source: the page of TikTok's documentation that defines the field, or DERIVED.
    """

    table: str
    column: Column
    unit: str
    source: str
    description: str
    joins: str

    @property
    def row(self) -> tuple[str, ...]:
        """The values of HEADER."""
        return (self.table, self.column.name, self.column.type, self.unit, self.source, self.description)


def entries(tables: tuple[Table, ...]) -> list[Entry]:
    """One entry per column of the tables."""
    columns = {f"{table.name}.{column.name}" for table in tables for column in table.columns}
    return [_entry(table, column, columns) for table in tables for column in table.columns]


def as_csv(tables: tuple[Table, ...]) -> str:
    """The codebook as a CSV file."""
    text = StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerows([HEADER, *(entry.row for entry in entries(tables))])
    return text.getvalue()


def as_markdown(contents: Contents) -> str:
    """The codebook for people, with the rows of each table, and the missing values and range of each column."""
    lines = [f"# Codebook of {contents.about.dataset}", ""]
    by_table: dict[str, list[Entry]] = {}
    for entry in entries(contents.tables):
        by_table.setdefault(entry.table, []).append(entry)
    for table in contents.tables:
        rows = contents.number_of_rows(table)
        lines += [f"## {table.name}", "", f"{cell(table.meaning)} {rows:,} rows.", ""]
        lines += ["| column | type | unit | missing | range | description |", "|---|---|---|---|---|---|"]
        values = _values(contents, table)
        for entry in by_table[table.name]:
            missing, low, high = values[entry.column.name]
            span = "" if low is None else f"{low} to {high}"
            joins = f" Joins {entry.joins}." if entry.joins else ""
            source = f" [Source]({entry.source})." if entry.source != DERIVED else ""
            cells = [entry.column.name, entry.column.type, entry.unit, f"{missing:,}", span]
            text = entry.description.rstrip(".") + "." if entry.description else ""
            lines.append(f"| {' | '.join(map(cell, cells))} | {cell(text)}{joins}{source} |")
        lines.append("")
    return "\n".join(lines)


def _entry(table: Table, column: Column, columns: set[str]) -> Entry:
    data = _data()
    unit = data["units"].get(column.name) or data["unit_of_type"].get(column.type, "")
    description = column.meaning
    if column.held_by and column.held_by not in description:
        description += f"; one row each in {column.held_by}"
    joins = data["joins"].get(column.name, "")
    is_joined = joins in columns and joins != f"{table.name}.{column.name}"
    return Entry(table.name, column, unit, _source(table.name, column.name), description, joins if is_joined else "")


def _source(table: str, column: str) -> str:
    for name in _endpoints_of(table):
        endpoint = ENDPOINTS[name]
        if column in {field.name for field in endpoint.codebook}:
            return endpoint.url_of_source
    return DERIVED


def _endpoints_of(table: str) -> Iterator[str]:
    if table in _data()["endpoints"]:
        yield _data()["endpoints"][table]
    yield from (kind.endpoint for kind in KINDS.values() if kind.table == table)


def _values(contents: Contents, table: Table) -> dict[str, tuple[int, Any, Any]]:
    """How many values of each column are missing, and the least and the greatest of those with an order."""
    parts = []
    for column in table.columns:
        name = quoted(column.name)
        has_range = column.type in _ORDERED and not column.is_id
        span = f"min({name})::VARCHAR, max({name})::VARCHAR" if has_range else "NULL, NULL"
        parts.append(f"count(*) - count({name}), {span}")
    row = contents.con.execute(f"SELECT {', '.join(parts)} FROM {contents.relation(table)}").fetchall()[0]
    return {column.name: row[3 * place : 3 * place + 3] for place, column in enumerate(table.columns)}


def cell(text: str) -> str:
    """A text as a cell of a Markdown table."""
    return " ".join(str(text).split()).replace("|", "\\|")


@cache
def _data() -> dict[str, dict[str, str]]:
    data: dict[str, dict[str, str]] = yaml.safe_load(files(__package__).joinpath("codebook.yaml").read_text("utf-8"))
    return data
