"""A clock of this machine that is wrong by years, and by others each time a build continues, changes nothing."""

import json
import random
import shutil
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

import yaml

from tests.proof.result import Result
from tests.support import MOCK_SECRET, command, small_study, ttdata

QUOTA = 20
"""Requests that the server allows per build, so that the study needs several of them."""
MOST_BUILDS = 9
YEARS = 25
DATASET = "datasets/small.duckdb"


def wrong_clocks(trials: int, seed: int) -> Result:
    """trials: studies, each built with another wrong clock in each of its builds."""
    result, chance = Result(), random.Random(seed)
    if shutil.which("faketime") is None:
        result.check(False, "faketime is not installed; on Debian: apt install faketime")
        return result
    expected = _built([0] * MOST_BUILDS)
    for _ in range(trials):
        years = [chance.choice([-1, 1]) * chance.randint(1, YEARS) for _ in range(MOST_BUILDS)]
        outcome = _built(years)
        result.check(outcome == expected, f"clocks wrong by {years} years: {outcome} instead of {expected}")
    result.notes.append(f"{expected[2]} builds and {expected[1]} requests per study, clocks up to {YEARS} years off")
    return result


def _built(years: list[int]) -> tuple[str, int, int]:
    """Digest, requests sent, and number of builds. years: how wrong the clock is in each build."""
    with TemporaryDirectory() as place:
        folder = Path(place)
        (folder / "config.yaml").write_text(yaml.safe_dump(small_study()))
        builds = 0
        outcome = None
        while outcome is None or outcome.status == 75:
            outcome = command(
                *("faketime", "-f", f"{years[builds]:+}y", sys.executable, "-m", "ttdata", "build"),
                directory=folder,
                TIKTOK_CLIENT_KEY=f"mock:quota={QUOTA}",
                TIKTOK_CLIENT_SECRET=MOCK_SECRET,
            )
            builds += 1
        if outcome.status:
            return outcome.said[-300:], 0, builds
        status = json.loads(ttdata("status", "--json", directory=folder).said)
        return ttdata("digest", DATASET, directory=folder).said.strip(), status["requests_sent"], builds
