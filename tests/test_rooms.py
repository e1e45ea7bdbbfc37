"""The rooms of the house keep to themselves: who may import whom."""

import ast
from pathlib import Path

import pytest

from tests.support import PROJECT

ROOMS = {"ttapi", "mockserver", "ttdata"}
MAY = {"ttapi": set(), "mockserver": set(), "ttdata": {"ttapi"}}


def imported(file: Path) -> set[str]:
    names: set[str] = set()
    for node in ast.walk(ast.parse(file.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            names.add(node.module.split(".")[0])
    return names


@pytest.mark.parametrize("room", sorted(ROOMS))
def test_a_room_imports_only_the_rooms_it_may(room: str) -> None:
    files = list((PROJECT / room).rglob("*.py"))
    assert files
    for file in files:
        assert imported(file) & ROOMS <= MAY[room] | {room}, file


def test_only_ttdata_knows_duckdb_and_only_the_mock_serves() -> None:
    for room in ROOMS - {"ttdata"}:
        assert not any("duckdb" in imported(file) for file in (PROJECT / room).rglob("*.py"))
    for room in ROOMS - {"mockserver"}:
        assert not any("aiohttp" in imported(file) for file in (PROJECT / room).rglob("*.py"))


def test_no_committed_file_names_a_package_registry_or_this_machine() -> None:
    lock = (PROJECT / "requirements.lock").read_text()
    assert "--hash=sha256:" in lock
    assert "://" not in lock
    assert "--index" not in lock
