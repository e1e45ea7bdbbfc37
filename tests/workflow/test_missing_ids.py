"""A list of ids in a whole build: missing ids are searched for once more, and not again after that."""

import json
from pathlib import Path

import duckdb
import numpy as np
import pytest

from mockserver.world.times import EPOCH
from mockserver.world.world import world
from tests.support import snakemake, ttdata


@pytest.mark.slow
def test_missing_ids_are_searched_once_in_the_whole_period_and_not_again(tmp_path: Path) -> None:
    world_ = world(1, 100_000)
    index = np.arange(60_000, 60_040)
    visible = world_.found(index, EPOCH)
    ids = [str(each) for each in world_.timeline.ids(index)]
    study = {
        "study": "listed",
        "datasets": {"small": {"ids": [*ids, "n/a"], "videos": {"of": "ids", "during": ["2018-01-01", "2018-02-15"]}}},
    }
    outcome = snakemake(study, tmp_path)
    assert outcome.status == 0, outcome.said
    with duckdb.connect(str(tmp_path / "datasets/small.duckdb"), read_only=True) as con:
        statuses = dict(con.execute("SELECT status, count(*) FROM id_status GROUP BY status").fetchall())
        searches = con.execute("SELECT DISTINCT status, searches FROM id_status ORDER BY ALL").fetchall()
    assert statuses == {"found": len(visible), "missing": len(index) - len(visible), "not_an_id": 1}
    assert searches == [("found", 1), ("missing", 3), ("not_an_id", 0)]

    status = json.loads(ttdata("status", "--directory", tmp_path, "--json").said)
    assert (status["requests_sent"], status["wasted"], status["complete"]) == (3, 0, True)
    assert "Nothing to be done" in snakemake(study, tmp_path).said
