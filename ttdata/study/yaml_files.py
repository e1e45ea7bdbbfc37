"""YAML without surprises: a key that occurs twice, and a number whose value is not what is written, are rejected.

Snakemake reads a study with plain YAML, which takes the last of two equal keys, and 012 for ten. Studies are therefore
checked with this loader first; whatever passes means the same to both.
"""

import re
from collections.abc import Hashable
from typing import Any

import yaml

# Numbers that YAML 1.1 reads in other bases: octal, hexadecimal, binary and sexagesimal.
_PLAIN = re.compile(r"[-+]?(0|[1-9][0-9_]*)")
_INT = "tag:yaml.org,2002:int"
_MERGE = "tag:yaml.org,2002:merge"
MOST_NODES = 1_000_000
"""Values in a file, those behind an alias (*) counted wherever it is used."""


class _Loader(yaml.SafeLoader):
    """Raises yaml.constructor.ConstructorError, which names the line."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:
        keys: set[object] = set()
        for key_node, _ in node.value:
            key = self.construct_object(key_node, deep=True) if key_node.tag != _MERGE else object()
            if isinstance(key, Hashable) and key in keys:
                raise yaml.constructor.ConstructorError(
                    None, None, f"the key {key!r} occurs twice in the same place; keep one of them", key_node.start_mark
                )
            if isinstance(key, Hashable):
                keys.add(key)
        return super().construct_mapping(node, deep)

    def construct_yaml_int(self, node: yaml.ScalarNode) -> int:
        text = str(self.construct_scalar(node))
        if not _PLAIN.fullmatch(text):
            number = yaml.SafeLoader.construct_yaml_int(self, node)
            raise yaml.constructor.ConstructorError(
                None, None, f"YAML reads {text} as {number}; write that number, or put it in quotes", node.start_mark
            )
        return int(text.replace("_", ""))


_Loader.add_constructor(_INT, _Loader.construct_yaml_int)


def load_yaml(text: str) -> object:
    """The value of a YAML text.

    Raises yaml.YAMLError, also for too many values; ValueError for a day that does not exist; and RecursionError for a
    text that is nested too deeply, or contains itself by an alias.
    """
    loader = _Loader(text)
    try:
        node = loader.get_single_node()
        if node is None:
            return None
        if _number_of_nodes(node, {}) > MOST_NODES:
            raise yaml.YAMLError(f"it has more than {MOST_NODES:,} values; each use of an alias (*) counts")
        value: object = loader.construct_document(node)
    finally:
        loader.dispose()
    return value


def _number_of_nodes(node: yaml.Node, known: dict[int, int]) -> int:
    """The number of values that a node expands to. known: that of the nodes counted before, by their id."""
    if isinstance(node, yaml.ScalarNode):
        return 1
    if id(node) not in known:
        children = [each for pair in node.value for each in pair] if isinstance(node, yaml.MappingNode) else node.value
        known[id(node)] = 1 + sum(_number_of_nodes(each, known) for each in children)
    return known[id(node)]
