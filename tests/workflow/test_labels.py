"""From a dataset to a coding sheet and back, as a user types it."""

import csv
import io
import json
import os
import shutil
from pathlib import Path
from typing import Any

import duckdb
import pytest

from tests.support import small_study, snakemake, ttdata

pytestmark = pytest.mark.slow

LABELS = {"codes": {"file": "sheet.csv", "of": "videos", "key": "video_id", "coder": "coder"}}


@pytest.fixture
def directory(built: Path, tmp_path: Path) -> Path:
    """A copy of the built study, with a coding sheet of ten videos."""
    folder = tmp_path / "study"
    shutil.copytree(built, folder)
    words = ("--n", "10", "--per", "region_code", "--coders", "A,B", "--overlap", "1", "--codes", "frame")
    outcome = ttdata("sample-for-coding", *words, "--out", "sheet.csv", directory=folder)
    assert outcome.status == 0, outcome.said
    assert "Wrote 20 rows to sheet.csv: 10 of" in outcome.said
    assert "labels: {codes: {file: sheet.csv, of: videos, key: video_id, coder: coder}}" in outcome.said
    return folder


def fill(sheet: Path, of: dict[str, str]) -> None:
    """Code each row by the last digit of its id, as each coder does."""
    text = sheet.read_bytes().decode("utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(text, newline="")))
    file = io.StringIO()
    writer = csv.DictWriter(file, list(rows[0]))
    writer.writeheader()
    writer.writerows([row | {"frame": of.get(row["coder"]) or row["video_id"][-1]} for row in rows])
    sheet.write_text("\ufeff" + file.getvalue(), "utf-8", newline="")


def study() -> dict[str, Any]:
    declared = small_study()
    declared["datasets"]["small"]["labels"] = LABELS
    return declared


def digest_and_labels(directory: Path) -> tuple[str, str, int]:
    summary = json.loads(ttdata("summary", "--json", directory=directory).said)
    dataset = summary["datasets"]["small"]
    return dataset["digest"], dataset["labels"]["codes"]["digest"], summary["requests_sent"]


def test_a_coded_sheet_becomes_a_table_that_joins_and_is_built_again_when_it_changes(directory: Path) -> None:
    before = json.loads(ttdata("summary", "--json", directory=directory).said)
    fill(directory / "sheet.csv", {})
    outcome = snakemake(study(), directory)
    assert outcome.status == 0, outcome.said
    assert "labels codes: 20 rows of sheet.csv." in outcome.said
    digest, first, requests = digest_and_labels(directory)
    assert (digest, requests) == (before["datasets"]["small"]["digest"], before["requests_sent"])
    assert ttdata("digest", "datasets/small.duckdb", directory=directory).said.strip() == digest
    with duckdb.connect(str(directory / "datasets/small.duckdb"), read_only=True) as con:
        assert con.execute("SELECT count(*) FROM codes JOIN videos ON id = video_id").fetchall() == [(20,)]
    (labels,) = json.loads(ttdata("labels", "--json", directory=directory).said)["labels"]
    assert [(each["column"], each["alpha"], each["percent"]) for each in labels["agreement"]] == [("frame", 1, 1)]

    assert "Nothing to be done" in snakemake(study(), directory).said

    times = (directory / "sheet.csv").stat()
    fill(directory / "sheet.csv", {"B": "7"})
    os.utime(directory / "sheet.csv", ns=(times.st_atime_ns, times.st_mtime_ns))  # as an older copy has it
    outcome = snakemake(study(), directory)
    assert outcome.status == 0, outcome.said
    assert digest_and_labels(directory)[0::2] == (digest, requests)
    assert digest_and_labels(directory)[1] != first
    said = ttdata("labels", "small", directory=directory).said
    assert "labels codes: 20 rows of sheet.csv." in said
    assert "(nominal)" in said


def test_a_dataset_without_labels_says_how_to_get_some(directory: Path) -> None:
    said = ttdata("labels", directory=directory).said
    assert "This dataset has no labels." in said
    assert "sample-for-coding" in said


def test_a_sheet_with_codes_is_not_drawn_again_by_mistake(directory: Path) -> None:
    before = (directory / "sheet.csv").read_bytes()
    outcome = ttdata("sample-for-coding", "--n", "5", "--out", "sheet.csv", directory=directory)
    assert outcome.status == 1
    assert "sheet.csv exists, and may have codes in it" in outcome.said
    assert (directory / "sheet.csv").read_bytes() == before
