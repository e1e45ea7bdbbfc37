"""Writes docs/ttapi.md, the reference of ttapi, from its docstrings and tables. Run by `make docs`."""

import ast
import inspect
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import click

import ttapi
from ttapi import answer, cases, cli, client, endpoints, error_names, errors, fields, ledger, query, span, token

PAGE = Path(__file__).with_name("ttapi.md")

CONTENTS: tuple[tuple[ModuleType, tuple[str, ...]], ...] = (
    (client, ("Client",)),
    (span, ("search",)),
    (query, ("Query", "Condition", "window_problems", "windows", "narrower", "api_date", "parse_date")),
    (answer, ("Answer", "Page")),
    (cases, ("error_of",)),
    (error_names, ("stored_name", "error_class")),
    (ledger, ("Ledger",)),
    (token, ("Credentials", "Token")),
    (endpoints, ("Endpoint",)),
    (fields, ("Field",)),
)


def page() -> str:
    """The whole page as Markdown."""
    parts = [
        "# ttapi: reference",
        "Made from the docstrings and tables of `ttapi/` by `make docs`; a test holds that it is up to date.",
        _indented_as_code(inspect.getdoc(ttapi) or ""),
        *(text for module, names in CONTENTS for name in names for text in _described(module, name)),
        "## Command line",
        "```\n" + inspect.cleandoc(cli.main.help or "").replace("\b\n", "") + "\n```",
        _option_table(),
        "## Endpoints",
        _endpoint_table(),
        "## Fields",
        "A field without a value is left out of a record. `(named)`: asked for only when named.",
        *_field_tables(),
        "## Errors",
        "```\n" + (errors.__doc__ or "").partition("\n\n")[2].strip() + "\n```",
        _error_table(),
    ]
    return "\n\n".join(parts) + "\n"


def _described(module: ModuleType, name: str) -> Iterator[str]:
    node = next(node for node in _tree(module).body if getattr(node, "name", "") == name)
    if isinstance(node, ast.FunctionDef):
        yield f"## `{name}`\n\n`{_signature(node)}`"
        yield _doc(node)
        return
    assert isinstance(node, ast.ClassDef)
    yield f"## `{name}`"
    yield _doc(node)
    attributes = "\n".join(_attributes(node))
    if attributes:
        yield attributes
    for method in node.body:
        if isinstance(method, ast.FunctionDef) and (not method.name.startswith("_") or method.name == "__init__"):
            kinds = {ast.unparse(decorator) for decorator in method.decorator_list}
            if method.name == "__init__":
                yield f"`{name}({_signature(method).partition('(')[2].rpartition(' ->')[0]}`"
            elif kinds & {"property", "cached_property"}:
                yield f"**`.{method.name}: {ast.unparse(method.returns) if method.returns else ''}`** {_doc(method)}"
            else:
                yield f"**`{name if kinds else ''}.{_signature(method)}`**\n\n{_doc(method)}"


def _attributes(node: ast.ClassDef) -> Iterator[str]:
    """Dataclass fields; the string below one is its description."""
    for place, statement in enumerate(node.body):
        if isinstance(statement, ast.AnnAssign) and isinstance(statement.target, ast.Name):
            below = node.body[place + 1] if place + 1 < len(node.body) else None
            text = below.value.value if isinstance(below, ast.Expr) and isinstance(below.value, ast.Constant) else ""
            told = f": {str(text).strip()}" if text else ""
            if not statement.target.id.startswith("_"):
                yield f"* `{statement.target.id}: {ast.unparse(statement.annotation)}`{told}"


def _signature(function: ast.FunctionDef) -> str:
    arguments = ast.unparse(function.args)
    for first in ("self, ", "cls, ", "self", "cls"):
        if arguments == first or (first.endswith(" ") and arguments.startswith(first)):
            arguments = arguments.removeprefix(first)
    returns = f" -> {ast.unparse(function.returns)}" if function.returns else ""
    return f"{function.name}({arguments}){returns}"


def _doc(node: ast.FunctionDef | ast.ClassDef) -> str:
    return (ast.get_docstring(node) or "").strip()


def _tree(module: ModuleType) -> ast.Module:
    return ast.parse(inspect.getsource(module))


def _indented_as_code(text: str) -> str:
    """The docstring of the package: its indented example as a Python block."""
    prose, _, code = text.partition("\n\n")
    return f"{prose}\n\n```python\n{inspect.cleandoc(code)}\n```"


def _option_table() -> str:
    options = [option for option in cli.main.params if isinstance(option, click.Option)]
    rows = [f"| {', '.join(f'`{name}`' for name in option.opts)} | {option.help} |" for option in options]
    return "\n".join(["| option | meaning |", "| --- | --- |", *rows])


def _endpoint_table() -> str:
    rows = [
        "| name | command | path | needs | pages by | bucket | source |",
        "| --- | --- | --- | --- | --- | --- | --- |",
    ]
    for row in endpoints.ENDPOINTS.values():
        needs = ", ".join(row.required) or " or ".join(row.one_of)
        pages = f"{row.cursor}, up to {row.max_count}" if row.cursor else "one answer"
        source = f"[{row.source}]({row.url_of_source})"
        rows.append(f"| {row.name} | {row.command} | `{row.path}` | {needs} | {pages} | {row.bucket} | {source} |")
    return "\n".join(rows)


def _field_tables() -> Iterator[str]:
    for row in endpoints.ENDPOINTS.values():
        told = f"{row.summary} Source: [{row.source}]({row.url_of_source})."
        lines = [f"### {row.name}", "", told, "", "| field | type | meaning |", "| --- | --- | --- |"]
        for field in row.codebook:
            named = "" if field.by_default else " (named)"
            lines.append(f"| `{field.name}` | {field.type} | {field.meaning}{named} |")
        yield "\n".join(lines)


def _error_table() -> str:
    rows = ["| error | meaning | advice |", "| --- | --- | --- |"]
    kinds = [node.name for node in _tree(errors).body if isinstance(node, ast.ClassDef) and node.name in ttapi.__all__]
    for name in kinds:
        kind = getattr(errors, name)
        rows.append(f"| `{name}` | {' '.join((inspect.getdoc(kind) or '').split())} | {kind.advice} |")
    return "\n".join(rows)


if __name__ == "__main__":
    PAGE.write_text(page(), "utf-8")
