"""The doctor: one sentence for each check; an exit status and JSON for scripts."""

import json
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
    result = CliRunner().invoke(main, ["doctor", *options])
    assert result.exception is None or isinstance(result.exception, SystemExit)
    assert all(len(line) <= 80 for line in result.output.splitlines())
    return Outcome(result.exit_code, " ".join(result.output.split()))


def check(api: Api) -> Outcome:
    return doctor("--url", api.mock.url, "--admin-token", ADMIN)


def test_a_healthy_server_has_exit_status_0(served: Api) -> None:
    served.post("user/info", EMPTY, USER)
    outcome = check(served)
    assert (outcome.status, outcome.said.count("!!")) == (0, 0)
    for sentence in (
        "Version 0.2.0, Python 3.",
        "The world of seed 1 is the same here as on other machines.",
        "Only this computer can reach it.",
        "The admin token is right. Client keys in use: 1.",
        "mock: the clock is at 2026-06-01 12:00 UTC.",
    ):
        assert sentence in outcome.said


def test_what_would_surprise_a_client_is_reported(served: Api) -> None:
    served.key = served.mock.client_key = "mock:quota=1,org=a,member=ann"
    served.post("user/info", EMPTY, USER)
    served.mock.play({"faults": [{"do": ["reset", "stall"]}]})
    served.mock.switch_on("sparse")
    served.mock.tenant.clock.freeze(True)
    served.mock.tenant.members["ann"] = False
    outcome = check(served)
    assert outcome.status == 1
    for sentence in (
        "ok mock:quota=1,org=a: the clock is stopped at 2026-06-01 12:00 UTC; quirks: sparse.",
        "!! mock:quota=1,org=a: today's general quota is spent (1 of 1). It resets at 12 AM UTC by the client's clock.",
        "!! mock:quota=1,org=a: planned faults that have not happened (2): reset, stall.",
        "ok mock:quota=1,org=a: removed collaborators, who get no token: ann.",
    ):
        assert sentence in outcome.said


@pytest.mark.parametrize("is_healthy", [True, False])
def test_scripts_get_every_finding_as_one_json_object(served: Api, is_healthy: bool) -> None:
    options = ["--url", served.mock.url, "--admin-token", ADMIN if is_healthy else "wrong"]
    printed = CliRunner().invoke(main, ["doctor", *options, "--json"])
    content = json.loads(printed.stdout)
    assert (printed.exit_code, content["healthy"]) == (0 if is_healthy else 1, is_healthy)
    assert [each["ok"] for each in content["checks"]].count(False) == (0 if is_healthy else 1)
    for_people = doctor(*options).said
    assert all(each["message"] in for_people for each in content["checks"])


def test_without_the_admin_token_clients_are_not_checked(served: Api) -> None:
    outcome = doctor("--url", served.mock.url)
    assert outcome.status == 0
    assert "ok Clients were not checked. For that, pass the --admin-token" in outcome.said


def test_a_wrong_admin_token_is_reported(served: Api) -> None:
    outcome = doctor("--url", served.mock.url, "--admin-token", "wrong")
    assert outcome.status == 1
    assert "!! This is not the admin token that the server printed when it started." in outcome.said


def test_the_admin_token_can_be_in_the_environment(served: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TIKTOK_MOCK_ADMIN_TOKEN", ADMIN)
    assert "The admin token is right." in doctor("--url", served.mock.url).said


def test_a_server_of_another_version_is_reported(served: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mockserver.tools.doctor, "VERSION", "9.9")
    outcome = check(served)
    assert outcome.status == 1
    assert f"!! A mock server of version 0.2.0 is running at {served.mock.url}." in outcome.said


def test_a_server_that_other_computers_can_reach_is_reported(served: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mockserver.tools.doctor, "_addresses", lambda: {"127.0.0.1"})
    outcome = check(served)
    assert outcome.status == 1
    assert "!! It also listens on 127.0.0.1, so other computers can reach it. Leave out --host." in outcome.said


def test_a_server_that_should_be_running_and_is_not_is_reported() -> None:
    outcome = doctor("--url", "http://127.0.0.1:1")
    assert outcome.status == 1
    assert "!! No server is running at http://127.0.0.1:1." in outcome.said


@pytest.mark.parametrize("url", ["nonsense", "http://[", "ftp://127.0.0.1", "http://127.0.0.1:99999", "http://:80"])
def test_a_wrong_url_is_reported(url: str) -> None:
    outcome = doctor("--url", url)
    assert outcome.status == 2
    assert "use an address such as http://127.0.0.1:8787" in outcome.said


def test_another_program_on_the_port_is_reported(other_program: OtherProgram) -> None:
    outcome = doctor("--url", other_program.url)
    assert outcome.status == 1
    assert f"!! Another program, not the mock, is running at {other_program.url}." in outcome.said


def test_a_proxy_in_the_environment_is_reported_without_its_password(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", "http://user:password@proxy.example:3128")
    monkeypatch.setenv("no_proxy", "localhost")
    outcome = doctor()
    assert outcome.status == 1
    assert (
        "!! HTTP_PROXY is set, so programs reach 127.0.0.1 through that proxy. Set NO_PROXY=127.0.0.1." in outcome.said
    )
    assert "password" not in outcome.said


def test_a_machine_that_makes_another_world_is_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mockserver.tools.doctor, "GOLDEN", "")
    outcome = doctor()
    assert outcome.status == 1
    assert "!! The world of seed 1 differs from that on other machines." in outcome.said
