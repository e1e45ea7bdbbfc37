"""Random numbers from integers alone: hashes, keyed permutations and quantile tables, the same on every machine."""

from collections.abc import Sequence
from functools import cached_property
from hashlib import blake2b

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int64]
Bits = npt.NDArray[np.uint64]
Mask = npt.NDArray[np.bool_]

ONE = 1 << 32  # a draw is an integer in [0, ONE)
_HALF = np.uint64(32)
_STEP, _LAST = np.uint64(0x9E3779B97F4A7C15), np.uint64(31)
_MIX = (
    (np.uint64(30), np.uint64(0xBF58476D1CE4E5B9)),
    (np.uint64(27), np.uint64(0x94D049BB133111EB)),
)


def key(*parts: object) -> int:
    """A 64-bit key, one for each sequence of parts. Changing the parts of a key changes the world."""
    return int.from_bytes(blake2b("\x1f".join(map(str, parts)).encode(), digest_size=8).digest(), "little")


def ints(values: object) -> Ints:
    return np.atleast_1d(np.asarray(values, dtype=np.int64))


def hashed(hash_key: int, index: Ints) -> Bits:
    """64 hash bits for each index (the finaliser of SplitMix64). In place: it runs some hundred times per page."""
    x = index.astype(np.uint64)
    x *= _STEP
    x += np.uint64(hash_key)
    for shift, factor in _MIX:
        x ^= x >> shift
        x *= factor
    x ^= x >> _LAST
    return x


def draws(hash_key: int, index: Ints) -> Ints:
    """A uniform integer in [0, ONE) for each index."""
    return (hashed(hash_key, index) >> _HALF).view(np.int64)


def below(hash_key: int, index: Ints, limit: int | Ints) -> Ints:
    """A uniform integer in [0, limit) for each index; limit up to 2**31."""
    return draws(hash_key, index) * limit >> 32


def one_in(hash_key: int, index: Ints, share: float) -> Mask:
    """True for about that share of all indices."""
    return draws(hash_key, index) < int(share * 1_000_000) * ONE // 1_000_000


def pairs(left: Ints, right: Ints) -> Ints:
    """One index for each pair. right: below 2**20."""
    return (left << 20) | right


class Quantiles:
    """A distribution between (share in millionths, value) anchors, linear between them."""

    def __init__(self, *anchors: tuple[int, int]) -> None:
        self._at = np.array([share * ONE // 1_000_000 for share, _ in anchors], dtype=np.int64)
        self._value = np.array([value for _, value in anchors], dtype=np.int64)

    def __call__(self, draw: Ints) -> Ints:
        part = np.clip(np.searchsorted(self._at, draw, side="right") - 1, 0, len(self._at) - 2)
        width = self._at[part + 1] - self._at[part]
        rise = self._value[part + 1] - self._value[part]
        drawn: Ints = self._value[part] + rise * (draw - self._at[part]) // width
        return drawn


class Curve:
    """A piecewise linear curve through integer points, constant outside them."""

    def __init__(self, *points: tuple[int, int]) -> None:
        self._x = np.array([x for x, _ in points], dtype=np.int64)
        self._y = np.array([y for _, y in points], dtype=np.int64)

    def __call__(self, x: Ints) -> Ints:
        x = np.clip(x, self._x[0], self._x[-1])
        part = np.clip(np.searchsorted(self._x, x, side="right") - 1, 0, len(self._x) - 2)
        run = self._x[part + 1] - self._x[part]
        y: Ints = self._y[part] + (self._y[part + 1] - self._y[part]) * (x - self._x[part]) // run
        return y


class Permutation:
    """A keyed permutation of range(size) and its inverse: a Feistel network, repeated until the result is in range.

    A small one becomes a table at its first use, within milliseconds: that saves a fifth of the time of a page.
    """

    ROUNDS = 4
    SMALL = 1 << 18

    def __init__(self, hash_key: int, size: int) -> None:
        self.size = max(size, 1)
        bits = max(2, (self.size - 1).bit_length())
        self._low = np.uint64(bits // 2)
        self._masks = np.uint64((1 << (bits - bits // 2)) - 1), np.uint64((1 << bits // 2) - 1)
        self._keys = [key(hash_key, turn) for turn in range(self.ROUNDS)]

    def forward(self, index: Ints) -> Ints:
        return self._repeat(index, range(self.ROUNDS)) if self.size > self.SMALL else self._table[index]

    @cached_property
    def _table(self) -> Ints:
        return self._repeat(np.arange(self.size, dtype=np.int64), range(self.ROUNDS))

    def inverse(self, index: Ints) -> Ints:
        return self._repeat(index, range(self.ROUNDS - 1, -1, -1))

    def _repeat(self, index: Ints, turns: Sequence[int]) -> Ints:
        result = self._network(index, turns)
        outside = np.nonzero(result >= self.size)[0]
        while len(outside):
            result[outside] = self._network(result[outside], turns)
            outside = outside[result[outside] >= self.size]
        return result

    def _network(self, index: Ints, turns: Sequence[int]) -> Ints:
        x = index.astype(np.uint64)
        high, low = x >> self._low, x & self._masks[1]
        for turn in turns:
            if turn % 2:
                low = low ^ (hashed(self._keys[turn], high.astype(np.int64)) & self._masks[1])
            else:
                high = high ^ (hashed(self._keys[turn], low.astype(np.int64)) & self._masks[0])
        return ((high << self._low) | low).astype(np.int64)


class Ownership:
    """Items and their owners: owner k has `sizes[k]` items, which a permutation scatters over all of them."""

    def __init__(self, hash_key: int, sizes: Ints) -> None:
        self.ends = np.cumsum(sizes)
        self.size = int(self.ends[-1]) if len(sizes) else 0
        self._scatter = Permutation(hash_key, self.size)

    def owner(self, item: Ints) -> Ints:
        """The owner of each item."""
        return np.searchsorted(self.ends, self._scatter.forward(item), side="right").astype(np.int64)

    def of(self, owner: int) -> Ints:
        """The items of one owner, in no particular order."""
        start = int(self.ends[owner - 1]) if owner else 0
        return self._scatter.inverse(np.arange(start, int(self.ends[owner]), dtype=np.int64))
