"""The bundled mock server, as a child of the build: started on a free port, and gone when the build is."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ttdata import layout
from ttdata.api import MOCK_URL
from ttdata.errors import Fault

_ADDRESS = re.compile(r"http://127\.0\.0\.1:\d+")


class NotStarted(Fault):
    """The bundled server ended before it could serve. Its own words stand in logs/mockserver.log."""


class Bundled:
    """A running mock server; `url` is its address."""

    def __init__(self, process: "subprocess.Popen[str]", url: str) -> None:
        self._process = process
        self.url = url

    @classmethod
    def start(cls, log: Path) -> "Bundled":
        """Start the server. It ends with this process, even if that is killed."""
        log.parent.mkdir(parents=True, exist_ok=True)
        # A build that goes on gets other random draws than those that are there; one from scratch the same again.
        run = str(sum(1 for _ in Path("raw").rglob("*.zst")))
        with log.open("w") as stderr:
            process = subprocess.Popen(
                [sys.executable, "-m", "mockserver", "--port", "0", "--exit-with", str(os.getpid()), "--run", run],
                stdout=subprocess.PIPE,
                stderr=stderr,
                text=True,
                # Of its own session: Ctrl-C reaches the jobs first, which still store what they were answered.
                start_new_session=True,
            )
        assert process.stdout
        address = _ADDRESS.search(process.stdout.readline())
        if not address:
            process.kill()
            raise NotStarted(f"The bundled mock server did not start. What it said stands in {log}.")
        return cls(process, address.group())

    def stop(self) -> None:
        """Ask the server to end, and wait for it."""
        self._process.terminate()
        self._process.wait(timeout=10)

    def to_environment(self) -> dict[str, str]:
        """What jobs need to ask this server. What is asked of it is nobody's quota but this build's."""
        ledger = os.environ.get("TTAPI_LEDGER", str(layout.MOCK_LEDGER.absolute()))
        return {MOCK_URL: self.url, "TTAPI_LEDGER": ledger}


@contextmanager
def bundled() -> Iterator[None]:
    """The bundled server for one command, unless one runs already; its address stands in the environment."""
    if MOCK_URL in os.environ:
        yield
        return
    server = Bundled.start(Path("logs/mockserver.log"))
    os.environ |= server.to_environment()
    try:
        yield
    finally:
        server.stop()
