"""The figures of a report: what figures.yaml says, filled with the numbers of a dataset. svg.py draws them."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

import duckdb

from ttdata.packaged import packaged_yaml
from ttdata.publish.coverage import AGE, UNKNOWN, coverage, wilson
from ttdata.tables.declared import quoted
from ttdata.tables.files import opened

MOST_GROUPS = 8
_LISTED = ("listed", "username")

Spec = dict[str, Any]
"""A Vega-Lite specification."""


@dataclass(frozen=True)
class Kind:
    """One row of figures.yaml, whose head explains the keys."""

    name: str
    title: str
    question: str
    needs: tuple[str, ...]
    columns: Mapping[str, str]
    sql: str
    text: str
    chart: Mapping[str, Any]


@dataclass(frozen=True)
class Figure:
    """A kind of figure with the data of one dataset, and the text that says the same in words and numbers."""

    kind: Kind
    rows: Sequence[Mapping[str, Any]]
    text: str

    @property
    def text_id(self) -> str:
        """The id of the text on the page."""
        return f"text-{self.kind.name}"

    def spec(self) -> Spec:
        """The chart as Vega-Lite."""
        return {"data": {"values": list(self.rows)}, **self.kind.chart}


@dataclass(frozen=True)
class Figures:
    """All figures of a dataset in the order of the report, and the titles of those that it has no data for."""

    shown: tuple[Figure, ...]
    empty: tuple[str, ...]


@cache
def kinds() -> tuple[Kind, ...]:
    """All kinds of figures."""
    return tuple(Kind(**row | {"needs": tuple(row["needs"])}) for row in packaged_yaml(__package__, "figures.yaml"))


def figures(dataset: Path) -> Figures:
    """The figures of a dataset file. Equal datasets have equal figures.

    A figure is left out if the dataset lacks a table for it. Raises StorageFault if the file is not a dataset.
    """
    with opened(dataset) as con:
        con.execute("SET timezone = 'UTC'")
        _prepare(con)
        names = _tables(con)
        asked = [kind for kind in kinds() if names >= set(kind.needs)]
        filled = [(kind.title, _filled(con, kind)) for kind in asked]
    shown = tuple(figure for _, figure in filled if figure)
    return Figures(shown, tuple(title for title, figure in filled if not figure))


def _prepare(con: duckdb.DuckDBPyConnection) -> None:
    """Create the temporary tables that the figures share."""
    _create_groups(con)
    _create_coverage(con)
    for statement in files(__package__).joinpath("figures.sql").read_text("utf-8").split(";\n"):
        needs = re.search(r"-- needs: (.+)", statement)
        if statement.strip() and (needs is None or _tables(con) >= set(needs[1].split(", "))):
            con.execute(statement)


def _create_groups(con: duckdb.DuckDBPyConnection) -> None:
    """Create `listed_accounts` from the study's list, and `account_groups` if one of its columns forms a few groups."""
    if "accounts" not in _tables(con):
        return
    column = _group_column(con)
    con.execute(
        f"CREATE TEMP TABLE listed_accounts AS SELECT username, min({column or 'NULL'})::VARCHAR AS account_group "
        "FROM accounts WHERE username IS NOT NULL GROUP BY username"
    )
    if column:
        con.execute("CREATE TEMP VIEW account_groups AS FROM listed_accounts WHERE account_group IS NOT NULL")


def _create_coverage(con: duckdb.DuckDBPyConnection) -> None:
    """Create `list_coverage` if the dataset was built from a list of ids: the shares that were found, by age."""
    if not _tables(con) >= {"ids", "id_status"}:
        return
    con.execute("CREATE TEMP TABLE list_coverage (age VARCHAR, found BIGINT, searched BIGINT, low DOUBLE, high DOUBLE)")
    aged = [each for each in coverage(con) if each.by == AGE and each.searched and each.value != UNKNOWN]
    for each in aged:
        values = [each.value, each.found, each.searched, *wilson(each.found, each.searched)]
        con.execute("INSERT INTO list_coverage VALUES (?, ?, ?, ?, ?)", values)


def _group_column(con: duckdb.DuckDBPyConnection) -> str | None:
    """The first column of the list with two values or a few more."""
    columns = [quoted(name) for name, *_ in con.execute("DESCRIBE accounts").fetchall() if name not in _LISTED]
    for column in columns:
        ((values,),) = con.execute(f"SELECT count(DISTINCT {column}) FROM accounts").fetchall()
        if 2 <= values <= MOST_GROUPS:
            return column
    return None


def _filled(con: duckdb.DuckDBPyConnection, kind: Kind) -> Figure | None:
    con.execute(f"CREATE OR REPLACE TEMP TABLE figure AS {kind.sql}")
    text = con.execute(kind.text).fetchall()
    if not text or text[0][0] is None:
        return None
    result = con.execute("SELECT * FROM figure ORDER BY rowid")
    columns = [column[0] for column in result.description or ()]
    rows = [dict(zip(columns, map(_printable, row), strict=True)) for row in result.fetchall()]
    return Figure(kind, rows, _printable(text[0][0]))


def _printable(value: Any) -> Any:
    """A value without control characters: XML cannot contain them, and some turn the direction of a whole line."""
    return "".join(filter(str.isprintable, value)) if isinstance(value, str) else value


def _tables(con: duckdb.DuckDBPyConnection) -> set[str]:
    tables = con.execute("SELECT table_name FROM duckdb_tables() UNION SELECT view_name FROM duckdb_views()")
    return {name for (name,) in tables.fetchall()}
