"""The stored result of each row: when, where and on which commit it was last run."""

import os
import platform
import subprocess
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from tests.proof.result import Result
from tests.support import PROJECT
from ttdata.files import read_json, write_json

FILE = Path(__file__).with_name("results.json")


@dataclass(frozen=True)
class Stored:
    """A result with its circumstances. at: UTC, to the minute; commit: as of git describe."""

    result: Result
    seed: int
    minutes: float
    at: str
    commit: str
    machine: str


def circumstances() -> dict[str, str]:
    """What Stored says about now and here."""
    commit = subprocess.run(
        ["git", "describe", "--always", "--dirty"], cwd=PROJECT, capture_output=True, text=True, check=False
    ).stdout.strip()
    machine = f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}"
    return {"at": f"{datetime.now(UTC):%Y-%m-%d %H:%M}", "commit": commit or "unknown", "machine": machine}


def read(file: Path = FILE) -> dict[str, Stored]:
    """The results by the names of their rows."""
    stored: dict[str, dict[str, Any]] = read_json(file) if file.exists() else {}
    return {name: Stored(**{**each, "result": Result(**each["result"])}) for name, each in stored.items()}


def store(name: str, stored: Stored, file: Path = FILE) -> None:
    """Replace the result of a row."""
    write_json(file, {each: asdict(other) for each, other in (read(file) | {name: stored}).items()})
