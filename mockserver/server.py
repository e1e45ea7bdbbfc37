"""The server on a socket (aiohttp): a thin skin around the core."""

import asyncio
import os
import signal
import socket
import struct
from collections.abc import Callable
from contextlib import suppress

from aiohttp import web

from mockserver.admin import PREFIX, Admin
from mockserver.core import LARGEST_BODY, Core, Request, Response

STALL = 120.0  # seconds without an answer
_LOOPBACK = ("127.0.0.1", "localhost", "[::1]", "::1")


class Server:
    """A core that listens. `hosts`: names in the Host header that are answered; None for any."""

    def __init__(self, core: Core, hosts: frozenset[str] | None = frozenset(_LOOPBACK)) -> None:
        self.core, self.admin, self._hosts = core, Admin(core), hosts
        self._runner: web.ServerRunner | None = None

    async def start(self, host: str, port: int) -> int:
        """Listen; returns the port. Raises OSError if the address is taken."""
        self._runner = web.ServerRunner(
            web.Server(self._serve, access_log=None), handle_signals=False, shutdown_timeout=0.05
        )
        await self._runner.setup()
        site = web.TCPSite(self._runner, host, port, backlog=256)
        await site.start()
        return int(self._runner.addresses[0][1])

    async def stop(self) -> None:
        if self._runner:
            await self._runner.cleanup()

    async def _serve(self, request: web.BaseRequest) -> web.StreamResponse:
        try:
            body = await _body(request)
        except ValueError:
            return _plain(413, "The body is too large.")
        asked = Request(
            request.method,
            request.path,
            dict(request.query),
            {name.lower(): value for name, value in request.headers.items()},
            body,
        )
        is_admin = asked.path.startswith(PREFIX) or asked.path == PREFIX.rstrip("/")
        if self._hosts is not None and not self._is_ours(asked.headers.get("host", ""), is_admin=is_admin):
            return _plain(403, "This server answers only to its own name.")
        if is_admin and self._is_foreign(asked):
            return _plain(403, "Pages of other sites may not ask here.")
        response = self.admin.handle(asked) if is_admin else self.core.handle(asked)
        return await self._send(request, response)

    def _is_ours(self, host: str, *, is_admin: bool) -> bool:
        name = host.rsplit(":", 1)[0] if not host.endswith("]") else host
        return self._hosts is None or name.lower() in self._hosts or (not is_admin and name.endswith("tiktokapis.com"))

    def _is_foreign(self, request: Request) -> bool:
        origin = request.headers.get("origin")
        site = request.headers.get("sec-fetch-site", "same-origin")
        return site == "cross-site" or bool(origin and origin.partition("://")[2] != request.headers.get("host"))

    async def _send(self, request: web.BaseRequest, response: Response) -> web.StreamResponse:
        if response.delay:
            await asyncio.sleep(response.delay)
        if response.fault:
            await _break(request, response)
        return web.Response(status=response.status, body=response.body, headers=dict(response.headers))


async def _break(request: web.BaseRequest, response: Response) -> None:
    """Do a fault of the connection: what is sent is no HTTP answer, or half of one."""
    transport = request.transport
    if transport is None:
        return
    head = f"HTTP/1.1 {response.status} OK\r\nContent-Type: application/json\r\n".encode()
    if response.fault == "stall":
        await asyncio.sleep(STALL)
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


async def _body(request: web.BaseRequest) -> bytes:
    """The body, up to the limit. Raises ValueError beyond."""
    chunks = []
    size = 0
    async for chunk in request.content.iter_chunked(1 << 16):
        size += len(chunk)
        if size > LARGEST_BODY:
            raise ValueError(size)
        chunks.append(chunk)
    return b"".join(chunks)


def _plain(status: int, text: str) -> web.Response:
    response = web.Response(status=status, text=text + "\n")
    response.force_close()
    return response


async def serve(core: Core, host: str, port: int, *, exit_with: int | None, ready: Callable[[str], None]) -> None:
    """Serve until SIGTERM, SIGINT, or the end of the process `exit_with`."""
    hosts = frozenset(_LOOPBACK) if host in _LOOPBACK else None
    server = Server(core, hosts)
    bound = await server.start(host, port)
    done = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, done.set)
    watch = asyncio.create_task(_watch(exit_with, done)) if exit_with else None
    ready(f"http://{host}:{bound}")
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
        await asyncio.sleep(0.25)
    done.set()


def _is_alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
