"""SQLite: one database with all tables, for R and datasette. The table `_about` says what the data are."""

import sqlite3
from contextlib import closing
from pathlib import Path

from ttdata.publish.contents import Contents, Form
from ttdata.tables.columns import Column, Table
from ttdata.tables.declared import quoted

NAME = "dataset.sqlite"
FORM = Form()
_TYPES = {"BIGINT": "INTEGER", "INTEGER": "INTEGER", "BOOLEAN": "INTEGER", "DOUBLE": "REAL"}


def write(contents: Contents, folder: Path) -> list[str]:
    """Write dataset.sqlite."""
    path = folder / NAME
    path.unlink(missing_ok=True)
    with closing(sqlite3.connect(path)) as database, database:
        _write_about(database, contents)
        for table in contents.tables:
            _write_table(database, contents, table)
    return [NAME]


def _write_about(database: sqlite3.Connection, contents: Contents) -> None:
    database.execute("CREATE TABLE _about (name TEXT PRIMARY KEY, value TEXT)")
    database.executemany("INSERT INTO _about VALUES (?, ?)", contents.about.facts.items())


def _write_table(database: sqlite3.Connection, contents: Contents, table: Table) -> None:
    columns = FORM.columns(table)
    declared = [f"{quoted(column.name)} {_type(column)}" for column in columns]
    if table.key:
        declared.append(f"PRIMARY KEY ({', '.join(map(quoted, table.key))})")
    database.execute(f"CREATE TABLE {quoted(table.name)} ({', '.join(declared)})")
    places = ", ".join("?" * len(columns))
    database.executemany(f"INSERT INTO {quoted(table.name)} VALUES ({places})", contents.rows(table, FORM))
    # The column by which most tables join.
    if "video_id" in {column.name for column in columns} and table.key[:1] != ("video_id",):
        database.execute(f"CREATE INDEX {quoted(f'{table.name}_video_id')} ON {quoted(table.name)} (video_id)")


def _type(column: Column) -> str:
    return "TEXT" if column.is_id else _TYPES.get(column.type, "TEXT")
