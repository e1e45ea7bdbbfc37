"""Builds in which a slice fails: the others continue, the missing slice is reported, and the study may waive it."""

import json
from pathlib import Path
from typing import Any

import duckdb
import pytest
import yaml

from tests.support import journal, small_study, snakemake, ttdata

pytestmark = pytest.mark.slow

# The bundled server answers 500 to searches in October 2023, whatever is tried.
DEAD = {"base_url": "mock", "tenant": "quirks=dead-periods"}


def study(**changes: Any) -> dict[str, Any]:
    german = {"all": [{"region_code": "DE"}]}
    datasets = {
        "dead": {"videos": {"where": german, "during": ["2023-10-20", "2023-11-20"]}, "users": {"of": "videos"}},
        "alive": {"videos": {"where": german, "during": ["2024-10-20", "2024-10-25"]}},
    }
    return small_study(api=DEAD, failures={"per_slice": 1}, datasets=datasets) | changes


def failures_in(directory: Path) -> int:
    return sum(line["code"] != "ok" for file in directory.glob("raw/*/videos/*.zst") for line in journal(file))


def test_no_build_sends_more_requests_than_the_study_allows(tmp_path: Path) -> None:
    world = {"base_url": "mock", "tenant": "videos=2e6"}
    searches = {"videos": {"where": {"all": [{"region_code": ["US"]}]}, "during": ["2025-01-01", "2025-03-01"]}}
    limited = small_study(api=world, streams=2, limits={"requests": 20}, datasets={"small": searches})
    for _ in range(2):  # the second build sends nothing
        outcome = snakemake(limited, tmp_path)
        assert outcome.status == 1
        assert json.loads(ttdata("status", "--directory", tmp_path, "--json").said)["requests_sent"] == 20
    assert "limits.requests allows 20" in " ".join(outcome.said.split())


def test_a_blocked_slice_stops_no_other_and_the_build_succeeds_with_a_waiver_and_a_reason(tmp_path: Path) -> None:
    outcome = snakemake(study(), tmp_path)
    assert outcome.status == 1
    assert "Traceback" not in outcome.said
    assert "\r" not in outcome.said
    message = " ".join(outcome.said.split())
    assert (
        "(2023-10-20 to 2023-11-18) is blocked. 0 of 1 windows are answered; 1 request failed on 2026-06-01" in message
    )
    assert max(map(len, outcome.said.split("Not finished")[1].splitlines())) <= 79
    assert sorted(file.name for file in tmp_path.glob("datasets/*")) == ["alive.duckdb"]
    assert not (tmp_path / "ids").exists()

    assert "since the bundled server starts each build on a new day" in message
    assert snakemake(study(), tmp_path).status == 1
    assert failures_in(tmp_path) == 2
    status = json.loads(ttdata("status", "--directory", tmp_path, "--json").said)
    assert (status["complete"], status["slices"]["blocked"]) == (False, 1)

    waivers = yaml.safe_load("waive:" + outcome.said.split("waive:")[1])
    outcome = snakemake(study(**waivers), tmp_path)
    assert outcome.status == 0, outcome.said
    assert failures_in(tmp_path) == 3, "it was tried once more, on this day"
    with duckdb.connect(str(tmp_path / "datasets/dead.duckdb"), read_only=True) as con:
        rows = con.execute("SELECT waived FROM slices WHERE state = 'blocked'").fetchall()
    assert rows == [(waivers["waive"][0]["reason"],)]
    assert json.loads(ttdata("status", "--directory", tmp_path, "--json").said)["complete"] is True

    # Without the waiver the slice is missing again, and so is the dataset.
    assert snakemake(study(), tmp_path).status == 1


def test_an_api_that_is_down_stops_all_jobs_before_each_of_them_uses_up_its_failures(tmp_path: Path) -> None:
    days = {"where": {"all": [{"region_code": "DE"}]}, "during": ["2025-01-01", "2025-01-30"], "window": 1}
    down = small_study(
        api={"base_url": "mock", "tenant": "scenario=outage"},
        failures={"per_slice": 1},
        datasets={"down": {"videos": days}},
    )
    outcome = snakemake(down, tmp_path)
    assert outcome.status == 75, outcome.said
    assert "TikTok's API is down" in outcome.said
    assert "in 1 h 00 min" in " ".join(outcome.said.split())
    assert failures_in(tmp_path) in range(12, 17)
