"""The ten studies in studies/ can be built without changes, and cost what their plans say."""

import json
from pathlib import Path

import pytest

from tests.support import PROJECT, snakemake_on, ttdata

STUDIES = sorted((PROJECT / "studies").glob("*.yaml"))


@pytest.mark.slow
@pytest.mark.parametrize("study", STUDIES, ids=lambda study: study.stem)
def test_a_study_builds_and_costs_what_its_plan_says(study: Path, tmp_path: Path) -> None:
    plan = json.loads(ttdata("plan", study, "--json", "--directory", tmp_path).said)
    outcome = snakemake_on(study, tmp_path)
    assert outcome.status == 0, outcome.said
    status = json.loads(ttdata("status", "--directory", tmp_path, "--json").said)
    assert status["complete"]
    assert plan["requests"]["min"] <= status["requests_sent"] <= plan["requests"]["max"]
    assert status["wasted"] <= 0.05 * status["requests_sent"]
    assert list(tmp_path.glob("datasets/*.duckdb"))
    files = [file for folder in ("raw", "datasets") for file in (tmp_path / folder).rglob("*")]
    assert sum(file.stat().st_size for file in files) <= plan["disk_bytes"]
    again = json.loads(ttdata("plan", study, "--json", "--directory", tmp_path).said)
    assert again["requests"]["min"] == again["requests"]["max"] == status["requests_sent"] - status["wasted"]
