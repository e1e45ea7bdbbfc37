"""A table that forgets its oldest entries, so that the memory of a server that runs for long stays the same."""

from collections.abc import Iterable
from typing import TypeVar

Key = TypeVar("Key")
Value = TypeVar("Value")


class Recent(dict[Key, Value]):
    """The `most` entries that were added last."""

    def __init__(self, most: int, entries: Iterable[tuple[Key, Value]] = ()) -> None:
        super().__init__()
        self._most = most
        for key, value in entries:
            self[key] = value

    def __setitem__(self, key: Key, value: Value) -> None:
        if key not in self and len(self) >= self._most:
            del self[next(iter(self))]
        super().__setitem__(key, value)
