"""Views with one row per element of a list column, for programs that cannot read lists: video_mentions, and so on.

The elements keep their order; a view has the key of its table, the position from 1, and the columns of the element.
"""

from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

from ttdata.tables.declared import escaped, key_of, quoted
from ttdata.tables.stored import TABLES

if TYPE_CHECKING:
    import duckdb


class Elements(NamedTuple):
    """How the elements of a list column are called: the last part of the view's name, and the column of a plain one."""

    suffix: str
    column: str
    meaning: str


ELEMENTS = {
    "hashtag_names": Elements("hashtags", "hashtag", "without #, as received"),
    "hashtag_info_list": Elements("hashtag_info", "", "hashtags with ids"),
    "effect_info_list": Elements("effects", "", "effects with names; those with an id alone come last"),
    "sticker_info_list": Elements("stickers", "", "interactive stickers"),
    "video_mention_list": Elements("mentions", "mention", "account tagged in the video; not always a handle"),
    "product_price": Elements("prices", "price", "price with its currency, such as 20.79GBP"),
    "cut": Elements("cut", "item", "item whose list continues beyond what is here"),
    "unknown": Elements("unknown", "field", "field received that no table has; it is in the raw file"),
    "epochs": Elements("epochs", "epoch", "change of the API that the videos span"),
}
# Columns whose elements another table has already.
HELD_BY = {("videos", "hashtag_names"): "video_hashtags", ("playlists", "video_ids"): "playlist_videos"}
# Its elements are in the view of effect_info_list.
_EFFECT_IDS = "effect_ids"
# Keys of tables of provenance, which have one row per piece or one in all.
_KEYS = {"slices": ("slice",), "study": ("dataset",), "videos_gone": ("id",)}
_PREFIXES = {"videos": "video"}


def view_of(table: str, column: str) -> str | None:
    """The table or view that holds the elements of a list column; None if the column is no list that is known."""
    if column == _EFFECT_IDS:
        column = "effect_info_list"
    if held := HELD_BY.get((table, column)):
        return held
    return f"{_PREFIXES.get(table, table)}_{ELEMENTS[column].suffix}" if column in ELEMENTS else None


def create_views(con: "duckdb.DuckDBPyConnection") -> None:
    """Create the views of all list columns of a dataset."""
    for table, column, kind in list_columns(con):
        if (table, column) not in HELD_BY and column in ELEMENTS:
            _create(con, table, column, is_struct=kind.startswith("STRUCT"))


def list_columns(con: "duckdb.DuckDBPyConnection") -> list[tuple[str, str, str]]:
    """Table, column and type of each list column of the tables in a database."""
    return con.execute(
        "SELECT table_name, column_name, data_type FROM duckdb_columns() "
        f"JOIN (SELECT database_name, schema_name, table_name FROM {TABLES}) "
        "USING (database_name, schema_name, table_name) "
        "WHERE database_name = current_database() AND schema_name = 'main' AND data_type LIKE '%[]' ORDER BY ALL"
    ).fetchall()


def _create(con: "duckdb.DuckDBPyConnection", table: str, column: str, *, is_struct: bool) -> None:
    view, elements = view_of(table, column), ELEMENTS[column]
    key = {name: "video_id" if name == "id" else name for name in _KEYS.get(table) or key_of(table)}
    names = ", ".join(f"{quoted(name)} AS {quoted(alias)}" for name, alias in key.items())
    element = "unnest(elements, recursive := true)" if is_struct else f"unnest(elements) AS {quoted(elements.column)}"
    con.execute(
        f"CREATE VIEW {view} AS SELECT {names}, generate_subscripts(elements, 1) AS position, {element} "
        f"FROM (SELECT *, {_elements(con, table, column)} AS elements FROM {quoted(table)})"
    )
    con.execute(f"COMMENT ON VIEW {view} IS 'One row per element of {table}.{column}: {escaped(elements.meaning)}'")
    meanings = {alias: f"{table}.{name}" for name, alias in key.items()}
    meanings |= {"position": "place in the list, from 1", elements.column: elements.meaning}
    for name, meaning in _with_columns(con, str(view), meanings, elements):
        con.execute(f"COMMENT ON COLUMN {view}.{quoted(name)} IS '{escaped(meaning)}'")


def _elements(con: "duckdb.DuckDBPyConnection", table: str, column: str) -> str:
    """The list; that of effects with the ids that have no further information."""
    columns = {name for name, *_ in con.execute(f"DESCRIBE {quoted(table)}").fetchall()}
    if column != "effect_info_list" or _EFFECT_IDS not in columns:
        return quoted(column)
    named = "list_transform(coalesce(effect_info_list, []), lambda e: e.effect_id)"
    return (
        f"coalesce(effect_info_list, []) || list_transform(list_filter(coalesce({_EFFECT_IDS}, []), "
        f"lambda each: NOT list_contains({named}, each)), "
        "lambda each: {'effect_id': each, 'effect_name': NULL::VARCHAR, 'effect_photo_url': NULL::VARCHAR})"
    )


def _with_columns(
    con: "duckdb.DuckDBPyConnection", view: str, meanings: dict[str, str], elements: Elements
) -> Iterator[tuple[str, str]]:
    """Each column of a view with its meaning; those of a structure are called as in the API."""
    for name, *_ in con.execute(f"DESCRIBE {view}").fetchall():
        yield name, meanings.get(name) or f"{name.replace('_', ' ')}, as received; {elements.meaning}"
