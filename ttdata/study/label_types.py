"""The types of the columns of a table that people wrote. A text is a number only if it is written as programs do it.

So 007, 1.10E5 and 0,5 stay as they are, and no number loses digits.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from datetime import date

LARGEST = 2**63 - 1
_INTEGER = re.compile(r"-?(?:0|[1-9]\d*)", re.ASCII)
_DECIMAL = re.compile(r"-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]\d+)?", re.ASCII)
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)


def type_of(cells: Iterable[str]) -> str:
    """The type of a column with these cells; text if one of them is anything else, or if there is none."""
    different = set(cells)
    return next((kind for kind, fits in _TYPES.items() if different and all(map(fits, different))), "VARCHAR")


def _is_integer(text: str) -> bool:
    return bool(_INTEGER.fullmatch(text)) and len(text) <= len(str(-LARGEST)) and abs(int(text)) <= LARGEST


def _is_decimal(text: str) -> bool:
    """Whether a text is a finite decimal number. A long whole number is none: its last digits would be lost."""
    if not _DECIMAL.fullmatch(text) or (_INTEGER.fullmatch(text) and len(text) > len("-999999999999999")):
        return False
    return abs(float(text)) != float("inf")


def _is_day(text: str) -> bool:
    if not _DAY.fullmatch(text):
        return False
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True


_TYPES: Mapping[str, Callable[[str], bool]] = {
    "BIGINT": _is_integer,
    "DOUBLE": _is_decimal,
    "BOOLEAN": lambda text: text in ("TRUE", "FALSE", "True", "False", "true", "false"),
    "DATE": _is_day,
}
