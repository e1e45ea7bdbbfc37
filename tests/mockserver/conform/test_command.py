"""`tiktok-mock conform` and `tiktok-mock fidelity --with`, as a user types them."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from mockserver import InThread
from mockserver.__main__ import main
from mockserver.adapters.mock import Mock
from mockserver.conform import run as module
from mockserver.conform.destination import NotSent, check_destination
from mockserver.tenants.options import SECRET
from ttapi.destination import Destination, trusted_hosts
from ttapi.destination import check_destination as check_of_ttapi
from ttapi.errors import UntrustedHost


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Mock]:
    """A mock on a socket, and the credentials for it in the environment, in an empty folder."""
    monkeypatch.chdir(tmp_path)
    with InThread() as mock:
        set_key(monkeypatch, "mock")
        monkeypatch.setattr(module.time, "sleep", lambda seconds: None)
        yield mock


def set_key(monkeypatch: pytest.MonkeyPatch, key: str, secret: str = SECRET) -> None:
    monkeypatch.setenv("TIKTOK_CLIENT_KEY", key)
    monkeypatch.setenv("TIKTOK_CLIENT_SECRET", secret)


def tiktok_mock(*words: str) -> Result:
    result = CliRunner().invoke(main, words)
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result


def conform(server: Mock, *words: str) -> Result:
    return tiktok_mock("conform", "--base-url", server.url, *words)


def requests_to(server: Mock) -> int:
    return sum(len(tenant.journal) for tenant in server.core.tenants.values())


@pytest.mark.slow
def test_a_comparison_prints_its_cost_first_and_writes_a_report(server: Mock) -> None:
    result = conform(server)
    assert result.exit_code == 0
    assert result.output.startswith("36 requests: ")
    report = json.loads(Path("conform.json").read_text())
    assert (report["server"], report["day"], report["requests_sent"]) == ("a mock server", "2026-06-01", 36)
    assert not Path("conform.json.answers").exists()
    counted = tiktok_mock("fidelity", "--with", "conform.json").output.splitlines()
    assert "contradicted 0" in counted
    assert any(line.startswith("confirmed ") and int(line.split()[1]) > 60 for line in counted)
    assert "This says nothing about the real API." in "\n".join(counted)


def test_the_plan_needs_no_server_and_no_credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("TIKTOK_CLIENT_KEY", raising=False)
    result = tiktok_mock("conform", "--plan")
    assert result.exit_code == 0
    assert "probes, each with its requests and the mock's answer" in result.output


def test_the_plan_sends_nothing(server: Mock) -> None:
    assert conform(server, "--plan").exit_code == 0
    assert not server.core.tenants


@pytest.mark.slow
def test_a_spent_quota_stops_it_and_the_same_command_continues_without_repeating(
    server: Mock, monkeypatch: pytest.MonkeyPatch
) -> None:
    set_key(monkeypatch, "mock:quota=20")
    stopped = conform(server)
    assert stopped.exit_code == 75
    assert "The quota is spent." in stopped.output
    assert "in 11 h 59 min" in stopped.output or "in 12 h 00 min" in stopped.output
    server.client_key = "mock:quota=20"
    server.move_clock("next-utc-midnight")
    result = conform(server)
    assert result.exit_code == 0
    assert "have been sent before, and are not repeated" in result.output
    report = json.loads(Path("conform.json").read_text())
    # One token more, and the request that the quota stopped.
    assert report["requests_sent"] == 38
    assert requests_to(server) == 36 - 5 + 1
    bodies = [(call["endpoint"], call["body"], call["fields"]) for call in server.calls if call["code"] == "ok"]
    assert len(bodies) == len(set(bodies))
    assert "contradicted 0" in tiktok_mock("fidelity", "--with", "conform.json").output


def test_a_finished_report_is_not_overwritten_by_a_run_that_costs_as_much_again(server: Mock) -> None:
    Path("conform.json").write_text("{}")
    result = conform(server)
    assert result.exit_code == 1
    assert "conform.json exists. Nothing was sent." in result.output
    assert not server.core.tenants


@pytest.mark.slow
def test_it_continues_after_a_kill(server: Mock, monkeypatch: pytest.MonkeyPatch) -> None:
    answer = module.Run._answer

    def killed(self: module.Run, row: module.Row) -> None:
        answer(self, row)
        if row.name == "broad":
            raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(module.Run, "_answer", killed)
        result = conform(server)
    assert result.exit_code == 130
    assert "the same command continues" in result.output
    with Path("conform.json.answers").open("a") as file:
        file.write('{"request": "bro')  # as if the machine had stopped while it wrote
    assert conform(server).exit_code == 0
    assert requests_to(server) == 36 - 5  # the journal has no request for a token, and none for another product
    assert json.loads(Path("conform.json").read_text())["requests_sent"] == 37


def test_the_answers_of_another_server_are_not_mixed(server: Mock, monkeypatch: pytest.MonkeyPatch) -> None:
    set_key(monkeypatch, "mock:quota=5")
    assert conform(server).exit_code == 75
    set_key(monkeypatch, "mock")
    result = conform(server)
    assert result.exit_code == 1
    assert (
        "conform.json.answers has the answers of another server, client or account. Nothing was sent." in result.output
    )


@pytest.mark.slow
def test_a_token_of_the_environment_is_used(server: Mock, monkeypatch: pytest.MonkeyPatch) -> None:
    token = server.tenant.issue_token("")
    values = {"access_token": token, "instance": "", "expires_at": 4e9, "clock_offset": 0.0}
    monkeypatch.setenv("TIKTOK_ACCESS_TOKEN", json.dumps(values))
    assert conform(server).exit_code == 0
    assert json.loads(Path("conform.json").read_text())["requests_sent"] == 35


@pytest.mark.parametrize(
    ("key", "secret", "message"),
    [
        ("mock", "wrong", "The server gives no token: invalid_client. "),
        ("", "mock-secret", "TIKTOK_CLIENT_KEY is not set in the environment. Nothing was sent."),
        ("real", "secret", "Your client key was not sent to 127.0.0.1"),
        ("mock:removed", "mock-secret", "The server gives no token: invalid_client. "),
    ],
)
def test_credentials_that_do_not_work_end_with_a_sentence(
    server: Mock, monkeypatch: pytest.MonkeyPatch, key: str, secret: str, message: str
) -> None:
    set_key(monkeypatch, key, secret)
    result = conform(server)
    assert result.exit_code == 1
    assert message in result.output
    assert not Path("conform.json").exists()
    assert len(server.calls) == 0


def test_a_server_that_does_not_answer_ends_with_a_sentence(server: Mock) -> None:
    result = tiktok_mock("conform", "--base-url", "http://127.0.0.1:9")
    assert result.exit_code == 1
    assert "Nothing answers at http://127.0.0.1:9. 0 of at most 40 requests were sent." in result.output


@pytest.mark.slow
def test_a_server_that_goes_away_is_asked_again_later(server: Mock, monkeypatch: pytest.MonkeyPatch) -> None:
    send = module.requests.Session.request

    def lost(session: Any, method: str, url: str, **options: Any) -> Any:
        if len(server.calls) == 3:
            raise module.requests.ConnectionError("no route to host")
        return send(session, method, url, **options)

    with monkeypatch.context() as patch:
        patch.setattr(module.requests.Session, "request", lost)
        result = conform(server)
    assert result.exit_code == 75
    assert "The server cannot be reached any more. 7 of at most 40 requests were sent." in result.output
    assert conform(server).exit_code == 0
    assert json.loads(Path("conform.json").read_text())["requests_sent"] == 37


@pytest.mark.parametrize(
    "content", ["", "[]", '{"format": 1}', '{"format": 7, "answers": {}}', '{"format": 1, "answers": 5}']
)
def test_a_file_that_is_no_report_is_refused(tmp_path: Path, content: str) -> None:
    file = tmp_path / "file"
    file.write_text(content)
    result = tiktok_mock("fidelity", "--with", str(file))
    assert result.exit_code == 2
    assert "Invalid value for --with" in result.output


# Where credentials may go: ttapi decides the same


@pytest.mark.parametrize("trusted", ["", "mock.example.org", "mock.example.org:8080", "open.tiktokapis.com"])
@pytest.mark.parametrize("key", ["mock", "mock:quota=3", "awkey"])
@pytest.mark.parametrize(
    "url",
    [
        *("https://open.tiktokapis.com", "http://open.tiktokapis.com", "https://open.tiktokapis.com:8443"),
        *("http://127.0.0.1:8787", "http://localhost:1", "http://[::1]:80", "http://127.0.0.2"),
        *("https://mock.example.org", "http://mock.example.org", "http://mock.example.org:8080", "ftp://127.0.0.1"),
        *("https://user:pass@open.tiktokapis.com", "https://open.tiktokapis.com.example.org", "nosuch", "https://"),
    ],
)
def test_credentials_go_where_ttapi_would_send_them(url: str, key: str, trusted: str) -> None:
    environment = {"TIKTOK_TRUSTED_HOST": trusted}
    try:
        check_of_ttapi(Destination.of(url), key, trusted_hosts(environment))
        expected = True
    except (UntrustedHost, ValueError):
        expected = False
    try:
        check_destination(url, key, environment)
        actual = True
    except NotSent:
        actual = False
    assert actual == expected
