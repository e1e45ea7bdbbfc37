"""The doctor: one plain sentence for each thing looked at, and a status for scripts."""

from collections.abc import Iterator

import pytest
from click.testing import CliRunner

import mockserver.tools.doctor
from mockserver.__main__ import main
from mockserver.adapters.threads import InThread
from mockserver.core import Core
from tests.mockserver.conftest import ADMIN, USER, Api, OtherProgram
from tests.support import Outcome

EMPTY = {"username": "mock_empty"}


@pytest.fixture
def served(core: Core) -> Iterator[Api]:
    with InThread(core) as mock:
        yield Api(mock)


def doctor(*options: str) -> Outcome:
    done = CliRunner().invoke(main, ["doctor", *options])
    assert done.exception is None or isinstance(done.exception, SystemExit)
    assert all(len(line) <= 80 for line in done.output.splitlines())
    return Outcome(done.exit_code, " ".join(done.output.split()))


def look(api: Api) -> Outcome:
    return doctor("--url", api.mock.url, "--admin-token", ADMIN)


def test_a_server_in_good_health_has_status_0(served: Api) -> None:
    served.post("user/info", EMPTY, USER)
    outcome = look(served)
    assert (outcome.status, outcome.said.count("!!")) == (0, 0)
    for sentence in (
        "Version 0.1.0, Python 3.",
        "The same seed gives the same bytes here as everywhere.",
        "It listens on the loopback only.",
        "1 client keys were used.",
        "mock: the clock says 2026-06-01 12:00 UTC.",
    ):
        assert sentence in outcome.said


def test_what_would_surprise_a_client_is_told(served: Api) -> None:
    served.key = served.mock.client_key = "mock:quota=1,org=a,member=ann"
    served.post("user/info", EMPTY, USER)
    served.mock.play({"faults": [{"do": ["reset", "stall"]}]})
    served.mock.switch_on("sparse")
    served.mock.tenant.clock.freeze(True)
    served.mock.tenant.members["ann"] = False
    outcome = look(served)
    assert outcome.status == 1
    for sentence in (
        "ok mock:quota=1,org=a: the clock stands at 2026-06-01 12:00 UTC; quirks on: sparse.",
        "!! mock:quota=1,org=a: the general quota of today is spent (1 of 1). It is back at 12 AM UTC of that clock.",
        "!! mock:quota=1,org=a: 2 planned faults have not happened: reset, stall.",
        "ok mock:quota=1,org=a: removed collaborators get no token: ann.",
    ):
        assert sentence in outcome.said


def test_without_the_admin_token_clients_are_not_looked_at(served: Api) -> None:
    outcome = doctor("--url", served.mock.url)
    assert outcome.status == 0
    assert "ok Clients were not looked at: give the --admin-token" in outcome.said


def test_a_wrong_admin_token_is_told(served: Api) -> None:
    outcome = doctor("--url", served.mock.url, "--admin-token", "wrong")
    assert outcome.status == 1
    assert "!! The admin token is not the one that the server printed" in outcome.said


def test_the_admin_token_can_stand_in_the_environment(served: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TIKTOK_MOCK_ADMIN_TOKEN", ADMIN)
    assert "The admin token opens it" in doctor("--url", served.mock.url).said


def test_a_server_of_another_version_is_told(served: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mockserver.tools.doctor, "VERSION", "9.9")
    outcome = look(served)
    assert outcome.status == 1
    assert f"!! A server of version 0.1.0 runs at {served.mock.url}." in outcome.said


def test_a_server_that_other_computers_can_reach_is_told(served: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mockserver.tools.doctor, "_addresses", lambda: {"127.0.0.1"})
    outcome = look(served)
    assert outcome.status == 1
    assert "!! It listens on 127.0.0.1 too, so other computers can reach it. Leave --host away." in outcome.said


def test_a_server_that_should_run_and_does_not_is_told() -> None:
    outcome = doctor("--url", "http://127.0.0.1:1")
    assert outcome.status == 1
    assert "!! No server runs at http://127.0.0.1:1." in outcome.said


@pytest.mark.parametrize("url", ["nonsense", "http://[", "ftp://127.0.0.1", "http://127.0.0.1:99999", "http://:80"])
def test_an_address_that_is_none_is_told(url: str) -> None:
    outcome = doctor("--url", url)
    assert outcome.status == 2
    assert "use an address such as http://127.0.0.1:8787" in outcome.said


def test_another_program_on_the_port_is_told(other_program: OtherProgram) -> None:
    outcome = doctor("--url", other_program.url)
    assert outcome.status == 1
    assert f"!! What runs at {other_program.url} is not this mock server." in outcome.said


def test_a_proxy_that_stands_between_is_told_without_its_password(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", "http://user:password@proxy.example:3128")
    monkeypatch.setenv("no_proxy", "localhost")
    outcome = doctor()
    assert outcome.status == 1
    assert "!! HTTP_PROXY is set, so programs ask the proxy for 127.0.0.1. Set NO_PROXY=127.0.0.1." in outcome.said
    assert "password" not in outcome.said


def test_a_machine_with_other_bytes_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mockserver.tools.doctor, "GOLDEN", "")
    outcome = doctor()
    assert outcome.status == 1
    assert "!! The world of seed 1 has other bytes here than elsewhere" in outcome.said
