"""The same command at different times: it requests again what was not settled, and nothing else."""

import json
import os
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import duckdb
import pytest
import requests
import yaml

from tests.support import ADMIN, MockServer, small_study, snakemake, ttdata

pytestmark = pytest.mark.slow

# By the clock of the mock, 1 June 2026 12:00: one window of May has not settled, the other is not even indexed.
WHERE = {"all": [{"region_code": ["US", "GB", "DE"]}], "any": [{"hashtag_name": ["fyp"]}]}
YOUNG = {"videos": {"where": WHERE, "during": ["2026-05-01", "2026-05-31"], "window": 29}}
OLD = {"videos": {"where": WHERE, "during": ["2025-01-01", "2025-01-30"]}}
LATER = "mock:now=2026-06-13"


def study(**changes: Any) -> dict[str, Any]:
    return small_study(**{"datasets": {"young": YOUNG, "old": OLD}} | changes)


def digest(directory: Path) -> str:
    return ttdata("digest", directory / "datasets/young.duckdb").said


def status(directory: Path) -> dict[str, Any]:
    content: dict[str, Any] = json.loads(ttdata("status", "--directory", directory, "--json").said)
    return content


def jobs(output: str) -> dict[str, int]:
    """Number of jobs of each rule that a dry run lists."""
    return {rule: int(count) for rule, count in re.findall(r"^(\w+) +(\d+)$", output, re.MULTILINE)}


def test_searches_that_have_settled_are_requested_again_and_then_equal_a_fresh_collection(
    tmp_path: Path,
) -> None:
    early = snakemake(study(), tmp_path / "early")
    assert early.status == 0, early.said
    message = " ".join(early.said.split())
    assert "Not settled: 2 searches were requested too early" in message
    assert "In 1 of them videos can be missing." in message
    assert "on or after 2026-06-03, and once more on 2026-06-11 (UTC)" in message
    assert status(tmp_path / "early")["settling"] == {
        "settled": 1,
        "unsettled": 1,
        "unindexed": 1,
        "next_due": "2026-06-03T00:00:00+00:00",
        "next_wave": None,
        "next_settling": "2026-06-03T00:00:00+00:00",
    }
    assert "Nothing to be done" in snakemake(study(), tmp_path / "early", "--dry-run").said
    before = status(tmp_path / "early")["requests_sent"]

    output = ttdata("plan", "study.yaml", "--json", directory=tmp_path / "early", TIKTOK_CLIENT_KEY=LATER).said
    plan = json.loads(output)
    job_counts = jobs(snakemake(study(), tmp_path / "early", "--dry-run", key=LATER).said)
    assert plan["searches"] == {"collected": 1, "waiting": 2, "dropped": 0}
    assert job_counts["collect"] == 2
    later = snakemake(study(), tmp_path / "early", key=LATER)
    assert later.status == 0, later.said
    assert "Not settled" not in later.said
    assert len(re.findall(r"^videos .* round 2 ", later.said, re.MULTILINE)) == 2
    after = status(tmp_path / "early")["requests_sent"]
    assert plan["requests"]["min"] <= after <= plan["requests"]["max"]
    assert after > before
    assert "Nothing to be done" in snakemake(study(), tmp_path / "early", key="mock:now=2026-09-01").said

    assert snakemake(study(datasets={"young": YOUNG}), tmp_path / "fresh", key=LATER).status == 0
    assert digest(tmp_path / "early") == digest(tmp_path / "fresh")
    with duckdb.connect(str(tmp_path / "early/datasets/young.duckdb"), read_only=True) as con:
        counted = "SELECT count(*), sum(view_count) FROM"
        now, then = (con.execute(f"{counted} {of}").fetchall() for of in ("videos", "videos_as_of('2026-06-01')"))
        ((first,),) = con.execute("SELECT sum(records) FROM rounds WHERE round = 1").fetchall()
    assert now != then
    assert "are no longer found; they are in videos_gone." in ttdata("summary", directory=tmp_path / "early").said
    assert then[0][0] == first


def test_an_empty_success_changes_nothing_and_a_canary_stops_the_build_before_it_costs_more(
    mock_server: MockServer, tmp_path: Path
) -> None:
    key = "mock:quota=400"
    declared = study(api={"base_url": mock_server.url})
    assert snakemake(declared, tmp_path, key=key).status == 0
    digest_before = digest(tmp_path)

    mock_server.move_clock(key, "2026-06-13T00:00:00Z")
    switch(mock_server, key, on=["empty-success"])
    declared["datasets"]["old"] = OLD | {"users": {"of": "videos", "top": {"by": "view_count", "k": 2}}}
    doubted = snakemake(declared, tmp_path, key=key)
    assert doubted.status == 75, "it passes by waiting"
    assert "EmptySuccess: The search " in doubted.said
    assert digest(tmp_path) == digest_before
    with duckdb.connect(str(tmp_path / "datasets/old.duckdb"), read_only=True) as con:
        assert con.execute("SELECT count(*) FROM users").fetchall() == [(2,)], "the other dataset was built"
    declared["canary"] = {"where": {"all": [{"region_code": "US"}]}, "during": ["2025-01-01", "2025-01-10"]}
    guarded = snakemake(declared, tmp_path, key=key)
    assert guarded.status == 75
    assert "EmptySuccess: The canary, a search that is known to find 1 video" in guarded.said

    switch(mock_server, key, off=["empty-success"])
    assert snakemake(declared, tmp_path, key=key).status == 0
    assert digest(tmp_path) != digest_before
    state = status(tmp_path)
    assert state["wasted"] == len(list(tmp_path.glob("raw/*/videos/*.doubted*"))) >= 1
    assert state["complete"]


def test_a_search_without_pages_is_compared_with_the_dataset_that_its_build_would_replace(tmp_path: Path) -> None:
    """Snakemake deletes the old dataset before the job starts, and the guard must see it nevertheless."""
    declared = study(datasets={"young": OLD})
    assert snakemake(declared, tmp_path).status == 0
    digest_before = digest(tmp_path)
    shutil.rmtree(tmp_path / "raw")
    # Another world in the plan, so that the build has no earlier round: its searches succeed and find nothing.
    broken = study(datasets={"young": OLD}, api={"base_url": "mock", "tenant": "quirks=empty-success"})
    with duckdb.connect(str(tmp_path / "datasets/young.duckdb")):  # open for writing, as some programs keep it
        locked = snakemake(broken, tmp_path)
        assert locked.status == 1
        assert "it cannot be checked whether it found videos before" in " ".join(locked.said.split())
    for _ in range(2):
        doubted = snakemake(broken, tmp_path)
        assert doubted.status == 75
        assert "EmptySuccess: The search " in doubted.said
        assert digest(tmp_path) == digest_before
    assert not (tmp_path / ".ttdata/previous/young.duckdb").exists()


def switch(server: MockServer, key: str, **quirks: list[str]) -> None:
    headers = {"X-Mock-Admin-Token": ADMIN}
    requests.post(
        f"{server.url}/__mock__/quirks", json={"tenant": key} | quirks, headers=headers, timeout=10
    ).raise_for_status()


def test_the_windows_of_an_open_period_are_requested_as_their_days_come(tmp_path: Path) -> None:
    declared = study(datasets={"young": {"videos": {"where": WHERE, "during": ["2026-05-11", "open"]}}})
    settled = {"index": "1d", "counts": "1d"}
    assert snakemake(declared | {"settle": settled}, tmp_path).status == 0
    sent = status(tmp_path)["requests_sent"]
    assert searched(tmp_path) == ["2026-05-11 to 2026-05-17", "2026-05-18 to 2026-05-24", "2026-05-25 to 2026-05-31"]
    plan = json.loads(ttdata("plan", "study.yaml", "--json", directory=tmp_path).said)
    assert [each["day"] for each in plan["later"]][:3] == ["2026-06-02", "2026-06-08", "2026-06-09"]

    outcome = snakemake(declared | {"settle": settled}, tmp_path, key="mock:now=2026-06-08")
    assert outcome.status == 0, outcome.said
    assert searched(tmp_path)[3:] == ["2026-06-01 to 2026-06-07"]
    assert status(tmp_path)["requests_sent"] == sent + 2, "the new window, and the one that has settled"


def test_a_period_that_moves_with_the_waves_needs_no_edit(tmp_path: Path) -> None:
    waves = {"every": "7d", "times": 3, "from": "2026-05-28"}
    declared = study(datasets={"young": {"videos": {"where": WHERE, "during": {"last": "14d"}, "waves": waves}}})
    declared |= {"settle": {"index": "0d", "counts": "0d"}}
    assert snakemake(declared, tmp_path).status == 0
    assert searched(tmp_path) == ["2026-05-14 to 2026-05-27"]
    assert snakemake(declared, tmp_path, key="mock:now=2026-06-05").status == 0
    assert searched(tmp_path) == ["2026-05-14 to 2026-05-27", "2026-05-21 to 2026-06-03"]


def searched(directory: Path) -> list[str]:
    """The windows of the dataset, in order."""
    with duckdb.connect(str(directory / "datasets/young.duckdb"), read_only=True) as con:
        return [f"{a} to {b}" for a, b in con.execute('SELECT start, "end" FROM slices ORDER BY start').fetchall()]


def test_a_scheduled_run_with_nothing_due_prints_one_line_or_none(tmp_path: Path) -> None:
    (tmp_path / "study.yaml").write_text(yaml.safe_dump(study(datasets={"young": OLD})))
    assert scheduled(tmp_path) == (0, "", "Building")
    assert scheduled(tmp_path) == (0, "Nothing is due: everything is built, and nothing was sent.\n", "")
    assert scheduled(tmp_path, "--quiet") == (0, "", "")


def scheduled(directory: Path, *options: str) -> tuple[int, str, str]:
    """The status of a scheduled run, its output, and the first word of what it prints on standard error."""
    words = [sys.executable, "-m", "ttdata", "run", "study.yaml", *options]
    done = subprocess.run(words, cwd=directory, capture_output=True, text=True, timeout=120, check=False)
    output = "" if done.stderr else done.stdout
    return done.returncode, output, done.stderr.split(" ")[0]


def test_a_build_continues_after_the_clock_of_this_machine_was_set_back(tmp_path: Path) -> None:
    assert snakemake(small_study(), tmp_path, key="mock:quota=9").status == 75
    later = time.time_ns() + 10**18
    for number, path in enumerate(
        sorted(filter(Path.is_file, tmp_path.rglob("*")), key=lambda path: path.stat().st_mtime_ns)
    ):
        os.utime(path, ns=(later + number, later + number))
    outcome = snakemake(small_study(), tmp_path)
    assert outcome.status == 0, outcome.said
    assert "Nothing to be done" in snakemake(small_study(), tmp_path, "--dry-run").said
