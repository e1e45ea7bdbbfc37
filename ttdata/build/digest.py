"""The content digest of a dataset: equal data, equal digest, on any machine, with any number of threads, on any day.

sha256 over, table by table in the order of their names, the columns with their types and the sorted sha256 of each
row's canonical JSON. Tables of provenance are left out: they describe the collecting, not what was collected. So are
earlier observations: a dataset that was requested again has the digest of one that was requested only then. So are the
study's own labels, which have digests of their own: the same data have the same digest, however they are coded.
The same for DuckDB 1.1.3 to 2.0.0 (measured) and for any order of rows; duplicates count.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import duckdb

from ttdata.source_kinds import HISTORY
from ttdata.tables.declared import quoted
from ttdata.tables.files import opened
from ttdata.tables.stored import stored_tables

PROVENANCE = (
    "codebook",
    "labels",
    "list_entries",
    "oddities",
    "parquet_files",
    "removed",
    "requests",
    "rounds",
    "seen",
    "slices",
    "study",
    "table_digests",
    *(each for some in HISTORY.values() for each in some),
)
_ROWS_AT_ONCE = 10_000


@dataclass(frozen=True)
class TableDigest:
    """The rows of a data table, and its digest."""

    rows: int
    digest: str


def digest_of(path: Path) -> str:
    """The 64 hex digits of a dataset file. Raises StorageFault if it is not a dataset."""
    with opened(path) as con:
        return digest(con)


def table_digests_of(path: Path) -> dict[str, TableDigest]:
    """The digest of each data table of a dataset file, computed from its rows. StorageFault if it is not a dataset."""
    with opened(path) as con:
        return {table: TableDigest(row_count(con, table), content) for table, content in digests(con).items()}


def digest(con: duckdb.DuckDBPyConnection) -> str:
    """The content digest of the database that a connection uses."""
    return total(digests(con))


def digests(con: duckdb.DuckDBPyConnection) -> dict[str, str]:
    """The digest of each data table of the database that a connection uses, in the order of their names."""
    return {table: _table(con, table).hex() for table in data_tables(con)}


def total(tables: Mapping[str, str]) -> str:
    """The content digest that the digests of all data tables make up."""
    hashed = hashlib.sha256()
    for _, content in sorted(tables.items()):
        hashed.update(bytes.fromhex(content))
    return hashed.hexdigest()


def data_tables(con: duckdb.DuckDBPyConnection) -> list[str]:
    """The names of the tables that are neither provenance nor the study's own labels, in order."""
    tables = stored_tables(con)
    left_out = {*PROVENANCE, *(label_tables(con) if "labels" in tables else ())}
    return [table for table in tables if table not in left_out]


def row_count(con: duckdb.DuckDBPyConnection, table: str) -> int:
    """The number of rows of a table."""
    return int(con.execute(f"SELECT count(*) FROM {quoted(table)}").fetchall()[0][0])


def label_tables(con: duckdb.DuckDBPyConnection) -> list[str]:
    """The tables of the study's own labels, in a dataset that has any."""
    return [name for (name,) in con.execute("SELECT name FROM labels ORDER BY name").fetchall()]


def table_digest(con: duckdb.DuckDBPyConnection, table: str) -> str:
    """The digest of one table, made like that of a dataset."""
    return _table(con, table).hex()


def _table(con: duckdb.DuckDBPyConnection, table: str) -> bytes:
    columns = con.execute(
        "SELECT column_name, data_type FROM duckdb_columns() WHERE database_name = current_database() "
        "AND table_name = ? ORDER BY column_name",
        [table],
    ).fetchall()
    hashed = hashlib.sha256(repr((table, columns)).encode())
    fields = ", ".join(f"{quoted(name)} := {quoted(name)}" for name, _ in columns)
    rows = con.execute(
        f"SELECT sha256(to_json(struct_pack({fields}))::VARCHAR) AS row FROM {quoted(table)} ORDER BY row"
    )
    while some := rows.fetchmany(_ROWS_AT_ONCE):
        hashed.update("".join(row for (row,) in some).encode())
    return hashed.digest()
