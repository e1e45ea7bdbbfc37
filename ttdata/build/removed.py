"""What an edit of the study has removed from its scope: the difference to the dataset that is about to be replaced.

What was found once stays in a dataset, as a video or as one that is gone. So whatever the earlier dataset has and the
new one lacks is outside the scope by now.
"""

from pathlib import Path
from typing import NamedTuple

import duckdb

from ttdata.errors import StorageFault
from ttdata.tables.declared import create, escaped
from ttdata.tables.files import first_line
from ttdata.tables.stored import TABLES, find_files
from ttdata.text import count

# The columns with the names of each kind, and the column of its observations.
_KINDS = {"account": ("accounts.username",), "video": ("videos.id", "videos_gone.id")}
_OBSERVATIONS = {"account": "user_observations.username", "video": "video_observations.video_id"}


class Earlier(NamedTuple):
    """The dataset file that is about to be replaced, if it exists; and the names in it that nothing may repeat."""

    path: Path
    forgotten: frozenset[str]


def load(con: duckdb.DuckDBPyConnection, earlier_dataset: Earlier) -> None:
    """Create and fill the table of what was removed.

    A dataset of another API, or of another world of the mock server, is not compared.

    Raises StorageFault if that file cannot be read, for then nobody knows what was removed.
    """
    create(con, "removed")
    earlier, forgotten = earlier_dataset
    con.execute("SET VARIABLE forgotten = ?::VARCHAR[]", [sorted(forgotten)])
    if not earlier.exists():
        return
    try:
        con.execute(f"ATTACH '{escaped(earlier)}' AS earlier (READ_ONLY)")
        find_files(con, {"": earlier, "earlier": earlier})
        before = _tables(con, "'earlier'")
        api = "api, declared->'api'"
        is_same = con.execute(f"SELECT {api} FROM study INTERSECT SELECT {api} FROM earlier.study").fetchall()
        for kind in _KINDS if is_same else ():
            _load_kind(con, kind, before)
        con.execute("DETACH earlier")
    except duckdb.Error as error:
        raise StorageFault(
            f"It cannot be checked what an edit has removed from {earlier}: {first_line(error)} Nothing was replaced. "
            "Close the file in other programs, or move it elsewhere, and build again."
        ) from None


def sentence(con: duckdb.DuckDBPyConnection) -> str:
    """What was removed, in a sentence; "" if nothing was."""
    rows = con.execute("SELECT kind, count(*), sum(observations)::BIGINT FROM removed GROUP BY kind").fetchall()
    numbers = {kind: number for kind, number, _ in rows}
    if not numbers:
        return ""
    parts = [count(numbers[kind], kind) for kind in _KINDS if kind in numbers]
    parts.append(count(sum(observations for _, _, observations in rows), "observation"))
    return f"Removed from scope: {', '.join(parts)}; their pages are kept."


def _load_kind(con: duckdb.DuckDBPyConnection, kind: str, tables: set[str]) -> None:
    names = [column for column in _KINDS[kind] if column.partition(".")[0] in tables]
    if not names:
        return
    before = " UNION ".join(_names("earlier.", column) for column in names)
    present = _tables(con, "current_database()")
    now = " UNION ".join(_names("", column) for column in _KINDS[kind] if column.partition(".")[0] in present)
    observed = _OBSERVATIONS[kind]
    table, _, column = observed.partition(".")
    counted = (
        f"SELECT {column}::VARCHAR AS name, count(*) AS observations FROM earlier.{table} GROUP BY ALL"
        if table in tables
        else "SELECT NULL::VARCHAR AS name, 0 AS observations"
    )
    if "removed" in tables:
        before += f" UNION SELECT name FROM earlier.removed WHERE kind = '{kind}'"
        counted += f" UNION ALL SELECT name, observations FROM earlier.removed WHERE kind = '{kind}'"
    con.execute(
        f"INSERT INTO removed SELECT '{kind}', name, coalesce(sum(observations), 0) "
        f"FROM ({before}) LEFT JOIN ({counted}) USING (name) "
        f"WHERE name IS NOT NULL {f'AND name NOT IN ({now})' if now else ''} "
        "AND NOT list_contains(getvariable('forgotten'), lower(name)) GROUP BY name ORDER BY name"
    )


def _names(database: str, column: str) -> str:
    table, _, name = column.partition(".")
    return f"SELECT {name}::VARCHAR AS name FROM {database}{table} WHERE {name} IS NOT NULL"


def _tables(con: duckdb.DuckDBPyConnection, database: str) -> set[str]:
    """The names of a database's tables. database: an SQL expression."""
    found = con.execute(f"SELECT table_name FROM {TABLES} WHERE database_name = {database}")
    return {name for (name,) in found.fetchall()}
