"""The three packages: which may import which, and which third-party packages they may use."""

import ast
from pathlib import Path

import pytest

from tests.support import PROJECT

PACKAGES = {"ttapi", "mockserver", "ttdata"}
ALLOWED = {"ttapi": set(), "mockserver": set(), "ttdata": {"ttapi"}}


def imported(file: Path) -> set[str]:
    names: set[str] = set()
    for node in ast.walk(ast.parse(file.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            names.add(node.module.split(".")[0])
    return names


@pytest.mark.parametrize("package", sorted(PACKAGES))
def test_a_package_imports_only_the_packages_that_it_may(package: str) -> None:
    files = list((PROJECT / package).rglob("*.py"))
    assert files
    for file in files:
        assert imported(file) & PACKAGES <= ALLOWED[package] | {package}, file


@pytest.mark.slow
def test_only_ttdata_uses_duckdb_and_only_the_mock_server_uses_aiohttp() -> None:
    for package in PACKAGES - {"ttdata"}:
        assert not any("duckdb" in imported(file) for file in (PROJECT / package).rglob("*.py"))
    for package in PACKAGES - {"mockserver"}:
        assert not any("aiohttp" in imported(file) for file in (PROJECT / package).rglob("*.py"))


def test_no_committed_file_names_a_package_registry_or_this_machine() -> None:
    for name in ("requirements.lock", ".requirements-build.lock"):
        lock = (PROJECT / name).read_text()
        assert "--hash=sha256:" in lock
        assert "://" not in lock
        assert "--index" not in lock
