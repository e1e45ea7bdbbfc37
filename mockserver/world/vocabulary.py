"""The words of the world as arrays: regions, languages, topics, tags, phrases. They are the same for every seed."""

import re
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

import numpy as np
import yaml

from mockserver.world.hashing import ONE, Ints, Mask

_SHARES = 1 << 12  # steps in which the share of a topic is counted
_WORD = re.compile(r"\w+")
_UNSPACED = re.compile(r"[\u0e00-\u0e7f\u3040-\u30ff\u3400-\u9fff]")  # Thai, kana, Han: no blanks between words


def words(text: str) -> list[str]:
    """The words of a text in lower case. Combining marks are words of their own, as regular expressions see them."""
    return _WORD.findall(text.casefold())


def is_unspaced(text: str) -> bool:
    return bool(_UNSPACED.search(text))


@dataclass(frozen=True)
class Lists:
    """Lists in one flat array: list r is flat[start[r] : start[r] + length[r]]. There is one per language and topic."""

    flat: Ints
    start: Ints
    length: Ints

    def pick_early(self, row: Ints, draw: Ints) -> Ints:
        """One entry of each list; early entries are more likely."""
        u = draw >> 16
        picked: Ints = self.flat[self.start[row] + (u * u * self.length[row] >> 32)]
        return picked

    def pick(self, row: Ints, draw: Ints) -> Ints:
        """One entry of each list; all entries are equally likely."""
        picked: Ints = self.flat[self.start[row] + (draw * self.length[row] >> 32)]
        return picked

    def with_any(self, entries: Mask) -> Mask:
        """Which lists have at least one of the entries."""
        return np.logical_or.reduceat(entries[self.flat], self.start)


class Vocabulary:
    """Everything read from words.yaml."""

    def __init__(self, data: dict[str, Any]) -> None:
        self.regions: list[str] = list(data["regions"])
        pairs = [str(value).split() for value in data["regions"].values()]
        self.languages: list[str] = sorted({language for _, language in pairs})
        self.region_ends = _ends([int(weight) for weight, _ in pairs])
        self.region_language = np.array([self.languages.index(language) for _, language in pairs], dtype=np.int64)
        self.topics: list[str] = list(data["topics"])
        self.tags: list[str] = list(dict.fromkeys(data["everywhere"].split()))
        self.everywhere = len(self.tags)
        self.phrases: list[str] = []
        self._read_topics(data["topics"])
        self.comments: list[str] = data["comments"]
        self.first, self.second, self.tail = (data["names"][part].split() for part in ("first", "second", "tail"))
        self.effects: list[str] = data["effects"]
        self.stickers: list[str] = data["stickers"]

    def _read_topics(self, topics: dict[str, dict[str, list[Any]]]) -> None:
        numbers = {tag: number for number, tag in enumerate(self.tags)}
        weights: list[list[int]] = []
        tags: list[list[int]] = []
        phrases: list[list[int]] = []
        for language in self.languages:
            weights.append([topics[topic].get(language, [0])[0] for topic in self.topics])
            for topic in self.topics:
                _, names, texts = topics[topic].get(language) or topics["life"][language]
                tags.append([numbers.setdefault(tag, len(numbers)) for tag in names.split()])
                phrases.append([len(self.phrases) + number for number in range(len(texts.split(" / ")))])
                self.phrases += texts.split(" / ")
        self.tags = list(numbers)
        self.topic_tags, self.topic_phrases = _lists(tags), _lists(phrases)
        shares = np.arange(_SHARES, dtype=np.int64) * (ONE // _SHARES)
        drawn = [np.searchsorted(_ends(row), shares, side="right") for row in weights]
        self._topic_rows = np.concatenate(drawn) + np.repeat(np.arange(len(weights)) * len(self.topics), _SHARES)
        self._life = self.topics.index("life")
        self.encoded_phrases = [f"{phrase} ".encode() for phrase in self.phrases]  # as in captions

    def topic_row(self, language: Ints, draw: Ints) -> Ints:
        """The number of the lists of each language and a topic that is drawn."""
        rows: Ints = self._topic_rows[language * _SHARES + draw * _SHARES // ONE]
        return rows

    def life_row(self, language: Ints) -> Ints:
        """The number of the lists of each language and the topic `life`."""
        return language * len(self.topics) + self._life

    def topic_of(self, row: Ints) -> Ints:
        return row % len(self.topics)


def _ends(weights: list[int]) -> Ints:
    """Cumulative shares, in units of 1 / ONE."""
    total = np.cumsum(np.array(weights, dtype=np.int64))
    shares: Ints = total * ONE // total[-1]
    return shares


def _lists(rows: list[list[int]]) -> Lists:
    length = np.array([len(row) for row in rows], dtype=np.int64)
    flat = np.array([entry for row in rows for entry in row], dtype=np.int64)
    return Lists(flat, np.cumsum(length) - length, length)


@cache
def vocabulary() -> Vocabulary:
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    return Vocabulary(yaml.load(files(__package__).joinpath("words.yaml").read_text("utf-8"), Loader=loader))  # noqa: S506
