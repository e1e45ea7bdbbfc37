"""What of a dataset no public file may contain: names of accounts, and texts that people wrote."""

import json
from collections.abc import Collection, Iterator
from dataclasses import dataclass

import duckdb

from ttdata.build.labels import label_tables
from ttdata.matching.matcher import SHORTEST
from ttdata.matching.plain_text import plain
from ttdata.publish.contents import Contents
from ttdata.publish.pseudonyms import NAME_LISTS, NAMES
from ttdata.tables.declared import quoted

NAME, TEXT, ID = "name", "text", "id"

# What each column holds, whatever table it is in: the word that a message uses, and the kind of value.
_COLUMNS = {
    **dict.fromkeys((*NAMES, *NAME_LISTS), ("the name of an account", NAME)),
    "display_name": ("the name of an account", NAME),
    "coder": ("the name of a coder", NAME),
    "bio_description": ("a bio", TEXT),
    "bio_url": ("a link of a profile", TEXT),
    "avatar_url": ("a picture of a profile", TEXT),
    "video_description": ("a caption", TEXT),
    "voice_to_text": ("a transcript", TEXT),
    "text": ("a comment", TEXT),
    "video_label": ("a label", TEXT),
    "review_text": ("a review", TEXT),
    "playlist_name": ("the name of a playlist", TEXT),
}
# Ids of records, for a package without any.
_IDS = {"id": "videos videos_gone comments", "video_id": "id_status ids"}


@dataclass(frozen=True)
class PrivateValues:
    """The values in their plain form, each with what it is and its kind."""

    texts: list[str]
    whats: list[str]
    kinds: list[str]

    def __len__(self) -> int:
        return len(self.texts)


def private_values(contents: Contents, published: Collection[str] = (), *, ids: bool = False) -> PrivateValues:
    """All values of a dataset that are long enough to be recognised.

    published: tables of labels that are not private, except the names of their coders. ids: also the ids of records.
    """
    found: dict[str, tuple[str, str]] = {}
    for what, kind, value in _values(contents, published, ids=ids):
        text = plain(value).strip()
        # A name counts as a name, even if somebody has also commented with it.
        if len(text) >= SHORTEST and (text not in found or kind == NAME):
            found[text] = (what, kind)
    return PrivateValues(list(found), [what for what, _ in found.values()], [kind for _, kind in found.values()])


def names_of(contents: Contents) -> set[str]:
    """The names of accounts, in their plain form, whatever their length."""
    return {plain(value).strip() for _, kind, value in _values(contents, (), ids=False) if kind == NAME}


def _values(contents: Contents, published: Collection[str], *, ids: bool) -> Iterator[tuple[str, str, str]]:
    labels = {each.name for each in label_tables(contents.con)}
    for table in contents.all_tables:
        for column in table.columns:
            what, kind = _COLUMNS.get(column.name, ("a label", TEXT) if table.name in labels else ("", ""))
            is_text = column.type in ("VARCHAR", "VARCHAR[]", "JSON") or column.name in NAME_LISTS
            if what and is_text and (table.name not in published or column.name == "coder"):
                for value in _distinct(contents.con, table.name, column.name, column.type):
                    yield what, kind, value
            if ids and table.name in _IDS.get(column.name, "").split():
                for value in _distinct(contents.con, table.name, column.name, column.type):
                    yield "an id", ID, value


def _distinct(con: duckdb.DuckDBPyConnection, table: str, column: str, kind: str) -> Iterator[str]:
    name = quoted(column)
    value = f"unnest({name})" if kind.endswith("[]") else name
    result = con.execute(f"SELECT DISTINCT {value}::VARCHAR FROM {quoted(table)} WHERE {name} IS NOT NULL")
    while portion := result.fetchmany(10_000):
        for (each,) in portion:
            yield from _leaves(json.loads(each)) if kind == "JSON" else [each] if each else []


def _leaves(value: object) -> Iterator[str]:
    """The texts in a JSON value."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | list):
        for each in value.values() if isinstance(value, dict) else value:
            yield from _leaves(each)
