"""The proxy and its CA: programs that know only https://open.tiktokapis.com, unmodified, in several languages."""

import json
import os
import shutil
import socket
import ssl
import stat
import subprocess
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
import requests
from cryptography import x509
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mockserver.adapters.authority import Authority, NotOurCertificate
from mockserver.adapters.mock import Mock
from mockserver.adapters.threads import InThread
from mockserver.core import Core
from tests.mockserver.adapters.conftest import is_ended
from tests.mockserver.behaviours.test_faults import EXCEPTIONS
from tests.mockserver.conftest import ADMIN, USER, Api

API = "https://open.tiktokapis.com"
FORM = {"client_key": "mock", "client_secret": "mock-secret", "grant_type": "client_credentials"}
PATIENCE = 0.3
CONNECT = b"CONNECT open.tiktokapis.com:443 HTTP/1.1\r\nHost: open.tiktokapis.com:443\r\n\r\n"

# Sends what a program in Node sends through a proxy: not all versions of Node's own https can do that.
NODE = """
const proxy = new URL(process.env.HTTPS_PROXY), form = new URLSearchParams(JSON.parse(process.argv[1])).toString()
require('http').request({host: proxy.hostname, port: proxy.port, method: 'CONNECT', path: 'open.tiktokapis.com:443'})
  .on('connect', (_, socket) => {
    const options = {method: 'POST', socket, agent: false, headers: {'Content-Length': form.length}}
    require('https').request('https://open.tiktokapis.com/v2/oauth/token/', options,
      answer => answer.pipe(process.stdout)).on('error', error => { console.log(error.code) }).end(form)
  }).end()
"""


@pytest.fixture
def mock(core: Core, authority: Authority, monkeypatch: pytest.MonkeyPatch) -> Iterator[Mock]:
    """A server that is also a proxy, and the environment in which unmodified programs use it."""
    with InThread(core, tls=authority.context, patience=PATIENCE) as mock:
        for name, value in authority.environment(mock.url).items():
            monkeypatch.setenv(name, value)
        yield mock


def connect(mock: Mock) -> socket.socket:
    return socket.create_connection(("127.0.0.1", urlsplit(mock.url).port or 0), timeout=5)


def exchange(mock: Mock, *pieces: bytes) -> bytes:
    """Send pieces, each after the answer to the one before. Returns all bytes of the answers."""
    answer = b""
    with connect(mock) as connection:
        for piece in pieces:
            connection.sendall(piece)
            answer += connection.recv(65_536)
        while part := connection.recv(65_536):
            answer += part
    return answer


def run(*command: str) -> str:
    if not shutil.which(command[0]):
        pytest.skip(f"{command[0]} is not installed")
    result = subprocess.run(command, capture_output=True, text=True, timeout=30, check=False)
    return result.stdout + result.stderr


def test_requests_and_httpx_are_answered_unmodified(mock: Mock) -> None:
    for post in (requests.post, httpx.post):
        token = post(f"{API}/v2/oauth/token/", data=FORM, timeout=5).json()["access_token"]
        headers = {"Authorization": f"Bearer {token}"}
        url = f"{API}/v2/research/user/info/?fields={USER}"
        answer = post(url, json={"username": "mock_empty"}, headers=headers, timeout=5)
        assert answer.json()["data"]["display_name"] == "Nobody yet"
    assert len(mock.calls) == 2


def test_curl_is_answered_unmodified(mock: Mock) -> None:
    form = [word for name, value in FORM.items() for word in ("-d", f"{name}={value}")]
    assert "access_token" in run("curl", "-sS", f"{API}/v2/oauth/token/", *form)


def test_node_trusts_the_certificate_and_is_answered(mock: Mock, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "access_token" in run("node", "-e", NODE, json.dumps(FORM))
    monkeypatch.delenv("NODE_EXTRA_CA_CERTS")
    assert "SELF_SIGNED_CERT_IN_CHAIN" in run("node", "-e", NODE, json.dumps(FORM))


def test_a_client_that_sends_the_whole_url_instead_of_connect_is_answered(mock: Mock) -> None:
    target = f"POST {API}/v2/oauth/token/ HTTP/1.1\r\nHost: open.tiktokapis.com\r\nContent-Length: 0\r\n"
    assert exchange(mock, f"{target}Connection: close\r\n\r\n".encode()).startswith(b"HTTP/1.1 200")


def test_the_same_port_also_answers_without_the_proxy(mock: Mock) -> None:
    assert requests.post(f"{mock.url}/v2/oauth/token/", data=FORM, timeout=5).json()["token_type"] == "Bearer"


def test_a_search_of_several_pages_uses_one_tunnel(mock: Mock) -> None:
    api = Api(Mock(mock.core, API))
    with requests.Session() as session:
        headers = {"Authorization": f"Bearer {api.token}"}
        url = f"{API}/v2/research/video/query/?fields=id,username"
        pages = [session.post(url, json=api.search(cursor=at), headers=headers, timeout=5).json() for at in (0, 100)]
    assert len(pages[0]["data"]["videos"]) > 60
    assert pages[1]["data"]["cursor"] == 200


@pytest.mark.parametrize(("name", "error"), EXCEPTIONS.items())
def test_a_broken_connection_through_the_tunnel_raises_what_a_real_one_raises(
    mock: Mock, name: str, error: Any
) -> None:
    api = Api(Mock(mock.core, API))
    headers = {"Authorization": f"Bearer {api.token}"}
    mock.play({"faults": [{"do": name}]})
    url = f"{API}/v2/research/user/info/?fields={USER}"
    with pytest.raises(error):
        requests.post(url, json={"username": "mock_empty"}, headers=headers, timeout=PATIENCE)
    assert api.post("user/info", {"username": "mock_empty"}, USER).status_code == 200


# The proxy connects to nothing else


@pytest.mark.parametrize(
    "target", ["example.org:443", "open.tiktokapis.com:22", "127.0.0.1:443", "x.tiktokapis.com:443", ""]
)
def test_the_proxy_refuses_tunnels_to_other_addresses(mock: Mock, target: str) -> None:
    answer = exchange(mock, CONNECT.replace(b"open.tiktokapis.com:443 ", f"{target} ".encode()))
    assert answer.startswith(b"HTTP/1.1 403 Forbidden\r\n")
    assert answer.endswith(b"This proxy connects to open.tiktokapis.com:443 only, and that is the mock.\n")


def test_the_proxy_fetches_no_other_site(mock: Mock) -> None:
    assert requests.get("http://example.org/", proxies={"http": mock.url}, timeout=5).status_code == 403
    with pytest.raises(requests.exceptions.ProxyError, match="403"):
        requests.get("https://example.org/", timeout=5)


def test_the_admin_pages_cannot_be_reached_under_the_apis_name(mock: Mock) -> None:
    answer = requests.get(f"{API}/__mock__/tenants", headers={"X-Mock-Admin-Token": ADMIN}, timeout=5)
    assert answer.status_code == 403


# The authority


def test_the_ca_is_valid_for_the_apis_host_alone_and_its_key_is_in_no_file(authority: Authority) -> None:
    pem = authority.file.read_bytes()
    assert b"PRIVATE" not in pem
    extensions = x509.load_pem_x509_certificate(pem).extensions
    names = extensions.get_extension_for_class(x509.NameConstraints)
    assert names.critical
    assert names.value.permitted_subtrees == [x509.DNSName("open.tiktokapis.com")]


def test_each_run_has_its_own_ca(mock: Mock, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with Authority(tmp_path / "other.pem") as other:
        monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(other.file))
        with pytest.raises(requests.exceptions.SSLError):
            requests.post(f"{API}/v2/oauth/token/", data=FORM, timeout=5)


def test_only_the_user_can_read_the_certificate_and_a_temporary_file_is_deleted(tmp_path: Path) -> None:
    with Authority() as authority:
        assert stat.S_IMODE(authority.file.stat().st_mode) == 0o600
    assert not authority.file.exists()
    named = tmp_path / "ca.pem"
    for _ in range(2):  # the second run may write over what the first left
        with Authority(named):
            assert stat.S_IMODE(named.stat().st_mode) == 0o600
    assert named.exists()


def test_a_file_with_other_content_is_not_overwritten(tmp_path: Path) -> None:
    file = tmp_path / "notes.txt"
    file.write_text("mine")
    with pytest.raises(NotOurCertificate, match=r"notes\.txt exists"), Authority(file):
        pass
    assert file.read_text() == "mine"


# Hostile and broken clients


@pytest.mark.parametrize(
    "sent",
    [(b"CONNECT open.tik",), (CONNECT,), (CONNECT, b"\x16\x03\x01\x02")],
    ids=["half a head", "no TLS", "half a TLS greeting"],
)
def test_the_proxy_does_not_wait_for_an_incomplete_tunnel(mock: Mock, sent: tuple[bytes, ...]) -> None:
    start = time.monotonic()
    with connect(mock) as connection:
        for piece in sent:
            connection.sendall(piece)
            if piece == CONNECT:
                assert connection.recv(100).startswith(b"HTTP/1.1 200")
        assert is_ended(connection)
    assert PATIENCE / 2 < time.monotonic() - start < PATIENCE + 1.5


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        (b"CONNECT " + b"x" * 20_000, b"431"),
        (b"CONNECT\x20open.tiktokapis.com:443\r\n\r\n", b"400"),
        (CONNECT + b"too early", b"400"),
        (CONNECT.replace(b"HTTP/1.1", b"HTTP/2.0"), b"400"),
    ],
    ids=["long head", "no version", "bytes before the tunnel", "other version"],
)
def test_an_invalid_connect_request_is_refused(mock: Mock, sent: bytes, status: bytes) -> None:
    assert exchange(mock, sent).startswith(b"HTTP/1.1 " + status)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.binary(max_size=60), st.sampled_from([b"CONNECT ", CONNECT[:-2], b"GET /", b""]))
def test_no_bytes_make_the_proxy_hang(mock: Mock, sent: bytes, before: bytes) -> None:
    with connect(mock) as connection:
        connection.sendall(before + sent)
        connection.shutdown(socket.SHUT_WR)
        assert is_ended(connection)


def test_a_tunnel_without_tls_is_closed_and_the_server_continues(mock: Mock) -> None:
    with connect(mock) as connection:
        connection.sendall(CONNECT)
        assert connection.recv(100).startswith(b"HTTP/1.1 200")
        connection.sendall(b"GET / HTTP/1.1\r\n\r\n")
        assert is_ended(connection)
    assert requests.post(f"{API}/v2/oauth/token/", data=FORM, timeout=5).status_code == 200


def test_for_one_incomplete_tunnel_too_many_the_oldest_is_closed(core: Core, authority: Authority) -> None:
    with InThread(core, tls=authority.context, most_connections=3) as mock, ExitStack() as stack:
        tunnels = []
        for _ in range(4):
            tunnels.append(stack.enter_context(connect(mock)))
            tunnels[-1].sendall(CONNECT)
            assert tunnels[-1].recv(100).startswith(b"HTTP/1.1 200")
        assert is_ended(tunnels[0])
        tunnels[1].setblocking(False)
        with pytest.raises(BlockingIOError):
            tunnels[1].recv(100)


def test_bytes_that_arrive_with_the_end_of_the_handshake_are_not_lost(mock: Mock, authority: Authority) -> None:
    context = ssl.create_default_context(cafile=str(authority.file))
    context.verify_flags |= ssl.VERIFY_X509_STRICT  # as Python 3.13 and later do by themselves
    for _ in range(5):
        with connect(mock) as connection:
            connection.sendall(CONNECT)
            connection.recv(100)
            incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
            tls = context.wrap_bio(incoming, outgoing, server_hostname="open.tiktokapis.com")
            _shake_hands(tls, connection, incoming, outgoing)
            tls.write(b"POST /v2/oauth/token/ HTTP/1.1\r\nHost: open.tiktokapis.com\r\nContent-Length: 0\r\n\r\n")
            connection.sendall(outgoing.read())  # the client's Finished and its request in one segment
            assert _read(tls, connection, incoming).startswith(b"HTTP/1.1 200")


def _shake_hands(
    tls: ssl.SSLObject, connection: socket.socket, incoming: ssl.MemoryBIO, outgoing: ssl.MemoryBIO
) -> None:
    while True:
        try:
            tls.do_handshake()
            return
        except ssl.SSLWantReadError:
            connection.sendall(outgoing.read())
            incoming.write(connection.recv(65_536))


def _read(tls: ssl.SSLObject, connection: socket.socket, incoming: ssl.MemoryBIO) -> bytes:
    while True:
        try:
            return tls.read(65_536)
        except ssl.SSLWantReadError:
            incoming.write(connection.recv(65_536))


def test_the_environment_has_all_that_programs_need(authority: Authority) -> None:
    environment = authority.environment("http://127.0.0.1:8787")
    assert environment["HTTPS_PROXY"] == "http://127.0.0.1:8787"
    for name in ("SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "NODE_EXTRA_CA_CERTS"):
        assert os.path.isabs(environment[name])
        assert os.path.exists(environment[name])
