"""A search: its hits in descending order of ids, found block by block as pages need them."""

from collections.abc import Iterator
from functools import lru_cache

import numpy as np

from mockserver.search.columns import QUERY_COLUMNS
from mockserver.search.own_rows import Rows
from mockserver.search.query import Moment, Query
from mockserver.search.records import Table
from mockserver.world.hashing import Ints, Mask, draws, ints, key, pairs
from mockserver.world.times import DAY
from mockserver.world.videos import INDEXED_WITHIN, Videos
from mockserver.world.world import World

_FIRST_TABLE, _TABLE = 100, 1_000  # hits
_FIRST_BLOCK, _LARGEST_BLOCK = 512, 15_000  # videos; columns of more are large blocks of memory, see adapters/memory


class Search:
    """The videos that a query finds at one moment in a window [start, end) of seconds, removed ones included.

    rows: your own, whose videos have negative indices.
    """

    def __init__(self, world: World, query: Query, window: tuple[int, int], now: int, rows: Rows | None = None) -> None:
        self._world, self._window = world, window
        self._test = query.compiled(world)
        self._moment = Moment(world, now)
        self._named = _named(world, query, window)
        span = world.timeline.posted_between(window[0], min(window[1], now + 1))
        self._low, self._high = span.start, span.stop
        self._certain = world.timeline.certainly_posted(window[0], min(window[1], now - INDEXED_WITHIN))
        self._block = _FIRST_BLOCK
        self._hits = ints([])
        self._latest = world.videos([])  # the last of the hits, which are in no table yet, with what is known of them
        self._rows = rows
        self._own = rows.find(query, window, now) if rows else ints([])  # hits in the rows, not yet among `_hits`

    def hits(self, count: int) -> Ints:
        """The indices of the first `count` hits, or of all if there are fewer; newest id first."""
        while len(self._hits) < count and not self.is_complete:
            hits = self._next_hits()
            self._hits = np.concatenate([self._hits, hits.index])
            self._latest = self._latest + hits
        return self._hits

    def tables(self, start: int, stop: int, now: int) -> Iterator[tuple[Table, Ints]]:
        """Those of the hits [start, stop) that are not removed, as tables and rows of these. None may be your own."""
        while start < stop:
            first = max(0, (start - _FIRST_TABLE) // _TABLE * _TABLE + _FIRST_TABLE)
            end = first + _TABLE if first else _FIRST_TABLE
            yield _batch(self, first, end).at(now, start - first, min(stop, end) - first)
            start = end

    def batch(self, start: int, stop: int) -> Videos:
        """The videos of the hits [start, stop)."""
        hits, count = self.hits(stop), stop - start
        if start != len(hits) - len(self._latest):
            return self._world.videos(hits[start:stop])
        videos, self._latest = self._latest[:count], self._latest[count:]
        return videos

    @property
    def is_complete(self) -> bool:
        return self._high <= self._low and not len(self._own)

    def _next_hits(self) -> Videos:
        hits = self._next_block() if self._low < self._high else self._world.videos([])
        return self._merge_rows(self._rows, hits) if self._rows and len(self._own) else hits

    def _merge_rows(self, rows: Rows, hits: Videos) -> Videos:
        """The world's next hits with those of the rows among them. Older ones of the rows wait for a later block."""
        ids = rows.ids(self._own)
        is_due = ids > (self._world.timeline.ids(ints(self._high))[0] if self._high > self._low else 0)
        merged = np.concatenate([hits.index, self._own[is_due]])
        self._own = self._own[~is_due]
        return self._world.videos(merged[np.argsort(-np.concatenate([hits.ids, ids[is_due]]), kind="stable")])

    def _next_block(self) -> Videos:
        """The hits in the next block of the world, newest first."""
        if self._named is not None:
            block, self._high = self._named, self._low
        else:
            start = max(self._low, self._high - self._block)
            block, self._high = np.arange(start, self._high, dtype=np.int64), start
            self._block = min(self._block * 2, _LARGEST_BLOCK)
        return self._among(block)[::-1]

    def _among(self, index: Ints) -> Videos:
        videos = self._world.videos(index)
        if len(index) and not (self._certain.start <= index[0] and index[-1] < self._certain.stop):
            is_posted = (videos.create_time >= self._window[0]) & (videos.create_time < self._window[1])
            videos = videos.where(is_posted & (videos.indexed <= self._moment.now))
        videos = self._test(videos, self._moment)
        return videos.where(~videos.hidden)

    def sample(self, count: int, seed: int) -> Ints:
        """Up to `count` hits in random order (`is_random`)."""
        hits, self._latest = self.hits(1 << 60), self._world.videos([])
        order = np.argsort(draws(key("random", seed), pairs(hits, np.zeros_like(hits))), kind="stable")
        return hits[order[:count]]


class _Batch:
    """Some hits in a row, and the table of those that are not removed: it is made again only if others are."""

    def __init__(self, videos: Videos) -> None:
        self._videos = videos
        self._latest: tuple[int, Mask, Table] | None = None

    def at(self, now: int, start: int, stop: int) -> tuple[Table, Ints]:
        """The table at a moment, and its rows of the hits [start, stop)."""
        if self._latest is None or self._latest[0] != now:
            is_kept = self._videos.kept(now)
            if self._latest is not None and np.array_equal(is_kept, self._latest[1]):
                table = self._latest[2]
            else:
                table = Table(self._videos.where(is_kept), QUERY_COLUMNS)
            self._latest = now, is_kept, table
        _, is_kept, table = self._latest
        first, end = (int(np.count_nonzero(is_kept[:place])) for place in (start, stop))
        return table, np.arange(first, end)


@lru_cache(maxsize=16)
def _batch(search: Search, start: int, stop: int) -> _Batch:
    """The hits [start, stop) of a search. The latest of all searches are kept, for their next pages."""
    return _Batch(search.batch(start, stop))


def _named(world: World, query: Query, window: tuple[int, int]) -> Ints | None:
    """The only videos that can match, if an `and` condition names videos or accounts; None if no condition does."""
    for condition in query.all:
        if condition.field == "video_id":
            ids = [int(value) for value in condition.values if 0 < int(value) < 1 << 63]
            index = world.timeline.find(ints(ids)) if ids else ints([])
            return np.unique(index[index >= 0])
        if condition.field == "username":
            accounts = {world.population.find(value.lstrip("@")) for value in condition.values} - {None}
            videos = [world.population.videos(account) for account in accounts if account is not None]
            index = np.unique(np.concatenate(videos)) if videos else ints([])
            start, end = world.timeline.first_from(window[0] - 4 * DAY), world.timeline.first_from(window[1])
            return index[(index >= start) & (index < end)]
    return None
