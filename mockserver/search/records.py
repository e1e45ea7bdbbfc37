"""Records as the API returns them: only the requested fields, and of these only those that have a value.

Records of videos are made as JSON from columns: as dictionaries, a page would take several times as long.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from random import Random
from typing import Any

import numpy as np
import orjson

from mockserver.search.columns import Column, Members
from mockserver.world.hashing import Ints
from mockserver.world.videos import Videos

Record = dict[str, object]
_ORDERS = 8  # of the keys of a record

USER_FIELDS = (
    *("display_name", "bio_description", "avatar_url", "is_verified"),
    *("follower_count", "following_count", "likes_count", "video_count", "bio_url"),
)
COMMENT_FIELDS = ("id", "video_id", "text", "like_count", "reply_count", "parent_comment_id", "create_time")


@dataclass(frozen=True)
class Records:
    """Records as the text of a JSON list."""

    json: bytes
    count: int

    def __len__(self) -> int:
        return self.count

    def decoded(self) -> list[Record]:
        records: list[Record] = orjson.loads(self.json)
        return records


def encoded(content: Any) -> bytes:
    """Content as JSON, with `Records` anywhere in it."""
    return orjson.dumps(content, default=_fragment, option=orjson.OPT_PASSTHROUGH_DATACLASS)


def _fragment(value: object) -> orjson.Fragment:
    if isinstance(value, Records):
        return orjson.Fragment(value.json)
    raise TypeError


class Table:
    """Some videos and the columns of their records, each made when it is first needed, and kept.

    Pages are made from a table of up to a thousand videos, since a column of many costs little more than one of few.
    """

    def __init__(self, videos: Videos, columns: Mapping[str, Column]) -> None:
        self.videos, self._columns = videos, columns
        self._known: dict[str, tuple[int, Members]] = {}
        self._records: tuple[int, tuple[str, ...], list[bytes]] | None = None

    def records(self, rows: Ints, now: int, fields: tuple[str, ...]) -> list[bytes]:
        """The members of a record for each row. Their order changes from record to record."""
        if self._records is None or self._records[:2] != (now, fields):
            self._records = now, fields, _joined([self._column(name, now) for name in fields], len(self.videos))
        return list(map(self._records[2].__getitem__, rows.tolist()))

    def _column(self, name: str, now: int) -> Members:
        known = self._known.get(name)
        if known is None or (known[0] != now and self._columns[name].moves):
            known = self._known[name] = now, self._columns[name].members(name, self.videos, now)
        return known[1]


def _joined(columns: Sequence[Members], count: int) -> list[bytes]:
    """The members of each row, with commas between them: every eighth row has them in the same order."""
    rows = [b""] * count
    for turn, order in enumerate(_orders(len(columns)) if columns else ()):
        parts = zip(*(columns[place][turn::_ORDERS] for place in order), strict=True)
        rows[turn::_ORDERS] = [members[1:] for members in map(b"".join, parts)]
    return rows


def as_list(records: Sequence[bytes]) -> Records:
    """A list of records by their members."""
    return Records(b"[{" + b"},{".join(records) + b"}]" if records else b"[]", len(records))


def video_records(videos: Videos, now: int, fields: tuple[str, ...], columns: Mapping[str, Column]) -> list[Record]:
    """One record per video, as in `Table.records`, decoded."""
    return as_list(Table(videos, columns).records(np.arange(len(videos)), now, fields)).decoded()


def project(record: Mapping[str, object], fields: Sequence[str], turn: int) -> Record:
    """A record with those of the fields that have a value. turn: which of eight orders the keys have."""
    names = [fields[place] for place in _orders(len(fields))[turn % _ORDERS]]
    return {name: record[name] for name in names if record.get(name) is not None}


@cache
def _orders(count: int) -> list[list[int]]:
    """Eight orders of as many keys: real answers have none that stays."""
    orders = [list(range(count)) for _ in range(_ORDERS)]
    for turn, order in enumerate(orders):
        Random(turn).shuffle(order)  # noqa: S311
    return orders
