"""The server on a socket (aiohttp): a thin skin around the core."""

import asyncio
import gzip
import os
import re
import signal
import socket
import ssl
import struct
from asyncio import sleep  # for good: `Mock.virtual_sleep` is for clients, not for a server that is to be slow
from collections.abc import Callable
from contextlib import suppress

from aiohttp import web
from aiohttp.web_protocol import RequestHandler

from mockserver.adapters.proxy import Proxy
from mockserver.admin.admin import Admin, is_admin
from mockserver.core import Core
from mockserver.messages import LARGEST_BODY, Request, Response

LARGEST_SNAPSHOT = 256 << 20  # of bytes that somebody with the admin token may send
STALL = 120.0  # seconds without an answer
MOST_CONNECTIONS = 512
PATIENCE = 30.0  # seconds for a client to send its headers, and again for its body
LOOPBACK = ("127.0.0.1", "localhost", "[::1]", "::1")
_CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"
_TAKES_GZIP = re.compile(r"(?:^|,)\s*(?:x-)?gzip\s*(?:;\s*q=(?!0(?:\.0*)?\s*(?:,|$))[^,]*)?(?:,|$)", re.I)
_WORTH_GZIP = 1_024  # bytes


class _Door(web.Server):
    """Lets in only so many connections at a time; one more is closed unheard."""

    most = MOST_CONNECTIONS

    def connection_made(self, handler: RequestHandler, transport: asyncio.Transport) -> None:
        super().connection_made(handler, transport)
        if len(self.connections) > self.most:
            transport.abort()


class Server:
    """A core that listens.

    hosts: names in the Host header that are answered, None for any; most_connections: at a time; patience: seconds
    that a client may take to send headers, and a body; tls: the API's own certificate (`Authority.context`), with
    which the server is a proxy too: clients that know only https://open.tiktokapis.com can come by CONNECT.
    """

    def __init__(
        self,
        core: Core,
        hosts: frozenset[str] | None = frozenset(LOOPBACK),
        *,
        most_connections: int = MOST_CONNECTIONS,
        patience: float = PATIENCE,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self.core, self.admin, self._hosts = core, Admin(core), hosts
        self._most_connections, self._patience = most_connections, patience
        self._tls = tls
        self._proxy: Proxy | None = None
        self._runner: web.ServerRunner | None = None
        self._listener: asyncio.Server | None = None

    async def start(self, host: str, port: int) -> int:
        """Listen; returns the port. Raises OSError if the address is taken."""
        # aiohttp closes a connection that has sent no whole head when the time for keeping it alive is over.
        door = _Door(self._serve, access_log=None, keepalive_timeout=self._patience, lingering_time=1.0)
        door.most = self._most_connections
        self._runner = web.ServerRunner(door, handle_signals=False, shutdown_timeout=0.05)
        await self._runner.setup()
        if self._tls:
            self._proxy = Proxy(self._tls, door, most_connections=self._most_connections, patience=self._patience)
        self._listener = await asyncio.get_running_loop().create_server(self._proxy or door, host, port, backlog=256)
        return int(self._listener.sockets[0].getsockname()[1])

    async def stop(self) -> None:
        if self._listener:
            self._listener.close()
        if self._proxy:
            self._proxy.stop()
        if self._runner:
            await self._runner.cleanup()

    async def _serve(self, request: web.BaseRequest) -> web.StreamResponse:
        knows = is_admin(request.path) and self.admin.knows(request.headers.get("X-Mock-Admin-Token", ""))
        try:
            async with asyncio.timeout(self._patience):
                body = await _body(request, LARGEST_SNAPSHOT if knows else LARGEST_BODY)
        except TimeoutError:
            return _plain(408, "The body took too long.")
        except ValueError:
            return _plain(413, "The body is too large.")
        except (web.RequestPayloadError, ConnectionError):
            return _plain(400, "The body cannot be read.")
        asked = Request(
            request.method,
            request.path,
            dict(request.query),
            {name.lower(): value for name, value in request.headers.items()},
            body,
        )
        for_admin = is_admin(asked.path)
        if self._hosts is not None and not self._is_ours(asked.headers.get("host", ""), for_admin=for_admin):
            return _plain(403, "This server answers only to its own name.")
        if for_admin and self._is_foreign(asked):
            return _plain(403, "Pages of other sites may not ask here.")
        return await self._send(request, self.admin.answer(asked))

    def _is_ours(self, host: str, *, for_admin: bool) -> bool:
        name = host.rsplit(":", 1)[0] if not host.endswith("]") else host
        return self._hosts is None or name.lower() in self._hosts or (not for_admin and _is_tiktok(name.lower()))

    def _is_foreign(self, request: Request) -> bool:
        origin = request.headers.get("origin")
        site = request.headers.get("sec-fetch-site", "same-origin")
        return site not in ("same-origin", "none") or bool(
            origin and origin.partition("://")[2] != request.headers.get("host")
        )

    async def _send(self, request: web.BaseRequest, response: Response) -> web.StreamResponse:
        if response.delay:
            await sleep(response.delay)
        if response.fault:
            await _break(request, response)
        body, headers = response.body, dict(response.headers)
        if len(body) >= _WORTH_GZIP and _TAKES_GZIP.search(request.headers.get("Accept-Encoding", "")):
            # aiohttp's own way takes level 6: 0.5 ms a page instead of 0.15, and deflate where a client names both.
            body, headers["Content-Encoding"] = gzip.compress(body, 1, mtime=0), "gzip"
        return web.Response(status=response.status, body=body, headers=headers)


def _is_tiktok(name: str) -> bool:
    """Whether a client was redirected here that means to speak to the API itself."""
    return f".{name}".endswith(".tiktokapis.com")


async def _break(request: web.BaseRequest, response: Response) -> None:
    """Do a fault of the connection: what is sent is no HTTP answer, or half of one."""
    transport = request.transport
    if transport is None:
        return
    head = f"HTTP/1.1 {response.status} OK\r\nContent-Type: application/json\r\n".encode()
    if response.fault == "stall":
        await sleep(STALL)
    elif response.fault == "reset":
        transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        transport.abort()
        return
    elif response.fault == "truncate":
        transport.write(
            head + b"Content-Length: %d\r\n\r\n" % len(response.body) + response.body[: len(response.body) // 2]
        )
    elif response.fault == "bad_chunk":
        transport.write(head + b'Transfer-Encoding: chunked\r\n\r\n5\r\n{"dat\r\nnot a size\r\n')
    elif response.fault == "garbage":
        transport.write(b"\x16\x03\x01 this is no HTTP\r\n\r\n")
    transport.close()


async def _body(request: web.BaseRequest, most: int) -> bytes:
    """The body, up to `most` bytes. Raises ValueError beyond."""
    if request.headers.get("Expect", "").lower() == "100-continue" and request.transport:
        request.transport.write(_CONTINUE)
    chunks = []
    size = 0
    async for chunk in request.content.iter_chunked(1 << 16):
        size += len(chunk)
        if size > most:
            raise ValueError(size)
        chunks.append(chunk)
    return b"".join(chunks)


def _plain(status: int, text: str) -> web.Response:
    response = web.Response(status=status, text=text + "\n")
    response.force_close()
    return response


async def serve(
    core: Core,
    host: str,
    port: int,
    *,
    exit_with: int | None,
    ready: Callable[[str], None],
    tls: ssl.SSLContext | None = None,
) -> None:
    """Serve until SIGTERM, SIGINT, or the end of the process `exit_with`."""
    hosts = frozenset(LOOPBACK) if host in LOOPBACK else None
    server = Server(core, hosts, tls=tls)
    bound = await server.start(host, port)
    done = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, done.set)
    watch = asyncio.create_task(_watch(exit_with, done)) if exit_with else None
    ready(f"http://[{host}]:{bound}" if ":" in host else f"http://{host}:{bound}")
    await done.wait()
    if watch:
        watch.cancel()
    await server.stop()


async def _watch(process: int, done: asyncio.Event) -> None:
    """Set `done` when a process has ended, killed or not."""
    loop = asyncio.get_running_loop()
    with suppress(AttributeError, OSError):
        descriptor = os.pidfd_open(process)
        loop.add_reader(descriptor, done.set)
        await done.wait()
        return
    while _is_alive(process):
        await sleep(0.25)
    done.set()


def _is_alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
