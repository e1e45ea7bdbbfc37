"""The tables of a dataset as their .sql files declare them: one file each, whose comments explain its columns."""

import re
from collections.abc import Iterable, Mapping, Sequence
from importlib.resources import files
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # a job that only collects never loads DuckDB
    import duckdb

_LIKE = re.compile(r"^-- like: (\w+)$", re.MULTILINE)
_KEY = re.compile(r"^-- key: (.+)$", re.MULTILINE)
_CREATED = re.compile(r"^CREATE (?:TEMP )?(?:TABLE|VIEW) (?:stage\.)?(\w+)", re.MULTILINE)
_COMMENT = re.compile(r"^-- (?!key: |like: )(.+)$", re.MULTILINE)
_COLUMN = re.compile(r"^ +\"?(\w+)\"? .*?-- (.+)$", re.MULTILINE)

SCHEMA_VERSION = 1
"""The version of the tables, in `study.schema_version`: raise it when a table or column changes its name or meaning."""


def sql(name: str) -> str:
    """The text of a .sql file."""
    return files(__package__).joinpath(f"{name}.sql").read_text("utf-8")


def table_names() -> frozenset[str]:
    """The names of all tables that a dataset can have, and of those that a build makes on the way."""
    texts = [each.read_text("utf-8") for each in files(__package__).iterdir() if each.name.endswith(".sql")]
    return frozenset(("accounts", "drawn", "ids", *(name for text in texts for name in _CREATED.findall(text))))


def key_of(table: str) -> tuple[str, ...]:
    """The columns that identify a row; none for a list of the study, whose entries may repeat.

    No constraint of DuckDB states them: it would store an index of all rows, often larger than the table.
    """
    if not files(__package__).joinpath(f"{table}.sql").is_file():
        return ()
    declared = _KEY.search(_statements(table)[0])
    return tuple(declared[1].split(", ")) if declared else ()


def filling(table: str) -> list[str]:
    """The statements that fill a table, once it is created."""
    return _statements(table)[1:]


def create(con: "duckdb.DuckDBPyConnection", table: str) -> None:
    """Create an empty table. It and its columns have their meaning as comments."""
    _create(con, _statements(table)[0])


def create_provenance(con: "duckdb.DuckDBPyConnection") -> None:
    """Create the empty tables of provenance.sql, with comments."""
    for declared in _statements("provenance"):
        _create(con, declared)


def _create(con: "duckdb.DuckDBPyConnection", declared: str) -> None:
    con.execute(declared)
    created = _CREATED.search(declared)
    assert created, declared
    table, above = created[1], declared[: created.start()]
    meaning = " ".join(_COMMENT.findall(above))
    con.execute(f"COMMENT ON TABLE {table} IS '{escaped(meaning)}'")
    meanings = _COLUMN.findall(declared)
    if like := _LIKE.search(declared):
        meanings += _COLUMN.findall(_statements(like[1])[0])
    for column, meaning in meanings:
        con.execute(f"COMMENT ON COLUMN {table}.{quoted(column)} IS '{escaped(meaning)}'")


def create_accounts(con: "duckdb.DuckDBPyConnection", rows: Iterable[Mapping[str, object]]) -> None:
    """Create and fill the study's table of accounts, with all columns of the list."""
    create_list(con, "accounts", {"listed": "VARCHAR", "username": "VARCHAR"}, rows)


def create_list(
    con: "duckdb.DuckDBPyConnection", table: str, types: Mapping[str, str], rows: Iterable[Mapping[str, object]]
) -> None:
    """Create and fill a table of one of the study's lists; columns without a type are text."""
    listed = list(rows)
    columns = list(dict.fromkeys([*types, *(column for row in listed for column in row)]))
    kinds = {column: types.get(column, "VARCHAR") for column in columns}
    con.execute(f"CREATE TABLE {table} ({', '.join(f'{quoted(column)} {kind}' for column, kind in kinds.items())})")
    con.execute(f"COMMENT ON TABLE {table} IS 'The {table} that the study lists, with the columns of its list'")
    for column in columns:
        con.execute(f"COMMENT ON COLUMN {table}.{quoted(column)} IS 'as in the list of the study'")
    insert(con, table, [[row.get(column) for column in columns] for row in listed])


def insert(con: "duckdb.DuckDBPyConnection", table: str, rows: Sequence[Sequence[object]]) -> None:
    """Insert rows in one statement: with a statement per row, a thousand rows take a second."""
    if rows:
        types = con.execute(f"DESCRIBE {table}").fetchall()
        lists = ", ".join(f"unnest(?::{kind}[])" for _, kind, *_ in types)
        con.execute(f"INSERT INTO {table} SELECT {lists}", [list(column) for column in zip(*rows, strict=True)])


def escaped(text: object) -> str:
    """A text for use between single quotes."""
    return str(text).replace("'", "''")


def literal(text: object) -> str:
    """A text as an SQL literal."""
    return f"'{escaped(text)}'"


def quoted(name: str) -> str:
    """A name of a column or table, whatever characters it has."""
    return '"' + name.replace('"', '""') + '"'


def _statements(table: str) -> list[str]:
    return [statement for statement in sql(table).split(";\n") if statement.strip()]
