"""What a wrong value of a key was probably meant to be: the first of its likely readings that the key allows.

It is shown as an example and never used by itself.
"""

import re
from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

from ttapi.conditions import OPERATIONS, Condition
from ttdata.study.examples import resolved
from ttdata.study.other_names import meant_key
from ttdata.study.schema import validator

_LIST_FILE = re.compile(r"[^\s,]+\.(txt|csv|tsv|xlsx?|ods)", re.IGNORECASE)
_THOUSANDS = re.compile(r"\d{1,3}([,.' _]\d{3})+")
_SHORT = re.compile(r"(\d+(?:\.\d+)?)\s*([kKmM])")
_SPAN = re.compile(r"(\d+)\s*-?\s*(d|days?|w|weeks?|months?)", re.IGNORECASE)
_UNITS = {"d": 1, "w": 7, "m": 30}
_COMPARED = re.compile(r"(>=|<=|>|<|=)\s*([\d.,kKmM]+)")
_AT_LEAST = re.compile(r"([\d.,kKmM]+)\s*\+")
_BETWEEN = re.compile(r"([\d.,kKmM]+)\s*(?:-|\u2013|to|\.\.)\s*([\d.,kKmM]+)")
_SIGNS = {">": "gt", ">=": "gte", "<": "lt", "<=": "lte"}
_WORDS = {"yes": True, "true": True, "on": True, "no": False, "false": False, "off": False}


def meant(value: object, key: str, node: Mapping[str, Any]) -> object | None:
    """The likely meaning of the value of a key; None if none is likely. node: what the schema declares for the key."""
    for candidate in _candidates(value, node):
        if (_is_list_file(candidate) and _takes_file(node)) or _is_allowed(candidate, key, node):
            return candidate
    return None


def _is_allowed(value: object, key: str, node: Mapping[str, Any]) -> bool:
    if not validator(dict(node)).is_valid(value):
        return False
    if key not in OPERATIONS or isinstance(value, Mapping):
        return True
    return not Condition(key, "IN" if isinstance(value, list) else "EQ", value).problems()


def _is_list_file(value: object) -> bool:
    return isinstance(value, Mapping) and set(value) == {"file"} and isinstance(value["file"], str)


def _takes_file(node: Mapping[str, Any]) -> bool:
    return any(map(_is_list_file, node.get("examples", ())))


def _candidates(value: object, node: Mapping[str, Any]) -> Iterator[object]:
    if isinstance(value, list | tuple):
        yield from _of_list(list(value), node)
        if "all" in node.get("properties", {}) and len(value) == 1:
            yield {"all": list(value)}
    elif isinstance(value, Mapping):
        yield from _of_block(value, node)
    else:
        if isinstance(value, str) and _takes_file(node) and _LIST_FILE.fullmatch(value.strip()):
            yield {"file": re.sub(r"(xlsx?|ods)$", "csv", value.strip(), flags=re.IGNORECASE)}
        for each in _of_scalar(value):
            yield each
            yield [each]


def _of_list(values: list[object], node: Mapping[str, Any]) -> Iterator[object]:
    if len(values) == 1:
        yield values[0]
    if len(values) == 1 and isinstance(values[0], str):
        yield from _of_scalar(values[0])
    flat = [inner for each in values for inner in (each if isinstance(each, list) else [each])]
    yield flat
    flat = [single for each in flat for single in (_apart(each) if isinstance(each, Mapping) else [each])]
    yield flat
    yield [_entry(each, number, node) for number, each in enumerate(flat)]


def _apart(block: Mapping[str, object]) -> list[object]:
    """The keys of a block, each in a block of its own."""
    return [{name: value} for name, value in block.items()]


def _entry(value: object, number: int, node: Mapping[str, Any]) -> object:
    first = node.get("prefixItems", ())
    item = first[number] if number < len(first) else node.get("items")
    if not isinstance(item, Mapping) or validator(dict(item)).is_valid(value):
        return value
    if isinstance(value, Mapping):
        return _renamed(value, resolved(item))
    return next((each for each in _of_scalar(value) if validator(dict(item)).is_valid(each)), value)


def _renamed(block: Mapping[str, object], node: Mapping[str, Any]) -> dict[str, object]:
    """A block with its keys as a study calls them, and with what their values were meant to be."""
    known, fixed = node.get("properties", {}), dict[str, object]()
    days = [value for name, value in block.items() if name != "during" and meant_key(name, known) == "during"]
    if len(days) == 2 and "during" in known:
        block = {name: value for name, value in block.items() if meant_key(name, known) != "during"}
        block = {**block, "during": days}
    for name, value in block.items():
        key = name if name in known else meant_key(name, known) or name
        child = resolved(known[key]) if isinstance(known.get(key), Mapping) else None
        if child is not None and not _is_allowed(value, key, child):
            reading = meant(value, key, child)
            value = value if reading is None else reading
        fixed[key] = value
    return fixed


def _of_block(block: Mapping[str, object], node: Mapping[str, Any]) -> Iterator[object]:
    yield _renamed(block, node)
    if "all" in node.get("properties", {}) and len(block) == 1:
        yield {"all": [block]}
    yield _apart(block)
    yield [block]
    if len(block) == 2:
        days = list(block.values())
        yield days
        yield [next(iter(_days(each)), each) for each in map(str, days)]


def _of_scalar(value: object) -> Iterator[object]:
    if isinstance(value, bool):
        # YAML reads Norway's code as false.
        if value is False:
            yield "NO"
    elif isinstance(value, int | float):
        yield str(value)
        if isinstance(value, int):
            yield from _days(str(value))
            yield f"{value}d"
        yield value / 100
    elif isinstance(value, str):
        yield from _of_text(value.strip())


def _of_text(text: str) -> Iterator[object]:
    if re.fullmatch(r"[-+]?\d+", text):
        yield int(text)
        yield f"{int(text)}d"
    if re.fullmatch(r"\d+\.\d+", text):
        yield float(text)
    if re.fullmatch(r"\d+(\.\d+)?\s*%", text):
        yield float(text.rstrip("% ")) / 100
    if (number := _number(text)) is not None:
        yield number
    if text.lower() in _WORDS:
        yield _WORDS[text.lower()]
    if span := _SPAN.fullmatch(text):
        days = int(span[1]) * _UNITS[span[2][0].lower()]
        yield f"{days}d"
        yield days
    yield from _bounds(text)
    days_in_text = re.findall(r"\d[\d./-]{5,9}", text)
    if len(days_in_text) == 2:
        yield [day for each in days_in_text for day in _days(each)]
    yield from re.findall(r"/(\d{15,20})\b", text)
    yield from _days(text)
    if "," in text or ";" in text:
        yield [part.strip() for part in re.split("[,;]", text)]
    yield text
    yield text.upper()
    yield re.sub(r"[^a-z0-9_]+", "-", text.lower()).strip("-_")


def _number(text: str) -> int | None:
    if short := _SHORT.fullmatch(text):
        return round(float(short[1]) * (1_000 if short[2] in "kK" else 1_000_000))
    return int(re.sub(r"\D", "", text)) if _THOUSANDS.fullmatch(text) or text.isdecimal() else None


def _bounds(text: str) -> Iterator[object]:
    """Comparisons as people write them: >1000, 1000+, 1000-5000."""
    if (match := _COMPARED.fullmatch(text)) and (number := _number(match[2])) is not None:
        yield number if match[1] == "=" else {_SIGNS[match[1]]: number}
    if (match := _AT_LEAST.fullmatch(text)) and (number := _number(match[1])) is not None:
        yield {"gte": number}
    if match := _BETWEEN.fullmatch(text):
        low, high = _number(match[1]), _number(match[2])
        if low is not None and high is not None:
            yield {"gte": low, "lte": high}


def _days(text: str) -> Iterator[str]:
    """The day that a text of another form means, as YYYY-MM-DD. 01/02/2025 is no day: nobody knows which."""
    for pattern, order in (
        (r"(\d{4})(\d{2})(\d{2})", (1, 2, 3)),
        (r"(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})(?:[T ].*)?", (1, 2, 3)),
        (r"(\d{1,2})\.(\d{1,2})\.(\d{4})", (3, 2, 1)),
    ):
        if match := re.fullmatch(pattern, text.strip()):
            try:
                yield date(*(int(match[part]) for part in order)).isoformat()
            except ValueError:
                return
