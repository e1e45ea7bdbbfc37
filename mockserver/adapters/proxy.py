"""The CONNECT proxy, for clients that know only https://open.tiktokapis.com.

It opens no connection: a tunnel to the API's host ends in this server, and every other tunnel is refused.
"""

import asyncio
import logging
import ssl
from collections.abc import Callable

from aiohttp.web_protocol import RequestHandler

from mockserver.adapters.waiting import Waiting
from mockserver.endpoints.addresses import API_HOST

logger = logging.getLogger(__name__)
LONGEST_HEAD = 16 << 10  # bytes
_SHUTDOWN = 1.0  # seconds for a client to end TLS


class Proxy:
    """Makes the protocol of each new connection: first a tunnel, then that of aiohttp over it.

    context: TLS as the API's host. handler: makes aiohttp's protocol. most_connections: tunnels that are being set up
    at a time. patience: seconds for the head of a CONNECT, and as many for the TLS handshake.
    """

    def __init__(
        self,
        context: ssl.SSLContext,
        handler: Callable[[], RequestHandler],
        *,
        most_connections: int,
        patience: float,
    ) -> None:
        self.context, self.handler = context, handler
        self.most_connections, self.patience = most_connections, patience
        self.waiting = Waiting()

    def __call__(self) -> "Tunnel":
        return Tunnel(self)

    def stop(self) -> None:
        self.waiting.close_all()


class Tunnel(asyncio.Protocol):
    """One connection until aiohttp takes it over: at once if it is no CONNECT, else after the TLS handshake."""

    def __init__(self, proxy: Proxy) -> None:
        self._proxy, self._received = proxy, b""
        self._transport: asyncio.Transport | None = None
        self._timeout: asyncio.TimerHandle | None = None
        self._task: asyncio.Task[None] | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._proxy.waiting.add(self, self.abort)
        self._timeout = asyncio.get_running_loop().call_later(self._proxy.patience, self.abort)
        if len(self._proxy.waiting) > self._proxy.most_connections:
            self._proxy.waiting.close_longest()

    def connection_lost(self, _: Exception | None) -> None:
        self._leave()

    def abort(self) -> None:
        if self._task:
            self._task.cancel()
        if self._transport:
            self._transport.abort()

    def data_received(self, data: bytes) -> None:
        assert self._transport
        self._received += data
        if self._task:  # the handshake is over, and aiohttp is about to get these bytes
            return
        if not (b"CONNECT ".startswith(self._received) or self._received.startswith(b"CONNECT ")):
            self._hand_over(self._transport)
        elif b"\r\n\r\n" in self._received:
            self._connect(self._transport)
        elif len(self._received) > LONGEST_HEAD:
            self._refuse(self._transport, "431 Request Header Fields Too Large", "The head of the request is too long.")

    def _connect(self, transport: asyncio.Transport) -> None:
        head, _, rest = self._received.partition(b"\r\n\r\n")
        words = head.partition(b"\r\n")[0].split(b" ")
        if len(words) != 3 or not words[2].startswith(b"HTTP/1.") or rest:
            self._refuse(transport, "400 Bad Request", "This is not a single CONNECT request.")
        elif words[1].lower() != f"{API_HOST}:443".encode():
            self._refuse(
                transport, "403 Forbidden", f"This proxy connects to {API_HOST}:443 only, and that is the mock."
            )
        else:
            self._received = b""
            self._stop_timeout()
            logger.debug("opening a tunnel")
            transport.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
            self._task = asyncio.get_running_loop().create_task(self._encrypt(transport))

    async def _encrypt(self, transport: asyncio.Transport) -> None:
        try:
            secure = await asyncio.get_running_loop().start_tls(
                transport,
                self,
                self._proxy.context,
                server_side=True,
                ssl_handshake_timeout=self._proxy.patience,
                ssl_shutdown_timeout=_SHUTDOWN,
            )
        except OSError as error:  # no TLS, too slow, closed, or a client that does not trust the CA
            logger.info("a tunnel failed in its TLS handshake: %s", type(error).__name__)
            secure = None
        if secure is None or secure.is_closing():
            transport.abort()
            self._leave()
        else:
            self._hand_over(secure)

    def _hand_over(self, transport: asyncio.Transport) -> None:
        self._leave()
        handler = self._proxy.handler()
        transport.set_protocol(handler)
        handler.connection_made(transport)
        if self._received:
            handler.data_received(self._received)

    def _refuse(self, transport: asyncio.Transport, status: str, message: str) -> None:
        self._leave()
        logger.info("refused a tunnel: %s. %s", status, message)
        head = f"HTTP/1.1 {status}\r\nContent-Type: text/plain\r\nContent-Length: {len(message) + 1}\r\n"
        transport.write(f"{head}Connection: close\r\n\r\n{message}\n".encode())
        transport.close()

    def _leave(self) -> None:
        self._proxy.waiting.discard(self)
        self._stop_timeout()

    def _stop_timeout(self) -> None:
        if self._timeout:
            self._timeout.cancel()
