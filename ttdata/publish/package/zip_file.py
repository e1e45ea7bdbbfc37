"""A zip file that is the same for the same files: names in order, one date, one mode, nothing of this machine."""

import hashlib
import zipfile
from collections.abc import Iterable
from pathlib import Path

from ttdata.errors import StorageFault
from ttdata.files import replace

_DATE = (1980, 1, 1, 0, 0, 0)  # the first that the format knows
_MODE = 0o644 << 16
_UNIX = 3
_LEVEL = 6
# These are compressed already.
_STORED = (".gz", ".zst", ".parquet", ".png", ".zip")
SUMS = "SHA256SUMS"


def write_sums(folder: Path) -> None:
    """Write SHA256SUMS of all files in a folder; `sha256sum --check SHA256SUMS` reads it."""
    lines = [f"{sha256(path)}  {path.relative_to(folder).as_posix()}\n" for path in _files(folder)]
    (folder / SUMS).write_text("".join(lines), "utf-8")


def write_zip(folder: Path, out: Path) -> None:
    """Write all files in a folder to a zip file. Raises StorageFault."""
    try:
        with zipfile.ZipFile(out, "w") as archive:
            for path in _files(folder):
                info = zipfile.ZipInfo(path.relative_to(folder).as_posix(), _DATE)
                info.external_attr, info.create_system = _MODE, _UNIX
                stored = path.name.endswith(_STORED)
                info.compress_type = zipfile.ZIP_STORED if stored else zipfile.ZIP_DEFLATED
                archive.writestr(info, path.read_bytes(), compresslevel=None if stored else _LEVEL)
    except OSError as error:
        raise StorageFault(f"{out} cannot be written: {error.strerror}.") from None


def put_in_place(made: Path, out: Path) -> None:
    """Move a finished zip file to its name, in the place of an older one. Raises StorageFault."""
    try:
        replace(made, out)
    except OSError as error:
        raise StorageFault(f"{out} cannot be written: {error.strerror}.") from None


def sha256(path: Path) -> str:
    """The checksum of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _files(folder: Path) -> Iterable[Path]:
    return sorted((path for path in folder.rglob("*") if path.is_file()), key=lambda path: path.as_posix())
