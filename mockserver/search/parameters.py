"""Values of a request's body, read as leniently as the real API is known to: null, "" and numeric strings are fine."""

import re
from collections.abc import Mapping

from mockserver.behaviours.refusals import Refusal

LARGEST = (1 << 63) - 1
WHOLE = re.compile(r"-?[0-9]{1,20}")


def integer(body: Mapping[str, object], name: str) -> int | None:
    """A whole number, None if it is absent, null or empty."""
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
    """A text, None if it is absent, null or empty. A number is read as the text of its digits."""
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
    if value not in (None, True, False):
        raise Refusal("parameter", f"`{name}` must be true or false.")
    return bool(value)


def count(body: Mapping[str, object], *, default: int, most: int = 100) -> int:
    """The max_count."""
    value = integer(body, "max_count")
    if value is None:
        return default
    if not 1 <= value <= most:
        raise Refusal("cursor")
    return value


def start(body: Mapping[str, object], name: str = "cursor") -> int:
    """A cursor: 0 if there is none."""
    value = integer(body, name) or 0
    if value < 0:
        raise Refusal("cursor")
    return value


def fields(asked: str, allowed: tuple[str, ...], *, required: bool, loose: bool = False) -> tuple[str, ...]:
    """The names of a `fields` value; blanks around them are no matter. loose: unknown ones are passed over."""
    names = tuple(dict.fromkeys(name.strip() for name in asked.split(",") if name.strip()))
    if required and not names:
        raise Refusal("fields-missing")
    for name in names:
        if name not in allowed and not loose:
            raise Refusal("field-unknown", name[:60])
    return tuple(name for name in names if name in allowed)
