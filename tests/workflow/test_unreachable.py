"""A failed connection: a fault while the address has never answered in this folder, and temporary once it has."""

import shutil
import socket
import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import yaml

from tests.support import MOCK_SECRET, MockServer, Outcome, command, small_study, start_mock_server
from tests.ttdata.store.test_raw_files import write_pages
from tests.workflow.test_module import outer_workflow, snakemake
from ttdata.store.paths import Folder

pytestmark = pytest.mark.slow

ASKED = "Is this machine online? Is the address right?"
CREDENTIALS = {"TIKTOK_CLIENT_KEY": "mock", "TIKTOK_CLIENT_SECRET": MOCK_SECRET}
VIDEOS = {"where": {"all": [{"region_code": "DE"}]}, "during": ["2025-01-01", "2025-01-03"]}
MORE = VIDEOS | {"during": ["2025-01-01", "2025-01-09"]}


@pytest.fixture
def closed() -> str:
    """An address on this machine where nobody listens."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return f"http://127.0.0.1:{listener.getsockname()[1]}"


@pytest.fixture
def brief_server() -> Iterator[MockServer]:
    """A server that a test may stop."""
    server = start_mock_server()
    yield server
    stop(server)


def stop(server: MockServer) -> None:
    server.process.terminate()
    server.process.communicate(timeout=10)


def build(folder: Path, url: str, videos: object = VIDEOS, **environment: str) -> Outcome:
    study = small_study(api={"base_url": url}, datasets={"small": {"videos": videos}})
    (folder / "config.yaml").write_text(yaml.safe_dump(study, sort_keys=False))
    return command(sys.executable, "-m", "ttdata", "build", directory=folder, **CREDENTIALS | environment)


def is_fault(outcome: Outcome, url: str) -> bool:
    said = " ".join(outcome.said.split())
    return outcome.status == 1 and ASKED in said and f"{url} does not answer" in said and "Traceback" not in said


def is_temporary(outcome: Outcome) -> bool:
    said = " ".join(outcome.said.split())
    return outcome.status == 75 and "Run the same command again in 1 h 00 min." in said and ASKED not in said


def test_an_address_that_never_answered_is_a_fault_each_time(tmp_path: Path, closed: str) -> None:
    for _ in range(2):
        outcome = build(tmp_path, closed)
        assert is_fault(outcome, closed), outcome.said
        assert max(map(len, outcome.said.splitlines())) <= 79


def test_a_page_on_disk_makes_a_failed_connection_temporary(tmp_path: Path, brief_server: MockServer) -> None:
    assert build(tmp_path, brief_server.url).status == 0
    stop(brief_server)
    assert is_temporary(build(tmp_path, brief_server.url, MORE))
    shutil.rmtree(tmp_path / ".ttdata")  # as `ttdata clean` leaves it
    assert is_temporary(build(tmp_path, brief_server.url, MORE))
    shutil.rmtree(tmp_path / "raw")
    shutil.rmtree(tmp_path / ".ttdata")
    assert is_fault(build(tmp_path, brief_server.url, MORE), brief_server.url)


def test_a_token_endpoint_that_refused_has_answered(tmp_path: Path, brief_server: MockServer) -> None:
    refused = build(tmp_path, brief_server.url, TIKTOK_CLIENT_SECRET="wrong")
    assert (refused.status, "secret is incorrect" in refused.said) == (1, True)
    stop(brief_server)
    assert is_temporary(build(tmp_path, brief_server.url))


def test_in_a_module_the_same_decides(tmp_path: Path, closed: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in CREDENTIALS.items():
        monkeypatch.setenv(name, value)
    outer_workflow(tmp_path, api={"base_url": closed})
    outcome = snakemake(tmp_path)
    assert is_fault(outcome, closed), outcome.said
    write_pages(Folder(tmp_path).raw(urlsplit(closed).netloc.replace(":", "_")).pages("videos", "earlier"))
    outcome = snakemake(tmp_path)
    assert outcome.status == 75, outcome.said
    assert "run the same command again later" in " ".join(outcome.said.split())
