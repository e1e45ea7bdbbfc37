"""Every kind of wrong value in every key of a study is reported with a sentence that names the key."""

from collections.abc import Iterator
from contextlib import suppress
from copy import deepcopy
from datetime import date
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support import small_study
from ttdata.errors import StudyFault
from ttdata.study.schema import schema
from ttdata.study.study import Study

TODAY = date(2026, 11, 1)
SCHEMA = schema()
NAMES = {"datasets": "small"}

Path = tuple[str | int, ...]


def resolved(node: dict[str, Any]) -> dict[str, Any]:
    """A schema node in which references are resolved."""
    while "$ref" in node:
        node = SCHEMA["$defs"][node["$ref"].rsplit("/", 1)[-1]] | {k: v for k, v in node.items() if k != "$ref"}
    return node


def keys(node: dict[str, Any], path: Path = ()) -> Iterator[tuple[Path, dict[str, Any]]]:
    """Every key below a node, as a path into a study, with its schema."""
    node = resolved(node)
    if path:
        yield path, node
    for name, child in node.get("properties", {}).items():
        yield from keys(child, (*path, name))
    for pattern, child in node.get("patternProperties", {}).items():
        yield from keys(child, (*path, pattern.strip("^$").split("(")[0]))
    for each in (node, *node.get("oneOf", []), *node.get("anyOf", [])):
        if isinstance(each.get("additionalProperties"), dict) and path and path[-1] in NAMES:
            yield from keys(each["additionalProperties"], (*path, NAMES[str(path[-1])]))
        if isinstance(each.get("items"), dict):
            yield from keys(each["items"], (*path, 0))


def wrong_values(node: dict[str, Any]) -> Iterator[object]:
    """Values that break the rules of a node, one per rule."""
    if "type" in node:
        kinds = {node["type"]} if isinstance(node["type"], str) else set(node["type"])
        yield from (value for kind, value in _OF_KIND.items() if kind not in kinds)
    if "enum" in node:
        yield "nonsense"
    if "pattern" in node:
        yield "% %"
    if "minimum" in node:
        yield node["minimum"] - 1
    if "maximum" in node:
        yield node["maximum"] + 1
    if "exclusiveMinimum" in node:
        yield node["exclusiveMinimum"]
    if node.get("minLength"):
        yield ""
    if node.get("minItems"):
        yield []
    if node.get("additionalProperties") is False:
        yield {"zzz": 1}
    if node.get("required"):
        yield {}


_OF_KIND: dict[str, object] = {"object": {"zzz": 1}, "array": [[]], "string": "a text", "boolean": True, "null": None}
KEYS = list(keys(SCHEMA))


def with_value(path: Path, value: object) -> dict[str, Any]:
    """A small study with a value at a path, and with the blocks and lists that lead to it."""
    study: Any = deepcopy(small_study())
    node = study
    for key, next_key in pairwise(path):
        empty: Any = [None] if next_key == 0 else {}
        if isinstance(key, int):
            node[key] = empty if not isinstance(node[key], type(empty)) else node[key]
        elif not isinstance(node.get(key), type(empty)):
            node[key] = empty
        node = node[key]
    node[path[-1]] = value
    return dict(study)


def problems_of(study: object) -> list[str]:
    with pytest.raises(StudyFault) as fault:
        Study.check(study, today=TODAY)
    return fault.value.problems


@pytest.mark.parametrize(("path", "node"), KEYS, ids=[".".join(map(str, path)) for path, _ in KEYS])
def test_a_wrong_value_is_reported_with_a_sentence_that_names_its_key(path: Path, node: dict[str, Any]) -> None:
    name = ".".join(map(str, path))
    for wrong in wrong_values(node):
        about = [problem for problem in problems_of(with_value(path, wrong)) if problem.startswith(name)]
        assert about, f"no problem names {name}: {wrong!r}"
        for problem in about:
            assert problem.endswith((".", "?")), problem
            # The wording of jsonschema.
            assert not any(words in problem for words in ("is not of type", "does not match", "is not valid under"))


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5) | st.dates(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)


@settings(deadline=None)
@given(st.sampled_from([path for path, _ in KEYS]), ANYTHING)
def test_no_value_of_any_key_causes_a_traceback(path: Path, value: object) -> None:
    with suppress(StudyFault):
        Study.check(with_value(path, value), today=TODAY)
