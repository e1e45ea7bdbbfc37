"""The mock in the process of a test, for all code that uses requests.

`responses` lets only requests to the API and to this machine pass. Those to the API get a connection of urllib3 that
has no socket, so that retries and errors are urllib3's own.
"""

import http.client
import io
import re
from collections.abc import Callable, Iterable
from contextlib import ExitStack
from http import HTTPStatus
from typing import Any, cast
from unittest.mock import patch
from urllib.parse import parse_qsl, urlsplit

import requests
import responses
from requests.adapters import HTTPAdapter
from urllib3 import HTTPResponse, HTTPSConnectionPool
from urllib3.connection import HTTPSConnection
from urllib3.connectionpool import ConnectionPool

from mockserver.adapters.mock import Mock
from mockserver.admin.admin import Admin
from mockserver.core import Core
from mockserver.endpoints.addresses import API_HOST
from mockserver.messages import Request, Response

BASE_URL = f"https://{API_HOST}"
_MOST_CONNECTIONS = 100  # that urllib3 keeps
# What the standard library raises when a connection breaks like this before there is an answer
_RAISES: dict[str, Callable[[], Exception]] = {
    "reset": lambda: ConnectionResetError("Connection reset by peer"),
    "empty": lambda: http.client.RemoteDisconnected("Remote end closed connection without response"),
    "garbage": lambda: http.client.BadStatusLine("this is no HTTP"),
    "stall": lambda: TimeoutError("The read operation timed out"),
}


class InProcess:
    """Answers what requests sends to https://open.tiktokapis.com, without a socket. A context manager."""

    def __init__(self, core: Core | None = None) -> None:
        self.core = core or Core()
        self.mock = Mock(self.core, BASE_URL)
        self._pool = HTTPSConnectionPool(API_HOST, maxsize=_MOST_CONNECTIONS, answer=Admin(self.core).answer)
        self._pool.ConnectionCls = _Connection
        self._responses = responses.RequestsMock(assert_all_requests_are_fired=False)
        for address in (BASE_URL, "http://127.0.0.1", "http://localhost"):
            self._responses.add_passthru(re.compile(re.escape(address) + "[:/]"))
        self._patches = ExitStack()

    def __enter__(self) -> Mock:
        connect = HTTPAdapter.get_connection_with_tls_context

        def connect_to_mock(
            adapter: HTTPAdapter, request: requests.PreparedRequest, *arguments: Any, **options: Any
        ) -> ConnectionPool:
            is_api = urlsplit(request.url).hostname == API_HOST
            return self._pool if is_api else connect(adapter, request, *arguments, **options)

        self._patches.enter_context(patch.object(HTTPAdapter, "get_connection_with_tls_context", connect_to_mock))
        self._patches.enter_context(self._responses)
        return self.mock

    def __exit__(self, *_: object) -> None:
        self._patches.close()


class _Connection(HTTPSConnection):
    """A connection that ends in this process. answer: the server."""

    def __init__(self, *arguments: Any, answer: Callable[[Request], Response], **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._answer, self._is_open = answer, False
        self._request, self._options = Request("GET", "/"), dict[str, Any]()

    @property
    def is_closed(self) -> bool:
        return not self._is_open

    def connect(self) -> None:
        self._is_open = self.is_verified = True

    def close(self) -> None:
        self._is_open = False

    def request(
        self, method: str, url: str, body: object = None, headers: Any = None, *, chunked: bool = False, **options: Any
    ) -> None:
        path, _, query = url.partition("?")
        lower = {name.lower(): _text(value) for name, value in (headers or {}).items()}
        arguments = dict(parse_qsl(query, keep_blank_values=True))
        self._request, self._options = Request(method, path, arguments, lower, _read_body(body)), options

    def getresponse(self) -> HTTPResponse:  # type: ignore[override]
        response = self._answer(self._request)
        if response.fault in _RAISES:
            raise _RAISES[response.fault]()
        if self.timeout is not None and response.delay > self.timeout:
            raise _RAISES["stall"]()
        return HTTPResponse(
            _body(response),
            headers={**response.headers, "Content-Length": str(len(response.body))},
            status=response.status,
            reason=HTTPStatus(response.status).phrase,
            request_method=self._request.method,
            **self._options | {"preload_content": False},
        )


class _BrokenBody(io.BytesIO):
    """A body that the server breaks off."""

    def read(self, *_: object) -> bytes:
        raise http.client.IncompleteRead(b"")


def _body(response: Response) -> io.BytesIO:
    if response.fault == "bad_chunk":
        return _BrokenBody()
    return io.BytesIO(response.body[: len(response.body) // 2] if response.fault == "truncate" else response.body)


def _text(value: str | bytes) -> str:
    return value.decode("latin-1") if isinstance(value, bytes) else value


def _read_body(body: object) -> bytes:
    """The bytes of a body, in any of the forms that requests accepts."""
    if isinstance(body, str):
        return body.encode()
    if isinstance(body, bytes | bytearray) or body is None:
        return bytes(body or b"")
    parts = [body.read()] if hasattr(body, "read") else cast("Iterable[str | bytes]", body)
    return b"".join(part.encode() if isinstance(part, str) else part for part in parts)
