"""Imports inside a package run in one direction: down its layers, and never in a cycle."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from benchmarks.import_levels import Graph, cycles, import_graph, layer, levels
from tests.support import PROJECT

# Layers of each package, top first. A module may import its own folder and the layers below; the folders (or modules)
# that share a line do not import each other. `__init__` is the package's own.
LAYERS = {
    "mockserver": (
        "__init__ __main__ pytest_plugin",
        "adapters conform record",
        "admin",
        "core",
        "journal",
        "endpoints",
        "tenants tools",
        "search",
        "messages",
        "behaviours",
        "world",
        "logs version",
    ),
    "ttdata": (
        "__main__",
        "cli",
        "workflow",
        "samples",
        "audit doctor",
        "publish",
        "comply",
        "serial",
        "matching sync upgrade",
        "build collect",
        "plan",
        "answers",
        "api",
        "store",
        "study",
        "tables",
        "source_kinds files packaged program text errors __init__",
    ),
}


def upward_imports(graph: Graph, layers: tuple[str, ...]) -> Iterator[str]:
    depth = {name: number for number, names in enumerate(layers) for name in names.split()}
    for module, imports in graph.items():
        for imported in imports:
            importer, target = layer(module), layer(imported)
            if importer != target and depth[importer] >= depth[target]:
                yield f"{module} imports {imported}"


@pytest.mark.parametrize("package", LAYERS)
def test_every_module_belongs_to_a_layer(package: str) -> None:
    names = " ".join(LAYERS[package]).split()
    assert {layer(module) for module in import_graph(PROJECT / package)} == set(names)
    assert len(set(names)) == len(names)


@pytest.mark.parametrize("package", LAYERS)
def test_a_module_imports_only_its_own_folder_and_the_layers_below(package: str) -> None:
    assert not list(upward_imports(import_graph(PROJECT / package), LAYERS[package]))


@pytest.mark.parametrize("package", LAYERS)
def test_no_import_cycle(package: str) -> None:
    assert not cycles(import_graph(PROJECT / package))


@pytest.mark.parametrize("package", LAYERS)
def test_the_init_file_of_a_folder_is_one_docstring(package: str) -> None:
    for path in (PROJECT / package).glob("*/**/__init__.py"):
        (statement,) = ast.parse(path.read_text("utf-8")).body
        assert isinstance(statement, ast.Expr), path
        assert isinstance(statement.value, ast.Constant), path


# The check itself


@pytest.fixture
def package(tmp_path: Path) -> Path:
    """A package whose modules import each other in every way that Python has."""
    files = {
        "__init__": "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from pkg.top import f",
        "top": "def f():\n    import pkg.low.one",
        "low.__init__": '"""Low."""',
        "low.one": "from pkg.low import two",
        "low.two": "from . import three\nfrom os import path",
        "low.three": "from ..side import x\nfrom .two import y",
        "side": "x = 1",
    }
    for name, text in files.items():
        path = tmp_path / "pkg" / f"{name.replace('.', '/')}.py"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return tmp_path / "pkg"


def test_lazy_typing_and_relative_imports_are_found(package: Path) -> None:
    assert import_graph(package) == {
        "pkg": {"pkg.top"},
        "pkg.top": {"pkg.low.one"},
        "pkg.low": set(),
        "pkg.low.one": {"pkg.low.two"},
        "pkg.low.two": {"pkg.low.three"},
        "pkg.low.three": {"pkg.side", "pkg.low.two"},
        "pkg.side": set(),
    }


def test_a_cycle_is_found_and_counts_as_one_level(package: Path) -> None:
    graph = import_graph(package)
    assert cycles(graph) == [["pkg.low.three", "pkg.low.two"]]
    assert levels(graph) == 5


def test_an_import_of_a_layer_above_or_beside_is_found(package: Path) -> None:
    graph = import_graph(package)
    assert not list(upward_imports(graph, ("__init__", "top", "low", "side")))
    assert list(upward_imports(graph, ("__init__", "top", "side", "low"))) == ["pkg.low.three imports pkg.side"]
    assert list(upward_imports(graph, ("__init__", "top", "low side"))) == ["pkg.low.three imports pkg.side"]
