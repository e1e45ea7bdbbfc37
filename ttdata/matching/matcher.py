"""Finds a million values in a text at once: short ones as whole tokens, long ones wherever they stand.

A value of up to TOKEN characters counts where no letter or digit adjoins it. A longer one counts as a whole, or with
PIECE of its characters in a row: a caption that was cut is still that caption. Hashes of windows of the text are
compared with hashes of the values, then the characters themselves.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

SHORTEST, TOKEN = 6, 20
BLOCK, PIECE = 20, 40
_AT_ONCE = 1 << 21  # characters of a text
_VALUES_AT_ONCE = 20_000
_FACTOR = 0x9E3779B97F4A7C15
_INVERSE = pow(_FACTOR, -1, 1 << 64)

Numbers = npt.NDArray[np.uint64]


@dataclass(frozen=True)
class Hit:
    """Where a value stands in a text: `start` and `end` there, `value` its number in the list."""

    value: int
    start: int
    end: int


@dataclass(frozen=True)
class _Index:
    """Hashes in order; of each the number of its value, and where in the value the hashed characters begin."""

    hashes: Numbers
    values: npt.NDArray[np.int64]
    offsets: npt.NDArray[np.int64]

    @classmethod
    def of(cls, hashes: Sequence[Numbers], values: Sequence[int], offsets: Sequence[int]) -> "_Index":
        joined = np.concatenate(hashes) if hashes else np.zeros(0, np.uint64)
        order = np.argsort(joined, kind="stable")
        return cls(joined[order], np.array(values, np.int64)[order], np.array(offsets, np.int64)[order])

    def candidates(self, windows: Numbers, at: npt.NDArray[np.int64]) -> Iterator[tuple[int, int, int]]:
        """The position, the value and the offset of each window whose hash is here."""
        if not len(self.hashes) or not len(windows):
            return
        first = np.searchsorted(self.hashes, windows)
        found = np.nonzero(self.hashes[np.minimum(first, len(self.hashes) - 1)] == windows)[0]
        for place in found.tolist():
            entry = int(first[place])
            while entry < len(self.hashes) and self.hashes[entry] == windows[place]:
                yield int(at[place]), int(self.values[entry]), int(self.offsets[entry])
                entry += 1


class Matcher:
    """Finds values, which are in their plain form, in texts in theirs. Values of fewer than SHORTEST are left out."""

    def __init__(self, values: Sequence[str]) -> None:
        self._values = values
        self._short: dict[int, _Index] = {}
        for length in range(SHORTEST, TOKEN + 1):
            numbers = [number for number, value in enumerate(values) if len(value) == length]
            if numbers:
                hashes = list(self._hashes(numbers, [0] * len(numbers), length))
                self._short[length] = _Index.of(hashes, numbers, [0] * len(numbers))
        blocks = [
            (number, offset)
            for number, value in enumerate(values)
            if len(value) > TOKEN
            for offset in range(0, len(value) - BLOCK + 1, BLOCK)
        ]
        numbers, offsets = [number for number, _ in blocks], [offset for _, offset in blocks]
        self._long = _Index.of(list(self._hashes(numbers, offsets, BLOCK)), numbers, offsets)

    def hits(self, text: str) -> Iterator[Hit]:
        """Each place of a value in a text, in no particular order; some of them twice."""
        for start in range(0, max(1, len(text)), _AT_ONCE):
            yield from self._in_part(text, text[start : start + _AT_ONCE + TOKEN + 1], start)

    def _in_part(self, text: str, part: str, begin: int) -> Iterator[Hit]:
        codes = _codes(part)
        prefix, inverse = _prefix(codes)
        edge = _edges(codes)
        for length, index in self._short.items():
            if len(codes) >= length:
                at = np.nonzero(edge[: len(codes) - length + 1] & edge[length:])[0].astype(np.int64)
                windows = (prefix[at + length] - prefix[at]) * inverse[at]
                for place, number, _ in index.candidates(windows, at):
                    if part.startswith(self._values[number], place) and _is_token(text, begin + place, length):
                        yield Hit(number, begin + place, begin + place + length)
        if len(codes) >= BLOCK:
            at = np.arange(len(codes) - BLOCK + 1, dtype=np.int64)
            windows = (prefix[BLOCK:] - prefix[: len(codes) - BLOCK + 1]) * inverse[: len(at)]
            yield from self._long_hits(text, self._long.candidates(windows, at), begin)

    def _long_hits(self, text: str, candidates: Iterator[tuple[int, int, int]], begin: int) -> Iterator[Hit]:
        reached: dict[int, int] = {}
        for place, number, offset in candidates:
            value, at = self._values[number], begin + place
            if at < reached.get(number, 0) or not text.startswith(value[offset : offset + BLOCK], at):
                continue
            start, end = _extended(text, at, value, offset)
            if end - start >= min(PIECE, len(value)):
                reached[number] = end
                yield Hit(number, start, end)

    def _hashes(self, numbers: Sequence[int], offsets: Sequence[int], length: int) -> Iterator[Numbers]:
        """The hashes of these parts of values, some values at a time."""
        for first in range(0, len(numbers), _VALUES_AT_ONCE):
            chosen = zip(
                numbers[first : first + _VALUES_AT_ONCE], offsets[first : first + _VALUES_AT_ONCE], strict=True
            )
            codes = _codes("".join(self._values[number][offset : offset + length] for number, offset in chosen))
            prefix, inverse = _prefix(codes)
            at = np.arange(0, len(codes), length)
            yield (prefix[at + length] - prefix[at]) * inverse[at]


def _extended(text: str, at: int, value: str, offset: int) -> tuple[int, int]:
    """The first and the last place up to which a text equals a value, from a place where a block of it does."""
    start, first = at, offset
    while first and start and text[start - 1] == value[first - 1]:
        start, first = start - 1, first - 1
    end, last = at + BLOCK, offset + BLOCK
    while last < len(value) and end < len(text) and text[end] == value[last]:
        end, last = end + 1, last + 1
    return start, end


def _is_token(text: str, start: int, length: int) -> bool:
    return _is_edge(text, start) and _is_edge(text, start + length)


def _is_edge(text: str, place: int) -> bool:
    if place in (0, len(text)):
        return True
    return not (_is_word(text[place - 1]) and _is_word(text[place]))


def _is_word(character: str) -> bool:
    return character.isalnum() or character == "_"


def _edges(codes: npt.NDArray[np.uint32]) -> npt.NDArray[np.bool_]:
    """For each place between two characters, and both ends, whether a token can begin or end there."""
    known, which = np.unique(codes, return_inverse=True)
    word = np.array([_is_word(chr(code)) for code in known], bool)[which] if len(codes) else np.zeros(0, bool)
    edge = np.ones(len(codes) + 1, bool)
    edge[1:-1] = ~(word[:-1] & word[1:])
    return edge


def _codes(text: str) -> npt.NDArray[np.uint32]:
    return np.frombuffer(text.encode("utf-32-le", "surrogatepass"), np.uint32)


def _prefix(codes: npt.NDArray[np.uint32]) -> tuple[Numbers, Numbers]:
    """Sums from which the hash of any window follows, modulo 2**64, and the factors that make it free of its place."""
    size = len(codes) + 1
    powers, inverse = np.full(size, _FACTOR, np.uint64), np.full(size, _INVERSE, np.uint64)
    powers[0] = inverse[0] = 1
    np.cumprod(powers, out=powers)
    np.cumprod(inverse, out=inverse)
    prefix = np.zeros(size, np.uint64)
    np.cumsum((codes.astype(np.uint64) + 1) * powers[:-1], out=prefix[1:])
    return prefix, inverse
