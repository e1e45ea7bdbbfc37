"""The words of the world as arrays: regions, languages, topics, tags, phrases. The same for every seed."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

import numpy as np
import yaml

from mockserver.world.hashing import ONE, Ints, Mask

_WORD = re.compile(r"\w+")
_UNSPACED = re.compile(r"[\u0e00-\u0e7f\u3040-\u30ff\u3400-\u9fff]")  # Thai, kana, Han: no blanks between words


def words(text: str) -> list[str]:
    """The words of a text, ignoring case; combining marks that regular expressions split off stay apart."""
    return _WORD.findall(text.casefold())


def is_unspaced(text: str) -> bool:
    return bool(_UNSPACED.search(text))


@dataclass(frozen=True)
class Pick:
    """Lists laid end to end, one a (language, topic) or language: row r is flat[start[r] : start[r] + length[r]]."""

    start: Ints
    length: Ints

    def early(self, row: Ints, draw: Ints) -> Ints:
        """An entry of each row, early ones more often."""
        u = draw >> 16
        return self.start[row] + (u * u * self.length[row] >> 32)

    def even(self, row: Ints, draw: Ints) -> Ints:
        """An entry of each row, all equally often."""
        return self.start[row] + (draw * self.length[row] >> 32)


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
        number = {tag: place for place, tag in enumerate(self.tags)}
        weights: list[list[int]] = []
        tags: list[list[int]] = []
        phrases: list[list[int]] = []
        for language in self.languages:
            weights.append([topics[topic].get(language, [0])[0] for topic in self.topics])
            for topic in self.topics:
                _, names, sayings = topics[topic].get(language) or topics["life"][language]
                tags.append([number.setdefault(tag, len(number)) for tag in names.split()])
                phrases.append([len(self.phrases) + place for place in range(len(sayings.split(" / ")))])
                self.phrases += sayings.split(" / ")
        self.tags = list(number)
        self.topic_ends = np.array([_ends(row) for row in weights])
        self.topic_tags, self.flat_tags = _pick(tags)
        self.topic_phrases, self.flat_phrases = _pick(phrases)

    def row(self, language: Ints, topic: Ints) -> Ints:
        return language * len(self.topics) + topic


def _ends(weights: list[int]) -> Ints:
    """Cumulative shares of ONE."""
    total = np.cumsum(np.array(weights, dtype=np.int64))
    shares: Ints = total * ONE // total[-1]
    return shares


def _pick(rows: list[list[int]]) -> tuple[Pick, Ints]:
    length = np.array([len(row) for row in rows], dtype=np.int64)
    return Pick(np.cumsum(length) - length, length), np.array([entry for row in rows for entry in row], dtype=np.int64)


@cache
def vocabulary() -> Vocabulary:
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    return Vocabulary(yaml.load(files(__package__).joinpath("words.yaml").read_text("utf-8"), Loader=loader))  # noqa: S506


class Names:
    """Distinct names for range(size), both ways: two words, what stands between them, and a number."""

    def __init__(self, first: list[str], second: list[str], between: tuple[str, ...]) -> None:
        self._first, self._second, self._between = first, second, between
        self._first_of = {word: place for place, word in enumerate(first)}
        self._second_of = {word: place for place, word in enumerate(second)}
        self._combinations = len(first) * len(second) * len(between)

    def name(self, number: int) -> str:
        number, combination = divmod(number, self._combinations)
        combination, between = divmod(combination, len(self._between))
        first, second = divmod(combination, len(self._second))
        return f"{self._first[first]}{self._between[between]}{self._second[second]}{number or ''}"

    def holds(self, word: str) -> Callable[[Ints], Mask]:
        """A test of numbers: whether that word may stand alone in the name, with digits after it or not."""
        first = self._first_of.get(word, -1)
        second = self._second_of.get(word.rstrip("0123456789"), -1)
        joined = any(word in words(text) for text in self._between)

        def test(numbers: Ints) -> Mask:
            pair = numbers % self._combinations // len(self._between)
            hit: Mask = (pair // len(self._second) == first) | (pair % len(self._second) == second) | joined
            return hit

        return test

    def number(self, name: str) -> int | None:
        """Which number bears this name; None if none does."""
        stem = name.rstrip("0123456789")
        digits = name[len(stem) :]
        if digits.startswith("0") or len(digits) > 9:
            return None
        for cut in range(1, len(stem)):
            first = self._first_of.get(stem[:cut])
            if first is None:
                continue
            for between, text in enumerate(self._between):
                second = self._second_of.get(stem[cut + len(text) :]) if stem.startswith(text, cut) else None
                if second is not None:
                    pair = first * len(self._second) + second
                    number = int(digits or 0) * self._combinations + pair * len(self._between) + between
                    if self.name(number) == name:
                        return number
        return None
