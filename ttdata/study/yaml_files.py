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
    """The value of a YAML text. Raises yaml.YAMLError, or ValueError for a day that does not exist."""
    value: object = yaml.load(text, _Loader)  # noqa: S506 (a SafeLoader)
    return value
