"""Fixtures of the tests of ttdata."""

from pathlib import Path

import pytest


@pytest.fixture(autouse=True)
def own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A study's folder is the current one, so each test has its own."""
    monkeypatch.chdir(tmp_path)
    return tmp_path
