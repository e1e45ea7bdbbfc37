"""A study that asks for packages gets them from its build, and none that does not."""

import json
from pathlib import Path

import duckdb
import pytest

from tests.support import small_study, snakemake


@pytest.mark.slow
def test_a_build_makes_the_packages_of_the_study_and_no_others(tmp_path: Path) -> None:
    study = small_study(package={"profiles": ["public", "aggregate"]})
    outcome = snakemake(study, tmp_path / "study", "--cores", "1")
    assert outcome.status == 0, outcome.said
    made = sorted(path.name for path in (tmp_path / "study" / "packages").iterdir())
    assert made == ["small-aggregate.zip", "small-public.zip"]
    again = snakemake(study, tmp_path / "study", "--cores", "1")
    assert "Nothing to be done" in again.said or "package" not in again.said


def test_a_study_without_the_key_has_no_packages(built: Path) -> None:
    assert not (built / "packages").exists()
    with duckdb.connect(str(built / "datasets/small.duckdb"), read_only=True) as con:
        assert "package" not in json.loads(con.execute("SELECT declared FROM study").fetchall()[0][0])
