"""Purges that get SIGKILL at random moments: the next one completes them, and leaves one version."""

import random
import shutil
import signal
import subprocess
import sys
import time
from contextlib import chdir
from pathlib import Path

from tests.proof.result import Result
from tests.proof.server import new_folder
from tests.support import FOLDER, ttdata
from tests.ttdata.comply.lost import NAME, served
from tests.ttdata.comply.purged import OF_PERSON, PERSON, contain, digest, plant, rows

LONGEST = 1.2
"""Moments are drawn from the time that a whole purge takes, times this."""


def killed_purges(trials: int, seed: int) -> Result:
    """trials: kills, each in a copy of a built folder with canaries in every kind of file."""
    result, chance = Result(), random.Random(seed)
    with new_folder() as root:
        before = Path("built")
        before.mkdir()
        _build(before)
        whole = _copy(before, root / "whole")
        started = time.monotonic()
        assert ttdata("purge", "--user", PERSON, directory=whole).status == 0
        seconds = time.monotonic() - started
        expected = _digest(whole)
        ended = 0
        for number in range(trials):
            folder = _copy(before, root / "copy")
            ended += not _killed(folder, chance.uniform(0.1, LONGEST * seconds))
            outcome = ttdata("purge", "--user", PERSON, directory=folder)
            result.check(outcome.status == 0 and _is_purged(folder, expected), f"kill {number}: {outcome.said[-300:]}")
            shutil.rmtree(folder)
        result.notes.append(f"{ended} purges had ended before they were killed")
    return result


def _build(folder: Path) -> None:
    with chdir(folder), served(rows()) as lab:
        lab.build()
        plant(*OF_PERSON)


def _copy(source: Path, target: Path) -> Path:
    shutil.copytree(source, target)
    return target


def _killed(folder: Path, moment: float) -> bool:
    """Whether a purge was killed before it ended."""
    run = subprocess.Popen(
        [sys.executable, "-m", "ttdata", "purge", "--user", PERSON],
        cwd=folder,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        run.wait(moment)
    except subprocess.TimeoutExpired:
        run.send_signal(signal.SIGKILL)
        run.wait()
        return True
    return False


def _is_purged(folder: Path, expected: str) -> bool:
    with chdir(folder):
        one = {path.name for path in Path("datasets").iterdir()} == {f"{NAME}.duckdb"}
        return one and not FOLDER.purge.exists() and not contain(*OF_PERSON) and digest() == expected


def _digest(folder: Path) -> str:
    with chdir(folder):
        return digest()
