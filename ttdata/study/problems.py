"""Problems of a study, collected while it is read, so that its author sees all of them at once."""

from collections.abc import Iterator


class Problems:
    """A list of problems, each with the key that it concerns.

    `below` returns the same list for a nested key: problems.below("datasets.a").add("videos", "…").
    """

    def __init__(self, key: str = "", texts: list[str] | None = None) -> None:
        self._key = key
        self._texts: list[str] = [] if texts is None else texts

    def add(self, key: str, text: str) -> None:
        """Add a problem of a key below this one; "" for this one."""
        self._texts.append(f"{self._full(key)}: {text}")

    def below(self, key: str) -> "Problems":
        return Problems(self._full(key), self._texts)

    def _full(self, key: str) -> str:
        return ".".join(filter(None, (self._key, key)))

    def __iter__(self) -> Iterator[str]:
        return iter(self._texts)

    def __len__(self) -> int:
        return len(self._texts)
