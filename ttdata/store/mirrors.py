"""Which buckets have copies of a folder's files: noted before the first file is sent, so that none is forgotten.

What must be deleted here must be deleted there, too.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from ttdata.errors import Fault
from ttdata.files import read_json, write_json


@dataclass(frozen=True)
class Mirror:
    """A bucket with copies of files of a folder.

    address   s3://BUCKET/PREFIX
    endpoint  the server, without credentials; "" is that of the client's settings
    noted_at  when it was last used (ISO, UTC, by this machine's clock)
    files     names of the files that it may have, relative to the folder
    is_stale  something was erased from the folder since: the mirror may still have it
    """

    address: str
    endpoint: str
    noted_at: str
    files: tuple[str, ...]
    is_stale: bool = False


def mirrors(path: Path) -> list[Mirror]:
    """The mirrors that a folder's file names; none if it cannot be read."""
    return [
        Mirror(
            address,
            str(each.get("endpoint", "")),
            str(each.get("noted_at", "")),
            tuple(map(str, each["files"])),
            bool(each.get("is_stale")),
        )
        for address, each in _stored(path).items()
    ]


def refuse_stale(path: Path, address: str) -> None:
    """Raise Fault for a mirror that may have what was erased from the folder."""
    if any(each.address == address and each.is_stale for each in mirrors(path)):
        raise Fault(
            f"{address} may have what `purge` has erased here, so nothing was received. Delete everything below this "
            "address, then push: the mirror then has what is here."
        )


def mark_stale(path: Path) -> None:
    """Note that something is erased from the folder, so that no mirror brings it back. Raises OSError."""
    if stored := _stored(path):
        write_json(path, {address: {**each, "is_stale": True} for address, each in stored.items()})


def note(path: Path, address: str, endpoint: str, files: Iterable[str]) -> None:
    """Add files to what a mirror may have. Raises OSError."""
    stored: dict[str, dict[str, Any]] = dict(_stored(path))
    known = stored.get(address, {}).get("files", ())
    moment = datetime.now(UTC).isoformat(timespec="seconds")
    stored[address] = {"endpoint": endpoint, "noted_at": moment, "files": sorted({*map(str, known), *files})}
    write_json(path, stored)


def _stored(path: Path) -> Mapping[str, dict[str, Any]]:
    try:
        stored = read_json(path)
    except (OSError, ValueError):
        return {}
    items = stored.items() if isinstance(stored, dict) else ()
    return {name: each for name, each in items if isinstance(each, dict) and isinstance(each.get("files"), list)}
