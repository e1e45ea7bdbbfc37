"""The hashtags of videos: how many each has, of which kind they are, and their names.

Of the slots of a video, the first few are used. A slot has one of three kinds: a tag of the video's topic, one that is
used everywhere, or one of many rare ones. Tags are numbers: those of the vocabulary first, then the rare ones.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cache, cached_property

import numpy as np

from mockserver.world.hashing import Ints, Quantiles, Scatter, ints, key
from mockserver.world.names import Names
from mockserver.world.vocabulary import vocabulary

# How many slots a video uses. A hashtag search finds videos with many tags more often. In the 106 recorded videos of
# one, the median is 9 tags, and the most are 60.
COUNTS = Quantiles(
    *((0, 0), (60_000, 1), (140_000, 2), (300_000, 3), (440_000, 4), (560_000, 5), (650_000, 6), (720_000, 7)),
    *((780_000, 8), (820_000, 9), (880_000, 13), (940_000, 18), (970_000, 26), (990_000, 38), (1_000_000, 90)),
)
MOST = 90
TOPIC, EVERYWHERE, RARE = "topic", "everywhere", "rare"
_FIRST = (RARE, EVERYWHERE, RARE, TOPIC, EVERYWHERE, TOPIC, TOPIC, TOPIC)
_LATER = (TOPIC, RARE, EVERYWHERE, RARE, TOPIC, RARE)
_SLOTS = (_FIRST + _LATER * MOST)[:MOST]
_RARE = ((0, 0), (450_000, 60), (900_000, 2_000), (980_000, 30_000))


@dataclass(frozen=True)
class Slots:
    """The slots of one kind. of: their numbers; below: how many of them are among the first n slots."""

    of: Ints
    below: Ints


KINDS = {
    kind: Slots(ints(np.nonzero(is_kind)[0]), np.concatenate(([0], np.cumsum(is_kind))))
    for kind in (TOPIC, EVERYWHERE, RARE)
    for is_kind in [np.array([each == kind for each in _SLOTS])]
}


class TagTexts:
    """A text for each of many tags. Those that are used often are in a table.

    make: the texts of some tags.
    """

    TABLE = 2_000 + len(vocabulary().tags)  # nine in ten uses of a rare tag are of these

    def __init__(self, make: Callable[[Ints], list[bytes]]) -> None:
        self._make = make

    @cached_property
    def _table(self) -> list[bytes]:
        return self._make(np.arange(self.TABLE))

    def __call__(self, tags: Ints) -> list[bytes]:
        is_listed = tags < self.TABLE
        texts = list(map(self._table.__getitem__, np.where(is_listed, tags, 0).tolist()))
        others = np.nonzero(~is_listed)[0]
        for place, text in zip(others.tolist(), self._make(tags[others]), strict=True):
            texts[place] = text
        return texts


class TagNames:
    """The names of tags by their numbers, in UTF-8, and back. They are the same in all worlds."""

    def __init__(self) -> None:
        words = vocabulary()
        self._words = [tag.encode() for tag in words.tags]
        self._numbers = {tag.casefold(): number for number, tag in reversed(list(enumerate(words.tags)))}
        self._rare = Names(words.first + words.tail, words.tail + words.second, ("",))
        self._scatter = Scatter(key("rare names"), 20_000_000)
        self.names = TagTexts(self._made)

    def _made(self, tags: Ints) -> list[bytes]:
        rare = tags >= len(self._words)
        names = iter(self._rare.names(self._scatter.forward(tags[rare] - len(self._words))))
        return [next(names).encode() if tag >= len(self._words) else self._words[tag] for tag in tags.tolist()]

    def find(self, name: str) -> int:
        """The number of a tag, in any case; -1 if there is none."""
        folded = name.casefold()
        if (common := self._numbers.get(folded)) is not None:
            return common
        number = self._rare.number(folded)
        if number is None or number >= self._scatter.size:
            return -1
        tag = self._scatter.inverse_one(number) + len(self._words)
        return tag if self._made(ints(tag)) == [folded.encode()] else -1


@cache
def tag_names() -> TagNames:
    return TagNames()


class Hashtags:
    """All hashtags of a world of `videos` videos."""

    def __init__(self, videos: int) -> None:
        self.common = len(vocabulary().tags)
        self._rare = max(40_000, videos // 2)
        self.rare_of = Quantiles(*_RARE, (1_000_000, self._rare))

    def find(self, name: str) -> int:
        """The number of a tag, in any case; -1 if no video can have it."""
        tag = tag_names().find(name)
        return tag if tag < self.common + self._rare else -1

    def rare_draws(self, tags: Iterable[int]) -> list[tuple[int, int]]:
        """The draws [first, end) of rare slots that have one of the tags."""
        return [self.rare_of.draws_of(tag - self.common) for tag in tags if tag >= self.common]
