"""A schema error as a sentence: which key, what is wrong with it, and what is allowed."""

import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, cast

from ttdata.text import did_you_mean

if TYPE_CHECKING:
    from jsonschema.exceptions import ValidationError


def sentence(error: "ValidationError") -> str:
    """One schema error, with the key and what is allowed there."""
    key = ".".join(str(part) for part in error.absolute_path) or "the file"
    return f"{key}: {_problem(error)}"


def _problem(error: "ValidationError") -> str:
    rule, value, allowed = str(error.validator), cast("Any", error.instance), cast("Any", error.validator_value)
    if rule == "additionalProperties":
        return _unknown_keys(value, cast("Any", error.schema))
    if rule == "required":
        missing = [name for name in allowed if name not in value]
        return f"The key {missing[0]!r} is missing."
    if rule == "enum":
        return f"{value!r} is not allowed here.{did_you_mean(str(value), allowed)}" + _allowed(allowed)
    if rule == "type" and isinstance(value, bool):
        return f"YAML reads an unquoted yes, no, on or off (also the country code NO) as {value}. Put it in quotes."
    if rule == "type":
        return f"{value!r} is {_kind(value)}, but this must be {_kinds(allowed)}."
    if rule in _RULES:
        return _RULES[rule].format(value=value, limit=allowed)
    if rule == "pattern":
        return f"{value!r} has the wrong format. {_PATTERNS.get(allowed, allowed)}"
    return f"{error.message}."


def _unknown_keys(value: Mapping[str, Any], schema: Mapping[str, Any]) -> str:
    """Which keys are unknown, and which are allowed. The pattern of a kind of source begins with the kind."""
    patterns = schema.get("patternProperties", {})
    kinds = [pattern.strip("^$").split("(")[0] for pattern in patterns]
    known = [*schema["properties"], *kinds]
    unknown = [
        name for name in value if name not in known and not any(re.search(pattern, name) for pattern in patterns)
    ]
    text = " ".join(f"Unknown key {name!r}.{did_you_mean(name, known)}" for name in unknown) + _allowed(known)
    return f"{text} Another source of the same kind needs a suffix, such as {kinds[0]}_b." if kinds else text


_RULES = {
    "minItems": "The list is too short (minimum {limit}): {value!r}.",
    "maxItems": "The list is too long (maximum {limit}): {value!r}.",
    "minProperties": "This is empty; it needs at least {limit} key.",
    "maxProperties": "A condition has only one field; put the next field in a new list entry: {value!r}.",
    "minLength": "The text is empty.",
    "maxLength": "The text is too long; the maximum is {limit} characters.",
    "minimum": "{value!r} is too small; the minimum is {limit}.",
    "maximum": "{value!r} is too large; the maximum is {limit}.",
    "exclusiveMinimum": "{value!r} is too small; it must be more than {limit}.",
    "uniqueItems": "The list contains an entry twice: {value!r}.",
}

_PATTERNS = {
    r"^\d{1,3}d$": "Write a number of days, such as 2d.",
    r"^[1-9]\d{0,2}d$": "Write a number of days, such as 7d.",
    r"^\d{4}-\d{2}-\d{2}$": "Write a day as YYYY-MM-DD.",
    r"^(\d{4}-\d{2}-\d{2}|open)$": "Write a day as YYYY-MM-DD, or open.",
    r"^([1-9]|[12]\d|30)d$": "Write a number of days up to 30, such as 7d.",
    r"^(\d{4}-\d{2}-\d{2}|[1-9]\d{0,3}d)$": "Write a day as YYYY-MM-DD, or a number of days such as 30d.",
    r"^[a-z_]+(=[\w.:+-]+)?(,[a-z_]+(=[\w.:+-]+)?)*$": 'Write settings as "videos=1e6,seed=7".',
    "^(month|week|day|region_code)$": "Write month, week, day or region_code, or a list of a period and region_code.",
    r"^\d+$": "An id consists of digits only.",
    r"^[a-z0-9][a-z0-9_-]{0,63}$": "A name consists of up to 64 lower-case letters, digits, _ and -.",
    r"^([a-z0-9_]+/)?[a-z0-9][a-z0-9_.-]*$": "Copy the name that the build printed, such as videos/0123456789abcdef.",
    r"^(mock|https?://[^/\s]+/?)$": 'Write "mock", "https://open.tiktokapis.com", or the http address of a server.',
}

_KINDS = {
    "object": "a block of keys",
    "array": "a list",
    "string": "text",
    "integer": "a whole number",
    "number": "a number",
    "boolean": "true or false",
}


def _kind(value: object) -> str:
    for kind, python in (
        ("object", dict),
        ("array", list),
        ("string", str),
        ("integer", int),
        ("number", float),
    ):
        if isinstance(value, python):
            return _KINDS[kind]
    return "empty" if value is None else "of another type"


def _kinds(kinds: str | Sequence[str]) -> str:
    return " or ".join(_KINDS[kind] for kind in ([kinds] if isinstance(kinds, str) else kinds))


def _allowed(known: Sequence[object]) -> str:
    return f" Allowed: {', '.join(str(each) for each in known)}."
