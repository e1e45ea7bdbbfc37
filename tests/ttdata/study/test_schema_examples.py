"""The examples of the schema, which messages show: each is a value that its key accepts, on one line."""

from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from ttdata.study.examples import line, resolved
from ttdata.study.schema import schema, validator


def nodes(node: object, path: str = "study") -> Iterator[tuple[str, Mapping[str, Any]]]:
    """All parts of the schema that have examples, by their path in the schema."""
    if isinstance(node, Mapping):
        if isinstance(node.get("examples"), list):
            yield path, node
        for name, each in node.items():
            yield from nodes(each, f"{path}.{name}")
    elif isinstance(node, list):
        for number, each in enumerate(node):
            yield from nodes(each, f"{path}.{number}")


EXAMPLES = [(path, node, example) for path, node in nodes(schema()) for example in node["examples"]]


def test_most_keys_have_an_example() -> None:
    assert len(EXAMPLES) > 60


@pytest.mark.parametrize(("path", "node", "example"), EXAMPLES, ids=[f"{path}={each}" for path, _, each in EXAMPLES])
def test_each_example_is_accepted_by_its_key(path: str, node: Mapping[str, Any], example: object) -> None:
    if isinstance(example, Mapping) and set(example) == {"file"}:
        assert isinstance(example["file"], str), "a list file is read before the schema is applied"
        return
    assert validator(dict(resolved(node))).is_valid(example), path
    assert "\n" not in line(path.rpartition(".")[2], example)
