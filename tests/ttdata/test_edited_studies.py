"""Studies that are edited after they were collected: what is stored is not requested again, and the dataset is that of
a fresh collection."""

import shutil
from collections.abc import Sequence
from contextlib import suppress
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import duckdb
import pytest

from tests.ttdata.with_mock import build_small, fresh, mock, plan_of
from ttapi import QuotaExhausted
from ttdata.build.dataset import build
from ttdata.build.digest import digest_of
from ttdata.build.restored import restored
from ttdata.plan.counting import costs
from ttdata.plan.reuse import with_stored_windows

WHERE = {"all": [{"region_code": ["US", "GB", "DE"]}], "any": [{"hashtag_name": ["fyp"]}]}
VIDEOS = {"where": WHERE, "during": ["2025-01-01", "2025-01-12"]}
KEY = "mock:videos=1e6"
TOP = {"by": "view_count", "k": 60}


def with_max(most: int | None, **sources: Any) -> dict[str, Any]:
    """A dataset with the followers of some accounts, `most` of each."""
    followers = {"of": "users"} | ({"max": most} if most else {})
    return {"videos": VIDEOS, "users": {"of": "videos", "top": TOP}, "followers": followers, **sources}


@pytest.mark.slow
def test_a_smaller_max_costs_nothing(tmp_path: Path) -> None:
    with mock(KEY) as collector:
        collector.everything(plan_of(with_max(900)))
        for most in (300, 1):
            plan = plan_of(with_max(most))
            assert collector.everything(plan) == 0
            assert digest_of(build_small(plan)) == fresh(with_max(most), tmp_path / f"{most}", KEY)[1]


@pytest.mark.slow
@pytest.mark.parametrize("most", [900, None])
def test_a_larger_max_costs_only_the_further_pages(tmp_path: Path, most: int | None) -> None:
    with mock(KEY) as collector:
        first = collector.everything(plan_of(with_max(100)))
        plan = plan_of(with_max(most))
        further = collector.everything(plan)
        assert further > 5
        assert (first + further, digest_of(build_small(plan))) == fresh(with_max(most), tmp_path / "fresh", KEY)


# What is requested of a period of 75 days: whole windows, two that are cut, more days before and after.
PERIODS = {
    "ends earlier": ["2024-10-01", "2024-11-20"],
    "starts later": ["2024-10-12", "2024-12-14"],
    "within one window": ["2024-10-05", "2024-10-09"],
    "starts earlier": ["2024-09-20", "2024-12-14"],
    "grows": ["2024-10-01", "2024-12-31"],
    "moves": ["2024-11-15", "2025-01-10"],
    "is elsewhere": ["2025-03-01", "2025-03-20"],
}
FIRST = ["2024-10-01", "2024-12-14"]


def searches(during: list[str], **changes: Any) -> dict[str, Any]:
    videos = {"where": {"all": [{"region_code": ["US", "GB"]}]}, "during": during} | changes
    return {"videos": videos, "users": {"of": "videos", "top": {"by": "view_count", "k": 3}}}


def collected_again(first: dict[str, Any], then: dict[str, Any], folder: Path) -> list[tuple[str, str]]:
    """The periods that the second study requests in the folder of the first; both studies give their own datasets."""
    with mock() as collector:
        collector.everything(plan_of(first))
        plan = with_stored_windows(plan_of(then))
        new = [each for each in plan.slices if not plan.raw.pages("videos", each.name).exists()]
        collector.everything(plan)
        assert with_stored_windows(plan_of(then)) == plan, "a plan stays as it is"
        assert digest_of(build_small(plan)) == fresh(then, folder)[1]
    return [(f"{each.start}", f"{each.end}") for each in new]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("edit", "requested"),
    [
        ("ends earlier", []),
        ("starts later", []),
        ("within one window", []),
        ("starts earlier", [("2024-09-20", "2024-09-30")]),
        ("grows", [("2024-12-15", "2024-12-31")]),
        ("moves", [("2024-12-15", "2025-01-10")]),
        ("is elsewhere", [("2025-03-01", "2025-03-20")]),
    ],
)
def test_only_the_days_that_a_changed_period_adds_are_requested(
    tmp_path: Path, edit: str, requested: list[tuple[str, str]]
) -> None:
    assert collected_again(searches(FIRST), searches(PERIODS[edit]), tmp_path / "fresh") == requested


def test_a_shorter_list_of_fields_requests_nothing(tmp_path: Path) -> None:
    short = searches(FIRST, fields=["id", "create_time", "username", "view_count"])
    assert collected_again(searches(FIRST), short, tmp_path / "fresh") == []


@pytest.mark.slow
def test_a_longer_list_of_fields_is_a_new_request(tmp_path: Path) -> None:
    days = ["2024-10-01", "2024-10-10"]
    short = searches(days, fields=["id", "create_time", "username", "view_count"])
    assert collected_again(short, searches(days), tmp_path / "fresh") == [tuple(days)]


@pytest.mark.slow
def test_without_the_time_of_posting_no_window_is_cut(tmp_path: Path) -> None:
    fields = ["id", "username", "view_count"]
    part = ["2024-10-01", "2024-10-07"]
    edited = searches(part, fields=fields)
    assert collected_again(searches(FIRST, fields=fields), edited, tmp_path / "fresh") == [tuple(part)]


@pytest.mark.slow
def test_a_search_that_was_stopped_goes_on_in_a_longer_period(tmp_path: Path) -> None:
    with mock("mock:quota=2") as collector, suppress(QuotaExhausted):
        collector.videos(plan_of(searches(FIRST)))
    then = searches(PERIODS["grows"])
    with mock() as collector:
        plan = with_stored_windows(plan_of(then))
        assert plan.slices[0].end == date(2024, 10, 30)
        collector.everything(plan)
        assert digest_of(build_small(plan)) == fresh(then, tmp_path / "fresh")[1]


def test_another_query_uses_no_stored_window() -> None:
    with mock() as collector:
        collector.videos(plan_of(searches(FIRST)))
        other = plan_of(searches(FIRST, where={"all": [{"region_code": ["FR"]}]}))
        assert with_stored_windows(other) == other


def terms(*any_of: Any, regions: Sequence[str] = ("US", "GB"), none: Sequence[str] = ()) -> dict[str, Any]:
    where: dict[str, Any] = {"all": [{"region_code": list(regions)}], "any": list(any_of)}
    if none:
        where["none"] = [{"hashtag_name": list(none)}]
    return searches(["2024-10-01", "2024-10-20"], where=where)


# A word that the mock has in hashtags only, as a whole: it is in a record exactly if a search by it finds the record.
FYP, PARATI = {"hashtag_name": ["fyp", "viral"]}, {"keyword": "parati"}
# First a study, then an edit of it, and how many new searches the edit takes.
EDITS = {
    "a term is removed": (terms(FYP, PARATI), terms(PARATI), 0),
    "a value is removed": (terms(FYP), terms({"hashtag_name": "viral"}), 0),
    "a term is added": (terms(FYP), terms(FYP, PARATI), 1),
    "a term is replaced": (terms(FYP), terms({"hashtag_name": ["viral", "foryou"]}), 1),
    "a region is removed": (terms(FYP), terms(FYP, regions=["GB"]), 0),
    "a region is added": (terms(FYP), terms(FYP, regions=["US", "GB", "DE"]), 1),
    "a region is replaced": (terms(FYP), terms(FYP, regions=["GB", "FR"]), 1),
}


@pytest.mark.slow
@pytest.mark.parametrize("edit", EDITS)
def test_an_edit_requests_only_the_terms_and_regions_that_are_new(tmp_path: Path, edit: str) -> None:
    first, then, new = EDITS[edit]
    assert len(collected_again(first, then, tmp_path / "fresh")) == new


@pytest.mark.slow
@pytest.mark.parametrize(
    ("edit", "field"), [("a region is removed", "region_code"), ("a value is removed", "hashtag_names")]
)
def test_a_search_for_more_serves_only_if_its_videos_show_what_they_match(
    tmp_path: Path, edit: str, field: str
) -> None:
    first, then, _ = EDITS[edit]
    fields = ["id", "create_time", "username", "view_count"]
    for requested, new in ((fields, 1), ([*fields, field], 0)):
        folder = tmp_path / f"{new}"
        folder.mkdir()
        with pytest.MonkeyPatch.context() as patch:
            patch.chdir(folder)
            edited = [{**each, "videos": {**each["videos"], "fields": requested}} for each in (first, then)]
            assert len(collected_again(*edited, folder / "fresh")) == new


@pytest.mark.slow
def test_a_corrected_handle_moves_no_other_account(tmp_path: Path) -> None:
    names = authors()
    assert len(names) > 101
    wrong = [*names[:20], "a.wrong.handle", *names[21:]]
    assert len(collected_again(panel(wrong), panel(names), tmp_path / "corrected")) == 1
    with mock() as collector:
        plan = with_stored_windows(plan_of(panel(names[1:])))
        assert collector.everything(plan) == 0
        assert digest_of(build_small(plan)) == fresh(panel(names[1:]), tmp_path / "removed")[1]


def panel(names: list[str]) -> dict[str, Any]:
    return {"accounts": names, "videos": {"of": "accounts", "during": ["2024-10-01", "2024-10-20"]}}


def authors() -> list[str]:
    """Accounts that posted in these days, in the mock's default world."""
    with mock() as collector:
        collector.videos(plan_of({"videos": searches(["2024-10-01", "2024-10-20"])["videos"]}))
        build(plan_of({"videos": searches(["2024-10-01", "2024-10-20"])["videos"]}), "small", Path("authors.duckdb"))
    with duckdb.connect("authors.duckdb", read_only=True) as con:
        names = [
            name for (name,) in con.execute("SELECT DISTINCT username FROM videos ORDER BY 1 LIMIT 110").fetchall()
        ]
    shutil.rmtree("raw")
    return names


@pytest.mark.slow
def test_pages_count_as_paid_where_receipts_and_lists_are_missing() -> None:
    dataset = with_max(200, comments={"of": "videos", "sample": {"k": 3, "seed": 1}})
    with mock(KEY) as collector:
        sent = collector.everything(plan_of(dataset))
    shutil.rmtree("ids")
    assert left_of(dataset) == (sent, 0)
    for path in Path("raw").rglob("*.receipt.json"):
        path.unlink()
    assert left_of(dataset) == (sent, 0)
    assert not Path("ids").exists(), "a plan changes nothing"


def test_pages_of_a_source_that_is_not_complete_count_as_paid() -> None:
    dataset = with_max(200)
    with mock(f"{KEY},quota=4") as collector, suppress(QuotaExhausted):
        collector.everything(plan_of(dataset))
    shutil.rmtree("ids", ignore_errors=True)
    sent, left = left_of(dataset)
    assert sent == collector.sent
    assert left > 0


def left_of(dataset: dict[str, Any]) -> tuple[int, int]:
    """Requests that were sent according to the plan, and those that it expects."""
    with restored(plan_of(dataset), lambda: datetime(2026, 6, 1, 12, tzinfo=UTC)) as plan:
        cost = costs(plan)
    return cost.done, cost.total.expected - cost.done
