"""Writes docs/study.md, every key of a study by block, from ttdata/study/study.schema.yaml. Run by `make docs`.

What several blocks have in common (`of`, `where`, `top`, `sample`, `waves`, conditions) has one section of its own.
"""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ttdata.study.examples import line
from ttdata.study.schema import schema

PAGE = Path(__file__).with_name("study.md")

HEAD = """# Every key of a study

Generated from `ttdata/study/study.schema.yaml` by `make docs`. Editors complete and check a study whose first line is
`# yaml-language-server: $schema=ttdata/study/study.schema.yaml`.

A study has a name, settings, and datasets. A dataset has sources: [videos](#videos), your own lists, and what is
[requested about them](#other-sources). A list of texts can be in a file of the study's folder: `{file: NAME}`.

"""

DATASET = """A dataset begins with `videos`, with your own `accounts`, or with the `names` of shops.
[sources.md](sources.md) shows how sources build on each other.

"""

SOURCES = """A source is named by its kind, or by its kind and a suffix, such as `following_hop2`. Its keys are
explained below, once for all kinds.

| kind | meaning | keys | example |
|---|---|---|---|
"""

SELECTION = """`of`, `where`, `top` and `sample` say for which rows of another source a source requests data. They
apply in this order. `names` is for shops only.

"""

MOST = """`max` ends each list after so many records, in whole pages. Without it, lists are requested to their end.

| kind | meaning | allowed | example |
|---|---|---|---|
"""

CONDITIONS = """`all`, `any` and `none` are lists of conditions. A condition has one field with a value, with a list of
values of which one must match, or, for counts and days, with bounds: `{view_count: {gte: 1000, lt: 5000}}`.

"""

COLUMNS = "| key | meaning | allowed | default | example |\n|---|---|---|---|---|\n"

# Explained once, each in the section that is named here.
_SHARED = {
    "conditions": "conditions",
    "waves": "waves",
    "top": "which-rows",
    "sample": "which-rows",
    "condition": "which-rows",
    "parent": "which-rows",
    "most": "max",
}

Node = dict[str, Any]


def page() -> str:
    """The whole page."""
    study = schema()
    defs: dict[str, Node] = study["$defs"]
    dataset = study["properties"]["datasets"]["additionalProperties"]
    sources = {pattern.strip("^$").split("(")[0]: node for pattern, node in dataset["patternProperties"].items()}
    names = ("names", defs["shops"]["properties"]["names"])
    sections = [
        ("The study", _table(_children(study, defs), defs)),
        *_blocks({name: node for name, node in study["properties"].items() if name != "datasets"}, defs),
        ("Datasets", DATASET + _table(_children(dataset, defs), defs)),
        *_blocks(dataset["properties"], defs),
        ("Other sources", SOURCES + "".join(_source(kind, _resolved(node, defs)) for kind, node in sources.items())),
        ("Which rows", SELECTION + _table([*_rows("", defs["selection"], defs, within="which-rows"), names], defs)),
        ("`max`", MOST + "".join(_most(kind, _resolved(node, defs), defs) for kind, node in sources.items())),
        ("`waves`", _text(defs["waves"]) + _table(_rows("", defs["waves"], defs, within="waves"), defs)),
        ("Conditions", CONDITIONS + _table(_children(defs["conditions"]["items"], defs), defs)),
    ]
    return HEAD + "\n".join(f"## {title}\n\n{text}" for title, text in sections)


def _blocks(properties: dict[str, Node], defs: dict[str, Node]) -> Iterator[tuple[str, str]]:
    """A section for each key that has keys of its own."""
    for name, node in properties.items():
        block = _resolved(node, defs)
        if rows := list(_rows("", block, defs)):
            yield f"`{name}`", _text(block) + _table(rows, defs)


def _children(node: Node, defs: dict[str, Node]) -> Iterator[tuple[str, Node]]:
    """The keys of a block, without those within them."""
    yield from node.get("properties", {}).items()


def _rows(key: str, node: Node, defs: dict[str, Node], within: str = "") -> Iterator[tuple[str, Node]]:
    """All keys below a block, with their whole names, but nothing below what has a section of its own."""
    if key:
        yield key, node
    reference = node.get("$ref", "").rpartition("/")[2]
    if _SHARED.get(reference, within) != within:
        return
    node = _resolved(node, defs)
    for name, child in node.get("properties", {}).items():
        if name != "file" or "properties" not in node or len(node["properties"]) > 1:
            yield from _rows(f"{key}.{name}".strip("."), child, defs, within)
    for children, suffix in (("additionalProperties", ".NAME"), ("items", "[]")):
        child = _resolved(node.get(children) or {}, defs)
        if "properties" in child:
            yield from _rows(f"{key}{suffix}".strip("."), child, defs, within)


def _table(rows: Iterator[tuple[str, Node]] | list[tuple[str, Node]], defs: dict[str, Node]) -> str:
    lines = [_row(key, node, defs) for key, node in rows if not key.endswith(("[]", "NAME"))]
    return COLUMNS + "".join(lines)


def _row(key: str, node: Node, defs: dict[str, Node]) -> str:
    reference = node.get("$ref", "").rpartition("/")[2]
    node = _resolved(node, defs)
    meaning = node.get("description", "")
    if reference in ("conditions", "waves"):
        meaning = f"{meaning} See [{reference}](#{_SHARED[reference]})."
    cells = (meaning, _allowed(node), node.get("default", ""), _example(key, node))
    return f"| {' | '.join((f'`{key}`', *map(_cell, cells)))} |\n"


def _source(kind: str, node: Node) -> str:
    keys = ", ".join(f"`{key}`" for key in node["properties"])
    example = f"`{line(kind, node['examples'][0])}`" if node.get("examples") else ""
    return f"| `{kind}` | {_cell(node.get('description', ''))} | {keys} | {_cell(example)} |\n"


def _most(kind: str, node: Node, defs: dict[str, Node]) -> str:
    if "max" not in node["properties"]:
        return ""
    most = _resolved(node["properties"]["max"], defs)
    return f"| `{kind}` | {_cell(most['description'])} | {_allowed(most)} | {_example('max', most)} |\n"


def _text(node: Node) -> str:
    description = node.get("description", "")
    return f"{_cell(description)}\n\n" if description else ""


def _example(key: str, node: Node) -> str:
    name = key.rpartition(".")[2]
    return f"`{line(name, node['examples'][0])}`" if node.get("examples") and name.isidentifier() else ""


def _resolved(node: Node, defs: dict[str, Node]) -> Node:
    if "$ref" not in node:
        return node
    return defs[node["$ref"].rsplit("/", 1)[-1]] | {k: v for k, v in node.items() if k != "$ref"}


def _allowed(node: Node) -> str:
    if "enum" in node:
        return ", ".join(map(str, node["enum"]))
    kinds = node["type"] if isinstance(node["type"], list) else [node["type"]]
    bounds = [f"{word} {node[rule]}" for rule, word in _BOUNDS.items() if rule in node]
    return " ".join([" or ".join(_KINDS[kind] for kind in kinds), *bounds])


_BOUNDS = {"minimum": "from", "exclusiveMinimum": "above", "maximum": "to"}
_KINDS = {
    "object": "block",
    "array": "list",
    "string": "text",
    "integer": "whole number",
    "number": "number",
    "boolean": "true or false",
}


def _cell(value: object) -> str:
    """A text of the schema as a cell of a table, with links to the pages that it names."""
    return re.sub(r"docs/([\w-]+\.md)", r"[\1](\1)", str(value).replace("|", "\\|").replace("\n", " "))


if __name__ == "__main__":
    PAGE.write_text(page(), "utf-8")
