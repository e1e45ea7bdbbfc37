"""The CONNECT proxy, for clients that know only https://open.tiktokapis.com.

It opens no connection: a tunnel to the API's host ends in this server, and every other tunnel is refused.
"""

import asyncio
import logging
import re

from mockserver.adapters.tls import Handshakes, TlsConnection
from mockserver.endpoints.addresses import API_HOST

logger = logging.getLogger(__name__)
LONGEST_HEAD = 16 << 10  # bytes
_CONTROL_BYTE = re.compile(rb"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")


class Tunnel(TlsConnection):
    """One connection until aiohttp takes it over: at once if it is no CONNECT, else after the TLS handshake."""

    def __init__(self, handshakes: Handshakes) -> None:
        super().__init__(handshakes)
        self._timeout: asyncio.TimerHandle | None = None

    def begin(self, transport: asyncio.Transport) -> None:
        self._timeout = asyncio.get_running_loop().call_later(self._handshakes.patience, self.abort)

    def data_received(self, data: bytes) -> None:
        assert self._transport
        super().data_received(data)
        if self._task:
            return
        if not (b"CONNECT ".startswith(self._received) or self._received.startswith(b"CONNECT ")):
            self.hand_over(self._transport)
        elif b"\r\n\r\n" in self._received:
            self._connect(self._transport)
        elif len(self._received) > LONGEST_HEAD:
            self._refuse(self._transport, "431 Request Header Fields Too Large", "The head of the request is too long.")

    def _connect(self, transport: asyncio.Transport) -> None:
        head, _, rest = self._received.partition(b"\r\n\r\n")
        words = head.partition(b"\r\n")[0].split(b" ")
        if len(words) != 3 or not words[2].startswith(b"HTTP/1.") or rest or _CONTROL_BYTE.search(head):
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
            self.encrypt(transport)

    def _refuse(self, transport: asyncio.Transport, status: str, message: str) -> None:
        self.leave()
        logger.info("refused a tunnel: %s. %s", status, message)
        head = f"HTTP/1.1 {status}\r\nContent-Type: text/plain\r\nContent-Length: {len(message) + 1}\r\n"
        transport.write(f"{head}Connection: close\r\n\r\n{message}\n".encode())
        transport.close()

    def leave(self) -> None:
        super().leave()
        self._stop_timeout()

    def _stop_timeout(self) -> None:
        if self._timeout:
            self._timeout.cancel()
