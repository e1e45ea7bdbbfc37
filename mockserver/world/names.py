"""Distinct names for numbers from 0, and back: of rare hashtags, shops and accounts."""

from collections.abc import Callable
from functools import cached_property

import numpy as np

from mockserver.world.hashing import Ints, Mask, Scatter, key
from mockserver.world.vocabulary import words


class Names:
    """Two words, a separator between them, and digits."""

    def __init__(self, first: list[str], second: list[str], separators: tuple[str, ...]) -> None:
        self._first, self._second, self._separators = first, second, separators
        self._first_number = {word: number for number, word in enumerate(first)}
        self._second_number = {word: number for number, word in enumerate(second)}
        self._combinations = len(first) * len(second) * len(separators)

    @cached_property
    def _stems(self) -> list[str]:
        """All names without digits."""
        return [
            first + separator + second
            for first in self._first
            for second in self._second
            for separator in self._separators
        ]

    def names(self, numbers: Ints) -> list[str]:
        stems = self._stems
        digits, stem = np.divmod(numbers, self._combinations)
        return [
            f"{stems[number]}{more}" if more else stems[number]
            for number, more in zip(stem.tolist(), digits.tolist(), strict=True)
        ]

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
                    return int(digits or 0) * self._combinations + pair * len(self._separators) + separator
        return None

    def contains(self, word: str) -> Callable[[Ints], Mask] | None:
        """A test of numbers: whether the name may contain that word, with or without digits. None if no name can."""
        first = self._first_number.get(word, -1)
        second = self._second_number.get(word.rstrip("0123456789"), -1)
        is_separator = any(word in words(text) for text in self._separators)
        if first < 0 and second < 0 and not is_separator:
            return None

        def test(numbers: Ints) -> Mask:
            pair = numbers % self._combinations // len(self._separators)
            hit: Mask = (pair // len(self._second) == first) | (pair % len(self._second) == second) | is_separator
            return hit

        return test


class Usernames:
    """The usernames of `size` accounts: of 92, two begin with a dot, and one is `user` and 13 digits, as recorded."""

    _TURN, _DOTS, _DIGITS = 92, (0, 1), 2  # what a number modulo the first means
    _LEAST = 10**12

    def __init__(self, names: Names, seed: int, size: int) -> None:
        self._names, self._size = names, size
        self._scatter = Scatter(key(seed, "usernames"), size)
        self._digits = Scatter(key("user digits"), 9 * self._LEAST)

    def __call__(self, accounts: Ints) -> list[str]:
        numbers = self._scatter.forward(accounts)
        names = self._names.names(numbers)
        for place in np.nonzero(numbers % self._TURN <= self._DIGITS)[0].tolist():
            turn, kind = divmod(int(numbers[place]), self._TURN)
            names[place] = self._generic(turn) if kind == self._DIGITS else "." + names[place]
        return names

    def _generic(self, turn: int) -> str:
        return f"user{self._LEAST + self._digits.forward_one(turn)}"

    def find(self, name: str) -> int | None:
        """The account with a name, in any case; None if no account has it."""
        name = name.casefold()
        number = self._number_of_digits(name) if name.startswith("user") else self._names.number(name.removeprefix("."))
        if number is None or number >= self._size:
            return None
        account = self._scatter.inverse_one(number)
        return account if self(np.array([account]))[0] == name else None

    def _number_of_digits(self, name: str) -> int | None:
        digits = name.removeprefix("user")
        if not (len(digits) == 13 and digits.isascii() and digits.isdigit() and digits[0] != "0"):
            return None
        return self._digits.inverse_one(int(digits) - self._LEAST) * self._TURN + self._DIGITS

    def containing(self, word: str) -> Callable[[Ints], Mask] | None:
        """A test of accounts: whether a text that names one may contain that word. None if no such text can."""
        contains, found = self._names.contains(word), self.find(word)
        exact = -1 if found is None else found
        if contains is None:
            return None if found is None else lambda accounts: accounts == exact
        return lambda accounts: contains(self._scatter.forward(accounts)) | (accounts == exact)
