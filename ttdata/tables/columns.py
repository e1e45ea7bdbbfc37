"""The tables and views of a database as its readers see them: columns, types, meanings, and keys."""

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ttdata.tables.declared import key_of
from ttdata.tables.nested import view_of

if TYPE_CHECKING:
    import duckdb

_ID = re.compile(r"(^|_)id$")


@dataclass(frozen=True)
class Column:
    """A column: its DuckDB type, its meaning, and the table that holds the elements if it is a list."""

    name: str
    type: str
    meaning: str
    held_by: str | None = None

    @property
    def is_list(self) -> bool:
        return self.type.endswith("[]")

    @property
    def is_id(self) -> bool:
        """Whether it is an integer that names a record."""
        return self.type == "BIGINT" and bool(_ID.search(self.name))


@dataclass(frozen=True)
class Table:
    """A table or view, with its columns in order; `key` identifies a row, if there is one."""

    name: str
    meaning: str
    columns: tuple[Column, ...]
    key: tuple[str, ...] = ()


def tables_of(con: "duckdb.DuckDBPyConnection") -> tuple[Table, ...]:
    """The tables and views of a database by name; each list column with the table that holds its elements."""
    rows = con.execute(
        "SELECT table_name, column_name, data_type, coalesce(comment, '') FROM duckdb_columns() "
        "WHERE database_name = current_database() AND schema_name = 'main' AND NOT internal "
        "ORDER BY table_name, column_index"
    ).fetchall()
    meanings = dict(
        con.execute(
            "SELECT table_name, coalesce(comment, '') FROM duckdb_tables() WHERE database_name = current_database() "
            "UNION ALL SELECT view_name, coalesce(comment, '') FROM duckdb_views() "
            "WHERE database_name = current_database() AND NOT internal"
        ).fetchall()
    )
    columns: dict[str, list[Column]] = {}
    for table, name, kind, meaning in rows:
        held_by = view_of(table, name) if kind.endswith("[]") else None
        columns.setdefault(table, []).append(Column(name, kind, meaning, held_by if held_by in meanings else None))
    return tuple(Table(name, meanings[name], tuple(some), key_of(name)) for name, some in columns.items())
