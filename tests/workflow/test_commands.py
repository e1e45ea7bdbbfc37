"""The commands `ttdata build`, `run`, `clean` and those that look at a build, as a user types them."""

import json
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from tests.support import Outcome, command, small_study, until

TTDATA = str(Path(sys.executable).parent / "ttdata")
STUDY = small_study()
STUDY["datasets"]["small"] = {"videos": STUDY["datasets"]["small"]["videos"]}


def ttdata(*words: str, folder: Path, **environment: str) -> Outcome:
    return command(TTDATA, *words, directory=folder, **environment)


@pytest.fixture
def study(tmp_path: Path) -> Path:
    """A study in a folder of its own, below the current one."""
    file = tmp_path / "mine" / "study.yaml"
    file.parent.mkdir()
    file.write_text(yaml.safe_dump(STUDY, sort_keys=False))
    return file


@pytest.mark.slow
def test_a_study_is_built_in_its_own_folder_and_every_command_finds_it_there(study: Path, tmp_path: Path) -> None:
    dry = ttdata("build", "mine/study.yaml", "--dry-run", folder=tmp_path)
    assert "Next:" not in ttdata("build", "mine/study.yaml", "--", "-n", folder=tmp_path).said
    assert (dry.status, (study.parent / "raw").exists()) == (0, False)
    assert "collect" in dry.said
    built = ttdata("build", "mine/study.yaml", folder=tmp_path)
    assert built.status == 0, built.said
    dataset = study.parent / "datasets" / "small.duckdb"
    assert f"In the folder {study.parent}:" in " ".join(built.said.split())
    assert f"Built {dataset}" in built.said
    again = ttdata("build", "mine/study.yaml", "--", "--forcerun", "audit", folder=tmp_path)
    assert again.status == 0, again.said
    for words in (["summary"], ["audit"], ["status"], ["plan", "study.yaml"], ["wait"]):
        looked = ttdata(*words, folder=study.parent)
        assert looked.status == 0, looked.said
        assert "In the folder" not in looked.said
    content = json.loads(ttdata("summary", "--json", folder=study.parent).said)
    assert content["datasets"]["small"]["file"] == str(dataset)
    digest = json.loads(ttdata("digest", str(dataset), "--json", folder=tmp_path).said)
    assert digest["digest"] == content["datasets"]["small"]["digest"]
    assert [each["dataset"] for each in json.loads(ttdata("audit", "--json", folder=study.parent).said)] == ["small"]


@pytest.mark.slow
@pytest.mark.parametrize("name", ["plan", "status", "summary", "audit", "digest"])
def test_json_is_all_that_a_command_prints_to_standard_output(built: Path, tmp_path: Path, name: str) -> None:
    folder = tmp_path / "mine"
    shutil.copytree(built, folder)
    what = folder / "datasets" / "small.duckdb" if name == "digest" else folder / "study.yaml"
    # From another folder, where a command also says to people in which one it looks.
    printed = subprocess.run([TTDATA, name, what, "--json"], cwd=tmp_path, capture_output=True, text=True, check=True)
    assert json.loads(printed.stdout)
    assert len(printed.stdout.splitlines()) == 1


@pytest.mark.slow
def test_options_of_snakemake_need_no_study_before_them(study: Path) -> None:
    study.rename(study.with_name("config.yaml"))
    outcome = ttdata("build", "--", "--list-rules", folder=study.parent)
    assert "collect_shard" in outcome.said


@pytest.mark.slow
def test_wait_continues_after_the_quota_and_without_it_the_status_is_75(study: Path) -> None:
    study.write_text(yaml.safe_dump(small_study(), sort_keys=False))
    few = {"TIKTOK_CLIENT_KEY": "mock:quota=40", "TIKTOK_CLIENT_SECRET": "mock-secret"}
    assert ttdata("build", str(study), folder=study.parent, **few).status == 75
    waited = ttdata("build", str(study), "--wait", folder=study.parent, **few)
    assert waited.status == 0, waited.said
    assert "Built" in waited.said


@pytest.mark.slow
def test_ctrl_c_ends_a_build_with_status_130_and_the_same_command_continues(study: Path) -> None:
    slow = {"TIKTOK_CLIENT_KEY": "mock:quirks=slow-comments", "TIKTOK_CLIENT_SECRET": "mock-secret"}
    study.write_text(yaml.safe_dump(small_study(), sort_keys=False))
    process = subprocess.Popen(
        [TTDATA, "build", str(study)],
        env=os.environ | slow,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    until(lambda: any(study.parent.glob("raw/*/videos/*.receipt.json")))
    os.killpg(process.pid, signal.SIGINT)
    assert process.wait(60) == 130
    assert ttdata("build", str(study), folder=study.parent).status == 0


@pytest.mark.slow
def test_clean_keeps_the_pages_and_touches_no_folder_in_which_nothing_was_built(study: Path, tmp_path: Path) -> None:
    (tmp_path / "reports").mkdir()
    assert "nothing is deleted" in ttdata("clean", folder=tmp_path).said
    assert (tmp_path / "reports").exists()
    assert ttdata("build", str(study), folder=tmp_path).status == 0
    assert "The raw pages are kept." in ttdata("clean", str(study), folder=tmp_path).said
    assert sorted(path.name for path in study.parent.iterdir()) == ["raw", "study.yaml"]


@pytest.mark.slow
def test_a_study_that_does_not_exist_and_a_wrong_option_are_explained(tmp_path: Path) -> None:
    missing = ttdata("build", "nosuch.yaml", folder=tmp_path)
    assert missing.status == 1
    assert "init climate" in missing.said
    assert ttdata("summary", "--nosuch", folder=tmp_path).status == 2
    wrong = ttdata("build", "--forceall", folder=tmp_path)
    assert wrong.status == 2
    assert "Options of Snakemake come after --, as in" in wrong.said
    assert len(wrong.said.splitlines()) < 10


def test_a_missing_package_is_one_message_with_the_extra_to_install(tmp_path: Path) -> None:
    (tmp_path / "duckdb.py").write_text("raise ModuleNotFoundError(name='duckdb')")
    outcome = ttdata("digest", "x.duckdb", folder=tmp_path, PYTHONPATH=str(tmp_path))
    assert outcome.status == 1
    assert 'The package duckdb is missing. Install what a build needs: pip install "ttdata[data,mock]"' in outcome.said
