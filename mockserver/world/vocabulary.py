"""The words of the world as arrays: regions, languages, topics, tags, phrases. They are the same for every seed."""

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
    """The words of a text in lower case. Combining marks are words of their own, as regular expressions see them."""
    return _WORD.findall(text.casefold())


def is_unspaced(text: str) -> bool:
    return bool(_UNSPACED.search(text))


@dataclass(frozen=True)
class Lists:
    """Lists in one flat array: list r is flat[start[r] : start[r] + length[r]]. There is one per language and topic."""

    start: Ints
    length: Ints

    def pick_early(self, row: Ints, draw: Ints) -> Ints:
        """The position of one entry of each list; early entries are more likely."""
        u = draw >> 16
        return self.start[row] + (u * u * self.length[row] >> 32)

    def pick(self, row: Ints, draw: Ints) -> Ints:
        """The position of one entry of each list; all entries are equally likely."""
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
        self.topic_ends = np.array([_ends(row) for row in weights])
        self.topic_tags, self.flat_tags = _lists(tags)
        self.topic_phrases, self.flat_phrases = _lists(phrases)

    def row(self, language: Ints, topic: Ints) -> Ints:
        """The numbers of the lists of a language and a topic."""
        return language * len(self.topics) + topic


def _ends(weights: list[int]) -> Ints:
    """Cumulative shares, in units of 1 / ONE."""
    total = np.cumsum(np.array(weights, dtype=np.int64))
    shares: Ints = total * ONE // total[-1]
    return shares


def _lists(rows: list[list[int]]) -> tuple[Lists, Ints]:
    length = np.array([len(row) for row in rows], dtype=np.int64)
    return Lists(np.cumsum(length) - length, length), np.array([entry for row in rows for entry in row], dtype=np.int64)


@cache
def vocabulary() -> Vocabulary:
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    return Vocabulary(yaml.load(files(__package__).joinpath("words.yaml").read_text("utf-8"), Loader=loader))  # noqa: S506


class Names:
    """Distinct names for numbers from 0, and back: two words, a separator, and digits."""

    def __init__(self, first: list[str], second: list[str], separators: tuple[str, ...]) -> None:
        self._first, self._second, self._separators = first, second, separators
        self._first_number = {word: number for number, word in enumerate(first)}
        self._second_number = {word: number for number, word in enumerate(second)}
        self._combinations = len(first) * len(second) * len(separators)

    def name(self, number: int) -> str:
        number, combination = divmod(number, self._combinations)
        combination, separator = divmod(combination, len(self._separators))
        first, second = divmod(combination, len(self._second))
        return f"{self._first[first]}{self._separators[separator]}{self._second[second]}{number or ''}"

    def contains(self, word: str) -> Callable[[Ints], Mask]:
        """A test of numbers: whether the name may contain that word, with or without digits after it."""
        first = self._first_number.get(word, -1)
        second = self._second_number.get(word.rstrip("0123456789"), -1)
        is_separator = any(word in words(text) for text in self._separators)

        def test(numbers: Ints) -> Mask:
            pair = numbers % self._combinations // len(self._separators)
            hit: Mask = (pair // len(self._second) == first) | (pair % len(self._second) == second) | is_separator
            return hit

        return test

    def number(self, name: str) -> int | None:
        """The number of a name; None if no number has it."""
        stem = name.rstrip("0123456789")
        digits = name[len(stem) :]
        if digits.startswith("0") or len(digits) > 9:
            return None
        for cut in range(1, len(stem)):
            first = self._first_number.get(stem[:cut])
            if first is None:
                continue
            for separator, text in enumerate(self._separators):
                second = self._second_number.get(stem[cut + len(text) :]) if stem.startswith(text, cut) else None
                if second is not None:
                    pair = first * len(self._second) + second
                    number = int(digits or 0) * self._combinations + pair * len(self._separators) + separator
                    if self.name(number) == name:
                        return number
        return None
