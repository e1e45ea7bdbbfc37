"""Slices and shards: known before the first request, and named after the content of their requests."""

from dataclasses import replace
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
from ttdata.study.periods import Period
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
