"""Which files of a folder a purge deletes because they follow from the pages, and which it leaves alone.

A build, an export or a package makes them again, without the erased records.
"""

import os
import zipfile
from collections.abc import Iterator
from pathlib import Path

from ttdata.comply.purge.study_files import own_files
from ttdata.files import read_json
from ttdata.plan.plan import Plan
from ttdata.store.paths import EXPORTED, Folder

# Folders and files of a build, by their names below the study's folder.
_MADE = ("exports", "packages", "reports", "logs", "ids", ".snakemake")
# At the end of a project also what cost quota, and the key of the tombstones.
_ALL = ("datasets", "raw", "refresh", "tombstones.key")
# Below .ttdata/: quota and clock are nobody's data, and `build` is the lock that this purge holds.
_STATE_KEPT = ("build", "clock.json", "mock-quota.sqlite", "mock-quota.sqlite-shm", "mock-quota.sqlite-wal", "requests")
_CACHES = (".cache", ".ipynb_checkpoints", ".pytest_cache", "__pycache__")
_HAR = (".har", ".har.gz", ".har.zst", ".har.zip")
_LEFT_BEHIND = (".tmp", ".reserve", ".wal", ".probe")
# Not of the study: version control, and environments of programs.
_FOREIGN = (".git", ".hg", ".svn", ".venv", "venv", "env", "node_modules", ".tox", ".nox")


def files_below(folder: Folder) -> Iterator[Path]:
    """All files of a folder, except those of version control and of environments. Links are not followed."""
    for place, folders, names in os.walk(folder.root):
        folders[:] = sorted(each for each in folders if not _is_foreign(Path(place, each)))
        yield from (Path(place, name) for name in sorted(names))


def _is_foreign(path: Path) -> bool:
    return path.is_symlink() or path.name in _FOREIGN or (path / "pyvenv.cfg").exists()


def doomed(plan: Plan, *, everything: bool = False) -> list[Path]:
    """The files that are deleted, in this order. everything: at the end of a project, only where copies are is kept.

    The study and its lists are never among them, whatever the list of an export says.
    """
    own = own_files(plan)
    paths = [path for path in files_below(plan.folder) if path not in own and _is_doomed(path, plan, everything)]
    # The list of an export comes last: a purge that is killed before still knows the files of the export.
    return sorted(paths, key=lambda path: path.name == EXPORTED)


def _is_doomed(path: Path, plan: Plan, everything: bool) -> bool:
    folder = plan.folder
    if path in (folder.mirrors, folder.purge) or path.is_relative_to(folder.erasures):
        return False
    first, *rest = path.relative_to(folder.root).parts
    if first in _MADE or (everything and first in _ALL):
        return True
    if first == ".ttdata":
        return rest[0] not in _STATE_KEPT
    if first == "datasets":
        return not _is_of_dataset(path, plan)
    if first == "raw":
        return path.name.endswith(_LEFT_BEHIND)
    if path.name.endswith(_HAR) or not set(_CACHES).isdisjoint((first, *rest)):
        return True
    return _is_of_export(path) or _is_package(path)


def _is_of_dataset(path: Path, plan: Plan) -> bool:
    """Whether it is the file of a dataset of the plan, or one of its Parquet files; the build replaces these."""
    for dataset in plan.datasets:
        file = plan.folder.dataset(dataset.name)
        if path == file or (dataset.is_in_parquet and path.is_relative_to(file.with_suffix(".parquet"))):
            return True
    return False


def _is_of_export(path: Path) -> bool:
    """Whether an export wrote a file, wherever its folder is."""
    try:
        stored = read_json(path.with_name(EXPORTED))
        names = [name for some in stored["files"].values() for name in some]
        return path.name in (EXPORTED, *names, *stored.get("texts", ()))
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return False


def _is_package(path: Path) -> bool:
    """Whether a file is a replication package, wherever it was written."""
    if path.suffix != ".zip" or not zipfile.is_zipfile(path):
        return False
    with zipfile.ZipFile(path) as archive:
        names = {name.rpartition("/")[2] for name in archive.namelist()}
    return {"package.json", "SHA256SUMS", "DATA_AVAILABILITY.md"} <= names


def remove_empty_folders(folder: Folder, *, everything: bool) -> None:
    """Remove the folders of a build that have no file any more."""
    for name in (*_MADE, *(_ALL if everything else ())):
        for place, *_ in sorted(os.walk(folder.root / name), reverse=True):
            if not any(Path(place).iterdir()):
                Path(place).rmdir()
