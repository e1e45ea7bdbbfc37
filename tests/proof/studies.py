"""Random studies of random rows: each dataset equals what plain SQL finds in the rows, however it is collected."""

import random
from collections.abc import Iterator
from contextlib import chdir, suppress
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from tests.proof import truth
from tests.proof.oracle import differences
from tests.proof.result import Result
from tests.proof.server import connected, killed_at_random, with_pages_of
from tests.support import FOLDER
from tests.ttdata.comply.lost import Killed
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
    """The same study in other windows, in smaller pages, in parallel streams, and with kills: the same digest."""
    result = Result()
    for number, (chance, rows, study) in enumerate(_cases(trials, seed)):
        digests = {name: _digest(rows, study, way) for name, way in _ways(chance).items()}
        other = [name for name, digest in digests.items() if digest != digests["usual"]]
        result.check(not other, f"study {number}: another dataset with {', '.join(other)}")
    return result


@dataclass(frozen=True)
class _Way:
    """How a study is collected. window: days; page: records; kills: the probability of one after each answer."""

    window: int = 30
    page: int | None = None
    streams: int = 1
    kills: float = 0


def _ways(chance: random.Random) -> dict[str, _Way]:
    mixed = _Way(chance.randint(1, 30), chance.randint(1, 99), chance.randint(2, 8), chance.uniform(0, 0.5))
    return {
        "usual": _Way(),
        "other windows": _Way(window=chance.randint(2, 29)),
        "windows of a day": _Way(window=1),
        "smaller pages": _Way(page=chance.randint(1, 99)),
        "parallel streams": _Way(streams=chance.randint(2, 8)),
        "kills": _Way(kills=chance.uniform(0.1, 0.9)),
        f"all of it ({mixed})": mixed,
    }


def _digest(rows: dict[str, Any], study: dict[str, Any], way: _Way) -> str:
    study["datasets"][NAME]["videos"]["window"] = way.window
    with TemporaryDirectory() as folder, chdir(folder), connected(rows=rows) as (connect, _):
        connect = killed_at_random(with_pages_of(connect, way.page), way.kills, random.Random(repr(way)))
        while True:
            with suppress(Killed):
                plan = collect_study(study, connect, streams=way.streams)
                break
        build(plan, NAME, FOLDER.dataset(NAME))
        return digest_of(FOLDER.dataset(NAME))


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
