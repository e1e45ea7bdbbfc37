"""Connections as https://open.tiktokapis.com: the TLS handshake comes first, then aiohttp takes over."""

import asyncio
import logging
import ssl
from collections.abc import Callable
from dataclasses import dataclass, field
from weakref import WeakSet

from aiohttp.web_protocol import RequestHandler

from mockserver.adapters.waiting import Waiting

logger = logging.getLogger(__name__)
_SHUTDOWN = 1.0  # seconds for a client to end TLS


@dataclass(frozen=True)
class Handshakes:
    """What connections have in common before aiohttp has them.

    context: TLS as the API's host. handler: makes aiohttp's protocol. most_connections: that wait for their handshake
    at a time. patience: seconds for the handshake, and as many for what comes before it.
    """

    context: ssl.SSLContext
    handler: Callable[[], RequestHandler]
    most_connections: int
    patience: float
    waiting: Waiting = field(default_factory=Waiting)
    _encrypted: WeakSet[asyncio.Transport] = field(default_factory=WeakSet)

    def note(self, transport: asyncio.Transport) -> None:
        """Note a connection on which TLS is spoken now."""
        self._encrypted.add(transport)

    def end(self) -> None:
        """Close all connections at once, without waiting for clients to end TLS."""
        self.waiting.close_all()
        for transport in self._encrypted:
            transport.abort()


class TlsConnection(asyncio.Protocol):
    """One connection to the TLS port until aiohttp takes it over."""

    def __init__(self, handshakes: Handshakes) -> None:
        self._handshakes, self._received = handshakes, b""
        self._transport: asyncio.Transport | None = None
        self._task: asyncio.Task[None] | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._handshakes.waiting.add(self, self.abort)
        if len(self._handshakes.waiting) > self._handshakes.most_connections:
            self._handshakes.waiting.close_longest()
        self.begin(transport)

    def begin(self, transport: asyncio.Transport) -> None:
        """Do what comes first on a new connection."""
        self.encrypt(transport)

    def data_received(self, data: bytes) -> None:
        self._received += data  # the handshake is over, and aiohttp is about to get these bytes

    def connection_lost(self, _: Exception | None) -> None:
        self.leave()

    def abort(self) -> None:
        if self._task:
            self._task.cancel()
        if self._transport:
            self._transport.abort()

    def encrypt(self, transport: asyncio.Transport) -> None:
        """Start the handshake."""
        self._task = asyncio.get_running_loop().create_task(self._shake_hands(transport))

    async def _shake_hands(self, transport: asyncio.Transport) -> None:
        try:
            secure = await asyncio.get_running_loop().start_tls(
                transport,
                self,
                self._handshakes.context,
                server_side=True,
                ssl_handshake_timeout=self._handshakes.patience,
                ssl_shutdown_timeout=_SHUTDOWN,
            )
        except OSError as error:  # no TLS, too slow, closed, or a client that does not trust the CA
            logger.info("a TLS handshake failed: %s", type(error).__name__)
            secure = None
        if secure is None or secure.is_closing():
            transport.abort()
            self.leave()
        else:
            self._handshakes.note(transport)
            self.hand_over(secure)

    def hand_over(self, transport: asyncio.Transport) -> None:
        """Let aiohttp have the connection, and what was received on it."""
        self.leave()
        handler = self._handshakes.handler()
        transport.set_protocol(handler)
        handler.connection_made(transport)
        if self._received:
            handler.data_received(self._received)

    def leave(self) -> None:
        self._handshakes.waiting.discard(self)
