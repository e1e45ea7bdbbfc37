"""The list of a mirror's files: an object that each push writes last. Anybody may have written what a pull reads."""

import json
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import PurePosixPath
from typing import Any

from ttdata.errors import Fault
from ttdata.sync.bucket import Bucket, Missing
from ttdata.sync.names import objection

NAME = "ttdata-mirror.json"
_FORMAT = 1
_MOST_BYTES = 256 << 20
# No raw file comes near: a build reads each whole.
LARGEST = 64 << 30
_DIGEST = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True)
class Entry:
    """A file: its content's digest, its size, and the etag of the object with this content."""

    sha256: str
    bytes: int
    etag: str = ""


@dataclass(frozen=True)
class Manifest:
    """The files of a mirror by their names, and the etag of the list itself; "" if there is none yet."""

    files: Mapping[str, Entry]
    etag: str = ""

    @classmethod
    def read(cls, bucket: Bucket) -> "Manifest":
        """The list of a mirror. Raises Missing, and Fault if ttdata did not write it or a name leads elsewhere."""
        content, etag = bucket.read(NAME, _MOST_BYTES)
        try:
            stored = json.loads(content)
            if stored["format"] != _FORMAT:
                raise Fault(f"A newer version of ttdata wrote the list {NAME} in {bucket}. Upgrade ttdata.")
            files = {name: _entry(each) for name, each in stored["files"].items()}
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
            raise Fault(f"{NAME} in {bucket} is not a list that ttdata wrote. Nothing was changed here.") from None
        for name in files:
            if reason := objection(name):
                raise Fault(
                    f"The list of {bucket} names a file that a mirror never has: {name[:80]!r} {reason}. "
                    "Nothing was changed here."
                )
        _check_folders(bucket, files)
        return cls(files, etag)

    @classmethod
    def read_if_any(cls, bucket: Bucket) -> "Manifest":
        try:
            return cls.read(bucket)
        except Missing:
            return cls({})

    def replaced_by(self, files: Mapping[str, Entry], bucket: Bucket) -> None:
        """Write these files to the list, unless it has them already. Raises Changed if another push has written it."""
        if files == self.files and self.etag:
            return
        stored = {"format": _FORMAT, "files": {name: asdict(each) for name, each in sorted(files.items())}}
        bucket.replace(NAME, (json.dumps(stored, indent=1) + "\n").encode(), self.etag)


def _entry(stored: Mapping[str, Any]) -> Entry:
    entry = Entry(stored["sha256"], stored["bytes"], stored.get("etag", ""))
    if type(entry.bytes) is not int or not 0 <= entry.bytes <= LARGEST or not isinstance(entry.etag, str):
        raise ValueError("no size of a file")
    if not _DIGEST.fullmatch(entry.sha256):
        raise ValueError("no digest")
    return entry


def _check_folders(bucket: Bucket, files: Mapping[str, Entry]) -> None:
    """A name cannot be a file and a folder."""
    folders = {str(parent) for name in files for parent in PurePosixPath(name).parents}
    if both := sorted(folders & files.keys()):
        raise Fault(f"The list of {bucket} has {both[0]!r} as a file and as a folder. Nothing was changed here.")
