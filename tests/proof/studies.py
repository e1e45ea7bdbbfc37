"""Random studies of random rows: each dataset equals what plain SQL finds in the rows."""

import os
import random
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from mockserver.adapters.requests_mock import BASE_URL, InProcess
from tests.proof import truth
from tests.proof.oracle import differences
from tests.proof.result import Result
from tests.support import FOLDER, MOCK_SECRET
from tests.ttdata.worlds import collect_study
from ttapi import Client, Credentials, Ledger
from ttdata.api.client import OnAnswer
from ttdata.build.dataset import build
from ttdata.build.digest import digest_of

NAME, KEY = "all", "mock:quota=1000000"


def random_studies(trials: int, seed: int) -> Result:
    """Every kind of source, over accounts, videos, comments, lists and shops that nobody has seen before."""
    result = Result()
    for number in range(trials):
        chance = random.Random(seed * 1_000_003 + number)
        rows = truth.rows(chance)
        study = truth.study(chance, rows)
        with tempfile.TemporaryDirectory() as folder:
            wrong = differences(rows, study, built(Path(folder), rows, study))
        result.check(not wrong, f"study {number}: {'; '.join(wrong)}")
    return result


def any_split(trials: int, seed: int) -> Result:
    """The same study with its searches split into other windows: each dataset has the same digest."""
    result = Result()
    for number in range(trials):
        chance = random.Random(seed * 1_000_003 + number)
        rows = truth.rows(chance)
        study = truth.study(chance, rows)
        digests = set()
        for window in (30, chance.randint(2, 29), 1):
            study["datasets"][NAME]["videos"]["window"] = window
            with tempfile.TemporaryDirectory() as folder:
                digests.add(digest_of(built(Path(folder), rows, study)))
        result.check(len(digests) == 1, f"study {number}: {len(digests)} digests")
    return result


def built(folder: Path, rows: dict[str, Any], study: dict[str, Any]) -> Path:
    """Collect and build a study of rows in a folder. Returns the dataset."""
    before = Path.cwd()
    os.chdir(folder)
    try:
        with served(rows) as connect:
            build(collect_study(study, connect), NAME, FOLDER.dataset(NAME))
    finally:
        os.chdir(before)
    return folder / FOLDER.dataset(NAME)


@contextmanager
def served(rows: dict[str, Any]) -> Iterator[Callable[[OnAnswer], Client]]:
    """Clients of a mock server with these rows, without a socket."""
    ledger = Ledger(":memory:", limits={"general": 1_000_000, "follow": 1_000_000})
    with InProcess() as server:
        server.client_key = KEY
        server.set_rows(rows)

        def connect(on_answer: OnAnswer) -> Client:
            credentials = Credentials(KEY, MOCK_SECRET)
            return Client(BASE_URL, credentials=credentials, ledger=ledger, on_answer=on_answer, sleep=server.sleep)

        yield connect
