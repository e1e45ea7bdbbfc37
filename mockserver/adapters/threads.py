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

    def __init__(self, core: Core | None = None, *, tls_port: int | None = None, **limits: Any) -> None:
        """tls_port: as in `Server.start`; the port is then `Mock.tls_port`. limits: as in `Server`."""
        self.core, self._tls_port = core or Core(), tls_port
        self._server = Server(self.core, **limits)
        self._thread = threading.Thread(target=self._run, name="tiktok-mock", daemon=True)
        self._ready = threading.Event()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._port = 0

    def _run(self) -> None:
        with asyncio.Runner() as runner:  # which ends answers that are still on their way
            self._loop = runner.get_loop()
            self._port, self._tls_port = runner.run(self._server.start("127.0.0.1", 0, self._tls_port))
            self._ready.set()
            self._loop.run_forever()
            runner.run(self._server.stop())

    def __enter__(self) -> Mock:
        self._thread.start()
        self._ready.wait(10)
        return Mock(self.core, f"http://127.0.0.1:{self._port}", tls_port=self._tls_port)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._loop
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
