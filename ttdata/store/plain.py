"""The quick check of a page: whether every value of its records fits its column as it is.

Nearly every page passes. It is checked column by column, with the types of all values at once; fitting one value after
the other takes thirty times as long. A page that does not pass here may still fit: see `fitting`.
"""

from collections.abc import Mapping, Sequence
from itertools import chain
from math import isfinite
from types import NoneType
from typing import Any

from ttdata.tables.received import TIMES, Type

LONG = 1 << 63
FIRST, LAST = -62_135_596_800, 253_402_300_799  # the years 1 to 9999, in seconds
_TYPES: Mapping[str, type] = {"BIGINT": int, "BOOLEAN": bool, "DOUBLE": float, "VARCHAR": str}


def plain_keys(records: Sequence[dict[str, Any]], kind: Type, table: str) -> set[str] | None:
    """The names of the fields in some records, nested ones as outer.inner; None if a value may not fit."""
    keys: set[str] = set()
    return keys if _are_plain(records, kind, "", table, keys) else None


def _are_plain(items: Sequence[dict[str, Any]], kind: Type, before: str, table: str, keys: set[str]) -> bool:
    """Whether the values of all known fields fit. before: the path of the items. Adds the paths of all fields."""
    names: set[str] = set().union(*items)
    keys.update(before + name for name in names)
    return all(
        _fit([item[name] for item in items if name in item], kind.fields[name], before + name, table, keys)
        for name in names & kind.fields.keys()
    )


def _fit(values: Sequence[Any], kind: Type, path: str, table: str, keys: set[str]) -> bool:
    types = set(map(type, values))
    if NoneType in types:
        types.remove(NoneType)
        values = [value for value in values if value is not None]
    if not types or kind.name == "JSON":
        return True
    if kind.name == "LIST":
        return types == {list} and kind.of is not None and _fit([*chain(*values)], kind.of, path, table, keys)
    if kind.name == "STRUCT":
        return types == {dict} and _are_plain(values, kind, f"{path}.", table, keys)
    if types != {_TYPES[kind.name]}:
        return False
    if kind.name == "DOUBLE":
        return all(map(isfinite, values))
    units = TIMES.get((table, path))
    low, high = (-LONG, LONG - 1) if units is None else (FIRST * units, LAST * units)
    return kind.name != "BIGINT" or (low <= min(values) and max(values) <= high)
