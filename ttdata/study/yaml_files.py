"""YAML without surprises: a key that occurs twice, and a value that is not what is written, are rejected.

Snakemake reads a study with plain YAML, which takes the last of two equal keys, and 012 for ten. Studies are therefore
checked with this loader first; whatever passes means the same to both.
"""

import re
from collections.abc import Iterator
from typing import Any

import yaml

from ttdata.study.examples import example_of, path_in, with_lines

# Numbers that YAML 1.1 reads in other bases: octal, hexadecimal, binary and sexagesimal.
_PLAIN = re.compile(r"[-+]?(0|[1-9][0-9_]*)")
_INT = "tag:yaml.org,2002:int"
_TIME = "tag:yaml.org,2002:timestamp"
_MERGE = "tag:yaml.org,2002:merge"
_VALUE = "tag:yaml.org,2002:value"
_OWN_TAG = re.compile(r"![^!]*$")
MOST_NODES = 1_000_000
"""Values in a file, those behind an alias (*) counted wherever it is used."""


class Misread(Exception):
    """Parts of a YAML text that mean something else to YAML than to people. problems: a sentence on each."""

    def __init__(self, problems: list[str]) -> None:
        self.problems = problems
        super().__init__(" ".join(problems))


def load_yaml(text: str) -> object:
    """The value of a YAML text.

    Raises yaml.YAMLError, also for too many values; Misread; and RecursionError for a text that is nested too deeply,
    or contains itself by an alias.
    """
    loader = yaml.SafeLoader(text)
    try:
        node = loader.get_single_node()
        if node is None:
            return None
        if _number_of_nodes(node, {}) > MOST_NODES:
            raise Misread([f"the file: it has more than {MOST_NODES:,} values; each use of an alias (*) counts."])
        if problems := list(_problems(node, loader, "", set())):
            raise Misread(problems)
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


def _problems(node: yaml.Node, loader: yaml.SafeLoader, key: str, seen: set[int]) -> Iterator[str]:
    """The problems of a node and of all nodes in it; seen: the nodes that need no second look."""
    if id(node) in seen:
        return
    seen.add(id(node))
    if _OWN_TAG.match(node.tag):
        yield f'{_place(key, node)}: Text that begins with ! must be in quotes:\n      {_last(key)}"{node.tag}"'
    elif isinstance(node, yaml.ScalarNode):
        if reason := _misreading(node, loader):
            example = example_of(path_in(key)) if node.tag == _TIME else ""
            text = f"{_place(key, node)}: {reason}"
            yield with_lines(text, example) if example else text
    elif isinstance(node, yaml.SequenceNode):
        for number, each in enumerate(node.value):
            yield from _problems(each, loader, f"{key}.{number}".lstrip("."), seen)
    elif isinstance(node, yaml.MappingNode):
        yield from _problems_of_keys(node, key)
        for name, each in node.value:
            text = str(name.value) if isinstance(name, yaml.ScalarNode) else "{…}"
            yield from _problems(each, loader, f"{key}.{text}".lstrip("."), seen)


def _problems_of_keys(node: yaml.MappingNode, key: str) -> Iterator[str]:
    names = set[str]()
    for name, _ in node.value:
        if not isinstance(name, yaml.ScalarNode):
            text = "A name before a colon cannot be a list or a block. Write keys as in this line:"
            yield f"{_place(key, name)}: {text}\n      top: {{by: view_count, k: 25}}"
        elif name.tag not in (_MERGE, _VALUE):
            if name.value in names:
                full = f"{key}.{name.value}".lstrip(".")
                yield f"{_place(full, name)}: the key {name.value!r} occurs twice in the same place; keep one of them."
            names.add(name.value)


def _misreading(node: yaml.ScalarNode, loader: yaml.SafeLoader) -> str:
    """Why a value is not what is written; "" if it is."""
    if node.tag == _INT and not _PLAIN.fullmatch(node.value):
        number: Any = loader.construct_yaml_int(node)
        return f'YAML reads {node.value} as {number}; write that number, or put it in quotes: "{node.value}".'
    if node.tag == _TIME:
        try:
            loader.construct_yaml_timestamp(node)
        except ValueError:
            return f"{node.value} is a day that does not exist. Write a day of the calendar as YYYY-MM-DD."
    return ""


def _place(key: str, node: yaml.Node) -> str:
    return f"{key or 'the file'} (line {node.start_mark.line + 1})"


def _last(key: str) -> str:
    name = key.rpartition(".")[2]
    return "- " if name.isdigit() else f"{name}: "
