"""The mock in the process of a test: `responses` passes it what requests would send to the real API."""

import re
from collections.abc import Callable, Iterable
from typing import cast
from urllib.parse import parse_qsl, urlsplit

import requests
import responses

from mockserver.adapters.mock import Mock
from mockserver.admin.admin import Admin
from mockserver.core import Core
from mockserver.endpoints.addresses import API_HOST
from mockserver.messages import Request

BASE_URL = f"https://{API_HOST}"
# What requests raises when a connection breaks like this
_RAISES: dict[str, Callable[[], Exception]] = {
    "reset": lambda: requests.ConnectionError("Connection reset by peer"),
    "empty": lambda: requests.ConnectionError("Remote end closed connection without response"),
    "garbage": lambda: requests.ConnectionError("Bad status line"),
    "truncate": lambda: requests.exceptions.ChunkedEncodingError("Connection broken: IncompleteRead"),
    "bad_chunk": lambda: requests.exceptions.ChunkedEncodingError("Connection broken: InvalidChunkLength"),
    "stall": lambda: requests.ReadTimeout("Read timed out"),
}


class InProcess:
    """Answers what requests sends to https://open.tiktokapis.com, without a socket. A context manager."""

    def __init__(self, core: Core | None = None, base_url: str = BASE_URL) -> None:
        self.core = core or Core()
        self.mock = Mock(self.core, base_url)
        self._admin = Admin(self.core)
        self._responses = responses.RequestsMock(assert_all_requests_are_fired=False)
        for method in ("GET", "POST", "PUT", "DELETE", "PATCH"):
            self._responses.add_callback(method, re.compile(re.escape(base_url) + "/"), self._answer)
        for loopback in ("http://127.0.0.1", "http://localhost"):
            self._responses.add_passthru(loopback)

    def __enter__(self) -> Mock:
        self._responses.start()
        return self.mock

    def __exit__(self, *_: object) -> None:
        self._responses.stop(allow_assert=False)
        self._responses.reset()

    def _answer(self, prepared: requests.PreparedRequest) -> tuple[int, dict[str, str], bytes]:
        parts = urlsplit(prepared.url or "")
        headers = {name.lower(): str(value) for name, value in prepared.headers.items()}
        query = dict(parse_qsl(str(parts.query), keep_blank_values=True))
        request = Request(prepared.method or "GET", str(parts.path), query, headers, _read_body(prepared.body))
        response = self._admin.answer(request)
        if response.fault:
            raise _RAISES[response.fault]()
        if response.delay > _timeout(prepared):
            raise _RAISES["stall"]()
        return response.status, dict(response.headers), response.body


def _read_body(body: object) -> bytes:
    """The bytes of a body, in any of the forms that requests accepts."""
    if isinstance(body, str):
        return body.encode()
    if isinstance(body, bytes | bytearray) or body is None:
        return bytes(body or b"")
    parts = [body.read()] if hasattr(body, "read") else cast("Iterable[str | bytes]", body)
    return b"".join(part.encode() if isinstance(part, str) else part for part in parts)


def _timeout(prepared: requests.PreparedRequest) -> float:
    """The seconds that the caller waits for an answer. A later answer raises the timeout at once."""
    timeout = getattr(prepared, "req_kwargs", {}).get("timeout")
    seconds = timeout[1] if isinstance(timeout, tuple) else timeout
    return float(seconds) if seconds else float("inf")
