"""Keeping builds out of a folder while a command changes it."""

from collections.abc import Iterator
from contextlib import contextmanager

from ttdata.errors import Fault
from ttdata.store import builds
from ttdata.store.paths import Folder
from ttdata.workflow.quiet import already_running


@contextmanager
def held(folder: Folder) -> Iterator[None]:
    """Raises Fault if a build is running there."""
    lock = builds.hold(folder.build)
    if lock is None:
        running = builds.running(folder.build)
        raise Fault(already_running(running) if running else "A build has just ended. Run the same command again.")
    try:
        yield
    finally:
        lock.release()
