"""How the modules of each package import each other: their number, import levels, and those in cycles.

    python benchmarks/import_levels.py [FOLDER]

levels: the number of modules in the longest chain of imports; a cycle counts as one module. layers: the same, with each
folder as one module. Imports inside functions and under TYPE_CHECKING count; that importing a module also runs the
`__init__` of its packages does not.
FOLDER: a checkout of this project, so that two versions can be compared.
"""

import ast
import sys
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path

PACKAGES = ("ttapi", "mockserver", "ttdata")
Graph = Mapping[str, frozenset[str]]


def import_graph(folder: Path) -> Graph:
    """The modules of a package, each with those of the same package that it imports; `p.sub` is `p/sub/__init__.py`."""
    files = {_name(path, folder): path for path in sorted(folder.rglob("*.py"))}
    return {name: frozenset(_imports(name, path, set(files))) for name, path in files.items()}


def _name(path: Path, folder: Path) -> str:
    parts = path.relative_to(folder.parent).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def _imports(name: str, path: Path, modules: set[str]) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            yield from modules.intersection(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            origin = node.module or ""
            if node.level:
                depth = node.level - (path.name == "__init__.py")
                origin = ".".join(filter(None, [*name.split(".")[: -depth or None], origin]))
            for alias in node.names:
                submodule = f"{origin}.{alias.name}"
                yield from {submodule if submodule in modules else origin} & modules


def layer(module: str) -> str:
    """The folder of a module in its package; of a module at the top its own name, such as `core` or `__init__`."""
    return [*module.split("."), "__init__"][1]


def layer_graph(graph: Graph) -> Graph:
    """The folders of a package, each with the other folders that its modules import."""
    names = {layer(module) for module in graph}
    return {
        name: frozenset(layer(each) for module in graph if layer(module) == name for each in graph[module]) - {name}
        for name in names
    }


def cycles(graph: Graph) -> list[list[str]]:
    """The groups of modules that import each other, directly or through others."""
    groups = {_group(name, graph) for name in graph}
    return sorted(sorted(group) for group in groups if len(group) > 1 or any(name in graph[name] for name in group))


def _group(name: str, graph: Graph) -> frozenset[str]:
    """The cycle that a module is in; the module alone if it is in none."""
    return frozenset({name} | {other for other in _reachable(name, graph) if name in _reachable(other, graph)})


def _reachable(name: str, graph: Graph) -> set[str]:
    reached: set[str] = set()
    todo = set(graph[name])
    while todo:
        module = todo.pop()
        reached.add(module)
        todo |= graph[module] - reached
    return reached


def levels(graph: Graph) -> int:
    """The length of the longest chain of imports, cycles counted as one module."""
    groups = {name: _group(name, graph) for name in graph}

    @cache
    def height(group: frozenset[str]) -> int:
        below = {groups[imported] for name in group for imported in graph[name]} - {group}
        return 1 + max(map(height, below), default=0)

    return max(map(height, groups.values()), default=0)


def main(root: Path) -> None:
    print(f"{'package':<12}{'modules':>8}{'layers':>8}{'levels':>8}{'in cycles':>11}")
    for package in PACKAGES:
        graph = import_graph(root / package)
        loops = cycles(graph)
        counts = len(graph), levels(layer_graph(graph)), levels(graph), sum(map(len, loops))
        print("{:<12}{:>8}{:>8}{:>8}{:>11}".format(package, *counts))
        for loop in loops:
            print(f"  cycle: {', '.join(loop)}")


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parents[1])
