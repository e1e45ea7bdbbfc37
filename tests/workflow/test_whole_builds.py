"""Builds as a user runs them: Snakemake, real processes, real HTTP, real files."""

import os
import shutil
from pathlib import Path

import duckdb
import pytest

from tests.support import MockServer, Run, journal, small_study, ttdata
from ttdata.plan import Plan


def digest(directory: Path, name: str = "small") -> str:
    outcome = ttdata("digest", directory / "datasets" / f"{name}.duckdb")
    assert outcome.status == 0, outcome.said
    return outcome.said.strip()


def requests_in(directory: Path) -> int:
    return sum(len(journal(file)) for file in directory.glob("raw/*/*/*.ndjson.zst"))


def servers_of(directory: Path) -> list[str]:
    """Command lines of mock servers that were started from this folder."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            words = (process / "cmdline").read_bytes().split(b"\0")
            if b"mockserver" in words and (process / "cwd").resolve() == directory:
                found.append(b" ".join(words).decode())
        except OSError:
            continue
    return found


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("built") / "first"


def test_one_command_makes_a_dataset_and_the_next_does_nothing(snakemake: Run, built: Path) -> None:
    first = snakemake(small_study(), directory=built)
    assert first.status == 0, first.said
    with duckdb.connect(str(built / "datasets/small.duckdb"), read_only=True) as con:
        rows = {
            table: con.table(table).count("*").fetchall()[0][0]
            for table in ("videos", "video_hashtags", "comments", "users", "study", "slices", "requests")
        }
        assert all(rows.values()), rows
        assert rows["users"] == 6
        assert rows["requests"] == requests_in(built)
        spent, least = con.execute("SELECT sum(requests), sum(least) FROM slices").fetchall()[0]
        assert spent == least
    before = {
        file: file.stat().st_mtime_ns for file in built.rglob("*") if file.is_file() and ".snakemake" not in file.parts
    }

    again = snakemake(small_study(), directory=built)

    assert again.status == 0
    assert {file: file.stat().st_mtime_ns for file in before} == before
    assert servers_of(built) == []


def test_a_build_from_scratch_has_the_same_digest_with_one_thread_and_with_two(
    snakemake: Run, built: Path, tmp_path: Path
) -> None:
    assert snakemake(small_study(), "--cores", "1").status == 0
    assert digest(tmp_path / "build") == digest(built)


def test_a_build_stopped_by_the_quota_ends_with_the_same_digest_as_one_that_was_not(
    snakemake: Run, mock_server: MockServer, built: Path, tmp_path: Path
) -> None:
    study = small_study(api={"base_url": mock_server.url})
    key = "mock:quota=7"
    said = []
    for _ in range(20):
        outcome = snakemake(study, key=key)
        said.append(outcome.said)
        if outcome.status == 0:
            break
        assert outcome.status == 75, outcome.said
        assert "Quota spent: " in outcome.said
        assert "nothing is lost" in outcome.said
        assert "after 00:00 UTC (in " in outcome.said
        assert "Traceback" not in outcome.said
        mock_server.move_clock(key, "next-utc-midnight")
    assert outcome.status == 0, said
    assert len(said) > 2
    assert digest(tmp_path / "build") == digest(built)
    good = [line for file in tmp_path.glob("build/raw/*/*/*.zst") for line in journal(file) if line["code"] == "ok"]
    assert len({str(line["request"]) for line in good}) == len(good), "a page was paid for twice"


def test_a_study_that_grows_asks_only_for_what_is_new(snakemake: Run, built: Path, tmp_path: Path) -> None:
    directory = tmp_path / "grown"
    shutil.copytree(built, directory)
    before = requests_in(directory)
    study = small_study()
    study["datasets"]["small"]["videos"]["during"][1] = "2025-03-20"
    study["datasets"]["small"]["users"]["top"]["k"] = 1
    study["datasets"]["small"]["comments"]["top"]["k"] = 1
    outcome = snakemake(study, directory=directory)
    assert outcome.status == 0, outcome.said
    old = {each.name for each in Plan.read(built / "plan.json").slices}
    new = {each.name for each in Plan.read(directory / "plan.json").slices} - old
    asked = sum(len(journal(file)) for file in directory.glob("raw/mock/videos/*.zst") if file.name[:16] in new)
    chained = requests_in(directory) - before - asked
    assert len(new) == 2
    assert chained <= 2


def test_no_secret_and_no_token_is_left_in_any_file(built: Path) -> None:
    for file in built.rglob("*"):
        if file.is_file():
            content = file.read_bytes()
            assert b"mock-secret" not in content, file
            assert b"clt." not in content, file


def test_a_dry_run_starts_no_server_and_asks_nothing(snakemake: Run, tmp_path: Path) -> None:
    outcome = snakemake(small_study(), "--dry-run")
    assert outcome.status == 0
    assert "collect_shard" in outcome.said
    assert not (tmp_path / "build/raw").exists()
    assert servers_of(tmp_path / "build") == []


def test_pages_of_another_world_never_meet(snakemake: Run, built: Path, tmp_path: Path) -> None:
    study = small_study()
    del study["datasets"]["small"]["comments"], study["datasets"]["small"]["users"]
    outcome = snakemake(study, key="mock:seed=5,quota=100")
    assert outcome.status == 0, outcome.said
    assert os.listdir(tmp_path / "build/raw") == ["mock,seed=5"]
