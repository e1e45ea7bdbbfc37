"""Values of a request's body, read as leniently as the real API reads them: null, "" and numeric strings are fine.

Each function raises Refusal for a value that it cannot read.
"""

import re
from collections.abc import Mapping
from functools import lru_cache

from mockserver.behaviours.refusals import Refusal

LARGEST = (1 << 63) - 1
LARGEST_PAGE = 100  # records
WHOLE = re.compile(r"-?[0-9]{1,20}")


def integer(body: Mapping[str, object], name: str) -> int | None:
    """A whole number; None if it is absent, null or empty."""
    value = body.get(name)
    if value is None or value == "":
        return None
    if isinstance(value, str) and WHOLE.fullmatch(value.strip()):
        value = int(value)
    if isinstance(value, float) and value.is_integer() and abs(value) < 2**53:
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int) or abs(value) > LARGEST:
        raise Refusal("parameter", f"`{name}` must be a whole number.")
    return value


def required_integer(body: Mapping[str, object], name: str) -> int:
    value = integer(body, name)
    if value is None:
        raise Refusal("parameter", f"`{name}` is required.")
    return value


def text(body: Mapping[str, object], name: str) -> str | None:
    """A text; None if it is absent, null or empty. A number is read as its digits."""
    value = body.get(name)
    if value is None or value == "":
        return None
    if isinstance(value, bool) or not isinstance(value, str | int):
        raise Refusal("parameter", f"`{name}` must be a string.")
    return str(value)


def required_text(body: Mapping[str, object], name: str) -> str:
    value = text(body, name)
    if value is None or not value.strip():
        raise Refusal("parameter", f"`{name}` is required.")
    return value.strip()


def flag(body: Mapping[str, object], name: str) -> bool:
    value = body.get(name)
    if isinstance(value, str) and value.lower() in ("true", "false", ""):
        return value.lower() == "true"
    if value is not None and not isinstance(value, bool):
        raise Refusal("parameter", f"`{name}` must be true or false.")
    return bool(value)


def count(body: Mapping[str, object], *, default: int) -> int:
    """The max_count: 1 to 100."""
    value = integer(body, "max_count")
    if value is None:
        return default
    if not 1 <= value <= LARGEST_PAGE:
        raise Refusal("cursor")
    return value


def start(body: Mapping[str, object]) -> int:
    """The cursor; 0 without one."""
    value = integer(body, "cursor") or 0
    if value < 0:
        raise Refusal("cursor")
    return value


@lru_cache(maxsize=256)
def fields(text: str, allowed: tuple[str, ...], *, required: bool, loose: bool = False) -> tuple[str, ...]:
    """The names in a `fields` value, without the blanks around them. loose: unknown names are ignored."""
    names = tuple(dict.fromkeys(name.strip() for name in text.split(",") if name.strip()))
    if required and not names:
        raise Refusal("fields-missing")
    for name in names:
        if name not in allowed and not loose:
            raise Refusal("field-unknown", name[:60])
    return tuple(name for name in names if name in allowed)
