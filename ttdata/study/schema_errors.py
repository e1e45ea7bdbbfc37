"""Schema errors as sentences: which key, what is wrong with it, which form it has, and an example to copy."""

import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, cast

from ttdata.source_kinds import KINDS
from ttdata.study.api_requests import api_request_problem
from ttdata.study.examples import as_yaml, best_example, declared_at, example_of, line, path_in, places_of, with_lines
from ttdata.study.meant import meant
from ttdata.study.other_names import elsewhere, key_hint, likely_key, meant_key
from ttdata.study.schema import schema
from ttdata.text import did_you_mean

if TYPE_CHECKING:
    from jsonschema.exceptions import ValidationError

Path = tuple[str | int, ...]
SHOWN, LONGEST = 80, 300
"""Characters of a wrong value that a message shows, and of an example made from it."""
KINDS_AND_VIDEOS = ("videos", *KINDS)
_SECRETS = re.compile("key|secret|token|password|credential")


def sentences(errors: Sequence["ValidationError"], study: object) -> list[str]:
    """The errors of a study, in order. Of several with one example, the last one shows it."""
    texts: list[tuple[str, str]] = []
    pasted = list[Path]()
    for error in errors:
        path: Path = tuple(error.absolute_path)
        if _is_told(error, errors) or any(path[: len(each)] == each for each in pasted):
            continue
        if request := api_request_problem(error.instance):
            pasted.append(path)
            texts.append((f"{_key(path)}: {request}", ""))
        else:
            texts.append((f"{_key(path)}: {_problem(error)}", _example(error, path, study)))
    examples = [example for _, example in texts]
    return list(
        dict.fromkeys(
            _with_example(text, example if example not in examples[number + 1 :] else "")
            for number, (text, example) in enumerate(texts)
        )
    )


def _is_told(error: "ValidationError", errors: Sequence["ValidationError"]) -> bool:
    """Whether another error tells of a missing key: the last of several; or the form, if a list was expected."""
    if error.validator != "required":
        return False
    same = [each for each in errors if each.absolute_path == error.absolute_path]
    is_list = "array" in cast("Any", error.schema).get("type", ())
    missing = [each for each in same if each.validator == "required"]
    return missing[-1] is not error or (is_list and any(each.validator == "additionalProperties" for each in same))


def with_example(problem: str) -> str:
    """A problem "KEY: TEXT" with the example of its key, unless it lists what to write already."""
    key, _, _ = problem.partition(": ")
    path: Path = tuple(path_in(key))
    named = path[: max((number for number, part in enumerate(path, 1) if isinstance(part, str)), default=0)]
    has_own = "\n" in problem or "Allowed:" in problem or "examples" not in (declared_at(named) or {})
    return problem if has_own else _with_example(problem, example_of(path))


def _with_example(text: str, example: str) -> str:
    return with_lines(text, example) if example else text


def _key(path: Path) -> str:
    return ".".join(map(str, path)) or "the file"


def _problem(error: "ValidationError") -> str:
    rule, value, allowed = str(error.validator), cast("Any", error.instance), cast("Any", error.validator_value)
    if rule == "additionalProperties":
        return _unknown_keys(value, cast("Any", error.schema), tuple(error.absolute_path))
    if rule == "required":
        missing = [repr(name) for name in allowed if name not in value]
        return f"The key {missing[0]} is missing." if len(missing) == 1 else f"Keys are missing: {', '.join(missing)}."
    if rule == "enum":
        return f"{shown(value)} is not allowed here.{did_you_mean(str(value), allowed)}" + _allowed(allowed)
    if rule == "type":
        return _wrong_kind(error, value, allowed)
    if rule in _RULES:
        return _RULES[rule].format(value=shown(value), limit=allowed)
    if rule == "pattern":
        return f"{shown(value)} has the wrong format. {_form(error)}"
    return "This cannot be used here."


def _wrong_kind(error: "ValidationError", value: object, allowed: str | Sequence[str]) -> str:
    kinds = [allowed] if isinstance(allowed, str) else list(allowed)
    form = f" {own}" if (own := _form(error)) else ""
    if isinstance(value, bool):
        if "string" in kinds:
            read = f"YAML reads an unquoted yes, no, on or off (also the country code NO) as {shown(value)}."
            return f"{read} Put it in quotes.{form if 'object' in kinds else ''}"
        return f"This must be {_kinds(kinds)}, not {shown(value)}.{form}"
    if value is None:
        why = "What follows a # is a remark." if "string" in kinds else "Indent the lines that belong to it."
        return f"There is no value, but this must be {_kinds(kinds)}. {why}{form}"
    if isinstance(value, int | float) and kinds == ["string"] and "pattern" in cast("Any", error.schema):
        return f"{shown(value)} has the wrong format.{form}"
    return f"{shown(value)} is {_kind(value)}, but this must be {_kinds(kinds)}.{form}"


def _form(error: "ValidationError") -> str:
    """What the schema says about the form of the values of a key."""
    path: Path = tuple(error.absolute_path)
    nodes = [declared_at(path) or {}, cast("Any", error.schema), declared_at(_named(path)) or {}]
    if error.validator == "pattern" and error.parent is None and "propertyNames" in error.absolute_schema_path:
        nodes = nodes[1:]
    return next((str(node["form"]) for node in nodes if "form" in node), "")


def _named(path: Path) -> Path:
    """The path of the innermost key, without the numbers of list entries behind it."""
    while path and isinstance(path[-1], int):
        path = path[:-1]
    return path


def _example(error: "ValidationError", path: Path, study: object) -> str:
    """What was probably meant; or the example of the key."""
    if _is_unnamed(path):
        return example_of(path[:1])
    for length in range(len(path), 0, -1):
        named, part = path[:length], path[length - 1]
        if isinstance(part, str) and (node := declared_at(named)):
            reading = meant(_value_at(study, named), part, node)
            if reading is not None and len(lines := line(part, reading)) <= LONGEST:
                return lines
            if "examples" in node:
                return line(part, best_example(node, is_list=isinstance((*path, "")[length], int)))
    names = cast("Any", error.validator_value) if error.validator == "required" else schema()["properties"]
    present = cast("Any", error.instance) if isinstance(error.instance, Mapping) else {}
    if error.validator == "required":
        return example_of([name for name in names if name not in present][:1])
    likely = [key for name in present if name not in names and (key := likely_key(name, names))]
    return example_of((*likely, "datasets")[:1])


def _is_unnamed(path: Path) -> bool:
    """Whether sources stand directly below datasets, as if they were a dataset without a name."""
    return len(path) > 1 and path[0] == "datasets" and path[1] in KINDS_AND_VIDEOS


def _value_at(study: object, path: Path) -> object:
    for part in path:
        study = cast("Any", study)[part]
    return study


def _unknown_keys(value: Mapping[str, Any], node: Mapping[str, Any], path: Path) -> str:
    """Which keys are unknown, and which are allowed. The pattern of a kind of source begins with the kind."""
    patterns = node.get("patternProperties", {})
    kinds = [pattern.strip("^$").split("(")[0] for pattern in patterns]
    known = [*node["properties"], *kinds]
    unknown = [
        name for name in value if name not in known and not any(re.search(pattern, name) for pattern in patterns)
    ]
    # A value that is a list, or a block as an exception, has its form.
    form = (declared_at(path) or {}).get("form", "") if "array" in node.get("type", "") else ""
    hints = {name: key_hint(name, known) if form else _hint(name, known, path) for name in unknown}
    text = " ".join(f"Unknown key {name!r}.{hint}" for name, hint in hints.items()) + _allowed(known)
    if form:
        return f"{text} {form}"
    if _is_unnamed(path):
        return f"{text} Between datasets and {path[1]} there must be the name of a dataset."
    return f"{text} Another source of the same kind needs a suffix, such as {kinds[0]}_b." if kinds else text


def _hint(name: str, known: Sequence[str], path: Path) -> str:
    """Which key was probably meant, or where the key belongs."""
    if _SECRETS.search(name.lower()):
        return " Credentials are never in a study: set TIKTOK_CLIENT_KEY and TIKTOK_CLIENT_SECRET in the environment."
    if (match := re.fullmatch(r"(\w+)[ :=]+(\S+)", name)) and match[1] in known:
        return f" Write a blank after the colon: {match[1]}: {match[2]}."
    exact = [each or "the first level of the file" for each in places_of(name, path)]
    if exact and not meant_key(name, known):
        return f" It belongs in {' or '.join(exact[:2])}."
    if hint := key_hint(name, known):
        return hint
    other = elsewhere(name)
    return f" Did you mean {other!r}? It belongs in {' or '.join(places_of(other, path)[:2])}." if other else ""


_RULES = {
    "minItems": "The list is too short (minimum {limit}): {value}.",
    "maxItems": "The list is too long (maximum {limit}): {value}.",
    "minProperties": "This is empty; it needs at least {limit} key.",
    "maxProperties": "A condition has only one field; put the next field in a new list entry: {value}.",
    "minLength": "The text is empty.",
    "maxLength": "The text is too long; the maximum is {limit} characters.",
    "minimum": "{value} is too small; the minimum is {limit}.",
    "maximum": "{value} is too large; the maximum is {limit}.",
    "exclusiveMinimum": "{value} is too small; it must be more than {limit}.",
    "uniqueItems": "The list contains an entry twice: {value}.",
}

_KINDS = {
    "object": "a block of keys",
    "array": "a list",
    "string": "text",
    "integer": "a whole number",
    "number": "a number",
    "boolean": "true or false",
}


def shown(value: object) -> str:
    """A wrong value as a study writes it, shortened; text in quotes."""
    if isinstance(value, bool) or value is None or isinstance(value, Mapping | list | tuple):
        text = as_yaml(value)
        return text if len(text) <= SHOWN else text[:SHOWN] + "…"
    return repr(value[:SHOWN] + "…") if isinstance(value, str) and len(value) > SHOWN else repr(value)


def _kind(value: object) -> str:
    return next((_KINDS[kind] for kind, python in _PYTHON if isinstance(value, python)), "of another type")


_PYTHON: Sequence[tuple[str, type]] = (
    ("boolean", bool),
    ("object", dict),
    ("array", list),
    ("string", str),
    ("integer", int),
    ("number", float),
)


def _kinds(kinds: Sequence[str]) -> str:
    """The kinds that a value may have. Of several, a block is the exception, and the form tells of it."""
    usual = [kind for kind in kinds if kind != "object"] or kinds
    return " or ".join(_KINDS[kind] for kind in usual)


def _allowed(known: Sequence[object]) -> str:
    return f" Allowed: {', '.join(str(each) for each in known)}."
