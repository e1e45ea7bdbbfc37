"""The rows of the proof run, and find what they look for: a few trials each."""

import random
from pathlib import Path

import duckdb
import pytest

from tests.proof import truth
from tests.proof.__main__ import main
from tests.proof.oracle import differences
from tests.proof.studies import built

pytestmark = pytest.mark.slow


@pytest.mark.parametrize(
    ("row", "trials"), [("studies", 2), ("torn", 3), ("power", 1), ("answers", 3), ("requests", 99)]
)
def test_a_row_prints_its_trials_and_none_of_them_fails(
    row: str, trials: int, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([row, "--trials", str(trials), "--results", str(tmp_path / "results.json")]) == 0
    assert f"| `{row}` | {trials} | 0 |" in capsys.readouterr().out


def test_the_oracle_finds_a_record_that_is_missing_and_one_that_is_too_many(tmp_path: Path) -> None:
    chance = random.Random(4)
    rows = truth.rows(chance)
    study = truth.study(chance, rows)
    dataset = built(tmp_path, rows, study)
    assert differences(rows, study, dataset) == []
    with duckdb.connect(str(dataset)) as con:
        con.execute("DELETE FROM shops WHERE shop_id = (SELECT min(shop_id) FROM shops)")
        con.execute("INSERT INTO followers VALUES ('somebody', 'else', NULL)")
    assert differences(rows, study, dataset) == [
        "followers: 0 rows missing, 1 too many",
        "shops: 1 rows missing, 0 too many",
    ]
