"""`ttdata show`: tables and rows as a terminal can show them."""

import csv
import io
import json
import shutil
import unicodedata
from pathlib import Path

import duckdb
import pytest
from click.testing import CliRunner, Result

from tests.ttdata.publish.conftest import edit
from ttdata.cli.main import main


@pytest.fixture
def dataset(own_dataset: Path) -> Path:
    """A dataset of its own for each test."""
    return own_dataset


def run(*words: str) -> Result:
    return CliRunner().invoke(main, ["show", *words])


def width(line: str) -> int:
    """The columns of a terminal that a line takes."""
    return sum(2 if unicodedata.east_asian_width(each) in "WF" else 1 for each in line)


def test_the_tables_are_listed_with_their_rows_and_what_they_are(dataset: Path) -> None:
    lines = run().stdout.splitlines()
    assert lines[0] == "Data"
    with duckdb.connect(str(dataset), read_only=True) as con:
        ((videos,),) = con.execute("SELECT count(*) FROM videos").fetchall()
    (line,) = [line for line in lines if line.startswith("  videos ")]
    assert line.split()[1:5] == [f"{videos:,}", "One", "row", "per"]
    assert max(map(width, lines)) <= 80
    listed = {each["table"]: each for each in json.loads(run("--json").stdout)}
    assert (listed["videos"]["rows"], listed["video_terms"]["rows"]) == (videos, None)


def test_labels_are_listed_apart_from_the_data(dataset: Path) -> None:
    edit(dataset, "CREATE TABLE labels (name VARCHAR)", "INSERT INTO labels VALUES ('stance')")
    edit(dataset, "CREATE TABLE stance (video_id BIGINT)", "COMMENT ON TABLE stance IS 'The labels of videos'")
    lines = run().stdout.splitlines()
    assert lines[lines.index("Labels") + 1].split() == ["stance", "0", "The", "labels", "of", "videos"]


def test_the_first_rows_are_those_with_the_lowest_keys(dataset: Path) -> None:
    with duckdb.connect(str(dataset), read_only=True) as con:
        ids = [str(id_) for (id_,) in con.execute("SELECT id FROM videos ORDER BY id LIMIT 3").fetchall()]
    shown = run("videos", "--rows", "3").stdout
    assert [line.split()[1] for line in shown.splitlines() if line.startswith("│ 7")] == ids
    assert "\n3 of " in shown
    assert "Columns that do not fit: " in shown
    assert [row["id"] for row in json.loads(run("videos", "--rows", "3", "--json").stdout)] == ids


def test_chosen_columns_are_shown_in_their_order_with_texts_cut_to_fit(dataset: Path) -> None:
    edit(dataset, "UPDATE videos SET video_description = repeat('wörd ', 50)")
    shown = run("videos", "--columns", "view_count,video_description,id", "--rows", "2").stdout
    heading = shown.splitlines()[1]
    assert heading.index("view_count") < heading.index("video_description") < heading.index(" id ")
    assert "…" in shown.splitlines()[4]
    assert {width(line) for line in shown.splitlines()[:-1]} == {width(heading)}
    assert width(heading) <= 80
    assert "do not fit" not in shown


def test_wide_characters_do_not_break_the_table(dataset: Path) -> None:
    edit(dataset, "UPDATE videos SET video_description = repeat('日本', 100)")
    lines = run("videos", "--columns", "id,username,video_description").stdout.splitlines()[:-1]
    assert max(map(width, lines)) <= 80
    assert len({width(line) for line in lines}) == 1


@pytest.mark.parametrize(("order", "reverse"), [("view_count", False), ("-view_count", True)])
def test_rows_are_sorted_by_a_column(order: str, reverse: bool, dataset: Path) -> None:
    edit(dataset, "UPDATE videos SET view_count = NULL WHERE id = (SELECT max(id) FROM videos)")
    rows = json.loads(run("videos", "--order", order, "--json", "--columns", "view_count", "--rows", "1000").stdout)
    counts = [row["view_count"] for row in rows if row["view_count"] is not None]
    assert counts == sorted(counts, reverse=reverse)
    assert [row["view_count"] for row in rows][: len(counts)] == counts, "unknown values come last"


def test_times_are_utc_and_ids_and_lists_are_exact(dataset: Path) -> None:
    edit(
        dataset,
        "DELETE FROM videos",
        "INSERT INTO videos (id, create_time, hashtag_names, video_tag, hashtag_info_list) "
        "VALUES (7302470379501604127, '2025-01-01 12:00:00', ['a', NULL], '{\"ai\": true}', "
        "[{'hashtag_id': 9007199254740993, 'hashtag_name': 'x', 'hashtag_description': NULL}])",
    )
    columns = "id,create_time,hashtag_names,video_tag,hashtag_info_list,view_count"
    (row,) = json.loads(run("videos", "--json", "--columns", columns).stdout)
    assert (row["id"], row["create_time"]) == ("7302470379501604127", "2025-01-01T12:00:00Z")
    assert (row["hashtag_names"], row["video_tag"], row["view_count"]) == (["a", None], {"ai": True}, None)
    assert row["hashtag_info_list"][0]["hashtag_id"] == "9007199254740993"
    (row,) = csv.DictReader(io.StringIO(run("videos", "--csv", "--columns", columns).stdout))
    assert (row["id"], row["view_count"]) == ("7302470379501604127", "")
    assert json.loads(row["hashtag_names"]) == ["a", None]
    assert "7302470379501604127" in run("videos").stdout
    assert "2025-01-01T12:00:00Z" in run("videos").stdout


def test_texts_cannot_control_the_terminal(dataset: Path) -> None:
    text = "'a' || chr(27) || '[31mb' || chr(155) || chr(8238) || chr(10) || chr(9) || 'c' || chr(0)"
    edit(dataset, f"UPDATE videos SET video_description = {text}, hashtag_names = [{text}]")
    for words in ([], ["--csv"]):
        shown = run("videos", "--columns", "video_description,hashtag_names", "--rows", "1", *words).stdout
        assert not set(shown) & set("\x1b\x9b\u202e\t\0")
        assert "a\ufffd[31mb\ufffd\ufffd c\ufffd" in shown
    shown = run("videos", "--columns", "video_description", "--json").stdout
    assert not set(shown) & set("\x1b\x9b\u202e\t\0")
    assert json.loads(shown)[0]["video_description"] == "a\x1b[31mb\x9b\u202e\n\tc\0"


def test_an_empty_table_has_its_columns(dataset: Path) -> None:
    shown = run("list_entries").stdout
    assert "│  list   │  entry  │ used_as │ reason  │" in shown
    assert shown.endswith("\n0 of 0 rows\n")


def test_a_view_can_be_shown(dataset: Path) -> None:
    assert "video_id" in run("video_terms").stdout


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["vidoes"], "There is no table 'vidoes'. Did you mean 'videos'? Tables: "),
        (["videos", "--columns", "views"], "The table videos has no column 'views'."),
        (["videos", "--order", "viewcount"], "has no column 'viewcount'. Did you mean 'view_count'?"),
        (["--dataset", "missing"], "There is no dataset 'missing'. Built here: small."),
        (["--dataset", "missing.duckdb"], "missing.duckdb does not exist."),
    ],
)
def test_a_mistake_is_explained(words: list[str], sentence: str, dataset: Path) -> None:
    outcome = run(*words)
    assert (outcome.exit_code, outcome.stdout) == (1, "")
    assert sentence in " ".join(outcome.stderr.split())


def test_the_dataset_is_the_only_one_here_or_is_named(dataset: Path) -> None:
    only = run("users").stdout
    shutil.copy(dataset, "datasets/other.duckdb")
    outcome = run("users")
    assert outcome.exit_code == 1
    assert outcome.stderr == "There are several datasets. Name one of: other, small.\n"
    assert run("users", "--dataset", "other").stdout == run("users", "--dataset", str(dataset)).stdout == only
