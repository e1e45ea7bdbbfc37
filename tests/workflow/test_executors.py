"""Jobs that a submit command starts, by a plugin for Snakemake that runs one."""

from pathlib import Path

import pytest

from tests.support import Outcome, small_study, snakemake

pytestmark = pytest.mark.slow


def build(folder: Path, submit: str) -> Outcome:
    executor = ("--executor", "cluster-generic", "--cluster-generic-submit-cmd", submit, "--jobs", "2")
    videos = {"where": {"all": [{"region_code": "DE"}]}, "during": ["2025-01-01", "2025-01-03"]}
    return snakemake(small_study(datasets={"small": {"videos": videos}}), folder, *executor)


@pytest.mark.parametrize(
    ("submit", "reason"), [("false", "status 1."), ("no-such-command", "(the command was not found)")]
)
def test_a_submit_command_that_fails_is_named_and_costs_nothing(submit: str, reason: str, tmp_path: Path) -> None:
    outcome = build(tmp_path, submit)
    assert outcome.status == 1
    said = " ".join(outcome.said.split())
    assert "could not be started: the submit command ended with" in said
    assert reason in said
    assert not list(tmp_path.glob("raw/*/*/*.zst"))


def test_a_submit_command_that_runs_its_jobs_builds(tmp_path: Path) -> None:
    outcome = build(tmp_path, "bash")
    assert outcome.status == 0, outcome.said
    assert (tmp_path / "datasets" / "small.duckdb").exists()
