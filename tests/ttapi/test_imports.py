"""Imports inside ttapi run in one direction, and importing a part of it loads no more than that part needs."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import ttapi

PACKAGE = Path(ttapi.__file__).parent

ORDER = (
    "text",
    "clock",
    "strict_json",
    "handles",
    "video_ids",
    "days",
    "conditions",
    "contradictions",
    "query",
    "fields",
    "endpoints",
    "transport",
    "masking",
    "answer",
    "reading",
    "errors",
    "error_names",
    "cases",
    "items",
    "destination",
    "query_file",
    "token",
    "ledgers.__init__",
    "ledgers.addresses",
    "ledgers.mounts",
    "ledgers.base",
    "ledgers.sqlite",
    "ledgers.database",
    "ledgers.postgres",
    "ledgers.leases",
    "ledgers.opening",
    "request",
    "pager",
    "client",
    "span",
    "__init__",
    "output",
    "commands",
    "cli",
    "__main__",
)
"""Each module may import those above it only."""


def imports(module: str) -> Iterator[str]:
    """The modules of ttapi that a module imports, also inside functions and under TYPE_CHECKING."""
    for node in ast.walk(ast.parse((PACKAGE / f"{module.replace('.', '/')}.py").read_text("utf-8"))):
        if isinstance(node, ast.Import):
            for alias in node.names:
                if alias.name.split(".")[0] == "ttapi":
                    yield alias.name.partition(".")[2] or "__init__"
        elif isinstance(node, ast.ImportFrom):
            assert not node.level, f"{module} has a relative import"
            if node.module == "ttapi":
                yield from (alias.name if alias.name in ORDER else "__init__" for alias in node.names)
            elif (node.module or "").startswith("ttapi."):
                yield str(node.module).removeprefix("ttapi.")


def test_the_order_names_every_module() -> None:
    modules = (path.relative_to(PACKAGE).with_suffix("") for path in PACKAGE.rglob("*.py"))
    assert sorted(ORDER) == sorted(".".join(module.parts) for module in modules)


def test_each_module_imports_only_modules_above_it_in_the_order() -> None:
    upward = [
        f"{module} imports {imported}"
        for module in ORDER
        for imported in imports(module)
        if ORDER.index(imported) >= ORDER.index(module)
    ]
    assert upward == []


def test_type_checkers_see_every_public_name() -> None:
    tree = ast.parse((PACKAGE / "__init__.py").read_text("utf-8"))
    names = {
        alias.asname: node.module
        for block in tree.body
        if isinstance(block, ast.If)
        for node in block.body
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }
    assert names == ttapi._MODULES


def test_every_public_name_is_defined_in_the_module_that_the_table_names() -> None:
    assert set(ttapi.__all__) <= set(dir(ttapi))
    for name in ttapi.__all__:
        thing = getattr(ttapi, name)
        assert getattr(thing, "__module__", ttapi._MODULES[name]) == ttapi._MODULES[name]


def test_an_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="module 'ttapi' has no attribute 'Clint'"):
        ttapi.Clint  # noqa: B018


@pytest.mark.parametrize("statement", ["import ttapi", "import ttapi.query", "from ttapi import QuotaExhausted, Query"])
def test_only_the_client_loads_the_libraries_of_the_client(statement: str) -> None:
    code = (
        f"import sys\n{statement}\nprint(sorted({{'requests', 'tenacity', 'click', 'sqlite3'}} & sys.modules.keys()))"
    )
    process = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (process.stdout, process.stderr) == ("[]\n", "")
