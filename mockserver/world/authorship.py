"""Who posted each of many videos, and in which region that account is registered: both ways, in a few operations.

The videos are cut into blocks of 2,048. A block has one place per video, in an order of its own, and the same places
belong to the same region in every block. At one place, the blocks are in a scattered order, the columns; an account has
some columns in a row. So it posts at any time, and all its videos are of its region.
"""

from functools import cached_property

import numpy as np
import numpy.typing as npt

from mockserver.world.hashing import ONE, Ints, Quantiles, draws, hashed, ints, key
from mockserver.world.vocabulary import vocabulary

_POSTS = Quantiles((0, 1), (300_000, 2), (600_000, 5), (850_000, 12), (970_000, 40), (997_000, 150), (1_000_000, 500))
_PLACES = 2_048
_ORDERS, _WAYS = 16, 4  # tables of places and of columns; more would only take longer to make
_STEP, _JUMP = 7_919, 104_729
_PATTERN = 1 << 14  # accounts, after which the numbers of posts are repeated


def _orders(hash_key: int, count: int, size: int) -> tuple[npt.NDArray[np.int32], npt.NDArray[np.int32]]:
    """`count` permutations of range(size), and their inverses."""
    numbers = np.arange(count * size, dtype=np.int64)
    orders = np.argsort(hashed(hash_key, numbers).reshape(count, size), axis=1, kind="stable").astype(np.int32)
    inverses = np.empty_like(orders)
    np.put_along_axis(inverses, orders, np.arange(size, dtype=np.int32)[None, :], axis=1)
    return orders, inverses


class Authorship:
    """The authors of `size` videos, as numbers from 0. accounts: how many there are, some of them without videos."""

    def __init__(self, seed: int, size: int) -> None:
        self.size, self._key = size, key(seed, "authorship")
        self._blocks = max(1, -(-size // _PLACES))
        share = (np.arange(_PLACES, dtype=np.int64) * 2 + 1) * ONE // (2 * _PLACES)
        self._region = np.searchsorted(vocabulary().region_ends, share, side="right")  # of each place
        starts = np.searchsorted(self._region, np.arange(len(vocabulary().regions) + 1))
        self._start = starts * self._blocks  # of each region, in videos
        self._posts = np.concatenate(([0], np.cumsum(_POSTS(draws(key(self._key, "posts"), np.arange(_PATTERN))))))
        # Where in the repeated pattern the accounts of each region begin
        self._skipped = draws(key(self._key, "skip"), np.arange(len(starts) - 1)) * _PATTERN >> 32
        lengths = np.diff(self._start)
        counts = self._account(self._posts[self._skipped] + lengths - 1) - self._skipped + 1
        self._first = np.concatenate(([0], np.cumsum(np.where(lengths > 0, counts, 0))))  # account of each region
        self.accounts = int(self._first[-1])

    @cached_property
    def _block_orders(self) -> tuple[npt.NDArray[np.int32], npt.NDArray[np.int32], Ints, Ints]:
        """Orders of the places, their inverses, and which of them each block has, with what added."""
        orders, inverses = _orders(key(self._key, "places"), _ORDERS, _PLACES)
        draw = draws(key(self._key, "blocks"), np.arange(self._blocks, dtype=np.int64))
        return orders.ravel(), inverses.ravel(), draw % _ORDERS * _PLACES, (draw >> 8) % _PLACES

    @cached_property
    def _columns(self) -> tuple[npt.NDArray[np.int32], npt.NDArray[np.int32]]:
        orders, inverses = _orders(key(self._key, "columns"), _WAYS, self._blocks)
        return orders.ravel(), inverses.ravel()

    def _account(self, posts: Ints) -> Ints:
        """The account in the repeated pattern that has a post, counted from the start of the pattern."""
        turn, rest = np.divmod(posts, self._posts[-1])
        return turn * _PATTERN + np.searchsorted(self._posts, rest, side="right") - 1

    def _post(self, account: Ints) -> Ints:
        """The first post of each account of the repeated pattern."""
        turn, rest = np.divmod(account, _PATTERN)
        first: Ints = turn * self._posts[-1] + self._posts[rest]
        return first

    def _places(self, video: Ints) -> tuple[Ints, npt.NDArray[np.int32]]:
        """The block and the place of each video."""
        orders, _, which, added = self._block_orders
        block = video // _PLACES
        return block, orders[which[block] + ((video % _PLACES) ^ added[block])]

    def regions(self, video: Ints) -> Ints:
        """The region of each video."""
        regions: Ints = self._region[self._places(video)[1]]
        return regions

    def authors(self, video: Ints) -> Ints:
        """The account that posted each video."""
        block, place = self._places(video)
        region, place = self._region[place], place.astype(np.int64)
        columns = self._columns[0][place % _WAYS * self._blocks + (block + place * _STEP) % self._blocks]
        post = place * self._blocks + (columns + place * _JUMP) % self._blocks - self._start[region]
        skipped = self._skipped[region]
        return self._account(post + self._posts[skipped]) - skipped + self._first[region]

    def regions_of(self, account: Ints) -> Ints:
        """The region of each account."""
        return np.searchsorted(self._first, account, side="right") - 1

    def videos(self, account: int) -> Ints:
        """The videos of an account, in no particular order; none for some of the last accounts of a small world."""
        region = int(self.regions_of(ints(account))[0])
        number = account - int(self._first[region]) + int(self._skipped[region])
        first, end = self._post(ints([number, number + 1])) - self._posts[self._skipped[region]] + self._start[region]
        post = np.arange(first, min(end, self._start[region + 1]), dtype=np.int64)
        place = post // self._blocks
        column = (post % self._blocks - place * _JUMP) % self._blocks
        block = (self._columns[1][place % _WAYS * self._blocks + column] - place * _STEP) % self._blocks
        _, inverses, which, added = self._block_orders
        video = block * _PLACES + (inverses[which[block] + place] ^ added[block])
        existing: Ints = video[video < self.size]
        return existing
