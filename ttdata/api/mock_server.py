"""The bundled mock server as a child process of the build: started on a free port, and gone when the build is."""

import logging
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

from ttapi.destination import TRUSTED_HOST, trusted_hosts
from ttapi.ledgers.mounts import network_file_system
from ttdata.api.client import MOCK_URL
from ttdata.errors import Fault
from ttdata.store.paths import Folder
from ttdata.store.raw_files import number_of_frames

log = logging.getLogger(__name__)

HOST = "TTDATA_MOCK_HOST"
"""The variable with the address of this machine at which jobs on other machines reach the server; loopback without."""
_LOOPBACK = "127.0.0.1"
_ADDRESS = re.compile(r"http://\S+:\d+")


class NotStarted(Fault):
    """The bundled server ended before it could serve. See logs/mockserver.log."""


class MockServer:
    """A running mock server; `url` is its address."""

    def __init__(self, process: "subprocess.Popen[str]", url: str, folder: Folder) -> None:
        self._process, self._folder = process, folder
        self._temporary: Path | None = None
        self.url = url

    @classmethod
    def start(cls, folder: Folder, exit_with: int | None = None) -> "MockServer":
        """Start the server. It ends with a process, even if that is killed; by default with this one."""
        log_file = folder.mock_log
        log_file.parent.mkdir(parents=True, exist_ok=True)
        # A build that continues gets other random draws than those that are there; one from scratch the same again.
        run = str(sum(number_of_frames(path) for path in folder.raw_pages.rglob("*.zst")))
        with log_file.open("w") as stderr:
            process = subprocess.Popen(
                [
                    sys.executable,
                    "-m",
                    "mockserver",
                    "--host",
                    os.environ.get(HOST, _LOOPBACK),
                    "--port",
                    "0",
                    "--exit-with",
                    str(exit_with or os.getpid()),
                    "--run",
                    run,
                ],
                stdout=subprocess.PIPE,
                stderr=stderr,
                text=True,
                # In a session of its own: Ctrl-C reaches the jobs first, which still store their answers.
                start_new_session=True,
            )
        assert process.stdout
        address = _ADDRESS.search(process.stdout.readline())
        if not address:
            process.kill()
            process.communicate()
            raise NotStarted(f"The bundled mock server did not start. See {log_file}.{_why(os.environ.get(HOST))}")
        log.info("bundled mock server at %s, process %d", address.group(), process.pid)
        return cls(process, address.group(), folder)

    def stop(self) -> None:
        """Ask the server to end, and wait for it."""
        self._process.terminate()
        self._process.communicate(timeout=10)
        if self._temporary:
            shutil.rmtree(self._temporary, ignore_errors=True)

    def to_environment(self) -> dict[str, str]:
        """The variables by which jobs reach this server.

        Its requests are counted in this build's own ledger, unless TTAPI_LEDGER names one: the rows of a server on this
        machine are never taken for those of an API. Jobs have that variable already, and it may hold a password.
        """
        own = {} if os.environ.get("TTAPI_LEDGER") else {"TTAPI_LEDGER": str(self._own_ledger())}
        hosts = [*trusted_hosts(), urlsplit(self.url).netloc]
        trusted = {TRUSTED_HOST: ",".join(hosts)} if HOST in os.environ else {}
        return {MOCK_URL: self.url, **own, **trusted}

    def _own_ledger(self) -> Path:
        """A file in the study's folder, or in a temporary one if that is on a network file system."""
        ledger = self._folder.mock_ledger.absolute()
        if not network_file_system(ledger):
            return ledger
        self._temporary = self._temporary or Path(tempfile.mkdtemp(prefix="ttdata-"))
        return self._temporary / ledger.name


def _why(host: str | None) -> str:
    return f" {HOST}={host} must be an address of this machine, such as 10.0.0.5." if host else ""


@contextmanager
def running_mock_server(folder: Folder) -> Iterator[None]:
    """The bundled server for one command, unless one is running; its address is in the environment."""
    if MOCK_URL in os.environ:
        yield
        return
    server = MockServer.start(folder)
    os.environ |= server.to_environment()
    try:
        yield
    finally:
        server.stop()
