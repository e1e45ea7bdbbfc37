"""Which process of all hosts may write a raw file.

With a ledger that hosts share, the one that has a lease there. Without one, only processes on the machine of the build:
they see each other by the kernel's locks, and count their requests together.
"""

import os
import socket
import uuid
from contextlib import suppress
from pathlib import Path

from ttapi import ledger_is_shared, open_lease
from ttdata.errors import TakenElsewhere
from ttdata.plan.plan import Plan
from ttdata.store import builds
from ttdata.store.barred import Barred
from ttdata.store.paths import Folder
from ttdata.store.raw_files import RawFile


def writable(plan: Plan, path: Path) -> RawFile:
    """A raw file of a plan that one process of all hosts can open for writing.

    Opening it raises TakenElsewhere, or LedgerUnavailable if the shared ledger cannot be used.
    """
    permit = Leased(plan.folder, path) if ledger_is_shared() else OneMachine(plan.folder)
    barred = Barred.read(plan.folder)
    return RawFile(path, permit, barred.targets if barred.any else None)


class Leased:
    """A lease in the shared ledger, for one raw file of one folder."""

    def __init__(self, folder: Folder, path: Path) -> None:
        self._folder, self._path = folder, path

    def take(self) -> None:
        lease = open_lease(f"{folder_id(self._folder)}/{self._folder.stored(self._path)}")
        if lease is None:
            raise TakenElsewhere("TTAPI_LEDGER does not name a shared ledger any more. Nothing was sent.")
        if holder := lease.take():
            raise TakenElsewhere(
                f"{self._path} is being written by {holder}. Nothing was sent from here. Wait until that process has "
                "ended, and run the same command again."
            )
        self._lease = lease

    def check(self) -> None:
        if not self._lease.is_held():
            raise TakenElsewhere(
                f"Another process has taken over {self._path}: this one was suspended, or has not reached the quota "
                "ledger for too long. All stored pages are kept. If a request was under way, it has cost quota and its "
                "answer is not stored. Wait until the other process has ended, and run the same command again."
            )

    def release(self) -> None:
        self._lease.release()


class OneMachine:
    """The machine of the build that is running in a folder. A step that runs without a build is one while it runs."""

    def __init__(self, folder: Folder) -> None:
        self._folder = folder
        self._held: builds.Held | None = None

    def take(self) -> None:
        if not builds.this_build():
            self._held = builds.hold(self._folder.build)
        build = builds.running(self._folder.build)
        if build and build.is_elsewhere:
            raise TakenElsewhere(
                f"A build is running in this folder on another host: {build}. This process is on "
                f"{socket.gethostname()}; the two would count their requests separately and send more than the quota. "
                "Nothing was sent from here. Run everything on one host, or set TTAPI_LEDGER=postgresql://… on each of "
                "them (docs/several-hosts.md)."
            )

    def check(self) -> None:
        pass

    def release(self) -> None:
        if self._held:
            self._held.release()


def folder_id(folder: Folder) -> str:
    """The random number in a folder; made by whoever asks first, on whatever host. Raises OSError."""
    path = folder.id
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        mine = path.with_name(f"{path.name}.{uuid.uuid4().hex}.tmp")
        mine.write_text(f"{uuid.uuid4().hex}\n")
        with suppress(FileExistsError):
            os.link(mine, path)  # unlike a replacement, it leaves the number that another host has put there
        mine.unlink()
    return path.read_text().strip()
