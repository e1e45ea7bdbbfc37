"""Raw pages and datasets that earlier versions of ttdata wrote; each archive is named by the commit that wrote it."""

import tarfile
from pathlib import Path

import pytest

from tests.support import PROJECT, journal, snakemake_on, ttdata
from ttdata.build.digest import digest_of
from ttdata.store.formats import FORMAT
from ttdata.store.receipts import Receipt

DATA = PROJECT / "tests" / "data"
STUDY = DATA / "study.yaml"
ARCHIVES = sorted(DATA.glob("*.tar.xz"))
DATASETS = ("datasets/small.duckdb", "datasets/drawn.duckdb")


@pytest.fixture(params=ARCHIVES, ids=lambda path: path.name)
def folder(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """A folder as an earlier version left it."""
    with tarfile.open(request.param) as archive:
        archive.extractall(tmp_path, filter="data")
    return tmp_path


def answers(folder: Path) -> int:
    return sum(len(journal(path)) for path in folder.rglob("*.ndjson.zst"))


def test_after_an_upgrade_the_same_datasets_are_built_and_nothing_is_requested(folder: Path) -> None:
    before = answers(folder), [digest_of(folder / each) for each in DATASETS]
    assert ttdata("upgrade", directory=folder).status == 0
    outcome = snakemake_on(STUDY, folder)
    assert outcome.status == 0, outcome.said
    assert (answers(folder), [digest_of(folder / each) for each in DATASETS]) == before
    assert {line["format"] for path in folder.rglob("*.ndjson.zst") for line in journal(path)} == {FORMAT}
    assert {Receipt.read(path).format for path in folder.rglob("*.receipt.json")} == {FORMAT}
    assert "Nothing to upgrade" in ttdata("upgrade", directory=folder).said


def test_without_an_upgrade_one_message_says_what_to_do_and_nothing_is_changed(folder: Path) -> None:
    before = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    for outcome in (snakemake_on(STUDY, folder), ttdata("plan", STUDY, directory=folder)):
        assert outcome.status == 1
        assert " ".join(outcome.said.split()).endswith("it sends no request: python -m ttdata upgrade"), outcome.said
    assert {path: path.read_bytes() for path in before} == before


def test_receipts_that_are_gone_do_not_prevent_an_upgrade(folder: Path) -> None:
    before = answers(folder)
    for path in folder.rglob("*.receipt.json"):
        path.unlink()
    assert snakemake_on(STUDY, folder).status == 1
    assert ttdata("upgrade", directory=folder).status == 0
    outcome = snakemake_on(STUDY, folder)
    assert (outcome.status, answers(folder)) == (0, before), outcome.said
