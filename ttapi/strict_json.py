"""JSON that can be stored and read back without doubt, and the reason why other JSON cannot."""

import json
import re
from collections import Counter
from collections.abc import Sequence
from typing import NoReturn

import orjson

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
    value = _quickly_parsed(raw)
    return _strictly_parsed(raw) if value is _UNCERTAIN else value


def _quickly_parsed(raw: bytes) -> object:
    """The value in `raw` by a fast reader, which does not tell whether a key is there twice or a number is too large.

    _UNCERTAIN if that may be so, or if there is any mistake.
    """
    zeros = raw.translate(_DIGITS)
    if any(number in zeros for number in _LONG_NUMBERS):
        return _UNCERTAIN
    try:
        value = orjson.loads(raw)
        written = orjson.dumps(value, option=orjson.OPT_INDENT_2)
    except (orjson.JSONDecodeError, orjson.JSONEncodeError):
        return _UNCERTAIN
    # A key that is there twice is written once, so there are fewer colons, unless text has one as an escape.
    is_same = raw.count(b":") == written.count(b":") and not _ESCAPED_COLON(raw)
    return value if is_same and _TOO_FAR not in written else _UNCERTAIN


def _strictly_parsed(raw: bytes) -> object:
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
_UNCERTAIN = object()
_ESCAPED_COLON = re.compile(rb"\\u003[aA]").search
# The indentation of what is inside MAX_DEPTH levels. A line break in text is written as an escape.
_TOO_FAR = b"\n" + b"  " * MAX_DEPTH
# Digits become 0, so that a run of them can be found: the fast reader rounds numbers of more than 64 bits.
_DIGITS = bytes(ord("0") if chr(byte).isdigit() and byte < 128 else byte for byte in range(256))
_LONG_NUMBERS = (b"0" * 20, b"-" + b"0" * 19)


def _is_too_deep(value: object) -> bool:
    """Whether there are more than MAX_DEPTH levels."""
    level = [value] if type(value) in _CONTAINERS else []
    for _ in range(MAX_DEPTH):
        if not level:
            return False
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
