"""Receipts: what a slice or shard holds, stated next to its raw file, so that the build need not trust that file."""

import hashlib
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import date, datetime
from functools import cache
from pathlib import Path
from typing import Any, Literal

from ttdata.errors import NotCollected
from ttdata.files import read_json, write_json
from ttdata.store.formats import FORMAT
from ttdata.store.raw_files import Line
from ttdata.store.typed import is_typed

State = Literal["complete", "empty", "partial", "blocked", "refused", "capped"]
FINISHED: tuple[State, ...] = ("complete", "empty", "refused", "capped")
# Fewer videos than these can all have been deleted: of a hundred, TikTok removes some fifteen in a month.
FEW = 5


@dataclass(frozen=True)
class StoredSearch:
    """What an exhaustive search requests: its query in canonical form, its first and last day (ISO), and its fields."""

    query: str
    start: str
    end: str
    fields: tuple[str, ...]

    @classmethod
    def stored(cls, stored: Mapping[str, Any] | None) -> "StoredSearch | None":
        """The search in a receipt's file. Raises ValueError, KeyError or TypeError if it is none."""
        if not stored:
            return None
        for day in (stored["start"], stored["end"]):
            date.fromisoformat(day)
        if not is_query(json.loads(stored["query"])):
            raise ValueError("no query")
        return cls(**{**stored, "fields": tuple(stored["fields"])})


def is_query(value: object) -> bool:
    """Whether a stored value has the form of a query."""
    groups = value.items() if isinstance(value, Mapping) else [("", None)]
    return all(
        name in ("and", "or", "not") and isinstance(group, list) and all(map(_is_condition, group))
        for name, group in groups
    )


def _is_condition(value: object) -> bool:
    if not isinstance(value, Mapping) or set(value) != {"field_name", "operation", "field_values"}:
        return False
    values = value["field_values"]
    texts = [value["field_name"], value["operation"], *(values if isinstance(values, list) else [None])]
    return all(isinstance(text, str) for text in texts)


@dataclass(frozen=True)
class Receipt:
    """What was collected for one slice or shard.

    state     complete: every page that the API has is there; empty: complete, and nothing was found; refused: the
              API discloses none of the items; capped: complete, but lists were cut; partial: not all could be had;
              blocked: partial, and too many requests failed today for another one
    evidence  how that is known, in plain words
    raw       the raw file, relative to the study's folder
    answers   lines in the raw file when this was written; `records` those in good answers about `items`
    erased    records that a purge has removed since from these answers
    requests  answers that this slice or shard cost, failed ones included; `least` the fewest possible
    items     items that a shard requested; `refused` those that the API does not disclose, with the reason
    cut       items whose list was cut, by `max` or by TikTok, with the records that are there
    longest   of a search that had to be split, the longest window in days that was answered
    keys      names of the fields seen in the records
    item_ids  of a source with waves the items themselves: the next wave has another list
    max       of a shard, how many records of an item were enough; None if all were requested
    search    of an exhaustive search what it requests, so that another period or list of fields can use its pages
    asked_at  when the first good answer came, by the API's clock (ISO, UTC), and `finished_at` the last; "" if none did
    """

    name: str
    source: str
    state: State
    raw: str
    answers: int
    requests: int
    least: int
    records: int
    keys: tuple[str, ...] = ()
    items: int | None = None
    refused: dict[str, str] = field(default_factory=dict)
    evidence: str = ""
    cut: dict[str, int] = field(default_factory=dict)
    longest: int | None = None
    item_ids: tuple[str, ...] = ()
    asked_at: str = ""
    finished_at: str = ""
    max: int | None = None
    search: StoredSearch | None = None
    format: int = FORMAT
    erased: int = 0

    @property
    def is_finished(self) -> bool:
        """Whether there is nothing more to request."""
        return self.state in FINISHED

    def found_something_on(self, day: str) -> bool:
        """Whether its last good answer came on a day (ISO, UTC) and it has records."""
        return self.received > 0 and self.finished_at[:10] == day

    @property
    def received(self) -> int:
        """The records that its answers had when they came."""
        return self.records + self.erased

    def write(self, path: Path) -> None:
        stored = asdict(self)
        stored[_ITEM_IDS] = stored.pop("item_ids")
        if not self.erased:
            del stored["erased"]
        write_json(path, {**stored, _CHECKSUM: _checksum(stored)})

    @classmethod
    def read(cls, path: Path) -> "Receipt":
        """Read a receipt; NotCollected if there is none, or it is not as this version wrote it.

        A receipt without a checksum, of an earlier version, is read as it is.
        """
        try:
            status = path.stat()
        except FileNotFoundError:
            raise NotCollected(f"{path.stem} is not collected yet: there is no {path}. Run the build again.") from None
        receipt = _read(path, status.st_ino, status.st_mtime_ns, status.st_size)
        if receipt is None:
            raise NotCollected(
                f"{path} is damaged, or another version of ttdata wrote it. "
                "Delete it and build again; no page is requested twice."
            )
        return receipt

    @classmethod
    def read_if_any(cls, path: Path) -> "Receipt | None":
        """The receipt, None if there is none. Raises NotCollected for one that this version did not write."""
        return cls.read(path) if path.exists() else None


@cache
def _read(path: Path, *version: int) -> Receipt | None:
    """The receipt in a file, None if it is damaged. version: changes when the file does."""
    try:
        stored = read_json(path)
        checksum = stored.pop(_CHECKSUM, None)
        is_whole = checksum in (None, _checksum(stored))
        item_ids, search = tuple(stored.pop(_ITEM_IDS)), StoredSearch.stored(stored.get("search"))
        parts = {"format": 1, **stored, "keys": tuple(stored["keys"]), "item_ids": item_ids, "search": search}
        receipt = Receipt(**parts)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return None
    return receipt if is_whole and is_typed(receipt) else None


# The keys of `item_ids`, and of the hash of all the rest, in a receipt's file.
_ITEM_IDS, _CHECKSUM = "asked", "checksum"


def _checksum(stored: Mapping[str, object]) -> str:
    return hashlib.sha256(json.dumps(stored, sort_keys=True).encode()).hexdigest()[:16]


def sorted_keys(lines: Iterable[Line]) -> tuple[str, ...]:
    """The names of all fields in some answers."""
    return tuple(sorted({key for line in lines for key in line.keys}))


def moment(lines: Sequence[Line], which: Callable[[Iterable[datetime]], datetime]) -> str:
    """When the first (min) or the last (max) of these answers came; "" if there is none."""
    return which(line.sent_at for line in lines).isoformat() if lines else ""
