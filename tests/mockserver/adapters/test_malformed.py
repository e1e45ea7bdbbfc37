"""Requests that are not valid HTTP, on the plain port, through the proxy and on the TLS port: 4xx, and no traceback."""

import logging
import socket
import ssl
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest
import requests

from mockserver.adapters.authority import Authority
from mockserver.adapters.mock import Mock
from mockserver.adapters.threads import InThread
from mockserver.core import Core

HOST = b"Host: open.tiktokapis.com\r\n"
GET, POST = b"GET /v2/ HTTP/1.1\r\n" + HOST, b"POST /v2/oauth/token/ HTTP/1.1\r\n" + HOST
CONNECT = b"CONNECT open.tiktokapis.com:443 HTTP/1.1\r\n"
CHUNKED = POST + b"Transfer-Encoding: chunked\r\n\r\n"
MALFORMED = {
    "NUL in a header": GET + b"X: a\x00b\r\n\r\n",
    "NUL in a name": GET + b"X\x00: b\r\n\r\n",
    "control byte": GET + b"X: a\x07b\r\n\r\n",
    "CR in a header": GET + b"X: a\rb\r\n\r\n",
    "no colon": GET + b"Xab\r\n\r\n",
    "folded header": GET + b"X: a\r\n b\r\n\r\n",
    "long header": GET + b"X: " + b"y" * 10_000 + b"\r\n\r\n",
    "many headers": GET + b"X: y\r\n" * 200 + b"\r\n",
    "NUL in the path": b"GET /v2\x00/ HTTP/1.1\r\n" + HOST + b"\r\n",
    "path that is not UTF-8": b"GET /v2\xff\xfe/ HTTP/1.1\r\n" + HOST + b"\r\n",
    "long path": b"GET /" + b"a" * 10_000 + b" HTTP/1.1\r\n" + HOST + b"\r\n",
    "relative path": b"GET v2 HTTP/1.1\r\n" + HOST + b"\r\n",
    "broken address": b"GET http://[::1/ HTTP/1.1\r\n" + HOST + b"\r\n",
    "address with a port that is none": b"GET http://localhost:x/ HTTP/1.1\r\n" + HOST + b"\r\n",
    "address that IDNA cannot decode": b"GET http://xn--a/ HTTP/1.1\r\n" + HOST + b"\r\n",
    "garbage as a method": b"G\x01T / HTTP/1.1\r\n" + HOST + b"\r\n",
    "other version": b"GET / HTTP/9.9\r\n" + HOST + b"\r\n",
    "greeting of HTTP/2": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    "no Host": b"GET / HTTP/1.1\r\n\r\n",
    "two Hosts": GET + HOST + b"\r\n",
    "Host that is not UTF-8": b"GET / HTTP/1.1\r\nHost: \xff\r\n\r\n",
    "size that is no number": POST + b"Content-Length: abc\r\n\r\n",
    "two sizes": POST + b"Content-Length: 1\r\nContent-Length: 2\r\n\r\nab",
    "chunk without a size": CHUNKED + b"zz\r\nabc\r\n0\r\n\r\n",
    "chunk longer than its size": CHUNKED + b"3\r\nabcdef\r\n0\r\n\r\n",
    "NUL in a trailer": CHUNKED + b"3\r\nabc\r\n0\r\nX: \x00\r\n\r\n",
    "body that is not gzip": POST + b"Content-Encoding: gzip\r\nContent-Length: 5\r\n\r\nabcde",
    "unknown compression": POST + b"Content-Encoding: zstd\r\nContent-Length: 5\r\n\r\nabcde",
    "tunnel in small letters": CONNECT.lower() + HOST + b"\r\n",
    "tunnel with NUL in a header": CONNECT + b"X: \x00\r\n\r\n",
    "tunnel to garbage": b"CONNECT \xff\x00:443 HTTP/1.1\r\n\r\n",
}


@pytest.fixture
def mock(core: Core, authority: Authority) -> Iterator[Mock]:
    with InThread(core, tls=authority.context, tls_port=0) as mock:
        yield mock


@pytest.fixture(params=["plain", "proxy", "TLS"])
def connection(request: pytest.FixtureRequest, mock: Mock, authority: Authority) -> Iterator[socket.socket]:
    port = mock.tls_port if request.param == "TLS" else urlsplit(mock.url).port
    with socket.create_connection(("127.0.0.1", port or 0), timeout=5) as plain:
        if request.param == "plain":
            yield plain
            return
        if request.param == "proxy":
            plain.sendall(CONNECT + b"\r\n")
            assert plain.recv(100).startswith(b"HTTP/1.1 200")
        context = ssl.create_default_context(cafile=str(authority.file))
        with context.wrap_socket(plain, server_hostname="open.tiktokapis.com") as secure:
            yield secure


@pytest.mark.parametrize("sent", MALFORMED.values(), ids=MALFORMED)
def test_a_malformed_request_is_refused_without_a_traceback(
    mock: Mock, connection: socket.socket, sent: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    connection.sendall(sent)
    answer = connection.recv(65_536)
    assert answer.startswith((b"HTTP/1.0 40", b"HTTP/1.1 40")), answer
    assert b"Traceback" not in answer
    assert requests.get(f"{mock.url}/__mock__/health", timeout=5).status_code == 200
    assert [record for record in caplog.records if record.levelno >= logging.WARNING] == []
