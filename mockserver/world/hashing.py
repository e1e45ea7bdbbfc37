"""Random numbers from integers alone: hashes, keyed permutations and quantile tables, the same on every machine."""

from bisect import bisect_left
from collections.abc import Sequence
from hashlib import blake2b
from itertools import count
from math import gcd

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int64]
Bits = npt.NDArray[np.uint64]
Mask = npt.NDArray[np.bool_]

ONE = 1 << 32  # a draw is an integer in [0, ONE)
_TABLE_BITS = 16
_BELOW_TABLE = 32 - _TABLE_BITS
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
    """A distribution between (share in millionths, value) anchors, linear between them.

    The part of the line is looked up by the first bits of a draw, and slopes are multiplied, since a search and a
    division per value took most of the time. So anchors are rounded to 1 / 65,536.
    """

    def __init__(self, *anchors: tuple[int, int]) -> None:
        at = np.array([(share << _TABLE_BITS) // 1_000_000 for share, _ in anchors], dtype=np.int64)
        value = np.array([value for _, value in anchors], dtype=np.int64)
        self._part = np.searchsorted(at[1:-1], np.arange(1 << _TABLE_BITS), side="right").astype(np.uint8)
        self._at, self._value = at << _BELOW_TABLE, value
        self._slope = (np.diff(value) << 32) // np.maximum(np.diff(self._at), 1)

    def __call__(self, draw: Ints) -> Ints:
        part = self._part[draw >> _BELOW_TABLE]
        drawn: Ints = self._value[part] + ((draw - self._at[part]) * self._slope[part] >> 32)
        return drawn

    def draws_of(self, value: int) -> tuple[int, int]:
        """The draws [first, end) that have a value."""
        first, end = (
            bisect_left(range(ONE), each, key=lambda draw: int(self(ints(draw))[0])) for each in (value, value + 1)
        )
        return first, end


class Curve:
    """A piecewise linear curve through integer points, constant outside them. x is rounded to steps of 2**bits."""

    def __init__(self, *points: tuple[int, int], bits: int = 0) -> None:
        self._bits = bits
        self._x = np.array([x >> bits for x, _ in points], dtype=np.int64)
        self._y = np.array([y for _, y in points], dtype=np.int64)
        self._slope = (np.diff(self._y) << 32) // np.diff(self._x)
        self._part = np.searchsorted(self._x[1:-1], np.arange(self._x[-1] + 1), side="right").astype(np.uint8)

    def __call__(self, x: Ints) -> Ints:
        x = np.clip(x >> self._bits, self._x[0], self._x[-1])
        part = self._part[x]
        y: Ints = self._y[part] + ((x - self._x[part]) * self._slope[part] + (1 << 31) >> 32)
        return y


class Permutation:
    """A keyed permutation of range(size) and its inverse: a Feistel network, repeated until the result is in range."""

    ROUNDS = 4

    def __init__(self, hash_key: int, size: int) -> None:
        self.size = max(size, 1)
        bits = max(2, (self.size - 1).bit_length())
        self._low = np.uint64(bits // 2)
        self._masks = np.uint64((1 << (bits - bits // 2)) - 1), np.uint64((1 << bits // 2) - 1)
        self._keys = [key(hash_key, turn) for turn in range(self.ROUNDS)]

    def forward(self, index: Ints) -> Ints:
        return self._repeat(index, range(self.ROUNDS))

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


class Scatter:
    """A keyed permutation of range(size) and its inverse, as a multiplication: cheap, but equal steps stay equal steps.

    The methods for arrays need a size below 2**31.
    """

    def __init__(self, hash_key: int, size: int) -> None:
        self.size = max(size, 1)
        start = self.size * 618 // 1_000 + hash_key % (self.size // 8 + 1)
        self._factor = next(number for number in count(start) if gcd(number, self.size) == 1)
        self._inverse = pow(self._factor, -1, self.size)

    def forward(self, index: Ints) -> Ints:
        return index * self._factor % self.size

    def forward_one(self, index: int) -> int:
        return index * self._factor % self.size

    def inverse_one(self, index: int) -> int:
        return index * self._inverse % self.size


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
