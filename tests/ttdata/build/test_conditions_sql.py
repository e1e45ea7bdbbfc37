"""Conditions as SQL: they select what the mock server selects, and what a stored request contains is no SQL."""

from datetime import date
from typing import Any

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ttdata.build.conditions_sql import out_of_scope
from ttdata.plan.scope import Scope, may_overlap
from ttdata.study.periods import Period

MAY = Period(date(2026, 5, 1), date(2026, 5, 31))
VIDEO = (
    "{id: 7::BIGINT, video_id: NULL::BIGINT, create_time: 1778500000::BIGINT, username: 'Ann', region_code: 'de', "
    "hashtag_names: ['Klima', 'FYP'], video_description: 'Drinking Coffee now', voice_to_text: NULL::VARCHAR, "
    "music_id: 5::BIGINT, effect_ids: ['9'], video_duration: 15::BIGINT, view_count: 100::BIGINT, "
    "comment_count: 3::BIGINT}"
)


def condition(field: str, *values: str, operation: str = "IN") -> dict[str, Any]:
    return {"field_name": field, "operation": operation, "field_values": list(values)}


def is_inside(wanted: dict[str, Any], found: dict[str, Any] | None = None) -> bool:
    """Whether the video is in the scope of a query, if another one found it."""
    outside = out_of_scope(found or {}, MAY, [Scope(wanted, *MAY)])
    with duckdb.connect() as con:
        ((result,),) = con.execute(f"SELECT {outside or 'false'} FROM (SELECT {VIDEO} AS v)").fetchall()
    assert isinstance(result, bool)
    return not result


@pytest.mark.parametrize(
    ("matching", "other"),
    [
        (condition("username", "ann", "bob"), condition("username", "bob")),
        (condition("region_code", "DE"), condition("region_code", "AT", "CH")),
        (condition("hashtag_name", "klima"), condition("hashtag_name", "klimawandel")),
        (condition("music_id", "5"), condition("music_id", "55")),
        (condition("effect_id", "9"), condition("effect_id", "99")),
        (condition("video_id", "7"), condition("video_id", "77")),
        (condition("video_length", "MID"), condition("video_length", "SHORT", "LONG")),
        (condition("create_date", "20260511", operation="EQ"), condition("create_date", "20260512", operation="GT")),
        (condition("view_count", "99", operation="GT"), condition("view_count", "100", operation="GT")),
        (condition("comment_count", "3", operation="EQ"), condition("comment_count", "3", operation="LT")),
    ],
)
def test_each_condition_selects_by_what_the_video_has(matching: dict[str, Any], other: dict[str, Any]) -> None:
    assert is_inside({"and": [matching]})
    assert not is_inside({"and": [other]})
    assert is_inside({"or": [other, matching]})
    assert is_inside({"not": [other]})
    assert not is_inside({"not": [matching]})


def test_a_condition_that_the_request_had_is_not_checked_again() -> None:
    wanted = {"and": [condition("keyword", "tea"), condition("region_code", "DE")]}
    assert is_inside(wanted, {"and": [condition("keyword", "tea")]})
    assert is_inside({"or": [condition("keyword", "tea", "milk")]}, {"or": [condition("keyword", "tea")]})


@pytest.mark.parametrize("group", ["or", "and"])
def test_a_video_is_left_out_for_a_removed_keyword_only_if_that_is_seen_in_it(group: str) -> None:
    wanted = {group: [condition("keyword", "tea")]}
    assert not is_inside(wanted, {group: [condition("keyword", "coffee", "tea")]})
    assert is_inside(wanted, {group: [condition("keyword", "juice", "tea")]}), "TikTok may know why"
    assert is_inside({group: [condition("keyword", "tea", "now")]}, {group: [condition("keyword", "coffee", "now")]})


@pytest.mark.parametrize("group", ["or", "and"])
def test_a_video_of_a_search_without_keywords_is_never_taken_for_a_match_of_one(group: str) -> None:
    assert not is_inside({group: [condition("keyword", "coffee")]})
    assert not is_inside({group: [condition("keyword", "coffee")]}, {"and": [condition("region_code", "DE")]})


@pytest.mark.slow
@given(
    st.text(max_size=12), st.sampled_from(["keyword", "hashtag_name", "username", "music_id", "x"]), st.text(max_size=4)
)
def test_no_stored_request_is_run_as_sql(value: str, field: str, operation: str) -> None:
    found = {"or": [condition(field, value, "') OR error('x') --", operation=operation), condition("keyword", "tea")]}
    assert isinstance(is_inside({"or": [condition("keyword", "tea")]}, found), bool)
    assert isinstance(is_inside({"and": [condition("hashtag_name", value.replace("\0", ""), "it's")]}), bool)


def test_searches_of_other_accounts_regions_or_days_cannot_overlap() -> None:
    scope = [Scope({"and": [condition("username", "ann"), condition("region_code", "DE")]}, *MAY)]
    assert may_overlap({"and": [condition("username", "ann", "bob")]}, MAY, scope)
    assert not may_overlap({"and": [condition("username", "bob")]}, MAY, scope)
    assert not may_overlap({"and": [condition("region_code", "AT")]}, MAY, scope)
    assert not may_overlap({}, Period(date(2026, 6, 1), date(2026, 6, 2)), scope)
