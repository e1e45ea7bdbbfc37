"""Writes docs/study.md, every key of a study, from ttdata/study/study.schema.yaml. Run by `make docs`."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ttdata.study.examples import line
from ttdata.study.schema import schema

PAGE = Path(__file__).with_name("study.md")

HEAD = """# Every key of a study

Generated from `ttdata/study/study.schema.yaml` by `make docs`. Editors complete and check a study whose first line is
`# yaml-language-server: $schema=ttdata/study/study.schema.yaml`.

"""

CONDITIONS = """
## Conditions

`all`, `any` and `none` are lists of conditions. A condition has one field with a value, with a list of values of
which one must match, or, for counts and days, with bounds: `{view_count: {gte: 1000, lt: 5000}}`.

"""

COLUMNS = "| key | meaning | allowed | default | example |\n|---|---|---|---|---|\n"

# Explained once, in their own section.
_OWN_SECTION = ("#/$defs/conditions", "#/$defs/comparison")


def page() -> str:
    """The whole page."""
    study = schema()
    condition = study["$defs"]["conditions"]["items"]
    return HEAD + _table(study, study["$defs"]) + CONDITIONS + _table(condition, study["$defs"])


def _table(node: dict[str, Any], definitions: dict[str, Any]) -> str:
    return COLUMNS + "".join(f"| {' | '.join(row)} |\n" for row in _rows("", node, definitions))


def _rows(key: str, node: dict[str, Any], definitions: dict[str, Any]) -> Iterator[tuple[str, ...]]:
    has_own_section = node.get("$ref") in _OWN_SECTION
    node = _resolved(node, definitions)
    if key:
        cells = (node.get("description", ""), _allowed(node), node.get("default", ""), _example(key, node))
        yield (f"`{key}`", *map(_cell, cells))
    if has_own_section:
        return
    for name, child in node.get("properties", {}).items():
        yield from _rows(f"{key}.{name}".strip("."), child, definitions)
    for pattern, child in node.get("patternProperties", {}).items():
        yield from _rows(f"{key}.{pattern.strip('^$').split('(')[0]}", child, definitions)
    for children, suffix in (("additionalProperties", ".NAME"), ("items", "[]")):
        child = _resolved(node.get(children) or {}, definitions)
        if "properties" in child:
            yield from _rows(key + suffix, child, definitions)


def _example(key: str, node: dict[str, Any]) -> str:
    name = key.rpartition(".")[2]
    return f"`{line(name, node['examples'][0])}`" if node.get("examples") and name.isidentifier() else ""


def _resolved(node: dict[str, Any], definitions: dict[str, Any]) -> dict[str, Any]:
    if "$ref" not in node:
        return node
    return definitions[node["$ref"].rsplit("/", 1)[-1]] | {k: v for k, v in node.items() if k != "$ref"}


def _allowed(node: dict[str, Any]) -> str:
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
    return str(value).replace("|", "\\|").replace("\n", " ")


if __name__ == "__main__":
    PAGE.write_text(page(), "utf-8")
