"""This machine: free space, the file system of the ledger and the folder, versions, files of earlier formats."""

import shutil
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, requires, version
from pathlib import Path

from packaging.requirements import Requirement

from ttapi import Ledger
from ttdata.doctor.finding import Finding, Patient
from ttdata.errors import Fault
from ttdata.program import program
from ttdata.upgrade.upgrade import check_formats

# File systems on which locks are not reliable between machines; SQLite and raw files need them.
_NETWORK = {"nfs", "nfs4", "cifs", "smb3", "smbfs", "afs", "ceph", "lustre", "gpfs", "beegfs", "9p", "fuse.sshfs"}
_LEAST = 1 << 30  # bytes
_EXTRAS = ("data", "mock")


def disk(patient: Patient) -> Iterator[Finding]:
    """Room for a build, which has a dataset twice while it replaces it."""
    root = patient.folder.root
    needed = max([_LEAST, *(2 * path.stat().st_size for path in patient.datasets)])
    free = shutil.disk_usage(root).free
    if free < needed:
        yield Finding(
            f"The disk of this folder has {free / 1e9:.1f} GB left; the next build may need {needed / 1e9:.1f} GB.",
            f"Free some space, or build elsewhere: {program()} build STUDY --directory FOLDER",
        )


def network(patient: Patient) -> Iterator[Finding]:
    """The ledger and the folder on a network file system."""
    ledger = patient.environment.get("TTAPI_LEDGER") or str(Ledger.default_path())
    for what, path in (("The quota ledger", Path(ledger)), ("The folder of the build", patient.folder.root)):
        kind = file_system(path.absolute(), patient.mounts)
        if kind in _NETWORK:
            yield Finding(
                f"{what} is on a network file system ({kind}), where locks may fail: requests may be counted wrongly.",
                "Name a ledger on a local disk with TTAPI_LEDGER."
                if path == Path(ledger)
                else "Build in a folder on a local disk.",
            )


def file_system(path: Path, mounts: str) -> str:
    """The kind of file system of a path, by a text such as /proc/mounts; "" if it says nothing."""
    best, kind = "", ""
    for line in mounts.splitlines():
        words = line.split()
        if len(words) > 2:
            point = words[1].replace("\\040", " ")
            if path.is_relative_to(point) and len(point) >= len(best):
                best, kind = point, words[2]
    return kind


def versions(_: Patient) -> Iterator[Finding]:
    """Packages that are missing, or of a version that ttdata was not written for."""
    wrong = []
    for text in requires("ttdata") or []:
        requirement = Requirement(text)
        if requirement.marker and not any(requirement.marker.evaluate({"extra": extra}) for extra in ("", *_EXTRAS)):
            continue
        try:
            installed = version(requirement.name)
        except PackageNotFoundError:
            installed = ""
        if not installed or not requirement.specifier.contains(installed, prereleases=True):
            wrong.append(f"{requirement.name} {installed or '(missing)'}, needed {requirement.specifier or 'any'}")
    if wrong:
        yield Finding(f"Packages that do not fit: {'; '.join(wrong)}.", 'pip install --upgrade "ttdata[data,mock]"')


def formats(patient: Patient) -> Iterator[Finding]:
    """Raw pages that an earlier version stored."""
    try:
        check_formats(patient.folder)
    except Fault as fault:
        yield Finding(str(fault).split(". ")[0] + ".", f"{program()} upgrade --directory {patient.folder.root}")
