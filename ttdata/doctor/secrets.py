"""Secrets where they do not belong: in files of the study's folder, its logs, and the history of its repository."""

import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

from ttdata.doctor.finding import Finding, Patient
from ttdata.text import count

# Variables whose values are secret. A key that begins with "mock" is none.
_VARIABLES = ("TIKTOK_CLIENT_SECRET", "TIKTOK_CLIENT_KEY", "TIKTOK_ACCESS_TOKEN")
# A secret that is assigned, whatever it is. A reference such as ${SECRET} or an empty value is none.
_ASSIGNED = re.compile(rb"""client_?secret["']?\s*[:=]\s*["']?(?P<value>[A-Za-z0-9_\-]{12,})""", re.IGNORECASE)
_TOKEN = re.compile(rb"\bclt\.[A-Za-z0-9._\-]{20,}")
_INVENTED = (b"mock", b"clt.example")
_SHORTEST = 6  # as ttapi.masking
_PIECE, _OVERLAP = 1 << 20, 1 << 10
# Folders with nothing that a person wrote, and the token that a build passes to its jobs in a file of its own.
_SKIPPED = {".git", ".venv", ".snakemake", "__pycache__", "node_modules"}
_ALLOWED = "session.json"
_TIMEOUT = 120.0
_SHOWN = 5

_REMEDY = (
    "Remove it there, ask TikTok for a new secret (whoever could read the file may have the old one), and set it only "
    "in the environment."
)


def in_files(patient: Patient) -> Iterator[Finding]:
    """Secrets in the files of the folder, logs among them."""
    found = [patient.shown(path) for path in _files(patient.folder.root) if _has_secret(path, patient)]
    if found:
        more = ", …" if len(found) > _SHOWN else ""
        yield Finding(
            f"{count(len(found), 'file')} with a client secret or a token: {', '.join(found[:_SHOWN])}{more}.", _REMEDY
        )


def in_history(patient: Patient) -> Iterator[Finding]:
    """Secrets in any commit of the git repository that the folder is in."""
    if not shutil.which("git"):
        return
    known = _known(patient)
    command = ["git", "-C", str(patient.folder.root), "log", "--all", "-p", "--no-color", "--no-ext-diff", "--", "."]
    # Settings of the repository may name programs to run; the folder may come from anyone.
    quiet = {**os.environ, "GIT_CONFIG_NOSYSTEM": "1", "GIT_TERMINAL_PROMPT": "0", "GIT_OPTIONAL_LOCKS": "0"}
    try:
        process = subprocess.run(command, capture_output=True, env=quiet, timeout=_TIMEOUT, check=False)
    except subprocess.TimeoutExpired:
        yield Finding(
            f"The history of the repository was not searched to its end in {_TIMEOUT:.0f} s.",
            "Search it yourself: git log --all -p, and look for the secret.",
        )
        return
    if process.returncode == 0 and _is_secret(process.stdout, known):
        yield Finding(
            "The git history of this folder has a client secret or a token.",
            "Ask TikTok for a new secret: a deleted file stays in the history, and in every clone.",
        )


def _files(root: Path) -> Iterator[Path]:
    for folder, folders, names in os.walk(root):
        folders[:] = sorted(name for name in folders if name not in _SKIPPED)
        yield from (Path(folder, name) for name in sorted(names) if name != _ALLOWED)


def _has_secret(path: Path, patient: Patient) -> bool:
    """Search a file piece by piece. Links and what cannot be read are left out."""
    if path.is_symlink() or not path.is_file():
        return False
    known, before = _known(patient), b""
    try:
        with path.open("rb") as file:
            while piece := file.read(_PIECE):
                if _is_secret(before + piece, known):
                    return True
                before = piece[-_OVERLAP:]
    except OSError:
        return False
    return False


def _known(patient: Patient) -> list[bytes]:
    values = [patient.environment.get(name, "") for name in _VARIABLES]
    return [each.encode() for each in values if len(each) >= _SHORTEST and not each.startswith("mock")]


def _is_secret(data: bytes, known: list[bytes]) -> bool:
    if any(each in data for each in known):
        return True
    matches = [match["value"] for match in _ASSIGNED.finditer(data)] + _TOKEN.findall(data)
    return any(not each.lower().startswith(_INVENTED) for each in matches)
