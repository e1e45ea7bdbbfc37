"""`ttdata refresh` and the builds around it, as a user runs them."""

import json
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import duckdb
import pytest
import requests

from tests.conftest import Once
from tests.support import ADMIN, MOCK_SECRET, MockServer, Outcome, journal, small_study, snakemake, ttdata, until

pytestmark = pytest.mark.slow

TERMS = {"refresh_days": 15, "version": "2026-01-22"}
LATER = {"TIKTOK_CLIENT_KEY": "mock:now=2026-06-16T13:00"}
TASKS = Path("refresh/small/2026-06-16/tasks.ndjson.zst")


def study(**changes: Any) -> dict[str, Any]:
    declared = small_study(terms=TERMS, **changes)
    del declared["datasets"]["small"]["comments"]
    return declared


@pytest.fixture
def folder(once: Once, tmp_path: Path) -> Path:
    """A folder in which a study with terms was built on 1 June."""

    def build(directory: Path) -> None:
        outcome = snakemake(study(), directory)
        assert outcome.status == 0, outcome.said

    return Path(shutil.copytree(once("built-with-terms", build), tmp_path / "study"))


def test_an_overdue_dataset_is_built_and_refused_until_it_is_refreshed(folder: Path) -> None:
    (folder / "datasets/small.duckdb").unlink()
    late = snakemake(study(exports=["csv"]), folder, key=LATER["TIKTOK_CLIENT_KEY"])
    assert late.status == 1
    assert "all datasets are built, but a refresh is overdue" in " ".join(late.said.split())
    assert (folder / "datasets/small.duckdb").exists()
    assert not (folder / "exports").exists()
    refused = ttdata("package", directory=folder, **LATER)
    assert refused.status == 1
    assert "The dataset is built, but it was not packaged." in " ".join(refused.said.split())
    assert "overdue since 2026-06-16" in ttdata("status", directory=folder, **LATER).said
    refreshed = ttdata("refresh", directory=folder, **LATER)
    assert refreshed.status == 0, refreshed.said
    assert ttdata("refresh", directory=folder, **LATER).said.endswith("Nothing was sent.\n")
    early = json.loads(ttdata("refresh", "--early", "--json", directory=folder, **LATER).said)
    assert early["refreshed"][0]["found"]["video"]["first"] == 0
    assert snakemake(study(exports=["csv"]), folder, key=LATER["TIKTOK_CLIENT_KEY"]).status == 0
    assert (folder / "exports/small/README.txt").exists()


def test_the_workflow_refreshes_what_is_due_and_sends_nothing_before(folder: Path) -> None:
    early = snakemake(study(), folder, "refresh")
    assert early.status == 0
    assert not (folder / "refresh").exists()
    assert json.loads((folder / "reports/small.refresh.json").read_text())["began"] is None
    late = snakemake(study(), folder, "refresh", key=LATER["TIKTOK_CLIENT_KEY"])
    assert late.status == 0, late.said
    assert json.loads((folder / "reports/small.refresh.json").read_text())["found"]["video"]["checked"] > 100


def test_invented_data_are_never_due_without_terms(built: Path, tmp_path: Path) -> None:
    folder = Path(shutil.copytree(built, tmp_path / "study"))
    years_later = {"TIKTOK_CLIENT_KEY": "mock:now=2027-06-01"}
    outcome = ttdata("refresh", directory=folder, **years_later)
    assert outcome.status == 0
    assert "no refresh is due, since the data are invented" in " ".join(outcome.said.split())
    assert ttdata("export", "--to", "csv", directory=folder, **years_later).status == 0
    assert not (folder / "refresh").exists()


class Lab:
    """A study of a mock server on this machine, whose clock and quota a test can set."""

    def __init__(self, server: MockServer, folder: Path, key: str) -> None:
        self.server, self.folder, self.key = server, folder, key
        self.environment = {"TIKTOK_CLIENT_KEY": key, "TIKTOK_CLIENT_SECRET": MOCK_SECRET}

    def build(self) -> None:
        outcome = snakemake(study(api={"base_url": self.server.url}), self.folder, key=self.key)
        assert outcome.status == 0, outcome.said
        self.server.move_clock(self.key, "2026-06-16T13:00:00Z")

    def refresh(self) -> Outcome:
        return ttdata("refresh", directory=self.folder, **self.environment)

    def created(self) -> int:
        path = self.folder / TASKS
        return sum(line["endpoint"] == "compliance.create" for line in journal(path)) if path.exists() else 0


def test_killed_while_it_waits_for_a_task_it_asks_for_the_same_task_again(
    mock_server: MockServer, tmp_path: Path
) -> None:
    lab = Lab(mock_server, tmp_path / "killed", "mock:org=killed-refresh")
    lab.build()
    process = subprocess.Popen(
        [sys.executable, "-m", "ttdata", "refresh"],
        cwd=lab.folder,
        env=os.environ | lab.environment,
        stdout=subprocess.DEVNULL,
        start_new_session=True,
    )
    until(lambda: (lab.folder / TASKS).exists() and (lab.folder / TASKS).stat().st_size > 0)
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    assert lab.created() == 1
    outcome = lab.refresh()
    assert outcome.status == 0, outcome.said
    assert lab.created() == 1


def test_a_spent_quota_ends_with_status_75_and_the_next_day_continues(mock_server: MockServer, tmp_path: Path) -> None:
    lab = Lab(mock_server, tmp_path / "stopped", "mock:org=stopped-refresh,quota=18")
    lab.build()
    # Of the 9 requests that a refresh takes, the first day has room for few.
    requests.post(
        f"{mock_server.url}/__mock__/quota",
        json={"tenant": lab.key, "used": {"general": 16}},
        headers={"X-Mock-Admin-Token": ADMIN},
        timeout=10,
    ).raise_for_status()
    stopped = lab.refresh()
    assert stopped.status == 75, stopped.said
    assert lab.created() == 1
    mock_server.move_clock(lab.key, "next-utc-midnight")
    assert lab.refresh().status == 0
    assert lab.created() == 1


def test_what_is_purged_is_not_requested_again_and_the_build_ends_with_the_digest_of_the_certificate(
    folder: Path,
) -> None:
    with duckdb.connect(str(folder / "datasets/small.duckdb"), read_only=True) as con:
        (name,) = con.execute("SELECT username FROM videos ORDER BY 1 LIMIT 1").fetchall()[0]
    asked = ttdata("purge", "--dry-run", "--user", name, directory=folder)
    assert (asked.status, (folder / "erasures").exists()) == (0, False), asked.said
    purged = ttdata("purge", "--user", name, "--json", directory=folder)
    assert purged.status == 0, purged.said
    certificate = json.loads(purged.said.splitlines()[-1])
    assert certificate["records"]["videos"] > 0
    assert certificate["verified"]["found_nothing"]
    sent = requests_sent(folder)
    again = snakemake(study(), folder)
    assert again.status == 0, again.said
    assert requests_sent(folder) == sent
    digest = ttdata("digest", folder / "datasets/small.duckdb").said.strip()
    assert (
        digest
        == certificate["datasets"]["small"]["after"]["digest"]
        != certificate["datasets"]["small"]["before"]["digest"]
    )
    report = json.loads((folder / "reports/small.audit.json").read_text())
    assert not [each for each in report["findings"] if each["severity"] == "fault"]


def requests_sent(folder: Path) -> int:
    return int(json.loads(ttdata("status", "--json", directory=folder).said)["requests_sent"])


def test_purge_explains_what_it_needs(folder: Path, tmp_path: Path) -> None:
    for words, sentence in (
        (("--gone",), "No refresh was finished here"),
        (("--gone", "--all"), "Give one of --gone, --user, --video and --all."),
        (("--user", "not a name!"), "is not the name of an account"),
        (("--video", "seven"), "is not the id of a video"),
    ):
        outcome = ttdata("purge", *words, directory=folder)
        assert outcome.status in (1, 2)
        assert sentence in " ".join(outcome.said.split())
    assert "Nothing is to be erased." in ttdata("purge", directory=folder).said
    nothing = ttdata("purge", "--all", directory=tmp_path)
    assert nothing.status == 1
    assert "plan.json does not exist" in " ".join(nothing.said.split())
