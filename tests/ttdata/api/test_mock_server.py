"""The bundled server: on this machine alone, unless an address for other machines is named."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cluster.namespaces import HERE, CannotRun, second_machine
from ttdata.api.mock_server import HOST, MockServer, NotStarted
from ttdata.store.paths import Folder

JOB = """
from datetime import date
from ttdata.api.client import client
from ttdata.plan.plan import Plan
from ttdata.study.study import Study
plan = Plan.of(Study.check({"study": "s", "api": {"base_url": "mock"}, "datasets": {"d": {"videos": {
    "where": {"any": [{"hashtag_name": "fyp"}]}, "during": ["2025-01-01", "2025-01-02"]}}}}, today=date(2026, 6, 1)))
pages = client(plan, attempts=1, timeout=(2.0, 20.0)).pages("video.query", plan.slices[0].body)
answer = next(iter(pages))
print("records", len(answer.records))
"""
ADMIN = "import urllib.request as u, sys; u.urlopen(sys.argv[1] + '/__mock__/tenants', timeout=5)"


@pytest.fixture
def elsewhere() -> Iterator[list[str]]:
    try:
        with second_machine() as words:
            yield words
    except CannotRun as reason:
        pytest.skip(str(reason))


def run(words: list[str], server: MockServer, *command: str) -> "subprocess.CompletedProcess[str]":
    environment = {**os.environ, **server.to_environment()}
    return subprocess.run(
        [*words, sys.executable, "-c", *command], env=environment, capture_output=True, text=True, check=False
    )


@pytest.mark.slow
def test_another_machine_reaches_it_only_on_request_and_its_admin_pages_need_the_token(
    elsewhere: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("TTAPI_LEDGER", raising=False)
    folder = Folder(tmp_path)
    here = MockServer.start(folder)
    try:
        assert "127.0.0.1" in here.url
        assert run([], here, JOB).stdout.startswith("records ")
        assert run(elsewhere, here, JOB).returncode != 0
    finally:
        here.stop()
    monkeypatch.setenv(HOST, HERE)
    shared = MockServer.start(folder)
    try:
        assert run(elsewhere, shared, JOB).stdout.startswith("records ")
        refused = run(elsewhere, shared, ADMIN, shared.url)
        assert "403" in refused.stderr
    finally:
        shared.stop()


def test_an_address_of_another_machine_is_refused_in_a_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(HOST, "203.0.113.9")
    with pytest.raises(NotStarted, match=r"TTDATA_MOCK_HOST=203\.0\.113\.9 must be an address of this machine"):
        MockServer.start(Folder(tmp_path))
