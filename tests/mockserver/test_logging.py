"""The log: each request with its endpoint, status and reason, and never a secret or a token."""

import logging
from collections.abc import Callable

import pytest
import requests
from click.testing import CliRunner

from mockserver.__main__ import main
from mockserver.adapters.authority import Authority
from mockserver.adapters.threads import InThread
from mockserver.core import Core
from mockserver.logs import LONGEST, log_on_stderr, loggable
from tests.mockserver.conftest import ADMIN, USER, VIDEO, Api
from tests.support import start_mock_server

EMPTY = {"username": "mock_empty"}
FORM = {"client_key": "mock", "client_secret": "mock-secret", "grant_type": "client_credentials"}
Log = Callable[[int], list[str]]


@pytest.fixture
def log(caplog: pytest.LogCaptureFixture) -> Log:
    caplog.set_level(logging.DEBUG, "mockserver")
    return lambda level: [
        record.getMessage()
        for record in caplog.records
        if record.levelno == level and record.name.startswith("mockserver")
    ]


def test_each_request_is_logged_with_endpoint_status_and_reason(api: Api, log: Log) -> None:
    api.post("user/info", EMPTY, USER)
    api.post("user/info", {"username": "mock_private"}, USER)
    api.post("nothing")
    assert log(logging.INFO) == [
        "oauth.token: 200 ok [mock]",
        "user.info: 200 ok [mock]",
        "user.info: 400 invalid_params, user-private: `username: mock_private` is private [mock]",
        "POST /v2/research/nothing/: 404 unknown-path [mock]",
    ]


def test_debug_adds_the_fields_and_the_body(api: Api, log: Log) -> None:
    api.post("user/info", EMPTY, "display_name")
    body = log(logging.DEBUG)[-1].replace(": ", ":")
    assert body == 'user.info:fields display_name, body {"username":"mock_empty"}'


def test_faults_and_quirks_are_the_reason(inside: Api, log: Log) -> None:
    inside.mock.play({"faults": [{"do": ["gateway_timeout", "internal_error", "slow"]}]})
    for _ in range(3):
        inside.post("user/info", EMPTY, USER)
    inside.mock.switch_on("user-500")
    inside.post("user/info", EMPTY, USER)
    assert log(logging.INFO)[1:] == [
        "user.info: 504 planned fault, gateway_timeout [mock]",
        "user.info: 500 internal_error, internal, internal_error: Something is wrong. Please try again later. [mock]",
        "user.info: 200 ok, slow, 1 s late [mock]",
        "user.info: 500 ok [mock]",
    ]
    assert "user.info: gateway_timeout, as planned; 2 steps are left" in log(logging.DEBUG)


def test_a_refused_token_is_logged_with_its_reason(inside: Api, log: Log) -> None:
    inside.token_answer("mock", "wrong")
    inside.token_answer("mock:removed")
    assert log(logging.INFO) == [
        "oauth.token: 200 invalid_client, token-error: Client key or secret is incorrect.",
        "oauth.token: 200 invalid_client, token-error: This collaborator has no access. [mock:removed]",
    ]


def test_changes_by_an_admin_are_logged_and_reads_only_at_debug(api: Api, log: Log) -> None:
    api.admin("POST", "clock", {"advance": 60})
    api.admin("POST", "clock", {"advance": "x"})
    api.admin("GET", "tenants", **{"X-Mock-Admin-Token": "wrong"})
    api.admin("GET", "tenants")
    assert log(logging.INFO)[:2] == [
        "POST /__mock__/clock: 200",
        "POST /__mock__/clock: 400 `advance` must be a number of seconds, `speed` a number.",
    ]
    assert log(logging.INFO)[2].startswith("GET /__mock__/tenants: 403 Send the header")
    assert log(logging.DEBUG)[-1] == "GET /__mock__/tenants: 200"


def test_what_the_server_refuses_before_the_api_sees_it_is_logged(core: Core, log: Log) -> None:
    with InThread(core, most_connections=1) as mock:
        requests.get(f"{mock.url}/__mock__/health", headers={"Host": "evil.example"}, timeout=5)
        with requests.Session() as session:
            session.get(f"{mock.url}/__mock__/health", timeout=5)
            requests.get(f"{mock.url}/__mock__/health", timeout=5)
    assert log(logging.INFO) == [
        "GET /__mock__/health: 403 This server answers only to its own name.",
        "closed the connection that has waited longest, since there are too many",
    ]


def test_a_tunnel_that_the_proxy_refuses_is_logged(core: Core, log: Log) -> None:
    with (
        Authority() as authority,
        InThread(core, tls=authority.context) as mock,
        pytest.raises(requests.exceptions.ProxyError),
    ):
        requests.get("https://example.org/", proxies={"https": mock.url}, timeout=5)
    assert log(logging.INFO)[0].startswith(
        "refused a tunnel: 403 Forbidden. This proxy connects to open.tiktokapis.com"
    )


# No secret


SECRETS = ("mock-secret", "wrong-secret", "real-secret", ADMIN)


def test_no_secret_and_no_token_is_logged_wherever_a_client_puts_it(
    api: Api, log: Log, caplog: pytest.LogCaptureFixture
) -> None:
    api.token_answer("mock", "wrong-secret")
    api.token_answer("real-key", "real-secret")
    token = api.token
    body = {"username": f"mock {token}", "access_token": token, "client_secret": "real-secret", "query": [token]}
    for path in ("user/info", "video/query", f"nothing/{token}"):
        api.post(path, body | FORM, f"{token},id")
    for raw in (f"client_secret=real-secret&access_token={token}", f'{{"client_secret": "real-secret", "x": "{token}'):
        requests.post(
            f"{api.mock.url}/v2/research/user/info/", raw, headers={"Authorization": f"Bearer {token}"}, timeout=10
        )
    api.post("user/info", {"username": f"Authorization: Bearer {token}"}, USER)
    api.admin("POST", "clock", {"tenant": f"mock:x={token}"})
    api.admin("POST", "rows", {"tenant": ADMIN, "rows": None})
    assert len(log(logging.INFO)) > 10
    assert len(log(logging.DEBUG)) > 4
    assert [secret for secret in (*SECRETS, token) if secret in caplog.text] == []


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("clt.2.abc_-*0 and more", "clt.… and more"),
        ('{"client_secret": "x y", "a": 1}', '{"client_secret": …, "a": 1}'),
        ("client_secret=x&a=1", "client_secret=…&a=1"),
        ("two\nlines\x1b[31m", "two lines [31m"),
        ("x" * (LONGEST + 1), "x" * LONGEST + "…"),
    ],
    ids=["token", "JSON", "form", "lines", "long"],
)
def test_a_text_from_a_client_is_logged_on_one_line_without_secrets(text: str, shown: str) -> None:
    assert loggable(text) == shown


# The command line


@pytest.mark.parametrize(
    ("options", "levels"), [((), set()), (("-v",), {"INFO"}), (("--verbose", "-v"), {"INFO", "DEBUG"})]
)
def test_verbose_prints_the_log_on_stderr(
    capfd: pytest.CaptureFixture[str], options: tuple[str, ...], levels: set[str]
) -> None:
    server = start_mock_server("--videos", "1000", *options)
    token = requests.post(f"{server.url}/v2/oauth/token/", FORM, timeout=10).json()["access_token"]
    headers, url = {"Authorization": f"Bearer {token}"}, f"{server.url}/v2/research/user/info/?fields=display_name"
    requests.post(url, json=EMPTY, headers=headers, timeout=10)
    server.process.terminate()
    server.process.communicate()
    log = capfd.readouterr().err
    assert {line.split()[1] for line in log.splitlines()} == levels
    assert ("Z INFO mockserver.core: user.info: 200 ok [mock]" in log) == bool(levels)
    assert [secret for secret in (*SECRETS, token) if secret in log] == []


def test_the_log_is_printed_within_its_context_only(inside: Api, capsys: pytest.CaptureFixture[str]) -> None:
    with log_on_stderr(1):
        inside.post("user/info", EMPTY, USER)
    assert "user.info: 200 ok" in capsys.readouterr().err
    inside.post("user/info", EMPTY, VIDEO)
    assert capsys.readouterr().err == ""
    assert logging.getLogger("mockserver").handlers == []


def test_the_help_says_that_verbose_logs_name_accounts() -> None:
    text = " ".join(CliRunner().invoke(main, ["--help"]).output.split())
    assert "Verbose logs name accounts and client keys, but hold no secret and no token." in text
