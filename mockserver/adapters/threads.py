"""The mock in a thread of a program, on a socket."""

import asyncio
import threading
from types import TracebackType
from typing import Any

from mockserver.adapters.http_server import Server
from mockserver.adapters.mock import Mock
from mockserver.core import Core


class InThread:
    """A server on a free port of 127.0.0.1, in a thread. A context manager."""

    def __init__(self, core: Core | None = None, **limits: Any) -> None:
        """limits: most_connections, patience and tls, as in `Server`."""
        self.core = core or Core()
        self._loop = asyncio.new_event_loop()
        self._server = Server(self.core, **limits)
        self._thread = threading.Thread(target=self._run, name="tiktok-mock", daemon=True)
        self._ready = threading.Event()
        self._port = 0

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._port = self._loop.run_until_complete(self._server.start("127.0.0.1", 0))
        self._ready.set()
        self._loop.run_forever()
        self._loop.run_until_complete(self._server.stop())
        self._loop.run_until_complete(self._loop.shutdown_asyncgens())
        self._loop.close()

    def __enter__(self) -> Mock:
        self._thread.start()
        self._ready.wait(10)
        return Mock(self.core, f"http://127.0.0.1:{self._port}")

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
