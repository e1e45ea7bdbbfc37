"""`python -m mockserver`: how it starts and ends, and what it prints."""

import json
import os
import re
import signal
import socket
import ssl
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests
from click.testing import CliRunner

from mockserver.__main__ import main
from mockserver.behaviours.faults import scenarios
from mockserver.endpoints.addresses import API_HOST
from tests.support import Outcome, command, start_mock_server


@pytest.fixture(autouse=True)
def scenarios_as_before() -> Iterator[None]:
    """Scenarios that a command adds in this process are removed again."""
    yield
    scenarios.cache_clear()


def run(*arguments: str) -> Outcome:
    """Run a command in this process, which takes a tenth of the time. An exception fails the test."""
    result = CliRunner().invoke(main, arguments)
    assert result.exception is None or isinstance(result.exception, SystemExit)
    return Outcome(result.exit_code, result.output)


def stop(process: "subprocess.Popen[str]", number: int = signal.SIGTERM) -> int:
    process.send_signal(number)
    status = process.wait(5)
    process.communicate()
    return status


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_ends_at_once_with_status_0_on_a_signal(number: int) -> None:
    server = start_mock_server()
    assert requests.get(f"{server.url}/__mock__/health", timeout=10).status_code == 200
    assert stop(server.process, number) == 0


def test_it_ends_when_the_process_that_it_serves_is_killed() -> None:
    other = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    server = start_mock_server("--exit-with", str(other.pid))
    other.kill()
    other.communicate()
    assert server.process.wait(5) == 0
    server.process.communicate()


def test_it_ends_at_once_if_the_process_has_already_ended() -> None:
    other = subprocess.Popen([sys.executable, "-c", ""])
    other.wait()
    server = start_mock_server("--exit-with", str(other.pid))
    assert server.process.wait(5) == 0
    server.process.communicate()


def test_a_port_in_use_is_reported_in_one_sentence() -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = str(other.getsockname()[1])
        outcome = command(sys.executable, "-m", "mockserver", "--port", port)
    assert outcome.status == 1
    assert outcome.said.count("\n") == 1
    assert re.match(
        rf"Cannot listen on 127\.0\.0\.1:{port}: Address already in use\. Choose another --port", outcome.said
    )


def test_as_a_proxy_it_prints_what_to_paste_and_deletes_its_ca_at_the_end() -> None:
    server = start_mock_server("--proxy", "--videos", "1000", "--exit-with", str(os.getpid()))
    try:
        assert server.process.stdout
        lines = [server.process.stdout.readline() for _ in range(10)]
        exports = [line.removeprefix("export ").strip() for line in lines if line.startswith("export ")]
        environment = dict(line.split("=", 1) for line in exports)
        assert environment["HTTPS_PROXY"] == server.url
        ca = Path(environment["SSL_CERT_FILE"])
        assert "BEGIN CERTIFICATE" in ca.read_text()
        form = {"client_key": "mock", "client_secret": "mock-secret", "grant_type": "client_credentials"}
        url, proxies = f"https://{API_HOST}/v2/oauth/token/", {"https": server.url}
        assert "access_token" in requests.post(url, data=form, proxies=proxies, verify=str(ca), timeout=10).text
    finally:
        assert stop(server.process) == 0
    assert not ca.exists()


def test_the_proxy_without_the_package_for_certificates_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "mockserver.adapters.authority", raising=False)
    monkeypatch.setitem(sys.modules, "cryptography", None)
    for option in ("--proxy", "--tls-port=0"):
        outcome = CliRunner().invoke(main, [option])
        assert outcome.exit_code == 2
        assert "pip install 'ttdata[mock,proxy]'" in outcome.output


@pytest.mark.parametrize("package", ["aiohttp", "numpy", "orjson", "yaml"])
def test_the_server_without_a_package_says_in_one_line_what_to_install(package: str) -> None:
    start = f"import runpy, sys; sys.modules['{package}'] = None; runpy.run_module('mockserver', run_name='__main__')"
    outcome = command(sys.executable, "-c", start)
    assert outcome.status == 1
    assert outcome.said == (
        f"The mock server needs the package {package}, which is not installed: pip install 'ttdata[mock]'\n"
    )


def test_with_a_tls_port_it_prints_how_programs_without_a_proxy_reach_it() -> None:
    server = start_mock_server("--tls-port", "0", "--videos", "1000", "--exit-with", str(os.getpid()))
    try:
        assert server.process.stdout
        lines = [server.process.stdout.readline() for _ in range(15)]
        port = int(re.findall(r"must connect to 127\.0\.0\.1:(\d+) instead", lines[-2])[0])
        assert lines[-1] == f"curl --connect-to {API_HOST}:443:127.0.0.1:{port} https://{API_HOST}/\n"
        ca = next(line for line in lines if "SSL_CERT_FILE" in line).partition("=")[2].strip()
        context = ssl.create_default_context(cafile=ca)
        with (
            socket.create_connection(("127.0.0.1", port), timeout=5) as connection,
            context.wrap_socket(connection, server_hostname=API_HOST) as secure,
        ):
            secure.sendall(f"GET / HTTP/1.1\r\nHost: {API_HOST}\r\n\r\n".encode())
            assert secure.recv(100).startswith(b"HTTP/1.1 404")
    finally:
        assert stop(server.process) == 0


def test_a_tls_port_in_use_is_reported_in_one_sentence() -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = str(other.getsockname()[1])
        outcome = command(sys.executable, "-m", "mockserver", "--port", "0", "--tls-port", port)
    assert outcome.status == 1
    assert outcome.said == (
        f"Cannot listen on 127.0.0.1:{port}: Address already in use. Choose another --tls-port, or 0 for a free one.\n"
    )


def test_a_proxy_serves_this_machine_only_and_overwrites_nothing(tmp_path: Path) -> None:
    file = tmp_path / "notes.txt"
    file.write_text("mine")
    for arguments, words in (
        (("--proxy", "--host", "0.0.0.0"), "for programs on this machine"),  # noqa: S104
        (("--ca-file", str(file)), "is not a certificate of this mock"),
        (("--ca-file", str(tmp_path / "nowhere" / "ca.pem")), "No such file"),
    ):
        outcome = CliRunner().invoke(main, ["--port", "0", *arguments])
        assert outcome.exit_code == 2
        assert words in outcome.output
    assert file.read_text() == "mine"


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        (("--port", "x"), "--port"),
        (("--videos", "0"), "--videos"),
        (("--now", "soon"), "2026-06-15T08:00:00Z"),
        (("--now", "2017-12-31"), "2018-01-01"),
        (("--seeds", "1"), "--seed"),
    ],
)
def test_a_wrong_argument_is_reported_without_a_traceback(arguments: tuple[str, ...], word: str) -> None:
    outcome = run(*arguments)
    assert outcome.status == 2
    assert word in outcome.said
    assert "Traceback" not in outcome.said


def test_the_clock_can_start_at_another_time() -> None:
    server = start_mock_server("--now", "2026-12-24T18:00:00Z", "--videos", "1000", "--exit-with", str(os.getpid()))
    try:
        form = {"client_key": "mock", "client_secret": "mock-secret", "grant_type": "client_credentials"}
        answer = requests.post(f"{server.url}/v2/oauth/token/", data=form, timeout=10)
        assert answer.headers["Date"].startswith("Thu, 24 Dec 2026 18:00:0")
    finally:
        assert stop(server.process) == 0


def test_scenarios_and_quirks_can_be_given_for_all_clients(tmp_path: Path) -> None:
    file = tmp_path / "mine.yaml"
    file.write_text("mine: {faults: [{do: [internal_error]}]}")
    options = ("--scenarios", str(file), "--scenario", "mine", "--quirks", "user-500", "--videos", "1000")
    server = start_mock_server(*options)
    try:
        form = {"client_key": "mock", "client_secret": "mock-secret", "grant_type": "client_credentials"}
        token = requests.post(f"{server.url}/v2/oauth/token/", data=form, timeout=10).json()["access_token"]
        url = f"{server.url}/v2/research/user/info/?fields=display_name"
        headers = {"Authorization": f"Bearer {token}"}
        answers = [requests.post(url, json={"username": "mock_empty"}, headers=headers, timeout=10) for _ in range(2)]
        assert [answer.status_code for answer in answers] == [500, 500]
        assert ["data" in answer.json() for answer in answers] == [False, True]
    finally:
        assert stop(server.process) == 0


@pytest.mark.parametrize(
    ("text", "word"),
    [("[", "YAML"), ("5", "names"), ("a: {fault: 1}", "faults"), ("a: {faults: [{do: x}]}", "unknown action")],
)
def test_a_wrong_file_of_scenarios_is_refused_with_the_mistake(tmp_path: Path, text: str, word: str) -> None:
    file = tmp_path / "mine.yaml"
    file.write_text(text)
    outcome = run("--scenarios", str(file))
    assert outcome.status == 2
    assert word in outcome.said
    assert "Traceback" not in outcome.said


def test_a_file_of_scenarios_can_be_checked(tmp_path: Path) -> None:
    file = tmp_path / "mine.yaml"
    file.write_text("mine: {quirks: [sparse], faults: [{do: reset}, {do: [pass, slow]}]}")
    assert run("check", str(file)).said == "mine: 2 faults, 1 quirk\n"


def test_a_world_can_be_exported_with_the_videos_that_the_api_does_not_return() -> None:
    lines = run("export", "20260101", "20260102", "--videos", "20000").said.splitlines()
    videos = [json.loads(line) for line in lines]
    assert len(videos) > 30
    assert {video["delivered"] for video in videos} == {True, False}
    assert all(1_767_225_600 <= video["create_time"] < 1_767_398_400 for video in videos)


def test_fidelity_counts_the_behaviours_by_kind() -> None:
    outcome = run("fidelity")
    assert outcome.status == 0
    for kind in ("documented", "recorded", "reported", "assumed"):
        assert re.search(rf"^{kind}\s+\d+", outcome.said, re.M)
