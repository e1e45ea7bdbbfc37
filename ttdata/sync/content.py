"""The content of local files by its digest: all of a file, or the whole pages of a raw file."""

import fcntl
import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from ttdata.errors import Fault, NotCollected
from ttdata.store.paths import Folder
from ttdata.store.raw_files import frames
from ttdata.store.receipts import Receipt
from ttdata.sync.manifest import Entry
from ttdata.sync.names import PAGES, RECEIPT

_PIECE = 1 << 20


class Busy(Exception):
    """A raw file is being written."""


@contextmanager
def opened(path: Path) -> Iterator[BinaryIO]:
    """A file to read, which nobody writes meanwhile. Raises Busy."""
    with path.open("rb") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            raise Busy(str(path)) from None
        yield file


def entry_of(path: Path) -> Entry:
    """The digest and the size of a file; of a raw file without the torn page that a killed build leaves at its end.

    Raises Busy, and StorageFault for a raw file that is damaged.
    """
    with opened(path) as file:
        end = _end_of_pages(file, path) if path.name.endswith(PAGES) else path.stat().st_size
        return Entry(digest_of(file, end), end)


def begins(path: Path, entry: Entry) -> bool:
    """Whether a file begins with a content."""
    if path.stat().st_size < entry.bytes:
        return False
    with path.open("rb") as file:
        return digest_of(file, entry.bytes) == entry.sha256


def digest_of(file: BinaryIO, end: int) -> str:
    """The sha256 of the first bytes of a file."""
    hashed = hashlib.sha256()
    file.seek(0)
    while end > 0 and (piece := file.read(min(_PIECE, end))):
        hashed.update(piece)
        end -= len(piece)
    return hashed.hexdigest() if not end else ""


def pages_of(folder: Folder, name: str) -> str:
    """The raw file of which a receipt in a folder states what it holds; "" if the file is no receipt, or damaged."""
    if not name.endswith(RECEIPT):
        return ""
    try:
        return Receipt.read(folder.root / name).raw
    except NotCollected:
        return ""


def check_links(path: Path, root: Path) -> None:
    """Raise Fault if a path leads out of a folder by a link, or is one: its target is somebody's choice."""
    if path.is_symlink() or not path.resolve().is_relative_to(root.resolve()):
        raise Fault(f"{path} is a link, or below one that leads out of the folder. Put the files themselves there.")


def _end_of_pages(file: BinaryIO, path: Path) -> int:
    return max((end for end, _ in frames(file, path)), default=0)
