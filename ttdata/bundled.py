"""The bundled mock server, as a child of the build: started on a free port, and gone when the build is."""

import os
import re
import subprocess
import sys
from pathlib import Path

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
        with log.open("w") as stderr:
            process = subprocess.Popen(
                [sys.executable, "-m", "mockserver", "--port", "0", "--exit-with", str(os.getpid())],
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
