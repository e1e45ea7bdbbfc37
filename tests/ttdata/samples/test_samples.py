"""`ttdata init --sample`: a dataset of each design, in one command and one process."""

import json
from pathlib import Path

import pytest

from tests.support import PROJECT, snakemake_on, ttdata
from ttdata.samples import samples
from ttdata.samples.samples import NotSamples, build_samples, designs

CHEAP = "eu27-election"


@pytest.fixture
def one_design(monkeypatch: pytest.MonkeyPatch) -> None:
    """Only the cheapest design."""
    monkeypatch.setattr(samples, "designs", lambda: {CHEAP: designs()[CHEAP]})


def test_there_are_ten_designs() -> None:
    assert len(designs()) == 10
    assert "climate" not in designs()


@pytest.mark.slow
def test_one_command_builds_all_designs_and_marks_them_as_invented(tmp_path: Path) -> None:
    outcome = ttdata("init", "--sample", tmp_path / "samples")
    assert outcome.status == 0, outcome.said
    assert "10 datasets in " in outcome.said
    assert "10 of 10 say so themselves" in outcome.said
    marked, ids = outcome.said.split(" ids of videos")[0].split()[-3::2]
    assert marked == ids != "0"
    page = (tmp_path / "samples" / "README.md").read_text()
    assert "The data are invented" in page
    for name in designs():
        folder = tmp_path / "samples" / name
        assert f"[{name}]({name}/config.yaml)" in page
        assert list(folder.glob("datasets/*.duckdb"))
        assert all("invented" in report.read_text() for report in folder.glob("reports/*.html"))
        assert list(folder.glob("reports/*.html"))


@pytest.mark.slow
@pytest.mark.usefixtures("one_design")
def test_a_sample_is_the_dataset_that_a_build_makes_and_building_on_sends_nothing(tmp_path: Path) -> None:
    (sample,) = build_samples(tmp_path / "samples", lambda line: None)
    assert snakemake_on(PROJECT / "studies" / f"{CHEAP}.yaml", tmp_path / "build").status == 0
    built = tmp_path / "build" / "datasets" / sample.file.name
    digests = [json.loads(ttdata("digest", file, "--json").said) for file in (sample.file, built)]
    assert digests[0]["digest"] == digests[1]["digest"]
    outcome = ttdata("build", directory=tmp_path / "samples" / CHEAP)
    assert outcome.status == 0, outcome.said
    status = json.loads(ttdata("status", "--json", directory=tmp_path / "samples" / CHEAP).said)
    assert status["requests_sent"] == sample.requests


@pytest.mark.slow
@pytest.mark.usefixtures("one_design")
def test_a_second_run_requests_nothing_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TIKTOK_CLIENT_KEY", "real-key")  # of the user, which has no part in this
    monkeypatch.setenv("TIKTOK_CLIENT_SECRET", "real-secret")
    (first,) = build_samples(tmp_path / "samples", lambda line: None)
    (again,) = build_samples(tmp_path / "samples", lambda line: None)
    assert first.requests > again.requests == 0
    assert first.rows == again.rows
    assert (first.is_invented, first.watermarked) == (True, first.ids)


def test_a_folder_of_something_else_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("mine")
    with pytest.raises(NotSamples, match="Name another folder"):
        build_samples(tmp_path, lambda line: None)
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.txt"]
