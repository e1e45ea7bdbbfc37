"""Slices and shards: known before the first request, and named after the content of their requests."""

from dataclasses import fields, replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from tests.support import PROJECT, small_study
from ttapi import ENDPOINTS
from ttapi.fields import Field
from ttdata.errors import NotCollected
from ttdata.plan import model
from ttdata.plan.model import Shard
from ttdata.plan.plan import Plan
from ttdata.program import program
from ttdata.study.periods import Period
from ttdata.study.schedule import Waves
from ttdata.study.study import Study

DAYS = st.dates(date(2018, 1, 1), date(2030, 12, 31))
LENGTHS = st.integers(0, 800)


def plan_of(study: dict[str, Any]) -> Plan:
    return Plan.of(Study.check(study, today=date(2026, 11, 1)))


def small_study_with(key: str, value: object) -> dict[str, Any]:
    study = small_study()
    study["datasets"]["small"]["videos"][key] = value
    return study


@given(DAYS, LENGTHS, st.integers(1, 30))
def test_windows_cover_each_day_of_the_period_once(start: date, length: int, days: int) -> None:
    end = start + timedelta(length)
    covered = [a + timedelta(n) for a, b in Period(start, end).windows(days) for n in range((b - a).days + 1)]
    assert covered == [start + timedelta(n) for n in range(length + 1)]


@given(DAYS, LENGTHS, st.integers(1, 100), st.integers(1, 30))
def test_a_later_end_changes_at_most_the_last_window(start: date, length: int, more: int, days: int) -> None:
    short = list(Period(start, start + timedelta(length)).windows(days))
    long = list(Period(start, start + timedelta(length + more)).windows(days))
    assert long[: len(short) - 1] == short[:-1]


def test_the_same_study_has_the_same_plan_which_is_read_as_it_was_written(tmp_path: Path) -> None:
    plan = plan_of(small_study())
    plan.write(tmp_path / "plan.json")
    stored = Plan.read(tmp_path / "plan.json")
    assert stored.digest == plan.digest == plan_of(small_study()).digest
    assert stored.slices == plan.slices
    assert stored.datasets == plan.datasets


@pytest.mark.parametrize("content", ["{}", "[", '{"slices": [], "datasets": [], "more": 1}'])
def test_a_plan_of_another_version_is_refused_with_a_sentence(tmp_path: Path, content: str) -> None:
    (tmp_path / "plan.json").write_text(content)
    with pytest.raises(NotCollected, match=r"was not written by this version of ttdata\. Delete it and build again"):
        Plan.read(tmp_path / "plan.json")


def test_a_slice_keeps_its_name_if_other_parts_of_the_study_change() -> None:
    before = {each.name for each in plan_of(small_study()).slices}
    later_end = {each.name for each in plan_of(small_study_with("during", ["2025-01-01", "2025-04-01"])).slices}
    assert len(before & later_end) == 1
    assert {each.name for each in plan_of(small_study(study="renamed", quota={"daily": 5})).slices} == before


def test_the_order_of_conditions_and_values_does_not_matter() -> None:
    where = {"any": [{"hashtag_name": ["fyp"]}], "all": [{"region_code": ["DE", "US", "GB"]}]}
    assert {each.name for each in plan_of(small_study_with("where", where)).slices} == {
        each.name for each in plan_of(small_study()).slices
    }


def test_another_term_is_another_slice() -> None:
    where = {"all": [{"region_code": ["DE", "US", "GB"]}], "any": [{"hashtag_name": ["fyp", "wahl"]}]}
    assert not {each.name for each in plan_of(small_study_with("where", where)).slices} & {
        each.name for each in plan_of(small_study()).slices
    }


@pytest.mark.parametrize(
    ("during", "days"),
    [
        (["2024-06-01", "2024-06-30"], []),
        (["2024-06-30", "2024-07-01"], ["2024-07-01"]),
        (["2024-07-01", "2024-08-01"], []),
        (["2024-01-01", "2026-05-01"], ["2024-07-01", "2026-02-26"]),
    ],
)
def test_a_change_of_the_api_within_the_period_is_reported(during: list[str], days: list[str]) -> None:
    sentences = [str(epoch) for epoch in plan_of(small_study_with("during", during)).epochs("small")]
    assert [day for day in days if any(f"from before and after {day}" in each for each in sentences)] == days
    assert len(sentences) == len(days)


@given(st.text(min_size=1))
def test_every_id_belongs_to_exactly_one_shard(item: str) -> None:
    assert sum(Shard(f"{part}of4", "", "").holds(item) for part in range(1, 5)) == 1


def test_the_names_of_the_default_study_stay() -> None:
    """What they name is paid for. A field that TikTok documents later does not change them, nor does `max`."""
    study = yaml.safe_load((PROJECT / "config.yaml").read_text())
    plan = plan_of(study)
    names = {source.source: source.store for source in plan.datasets[0].sources}
    assert [each.name for each in plan.slices] == ["38f77964dd1d7001", "0a783e7bed8219ab", "25ade5ce6947cc5c"]
    assert names == {"comments": "0b6f59831ab61ed9", "users": "426893b324eaa594"}


def test_a_new_documented_field_is_requested_and_changes_no_name(monkeypatch: pytest.MonkeyPatch) -> None:
    before = plan_of(small_study())
    video = ENDPOINTS["video.query"]
    monkeypatch.setattr(model, "_VIDEOS", replace(video, codebook=(*video.codebook, Field("new", "string", "…"))))
    after = plan_of(small_study())
    assert [each.name for each in after.slices] == [each.name for each in before.slices]
    assert all(each.fields[-1] == "new" for each in after.slices)


def test_a_list_of_fields_that_is_declared_is_part_of_the_name() -> None:
    named = small_study_with("fields", ["id", "view_count", "username"])
    assert {each.name for each in plan_of(named).slices}.isdisjoint(each.name for each in plan_of(small_study()).slices)


RICH: dict[str, Any] = {
    "limits": {"requests": 5000, "deadline": "30d"},
    "quota": {"daily": 900, "use": 0.5},
    "canary": {"where": {"all": [{"region_code": "US"}]}, "during": ["2025-01-01", "2025-01-10"], "at_least": 2},
    "settle": {"index": "3d", "counts": "12d"},
    "waive": [{"slice": "videos/0123", "reason": "gone"}, {"slice": "b-1of4", "reason": "too large"}],
    "datasets": {
        "drawn": {
            "videos": {
                "where": {"all": [{"region_code": ["US", "GB"]}]},
                "during": ["2025-01-01", "2025-02-15"],
                "random": {"by": "month", "draws": 2},
            }
        },
        "panel": {
            "accounts": ["a", "b"],
            "videos": {
                "of": "accounts",
                "during": ["2025-01-01", "2025-01-20"],
                "waves": {"every": "7d", "times": 3, "from": "2026-06-01"},
                "fields": ["id", "create_time", "username", "comment_count"],
            },
            "users": {"of": "accounts", "waves": {"every": "7d", "times": 2}},
            "comments": {"of": "videos", "where": "comment_count > 3", "top": {"by": "comment_count", "k": 3}},
            "followers": {"of": "users", "max": 100, "sample": {"k": 2, "seed": 1}},
        },
        "open": {
            "videos": {
                "where": {"all": [{"region_code": ["US"]}], "any": [{"hashtag_name": ["fyp"]}]},
                "during": ["2026-10-01", "open"],
                "about": 1000,
            }
        },
        "listed": {
            "ids": ["7302470379501604128", "5"],
            "videos": {"of": "ids", "during": ["2025-01-01", "2025-01-20"]},
        },
    },
}


def test_a_plan_of_everything_is_read_as_it_was_written(tmp_path: Path) -> None:
    plan = plan_of(small_study(**RICH))
    plan.write(tmp_path / "plan.json")
    stored = Plan.read(tmp_path / "plan.json")
    assert stored == plan
    assert (stored.digest, stored.fingerprint) == (plan.digest, plan.fingerprint)
    assert (tmp_path / "plan.json").read_text().count("\n") == len(fields(plan)) + 1


def test_what_a_dataset_declares_decides_its_sources_and_tables() -> None:
    drawn, panel, running, listed = plan_of(small_study(**RICH)).datasets
    assert panel.source_names == ("videos", "comments", "users", "followers")
    assert panel.tables == ("videos", "video_hashtags", "comments", "users", "followers")
    assert drawn.tables == ("videos", "video_hashtags", "draws", "strata")
    assert running.tables == ("videos", "video_hashtags", "terms")
    assert listed.tables == ("videos", "video_hashtags", "id_status")
    assert (listed.has_ids, panel.has_ids) == (True, False)
    assert panel.handles == ["a", "b"]
    assert panel.in_scope("users", ["b", "c"]) == ["b"]
    assert panel.in_scope("followers", ["b", "c"]) == ["b", "c"]
    assert (panel.waves_of("videos"), panel.waves_of("users"), panel.waves_of("comments")) == (
        Waves(7, 3, date(2026, 6, 1)),
        Waves(7, 2, None),
        None,
    )
    assert running.coming
    assert all(each.end >= date(2026, 11, 1) for each in running.coming)


def test_the_days_of_a_slice_are_those_that_its_dataset_needs() -> None:
    plan = plan_of(small_study())
    first, (dataset,) = plan.slices[0], plan.datasets
    assert dataset.days_of(first) == first.period
    longer = replace(first, start=date(2024, 12, 1), end=date(2025, 3, 1))
    assert dataset.days_of(longer) == Period(date(2025, 1, 1), date(2025, 2, 15))
    elsewhere = replace(first, start=date(2024, 1, 1), end=date(2024, 1, 3))
    assert dataset.days_of(elsewhere) == elsewhere.period
    touching = replace(first, start=date(2025, 2, 15), end=date(2025, 2, 16))
    assert dataset.days_of(touching) == Period(date(2025, 2, 15), date(2025, 2, 15))


def test_a_plan_knows_where_the_receipts_of_each_source_belong() -> None:
    plan = plan_of(small_study(**RICH))
    raw = plan.raw
    panel = plan.dataset("panel")
    videos = [raw.receipt("videos", name) for name in panel.slices]
    users = [raw.receipt("users", f"panel-{number}of4") for number in range(1, 5)]
    assert plan.receipts("panel", "videos") == videos
    assert plan.receipts("panel", "users") == users
    assert plan.receipts("panel", "accounts") == []
    assert plan.all_receipts("panel") == [
        *videos,
        *plan.receipts("panel", "comments"),
        *users,
        *plan.receipts("panel", "followers"),
    ]
    assert plan.id_files("panel") == [plan.folder.ids("panel", each) for each in ("comments", "users", "followers")]
    hinted = [each for each in plan.dataset("listed").slices if not plan.slice(each).missing]
    assert plan.receipts_before_missing("listed") == [raw.receipt("videos", each) for each in hinted]
    assert len(hinted) < len(plan.dataset("listed").slices)
    assert plan.owner(hinted[0]) == "listed"


def test_the_draws_of_a_stratum_are_sent_in_their_order() -> None:
    plan = plan_of(small_study(**RICH))
    draws = plan.dataset("drawn").draws
    assert sorted((draw.stratum, draw.number) for draw in draws.values()) == [
        (stratum, number) for stratum in sorted({each.stratum for each in draws.values()}) for number in (1, 2)
    ]
    for name, draw in draws.items():
        before = [
            plan.raw.receipt("videos", other)
            for other, each in draws.items()
            if (each.stratum, each.number) == (draw.stratum, 1) and draw.number == 2
        ]
        assert plan.receipts_before_draw(name) == before
    assert plan.receipts_before_draw(plan.dataset("panel").slices[0]) == []


@pytest.mark.parametrize(
    ("source", "name", "reason"),
    [
        ("videos", "0123", "gone"),
        ("videos", "0123.2", "gone"),
        ("users", "0123", None),
        ("videos", "0124", None),
        ("users", "b-1of4", "too large"),
        ("followers", "b-1of4", "too large"),
    ],
)
def test_a_waiver_is_for_a_part_of_one_source_or_of_any(source: str, name: str, reason: str | None) -> None:
    assert plan_of(small_study(**RICH)).waiver(source, name) == reason


def test_the_kinds_of_searches_are_told_apart_by_what_they_request() -> None:
    plan = plan_of(small_study(**RICH))
    kinds = {
        each.name: [
            [slice_.is_exhaustive, slice_.is_drawn, slice_.missing, slice_.number_of_ids]
            for slice_ in map(plan.slice, each.slices)
        ]
        for each in plan.datasets
    }
    assert kinds["drawn"] == [[False, True, False, 0]] * 4
    assert kinds["panel"] == [[True, False, False, 0]]
    assert kinds["listed"] == [[False, False, False, 1], [False, False, True, 0]]


def test_a_plan_that_is_missing_says_how_to_make_one(tmp_path: Path) -> None:
    path = tmp_path / "plan.json"
    with pytest.raises(NotCollected) as error:
        Plan.read(path)
    assert str(error.value) == (
        f"{path} does not exist. Build the study first ({program()} build STUDY), or only plan it: "
        f"{program()} plan STUDY --out {path}"
    )
    path.write_text("{}")
    with pytest.raises(NotCollected) as error:
        Plan.read(path)
    assert str(error.value) == (
        f"{path} was not written by this version of ttdata. Delete it and build again; nothing is requested twice."
    )


def test_the_labels_of_a_study_change_its_digest_and_not_what_it_requests() -> None:
    plan = plan_of(small_study())
    labelled = replace(plan, datasets=(replace(plan.datasets[0], labels=("topics",)),))
    assert labelled.fingerprint == plan.fingerprint
    other = replace(plan, slices=plan.slices[:1])
    assert other.fingerprint != plan.fingerprint
    assert other.digest != plan.digest


def test_a_shard_holds_the_items_that_belong_to_it_in_every_round() -> None:
    source = plan_of(small_study()).datasets[0].source("users")
    for item in ("a", "b", "7302470379501604128"):
        shard = source.shard_of(item)
        assert [each for each in source.shards if each.holds(item)] == [shard]
        assert replace(shard, number=f"{shard.number}.2").holds(item)
        assert source.shard(shard.number) == shard
