"""Packages: what each profile contains, the same bytes every time, and nothing private in a public one."""

import gzip
import io
import json
import re
import subprocess
import zipfile
from importlib.metadata import version
from pathlib import Path

import duckdb
import pytest
import yaml

from tests.support import ttdata
from tests.ttdata.publish.package.conftest import build
from ttdata.publish.contents import INVENTED, LOW_BITS, MOCK_BITS
from ttdata.publish.package.aggregates import AGGREGATES, Aggregate, _rows
from ttdata.publish.package.studies import (
    Replacements,
    accounts_in,
    as_files,
    ids_in,
    numbered,
    replaced,
    twin,
    without_ids,
)
from ttdata.publish.package.twin import tenant_of

MARKED = f"& {LOW_BITS} = {MOCK_BITS}"


def read(archive: Path, name: str) -> str:
    with zipfile.ZipFile(archive) as opened:
        content = opened.read(name)
    return (gzip.decompress(content) if name.endswith(".gz") else content).decode()


def names(archive: Path) -> set[str]:
    with zipfile.ZipFile(archive) as opened:
        return set(opened.namelist())


def test_a_package_made_twice_is_the_same_file_wherever_the_study_is(public: Path, copy: Path, tmp_path: Path) -> None:
    outcome = ttdata("package", "small", "--out", tmp_path / "again.zip", directory=copy)
    assert outcome.status == 0, outcome.said
    assert (tmp_path / "again.zip").read_bytes() == public.read_bytes()


def test_a_public_package_has_ids_and_a_twin_and_the_analysis_and_no_data(public: Path) -> None:
    found = names(public)
    assert {
        "README.md", "DATA_AVAILABILITY.md", "REBUILD_COST.md", "CITATION.cff", "SHA256SUMS", "config.yaml",
        "codebook.csv", "tables.sql", "requirements.lock", "datapackage.json", "ro-crate-metadata.json", "package.json",
        "ids/videos.csv.gz", "ids/comments.csv.gz", "receipts/slices.csv", "aggregates/videos_by_month.csv",
        "checksums/tables.sha256", "workflow/Snakefile", "workflow/rules/build.smk", "twin/config.yaml",
        "twin/tables/small/videos.parquet", "twin/outputs/figure.svg", "outputs/figure.svg", "analysis/figure.py",
        ".github/workflows/replicate.yml",
    } <= found  # fmt: skip
    assert not [name for name in found if name.startswith("data/")]


@pytest.mark.slow
def test_the_lock_has_what_a_build_and_the_analysis_import(copy: Path) -> None:
    figure = (copy / "figure.py").read_text()
    (copy / "figure.py").write_text(f"import polars.selectors\nfrom os import path\n{figure}")
    outcome = ttdata("package", directory=copy)
    assert outcome.status == 0, outcome.said
    lock = dict(line.split("==") for line in read(copy / "packages/small-public.zip", "requirements.lock").splitlines())
    assert {"ttdata", "snakemake", "duckdb", "aiohttp", "polars"} <= set(lock)
    assert lock["polars"] == version("polars")
    assert not {"pytest", "ruff", "matplotlib"} & set(lock)


def test_the_checksums_are_those_that_sha256sum_expects(public: Path, tmp_path: Path) -> None:
    with zipfile.ZipFile(public) as opened:
        opened.extractall(tmp_path)
    check = subprocess.run(["sha256sum", "--strict", "--quiet", "--check", "SHA256SUMS"], cwd=tmp_path, check=False)
    assert check.returncode == 0


def test_every_id_of_the_dataset_is_there_with_its_slice(public: Path, study_folder: Path) -> None:
    with duckdb.connect(str(study_folder / "datasets/small.duckdb"), read_only=True) as con:
        expected = con.execute("SELECT id::VARCHAR FROM videos ORDER BY id").fetchall()
        slices = {name for (name,) in con.execute("SELECT slice FROM slices").fetchall()}
    lines = read(public, "ids/videos.csv.gz").splitlines()
    assert lines[0] == "id,source,slice"
    assert [(line.split(",")[0],) for line in lines[1:]] == expected
    assert {line.split(",")[2] for line in lines[1:]} <= slices


def test_the_twin_has_the_tables_and_columns_of_the_dataset_and_other_rows_that_are_all_marked(
    public: Path, study_folder: Path, tmp_path: Path
) -> None:
    with zipfile.ZipFile(public) as opened:
        opened.extractall(tmp_path)
    with duckdb.connect(str(study_folder / "datasets/small.duckdb"), read_only=True) as con:
        tables = {name for (name,) in con.execute("SELECT table_name FROM duckdb_tables()").fetchall()}
        assert {path.stem for path in (tmp_path / "twin/tables/small").iterdir()} == tables
        for table in tables:
            twin_table = f"'{tmp_path}/twin/tables/small/{table}.parquet'"
            columns = [row[:1] for row in con.execute(f"DESCRIBE FROM {twin_table}").fetchall()]
            assert columns == [row[:1] for row in con.execute(f"DESCRIBE {table}").fetchall()]
        videos = f"'{tmp_path}/twin/tables/small/videos.parquet'"
        assert con.execute(f"SELECT bool_and(id {MARKED}) FROM {videos}").fetchall() == [(True,)]
        assert (b"note", INVENTED.encode()) in [
            row[1:] for row in con.execute(f"FROM parquet_kv_metadata({videos})").fetchall()
        ]
        assert con.execute(f"SELECT count(*) FROM {videos} WHERE id IN (SELECT id FROM videos)").fetchall() == [(0,)]


def test_invented_data_say_so_on_the_first_line(public: Path) -> None:
    for name in ("README.md", "DATA_AVAILABILITY.md", "REBUILD_COST.md"):
        assert read(public, name).splitlines()[0] == INVENTED
    assert json.loads(read(public, "package.json"))["note"] == INVENTED
    assert "nvented" in read(public, "config.yaml").splitlines()[0]


def test_the_readme_fills_what_is_known_and_marks_the_rest(public: Path) -> None:
    readme = read(public, "README.md")
    for heading in ("## Data Availability and Provenance Statements", "### Statement about Rights", "## Dataset list"):
        assert heading in readme
    assert "CC-BY-4.0" in readme
    assert "`analysis/figure.py`" in readme
    assert "(To be filled in by the authors.)" in readme
    assert "2026-07-23" in readme  # the date of the template
    assert not re.search(r"INSTRUCTIONS|\{\{|\bNone\b", readme)
    assert "data@example.org" in read(public, "DATA_AVAILABILITY.md")
    assert "requests and 1 day" in read(public, "REBUILD_COST.md")


def test_a_package_names_no_path_and_no_time_of_this_machine(public: Path, study_folder: Path) -> None:
    with zipfile.ZipFile(public) as opened:
        assert {info.date_time for info in opened.infolist()} == {(1980, 1, 1, 0, 0, 0)}
        content = b"".join(opened.read(name) for name in opened.namelist())
    assert str(study_folder.parent).encode() not in content


PLANTED = 12


def planted(dataset: Path) -> list[tuple[str, str]]:
    """Values of a dataset that are private, each with its kind: names, captions, comments, bios."""
    queries = {
        "username": "SELECT username FROM videos WHERE length(username) > 8 ORDER BY 1 LIMIT 3",
        "caption": "SELECT video_description FROM videos WHERE length(video_description) > 30 ORDER BY 1 LIMIT 3",
        "comment": "SELECT DISTINCT text FROM comments WHERE length(text) > 12 ORDER BY 1 LIMIT 3",
        "bio": "SELECT bio_description FROM users WHERE length(bio_description) > 8 ORDER BY 1 LIMIT 2",
        "display": "SELECT display_name FROM users WHERE length(display_name) > 8 ORDER BY 1 LIMIT 3",
    }
    with duckdb.connect(str(dataset), read_only=True) as con:
        return [(kind, value) for kind, sql in queries.items() for (value,) in con.execute(sql).fetchall()]


@pytest.mark.slow
def test_twelve_planted_leaks_stop_the_package_each_with_its_file_and_place(copy: Path) -> None:
    found = planted(copy / "datasets/small.duckdb")[:PLANTED]
    assert len(found) == PLANTED
    outputs = ["figure.svg"]
    for number, (_, value) in enumerate(found):
        form = ("svg", "json", "csv.gz", "parquet")[number % 4]
        name = f"out{number}.{form}"
        outputs.append(name)
        if form == "parquet":
            duckdb.connect().execute(f"COPY (SELECT ? AS t) TO '{copy / name}' (FORMAT parquet)", [value])
        else:
            text = json.dumps({"t": value}) if form == "json" else f"\n\n  <t>{value}</t>"
            (copy / name).write_bytes(gzip.compress(text.encode()) if form == "csv.gz" else text.encode())
    script = copy / "figure.py"
    script.write_text(script.read_text() + "".join(f"open({name!r}, 'w').close()\n" for name in outputs[1:]))
    _repackage(copy, outputs)
    outcome = ttdata("package", directory=copy)
    assert outcome.status == 1
    assert "Traceback" not in outcome.said
    said = " ".join(outcome.said.split())
    for name in outputs[1:]:
        assert re.search(rf"outputs/{re.escape(name)}(, column t)?, line \d+, column \d+: ", said), (name, outcome.said)
    assert not (copy / "packages" / ".small-public.zip.partial").exists()


def _repackage(folder: Path, outputs: list[str], **changes: object) -> None:
    """Change what the dataset's study says about its package, as a build after an edit does."""
    with duckdb.connect(str(folder / "datasets/small.duckdb")) as con:
        declared = json.loads(con.execute("SELECT declared FROM study").fetchall()[0][0])
        declared["package"] |= {"outputs": outputs, **changes}
        con.execute("UPDATE study SET declared = ?", [json.dumps(declared)])


@pytest.mark.slow
def test_an_allowed_word_does_not_stop_the_package(copy: Path) -> None:
    (_, name), *_ = planted(copy / "datasets/small.duckdb")
    (copy / "figure.svg").write_text(f"<svg><t>{name}</t></svg>")
    _repackage(copy, ["figure.svg"], allowed=[name])
    outcome = ttdata("package", directory=copy)
    assert outcome.status == 0, outcome.said


@pytest.mark.slow
def test_an_analysis_that_differs_between_two_runs_is_refused(copy: Path) -> None:
    (copy / "figure.py").write_text("import os\nopen('figure.svg', 'w').write(str(os.getpid()))\n")
    outcome = ttdata("package", directory=copy)
    assert outcome.status == 1
    assert "differs between two runs" in outcome.said


@pytest.mark.slow
def test_an_analysis_that_fails_shows_its_last_lines(copy: Path) -> None:
    (copy / "figure.py").write_text("raise SystemExit('no column of that name')\n")
    outcome = ttdata("package", directory=copy)
    assert outcome.status == 1
    assert "no column of that name" in outcome.said


def test_a_dataset_of_invented_and_real_ids_is_refused(copy: Path) -> None:
    with duckdb.connect(str(copy / "datasets/small.duckdb")) as con:
        con.execute("UPDATE videos SET id = id + 1 WHERE id IN (SELECT id FROM videos LIMIT 1)")
    outcome = ttdata("package", directory=copy)
    assert outcome.status == 1
    assert "mixes invented and real data" in " ".join(outcome.said.split())


@pytest.mark.slow
def test_an_aggregate_package_has_no_id_and_no_small_cell(copy: Path) -> None:
    outcome = ttdata("package", "--profile", "aggregate", directory=copy)
    assert outcome.status == 0, outcome.said
    archive = copy / "packages/small-aggregate.zip"
    assert not [name for name in names(archive) if name.startswith(("ids/", "data/"))]
    with duckdb.connect(str(copy / "datasets/small.duckdb"), read_only=True) as con:
        ids = [str(row[0]) for row in con.execute("SELECT id FROM videos UNION SELECT id FROM comments").fetchall()]
    for name in names(archive):
        if not name.startswith("twin/"):
            text = read(archive, name)
            assert not any(each in text for each in ids), name
    for name in names(archive):
        if name.startswith("aggregates/"):
            rows = [line.split(",") for line in read(archive, name).splitlines()]
            place = rows[0].index("n")
            assert all(int(cell) >= 10 for row in rows[1:] for cell in row[place : place + 2])


@pytest.mark.slow
@pytest.mark.parametrize("profile", ["team", "self-archive"])
def test_a_whole_package_has_everything_and_says_that_it_must_not_be_published(copy: Path, profile: str) -> None:
    outcome = ttdata("package", "--profile", profile, directory=copy)
    assert outcome.status == 0, outcome.said
    archive = copy / f"packages/small-{profile}.zip"
    found = names(archive)
    assert "data/datasets/small.duckdb" in found or "data/small.duckdb" in found
    assert sum(name.endswith(".ndjson.zst") for name in found) == len(list((copy / "raw").rglob("*.ndjson.zst")))
    assert "Never publish it" in " ".join(read(archive, "README.md").split())


@pytest.mark.slow
def test_a_package_of_everything_needs_the_plan_of_its_dataset(copy: Path) -> None:
    _repackage(copy, ["figure.svg"])
    plan = json.loads((copy / "plan.json").read_text())
    plan["declared"]["datasets"]["small"]["comments"]["top"]["k"] = 5
    (copy / "plan.json").write_text(json.dumps(plan))
    outcome = ttdata("package", "--profile", "team", directory=copy)
    assert outcome.status == 1
    assert "The study has changed since" in " ".join(outcome.said.split())


REAL_FIRST_LINE = "This package is about data of TikTok's Research API. Only the folder `twin/` is invented."


@pytest.mark.slow
def test_a_package_of_real_data_says_that_its_data_need_access(copy: Path, tmp_path: Path) -> None:
    _make_real(copy / "datasets/small.duckdb")
    overdue = ttdata("package", directory=copy, TTDATA_NOW="2026-06-17T12:00:00+00:00")
    assert overdue.status == 1
    assert "a refresh is overdue" in overdue.said
    outcome = ttdata("package", directory=copy, TTDATA_NOW="2026-06-02T12:00:00+00:00")
    assert outcome.status == 0, outcome.said
    archive = copy / "packages/small-public.zip"
    for name in ("README.md", "DATA_AVAILABILITY.md", "REBUILD_COST.md"):
        assert read(archive, name).splitlines()[0] == REAL_FIRST_LINE
    assert "mock server" not in read(archive, "CITATION.cff")
    twin_study = yaml.safe_load(read(archive, "twin/config.yaml"))
    assert twin_study["api"]["base_url"] == "mock"
    replica = ttdata("replicate", archive, "--directory", tmp_path / "replica", "--run")
    assert replica.status == 0, replica.said
    assert "figure.svg on the twin: the same bytes" in replica.said
    assert "Needs access:\n  * the dataset small (" in replica.said
    assert "with credentials: ttdata rehydrate" in " ".join(replica.said.split())


def _make_real(dataset: Path) -> None:
    """Give a dataset the address and ids of the real API: those of the mock server end with a mark."""
    with duckdb.connect(str(dataset)) as con:
        columns = con.execute(
            "SELECT table_name, column_name FROM duckdb_columns() JOIN duckdb_tables() USING (table_name) "
            "WHERE data_type = 'BIGINT' AND (column_name = 'id' OR column_name LIKE '%video_id' "
            "OR column_name LIKE '%comment_id')"
        ).fetchall()
        for table, column in columns:
            con.execute(f"UPDATE {table} SET {column} = {column} + {column} % 7 + 1")
        con.execute("UPDATE seen SET id = id::BIGINT + id::BIGINT % 7 + 1 WHERE regexp_full_match(id, '[0-9]+')")
        (text,) = con.execute("SELECT declared::VARCHAR FROM study").fetchall()[0]
        declared = {**json.loads(text), "api": {"base_url": "https://open.tiktokapis.com"}}
        con.execute("UPDATE study SET api = ?, declared = ?", ["https://open.tiktokapis.com", json.dumps(declared)])


# Small cells


def _cells(rows: list[tuple[str, int]], *, disjoint: bool, k: int = 10) -> list[str]:
    values = ", ".join(f"('{cell}', {n}, {n})" for cell, n in rows)
    query = f"SELECT * FROM (VALUES {values}) AS t(cell, n, accounts)"
    each = Aggregate("", "", ("cell",), query, disjoint=disjoint)
    return [str(row[0]) for row in _rows(duckdb.connect(), each, k, set())]


def test_a_small_cell_cannot_be_computed_from_the_total() -> None:
    assert _cells([("a", 50), ("b", 20), ("c", 3)], disjoint=True) == ["a"]
    assert _cells([("a", 50), ("b", 20), ("c", 9), ("d", 9)], disjoint=True) == ["a", "b"]
    assert _cells([("a", 50), ("b", 20), ("c", 3)], disjoint=False) == ["a", "b"]
    assert set(AGGREGATES) >= {"videos_by_month", "hashtags"}


# The study of a package

PANEL = {
    "study": "panel",
    "api": {"base_url": "https://open.tiktokapis.com"},
    "quota": {"daily": 500},
    "datasets": {
        "parties": {
            "accounts": [
                {"username": "anna.party", "party": "A", "donor": "Mr Smith"},
                {"username": "ben_party", "party": "B", "donor": "Ms Jones"},
            ],
            "ids": ["7100000000000000001"],
            "videos": {"of": "accounts", "during": ["2025-01-01", "2025-03-31"]},
            "users": {"of": "accounts", "where": "party = 'A' AND lower(username) NOT IN ('anna.party', 'dora')"},
        },
        "named": {"videos": {"where": {"any": [{"username": ["anna.party", "carl"]}, {"hashtag_name": "klima"}]}}},
    },
}


def test_accounts_of_the_study_become_pseudonyms_everywhere_and_other_columns_go() -> None:
    assert accounts_in(PANEL) == ["anna.party", "ben_party", "dora", "carl"]
    assert ids_in(PANEL) == ["7100000000000000001"]
    public = replaced(PANEL, Replacements(numbered(accounts_in(PANEL), "account"), str))
    text = yaml.safe_dump(public)
    assert not any(name in text for name in ("anna.party", "ben_party", "carl", "Smith", "dora"))
    assert public["datasets"]["parties"]["users"]["where"].startswith("party = 'A' AND lower(username) NOT IN ('acc")
    assert public["datasets"]["parties"]["accounts"][0] == {"party": "A", "username": "account0001"}
    assert public["datasets"]["named"]["videos"]["where"]["any"][0] == {"username": ["account0001", "account0004"]}
    assert "7100000000000000001" not in yaml.safe_dump(without_ids(PANEL))
    assert PANEL["datasets"]["parties"]["accounts"][0]["username"] == "anna.party"  # type: ignore[index]


def test_a_twin_keeps_the_columns_of_lists_and_none_of_their_cells_that_no_condition_uses() -> None:
    study = twin(PANEL, Replacements(lambda _: "invented_one", lambda _: "3418"), "seed=7")
    assert study["datasets"]["parties"]["accounts"][1] == {
        "username": "invented_one",
        "party": "B",
        "donor": "invented",
    }
    assert study["api"] == {"base_url": "mock", "tenant": "seed=7"}
    assert "quota" not in study


def test_the_seed_of_a_twin_is_never_that_of_the_dataset_and_its_clock_is_after_the_last_day() -> None:
    for number in range(50):
        first = tenant_of(PANEL, str(number))
        own = {**PANEL, "api": {"base_url": "mock", "tenant": first}}
        assert tenant_of(own, str(number)) != first
    late = {**PANEL, "datasets": {"d": {"videos": {"during": ["2026-10-01", "2026-10-31"]}}}}
    assert tenant_of(late, "x").endswith("now=2026-11-12")


def test_a_long_list_is_a_file_of_its_own_and_reads_back_the_same() -> None:
    rows = [{"username": f"account{n}", "party": "a, b"} for n in range(30)]
    files = as_files({"study": "s", "datasets": {"d": {"accounts": rows}}})
    assert yaml.safe_load(files["config.yaml"])["datasets"]["d"]["accounts"] == {"file": "lists/d-accounts.csv"}
    import csv

    assert list(csv.DictReader(io.StringIO(files["lists/d-accounts.csv"]))) == rows


# Accounts that the study names


@pytest.mark.slow
def test_a_public_package_names_no_account_of_the_study_unless_the_study_says_so(
    study_folder: Path, tmp_path: Path
) -> None:
    with duckdb.connect(str(study_folder / "datasets/small.duckdb"), read_only=True) as con:
        rows = con.execute("SELECT username FROM videos WHERE length(username) > 5 ORDER BY ALL LIMIT 3").fetchall()
    accounts = [{"username": name, "party": "A", "donor": f"Donor {number}"} for number, (name,) in enumerate(rows)]
    sources = {
        "accounts": accounts,
        "videos": {"of": "accounts", "during": ["2025-01-01", "2025-02-15"]},
        "users": {"of": "accounts", "where": "party = 'A'"},
    }
    folder = build(tmp_path / "panel", {"study": "panel", "api": {"base_url": "mock"}, "datasets": {"small": sources}})
    outcome = ttdata("package", directory=folder)
    assert outcome.status == 0, outcome.said
    assert "a reader must ask you for the list" in " ".join(outcome.said.split())
    archive = folder / "packages/small-public.zip"
    with zipfile.ZipFile(archive) as opened:
        content = b"".join(opened.read(name) for name in opened.namelist()).decode("latin-1")
    assert not any(name in content for (name,) in rows)
    assert "Donor 1" not in content
    assert "account0001" in content
    assert "slice0001" in read(archive, "ids/videos.csv.gz")
    assert "must be requested from the authors" in " ".join(read(archive, "README.md").split())
    assert json.loads(read(archive, "package.json"))["twin"]["rows"]["videos"] > 0

    with duckdb.connect(str(folder / "datasets/small.duckdb")) as con:
        declared = json.loads(con.execute("SELECT declared FROM study").fetchall()[0][0])
        declared["package"] = {"publish_accounts": True, "reason": "All of them are parties."}
        con.execute("UPDATE study SET declared = ?", [json.dumps(declared)])
    outcome = ttdata("package", directory=folder)
    assert outcome.status == 0, outcome.said
    assert rows[0][0] in read(archive, "config.yaml")
    assert "All of them are parties." in read(archive, "README.md")
