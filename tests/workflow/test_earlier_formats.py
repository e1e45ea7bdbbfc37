"""Raw pages and datasets that earlier versions of ttdata wrote; each archive is named by the commit that wrote it."""

import tarfile
from pathlib import Path

import pytest

from tests.support import PROJECT, journal, snakemake_on, ttdata
from ttdata.build.digest import digest_of
from ttdata.store.formats import FORMAT
from ttdata.store.receipts import Receipt

pytestmark = pytest.mark.slow

DATA = PROJECT / "tests" / "data"
STUDY = DATA / "study.yaml"
# One archive per form in which pages were stored; the last has the present one.
EARLIER, PRESENT = ("3c3fa6f", "56632e7"), "11d2edb"
DATASETS = ("datasets/small.duckdb", "datasets/drawn.duckdb")


def unpack(name: str, folder: Path) -> tuple[int, list[str]]:
    """A folder as a version left it: the answers in it, and the digests of its datasets."""
    with tarfile.open(DATA / f"{name}.tar.xz") as archive:
        archive.extractall(folder, filter="data")
    return content(folder)


def content(folder: Path) -> tuple[int, list[str]]:
    answers = sum(len(journal(path)) for path in folder.rglob("*.ndjson.zst"))
    return answers, [digest_of(folder / each) for each in DATASETS]


@pytest.mark.parametrize("name", EARLIER)
def test_after_an_upgrade_the_same_datasets_are_built_and_nothing_is_requested(name: str, tmp_path: Path) -> None:
    before = unpack(name, tmp_path)
    files = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    for refused in (snakemake_on(STUDY, tmp_path), ttdata("plan", STUDY, "--directory", tmp_path)):
        assert refused.status == 1
        assert " ".join(refused.said.split()).endswith("ttdata upgrade"), refused.said
    assert {path: path.read_bytes() for path in files} == files, "only the upgrade changes files"

    assert ttdata("upgrade", directory=tmp_path).status == 0
    outcome = snakemake_on(STUDY, tmp_path)
    assert outcome.status == 0, outcome.said
    assert content(tmp_path) == before
    assert {line["format"] for path in tmp_path.rglob("*.ndjson.zst") for line in journal(path)} == {FORMAT}
    assert {Receipt.read(path).format for path in tmp_path.rglob("*.receipt.json")} == {FORMAT}


def test_pages_in_the_present_form_need_no_upgrade(tmp_path: Path) -> None:
    before = unpack(PRESENT, tmp_path)
    assert "Nothing to upgrade" in ttdata("upgrade", directory=tmp_path).said
    outcome = snakemake_on(STUDY, tmp_path)
    assert outcome.status == 0, outcome.said
    assert content(tmp_path) == before


def test_receipts_that_are_gone_do_not_prevent_an_upgrade(tmp_path: Path) -> None:
    before = unpack(EARLIER[0], tmp_path)
    for path in tmp_path.rglob("*.receipt.json"):
        path.unlink()
    assert snakemake_on(STUDY, tmp_path).status == 1
    assert ttdata("upgrade", directory=tmp_path).status == 0
    outcome = snakemake_on(STUDY, tmp_path)
    assert outcome.status == 0, outcome.said
    assert content(tmp_path) == before
