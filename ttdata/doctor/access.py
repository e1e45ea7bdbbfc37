"""Who can read what: data and keys that other users of this machine can open."""

import stat
from collections.abc import Iterator
from pathlib import Path

from ttdata.doctor.finding import Finding, Patient
from ttdata.text import count


def key(patient: Patient) -> Iterator[Finding]:
    """The key of the tombstones, which only its owner should read."""
    path = patient.folder.tombstone_key
    if path.exists() and path.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO):
        yield Finding(
            f"Others than the owner can read {patient.shown(path)}, the key of the tombstones.",
            f"chmod 600 {patient.shown(path)}",
        )


def data(patient: Patient) -> Iterator[Finding]:
    """Files with personal data that users outside the owner's group can open."""
    if patient.is_invented or not _is_open(patient.folder.root):
        return
    folders = ("datasets", "raw", "exports", "packages", "refresh", "ids", "logs")
    places = [patient.folder.root / name for name in folders]
    readable = [
        path
        for place in places
        if place.is_dir() and place.stat().st_mode & stat.S_IXOTH
        for path in sorted(place.rglob("*"))
        if path.is_file() and path.stat().st_mode & stat.S_IROTH
    ]
    if readable:
        yield Finding(
            f"Every user of this machine can read {count(len(readable), 'file')} with collected data, such as "
            f"{patient.shown(readable[0])}.",
            f"chmod o-rwx {patient.folder.root.resolve()}",
        )


def _is_open(folder: Path) -> bool:
    """Whether every user can enter a folder: it, and all above it, are open to others."""
    folder = folder.resolve()
    return all(place.stat().st_mode & stat.S_IXOTH for place in (folder, *folder.parents))
