"""Exports: every format holds the same rows and values, whatever reads it, and two exports are the same files."""

import csv
import gzip
import json
import re
import sqlite3
import sys
from collections import Counter
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path

import duckdb
import frictionless
import igraph
import networkx
import pytest
from click.testing import CliRunner

from tests.ttdata.publish.conftest import ODD
from tests.ttdata.publish.readers import READERS, Rows, missing_in_r, normal, with_duckdb
from ttdata.cli.main import main
from ttdata.errors import Fault
from ttdata.publish.contents import INVENTED, Form, contents
from ttdata.publish.export import export
from ttdata.publish.formats import xlsx
from ttdata.publish.formats.table import FORMATS, formats_of
from ttdata.publish.pseudonyms import KEY, Pseudonyms
from ttdata.tables.codebook import HEADER

TABLES = ("videos", "comments", "users", "followers", "video_mentions", "video_effects", "user_observations", "study")


@pytest.fixture(scope="module")
def exported(dataset: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """One export per format, since a loading script reads the best format that is there; and one of all formats."""
    folders = {}
    for names in (*FORMATS, ",".join(FORMATS)):
        folders[names] = tmp_path_factory.mktemp("one") / "out"
        export(dataset, folders[names], formats_of(names.split(",")))
    return folders


def rows_in(dataset: Path, table: str, *, empty_is_missing: bool) -> Rows:
    """The rows of a table without its list columns."""
    with contents(dataset, [table]) as opened:
        columns = Form().columns(opened.tables[0])
        rows = normal([column.name for column in columns], opened.rows(opened.tables[0], Form()))
    return [{name: value or None for name, value in row.items()} for row in rows] if empty_is_missing else rows


@pytest.mark.slow
@pytest.mark.parametrize("reader", READERS)
@pytest.mark.parametrize("table", TABLES)
def test_a_reader_gets_the_rows_of_the_dataset(
    dataset: Path, exported: dict[str, Path], reader: str, table: str
) -> None:
    form, read = READERS[reader]
    if missing := missing_in_r(reader):
        pytest.skip(missing)
    rows = read(exported[form], table)
    keeps_empty = form in ("parquet", "jsonl", "sqlite") and not reader.startswith("R:")
    expected = rows_in(dataset, table, empty_is_missing=not keeps_empty)
    names = expected[0].keys() if expected else set()
    found = [{name: row.get(name, row.get(f"_{name}")) for name in names} for row in rows]
    if not keeps_empty:
        found = [{name: value or None for name, value in row.items()} for row in found]
    if form in ("sqlite", "xlsx", "dta") or reader == "R: load.R, sqlite":
        found, expected = (_without_spelling_of_booleans(each) for each in (found, expected))
    assert _plain(found) == _plain(expected)


def _without_spelling_of_booleans(rows: Rows) -> Rows:
    return [{k: {"true": "1", "false": "0"}.get(v or "", v) for k, v in row.items()} for row in rows]


def _plain(rows: Rows) -> Rows:
    """Without the spelling of line breaks, which R changes, and of JSON."""
    return [{name: value and _plain_text(value) for name, value in row.items()} for row in rows]


def _plain_text(value: str) -> str:
    if value.startswith("{"):
        return json.dumps(json.loads(value))
    if re.fullmatch(r"[-0-9]{10}T[0-9:]{8}(\.[0-9]{6})?Z", value):  # R counts seconds as a floating-point number
        value = (datetime.fromisoformat(value) + timedelta(microseconds=2)).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-2]
    return value.replace("\r\n", "\n").replace("\r", "\n")


def test_ids_are_exact_and_odd_texts_are_texts(dataset: Path, exported: dict[str, Path]) -> None:
    rows = READERS["csv: Python"][1](exported["csv"], "videos")
    assert rows[0]["music_id"] == "9223372036854775807"
    assert [row["video_description"] for row in rows[: len(ODD)]] == list(ODD)
    sheet = READERS["openpyxl"][1](exported["xlsx"], "videos")
    assert sheet[0]["video_description"] == "=1+1"


def test_two_exports_of_a_dataset_have_the_same_bytes(dataset: Path, exported: dict[str, Path], tmp_path: Path) -> None:
    every = ",".join(FORMATS)
    again = tmp_path / "again"
    export(dataset, again, formats_of(FORMATS))
    first = {path.name: path.read_bytes() for path in exported[every].iterdir() if path.suffix != ".sqlite"}
    second = {path.name: path.read_bytes() for path in again.iterdir() if path.suffix != ".sqlite"}
    assert first.keys() == second.keys()
    assert [name for name in first if first[name] != second[name]] == []


def test_every_file_says_that_the_data_are_invented(exported: dict[str, Path]) -> None:
    folder = exported[",".join(FORMATS)]
    assert (folder / "README.txt").read_text().splitlines()[0] == INVENTED
    assert json.loads((folder / "datapackage.json").read_text())["description"] == INVENTED
    notes = with_duckdb(
        f"SELECT decode(value) AS note FROM parquet_kv_metadata('{folder}/users.parquet') WHERE key = 'note'"
    )
    assert notes == [{"note": INVENTED}]
    with closing(sqlite3.connect(folder / "dataset.sqlite")) as con:
        assert con.execute("SELECT value FROM _about WHERE name = 'note'").fetchall() == [(INVENTED,)]
    assert INVENTED.encode() in (folder / "videos.dta").read_bytes()[:1000]
    assert INVENTED in (folder / "followers.graphml").read_text()[:500]
    for table in ("videos", "users"):
        with gzip.open(folder / f"{table}.csv.gz", "rt") as file:
            assert INVENTED not in file.read()


def test_networks_are_read_by_networkx_and_igraph(dataset: Path, exported: dict[str, Path]) -> None:
    with duckdb.connect(str(dataset), read_only=True) as con:
        expected = {
            "followers": con.execute("SELECT follower, followed FROM followers").fetchall(),
            "following": con.execute("SELECT follower, followed FROM following").fetchall(),
            "replies": con.execute(
                "SELECT id::VARCHAR, parent_comment_id::VARCHAR FROM comments WHERE parent_comment_id IS NOT NULL"
            ).fetchall(),
        }
    for name, edges in expected.items():
        path = exported["graphml"] / f"{name}.graphml"
        graph = networkx.read_graphml(path, force_multigraph=True)
        assert edges
        assert Counter((source, target) for source, target in graph.edges()) == Counter(edges)
        other = igraph.Graph.Read_GraphML(str(path))
        assert Counter((other.vs[each.source]["id"], other.vs[each.target]["id"]) for each in other.es) == Counter(
            edges
        )
        with gzip.open(exported["graphml"] / f"{name}.edges.csv.gz", "rt", newline="") as file:
            assert Counter((row["source"], row["target"]) for row in csv.DictReader(file)) == Counter(edges)


def test_the_codebook_has_a_row_for_every_column_and_none_is_without_a_description(
    dataset: Path, exported: dict[str, Path]
) -> None:
    with duckdb.connect(str(dataset), read_only=True) as con:
        columns = con.execute(
            "SELECT table_name, column_name, data_type FROM duckdb_columns() WHERE schema_name = 'main' "
            "AND database_name = current_database() AND NOT internal ORDER BY table_name, column_index"
        ).fetchall()
    with (exported["csv"] / "codebook.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert tuple(rows[0]) == HEADER
    assert [(row["table"], row["column"], row["type"]) for row in rows] == columns
    by_name = {(row["table"], row["column"]): row for row in rows}
    assert "video_mentions" in by_name["videos", "video_mention_list"]["description"]
    assert by_name["videos", "video_duration"]["unit"] == "seconds"
    assert by_name["videos", "view_count"]["source"].startswith("https://developers.tiktok.com/doc/")
    lists = [row for row in rows if row["type"].endswith("[]")]
    tables = {row["table"] for row in rows}
    assert [row for row in lists if not tables.intersection(row["description"].replace(",", " ").split())] == []


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")  # frictionless leaves files open
def test_the_data_package_is_valid(exported: dict[str, Path]) -> None:
    report = frictionless.Package(str(exported["csv"] / "datapackage.json")).validate()
    assert report.flatten(["title", "message"]) == []
    assert len(report.tasks) > len(TABLES)


def test_ids_txt_has_the_ids_of_the_videos_and_nothing_else(dataset: Path, exported: dict[str, Path]) -> None:
    with duckdb.connect(str(dataset), read_only=True) as con:
        ids = con.execute("SELECT string_agg(id::VARCHAR || chr(10), '' ORDER BY id) FROM videos").fetchall()[0][0]
    assert (exported["ids"] / "ids.txt").read_text() == ids


@pytest.mark.slow
def test_with_pseudonyms_no_file_names_an_account(
    dataset: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(KEY, "a secret key of a lab")
    out = tmp_path / "out"
    export(dataset, out, formats_of(["csv", "jsonl", "sqlite", "graphml"]), pseudonyms=Pseudonyms())
    with duckdb.connect(str(dataset), read_only=True) as con:
        names = [
            row[0] for row in con.execute("SELECT username FROM videos UNION SELECT follower FROM followers").fetchall()
        ]
    files = {path.name: path.read_bytes() for path in out.iterdir()}
    texts = {
        name: (gzip.decompress(content) if name.endswith(".gz") else content).decode(errors="replace")
        for name, content in files.items()
    }
    words = texts["video_hashtags.csv.gz"]  # a hashtag can be the same word as a name
    only_names = [name for name in names if name not in words and len(name) > 6]
    assert len(only_names) > 50
    assert [(name, file) for name in only_names for file, text in texts.items() if name in text] == []
    assert not any("a secret key" in text for text in texts.values())
    rows = READERS["csv: Python"][1](out, "videos")
    assert len({row["username"] for row in rows}) == len(
        {row["username"] for row in rows_in(dataset, "videos", empty_is_missing=True)}
    )


@pytest.mark.slow
def test_files_of_another_content_are_deleted_and_other_formats_of_the_same_content_stay(
    dataset: Path, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    export(dataset, out, formats_of(["csv"]))
    export(dataset, out, formats_of(["ids"]))
    assert (out / "videos.csv.gz").exists()
    (out / "notes.txt").write_text("mine")
    export(dataset, out, formats_of(["csv"]), tables=["users"])
    assert sorted(path.name for path in out.glob("*.gz")) == ["users.csv.gz"]
    assert (out / "notes.txt").exists()
    assert not (out / "ids.txt").exists()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--to", "cvs"], "Unknown format 'cvs'. Available: parquet, csv"),
        (["--tables", "video"], "has no table video. Tables: "),
        (["nothing"], "There is no dataset 'nothing'. Built here: small."),
        (["--pseudonyms"], f'export {KEY}="$(openssl rand -hex 32)"'),
    ],
)
def test_a_mistake_is_explained_and_nothing_is_written(
    dataset: Path, tmp_path: Path, options: list[str], message: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv(KEY, raising=False)
    monkeypatch.setenv("TTDATA_NOW", "2026-06-02T12:00:00+00:00")  # its address is the real API's; no refresh is due
    monkeypatch.chdir(tmp_path)
    result = CliRunner().invoke(main, ["export", *options, "--directory", str(dataset.parents[1]), "--out", "out"])
    assert result.exit_code == 1
    assert message in " ".join(result.stderr.split())
    assert not list(tmp_path.glob("out/*"))


def test_a_table_that_no_sheet_can_hold_is_rejected_and_nothing_is_written(
    dataset: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(xlsx, "_MOST_ROWS", 100)
    with pytest.raises(Fault, match=r"The table \w+ has [\d,]+ rows; a sheet of Excel has at most 100"):
        export(dataset, tmp_path / "out", formats_of(["csv", "xlsx"]))
    assert list((tmp_path / "out").iterdir()) == []


def test_a_missing_extra_is_named(dataset: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pandas", None)
    monkeypatch.delitem(sys.modules, "ttdata.publish.formats.dta", raising=False)
    with pytest.raises(Fault, match=r'dta needs the package pandas. Install it: pip install "ttdata\[stata\]"'):
        export(dataset, tmp_path / "out", formats_of(["csv", "dta"]))
    assert not (tmp_path / "out").exists()
