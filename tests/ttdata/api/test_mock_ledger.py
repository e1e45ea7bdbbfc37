"""In which ledger the requests to the bundled server are counted."""

import subprocess
import sys
from pathlib import Path

import pytest

from ttdata.api import mock_server
from ttdata.api.mock_server import MockServer
from ttdata.store.paths import Folder


@pytest.fixture
def server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> MockServer:
    monkeypatch.delenv("TTAPI_LEDGER")
    process = subprocess.Popen([sys.executable, "-c", ""], text=True)
    return MockServer(process, "http://127.0.0.1:1", Folder(tmp_path))


def test_they_are_counted_in_the_folder_of_the_study(server: MockServer, tmp_path: Path) -> None:
    assert server.to_environment()["TTAPI_LEDGER"] == str(tmp_path / ".ttdata" / "mock-quota.sqlite")
    server.stop()


def test_a_ledger_that_is_named_stays_and_its_password_is_not_passed_on(
    server: MockServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TTAPI_LEDGER", "postgresql://quota:secret@host/ledger")
    assert list(server.to_environment()) == ["TTDATA_MOCK_URL"]
    server.stop()


def test_on_a_network_file_system_they_are_counted_in_a_temporary_file(
    server: MockServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mock_server, "network_file_system", lambda path: "nfs4")
    ledger = Path(server.to_environment()["TTAPI_LEDGER"])
    assert ledger.parent.is_dir()
    assert not ledger.is_relative_to(tmp_path)
    assert server.to_environment()["TTAPI_LEDGER"] == str(ledger)
    server.stop()
    assert not ledger.parent.exists()
