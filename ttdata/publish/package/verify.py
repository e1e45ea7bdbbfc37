"""Reads a package that anyone may have made: it is listed and checked before a file of it is used. Runs nothing.

Refused: names that lead out of the folder, links, encrypted or huge members, members without a checksum, checksums that
do not hold, and ids that contradict what the package says about them.
"""

import csv
import gzip
import hashlib
import io
import json
import re
import stat
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from ttdata.errors import Fault
from ttdata.publish.contents import LOW_BITS, MOCK_BITS
from ttdata.publish.package.metadata import FORMAT, MANIFEST
from ttdata.publish.package.zip_file import SUMS

MOST_FILES = 50_000
LARGEST = 32 << 30  # bytes of all files together, unpacked
MOST_TIMES = 200  # unpacked bytes for one in the file, of members that are not small
_SMALL = 10 << 20
_TEXT = 64 << 20  # bytes of SHA256SUMS, package.json and lists of ids
_PIECE = 1 << 20
_LINE = re.compile(r"([0-9a-f]{64})  (.+)")
_BAG = ("bagit.txt", "bag-info.txt", "manifest-sha256.txt", "tagmanifest-sha256.txt")
# The keys of package.json that are read, and what each must be.
_KEYS: Mapping[str, type | tuple[type, ...]] = {
    "profile": str,
    "invented": bool,
    "study": str,
    "dataset": str,
    "api": str,
    "digest": str,
    "software": str,
    "accounts_hidden": bool,
    "labels_hidden": list,
    "rows": dict,
    "twin": dict,
    "analysis": list,
    "outputs": list,
}
_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}")


class BadPackage(Fault):
    """A package is damaged, or it is not one. Nothing of it was used; ask whoever made it for another copy."""


@dataclass(frozen=True)
class Package:
    """A checked package. prefix: the folder in the zip file that holds its files; sums: the checksum of each."""

    path: Path
    prefix: str
    sizes: dict[str, int]
    sums: dict[str, str]
    about: dict[str, Any]

    @property
    def dataset(self) -> str:
        return str(self.about["dataset"])

    @property
    def is_invented(self) -> bool:
        return bool(self.about["invented"])

    def text(self, name: str) -> str:
        """The text of a small file, gzipped or not. Raises BadPackage if it is none."""
        with zipfile.ZipFile(self.path) as archive:
            content = _small(archive, self.prefix + name)
        if hashlib.sha256(content).hexdigest() != self.sums[name]:
            raise BadPackage(f"{self.path}: the checksum of {name} does not hold.")
        try:
            if name.endswith(".gz"):
                with gzip.open(io.BytesIO(content)) as file:
                    content = file.read(_TEXT + 1)
                if len(content) > _TEXT:
                    raise BadPackage(f"{self.path}: {name} is too large, unpacked.")
            return content.decode()
        except (OSError, EOFError, ValueError):
            raise BadPackage(f"{self.path}: {name} cannot be read.") from None

    def has(self, name: str) -> bool:
        return name in self.sizes

    def extract(self, folder: Path) -> None:
        """Write all files to an empty folder; each is what its checksum says."""
        with zipfile.ZipFile(self.path) as archive:
            for name in self.sizes:
                target = folder / name
                target.parent.mkdir(parents=True, exist_ok=True)
                if _copy(archive, self.prefix + name, target) != self.sums[name]:
                    target.unlink()
                    raise BadPackage(f"{self.path}: the checksum of {name} does not hold.")


def verified(path: Path) -> Package:
    """A package whose list, checksums and ids hold. Raises BadPackage, or Fault if there is no such file."""
    if not path.is_file():
        raise Fault(f"There is no file {path}.")
    try:
        with zipfile.ZipFile(path) as archive:
            sizes = _listed(archive, path)
            prefix = "data/" if "bagit.txt" in sizes else ""
            files = {name.removeprefix(prefix): size for name, size in sizes.items() if name.startswith(prefix)}
            if others := [name for name in sizes if not name.startswith(prefix) and name not in _BAG]:
                raise BadPackage(f"{path}: {others[0]} is not part of a bag.")
            sums = _sums(archive, prefix, files, path)
            for name in files:
                if name != SUMS and _digest(archive, prefix + name) != sums[name]:
                    raise BadPackage(f"{path}: the checksum of {name} does not hold; the file was changed or damaged.")
            files.pop(SUMS)
            package = Package(path, prefix, files, sums, _about(archive, prefix, path))
    except (zipfile.BadZipFile, OSError, EOFError, RuntimeError, NotImplementedError, ValueError) as error:
        raise BadPackage(f"{path} cannot be read as a zip file: {str(error)[:200]}") from None
    _check_ids(package)
    return package


def _listed(archive: zipfile.ZipFile, path: Path) -> dict[str, int]:
    """The sizes of all members, none of which is read. Raises BadPackage for one that no package has."""
    infos = archive.infolist()
    if len(infos) > MOST_FILES:
        raise BadPackage(f"{path} has {len(infos):,} files; a package has at most {MOST_FILES:,}.")
    if sum(info.file_size for info in infos) > LARGEST:
        raise BadPackage(f"{path} would take more than {LARGEST >> 30} GB.")
    sizes: dict[str, int] = {}
    known = set[str]()
    for info in infos:
        if problem := _problem(info):
            raise BadPackage(f"{path}: the member {info.filename[:100]!r} {problem}. No file was written.")
        for part in (info.filename, *map(str, PurePosixPath(info.filename).parents)):
            if part.casefold() in known and part == info.filename:
                raise BadPackage(f"{path}: {info.filename[:100]!r} occurs twice.")
        known.add(info.filename.casefold())
        sizes[info.filename] = info.file_size
    for name in sizes:
        if any(str(parent).casefold() in known for parent in PurePosixPath(name).parents):
            raise BadPackage(f"{path}: {name[:100]!r} is in a folder that is a file.")
    return sizes


def _problem(info: zipfile.ZipInfo) -> str:
    name, kind = info.orig_filename, stat.S_IFMT(info.external_attr >> 16)
    parts = name.split("/")
    if name != info.filename or "\\" in name or ":" in name or not name.isprintable() or len(name) > 1000:
        return "has a name with a character that no package uses"
    if name.startswith("/") or any(part in ("", ".", "..") for part in parts):
        return "has a name that leads out of the package"
    if kind not in (0, stat.S_IFREG):
        return "is a link or a special file"
    if info.flag_bits & 1:
        return "is encrypted"
    if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        return "is compressed in a way that no package uses"
    if info.file_size > _SMALL and info.file_size > MOST_TIMES * max(1, info.compress_size):
        return f"would grow more than {MOST_TIMES} times"
    return ""


def _sums(archive: zipfile.ZipFile, prefix: str, files: Mapping[str, int], path: Path) -> dict[str, str]:
    if SUMS not in files:
        raise BadPackage(f"{path} has no {SUMS}: it is not a package of ttdata.")
    matches = [_LINE.fullmatch(line) for line in _small(archive, prefix + SUMS).decode().splitlines()]
    sums = {match[2]: match[1] for match in matches if match}
    if len(sums) != len(matches) or set(sums) != set(files) - {SUMS}:
        odd = sorted(set(sums) ^ (set(files) - {SUMS}))
        raise BadPackage(
            f"{path}: {SUMS} does not list exactly the files that are there{f': {odd[0]}' if odd else ''}."
        )
    return sums


def _about(archive: zipfile.ZipFile, prefix: str, path: Path) -> dict[str, Any]:
    try:
        about = json.loads(_small(archive, prefix + MANIFEST))
    except (KeyError, ValueError, RecursionError):
        raise BadPackage(f"{path} has no {MANIFEST} that can be read: it is not a package of ttdata.") from None
    if not isinstance(about, dict) or about.get("format") != FORMAT:
        raise BadPackage(f"{path} was made by another version of ttdata.")
    odd = next((key for key, kind in _KEYS.items() if not isinstance(about.get(key), kind)), "")
    twin = about.get("twin")
    if not odd and not isinstance(twin.get("digests") if isinstance(twin, dict) else None, dict):
        odd = "twin"
    for key in ("analysis", "outputs", "labels_hidden"):
        if not odd and not all(isinstance(name, str) and f"{key}/{name}" and _is_plain(name) for name in about[key]):
            odd = key
    if odd or not _NAME.fullmatch(about["dataset"]):
        raise BadPackage(f"{path}: {odd or 'dataset'} in {MANIFEST} is not what a package says.")
    return about


def _is_plain(name: str) -> bool:
    return name.isprintable() and not name.startswith("/") and not {"", ".", ".."} & set(name.split("/"))


def _check_ids(package: Package) -> None:
    """Raise BadPackage if a package says that its data are invented and has real ids, or the reverse."""
    for name in ("ids/videos.csv.gz", "ids/comments.csv.gz"):
        if package.has(name):
            ids = [
                int(row["id"]) for row in csv.DictReader(io.StringIO(package.text(name))) if row.get("id", "").isdigit()
            ]
            invented = sum(each & LOW_BITS == MOCK_BITS for each in ids)
            by_chance = 3 + len(ids) // 1000
            if (package.is_invented and invented < len(ids)) or (not package.is_invented and invented > by_chance):
                says = "invented" if package.is_invented else "real"
                raise BadPackage(
                    f"{package.path} says that its data are {says}, but {invented:,} of {len(ids):,} ids in {name} are "
                    "those of a mock server. A package is of one or the other."
                )


def _small(archive: zipfile.ZipFile, name: str) -> bytes:
    with archive.open(name) as file:
        content = file.read(_TEXT + 1)
    if len(content) > _TEXT:
        raise ValueError(f"{name} is too large")
    return content


def _digest(archive: zipfile.ZipFile, name: str) -> str:
    digest = hashlib.sha256()
    with archive.open(name) as file:
        while piece := file.read(_PIECE):
            digest.update(piece)
    return digest.hexdigest()


def _copy(archive: zipfile.ZipFile, name: str, target: Path) -> str:
    digest = hashlib.sha256()
    with archive.open(name) as file, target.open("xb") as out:
        while piece := file.read(_PIECE):
            digest.update(piece)
            out.write(piece)
    return digest.hexdigest()
