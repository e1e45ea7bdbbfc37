"""Which files of a folder belong to its mirror, and which names a mirror may put into a folder.

Raw pages with their receipts and calendars; the study with its lists and labels; the plan and the clock of the last
build, by which the next one knows that nothing is to be requested. Everything else follows from these.
"""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path, PurePosixPath

from ttdata.errors import StudyFault
from ttdata.store.paths import Folder
from ttdata.study.lists import list_file
from ttdata.study.study import Study

PAGES, RECEIPT = ".ndjson.zst", ".receipt.json"
_RAW = "raw"
_STATE = ("plan.json", ".ttdata/clock.json")
# What a study may name: data. A script or a profile from a bucket could be run by a later command.
_STUDY_SUFFIXES = (".csv", ".json", ".tsv", ".txt", ".yaml", ".yml")
_LONGEST = 1_000
_PART = re.compile(r"[^\x00-\x1f\x7f\\/:]{1,200}")
# Folders of a checkout, and of what a build writes: nothing of a study is in them.
_NOT_OF_A_STUDY = (
    *("benchmarks", "datasets", "docs", "exports", "ids", "logs", "mockserver", "packages", "profiles", "reports"),
    *("resources", "results", "rules", "tests", "ttapi", "ttdata", "workflow"),
)


def raw_files(folder: Folder) -> Iterator[str]:
    """The names of all raw pages, receipts and calendars, relative to the folder. Links are left out."""
    for path in sorted(folder.raw_pages.rglob("*")):
        name = path.relative_to(folder.root).as_posix()
        if path.is_file() and not path.is_symlink() and not objection(name):
            yield name


def state_files(folder: Folder) -> Iterator[str]:
    """The names of the files of the last build that the next one needs."""
    yield from (name for name in _STATE if (folder.root / name).is_file())


def study_files(study: Path) -> Mapping[str, Path]:
    """The study, its lists and its labels: their names in the study's folder, and their paths. Raises StudyFault."""
    declared = Study.load(study)
    files = {study.name: study}
    for name in dict.fromkeys(_named(declared)):
        files[PurePosixPath(name).as_posix()] = list_file(study.parent, name)
    for name in files:
        if reason := objection(name):
            raise StudyFault([f"{name} cannot be mirrored: it {reason}"], str(study))
    return files


def _named(value: object) -> Iterator[str]:
    """The files that a study names: lists, and tables of labels."""
    if isinstance(value, Mapping):
        if isinstance(file := value.get("file"), str):
            yield file
        for each in value.values():
            yield from _named(each)
    elif isinstance(value, list):
        for each in value:
            yield from _named(each)


def objection(name: object) -> str:
    """Why a mirror has no file of this name; "" if it may have one."""
    if not isinstance(name, str) or not name or len(name) > _LONGEST:
        return "is not the name of a file"
    parts = name.split("/")
    if any(part in (".", "..") or not _PART.fullmatch(part) for part in parts):
        return "leads elsewhere, or has characters that no such file has"
    if parts[0] == _RAW:
        is_known = name.endswith((PAGES, RECEIPT)) or parts[-1] == "calendar.json" or _is_selection(parts)
        return "" if len(parts) > 2 and is_known and not any(map(_is_hidden, parts)) else "is none of the raw pages"
    if name in _STATE:
        return ""
    if any(map(_is_hidden, parts)) or parts[0] in _NOT_OF_A_STUDY or not name.endswith(_STUDY_SUFFIXES):
        return "is neither of the raw pages nor of the study"
    return ""


def _is_selection(parts: list[str]) -> bool:
    """Whether a purge has kept the items of a source there."""
    return len(parts) == 4 and parts[2] == "selections" and parts[3].endswith(".txt")


def _is_hidden(part: str) -> bool:
    return part.startswith(".")
