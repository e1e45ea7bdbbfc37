"""Figures of a report: their numbers, what people wrote in them, and datasets that lack something."""

import os
import re
import shutil
import subprocess
import sys
from contextlib import chdir
from pathlib import Path
from typing import Any

import duckdb
import pytest

from tests.support import FOLDER
from tests.ttdata.audit.test_checks import SHOPS, TERMS, of_authors
from tests.ttdata.audit.test_report import Page
from tests.ttdata.publish.conftest import edit
from tests.ttdata.worlds import build_study
from ttdata.audit import report
from ttdata.publish.figures import Figure, figures, kinds

HOSTILE, ESCAPED = "<script>&0b6e6e", "&lt;script&gt;&amp;0b6e6e"

# Numbers that the text of a figure must contain, from a query that is not the figure's own.
NUMBERS = {
    "over_time": """
        SELECT sum(n)::INT, max(n), count(*) FILTER (n = 0) FROM (
            SELECT count(id) AS n
            FROM generate_series(DATE '2024-11-01', DATE '2024-12-15', INTERVAL 1 DAY) AS days (day)
            LEFT JOIN videos ON create_time::DATE = day GROUP BY day)""",
    "over_time_by_group": """
        SELECT count(*) FILTER (party = 'Party 0'), count(*) FILTER (party = 'Party 1')
        FROM videos JOIN accounts USING (username)""",
    "over_time_by_term": """
        SELECT count(*) FILTER (list_contains(hashtag_names, 'fyp')),
               count(*) FILTER (contains(lower(video_description), 'coffee')) FROM videos""",
    "views": """
        SELECT count(*), quantile_disc(view_count, 0.5), quantile_disc(view_count, 0.9), max(view_count) FROM videos""",
    "top_hashtags": """
        SELECT max(n), (SELECT count(*) FROM videos), count(*)
        FROM (SELECT count(*) AS n FROM video_hashtags GROUP BY hashtag)""",
    "co_hashtags": """
        WITH top AS (
            SELECT hashtag FROM video_hashtags GROUP BY hashtag ORDER BY count(*) DESC, hashtag LIMIT 12
        ), tags AS (SELECT list_transform(hashtag_names, lambda tag: lower(tag)) AS tags FROM videos)
        SELECT max(n), count(*) FROM (
            SELECT count(*) AS n FROM top AS one, top AS other, tags
            WHERE one.hashtag < other.hashtag AND list_has_all(tags, [one.hashtag, other.hashtag])
            GROUP BY one.hashtag, other.hashtag)""",
    "top_accounts": """
        SELECT max(n), sum(n)::INT, count(*) FROM (SELECT count(*) AS n FROM videos GROUP BY username)""",
    "regions": "SELECT max(n), sum(n)::INT, count(*) FROM (SELECT count(*) AS n FROM videos GROUP BY region_code)",
    "coverage_of_list": "SELECT count_if(status = 'found'), count(*) FROM id_status",
    "comment_threads": """
        SELECT count(*), count(DISTINCT video_id), count(*) FILTER (parent_comment_id IS NULL),
               count(parent_comment_id), max(reply_count) FROM comments""",
    "comment_delay": """
        SELECT count(*), round(100.0 * count(*) FILTER (c.create_time - v.create_time < INTERVAL 1 DAY) / count(*))::INT
        FROM comments AS c JOIN videos AS v ON v.id = video_id WHERE c.create_time >= v.create_time""",
    "accounts_without_videos": """
        SELECT count(*), count(*) FILTER (username NOT IN (SELECT username FROM videos)) FROM accounts""",
}


def panel() -> dict[str, Any]:
    """Accounts in two parties, one of which posted nothing, and comments on some of their videos."""
    declared = of_authors()
    dataset = declared["datasets"]["w"]
    names = [*dataset["accounts"], "nobody.at.all"]
    dataset["accounts"] = [{"username": name, "party": f"Party {n % 3 // 2}"} for n, name in enumerate(names)]
    dataset["comments"] = {"of": "videos", "top": {"by": "comment_count", "k": 4}}
    return declared


# A list of ids, of which every third is missing.
LISTED = (
    "CREATE TABLE ids AS SELECT id::VARCHAR AS listed, id AS video_id FROM videos",
    "CREATE TABLE id_status AS SELECT id::VARCHAR AS listed, id AS video_id, "
    "CASE WHEN row_number() OVER (ORDER BY id) % 3 = 0 THEN 'missing' ELSE 'found' END AS status FROM videos",
)


@pytest.fixture(scope="module")
def datasets(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The panel, and a search for two terms, each built once."""
    paths = {}
    for name, declared in {"panel": panel(), "terms": TERMS}.items():
        folder = tmp_path_factory.mktemp(name)
        with chdir(folder):
            paths[name] = folder / build_study(declared)
    with chdir(tmp_path_factory.mktemp("ids")):
        paths["ids"] = edited(paths["panel"], *LISTED).absolute()
    return paths


def edited(dataset: Path, *statements: str) -> Path:
    """A copy of a dataset in the current folder, changed."""
    path = FOLDER.dataset("w")
    path.parent.mkdir(parents=True)
    shutil.copy(dataset, path)
    edit(path, *statements)
    return path


def html_of(dataset: Path, *statements: str) -> str:
    """The page on a changed copy of a dataset."""
    edited(dataset, *statements)
    report.make_report("w", FOLDER)
    return FOLDER.page("w").read_text("utf-8")


def by_name(dataset: Path) -> dict[str, Figure]:
    return {each.kind.name: each for each in figures(dataset).shown}


@pytest.mark.parametrize("kind", [kind.name for kind in kinds()])
def test_the_numbers_of_a_text_are_those_of_the_dataset(kind: str, datasets: dict[str, Path]) -> None:
    dataset = datasets[{"over_time_by_term": "terms", "coverage_of_list": "ids"}.get(kind, "panel")]
    figure = by_name(dataset)[kind]
    with duckdb.connect(str(dataset), read_only=True) as con:
        (numbers,) = con.execute(NUMBERS[kind]).fetchall()
    said = {int(number.replace(",", "")) for number in re.findall(r"\d[\d,]*", figure.text)}
    assert set(numbers) <= said, (numbers, figure.text)


def test_the_bars_add_up_to_the_videos_and_comments(datasets: dict[str, Path]) -> None:
    shown = by_name(datasets["panel"])
    with duckdb.connect(str(datasets["panel"]), read_only=True) as con:
        ((videos, threads, accounts),) = con.execute("""
            SELECT (SELECT count(*) FROM videos), (SELECT count(*) FROM comments WHERE parent_comment_id IS NULL),
                   (SELECT count(*) FROM accounts)""").fetchall()
    for name in ("over_time", "over_time_by_group", "views", "regions"):
        assert sum(row["videos"] for row in shown[name].rows) == videos, name
    assert sum(row["comments"] for row in shown["comment_threads"].rows) == threads
    assert sum(row["accounts"] for row in shown["accounts_without_videos"].rows) == accounts


def test_each_bin_counts_from_its_number_up_to_the_next(datasets: dict[str, Path]) -> None:
    path = edited(
        datasets["panel"], "UPDATE videos SET view_count = list_extract([0, 29, 30, 31], 1 + (rowid % 4)::INT)"
    )
    with duckdb.connect(str(path), read_only=True) as con:
        views = dict(con.execute("SELECT view_count, count(*) FROM videos GROUP BY ALL").fetchall())
    bins = {row["step"]: row["videos"] for row in by_name(path)["views"].rows}
    assert bins == {0: views[0], 1: 0, 3: 0, 10: views[29], 30: views[30] + views[31]}


def test_days_that_were_not_requested_are_not_days_without_videos(datasets: dict[str, Path]) -> None:
    path = edited(
        datasets["panel"],
        "UPDATE slices SET \"end\" = '2024-11-10' WHERE \"end\" = '2024-11-30'",
        "UPDATE slices SET \"end\" = '2024-12-05' WHERE \"end\" = '2024-12-15'",
        "DELETE FROM videos WHERE create_time::DATE NOT BETWEEN '2024-11-01' AND '2024-11-05'",
    )
    figure = by_name(path)["over_time"]
    assert {row["start"][:7] for row in figure.rows} == {"2024-11", "2024-12"}
    assert len(figure.rows) == 15
    assert "of 15 days." in figure.text


@pytest.mark.slow
def test_hashtags_and_handles_are_only_text(datasets: dict[str, Path]) -> None:
    html = html_of(
        datasets["panel"],
        f"UPDATE videos SET username = '{HOSTILE}'",
        f"UPDATE accounts SET party = '{HOSTILE}' WHERE party = 'Party 0'",
        f"UPDATE video_hashtags SET hashtag = '{HOSTILE}' || chr(8238) || chr(0) WHERE hashtag = 'fyp'",
    )
    assert "<script" not in html
    assert html.count(f"#{ESCAPED}") >= 4  # two charts, their tables and texts
    assert html.count(f"@{ESCAPED}") >= 3
    assert html.count(f">{ESCAPED}<") >= 2  # a group
    assert not {chr(8238), chr(0)} & set(html)
    tags = Page(html).tags
    assert "script" not in {tag for tag, _ in tags}
    assert not [name for _, attributes in tags for name in attributes if name.startswith("on")]


@pytest.mark.slow
def test_a_page_has_no_address_no_script_and_no_id_twice(datasets: dict[str, Path]) -> None:
    html = html_of(datasets["panel"])
    page = Page(html)
    ids = page.values("id")
    assert html.count("<svg") > 10
    assert len(ids) == len(set(ids))
    assert set(page.values("aria-labelledby")) <= set(ids)
    assert not re.search(r"url\(|@import|//[a-z]|<script|(fill|stroke)=\"#", html)
    assert "default-src 'none'" in html


@pytest.mark.parametrize("dropped", ["comments", "accounts", "video_hashtags"])
def test_a_figure_without_its_table_is_left_out(dropped: str, datasets: dict[str, Path]) -> None:
    before = by_name(datasets["panel"])
    after = by_name(edited(datasets["panel"], f"DROP TABLE {dropped}"))
    gone = {kind.name for kind in kinds() if {dropped} & set(kind.needs)}
    gone |= {"over_time_by_group", "accounts_without_videos"} if dropped == "accounts" else set()
    assert gone
    assert set(before) - set(after) == gone


def test_a_figure_with_an_empty_table_is_named(datasets: dict[str, Path]) -> None:
    html = html_of(datasets["panel"], "DELETE FROM comments")
    assert "no data for them: comment threads, comments after the video." in html


@pytest.mark.slow
def test_a_dataset_without_videos_has_a_page_without_figures() -> None:
    build_study(SHOPS)
    report.make_report("w", FOLDER)
    html = FOLDER.page("w").read_text("utf-8")
    assert "<figure>" not in html
    assert "This dataset has no videos, hashtags or comments." in html


def test_a_dataset_whose_tables_are_empty_has_a_page(datasets: dict[str, Path]) -> None:
    html = html_of(datasets["panel"], "DELETE FROM videos", "DELETE FROM comments", "DELETE FROM video_hashtags")
    assert [tag for tag, _ in Page(html).tags].count("figure") == 1  # accounts without videos


@pytest.mark.slow
def test_another_process_in_another_time_zone_writes_the_same_bytes(datasets: dict[str, Path]) -> None:
    html = html_of(datasets["panel"])
    again = (
        "from ttdata.audit.report import make_report; from ttdata.store.paths import Folder; make_report('w', Folder())"
    )
    environment = os.environ | {"TZ": "America/New_York", "LANG": "de_DE.UTF-8", "PYTHONHASHSEED": "7"}
    FOLDER.page("w").unlink()
    subprocess.run([sys.executable, "-c", again], env=environment, check=True)
    assert FOLDER.page("w").read_text("utf-8") == html


def test_without_the_extra_the_page_says_how_to_get_it(
    datasets: dict[str, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "vl_convert", None)
    html = html_of(datasets["panel"])
    assert "<figure>" not in html
    assert 'pip install "ttdata[figures]"' in html
    assert "ttdata audit --dataset w" in html
