"""Every key of the study's schema, given every kind of wrong value, is answered with a sentence that names the key."""

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
from ttdata.study.study import Study, schema

TODAY = date(2026, 11, 1)
SCHEMA = schema()
NAMES = {"datasets": "small"}

Path = tuple[str | int, ...]


def resolved(node: dict[str, Any]) -> dict[str, Any]:
    """A schema node with what it refers to."""
    while "$ref" in node:
        node = SCHEMA["$defs"][node["$ref"].rsplit("/", 1)[-1]] | {k: v for k, v in node.items() if k != "$ref"}
    return node


def keys(node: dict[str, Any], at: Path = ()) -> Iterator[tuple[Path, dict[str, Any]]]:
    """Every key below a node, as a path into a study, and what the schema says of it."""
    node = resolved(node)
    if at:
        yield at, node
    for name, child in node.get("properties", {}).items():
        yield from keys(child, (*at, name))
    for pattern, child in node.get("patternProperties", {}).items():
        yield from keys(child, (*at, pattern.strip("^$").split("(")[0]))
    for each in (node, *node.get("oneOf", []), *node.get("anyOf", [])):
        if isinstance(each.get("additionalProperties"), dict) and at and at[-1] in NAMES:
            yield from keys(each["additionalProperties"], (*at, NAMES[str(at[-1])]))
        if isinstance(each.get("items"), dict):
            yield from keys(each["items"], (*at, 0))


def wrong_values(node: dict[str, Any]) -> Iterator[object]:
    """One value for each rule of a node that it breaks."""
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
    """A small study that holds a value at a path, with whatever blocks and lists lead to it."""
    study: Any = deepcopy(small_study())
    inside = study
    for here, below in pairwise(path):
        empty: Any = [None] if below == 0 else {}
        if isinstance(here, int):
            inside[here] = empty if not isinstance(inside[here], type(empty)) else inside[here]
        elif not isinstance(inside.get(here), type(empty)):
            inside[here] = empty
        inside = inside[here]
    inside[path[-1]] = value
    return dict(study)


def told(study: object) -> list[str]:
    with pytest.raises(StudyFault) as fault:
        Study.check(study, today=TODAY)
    return fault.value.problems


@pytest.mark.parametrize(("path", "node"), KEYS, ids=[".".join(map(str, path)) for path, _ in KEYS])
def test_a_wrong_value_is_answered_with_a_sentence_that_names_its_key(path: Path, node: dict[str, Any]) -> None:
    name = ".".join(map(str, path))
    for wrong in wrong_values(node):
        about = [problem for problem in told(with_value(path, wrong)) if problem.startswith(name)]
        assert about, f"nothing was said of {name}: {wrong!r}"
        for problem in about:
            assert problem.endswith((".", "?")), problem
            # jsonschema's own words for its rules.
            assert not any(words in problem for words in ("is not of type", "does not match", "is not valid under"))


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5) | st.dates(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)


@settings(deadline=None)
@given(st.sampled_from([path for path, _ in KEYS]), ANYTHING)
def test_no_value_of_any_key_is_answered_with_a_traceback(path: Path, value: object) -> None:
    with suppress(StudyFault):
        Study.check(with_value(path, value), today=TODAY)
