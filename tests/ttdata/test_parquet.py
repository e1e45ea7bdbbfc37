"""A dataset in Parquet files is the same dataset: each command prints what it prints about the single file."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import duckdb
import pytest
from click.testing import CliRunner, Result

from tests.support import FOLDER, PROJECT
from tests.ttdata.with_mock import OUT, mock, plan_of
from ttdata.build import parquet
from ttdata.build.dataset import build
from ttdata.build.digest import digest_of, table_digests_of
from ttdata.cli.main import main
from ttdata.errors import StorageFault
from ttdata.plan.plan import Plan
from ttdata.publish.comparison import compare
from ttdata.publish.opening import recipes
from ttdata.tables.columns import tables_of
from ttdata.tables.files import Resources, opened
from ttdata.workflow.verified import is_damaged, note_built

DATASET: dict[str, Any] = {
    "videos": {"where": {"any": [{"hashtag_name": ["fyp"]}]}, "during": ["2025-01-01", "2025-03-10"]},
    "comments": {"of": "videos", "top": {"by": "view_count", "k": 3}},
    "replies": {"of": "comments", "top": {"by": "like_count", "k": 5}},
    "users": {"of": "videos", "top": {"by": "view_count", "k": 5}},
    "followers": {"of": "users", "max": 100},
    "labels": {"codes": {"file": "codes.csv", "of": "users", "key": "username"}},
}
CODES = "username,tone\nanna.example,kind\n"
IN_PARQUET = {**DATASET, "storage": "parquet"}


def build_as(form: str, folder: Path = Path()) -> Plan:
    """Build the small dataset in a form from the pages in a folder."""
    plan = plan_of({**DATASET, "storage": form}, folder)
    build(plan, "small", OUT, label_files=[Path("codes.csv")])
    return plan


@pytest.fixture(scope="session")
def pages(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the pages of the dataset. Tests copy it."""
    folder = tmp_path_factory.mktemp("pages")
    (folder / "codes.csv").write_text(CODES)
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        with mock("mock") as collector:
            collector.everything(plan_of(DATASET))
    return folder


@pytest.fixture(autouse=True)
def nothing_is_overdue(monkeypatch: pytest.MonkeyPatch) -> None:
    """The plan names the real API, whose data are to be checked every 15 days before they are exported."""
    monkeypatch.setenv("TTDATA_NOW", "2026-06-02T12:00:00+00:00")


@pytest.fixture
def collected(pages: Path, own_folder: Path) -> Path:
    shutil.copytree(pages, own_folder, dirs_exist_ok=True)
    return own_folder


@pytest.fixture(scope="session")
def both(pages: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """The folders of a single file and of Parquet files. Tests only read them."""
    folders = []
    for form in ("duckdb", "parquet"):
        folder = tmp_path_factory.mktemp(form) / "here"
        shutil.copytree(pages, folder)
        with pytest.MonkeyPatch.context() as patch:
            patch.chdir(folder)
            build_as(form).write(FOLDER.plan)
        folders.append(folder)
    return folders[0], folders[1]


def files(folder: Path) -> list[Path]:
    return sorted((folder / "datasets" / "small.parquet").rglob("*.parquet"))


# The same content


def test_the_digests_of_both_forms_are_equal(both: tuple[Path, Path]) -> None:
    single, in_parquet = (table_digests_of(folder / OUT) for folder in both)
    assert single == in_parquet
    assert {"videos", "comments", "users", "followers"} <= single.keys()
    assert all(single[table].rows for table in ("videos", "comments", "users", "followers"))


def test_both_forms_have_the_same_tables_columns_types_and_meanings(both: tuple[Path, Path]) -> None:
    tables = []
    for folder in both:
        with opened(folder / OUT) as con:
            tables.append([each for each in tables_of(con) if each.name != "parquet_files"])
    assert tables[0] == tables[1]


@pytest.mark.slow
def test_a_comparison_of_both_forms_finds_no_difference(both: tuple[Path, Path]) -> None:
    single, in_parquet = (folder / OUT for folder in both)
    for pair in ((single, in_parquet), (in_parquet, single), (in_parquet, in_parquet)):
        assert compare(*pair).is_equal


def test_a_comparison_finds_a_difference_in_parquet_files(both: tuple[Path, Path], tmp_path: Path) -> None:
    shutil.copytree(both[0] / "datasets", tmp_path / "other")
    with duckdb.connect(str(tmp_path / "other" / "small.duckdb")) as con:
        con.execute("UPDATE videos SET like_count = like_count + 1 WHERE id = (SELECT min(id) FROM videos)")
        con.execute("DELETE FROM videos WHERE id = (SELECT max(id) FROM videos)")
    changes = {each.table: each for each in compare(both[1] / OUT, tmp_path / "other" / "small.duckdb").tables}
    assert (changes["videos"].removed, changes["videos"].changed, changes["videos"].added) == (1, 1, 0)


def test_videos_are_cut_by_month_and_each_row_is_in_one_file(both: tuple[Path, Path]) -> None:
    videos = [path for path in files(both[1]) if path.parent.name == "videos"]
    assert [path.stem for path in videos] == ["2025-01", "2025-02", "2025-03"]
    for path in videos:
        months = duckdb.connect().execute(
            "SELECT DISTINCT strftime(create_time, '%Y-%m') FROM read_parquet(?)", [str(path)]
        )
        assert months.fetchall() == [(path.stem,)]


@pytest.mark.slow
def test_a_large_table_without_times_is_cut_into_files(collected: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    build_as("duckdb")
    single = digest_of(OUT)
    monkeypatch.setattr(parquet, "ROWS", 100)
    build_as("parquet")
    assert len([path for path in files(collected) if path.parent.name == "followers"]) > 2
    assert digest_of(OUT) == single


@pytest.mark.slow
@pytest.mark.parametrize("months", [0, 400])
def test_rows_with_odd_times_are_kept(collected: Path, monkeypatch: pytest.MonkeyPatch, months: int) -> None:
    monkeypatch.setattr(parquet, "_MOST_MONTHS", months)
    fill = parquet.ParquetFolder.move_out
    edits = {
        "videos": "UPDATE videos SET create_time = NULL WHERE id = (SELECT max(id) FROM videos)",
        "comments": "UPDATE comments SET create_time = '9999-12-31 23:59:59' WHERE id = (SELECT min(id) FROM comments)",
    }

    def edited(self: parquet.ParquetFolder, con: duckdb.DuckDBPyConnection, tables: list[str]) -> None:
        for table in tables:
            con.execute(edits.get(table, "SELECT 1"))
        fill(self, con, tables)

    monkeypatch.setattr(parquet.ParquetFolder, "move_out", edited)
    build_as("parquet")
    with opened(OUT) as con:
        assert con.execute("SELECT count(*) FROM videos WHERE create_time IS NULL").fetchall() == [(1,)]
        assert con.execute("SELECT count(*) FROM comments WHERE create_time > '9999-01-01'").fetchall() == [(1,)]
        assert con.execute("SELECT digest FROM study").fetchall() == [(digest_of(OUT),)]


# The same commands


def run(folder: Path, *words: str) -> Result:
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        return CliRunner().invoke(main, words)


@pytest.mark.slow
@pytest.mark.parametrize(
    "words",
    [
        ("show",),
        ("show", "videos", "--rows", "3", "--csv"),
        ("show", "video_mentions"),
        ("show", "followers", "--order", "-follower"),
        ("digest", "datasets/small.duckdb", "--tables"),
        ("audit",),
        ("audit", "--json"),
        ("cite",),
        ("cite", "--as", "json"),
        ("labels",),
        ("summary", "--json"),
        ("export", "--to", "csv,jsonl,ids,graphml,sqlite"),
    ],
)
def test_a_command_says_the_same_about_both_forms(both: tuple[Path, Path], words: tuple[str, ...]) -> None:
    single, in_parquet = (run(folder, *words) for folder in both)
    assert single.exit_code == in_parquet.exit_code == 0, in_parquet.output
    texts = [result.stdout.replace(str(folder), "") for result, folder in zip((single, in_parquet), both, strict=True)]
    assert texts[0] == texts[1]


@pytest.mark.slow
def test_both_forms_are_exported_to_the_same_bytes(both: tuple[Path, Path]) -> None:
    exported = []
    for folder in both:
        assert run(folder, "export", "--to", "csv,jsonl", "--out", "bytes").exit_code == 0
        paths = [path for path in (folder / "bytes").iterdir() if not path.name.startswith((".", "study"))]
        # The study says in which form the dataset is.
        exported.append({path.name: path.read_bytes() for path in paths if "datapackage" not in path.name})
    assert exported[0].keys() == exported[1].keys()
    assert [name for name in exported[0] if exported[0][name] != exported[1][name]] == []


@pytest.mark.slow
def test_the_report_has_the_same_figures(both: tuple[Path, Path]) -> None:
    for folder in both:
        assert run(folder, "audit", "--quiet").exit_code == 0
    pages = [(folder / "reports" / "small.html").read_text() for folder in both]
    assert pages[0] == pages[1]


def test_what_open_prints_can_be_pasted_anywhere(both: tuple[Path, Path]) -> None:
    (code,) = [each.lines for each in recipes(both[1] / OUT) if each.program == "Python"]
    words = [sys.executable, "-c", "\n".join(code)]
    result = subprocess.run(words, cwd="/", capture_output=True, text=True, check=True)
    assert "create_time" in result.stdout


# Where the files are


@pytest.mark.parametrize("name", ["moved", "with blanks", "with 'quotes'", "with [brackets] * and ?"])
def test_a_folder_can_be_moved_whatever_its_name(both: tuple[Path, Path], tmp_path: Path, name: str) -> None:
    moved = tmp_path / name
    shutil.copytree(both[1] / "datasets", moved)
    assert digest_of(moved / "small.duckdb") == digest_of(both[0] / OUT)
    assert compare(moved / "small.duckdb", both[1] / OUT).is_equal


def test_a_folder_with_a_comma_is_usable_from_inside_and_refused_from_elsewhere(
    both: tuple[Path, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    moved = tmp_path / "a,comma"
    shutil.copytree(both[1] / "datasets", moved)
    with pytest.raises(StorageFault, match="has a comma in its name"):
        digest_of(moved / "small.duckdb")
    monkeypatch.chdir(moved)
    assert digest_of(Path("small.duckdb")) == digest_of(both[0] / OUT)


def test_a_file_without_its_parquet_files_says_so(both: tuple[Path, Path], tmp_path: Path) -> None:
    shutil.copy(both[1] / OUT, tmp_path / "alone.duckdb")
    with pytest.raises(StorageFault, match=r"has its rows in Parquet files, and .* is missing"):
        digest_of(tmp_path / "alone.duckdb")


@pytest.mark.slow
def test_a_parquet_file_that_is_cut_off_is_found_and_built_again(collected: Path) -> None:
    build_as("parquet")
    note_built(FOLDER, ["small"])
    assert not is_damaged(FOLDER, "small")
    path = files(collected)[0]
    path.write_bytes(path.read_bytes()[:-1])
    with pytest.raises(StorageFault, match="it is damaged"):
        digest_of(OUT)
    assert is_damaged(FOLDER, "small")


# Killed builds, and edits


@pytest.mark.slow
def test_a_build_that_fails_leaves_the_older_dataset_whole(collected: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    build_as("parquet")
    before, content = files(collected), digest_of(OUT)

    def fail(*_: object) -> None:
        raise duckdb.OutOfMemoryException("no memory")

    monkeypatch.setattr("ttdata.build.codebook.load", fail)
    with pytest.raises(StorageFault, match="no memory"):
        build_as("parquet")
    assert files(collected) == before
    assert digest_of(OUT) == content
    assert not list(collected.rglob("*.tmp*"))


KILLED = """
import os, sys
from pathlib import Path
from tests.ttdata import test_parquet
from ttdata.build import {module}
def die(*_): os.kill(os.getpid(), 9)
{module}.{function} = die
test_parquet.build_as("parquet")
"""


@pytest.mark.slow
@pytest.mark.parametrize(
    ("module", "function"),
    [("codebook", "load"), ("dataset", "put_in_place"), ("dataset", "remove_others"), ("parquet", "_replace_by_view")],
)
def test_a_killed_build_leaves_a_whole_dataset_and_the_next_one_cleans_up(
    collected: Path, module: str, function: str
) -> None:
    build_as("parquet")
    content = digest_of(OUT)
    program = KILLED.format(module=module, function=function)
    killed = subprocess.run([sys.executable, "-c", program], env=os.environ | {"PYTHONPATH": str(PROJECT)}, check=False)
    assert killed.returncode == -9
    assert len(list((collected / "datasets" / "small.parquet").iterdir())) == 2
    assert digest_of(OUT) == content
    build_as("parquet")
    assert digest_of(OUT) == content
    assert len(list((collected / "datasets" / "small.parquet").iterdir())) == 1
    assert sorted(path.name for path in (collected / "datasets").iterdir()) == ["small.duckdb", "small.parquet"]


@pytest.mark.slow
def test_the_single_file_again_leaves_no_parquet_files(collected: Path) -> None:
    build_as("parquet")
    content = digest_of(OUT)
    build_as("duckdb")
    assert digest_of(OUT) == content
    assert [path.name for path in (collected / "datasets").iterdir()] == ["small.duckdb"]


@pytest.mark.slow
def test_what_an_edit_removed_is_found_in_either_form(collected: Path) -> None:
    for form in ("duckdb", "parquet"):
        build_as(form)
        shorter = {**IN_PARQUET, "videos": {**DATASET["videos"], "during": ["2025-01-01", "2025-01-30"]}}
        for source in ("comments", "replies", "users", "followers", "labels"):
            shorter.pop(source)
        plan = plan_of(shorter)
        # While a build runs, the earlier file is in another folder, and its Parquet files are not.
        FOLDER.previous("small").parent.mkdir(parents=True, exist_ok=True)
        OUT.rename(FOLDER.previous("small"))
        built = build(plan, "small", OUT)
        assert re.search(r"Removed from scope: .*video", built.removed)
        shutil.rmtree("datasets")
        FOLDER.previous("small").unlink()


def test_the_plan_says_in_which_form_a_dataset_is(tmp_path: Path) -> None:
    (tmp_path / "codes.csv").write_text(CODES)
    plan_of(IN_PARQUET).write(FOLDER.plan)
    assert Plan.read(FOLDER.plan).dataset("small").is_in_parquet
    stored = json.loads(FOLDER.plan.read_text())
    del stored["datasets"][0]["is_in_parquet"]  # of an earlier version
    FOLDER.plan.write_text(json.dumps(stored))
    assert not Plan.read(FOLDER.plan).dataset("small").is_in_parquet


@pytest.mark.slow
def test_little_memory_is_enough(collected: Path) -> None:
    plan = plan_of(IN_PARQUET)
    build(plan, "small", OUT, Resources(threads=1, memory_mb=200), label_files=[Path("codes.csv")])
    with opened(OUT, Resources(memory_mb=200)) as con:
        assert con.execute("SELECT count(*) FROM parquet_files").fetchall()[0][0] > 8
