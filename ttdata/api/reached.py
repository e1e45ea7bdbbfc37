"""Whether an API has ever answered in a folder, as its files show, and what a failed connection means then.

An address that has answered before is down for a while: the same command succeeds later. One that never has is likely
to be wrong, or this machine is offline: waiting would not help.
"""

from pathlib import Path

from ttapi import NoAnswer
from ttdata.api.clock import knows
from ttdata.errors import StorageFault, Unreachable
from ttdata.store.paths import Folder
from ttdata.store.raw_files import has_answer
from ttdata.study.study import MOCK


def unreachable(error: Exception, base_url: str, host: str, folder: Folder) -> Unreachable | None:
    """What to report instead of an error if it is a failed connection to an API that never answered; else None."""
    if not isinstance(error, NoAnswer) or has_answered(base_url, host, folder):
        return None
    return Unreachable(base_url, error.message.rstrip("."))


def has_answered(base_url: str, host: str, folder: Folder) -> bool:
    """Whether an API has ever answered a build in a folder. The bundled server always has."""
    return (
        base_url == MOCK
        or knows(host, folder.clock)
        or any(map(_shows_answer, folder.raw(host).path.rglob("*.ndjson.zst")))
    )


def _shows_answer(path: Path) -> bool:
    try:
        return has_answer(path)
    except (StorageFault, OSError):  # no reason to call an address wrong
        return True
