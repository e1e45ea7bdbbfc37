"""The server on a socket, with aiohttp."""

import asyncio
import gzip
import logging
import os
import re
import signal
import socket
import ssl
import struct
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import Any

from aiohttp import web
from aiohttp.http import HttpProcessingError, RawRequestMessage
from aiohttp.web_protocol import RequestHandler

from mockserver.adapters.memory import settle
from mockserver.adapters.proxy import Tunnel
from mockserver.adapters.tls import Handshakes, TlsConnection
from mockserver.adapters.virtual_sleep import real_async_sleep  # `Mock.virtual_sleep` is for clients
from mockserver.adapters.waiting import Waiting
from mockserver.admin.admin import Admin, is_admin
from mockserver.core import Core
from mockserver.logs import loggable
from mockserver.messages import LARGEST_BODY, Request, Response

logger = logging.getLogger(__name__)
LARGEST_SNAPSHOT = 256 << 20  # bytes that a client with the admin token may send
STALL = 120.0  # seconds without an answer
MOST_CONNECTIONS = 512
PATIENCE = 30.0  # seconds for a client to send its headers, and as many for its body
LOOPBACK = ("127.0.0.1", "localhost", "[::1]", "::1")
_CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"
_ACCEPTS_GZIP = re.compile(r"(?:^|,)\s*(?:x-)?gzip\s*(?:;\s*q=(?!0(?:\.0*)?\s*(?:,|$))[^,]*)?(?:,|$)", re.I)
_LEAST_GZIP = 1_024  # bytes
_IS_MALFORMED = web.RequestKey("is_malformed", bool)  # of a request whose address cannot be decoded


Serve = Callable[[web.BaseRequest], Awaitable[web.StreamResponse]]


class CannotListen(Exception):
    """An address is in use, or this user may not listen there. port: of this address."""

    def __init__(self, host: str, port: int, error: OSError) -> None:
        reason = os.strerror(error.errno) if error.errno else str(error)
        super().__init__(f"Cannot listen on {host}:{port}: {reason}.")
        self.port = port


class _Connection(RequestHandler):
    """aiohttp's protocol, which logs the mistakes of a client without a traceback."""

    __slots__ = ()

    def log_exception(self, *args: Any, exc_info: BaseException | None = None, **kwargs: Any) -> None:
        if isinstance(exc_info, HttpProcessingError | web.RequestPayloadError):
            logger.info("a request that is not valid HTTP: %s", loggable(str(exc_info)))
        else:
            super().log_exception(*args, exc_info=exc_info, **kwargs)


class _LimitedServer(web.Server):
    """Has at most so many connections at a time; for one more, the one that has waited longest is closed.

    A connection waits for its client unless a request is being answered: then it is never closed.
    """

    def __init__(self, serve: Serve, *, most_connections: int, patience: float) -> None:
        # aiohttp closes a connection without a complete head after the time for which it keeps idle ones open.
        super().__init__(serve, access_log=None, keepalive_timeout=patience, lingering_time=1.0)
        self.waiting, self._most = Waiting(), most_connections

    def __call__(self) -> RequestHandler:
        return _Connection(self, loop=self._loop, **self._kwargs)

    def _make_request(self, message: RawRequestMessage, *others: Any) -> web.BaseRequest:
        try:
            return super()._make_request(message, *others)
        except ValueError:  # of a host name that cannot be decoded: aiohttp would send no answer
            request = super()._make_request(message._replace(url=message.url.relative()), *others)
            request[_IS_MALFORMED] = True
            return request

    def connection_made(self, handler: RequestHandler, transport: asyncio.Transport) -> None:
        super().connection_made(handler, transport)
        self.waiting.add(handler, transport.abort)
        if len(self.connections) > self._most:
            # Later, since aiohttp's task for the new connection has not started yet.
            asyncio.get_running_loop().call_soon(self.waiting.close_longest)

    def connection_lost(self, handler: RequestHandler, exc: BaseException | None = None) -> None:
        self.waiting.discard(handler)
        super().connection_lost(handler, exc)

    @contextmanager
    def answering(self, request: web.BaseRequest) -> Iterator[None]:
        """The connection of this request does not wait for its client meanwhile."""
        self.waiting.discard(request.protocol)
        try:
            yield
        finally:
            if transport := request.transport:
                self.waiting.add(request.protocol, transport.abort)


class Server:
    """A core that listens on a socket.

    hosts: the names in the Host header that are answered, None for any. most_connections: at a time. patience: seconds
    that a client may take to send its headers, and as many for its body. tls: a certificate for the API's host
    (`Authority.context`). With it the server is a proxy too, for clients that know only https://open.tiktokapis.com,
    and it can have a TLS port, for those of them that use no proxy.
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
        self._handshakes: Handshakes | None = None
        self._runner: web.ServerRunner | None = None
        self._listeners: list[asyncio.Server] = []

    async def start(self, host: str, port: int, tls_port: int | None = None) -> tuple[int, int | None]:
        """Listen. Returns the port and the TLS port, None without one. Port 0 is any free one. Raises CannotListen."""
        most, patience = self._most_connections, self._patience
        server = self._server = _LimitedServer(self._serve, most_connections=most, patience=patience)
        self._runner = web.ServerRunner(server, handle_signals=False, shutdown_timeout=0.05)
        await self._runner.setup()
        if self._tls is None:
            return await self._listen(server, host, port), None
        handshakes = self._handshakes = Handshakes(self._tls, server, most, patience)
        port = await self._listen(lambda: Tunnel(handshakes), host, port)
        if tls_port is not None:
            tls_port = await self._listen(lambda: TlsConnection(handshakes), host, tls_port)
        return port, tls_port

    async def _listen(self, protocol: Callable[[], asyncio.Protocol], host: str, port: int) -> int:
        try:
            listener = await asyncio.get_running_loop().create_server(protocol, host, port, backlog=256)
        except OSError as error:
            raise CannotListen(host, port, error) from None
        self._listeners.append(listener)
        return int(listener.sockets[0].getsockname()[1])

    async def stop(self) -> None:
        for listener in self._listeners:
            listener.close()
        if self._runner:
            await self._runner.cleanup()
        if self._handshakes:
            self._handshakes.end()
        await real_async_sleep(0)  # in which aborted connections are closed

    async def _serve(self, request: web.BaseRequest) -> web.StreamResponse:
        if request.get(_IS_MALFORMED):
            return _refuse(request, 400, "The address cannot be read.")
        is_trusted = is_admin(request.path) and self.admin.is_token(request.headers.get("X-Mock-Admin-Token", ""))
        try:
            async with asyncio.timeout(self._patience):
                body = await _read_body(request, LARGEST_SNAPSHOT if is_trusted else LARGEST_BODY)
        except TimeoutError:
            return _refuse(request, 408, "The body took too long.")
        except ValueError:
            return _refuse(request, 413, "The body is too large.")
        except (web.RequestPayloadError, ConnectionError):
            return _refuse(request, 400, "The body cannot be read.")
        headers = {name.lower(): value for name, value in request.headers.items()}
        if not self._is_own_host(headers.get("host", ""), for_admin=is_admin(request.path)):
            return _refuse(request, 403, "This server answers only to its own name.")
        if is_admin(request.path) and _is_from_other_site(headers):
            return _refuse(request, 403, "Pages of other sites may not send requests to /__mock__/.")
        with self._server.answering(request):
            response = self.admin.answer(Request(request.method, request.path, dict(request.query), headers, body))
            return await self._send(request, response)

    def _is_own_host(self, host: str, *, for_admin: bool) -> bool:
        name = host.rsplit(":", 1)[0] if not host.endswith("]") else host
        return self._hosts is None or name.lower() in self._hosts or (not for_admin and _is_tiktok(name.lower()))

    async def _send(self, request: web.BaseRequest, response: Response) -> web.StreamResponse:
        if response.delay:
            await real_async_sleep(response.delay)
        if response.fault:
            await _break_connection(request, response)
        body, headers = response.body, dict(response.headers)
        if len(body) >= _LEAST_GZIP and _ACCEPTS_GZIP.search(request.headers.get("Accept-Encoding", "")):
            # aiohttp compresses at level 6, in 0.5 ms per page instead of 0.15, and prefers deflate to gzip.
            body, headers["Content-Encoding"] = gzip.compress(body, 1, mtime=0), "gzip"
        return web.Response(status=response.status, body=body, headers=headers)


def _is_tiktok(name: str) -> bool:
    """Whether a host is that of the API: some clients are redirected to this server and do not know it."""
    return f".{name}".endswith(".tiktokapis.com")


def _is_from_other_site(headers: Mapping[str, str]) -> bool:
    """Whether a browser sent a request on behalf of a page that is not ours."""
    origin, site = headers.get("origin"), headers.get("sec-fetch-site", "same-origin")
    return site not in ("same-origin", "none") or bool(origin and origin.partition("://")[2] != headers.get("host"))


async def _break_connection(request: web.BaseRequest, response: Response) -> None:
    """Do the fault of a response to the connection: send no HTTP, or half an answer."""
    transport = request.transport
    if transport is None:
        return
    head = f"HTTP/1.1 {response.status} OK\r\nContent-Type: application/json\r\n".encode()
    if response.fault == "stall":
        await real_async_sleep(STALL)
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


async def _read_body(request: web.BaseRequest, most: int) -> bytes:
    """The body. Raises ValueError if it has more than `most` bytes."""
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


def _refuse(request: web.BaseRequest, status: int, message: str) -> web.Response:
    logger.info("%s %s: %d %s", request.method, loggable(request.path), status, message)
    response = web.Response(status=status, text=message + "\n")
    response.force_close()
    return response


async def serve(
    core: Core,
    host: str,
    port: int,
    *,
    exit_with: int | None,
    ready: Callable[[str, int | None], None],
    tls: ssl.SSLContext | None = None,
    tls_port: int | None = None,
) -> None:
    """Serve until SIGTERM, SIGINT, or the end of the process `exit_with`.

    ready: called with the URL and the TLS port. Raises CannotListen.
    """
    hosts = frozenset(LOOPBACK) if host in LOOPBACK else None
    server = Server(core, hosts, tls=tls)
    port, tls_port = await server.start(host, port, tls_port)
    done = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, done.set)
    watch = asyncio.create_task(_watch(exit_with, done)) if exit_with else None
    ready(f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}", tls_port)
    settle()
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
        await real_async_sleep(0.25)
    done.set()


def _is_alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
