"""Builds as a user runs them: Snakemake, real processes, real HTTP, real files."""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import pytest
import requests
import yaml

from tests.support import ADMIN, PROJECT, MockServer, journal, small_study, snakemake, ttdata, until
from tests.ttdata.worlds import build_study
from ttdata.plan.plan import Plan


def digest(directory: Path, name: str = "small") -> str:
    outcome = ttdata("digest", directory / "datasets" / f"{name}.duckdb")
    assert outcome.status == 0, outcome.said
    return outcome.said.strip()


@pytest.fixture
def digest_from_scratch(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[dict[str, Any]], str]:
    """Digest of a study with one dataset that is collected and built in this process, in a new folder."""

    def build(study: dict[str, Any]) -> str:
        (dataset,) = study["datasets"]
        folder = tmp_path / f"{dataset}-from-scratch"
        folder.mkdir()
        monkeypatch.chdir(folder)
        build_study(study)
        return digest(folder, dataset)

    return build


def requests_in(directory: Path) -> int:
    return sum(len(journal(file)) for file in directory.glob("raw/*/*/*.ndjson.zst"))


def files_of(directory: Path) -> list[Path]:
    return [file for file in directory.rglob("*") if file.is_file() and ".snakemake" not in file.parts]


def processes_of(directory: Path) -> list[str]:
    """Command lines of the processes whose working directory is a folder."""
    commands = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            words = (process / "cmdline").read_bytes().replace(b"\0", b" ").decode()
            if words and (process / "cwd").resolve() == directory:
                commands.append(words)
        except OSError:
            continue
    return commands


def servers_of(directory: Path) -> list[str]:
    return [words for words in processes_of(directory) if "mockserver" in words]


def test_one_command_builds_a_dataset_and_the_next_does_nothing(built: Path) -> None:
    with duckdb.connect(str(built / "datasets/small.duckdb"), read_only=True) as con:
        rows = {
            table: con.table(table).count("*").fetchall()[0][0]
            for table in ("videos", "video_hashtags", "comments", "users", "study", "slices", "requests")
        }
        assert all(rows.values()), rows
        assert rows["requests"] == requests_in(built)
        spent, least = con.execute("SELECT sum(requests), sum(least) FROM slices").fetchall()[0]
        assert spent == least
    before = {file: file.stat().st_mtime_ns for file in files_of(built)}

    again = snakemake(small_study(), built)

    assert again.status == 0
    assert "Nothing to be done" in again.said
    assert {file: file.stat().st_mtime_ns for file in before} == before
    assert servers_of(built) == []


@pytest.mark.slow
def test_a_build_from_scratch_has_the_same_digest_with_one_thread_and_with_two(built: Path, tmp_path: Path) -> None:
    assert snakemake(small_study(), tmp_path, "--cores", "1").status == 0
    assert digest(tmp_path) == digest(built)


@pytest.mark.slow
def test_a_build_stopped_by_the_quota_ends_with_the_same_digest_as_one_that_was_not(
    mock_server: MockServer, built: Path, tmp_path: Path
) -> None:
    study = small_study(api={"base_url": mock_server.url})
    key = f"mock:quota={requests_in(built) // 3}"
    stops = 0
    while (outcome := snakemake(study, tmp_path, key=key)).status == 75:
        stops += 1
        message = " ".join(outcome.said.split())
        assert re.search(r"Quota spent: .* nothing is lost; at least \d+ requests remain to be sent", message)
        assert re.search(r"Run the same command again after 00:00 UTC \(in \d+ h \d\d min\)", message)
        assert "Traceback" not in outcome.said
        mock_server.move_clock(key, "next-utc-midnight")
    assert outcome.status == 0, outcome.said
    assert stops >= 2
    assert digest(tmp_path) == digest(built)
    good = [line for file in tmp_path.glob("raw/*/*/*.zst") for line in journal(file) if line["code"] == "ok"]
    assert len({str(line["request"]) for line in good}) == len(good), "a page was paid for twice"


def test_the_cost_in_a_plan_contains_the_real_cost(built: Path, tmp_path: Path) -> None:
    (tmp_path / "study.yaml").write_text(yaml.safe_dump(small_study()))
    before = json.loads(ttdata("plan", "study.yaml", "--json", directory=tmp_path).said)["requests"]
    after = json.loads(ttdata("plan", built / "study.yaml", "--json", directory=built).said)["requests"]
    status = json.loads(ttdata("status", "--directory", built, "--json").said)
    assert before["min"] <= status["requests_sent"] <= before["max"]
    assert after == dict.fromkeys(after, status["requests_sent"])
    assert sum(status.pop("slices").values()) == 10
    assert status.pop("unfinished") == status.pop("idle_waivers") == []
    assert status.pop("settling")["unsettled"] == 0
    assert not status.pop("refresh")["datasets"]["small"]["overdue"]
    sent = requests_in(built)
    assert status == {
        "requests_sent": sent,
        "requests_used": sent,
        "wasted": 0,
        "repeated": 0,
        "requests_left": 0,
        "complete": True,
    }


@pytest.mark.slow
def test_a_study_that_grows_requests_only_what_is_new(built: Path, tmp_path: Path) -> None:
    grown = tmp_path / "grown"
    shutil.copytree(built, grown)
    study = small_study()
    study["datasets"]["small"]["videos"]["during"][1] = "2025-03-20"
    study["datasets"]["small"]["users"]["top"]["k"] = 1
    study["datasets"]["small"]["comments"]["top"]["k"] = 1
    outcome = snakemake(study, grown)
    assert outcome.status == 0, outcome.said
    before, after = (Plan.read(directory / "plan.json") for directory in (built, grown))
    new = {each.name for each in after.slices} - {each.name for each in before.slices}
    assert len(new) == 2
    for name in {each.name for each in after.slices} - new:
        assert (grown / after.raw.pages("videos", name)).read_bytes() == (
            built / after.raw.pages("videos", name)
        ).read_bytes()


@pytest.mark.slow
@pytest.mark.parametrize(
    "change", [("comments", "top", {"by": "view_count", "k": 7}), ("comments", "max", 100), ("users", "of", "videos")]
)
def test_another_selection_is_collected_and_built_by_the_next_command(
    built: Path, tmp_path: Path, digest_from_scratch: Callable[..., str], change: tuple[str, str, object]
) -> None:
    study = small_study()
    source, key, value = change
    study["datasets"]["small"][source][key] = value
    if source == "users":
        del study["datasets"]["small"][source]["top"]
    shutil.copytree(built, tmp_path, dirs_exist_ok=True)
    outcome = snakemake(study, tmp_path)
    assert outcome.status == 0, outcome.said
    assert digest(tmp_path) == digest_from_scratch(study)


@pytest.mark.slow
def test_datasets_with_the_same_accounts_are_kept_apart(
    tmp_path: Path, digest_from_scratch: Callable[..., str]
) -> None:
    videos = small_study()["datasets"]["small"]["videos"]
    a = {
        "videos": videos,
        "users": {"of": "videos", "top": {"by": "view_count", "k": 3}},
        "followers": {"of": "videos", "max": 100},
    }
    b = {"videos": videos, "users": {"of": "videos"}}
    outcome = snakemake(small_study(datasets={"a": a, "b": b}), tmp_path / "both")
    assert outcome.status == 0, outcome.said
    plan = json.loads(ttdata("plan", "study.yaml", "--json", directory=tmp_path / "both").said)
    assert plan["already_sent"] == requests_in(tmp_path / "both")
    for name, dataset in {"a": a, "b": b}.items():
        assert digest(tmp_path / "both", name) == digest_from_scratch(small_study(datasets={name: dataset}))


@pytest.mark.slow
def test_a_damaged_plan_is_written_again(built: Path, tmp_path: Path) -> None:
    damaged = tmp_path / "damaged"
    shutil.copytree(built, damaged)
    (damaged / "plan.json").write_text("{")
    assert snakemake(small_study(), damaged).status == 0
    assert Plan.read(damaged / "plan.json").digest == Plan.read(built / "plan.json").digest


@pytest.mark.slow
def test_damaged_files_are_made_again_by_the_same_command_without_a_request(built: Path, tmp_path: Path) -> None:
    shutil.copytree(built, tmp_path, dirs_exist_ok=True)
    before = digest(built)
    dataset, report = tmp_path / "datasets/small.duckdb", tmp_path / "reports/small.audit.json"
    receipts = sorted(tmp_path.glob("raw/*/*/*.receipt.json"))
    for damaged in (dataset, report, tmp_path / "ids/small/users.txt", receipts[0], receipts[-1]):
        damaged.write_bytes(damaged.read_bytes()[:-9])
    outcome = snakemake(small_study(), tmp_path)
    assert outcome.status == 0, outcome.said
    assert digest(tmp_path) == before
    assert requests_in(tmp_path) == requests_in(built)
    assert json.loads(report.read_text("utf-8"))["digest"] == before


def test_no_secret_and_no_token_is_left_in_any_file(built: Path) -> None:
    for file in built.rglob("*"):
        if file.is_file():
            content = file.read_bytes()
            assert b"mock-secret" not in content, file
            assert b"clt." not in content, file


@pytest.mark.slow
def test_all_jobs_of_a_build_use_one_token(mock_server: MockServer, tmp_path: Path) -> None:
    key = "mock:quota=500"
    study = small_study(api={"base_url": mock_server.url})
    del study["datasets"]["small"]["comments"]
    assert snakemake(study, tmp_path, key=key).status == 0
    journal_of_key = requests.get(
        f"{mock_server.url}/__mock__/journal", {"tenant": key}, headers={"X-Mock-Admin-Token": ADMIN}, timeout=10
    ).json()
    assert len(journal_of_key) == requests_in(tmp_path)
    assert len({call["client"] for call in journal_of_key}) == 1


@pytest.mark.slow
def test_a_build_that_fails_leaves_no_process_running(tmp_path: Path) -> None:
    assert snakemake(small_study(), tmp_path, key="mock:unapproved").status == 1
    until(lambda: processes_of(tmp_path) == [])


@pytest.mark.slow
def test_a_dry_run_starts_no_server_and_sends_nothing(tmp_path: Path) -> None:
    outcome = snakemake(small_study(), tmp_path, "--dry-run")
    assert outcome.status == 0
    assert "collect_shard" in outcome.said
    assert files_of(tmp_path) == [tmp_path / "study.yaml"]


@pytest.mark.slow
def test_a_dry_run_lists_the_searches_that_the_plan_says_are_new(built: Path, tmp_path: Path) -> None:
    shutil.copytree(built, tmp_path, dirs_exist_ok=True)
    study = small_study()
    study["datasets"]["small"]["videos"]["during"] = ["2025-01-01", "2025-04-15"]
    outcome = snakemake(study, tmp_path, "--dry-run")
    plan = json.loads(ttdata("plan", "study.yaml", "--json", directory=tmp_path).said)["searches"]
    assert plan == {"collected": 2, "waiting": 2, "dropped": 0}
    assert re.search(r"^collect +2$", outcome.said, re.MULTILINE), outcome.said


@pytest.mark.slow
def test_pages_of_different_worlds_are_never_mixed(tmp_path: Path) -> None:
    study = small_study()
    del study["datasets"]["small"]["comments"], study["datasets"]["small"]["users"]
    outcome = snakemake(study, tmp_path, key="mock:seed=5,quota=100")
    assert outcome.status == 0, outcome.said
    assert os.listdir(tmp_path / "raw") == ["mock,seed=5"]


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGKILL])
def test_no_process_survives_a_build_that_was_stopped_and_the_same_command_continues(
    tmp_path: Path, number: signal.Signals
) -> None:
    study = small_study()
    del study["datasets"]["small"]["comments"]
    (tmp_path / "study.yaml").write_text(yaml.safe_dump(study))
    program = [str(Path(sys.executable).parent / "snakemake"), "--snakefile", str(PROJECT / "Snakefile")]
    build = subprocess.Popen(
        [*program, "--configfile", "study.yaml"], cwd=tmp_path, start_new_session=True, stderr=subprocess.DEVNULL
    )
    until(lambda: servers_of(tmp_path) != [] and list(tmp_path.glob("raw/mock/videos/*.zst")) != [])
    os.killpg(build.pid, signal.SIGSTOP)  # so that it does not end in the meantime
    second = snakemake(study, tmp_path)
    os.killpg(build.pid, signal.SIGCONT)
    assert second.status == 1
    assert re.search(rf"Another build is running in this\sfolder:\sprocess\s{build.pid}\son\s", second.said), (
        second.said
    )
    os.killpg(build.pid, number) if number == signal.SIGINT else build.kill()
    build.wait(timeout=30)
    until(lambda: processes_of(tmp_path) == [])
    if number == signal.SIGKILL:
        (tmp_path / ".ttdata/build").write_bytes(b"")

    again = snakemake(study, tmp_path)
    assert again.status == 0, again.said


@pytest.mark.slow
def test_a_random_sample_has_the_same_digest_in_every_build_from_scratch(
    tmp_path: Path, digest_from_scratch: Callable[..., str]
) -> None:
    sample = {"where": {"all": [{"region_code": "DE"}]}, "during": ["2025-01-01", "2025-02-28"]}
    study = small_study(datasets={"sample": {"videos": sample | {"random": {"by": "month", "draws": 3}}}})
    outcome = snakemake(study, tmp_path)
    assert outcome.status == 0, outcome.said
    assert digest(tmp_path, "sample") == digest_from_scratch(study)
