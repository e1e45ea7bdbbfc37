"""Rehydration: the cost first, then the ids, then how much is still there and what has changed."""

import gzip
import json
import shutil
from pathlib import Path

import duckdb
import pytest

from tests.support import Outcome, ttdata
from tests.ttdata.publish.package.test_replicate import about, files_of, package_of
from ttdata.errors import Fault
from ttdata.publish.contents import INVENTED
from ttdata.publish.package.decay import decay_of
from ttdata.publish.package.rehydrate import prepare, report
from ttdata.publish.package.verify import BadPackage, verified


def rehydrate(archive: Path, folder: Path, *options: str) -> Outcome:
    return ttdata("rehydrate", archive, "--directory", folder, *options)


@pytest.mark.slow
def test_the_cost_is_shown_and_nothing_is_sent_without_permission(public: Path, tmp_path: Path) -> None:
    outcome = rehydrate(public, tmp_path / "back")
    assert outcome.status == 1
    assert "all together" in outcome.said
    assert "Nothing was sent" in outcome.said
    assert not (tmp_path / "back/raw").exists()


@pytest.mark.slow
def test_what_comes_back_unchanged_has_the_digests_of_the_package(public: Path, tmp_path: Path) -> None:
    outcome = rehydrate(public, tmp_path / "back", "--yes")
    assert outcome.status == 0, outcome.said
    stored = json.loads((tmp_path / "back/rehydration.json").read_text())
    assert stored["note"] == INVENTED
    assert stored["requested"] == stored["found"] > 0
    assert stored["measures"]["completeness"] == 1
    assert {"videos", "video_hashtags", "users", "comments"} <= set(stored["tables_that_are_the_same"])
    assert (tmp_path / "back/rehydration.txt").read_text().startswith(INVENTED)


@pytest.mark.slow
def test_a_spent_quota_ends_with_the_status_of_a_build_and_the_same_command_continues(
    public: Path, tmp_path: Path
) -> None:
    arguments = ("rehydrate", public, "--directory", tmp_path / "back", "--yes")
    assert ttdata(*arguments, TIKTOK_CLIENT_KEY="mock:quota=3").status == 75
    outcome = ttdata(*arguments)
    assert outcome.status == 0, outcome.said


@pytest.fixture
def back(study_folder: Path, public: Path, tmp_path: Path) -> Path:
    """A folder as after a rehydration, whose dataset is the original: to delete from."""
    prepare(public, tmp_path / "back")
    (tmp_path / "back/datasets").mkdir()
    shutil.copyfile(study_folder / "datasets/small.duckdb", tmp_path / "back/datasets/small.duckdb")
    return tmp_path / "back"


def test_the_decay_is_exact_by_stratum(public: Path, back: Path) -> None:
    with duckdb.connect(str(back / "datasets/small.duckdb")) as con:
        (all_videos,) = con.execute("SELECT count(*) FROM videos").fetchall()[0]
        con.execute("DELETE FROM videos WHERE month(create_time) = 1 AND id IN (SELECT id FROM videos LIMIT 17)")
        (left,) = con.execute("SELECT count(*) FROM videos").fetchall()[0]
        by_month = dict(
            con.execute("SELECT strftime(create_time, '%Y-%m'), count(*) FROM videos GROUP BY 1").fetchall()
        )
        decay = decay_of(verified(public), con)
    assert (decay.requested, decay.found) == (all_videos, left)
    assert decay.measures["completeness"] == pytest.approx(left / all_videos)
    title, _, rows = decay.tables[0]
    assert title == "Completeness by month"
    # A month by the id is that of posting, but for videos of its first minute.
    assert {row[0]: int(row[2]) for row in rows} == pytest.approx(by_month, abs=1)
    assert decay.measures["representativity by month"] < 1


def test_changed_counts_are_seen_and_tables_that_differ_are_named(public: Path, back: Path) -> None:
    with duckdb.connect(str(back / "datasets/small.duckdb")) as con:
        con.execute("UPDATE videos SET view_count = 3 * view_count")
        decay = decay_of(verified(public), con)
    assert decay.measures["changingness of views"] == pytest.approx(2)
    assert decay.measures["changingness of likes"] == pytest.approx(0)
    page = report(verified(public), back)
    states = {row.what: row.state for row in page.rows}
    assert states["the table videos"] == "note"
    assert states["the table users"] == "reproduced"


def test_a_package_of_real_data_is_not_requested_from_a_mock_server(public: Path, tmp_path: Path) -> None:
    files = files_of(public)
    real = {name: content for name, content in files.items() if not name.startswith("ids/comments")}
    real["ids/videos.csv.gz"] = gzip.compress(b"id,source,slice\n7302470379501604128,videos,x\n")
    archive = package_of(tmp_path / "p.zip", about(real, invented=False))
    with pytest.raises(BadPackage, match="never mixed"):
        prepare(archive, tmp_path / "back")


def test_a_package_without_ids_and_a_folder_of_something_else_are_refused(public: Path, tmp_path: Path) -> None:
    without = {name: content for name, content in files_of(public).items() if not name.startswith("ids/")}
    with pytest.raises(Fault, match="has no ids"):
        prepare(package_of(tmp_path / "p.zip", without), tmp_path / "back")
    (tmp_path / "other").mkdir()
    (tmp_path / "other/mine").write_text("x")
    with pytest.raises(Fault, match="is not empty"):
        prepare(public, tmp_path / "other")


def test_sources_about_hidden_accounts_are_left_out(public: Path, tmp_path: Path) -> None:
    files = files_of(public)
    files["config.yaml"] = files["config.yaml"].replace(
        b"    users:\n      of: videos",
        b"    accounts: [account0001]\n    pinned: {of: accounts}\n    users:\n      of: videos",
    )
    prepare(package_of(tmp_path / "p.zip", about(files, accounts_hidden=True)), tmp_path / "back")
    text = (tmp_path / "back/config.yaml").read_text()
    assert "pinned" not in text
    assert "users" in text
