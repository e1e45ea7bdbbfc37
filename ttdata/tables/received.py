"""What the build reads of a received record: the types that the .sql files declare, parsed once per table."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache

from ttdata.tables.declared import sql

_BODY = re.compile(r"body: '(STRUCT\(.+?)'\s*\}\)", re.DOTALL)
_FROM_JSON = re.compile(r"from_json\(.+?'(\[\{.+?\}\])'\)", re.DOTALL)
_TOKEN = re.compile(r'\w+|"\w+"|[()]|\[\]|,')

# Columns that the .sql files turn into a time: how many of their units a second has.
TIMES = {
    ("comments", "create_time"): 1,
    ("playlists", "playlist_last_updated"): 1,
    ("reviews", "create_time"): 1000,
    ("user_video_links", "create_time"): 1,
    ("videos", "create_time"): 1,
}
# The keys that identify a record, in the order of preference; a record without any of them is of no use.
# A table that is not named here has records without an id: an account's profile, a review.
IDS: Mapping[str, tuple[str, ...]] = {
    "comments": ("id",),
    "followers": ("username",),
    "following": ("username",),
    "products": ("product_id",),
    "shops": ("shop_id",),
    "user_video_links": ("id", "video_id"),
    "videos": ("id", "video_id"),
}


@dataclass(frozen=True)
class Type:
    """A type of DuckDB: `name` is BIGINT, BOOLEAN, DOUBLE, VARCHAR or JSON; LIST with `of`; or STRUCT with `fields`."""

    name: str
    of: "Type | None" = None
    fields: Mapping[str, "Type"] = field(default_factory=dict)

    def paths(self, before: str = "") -> set[str]:
        """The names of all fields, nested ones as outer.inner."""
        if self.of:
            return self.of.paths(before)
        nested = (each.paths(f"{before}{name}.") | {f"{before}{name}"} for name, each in self.fields.items())
        return set().union(*nested)


@cache
def record_type(table: str) -> Type:
    """The type of a record as the build reads it; of playlists that of the whole answer."""
    text = sql(table)
    if from_json := _FROM_JSON.search(text):
        read = _of_json(json.loads(from_json[1]))
    else:
        body = _BODY.search(text)
        assert body, f"{table}.sql declares no body"
        read = _parse(body[1]).fields["data"]
        lists = [each for each in read.fields.values() if each.of and each.of.fields]
        read = lists[0] if lists else read
    return read.of or read


def _of_json(structure: object) -> Type:
    """The type of a structure that from_json takes."""
    if isinstance(structure, list):
        return Type("LIST", of=_of_json(structure[0]))
    if isinstance(structure, dict):
        return Type("STRUCT", fields={name: _of_json(each) for name, each in structure.items()})
    return Type(str(structure))


def _parse(text: str) -> Type:
    tokens = _TOKEN.findall(text)[::-1]
    return _next(tokens)


def _next(tokens: list[str]) -> Type:
    """The type that begins at the last token, which is the next one."""
    name = tokens.pop()
    fields = {}
    if name == "STRUCT":
        while tokens.pop() in ("(", ","):
            key = tokens.pop().strip('"')
            fields[key] = _next(tokens)
            if tokens[-1] == ")":
                tokens.pop()
                break
    read = Type(name, fields=fields)
    while tokens and tokens[-1] == "[]":
        tokens.pop()
        read = Type("LIST", of=read)
    return read
