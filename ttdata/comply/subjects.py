"""What a refresh checks: the ids of a built dataset by category, and what no endpoint can check."""

from collections.abc import Mapping, Sequence
from typing import Literal, get_args

import duckdb

from ttdata.tables.declared import quoted

Category = Literal["video", "comment", "user"]
CATEGORIES: tuple[Category, ...] = get_args(Category)
IN_TASKS: tuple[Category, ...] = ("video", "comment")
"""The categories of TikTok's compliance tasks. Accounts have none, and are requested one by one."""
NOUNS: Mapping[Category, str] = {"video": "video", "comment": "comment", "user": "account"}

# Where each category has its ids: table, column, and a condition on the rows.
_COLUMNS: Mapping[Category, Sequence[tuple[str, str, str]]] = {
    "video": (
        ("videos", "id", "true"),
        ("videos_gone", "id", "true"),
        ("video_observations", "video_id", "true"),
        ("user_video_links", "video_id", "true"),
        ("playlist_videos", "video_id", "true"),
    ),
    "comment": (("comments", "id", "true"),),
    # Of an account that was refused the dataset has nothing.
    "user": (("users", "username", "refused IS NULL"), ("user_observations", "username", "refused IS NULL")),
}
# Records for which TikTok has neither a compliance task nor a request by their own id.
_UNCHECKED = ("followers", "following", "playlists", "shops", "products", "reviews")


def ids_of(con: duckdb.DuckDBPyConnection, category: Category) -> list[str]:
    """The ids of a category in a dataset, each once: numbers in their order, names in theirs."""
    tables = tables_in(con)
    queries = [
        f"SELECT {column} AS id FROM {table} WHERE {condition}"
        for table, column, condition in _COLUMNS[category]
        if table in tables
    ]
    if not queries:
        return []
    found = con.execute(f"SELECT DISTINCT id FROM ({' UNION ALL '.join(queries)}) WHERE id IS NOT NULL ORDER BY id")
    return [str(each) for (each,) in found.fetchall()]


def unchecked(con: duckdb.DuckDBPyConnection) -> dict[str, int]:
    """The tables with rows that a refresh cannot check, and how many."""
    counts = {
        table: con.execute(f"SELECT count(*) FROM {quoted(table)}").fetchall()[0][0]
        for table in _UNCHECKED
        if table in tables_in(con)
    }
    return {table: rows for table, rows in counts.items() if rows}


def tables_in(con: duckdb.DuckDBPyConnection) -> set[str]:
    """The names of a dataset's tables and views."""
    found = con.execute(
        "SELECT table_name FROM duckdb_tables() WHERE NOT temporary "
        "UNION ALL SELECT view_name FROM duckdb_views() WHERE NOT internal AND NOT temporary"
    )
    return {name for (name,) in found.fetchall()}
