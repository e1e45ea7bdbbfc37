"""Tombstones: what is remembered of a record that was not found, to notice its return and a second miss.

One miss may be a fault, a renamed account, or a video that was private for a week. A loss is confirmed by a second miss
that begins at least 7 days after the first ended. All times are the API's.
"""

import fcntl
import os
import secrets
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from ttdata.comply.subjects import CATEGORIES, Category
from ttdata.errors import StorageFault, StudyFault
from ttdata.files import read_json, write_json
from ttdata.store.barred import SECTION, read_key
from ttdata.store.barred import mark as keyed
from ttdata.store.paths import Folder
from ttdata.study.platform_terms import Memory

CONFIRMED_AFTER = timedelta(days=7)
_KEY_BYTES = 32


@dataclass(frozen=True)
class Tombstone:
    """What is known of a record that was missed once.

    missed: the end of the refresh that missed it first in this absence; last: of the newest one that did
    confirmed: the same of the one that confirmed the loss; "" if none has; back: of the one that found it again; "" if
    it is absent. returns: how often it came back. All ISO, UTC.
    """

    missed: str
    last: str
    confirmed: str = ""
    back: str = ""
    returns: int = 0

    @property
    def state(self) -> str:
        """missed, lost (confirmed), or back."""
        return "back" if self.back else "lost" if self.confirmed else "missed"


def miss(before: Tombstone | None, began: datetime, ended: datetime) -> Tombstone:
    """A record after a refresh did not find it. The same refresh twice changes nothing more."""
    end = ended.isoformat(timespec="seconds")
    if before is None:
        return Tombstone(end, end)
    if end <= before.last:
        return before
    if before.back:
        return before if end <= before.back else Tombstone(end, end, returns=before.returns)
    is_second = began - datetime.fromisoformat(before.missed) >= CONFIRMED_AFTER
    return replace(before, last=end, confirmed=before.confirmed or (end if is_second else ""))


def find(before: Tombstone | None, ended: datetime) -> Tombstone | None:
    """A record after a refresh found it; None if it was never missed."""
    end = ended.isoformat(timespec="seconds")
    if before is None or before.back or end <= before.last:
        return before
    return replace(before, back=end, returns=before.returns + 1)


Entries = dict[Category, dict[str, Tombstone]]


class Tombstones:
    """The tombstones of a study, by category and by what is remembered of the record's id."""

    def __init__(
        self,
        memory: Memory,
        mark: Callable[[Category, str], str],
        entries: Entries,
        barred: Mapping[str, Mapping[str, str]],
    ) -> None:
        self.memory, self._mark, self.entries = memory, mark, entries
        self.barred = {category: dict(barred.get(category, {})) for category in ("user", "video")}

    def of(self, category: Category, record: str) -> Tombstone | None:
        return self.entries[category].get(self._mark(category, record))

    def put(self, category: Category, record: str, tombstone: Tombstone) -> None:
        if self.memory != "none":
            self.entries[category][self._mark(category, record)] = tombstone

    def bar(self, category: Category, record: str, moment: str) -> bool:
        """Keep a record out of later builds. False if the study remembers nothing, so that nobody could tell."""
        if self.memory != "none":
            self.barred[category].setdefault(self._mark(category, record), moment)
        return self.memory != "none"

    def unconfirmed(self, category: Category) -> list[str]:
        """The ids that were missed and may come back. Hashes cannot be requested, so only ids are remembered so."""
        if self.memory != "id":
            return []
        return [record for record, each in self.entries[category].items() if each.state == "missed"]

    def counts(self) -> dict[str, dict[str, int]]:
        """How many there are, by category and state."""
        return {
            category: dict(sorted(Counter(each.state for each in some.values()).items()))
            for category, some in self.entries.items()
            if some
        }


def read(folder: Folder, memory: Memory) -> Tombstones:
    """The tombstones of a study, to look at. Raises as `changing`, and writes nothing."""
    stored = _stored(folder)
    return _tombstones(folder, memory, stored, _marker(folder, memory, stored, creates=False))


@contextmanager
def changing(folder: Folder, memory: Memory) -> Iterator[Tombstones]:
    """The tombstones of a study, to be changed by one process at a time; they are stored when the block ends.

    Raises StorageFault if the file is damaged or its key is missing, StudyFault if the study now wants another form.
    """
    folder.refreshes.mkdir(parents=True, exist_ok=True)
    with (folder.refreshes / ".lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        stored = _stored(folder)
        mark = _marker(folder, memory, stored, creates=True)
        tombstones = _tombstones(folder, memory, stored, mark)
        yield tombstones
        if memory != "none":
            entries = {category: _plain(some.items()) for category, some in tombstones.entries.items()}
            key = {"key": mark("video", "")} if memory == "hash" else {}
            barred = {SECTION: tombstones.barred} if any(tombstones.barred.values()) else {}
            write_json(folder.tombstones, {"form": memory, "entries": entries, **key, **barred})


def _tombstones(
    folder: Folder, memory: Memory, stored: Mapping[str, Any], mark: Callable[[Category, str], str]
) -> Tombstones:
    return Tombstones(memory, mark, _entries(folder, memory, stored), stored.get(SECTION, {}))


def _stored(folder: Folder) -> Mapping[str, Any]:
    """What the file has; {} if there is none."""
    try:
        stored = read_json(folder.tombstones)
    except FileNotFoundError:
        return {}
    except ValueError:
        stored = None
    if not isinstance(stored, dict) or "form" not in stored:
        raise _damaged(folder)
    return stored


def _entries(folder: Folder, memory: Memory, stored: Mapping[str, Any]) -> Entries:
    """The stored tombstones, none if the study keeps none."""
    entries: Entries = {category: {} for category in CATEGORIES}
    if memory == "none" or not stored:
        return entries
    try:
        if stored["form"] != memory:
            raise StudyFault(
                [
                    f"terms.tombstone: {folder.tombstones} was written with {stored['form']}. Keep that, or delete the "
                    "file: what was missed before is then forgotten."
                ]
            )
        for category in entries:
            entries[category] = {mark: Tombstone(**each) for mark, each in stored["entries"][category].items()}
    except (KeyError, TypeError, AttributeError):
        raise _damaged(folder) from None
    return entries


def _plain(entries: Iterable[tuple[str, Tombstone]]) -> dict[str, dict[str, Any]]:
    return {mark: {name: value for name, value in asdict(each).items() if value} for mark, each in entries}


def _marker(
    folder: Folder, memory: Memory, stored: Mapping[str, Any], *, creates: bool
) -> Callable[[Category, str], str]:
    """What is remembered of an id."""
    if memory != "hash":
        return lambda category, record: record
    key = _key(folder, creates=creates and not stored)

    def mark(category: Category, record: str) -> str:
        return keyed(key, category, record)

    if stored.get("key", mark("video", "")) != mark("video", ""):
        raise StorageFault(
            f"{folder.tombstone_key} is not the key of {folder.tombstones}. Restore the key, or delete both files: "
            "what was missed before is then forgotten."
        )
    return mark


def _key(folder: Folder, *, creates: bool) -> bytes:
    """The key of the hashes, which only its owner can read."""
    path = folder.tombstone_key
    if creates and not path.exists():
        # Written whole before it has its name: a key of which half is written would be another one.
        temporary = path.with_name(f".{path.name}.{os.getpid()}")
        file = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(file, "w") as opened:
            opened.write(secrets.token_hex(_KEY_BYTES) + "\n")
        temporary.replace(path)
    try:
        return read_key(folder)
    except FileNotFoundError:
        if not folder.tombstones.exists():
            return b""  # nothing was ever remembered
        raise StorageFault(
            f"{path} is missing, so the hashes in {folder.tombstones} mean nothing. Restore the key, or delete that "
            "file: what was missed before is then forgotten."
        ) from None


def _damaged(folder: Folder) -> StorageFault:
    return StorageFault(
        f"{folder.tombstones} is damaged. Restore it, or delete it: what was missed before is then forgotten."
    )
