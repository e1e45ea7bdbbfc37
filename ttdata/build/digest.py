"""The content digest of a dataset: equal data, equal digest, on any machine, with any number of threads, on any day.

sha256 over, table by table in the order of their names, the columns with their types and the sorted sha256 of each
row's canonical JSON. Tables of provenance are left out: they describe the collecting, not what was collected. So are
earlier observations: a dataset that was requested again has the digest of one that was requested only then.
The same for DuckDB 1.1.3 to 2.0.0 (measured) and for any order of rows; duplicates count.
"""

import hashlib
from pathlib import Path

import duckdb

from ttdata.source_kinds import HISTORY
from ttdata.tables.declared import quoted
from ttdata.tables.files import opened

PROVENANCE = (
    "list_entries",
    "oddities",
    "removed",
    "requests",
    "rounds",
    "seen",
    "slices",
    "study",
    *(each for some in HISTORY.values() for each in some),
)
_ROWS_AT_ONCE = 10_000


def digest_of(path: Path) -> str:
    """The 64 hex digits of a dataset file. Raises StorageFault if it is not a dataset."""
    with opened(path) as con:
        return digest(con)


def digest(con: duckdb.DuckDBPyConnection) -> str:
    """The content digest of the database that a connection uses."""
    total = hashlib.sha256()
    for table in _tables(con):
        total.update(_table(con, table))
    return total.hexdigest()


def table_digests(con: duckdb.DuckDBPyConnection) -> dict[str, str]:
    """A digest of each table that is part of the content digest, by its name."""
    return {table: _table(con, table).hex() for table in _tables(con)}


def _tables(con: duckdb.DuckDBPyConnection) -> list[str]:
    found = con.execute(
        "SELECT table_name FROM duckdb_tables() WHERE database_name = current_database() "
        "AND NOT internal AND NOT temporary ORDER BY table_name"
    ).fetchall()
    return [table for (table,) in found if table not in PROVENANCE]


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
