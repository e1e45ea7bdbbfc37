"""JSON that can be stored and read back without doubt, and the reason why other JSON cannot."""

import json
from collections import Counter
from collections.abc import Sequence
from typing import NoReturn

from ttapi.text import one_line

MAX_DEPTH = 64
"""Levels of objects and lists inside each other. Answers of the API have about six."""

_BOM = b"\xef\xbb\xbf"
_LONGEST_KEY = 40
"""Characters of a key that a reason quotes."""


class InvalidJson(ValueError):
    """Bytes or text that are not JSON, or not in one unambiguous form. str() is the end of a sentence: "is empty"."""


def parse(raw: bytes) -> object:
    """Return the JSON value in `raw`, with floats as float and whole numbers as int of any size.

    Raises InvalidJson for all that other readers of JSON accept, refuse or change at their own choice: a byte order
    mark, another encoding than UTF-8, invalid UTF-8, NaN and Infinity, a key that one object has twice, and more than
    MAX_DEPTH levels.
    """
    if raw.startswith(_BOM):
        raise InvalidJson(_html(raw[len(_BOM) :]) or "begins with a byte order mark")
    if (encoding := json.detect_encoding(raw)) != "utf-8":
        raise InvalidJson(f"is in {encoding[:6].upper()}, not in UTF-8")
    try:
        text = raw.decode()
    except UnicodeDecodeError as error:
        raise InvalidJson(_html(raw) or f"is not valid UTF-8 at byte {error.start:,}") from None
    return parse_text(text)


def parse_text(text: str) -> object:
    """Return the JSON value in `text`; like `parse`, after decoding."""
    try:
        value = _DECODER.decode(text)
    except json.JSONDecodeError as error:
        raise InvalidJson(_syntax(text, error)) from None
    except RecursionError:
        raise InvalidJson(_TOO_DEEP) from None
    except InvalidJson:
        raise
    except ValueError:  # the interpreter's limit on the digits of an int
        raise InvalidJson("contains a number with too many digits") from None
    if _is_too_deep(value):
        raise InvalidJson(_TOO_DEEP)
    return value


def _object(pairs: Sequence[tuple[str, object]]) -> dict[str, object]:
    result = dict(pairs)
    if len(result) != len(pairs):
        counts = Counter(key for key, _ in pairs)
        repeated = next(key for key in counts if counts[key] > 1)
        raise InvalidJson(f'has the key "{one_line(repeated[:_LONGEST_KEY])}" twice in one object')
    return result


def _constant(name: str) -> NoReturn:
    raise InvalidJson(f"contains {name}, which is not JSON")


_DECODER = json.JSONDecoder(object_pairs_hook=_object, parse_constant=_constant)
_TOO_DEEP = f"is nested more than {MAX_DEPTH} levels deep"
_CONTAINERS = frozenset({dict, list})


def _is_too_deep(value: object) -> bool:
    level = [value] if type(value) in _CONTAINERS else []
    for _ in range(MAX_DEPTH):
        if not level:
            return False
        # Two loops in one: this runs for every page, and recursion would take several times as long.
        level = [
            child
            for parent in level
            for child in (parent.values() if isinstance(parent, dict) else parent)  # type: ignore[attr-defined]
            if type(child) in _CONTAINERS
        ]
    return bool(level)


def _syntax(text: str, error: json.JSONDecodeError) -> str:
    text = text.strip()
    if not text:
        return "is empty"
    if text[0] == "<":
        return "is HTML"
    if text[0] not in "{[":
        return "is not a JSON object"
    if text[-1] not in "}]":
        return "is incomplete JSON"
    return f"is not valid JSON at line {error.lineno:,}, column {error.colno:,}"


def _html(raw: bytes) -> str:
    return "is HTML" if raw.lstrip().startswith(b"<") else ""
