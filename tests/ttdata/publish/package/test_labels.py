"""Labels in packages: hidden unless the study publishes them, without the coders' names, and invented for the twin."""

import csv
import io
import json
import sys
import zipfile
from pathlib import Path

import duckdb
import pytest

from tests.support import command, small_study, ttdata
from tests.ttdata.publish.package.conftest import PACKAGE, build
from tests.ttdata.publish.package.test_package import names, read
from ttdata.publish.contents import contents
from ttdata.publish.package.private_values import private_values

pytestmark = pytest.mark.slow

MEMO = "a sentence that only the coders have written"
ROWS = 24
FIGURE = """
import duckdb
con = duckdb.connect("datasets/small.duckdb", read_only=True)
rows = con.execute("SELECT frame, count(*) FROM codes JOIN videos ON id = video_id GROUP BY 1 ORDER BY 1").fetchall()
open("figure.svg", "w").write(f"<svg xmlns='http://www.w3.org/2000/svg'><desc>{[n for _, n in rows]}</desc></svg>")
"""


def labelled(folder: Path, **package: object) -> Path:
    """A built study with labels by two coders, of videos that the dataset turned out to have."""
    study = small_study(package={**PACKAGE, **package})
    build(folder, small_study())
    with duckdb.connect(str(folder / "datasets/small.duckdb"), read_only=True) as con:
        ids = [row[0] for row in con.execute(f"SELECT id FROM videos ORDER BY id LIMIT {ROWS}").fetchall()]
    with (folder / "codes.csv").open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["video", "who", "frame", "tone", "memo"])
        for number, video in enumerate(ids):
            for coder in ("Anna Kessler", "Ben Okafor"):
                writer.writerow([video, coder, ["threat", "solution"][number % 2], number % 3, MEMO])
    labels = {"codes": {"file": "codes.csv", "of": "videos", "key": "video", "coder": "who"}}
    study["datasets"]["small"]["labels"] = labels
    build(folder, study)
    (folder / "figure.py").write_text(FIGURE)
    (folder / "figure.svg").write_text("<svg/>")
    return folder


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return labelled(tmp_path_factory.mktemp("labelled") / "study")


@pytest.fixture(scope="module")
def publishing(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return labelled(tmp_path_factory.mktemp("publishing") / "study", publish_labels=["codes"])


def twin_codes(archive: Path) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(read(archive, "twin/labels/codes.csv"))))


def test_a_public_package_has_no_labels_and_says_so(folder: Path, tmp_path: Path) -> None:
    outcome = ttdata("package", directory=folder)
    assert outcome.status == 0, outcome.said
    assert "does not contain your labels (codes)" in " ".join(outcome.said.split())
    archive = folder / "packages/small-public.zip"
    assert "labels/codes.csv" not in names(archive)
    assert "labels" not in read(archive, "config.yaml")
    assert json.loads(read(archive, "package.json"))["labels_hidden"] == ["codes"]
    with zipfile.ZipFile(archive) as opened:
        content = b"".join(opened.read(name) for name in opened.namelist())
    assert not [text for text in (MEMO, "Kessler", "threat") if text.encode() in content]
    replica = ttdata("replicate", archive, "--directory", tmp_path / "replica", "--run")
    assert replica.status == 0, replica.said
    assert "the labels codes: they must be requested from the authors" in " ".join(replica.said.split())


def test_a_twin_has_labels_of_its_own_videos_in_the_same_columns(folder: Path, tmp_path: Path) -> None:
    archive = folder / "packages/small-public.zip"
    rows = twin_codes(archive)
    assert list(rows[0]) == ["video", "who", "frame", "tone", "memo"]
    assert {row["who"] for row in rows} == {"coder0001", "coder0002"}
    with zipfile.ZipFile(archive) as opened:
        opened.extractall(tmp_path)
    table = duckdb.sql(f"SELECT * FROM '{tmp_path}/twin/tables/small/codes.parquet'")
    assert table.columns == ["video_id", "coder", "frame", "tone", "memo"]
    assert len(table.fetchall()) == len(rows)
    ids = duckdb.sql(f"SELECT id::VARCHAR FROM '{tmp_path}/twin/tables/small/videos.parquet'").fetchall()
    assert {row["video"] for row in rows} <= {video for (video,) in ids}


def test_texts_of_labels_and_names_of_coders_are_searched_for(folder: Path) -> None:
    with contents(folder / "datasets/small.duckdb") as opened:
        assert {MEMO, "threat", "anna kessler"} <= set(private_values(opened).texts)
        published = set(private_values(opened, ["codes"]).texts)
    assert MEMO not in published
    assert "anna kessler" in published


def test_published_labels_are_in_the_package_with_numbers_for_coders_and_replicate(
    publishing: Path, tmp_path: Path
) -> None:
    assert command(sys.executable, "figure.py", directory=publishing).status == 0
    outcome = ttdata("package", directory=publishing)
    assert outcome.status == 0, outcome.said
    archive = publishing / "packages/small-public.zip"
    rows = list(csv.DictReader(io.StringIO(read(archive, "labels/codes.csv"))))
    assert len(rows) == 2 * ROWS
    assert {row["who"] for row in rows} == {"coder0001", "coder0002"}
    assert {row["frame"] for row in twin_codes(archive)} == {"threat", "solution"}
    replica = ttdata("replicate", archive, "--directory", tmp_path / "replica", "--run")
    assert replica.status == 0, replica.said
    assert "figure.svg on the dataset: the same bytes" in replica.said


def test_a_package_of_everything_is_built_from_its_pages_with_its_labels(publishing: Path, tmp_path: Path) -> None:
    outcome = ttdata("package", "--profile", "team", directory=publishing)
    assert outcome.status == 0, outcome.said
    archive = publishing / "packages/small-team.zip"
    assert "Anna Kessler" in read(archive, "labels/codes.csv")
    replica = ttdata("replicate", archive, "--directory", tmp_path / "replica", "--run")
    assert replica.status == 0, replica.said
    assert "Building the dataset from its pages" in replica.said
    assert "figure.svg on the dataset: the same bytes" in replica.said
    built = tmp_path / "replica/dataset/datasets/small.duckdb"
    query = "SELECT digest, (SELECT digest FROM labels) FROM study"
    stored = [
        duckdb.connect(str(file), read_only=True).execute(query).fetchall()
        for file in (built, publishing / "datasets/small.duckdb")
    ]
    assert stored[0] == stored[1]
