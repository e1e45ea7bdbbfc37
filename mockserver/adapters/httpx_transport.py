"""The server as a transport of httpx: `httpx.Client(transport=Transport(Core()))`, and AsyncClient likewise."""

from collections.abc import Callable

import httpx

from mockserver.admin.admin import Admin
from mockserver.core import Core
from mockserver.messages import Request

# What httpx raises when a connection breaks in this way.
_RAISES: dict[str, Callable[[], httpx.TransportError]] = {
    "reset": lambda: httpx.ReadError("Connection reset by peer"),
    "empty": lambda: httpx.RemoteProtocolError("Server disconnected without sending a response."),
    "garbage": lambda: httpx.RemoteProtocolError("illegal status line"),
    "truncate": lambda: httpx.RemoteProtocolError("peer closed connection without sending complete message body"),
    "bad_chunk": lambda: httpx.RemoteProtocolError("illegal chunk header"),
    "stall": lambda: httpx.ReadTimeout("The read operation timed out"),
}


class Transport(httpx.BaseTransport, httpx.AsyncBaseTransport):
    """Answers whatever is sent, without any socket. Nobody really waits here: late is too late, or at once."""

    def __init__(self, core: Core) -> None:
        self._admin = Admin(core)

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        return self._answer(request, request.read())

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        return self._answer(request, await request.aread())

    def _answer(self, sent: httpx.Request, body: bytes) -> httpx.Response:
        headers = dict(sent.headers.items())
        request = Request(sent.method, sent.url.path, dict(sent.url.params), headers, body)
        response = self._admin.answer(request)
        patience = sent.extensions.get("timeout", {}).get("read")
        if fault := response.fault or (patience is not None and response.delay > patience and "stall"):
            raise _RAISES[fault]()
        return httpx.Response(response.status, headers=dict(response.headers), content=response.body)
