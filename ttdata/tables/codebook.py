"""What each column of a dataset means: an entry with its unit, its source and its joins, and the values that it has."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any, NamedTuple

import yaml

from ttapi import ENDPOINTS
from ttdata.source_kinds import KINDS
from ttdata.tables.columns import Column, Table
from ttdata.tables.declared import quoted

if TYPE_CHECKING:
    import duckdb

HEADER = ("table", "column", "type", "unit", "source", "description")
DERIVED = "ttdata"
"""The source of a column that is no field of the API."""
_ORDERED = ("BIGINT", "INTEGER", "DOUBLE", "TIMESTAMP", "DATE")


@dataclass(frozen=True)
class Entry:
    """A column as the codebook describes it.

    source: the page of TikTok's documentation that defines the field, or DERIVED.
    joins: the column that it joins, such as videos.id; "" if none.
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


class Values(NamedTuple):
    """How many values of a column are missing; the least and the greatest, as texts, of numbers and times."""

    missing: int
    minimum: str | None
    maximum: str | None


def entries(tables: Sequence[Table]) -> list[Entry]:
    """One entry per column of the tables."""
    columns = {f"{table.name}.{column.name}" for table in tables for column in table.columns}
    return [_entry(table, column, columns) for table in tables for column in table.columns]


def values_of(con: "duckdb.DuckDBPyConnection", relation: str, table: Table) -> dict[str, Values]:
    """The values of each column of a table. relation: the table in SQL, or what is read in its place."""
    parts = []
    for column in table.columns:
        name = quoted(column.name)
        has_range = column.type in _ORDERED and not column.is_id
        span = f"min({name})::VARCHAR, max({name})::VARCHAR" if has_range else "NULL, NULL"
        parts.append(f"count(*) - count({name}), {span}")
    row: tuple[Any, ...] = con.execute(f"SELECT {', '.join(parts)} FROM {relation}").fetchall()[0]
    return {column.name: Values(*row[3 * place : 3 * place + 3]) for place, column in enumerate(table.columns)}


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


@cache
def _data() -> dict[str, dict[str, str]]:
    data: dict[str, dict[str, str]] = yaml.safe_load(files(__package__).joinpath("codebook.yaml").read_text("utf-8"))
    return data
