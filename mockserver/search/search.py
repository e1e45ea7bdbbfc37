"""A search: its hits in descending order of ids, found block by block as pages need them."""

import numpy as np

from mockserver.search.own_rows import Rows
from mockserver.search.query import Moment, Query
from mockserver.world.hashing import Ints, draws, ints, key, pairs
from mockserver.world.times import DAY
from mockserver.world.world import World

_FIRST_BLOCK, _LARGEST_BLOCK = 2_048, 65_536


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
        self._block = _FIRST_BLOCK
        self._hits: list[Ints] = []
        self._count = 0
        self._rows = rows
        self._own = rows.find(query, window, now) if rows else ints([])  # hits in the rows, not yet among `_hits`

    def hits(self, count: int) -> Ints:
        """The indices of the first `count` hits, or of all if there are fewer; newest id first."""
        while self._count < count and not self.is_complete:
            self._add_block()
        if len(self._hits) > 1:
            self._hits = [np.concatenate(self._hits)]
        return self._hits[0] if self._hits else ints([])

    @property
    def is_complete(self) -> bool:
        return self._high <= self._low and not len(self._own)

    def _add_block(self) -> None:
        hits = self._next_block() if self._low < self._high else ints([])
        if self._rows and len(self._own):
            hits = self._merge_rows(self._rows, hits)
        self._hits.append(hits)
        self._count += len(hits)

    def _merge_rows(self, rows: Rows, hits: Ints) -> Ints:
        """The world's next hits with those of the rows among them. Older ones of the rows wait for a later block."""
        ids = rows.ids(self._own)
        is_due = ids > (self._world.timeline.ids(ints(self._high))[0] if self._high > self._low else 0)
        merged = np.concatenate([hits, self._own[is_due]])
        self._own = self._own[~is_due]
        return merged[np.argsort(-np.concatenate([self._world.timeline.ids(hits), ids[is_due]]), kind="stable")]

    def _next_block(self) -> Ints:
        """The hits in the next block of the world, newest first."""
        if self._named is not None:
            block, self._high = self._named, self._low
        else:
            start = max(self._low, self._high - self._block)
            block, self._high = np.arange(start, self._high, dtype=np.int64), start
            self._block = min(self._block * 2, _LARGEST_BLOCK)
        return self._among(block)[::-1]

    def _among(self, index: Ints) -> Ints:
        now = self._moment.now
        videos = self._world.videos(index)
        videos = self._world.videos(
            index[
                (videos.create_time >= self._window[0])
                & (videos.create_time < self._window[1])
                & (videos.indexed <= now)
            ]
        )
        hit = self._test(videos, self._moment)
        return self._world.seen(videos.index[hit])

    def sample(self, count: int, seed: int) -> Ints:
        """Up to `count` hits in random order (`is_random`)."""
        hits = self.hits(1 << 60)
        order = np.argsort(draws(key("random", seed), pairs(hits, np.zeros_like(hits))), kind="stable")
        return hits[order[:count]]


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
