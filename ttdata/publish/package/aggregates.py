"""Tables of counts, in which no cell is about few records or few accounts: from a table of queries."""

from collections.abc import Mapping
from dataclasses import dataclass

import duckdb

from ttdata.publish.contents import Contents
from ttdata.publish.csv_text import csv_text

SUMS = ("views", "likes", "comments", "shares")


@dataclass(frozen=True)
class Aggregate:
    """A table of counts: its cells are the columns `by`; the query returns them, `n`, `accounts` and the sums.

    disjoint: each record is in one cell, so that what is left out follows from the total.
    """

    meaning: str
    needs: str
    by: tuple[str, ...]
    query: str
    sums: tuple[str, ...] = ()
    disjoint: bool = True


_VIDEO_SUMS = (
    "sum(view_count)::BIGINT AS views, sum(like_count)::BIGINT AS likes, "
    "sum(comment_count)::BIGINT AS comments, sum(share_count)::BIGINT AS shares"
)
_VIDEOS = "count(*) AS n, count(DISTINCT username) AS accounts, " + _VIDEO_SUMS

AGGREGATES: Mapping[str, Aggregate] = {
    "videos_by_month": Aggregate(
        "Videos by month of posting (UTC).",
        "videos",
        ("month",),
        f"SELECT strftime(create_time, '%Y-%m') AS month, {_VIDEOS} FROM videos GROUP BY ALL",
        SUMS,
    ),
    "videos_by_region": Aggregate(
        "Videos by the country in which the account was registered.",
        "videos",
        ("region_code",),
        f"SELECT region_code, {_VIDEOS} FROM videos GROUP BY ALL",
        SUMS,
    ),
    "hashtags": Aggregate(
        "Videos by hashtag. Hashtags that are the name of an account are left out.",
        "videos video_hashtags",
        ("hashtag",),
        "SELECT hashtag, count(*) AS n, count(DISTINCT username) AS accounts FROM video_hashtags "
        "JOIN videos ON videos.id = video_id GROUP BY ALL",
        disjoint=False,
    ),
    "comments_by_month": Aggregate(
        "Comments by month (UTC). The API does not say who wrote them: accounts counts the videos' accounts.",
        "comments videos",
        ("month",),
        "SELECT strftime(comments.create_time, '%Y-%m') AS month, count(*) AS n, "
        "count(DISTINCT username) AS accounts FROM comments JOIN videos ON videos.id = video_id GROUP BY ALL",
    ),
    "users_by_size": Aggregate(
        "Accounts by the order of magnitude of their followers.",
        "users",
        ("followers_from",),
        "SELECT CASE WHEN follower_count > 0 THEN (10 ** floor(log10(follower_count)))::BIGINT ELSE 0 END "
        "AS followers_from, count(*) AS n, count(DISTINCT username) AS accounts FROM users WHERE refused IS NULL "
        "GROUP BY ALL",
    ),
}


def aggregates(contents: Contents, k: int, names: set[str]) -> dict[str, str]:
    """The aggregates of a dataset as CSV files, by name. names: of accounts, none of which may be a cell."""
    tables = {table.name for table in contents.all_tables}
    return {
        name: _csv(each, _rows(contents.con, each, k, names))
        for name, each in AGGREGATES.items()
        if tables.issuperset(each.needs.split())
    }


def released_hashtags(contents: Contents, k: int, names: set[str]) -> list[str]:
    """The hashtags that the aggregates contain."""
    if not {"videos", "video_hashtags"} <= {table.name for table in contents.all_tables}:
        return []
    return [str(row[0]) for row in _rows(contents.con, AGGREGATES["hashtags"], k, names)]


def _rows(con: duckdb.DuckDBPyConnection, each: Aggregate, k: int, names: set[str]) -> list[tuple[object, ...]]:
    """The cells of at least k records of at least k accounts.

    Where fewer than k records are in the cells left out, the smallest of the others is left out, too: otherwise the
    total of another table would show what is in them.
    """
    columns = ", ".join((*each.by, "n", "accounts", *each.sums))
    cells = con.execute(f"SELECT {columns} FROM ({each.query}) ORDER BY n, {', '.join(each.by)}").fetchall()
    place = len(each.by)
    shown = [row for row in cells if row[place] >= k and row[place + 1] >= k]
    hidden = sum(row[place] for row in cells) - sum(row[place] for row in shown)
    while each.disjoint and shown and 0 < hidden < k:
        hidden += shown.pop(0)[place]
    return sorted(
        (row for row in shown if str(row[0]).lower() not in names), key=lambda row: [str(part) for part in row]
    )


def _csv(each: Aggregate, rows: list[tuple[object, ...]]) -> str:
    return csv_text([*each.by, "n", "accounts", *each.sums], rows)
