"""From a folder to a bucket: what is missing there, or longer here. The list of the mirror comes last."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import NamedTuple

from ttdata.errors import Fault, MirrorInterrupted
from ttdata.store import mirrors
from ttdata.store.paths import Folder
from ttdata.sync import names
from ttdata.sync.bucket import Bucket, Changed, Stored
from ttdata.sync.content import Busy, begins, check_links, entry_of, opened, pages_of
from ttdata.sync.manifest import Entry, Manifest
from ttdata.sync.names import PAGES
from ttdata.sync.part_of_file import Beginning
from ttdata.sync.progress import bar, each_at_once
from ttdata.text import count, some


@dataclass
class Pushed:
    """What a push did, by the names of the files.

    sent, present  transferred now; there already
    longer         raw files of which the mirror has more pages than this folder, left as they are
    """

    sent: list[str] = field(default_factory=list)
    present: list[str] = field(default_factory=list)
    longer: list[str] = field(default_factory=list)
    bytes: int = 0


class _Local(NamedTuple):
    """A file to mirror: its name, where it is, and its content."""

    name: str
    path: Path
    entry: Entry


class _Remote(NamedTuple):
    """What a mirror has under a name; sha256 is "" if ttdata did not write it."""

    sha256: str
    stored: Stored


def push(folder: Folder, study: Path, bucket: Bucket) -> Pushed:
    """Mirror the raw pages of a folder, and the study, to a bucket. The caller holds the folder.

    Raises MirrorInterrupted, also if a file is being written: the same command continues. Raises Fault, and sends
    nothing, if the mirror has other pages than this folder where both have some.
    """
    paths = _paths(folder, study)
    local, busy = _contents(paths)
    manifest, listing = Manifest.read_if_any(bucket), bucket.listing()
    _check_stale(folder, bucket, set(listing))
    remote = dict(each_at_once(partial(_remote, bucket, manifest.files, listing), [each.name for each in local]))
    _check_written_by_ttdata(bucket, remote)
    result, to_send = Pushed(), list[_Local]()
    for each in local:
        there = remote[each.name]
        if there and there.sha256 == each.entry.sha256:
            result.present.append(each.name)
        elif there and each.name.endswith(PAGES) and there.stored.bytes > each.entry.bytes:
            result.longer.append(each.name)
        else:
            to_send.append(each)
    _check_conflicts(bucket, to_send, remote)
    # A receipt states what its own pages are.
    to_send = [each for each in to_send if pages_of(folder, each.name) not in result.longer]
    mirrors.note(folder.mirrors, str(bucket), bucket.endpoint, [each.name for each in local])
    etags = {name: listing[name].etag for name in result.present}
    with bar("push", sum(each.entry.bytes for each in to_send)) as progress:
        for name, etag in each_at_once(partial(_send, bucket, progress), _pages_first(to_send)):
            result.sent.append(name)
            etags[name] = etag
    result.bytes = sum(each.entry.bytes for each in to_send)
    _write_list(
        bucket,
        manifest,
        {each.name: replace(each.entry, etag=etags[each.name]) for each in local if each.name in etags},
    )
    if busy:
        raise MirrorInterrupted(str(bucket), f"{count(len(busy), 'file')} here are being written: {some(busy)}")
    return result


def _check_stale(folder: Folder, bucket: Bucket, there: set[str]) -> None:
    """After a purge, a mirror that has anything may have what was erased."""
    if there and any(each.address == str(bucket) and each.is_stale for each in mirrors.mirrors(folder.mirrors)):
        raise Fault(
            f"{bucket} may have what `purge` has erased here, so nothing was sent. Delete everything below this "
            "address, then push again."
        )


def _paths(folder: Folder, study: Path) -> dict[str, Path]:
    """All files to mirror, by their names."""
    own = [*names.raw_files(folder), *names.state_files(folder)]
    paths = {name: folder.root / name for name in own}
    for path in paths.values():
        check_links(path, folder.root)
    return paths | dict(names.study_files(study))


def _contents(paths: Mapping[str, Path]) -> tuple[list[_Local], list[str]]:
    """The files with their contents, and the names of those that are being written."""
    local, busy = [], []
    for name, path in paths.items():
        try:
            local.append(_Local(name, path, entry_of(path)))
        except Busy:
            busy.append(name)
    return local, busy


def _remote(
    bucket: Bucket, files: Mapping[str, Entry], listing: Mapping[str, Stored], name: str
) -> tuple[str, _Remote | None]:
    """What a mirror has. The list is believed about an object that has not changed since."""
    stored, entry = listing.get(name), files.get(name)
    if stored is None:
        return name, None
    if entry and entry.etag == stored.etag and entry.bytes == stored.bytes:
        return name, _Remote(entry.sha256, stored)
    return name, _Remote(bucket.digest(name), stored)


def _check_written_by_ttdata(bucket: Bucket, remote: Mapping[str, _Remote | None]) -> None:
    """An object without a digest can be anything: its owner decides."""
    foreign = sorted(name for name, there in remote.items() if there and not there.sha256 and name.endswith(PAGES))
    if foreign:
        raise Fault(
            f"Another program wrote {count(len(foreign), 'object')} in {bucket}: {some(foreign)}. Nothing was sent. "
            "Look at them; delete them there if they are damaged, or push to another prefix."
        )


def _check_conflicts(bucket: Bucket, to_send: list[_Local], remote: Mapping[str, _Remote | None]) -> None:
    """What would be replaced must be the beginning of what replaces it."""
    others = [
        each.name
        for each in to_send
        if each.name.endswith(PAGES)
        and (there := remote[each.name])
        and not begins(each.path, Entry(there.sha256, there.stored.bytes))
    ]
    if others:
        raise Fault(
            f"{bucket} has other pages than this folder in {count(len(others), 'file')}: {some(others)}. "
            "Both were paid for, so nothing was sent. Push to another prefix."
        )


def _pages_first(files: list[_Local]) -> list[_Local]:
    """A receipt that arrives before its pages would state what is not there."""
    return sorted(files, key=lambda each: (not each.name.endswith(PAGES), each.name))


def _send(bucket: Bucket, progress: Callable[[int], object], file: _Local) -> tuple[str, str]:
    try:
        with opened(file.path) as content:
            part = Beginning(content, file.entry.bytes)
            return file.name, bucket.send(file.name, part, file.entry.sha256, progress)  # type: ignore[arg-type]
    except Busy:
        raise MirrorInterrupted(str(bucket), f"{file.name} is being written") from None


def _write_list(bucket: Bucket, before: Manifest, files: Mapping[str, Entry]) -> None:
    """Files that only the mirror has stay in its list."""
    try:
        before.replaced_by({**before.files, **files}, bucket)
    except Changed:
        raise MirrorInterrupted(str(bucket), "another push has changed its list at the same time") from None
