"""Values of a received record that do not fit their column: each becomes NULL, without loss of any other.

Numbers are never changed: one with a point or an exponent is not a whole number, even if its value is one. A record
without an id is set aside. Both are noted, and the answer is stored as received beside the corrected one.
"""

import json
import math
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from ttapi.endpoints import Endpoint
from ttdata.source_kinds import TABLES
from ttdata.store.plain import FIRST, LAST, LONG, plain_keys
from ttdata.tables.received import IDS, TIMES, Type, record_type

Action = Literal["null", "set_aside"]

_DIGITS = re.compile(r"-?[0-9]{1,19}")
_DECIMAL = re.compile(r"-?[0-9]+(\.[0-9]+)?")
_ITEM = ("username", "playlist_id", "shop_id", "product_id")  # keys of a request that name the item it is about
# As much of a value as is noted; the raw file has all of it.
_SHOWN = 200


@dataclass(frozen=True)
class Oddity:
    """A value that does not fit; the attributes are columns of the table `oddities`."""

    position: int
    table_name: str
    field: str
    value: str
    action: Action


@dataclass
class Fitted:
    """The `data` of an answer with all values that fit.

    records   number of usable records
    keys      the names of the fields in the records, nested ones as outer.inner
    oddities  what was changed in `data`; nothing else was
    """

    data: Any
    records: int
    keys: list[str]
    oddities: list[Oddity] = field(default_factory=list)


ABSENT = "absent"
"""The value of an oddity whose list is not in the answer, which is read as an empty one."""
NOTHING = Fitted({}, 0, [])


def fit(endpoint: Endpoint, request: Mapping[str, object], data: Mapping[str, Any]) -> Fitted:
    """Fit the `data` of a good answer to what the build reads."""
    table = TABLES.get(endpoint.name)
    if table is None:
        return Fitted(data, len(endpoint.records(data)), [])
    return _plain(endpoint, table, request, data) or _Fitting(table, request).fit(endpoint, dict(data))


def _plain(endpoint: Endpoint, table: str, request: Mapping[str, object], data: Mapping[str, Any]) -> Fitted | None:
    """The `data` of an answer all of whose values fit as they are; None if they have to be looked at one by one."""
    key = next((key for key in endpoint.list_keys if isinstance(data.get(key), list)), None)
    kind, ids = record_type(table), IDS.get(table, ())
    if key is None or table == "playlists" or any(request.get(name) and name not in kind.fields for name in _ITEM):
        return None
    records = data[key]
    if set(map(type, records)) - {dict} or (ids and any(record.get(ids[0]) in (None, "") for record in records)):
        return None
    keys = plain_keys(records, kind, table)
    return None if keys is None else Fitted(data, len(records), sorted(keys), [])


class _Fitting:
    """The fitting of one answer."""

    def __init__(self, table: str, request: Mapping[str, object]) -> None:
        self._table = table
        self._type = record_type(table)
        self._request = request
        self._position = 1
        self._keys: set[str] = set()
        self._oddities: list[Oddity] = []

    def fit(self, endpoint: Endpoint, data: dict[str, Any]) -> Fitted:
        key = next((key for key in endpoint.list_keys if isinstance(data.get(key), list)), None)
        if self._table == "playlists":
            data = self._playlist(data)
            records = len(data.get("playlist_video_ids") or [])
        elif not endpoint.list_keys:
            data, records = self._record(data) or {}, 1
        elif key is None:
            records = 0
            if endpoint.omits_empty_list and not any(key in data for key in endpoint.list_keys):
                self._oddities.append(Oddity(0, self._table, endpoint.list_keys[0], ABSENT, "null"))
        else:
            data[key] = list(self._records(data[key]))
            records = len(data[key])
        return Fitted(data, records, sorted(self._keys), self._oddities)

    def _records(self, items: list[Any]) -> Iterator[dict[str, Any]]:
        for self._position, item in enumerate(items, start=1):
            record = self._record(item)
            if record is not None:
                yield record

    def _record(self, item: Any) -> dict[str, Any] | None:
        """A record that fits; None if it is set aside."""
        if not isinstance(item, dict):
            # The place of a record without an id identifies it, so the others must keep theirs.
            keeps_place = self._table not in IDS
            self._note("", item, "null" if keeps_place else "set_aside")
            return {} if keeps_place else None
        before = len(self._oddities)
        record = self._struct(item, self._type, "")
        ids = IDS.get(self._table, ())
        if ids and all(record.get(key) in (None, "") for key in ids):
            # What is set aside as a whole is one oddity.
            del self._oddities[before:]
            self._note(ids[0], item.get(ids[0]), "set_aside")
            return None
        self._check_item(record)
        return record

    def _playlist(self, data: dict[str, Any]) -> dict[str, Any]:
        ids = data.get("playlist_video_ids")
        fitted = self._struct({key: each for key, each in data.items() if key != "playlist_video_ids"}, self._type, "")
        self._keys -= {"cursor", "has_more", "playlist_id"}
        self._check_item(fitted)
        if isinstance(ids, list):
            fitted["playlist_video_ids"] = list(self._video_ids(ids))
        return fitted

    def _video_ids(self, items: list[Any]) -> Iterator[Any]:
        for self._position, item in enumerate(items, start=1):
            if _is_whole(item):
                yield item
            else:
                self._note("playlist_video_ids", item, "set_aside")

    def _check_item(self, record: dict[str, Any]) -> None:
        """Note a record that names another item than was requested, unless its table has that column."""
        for key in _ITEM:
            requested = self._request.get(key)
            value = record.get(key)
            if requested is None or value is None or key in self._type.fields:
                continue
            if str(value).casefold() != str(requested).casefold():
                self._note(key, value, "null")

    def _struct(self, item: dict[str, Any], kind: Type, before: str) -> dict[str, Any]:
        fitted = {}
        for key, value in item.items():
            self._keys.add(before + key)
            known = kind.fields.get(key)
            fitted[key] = value if known is None else self._value(value, known, before + key)
        return fitted

    def _value(self, value: Any, kind: Type, path: str) -> Any:
        if value is None:
            return None
        if kind.name == "LIST" and isinstance(value, list):
            assert kind.of
            return [self._value(each, kind.of, path) for each in value]
        if kind.name == "STRUCT" and isinstance(value, dict):
            return self._struct(value, kind, f"{path}.")
        if kind.name in _FITS and _FITS[kind.name](value) and self._is_possible_time(value, path):
            return value
        self._note(path, value, "null")
        return None

    def _is_possible_time(self, value: Any, path: str) -> bool:
        units = TIMES.get((self._table, path))
        return units is None or FIRST * units <= int(value) <= LAST * units

    def _note(self, path: str, value: Any, action: Action) -> None:
        text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
        shown = text[:_SHOWN].encode("utf-8", "replace").decode()
        self._oddities.append(Oddity(self._position, self._table, path, shown, action))


def _is_whole(value: object) -> bool:
    if isinstance(value, str):
        return bool(_DIGITS.fullmatch(value)) and -LONG <= int(value) < LONG
    return isinstance(value, int) and not isinstance(value, bool) and -LONG <= value < LONG


def _is_number(value: object) -> bool:
    if isinstance(value, str):
        return bool(_DECIMAL.fullmatch(value))
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


_FITS: Mapping[str, Callable[[Any], bool]] = {
    "BIGINT": _is_whole,
    "BOOLEAN": lambda value: isinstance(value, bool) or value in ("true", "false"),
    "DOUBLE": _is_number,
    "JSON": lambda value: True,
    "VARCHAR": lambda value: isinstance(value, str) or (isinstance(value, int | float) and math.isfinite(value)),
}
