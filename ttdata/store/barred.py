"""Accounts and videos that `ttdata purge --user` or `--video` keeps out of later builds, by marks of their tombstones.

A mark is a keyed hash, or the name or id itself if the study says `terms: {tombstone: id}`. Without the file of the
tombstones nothing is kept out.
"""

import hashlib
import hmac
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from ttdata.errors import StorageFault, StudyFault
from ttdata.files import read_json
from ttdata.store.erasing import Targets
from ttdata.store.paths import Folder

SECTION = "barred"
"""The key of these marks in the file of the tombstones."""


def mark(key: bytes, category: str, record: str) -> str:
    """What is remembered of a record instead of its id."""
    return hmac.new(key, f"{category}:{record}".encode(), hashlib.sha256).hexdigest()


def read_key(folder: Folder) -> bytes:
    """The key of the marks. Raises FileNotFoundError, or StorageFault if the file has none."""
    try:
        return bytes.fromhex(folder.tombstone_key.read_text())
    except ValueError:
        raise StorageFault(f"{folder.tombstone_key} is not a key that ttdata wrote. Restore it.") from None


@dataclass(frozen=True)
class Marked:
    """The barred records of a category: `in` tells whether one is among them."""

    category: str
    marks: frozenset[str]
    key: bytes | None

    def __contains__(self, record: object) -> bool:
        return bool(self.marks) and self._of(str(record)) in self.marks

    def __bool__(self) -> bool:
        return bool(self.marks)

    def _of(self, record: str) -> str:
        return _mark(self.key, self.category, record) if self.key is not None else record


_mark = cache(mark)
# The keys of a study whose values name accounts or videos: a hashtag that is spelled like a handle stays.
_NAMING = ("accounts", "ids", "username", "video_id")


@dataclass(frozen=True)
class Barred:
    """Who and what is kept out."""

    users: Marked = field(default_factory=lambda: Marked("user", frozenset(), None))
    videos: Marked = field(default_factory=lambda: Marked("video", frozenset(), None))

    @classmethod
    def read(cls, folder: Folder) -> "Barred":
        """Raises StorageFault if the file is damaged, or its key is missing."""
        try:
            stored = read_json(folder.tombstones)
            marks = stored.get(SECTION) or {}
        except FileNotFoundError:
            return cls()
        except (ValueError, AttributeError):
            raise _damaged(folder) from None
        if not marks:
            return cls()
        return cls(*_marked(folder, stored, marks))

    @property
    def any(self) -> bool:
        """Whether anything is."""
        return bool(self.users.marks or self.videos.marks)

    @property
    def targets(self) -> Targets:
        """What an answer must not contain when it is stored."""
        return Targets(videos=self.videos, people=self.users)

    def without(self, declared: Any) -> Any:
        """A study without entries of its lists that are barred. Raises StudyFault for one that names nothing else."""
        return _without(declared, self, ()) if self.any and isinstance(declared, Mapping) else declared


def _marked(folder: Folder, stored: Mapping[str, Any], marks: Mapping[str, Any]) -> Iterator[Marked]:
    key = None
    if stored.get("form") == "hash":
        try:
            key = read_key(folder)
        except FileNotFoundError:
            raise StorageFault(
                f"{folder.tombstone_key} is missing, so nobody can tell whom `purge` keeps out. Restore the key. Or "
                f"delete {folder.tombstones}: then nobody is kept out any more."
            ) from None
    for category in ("user", "video"):
        some = marks.get(category, {})
        if not isinstance(some, Mapping):
            raise _damaged(folder)
        yield Marked(category, frozenset(map(str, some)), key)


def _damaged(folder: Folder) -> StorageFault:
    return StorageFault(f"{folder.tombstones} is damaged. Restore it, or delete it: then nobody is kept out any more.")


def _without(value: Any, barred: Barred, path: tuple[str, ...]) -> Any:
    if isinstance(value, Mapping):
        return {key: _without(each, barred, (*path, str(key))) for key, each in value.items()}
    is_naming = path[-1:] and path[-1] in _NAMING
    if isinstance(value, list):
        kept = [_without(each, barred, path) for each in value if not (is_naming and _is_barred(each, barred))]
        if value and not kept:
            raise StudyFault(
                [f"{'.'.join(path)}: All of its entries were erased by `purge` and are kept out. Remove this key."]
            )
        return kept
    if is_naming and _is_barred(value, barred):
        raise StudyFault([f"{'.'.join(path)}: It names what `purge` has erased and keeps out. Remove this condition."])
    return value


def _is_barred(value: Any, barred: Barred) -> bool:
    """Whether an entry of a list is an erased account or video; of a row, its column decides."""
    if isinstance(value, Mapping):
        columns = {str(key).lower(): each for key, each in value.items()}
        return any(_is_barred(columns[key], barred) for key in ("username", "video_id") if key in columns)
    if not isinstance(value, str | int) or isinstance(value, bool):
        return False
    text = str(value).strip()
    name = text.rpartition("/@")[2].partition("/")[0] if "/@" in text else text
    return name.lstrip("@").casefold() in barred.users or _video_id(text) in barred.videos


def _video_id(text: str) -> str:
    """The id in an entry: the entry, or the end of a link."""
    return text.partition("?")[0].rstrip("/").rpartition("/")[2]
