"""What an export contains: the tables and views of a dataset, their columns, and their rows as SQL.

A format chooses a form of the rows. Ids are 64-bit integers in a dataset; many readers round these, so a form can have
them as text.
"""

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import duckdb

from ttdata.errors import StorageFault
from ttdata.publish.pseudonyms import Pseudonyms
from ttdata.tables.columns import Column, Table, tables_of
from ttdata.tables.declared import quoted
from ttdata.tables.files import Resources, first_line, opened
from ttdata.tables.stored import FILES, stored_tables

REAL = "https://open.tiktokapis.com"
INVENTED = "The data are invented: they come from a mock server, not from TikTok."
# The last bits of every id that the mock server invents (docs/mockserver.md); one in 4,096 other ids has them.
LOW_BITS, MOCK_BITS = 0xFFF, 0xD5A
# A time as ISO 8601 in UTC, with a fraction of a second only where there is one.
_TIME = "replace(strftime({0}, '%Y-%m-%dT%H:%M:%S.%fZ'), '.000000Z', 'Z')"


@dataclass(frozen=True)
class Form:
    """How values are written: lists or only their own tables, JSON or its text, ids and times as text or values."""

    lists: bool = False
    json: bool = False
    ids_as_text: bool = True
    times_as_text: bool = True

    def columns(self, table: Table) -> list[Column]:
        """The columns of a table that the form has."""
        return [column for column in table.columns if self.value(column) is not None]

    def value(self, column: Column) -> str | None:
        """The SQL expression of a column's values; None if the form leaves the column out."""
        name = quoted(column.name)
        if column.is_list:
            exact = re.sub(r"\b(id|\w+_id) BIGINT", r"\1 VARCHAR", column.type).replace("BIGINT[]", "VARCHAR[]")
            return (f"{name}::{exact}" if self.ids_as_text else name) if self.lists else None
        if column.is_id and self.ids_as_text:
            return f"{name}::VARCHAR"
        if self.times_as_text and column.type == "TIMESTAMP":
            return _TIME.format(name)
        if self.times_as_text and column.type == "DATE":
            return f"{name}::VARCHAR"
        return f"{name}::VARCHAR" if column.type == "JSON" and not self.json else name


@dataclass(frozen=True)
class About:
    """What an export says about its dataset."""

    study: str
    dataset: str
    api: str
    digest: str
    software: str
    is_invented: bool

    @property
    def facts(self) -> dict[str, str]:
        """Names and values, for the metadata of a file."""
        invented = {"note": INVENTED} if self.is_invented else {}
        return invented | {
            "study": self.study,
            "dataset": self.dataset,
            "api": self.api,
            "digest": self.digest,
            "software": self.software,
        }


@dataclass(frozen=True)
class Contents:
    """A dataset that is open for export. `con` is read-only as far as the dataset is concerned."""

    con: duckdb.DuckDBPyConnection
    about: About
    tables: tuple[Table, ...]
    pseudonyms: Pseudonyms | None = None
    all_tables: tuple[Table, ...] = field(default=())

    def rows_sql(self, table: Table, form: Form) -> str:
        """A query for the rows of a table in a fixed order."""
        columns = [(form.value(each), each.name) for each in table.columns]
        listed = ", ".join(f"{value} AS {quoted(name)}" for value, name in columns if value)
        order = ", ".join(map(quoted, table.key)) if table.key else "ALL"
        return f"SELECT {listed} FROM (SELECT * FROM {self.relation(table)} ORDER BY {order})"

    def rows(self, table: Table, form: Form, at_once: int = 10_000) -> Iterator[Sequence[Any]]:
        """The rows of a table, read in portions."""
        result = self.con.execute(self.rows_sql(table, form))
        while portion := result.fetchmany(at_once):
            yield from portion

    def number_of_rows(self, table: Table) -> int:
        return int(self.con.execute(f"SELECT count(*) FROM {quoted(table.name)}").fetchall()[0][0])

    def relation(self, table: Table) -> str:
        """The table as a FROM clause, with pseudonyms if they are wanted."""
        if self.pseudonyms is None:
            return quoted(table.name)
        replaced = [
            f"{expression} AS {quoted(column.name)}"
            for column in table.columns
            if (expression := self.pseudonyms.of_column(table.name, column.name, column.type))
        ]
        return (
            f"(SELECT * REPLACE ({', '.join(replaced)}) FROM {quoted(table.name)})" if replaced else quoted(table.name)
        )


@contextmanager
def contents(
    path: Path,
    tables: Sequence[str] = (),
    pseudonyms: Pseudonyms | None = None,
    resources: Resources = Resources(),  # noqa: B008 (immutable)
) -> Iterator[Contents]:
    """Open a dataset file for export. tables: names of those to export; all if there are none.

    Raises StorageFault if it is not a dataset, or has no such table.
    """
    with opened(path, resources) as con:
        con.execute("SET TimeZone = 'UTC'")
        all_tables = tuple(each for each in tables_of(con) if each.name != FILES)
        names = [each.name for each in all_tables]
        if missing := [name for name in tables if name not in names]:
            raise StorageFault(f"{path} has no table {missing[0]}. Tables: {', '.join(names)}.")
        chosen = tuple(each for each in all_tables if not tables or each.name in tables)
        if pseudonyms:
            pseudonyms.prepare(con)
        try:
            yield Contents(con, _about(con), chosen, pseudonyms, all_tables)
        except duckdb.Error as error:
            raise StorageFault(f"{path} could not be exported: {first_line(error)}") from None


def _about(con: duckdb.DuckDBPyConnection) -> About:
    query = "SELECT name, dataset, api, digest, software FROM study"
    name, dataset, api, digest, software = con.execute(query).fetchall()[0]
    return About(name, dataset, api, digest, software, is_invented=api.rstrip("/") != REAL or _has_mock_ids(con))


def _has_mock_ids(con: duckdb.DuckDBPyConnection) -> bool:
    """Whether the ids are those of the mock server, which a proxy can place at TikTok's address."""
    tables = set(stored_tables(con))
    queries = [f"SELECT bool_and(id & {LOW_BITS} = {MOCK_BITS}) FROM {each}" for each in ("videos", "comments")]
    return any(con.execute(query).fetchall()[0][0] for query in queries if query.split()[-1] in tables)
