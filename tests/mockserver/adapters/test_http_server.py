"""The server on a socket: HTTP as clients in several languages use it."""

import http.client
import socket
from urllib.parse import urlsplit

import pytest

from mockserver.adapters.mock import Mock
from mockserver.adapters.threads import InThread
from mockserver.core import Core
from tests.mockserver.conftest import VIDEO, Api


@pytest.fixture
def server(core: Core) -> InThread:
    return InThread(core)


def exchange(mock: Mock, data: bytes) -> bytes:
    """Send bytes. Returns all bytes until the server closes the connection."""
    parts = urlsplit(mock.url)
    with socket.create_connection((str(parts.hostname), int(parts.port or 0)), timeout=5) as connection:
        connection.sendall(data)
        answer = b""
        while part := connection.recv(65_536):
            answer += part
    return answer


def test_connections_are_kept_open_and_bodies_may_be_chunked(server: InThread) -> None:
    with server as mock:
        connection = http.client.HTTPConnection(str(urlsplit(mock.url).netloc), timeout=5)
        for _ in range(3):
            connection.request(
                "POST", "/v2/oauth/token/", iter([b"client_key=", b"abc"]), {"Host": "localhost"}, encode_chunked=True
            )
            answer = connection.getresponse()
            assert (answer.status, b"Client secret" in answer.read()) == (200, True)
        connection.close()


@pytest.mark.parametrize(
    ("accepted", "is_compressed"),
    [
        ("gzip", True),
        ("deflate, GZIP;q=0.5, br", True),
        (None, False),
        ("identity", False),
        ("gzip;q=0, deflate", False),
        ("gzip; q=0.000", False),
        ("x-gzippy", False),
    ],
)
def test_a_page_is_compressed_for_clients_that_accept_gzip(
    server: InThread, accepted: str | None, is_compressed: bool
) -> None:
    with server as mock:
        api = Api(mock)
        plain = api.post("video/query", api.search(), VIDEO, headers={"Accept-Encoding": "identity"})
        answer = api.post("video/query", api.search(), VIDEO, headers={"Accept-Encoding": accepted}, stream=True)
        assert answer.headers.get("Content-Encoding") == ("gzip" if is_compressed else None)
        assert (int(answer.headers["Content-Length"]) < len(plain.content) / 2) == is_compressed
        assert answer.json()["data"]["videos"] == plain.json()["data"]["videos"]


def test_a_short_answer_is_not_compressed(server: InThread) -> None:
    with server as mock:
        answer = Api(mock).post("user/info", {"username": "mock_empty"}, "display_name")
    assert answer.request.headers["Accept-Encoding"].startswith("gzip")
    assert "Content-Encoding" not in answer.headers


def test_the_hard_coded_host_is_answered(server: InThread) -> None:
    with server as mock:
        answer = exchange(
            mock,
            b"POST /v2/oauth/token/ HTTP/1.1\r\nHost: open.tiktokapis.com\r\n"
            b"Connection: close\r\nContent-Length: 0\r\n\r\n",
        )
    assert answer.startswith(b"HTTP/1.1 200")
