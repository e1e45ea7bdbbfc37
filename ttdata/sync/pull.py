"""From a bucket to a folder: each file is checked before it gets its name, pages first, the study last."""

import hashlib
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from ttdata.errors import Fault
from ttdata.files import replace
from ttdata.store import mirrors
from ttdata.store.paths import Folder
from ttdata.sync.bucket import Bucket, Missing
from ttdata.sync.content import begins, check_links, digest_of, entry_of, pages_of
from ttdata.sync.manifest import Entry, Manifest
from ttdata.sync.names import PAGES, RECEIPT
from ttdata.sync.progress import bar, each_at_once
from ttdata.text import count, some

# What stays free on the disk: a build needs some, too.
_KEPT_FREE = 100 << 20
_UNFINISHED = ".pull"


@dataclass
class Pulled:
    """What a pull did, by the names of the files.

    received, present  transferred now; there already
    kept               here with other content, which stays: raw files with more pages, and an edited study
    """

    received: list[str] = field(default_factory=list)
    present: list[str] = field(default_factory=list)
    kept: list[str] = field(default_factory=list)
    bytes: int = 0


def pull(folder: Folder, bucket: Bucket) -> Pulled:
    """Restore the files of a mirror in a folder. The caller holds the folder.

    Raises MirrorInterrupted: the same command continues. Raises Fault if the mirror is none, or damaged, or has other
    pages than the folder where both have some; no page in the folder is lost.
    """
    mirrors.refuse_stale(folder.mirrors, str(bucket))
    try:
        manifest = Manifest.read(bucket)
    except Missing:
        raise Fault(
            f"There is no mirror at {bucket}. Is the prefix right? A push that was stopped must be finished first."
        ) from None
    _remove_unfinished(folder)
    result, wanted = Pulled(), dict[str, Entry]()
    for name, entry in manifest.files.items():
        check_links(folder.root / name, folder.root)
        state = _state(folder.root / name, entry)
        {"present": result.present, "kept": result.kept}.get(state, []).append(name)
        if state == "wanted":
            wanted[name] = entry
    _leave_receipts(result, wanted, folder)
    _check_conflicts(folder, bucket, wanted)
    result.bytes = sum(entry.bytes for entry in wanted.values())
    _check_space(folder, result.bytes)
    folder.root.mkdir(parents=True, exist_ok=True)
    mirrors.note(folder.mirrors, str(bucket), bucket.endpoint, manifest.files)
    with bar("pull", result.bytes) as progress:
        for some_names in _in_order(wanted):
            work = partial(_receive, folder, bucket, wanted, progress)
            result.received += each_at_once(work, some_names)
    return result


def _remove_unfinished(folder: Folder) -> None:
    """Remove what a pull that was killed had half received."""
    for path in folder.raw_pages.rglob(f".*{_UNFINISHED}"):
        path.unlink()


def _state(path: Path, entry: Entry) -> str:
    """Whether a file is wanted, present, or kept as it is here."""
    if not path.exists():
        return "wanted"
    is_pages = path.name.endswith(PAGES)
    own = entry_of(path)
    if (own.sha256, own.bytes) == (entry.sha256, entry.bytes):
        return "present"
    if is_pages:
        return "kept" if begins(path, entry) else "wanted"
    return "wanted" if path.name.endswith(RECEIPT) else "kept"


def _leave_receipts(result: Pulled, wanted: dict[str, Entry], folder: Folder) -> None:
    """A receipt belongs to its pages: it comes only with them, if there is one here."""
    for name in [name for name in wanted if name.endswith(RECEIPT) and (folder.root / name).exists()]:
        if (pages := pages_of(folder, name)) and pages not in wanted:
            result.kept.append(name)
            del wanted[name]


def _check_conflicts(folder: Folder, bucket: Bucket, wanted: dict[str, Entry]) -> None:
    """Raw pages here can only be replaced by more than these: whether that is so is known once they have arrived."""
    others = [
        name
        for name, entry in wanted.items()
        if name.endswith(PAGES) and (path := folder.root / name).exists() and entry_of(path).bytes >= entry.bytes
    ]
    if others:
        raise _conflict(bucket, others)


def _conflict(bucket: Bucket, others: list[str]) -> Fault:
    return Fault(
        f"This folder has other pages than {bucket} in {count(len(others), 'file')}: {some(others)}. Both were paid "
        "for, so the files here were left as they are. Pull into another folder."
    )


def _check_space(folder: Folder, needed: int) -> None:
    root = folder.root.absolute()
    existing = next(path for path in (root, *root.parents) if path.exists())
    free = shutil.disk_usage(existing).free - _KEPT_FREE
    if needed > free:
        raise Fault(
            f"The mirror has {needed:,} bytes that are not here, and the disk has room for {max(free, 0):,}. Free some "
            "space, or pull into a folder of another disk. Nothing was received."
        )


def _in_order(wanted: dict[str, Entry]) -> Iterator[list[str]]:
    """Pages, then what states them, then the study: without it nobody builds on half of the pages."""
    yield sorted(name for name in wanted if name.endswith(PAGES))
    yield sorted(name for name in wanted if name.startswith("raw/") and not name.endswith(PAGES))
    yield sorted(name for name in wanted if not name.startswith("raw/"))


def _receive(
    folder: Folder, bucket: Bucket, wanted: dict[str, Entry], progress: Callable[[int], object], name: str
) -> str:
    path, entry = folder.root / name, wanted[name]
    path.parent.mkdir(parents=True, exist_ok=True)
    check_links(path, folder.root)
    with _received(bucket, name, entry, path, progress) as temporary:
        if name.endswith(PAGES) and path.exists():
            own = entry_of(path)
            with temporary.open("rb") as file:
                if digest_of(file, own.bytes) != own.sha256:
                    raise _conflict(bucket, [name])
        replace(temporary, path)
    return name


@contextmanager
def _received(bucket: Bucket, name: str, entry: Entry, path: Path, progress: Callable[[int], object]) -> Iterator[Path]:
    """An object in a temporary file beside its place; it has the size and the digest of the list."""
    temporary, hashed, size = path.with_name(f".{path.name}.{os.getpid()}{_UNFINISHED}"), hashlib.sha256(), 0
    try:
        with temporary.open("wb") as file:
            for piece in bucket.pieces(name):
                size += len(piece)
                if size > entry.bytes:
                    break
                hashed.update(piece)
                file.write(piece)
                progress(len(piece))
        if (size, hashed.hexdigest()) != (entry.bytes, entry.sha256):
            raise _damaged(bucket, name)
        yield temporary
    except Missing:
        raise _damaged(bucket, name) from None
    finally:
        with suppress(OSError):
            temporary.unlink(missing_ok=True)


def _damaged(bucket: Bucket, name: str) -> Fault:
    return Fault(
        f"{name} in {bucket} is not what the mirror's list says: it was damaged or replaced, or a push was stopped. "
        "Push again from the folder that has the pages. Files that had arrived are kept; this one has not."
    )
