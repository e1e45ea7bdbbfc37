"""Random studies of random rows: each dataset equals what plain SQL finds in the rows, however it is collected."""

import random
from collections.abc import Iterator
from contextlib import chdir
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from tests.proof import truth
from tests.proof.oracle import differences
from tests.proof.result import Result
from tests.proof.server import connected
from tests.support import FOLDER
from tests.ttdata.worlds import collect_study
from ttdata.build.dataset import build
from ttdata.build.digest import digest_of

NAME = "all"


def random_studies(trials: int, seed: int) -> Result:
    """Every kind of source, over accounts, videos, comments, lists and shops that nobody has seen before."""
    result = Result()
    for number, (_, rows, study) in enumerate(_cases(trials, seed)):
        with TemporaryDirectory() as folder:
            wrong = differences(rows, study, built(Path(folder), rows, study))
        result.check(not wrong, f"study {number}: {'; '.join(wrong)}")
    return result


def any_split(trials: int, seed: int) -> Result:
    """The same study with its searches split into other windows: each dataset has the same digest."""
    result = Result()
    for number, (chance, rows, study) in enumerate(_cases(trials, seed)):
        digests = set()
        for window in (30, chance.randint(2, 29), 1):
            study["datasets"][NAME]["videos"]["window"] = window
            with TemporaryDirectory() as folder:
                digests.add(digest_of(built(Path(folder), rows, study)))
        result.check(len(digests) == 1, f"study {number}: {len(digests)} digests")
    return result


def _cases(trials: int, seed: int) -> Iterator[tuple[random.Random, dict[str, Any], dict[str, Any]]]:
    """Random rows with a study of them."""
    for number in range(trials):
        chance = random.Random(seed * 1_000_003 + number)
        rows = truth.rows(chance)
        yield chance, rows, truth.study(chance, rows)


def built(folder: Path, rows: dict[str, Any], study: dict[str, Any]) -> Path:
    """Collect and build a study of rows in a folder. Returns the dataset."""
    with chdir(folder), connected(rows=rows) as (connect, _):
        build(collect_study(study, connect), NAME, FOLDER.dataset(NAME))
    return folder / FOLDER.dataset(NAME)
