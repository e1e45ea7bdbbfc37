"""The TLS port: programs that know only https://open.tiktokapis.com and use no proxy, such as those with aiohttp."""

import asyncio
import json
import os
import shutil
import socket
import ssl
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import aiohttp
import httpx
import pytest
import requests
from aiohttp.abc import AbstractResolver, ResolveResult
from requests.adapters import HTTPAdapter

from mockserver.adapters.authority import Authority
from mockserver.adapters.lookups import lookups_lead_to
from mockserver.adapters.mock import Mock
from mockserver.adapters.threads import InThread
from mockserver.core import Core
from tests.mockserver.adapters.conftest import is_ended
from tests.mockserver.behaviours.test_faults import EXCEPTIONS
from tests.mockserver.conftest import ADMIN, USER, Api

HOST = "open.tiktokapis.com"
API = f"https://{HOST}"
TOKEN = f"{API}/v2/oauth/token/"
FORM = {"client_key": "mock", "client_secret": "mock-secret", "grant_type": "client_credentials"}
PATIENCE = 0.3
HEAD = f"POST /v2/oauth/token/ HTTP/1.1\r\nHost: {HOST}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n".encode()

# Node's own fetch, which reads no proxy variable before version 24
NODE = """
fetch(process.argv[1], {method: 'POST', body: new URLSearchParams(JSON.parse(process.argv[2]))})
  .then(answer => answer.text()).then(console.log).catch(error => console.log(error.cause?.code))
"""


class Resolver(AbstractResolver):
    """Finds every host at a port of 127.0.0.1."""

    def __init__(self, port: int) -> None:
        self.port = port

    async def resolve(self, host: str, *_: Any, **__: Any) -> list[ResolveResult]:
        port, family = self.port, socket.AF_INET
        return [ResolveResult(hostname=host, host="127.0.0.1", port=port, family=family, proto=0, flags=0)]

    async def close(self) -> None:
        pass


class ToPort(HTTPAdapter):
    """Connects to a port of 127.0.0.1 as if it was the API's host."""

    def __init__(self, port: int, **options: Any) -> None:
        self.port = port
        super().__init__(**options)

    def init_poolmanager(self, *arguments: Any, **options: Any) -> None:
        super().init_poolmanager(*arguments, **options, server_hostname=HOST, assert_hostname=HOST)

    def send(self, request: requests.PreparedRequest, *arguments: Any, **options: Any) -> requests.Response:
        request.headers["Host"] = HOST
        request.url = (request.url or "").replace(API, f"https://127.0.0.1:{self.port}")
        return super().send(request, *arguments, **options)


@pytest.fixture
def mock(core: Core, authority: Authority) -> Iterator[Mock]:
    with InThread(core, tls=authority.context, tls_port=0, patience=PATIENCE) as mock:
        yield mock


@pytest.fixture
def trust(authority: Authority) -> ssl.SSLContext:
    return ssl.create_default_context(cafile=str(authority.file))


@pytest.fixture
def session(mock: Mock, authority: Authority) -> Iterator[requests.Session]:
    with requests.Session() as session:
        session.mount(API, ToPort(mock.tls_port or 0))
        session.trust_env, session.verify = False, str(authority.file)
        yield session


def connect(mock: Mock) -> socket.socket:
    return socket.create_connection(("127.0.0.1", mock.tls_port or 0), timeout=5)


def run(*command: str) -> str:
    if not shutil.which(command[0]):
        pytest.skip(f"{command[0]} is not installed")
    result = subprocess.run(command, capture_output=True, text=True, timeout=30, check=False)
    return result.stdout + result.stderr


# Programs


def test_a_plain_socket_with_tls_is_answered(mock: Mock, trust: ssl.SSLContext) -> None:
    with trust.wrap_socket(connect(mock), server_hostname=HOST) as connection:
        assert connection.version() in ("TLSv1.2", "TLSv1.3")
        connection.sendall(HEAD)
        assert connection.recv(65_536).startswith(b"HTTP/1.1 200")


def test_requests_is_answered_on_one_connection(mock: Mock, session: requests.Session) -> None:
    token = session.post(TOKEN, data=FORM, timeout=5).json()["access_token"]
    url, headers = f"{API}/v2/research/user/info/?fields={USER}", {"Authorization": f"Bearer {token}"}
    answers = [session.post(url, json={"username": "mock_empty"}, headers=headers, timeout=5) for _ in range(3)]
    assert [answer.json()["data"]["display_name"] for answer in answers] == ["Nobody yet"] * 3
    assert len(mock.calls) == 3


def test_httpx_is_answered(mock: Mock, trust: ssl.SSLContext) -> None:
    url = f"https://127.0.0.1:{mock.tls_port}/v2/oauth/token/"
    with httpx.Client(verify=trust) as client:
        answer = client.post(url, data=FORM, headers={"Host": HOST}, extensions={"sni_hostname": HOST})
    assert answer.json()["token_type"] == "Bearer"


def test_aiohttp_is_answered_with_a_resolver_of_the_program(mock: Mock, trust: ssl.SSLContext) -> None:
    async def post() -> Any:
        connector = aiohttp.TCPConnector(resolver=Resolver(mock.tls_port or 0), ssl=trust)
        async with aiohttp.ClientSession(connector=connector) as session, session.post(TOKEN, data=FORM) as answer:
            return await answer.json()

    assert asyncio.run(post())["token_type"] == "Bearer"


def test_curl_is_answered_with_connect_to(mock: Mock, authority: Authority) -> None:
    form = [word for name, value in FORM.items() for word in ("-d", f"{name}={value}")]
    there = ("--connect-to", f"{HOST}:443:127.0.0.1:{mock.tls_port}", "--cacert", str(authority.file))
    assert "access_token" in run("curl", "-sS", *there, TOKEN, *form)


def test_the_fetch_of_node_is_answered_with_a_line_in_the_hosts_file(
    mock: Mock, authority: Authority, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    hosts = tmp_path / "hosts"
    hosts.write_text(f"127.0.0.1 localhost\n127.0.0.1 {HOST}\n")
    privately = ("unshare", "-rm", "sh", "-c", 'mount --bind "$0" /etc/hosts && exec "$@"', str(hosts))
    if run(*privately, "cat", "/etc/hosts") != hosts.read_text():
        pytest.skip("this user may not mount files in a namespace of its own")
    monkeypatch.setenv("NODE_EXTRA_CA_CERTS", str(authority.file))
    address = f"{API}:{mock.tls_port}/v2/oauth/token/"  # port 443 itself needs rights
    if not shutil.which("node"):
        pytest.skip("node is not installed")
    assert "access_token" in run(*privately, "node", "-e", NODE, address, json.dumps(FORM))


@pytest.mark.parametrize("post", [requests.post, httpx.post])
def test_look_ups_of_this_process_lead_to_the_tls_port(
    mock: Mock, authority: Authority, monkeypatch: pytest.MonkeyPatch, post: Any
) -> None:
    for name, value in authority.environment(mock.url).items():
        if "proxy" not in name.lower():
            monkeypatch.setenv(name, value)
    with lookups_lead_to(mock.tls_port):
        assert post(TOKEN, data=FORM, timeout=5).json()["token_type"] == "Bearer"


# What is the same as on the other ports


@pytest.mark.parametrize(("name", "error"), EXCEPTIONS.items())
def test_a_broken_connection_raises_what_a_real_one_raises(
    mock: Mock, session: requests.Session, name: str, error: Any
) -> None:
    session.headers["Authorization"] = f"Bearer {session.post(TOKEN, data=FORM, timeout=5).json()['access_token']}"
    url = f"{API}/v2/research/user/info/?fields={USER}"
    mock.play({"faults": [{"do": name}]})
    with pytest.raises(error):
        session.post(url, json={"username": "mock_empty"}, timeout=PATIENCE)
    assert session.post(url, json={"username": "mock_empty"}, timeout=5).status_code == 200


def test_the_plain_port_is_still_there(mock: Mock) -> None:
    assert Api(mock).post("user/info", {"username": "mock_empty"}, USER).status_code == 200


def test_the_admin_pages_cannot_be_reached_under_the_apis_name(session: requests.Session) -> None:
    answer = session.get(f"{API}/__mock__/tenants", headers={"X-Mock-Admin-Token": ADMIN}, timeout=5)
    assert answer.status_code == 403


def test_other_hosts_are_refused(mock: Mock, trust: ssl.SSLContext) -> None:
    with trust.wrap_socket(connect(mock), server_hostname=HOST) as connection:
        connection.sendall(HEAD.replace(HOST.encode(), b"example.org"))
        assert connection.recv(65_536).startswith(b"HTTP/1.1 403")


# Hostile and broken clients


@pytest.mark.parametrize("sent", [b"", b"\x16\x03\x01\x02"], ids=["nothing", "half a greeting"])
def test_the_server_does_not_wait_for_an_incomplete_handshake(mock: Mock, sent: bytes) -> None:
    with connect(mock) as connection:
        connection.sendall(sent)
        assert is_ended(connection)


@pytest.mark.parametrize("sent", [HEAD, b"\x00" * 500, os.urandom(500)], ids=["HTTP", "zeros", "noise"])
def test_bytes_that_are_no_tls_end_the_connection_without_a_word_on_stderr(
    mock: Mock, session: requests.Session, sent: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    with connect(mock) as connection:
        connection.sendall(sent)
        assert is_ended(connection)
    assert session.post(TOKEN, data=FORM, timeout=5).status_code == 200
    assert [record for record in caplog.records if record.levelname in ("WARNING", "ERROR")] == []


def test_a_client_that_does_not_trust_the_authority_ends_the_connection_without_a_word_on_stderr(
    mock: Mock, session: requests.Session, caplog: pytest.LogCaptureFixture
) -> None:
    with connect(mock) as connection, pytest.raises(ssl.SSLCertVerificationError):
        ssl.create_default_context().wrap_socket(connection, server_hostname=HOST)
    assert session.post(TOKEN, data=FORM, timeout=5).status_code == 200
    assert [record for record in caplog.records if record.levelname in ("WARNING", "ERROR")] == []


def test_for_one_incomplete_handshake_too_many_the_oldest_is_closed(core: Core, authority: Authority) -> None:
    limits: dict[str, Any] = {"tls": authority.context, "tls_port": 0, "most_connections": 3}
    with InThread(core, **limits) as mock, ExitStack() as stack:
        connections = [stack.enter_context(connect(mock)) for _ in range(4)]
        assert is_ended(connections[0])
        connections[1].setblocking(False)
        with pytest.raises(BlockingIOError):
            connections[1].recv(100)
