"""Examples of keys, as lines that can be copied into a study. They are in study.schema.yaml, beside each key."""

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import date
from typing import Any

from ttdata.study.schema import schema

Node = Mapping[str, Any]
Path = Sequence[str | int]
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")


def declared_at(path: Path) -> Node | None:
    """What the schema declares for the value at a path of a study; None if it knows no such key."""
    node: Node | None = schema()
    for part in path:
        node = _child(resolved(node), part) if node is not None else None
    return resolved(node) if node is not None else None


def resolved(node: Node) -> Node:
    """A node with what it refers to; its own keywords count more."""
    while "$ref" in node:
        referred = schema()["$defs"][node["$ref"].rsplit("/", 1)[-1]]
        node = referred | {name: value for name, value in node.items() if name != "$ref"}
    return node


def _child(node: Node, part: str | int) -> Node | None:
    if isinstance(part, int):
        first = node.get("prefixItems", ())
        child = first[part] if part < len(first) else node.get("items")
    elif "items" in node and "properties" not in node:
        return _child(resolved(node["items"]), part)  # a path in a message may leave out the number of the entry
    else:
        patterns = node.get("patternProperties", {})
        named = [child for pattern, child in patterns.items() if re.search(pattern, part)]
        child = node.get("properties", {}).get(part) or next(iter(named), None) or node.get("additionalProperties")
    return child if isinstance(child, Mapping) else None


def path_in(key: str) -> Path:
    """The path of a key as messages write it."""
    return [int(part) if part.isdecimal() else part for part in key.split(".")]


def places_of(name: str, near: Path = ()) -> list[str]:
    """Where a study has a key of this name, such as "datasets.NAME.videos"; first those that are near to a path."""
    own = ["NAME" if number == 1 else str(part) for number, part in enumerate(near)]
    places = dict.fromkeys(_places(name, schema(), ""))
    return sorted(places, key=lambda place: -_common(place.split("."), own))


def _common(one: Sequence[str], other: Sequence[str]) -> int:
    """How many parts two paths have in common from their start."""
    return next((n for n, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))


def _places(name: str, node: Node, path: str) -> Iterator[str]:
    node = resolved(node)
    children = dict(node.get("properties", {}))
    children |= {
        re.split(r"[(^$]", key.lstrip("^"))[0]: child for key, child in node.get("patternProperties", {}).items()
    }
    if name in children:
        yield path
    for key, child in children.items():
        yield from _places(name, child, f"{path}.{key}".lstrip("."))
    for keyword, suffix in (("additionalProperties", ".NAME"), ("items", "")):
        if isinstance(node.get(keyword), Mapping):
            yield from _places(name, node[keyword], path + suffix)


def example_of(path: Path) -> str:
    """The example of the innermost key of a path that has one; "" if none has."""
    for length in range(len(path), 0, -1):
        part, node = path[length - 1], declared_at(path[:length])
        if isinstance(part, str) and node and "examples" in node:
            return line(part, best_example(node, is_list=length < len(path) and isinstance(path[length], int)))
    return ""


def best_example(node: Node, *, is_list: bool) -> object:
    """The first example of a key; of several the first list if the mistake is in an entry of a list."""
    examples = node["examples"]
    return next((each for each in examples if isinstance(each, list)), examples[0]) if is_list else examples[0]


def file_example(path: Path, name: str = "") -> str:
    """The example of a key with the name of a file; of this file, if its name is given."""
    key = str(next(part for part in reversed(path) if isinstance(part, str)))
    examples = (declared_at(path) or {}).get("examples", ())
    usual = next(
        (each for each in examples if isinstance(each, Mapping) and set(each) == {"file"}), {"file": "list.txt"}
    )
    return line(key, {"file": name} if name else usual)


def with_lines(text: str, *lines: str) -> str:
    """A problem with lines that can be copied below it."""
    return "".join([text, "\n    Example:", *(f"\n      {each}" for each in lines)])


def line(key: str, value: object) -> str:
    """A key and its value as one line of YAML."""
    return as_yaml({key: value})[1:-1]


def as_yaml(value: object) -> str:
    """A value as YAML on one line."""
    import yaml  # not for a job, which reads a plan

    text: str = yaml.safe_dump(
        _with_days(value), default_flow_style=True, sort_keys=False, allow_unicode=True, width=float("inf")
    )
    return text.removesuffix("\n").removesuffix("\n...")


def _with_days(value: object) -> object:
    """The same with days as days, so that they are written without quotes."""
    if isinstance(value, Mapping):
        return {key: _with_days(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [_with_days(each) for each in value]
    if isinstance(value, str) and _DAY.fullmatch(value):
        with suppress(ValueError):
            return date.fromisoformat(value)
    return value
