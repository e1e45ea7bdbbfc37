"""The mock as a transport of httpx: `httpx.Client(transport=Transport(Core()))`, or httpx.AsyncClient."""

from collections.abc import Callable

import httpx

from mockserver.admin.admin import Admin
from mockserver.core import Core
from mockserver.messages import Request

# What httpx raises when a connection breaks like this
_RAISES: dict[str, Callable[[], httpx.TransportError]] = {
    "reset": lambda: httpx.ReadError("Connection reset by peer"),
    "empty": lambda: httpx.RemoteProtocolError("Server disconnected without sending a response."),
    "garbage": lambda: httpx.RemoteProtocolError("illegal status line"),
    "truncate": lambda: httpx.RemoteProtocolError("peer closed connection without sending complete message body"),
    "bad_chunk": lambda: httpx.RemoteProtocolError("illegal chunk header"),
    "stall": lambda: httpx.ReadTimeout("The read operation timed out"),
}


class Transport(httpx.BaseTransport, httpx.AsyncBaseTransport):
    """Answers all requests without a socket. An answer later than the client's timeout raises the timeout at once."""

    def __init__(self, core: Core) -> None:
        self._admin = Admin(core)

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        return self._answer(request, request.read())

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        return self._answer(request, await request.aread())

    def _answer(self, request: httpx.Request, body: bytes) -> httpx.Response:
        headers, url = dict(request.headers.items()), request.url
        response = self._admin.answer(Request(request.method, url.path, dict(url.params), headers, body))
        timeout = request.extensions.get("timeout", {}).get("read")
        if fault := response.fault or (timeout is not None and response.delay > timeout and "stall"):
            raise _RAISES[fault]()
        return httpx.Response(response.status, headers=dict(response.headers), content=response.body)
