"""The query language, checked against a second implementation that uses the records as a client gets them."""

import re
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mockserver.search.columns import QUERY_COLUMNS
from mockserver.search.query import CONDITION_FIELDS, OPERATIONS, Moment, contains, read_query
from mockserver.search.records import video_records
from mockserver.world.times import EPOCH
from mockserver.world.world import world
from tests.mockserver.conftest import VIDEO, Api, where

WORLD = world(1, 20_000)
INDEX = range(14_000, 14_400)
FIELDS = (
    *("id", "create_time", "username", "region_code", "video_description", "view_count", "comment_count"),
    *("hashtag_names", "music_id", "effect_ids", "video_duration"),
)
RECORDS = video_records(WORLD.videos(INDEX), EPOCH, FIELDS, QUERY_COLUMNS)
MENTIONED = [
    word
    for record in RECORDS
    for word in re.findall(r"\w+", " ".join(re.findall(r"@(\S+)", record["video_description"])))
]
NUMBERS = {"create_date": "create_time", "view_count": "view_count", "comment_count": "comment_count"}
LENGTHS = {"SHORT": (0, 15), "MID": (15, 61), "LONG": (61, 301), "EXTRA_LONG": (301, 10**9)}


def expected(condition: dict[str, Any], record: dict[str, Any]) -> bool:
    """Whether one record fulfils one condition, in the simplest way."""
    field, operation, values = (condition[part] for part in ("field_name", "operation", "field_values"))
    if field in NUMBERS:
        return any(compare(operation, number(field, record), int(value)) for value in values)
    return any(matches(field, record, value) for value in values)


def expected_hit(query: dict[str, Any], record: dict[str, Any]) -> bool:
    """Whether one record matches a whole query."""
    return (
        all(expected(each, record) for each in query["and"])
        and (not query["or"] or any(expected(each, record) for each in query["or"]))
        and not any(expected(each, record) for each in query["not"])
    )


def number(field: str, record: dict[str, Any]) -> int:
    if field != "create_date":
        return int(record[field])
    return int(f"{datetime.fromtimestamp(record['create_time'], UTC):%Y%m%d}")


def compare(operation: str, left: int, right: int) -> bool:
    return {
        "EQ": left == right,
        "IN": left == right,
        "GT": left > right,
        "GTE": left >= right,
        "LT": left < right,
        "LTE": left <= right,
    }[operation]


def matches(field: str, record: dict[str, Any], value: str) -> bool:
    if field == "hashtag_name":
        return value.casefold() in [tag.casefold() for tag in record["hashtag_names"]]
    if field == "keyword":
        text = " ".join(re.findall(r"\w+", record["video_description"].casefold()))
        return f" {value} " in f" {text} "
    if field == "video_length":
        low, high = LENGTHS[value]
        return low <= record["video_duration"] < high
    if field == "effect_id":
        return value in record.get("effect_ids", [])
    name = {"video_id": "id"}.get(field, field)
    return str(record[name]).casefold() == value.casefold()


VALUES = {
    "create_date": st.sampled_from(["20240101", "20250101", "20250115", "20250201", "20260101"]),
    "username": st.sampled_from([record["username"] for record in RECORDS[:30]] + ["nobody"]),
    "region_code": st.sampled_from(["US", "DE", "FR", "CA", "JP"]),
    "video_id": st.sampled_from([str(record["id"]) for record in RECORDS[:30]] + ["5"]),
    "hashtag_name": st.sampled_from(
        ["fyp", "FYP", "klima", "capcut", "🔥", *[tag for record in RECORDS[:20] for tag in record["hashtag_names"]]]
    ),
    "keyword": st.sampled_from(
        ["klima", "in", "climate change", "mein leben", "leben ein", "klimawandel wartet", "nothing", "the", *MENTIONED]
    ),
    "music_id": st.sampled_from([str(record["music_id"]) for record in RECORDS[:30]]),
    "effect_id": st.sampled_from(["101000", "101037", "9"]),
    "video_length": st.sampled_from(list(LENGTHS)),
    "view_count": st.sampled_from(["0", "1", "244", "5000", "-3"]),
    "comment_count": st.sampled_from(["0", "1", "12"]),
}


@st.composite
def conditions(draw: st.DrawFn) -> dict[str, Any]:
    field = draw(st.sampled_from(CONDITION_FIELDS))
    operation = draw(st.sampled_from(OPERATIONS if field in NUMBERS else ("EQ", "IN")))
    values = draw(st.lists(VALUES[field], min_size=1, max_size=4 if operation == "IN" else 1))
    return where(field, operation, *values)


groups = st.fixed_dictionaries({name: st.lists(conditions(), max_size=3) for name in ("and", "or", "not")})


@pytest.mark.slow
@settings(max_examples=150, deadline=None)
@given(groups.filter(lambda query: any(query.values())))
def test_every_query_finds_what_a_check_of_each_record_finds(query: dict[str, Any]) -> None:
    found = set(read_query(query).compiled(WORLD)(WORLD.videos(INDEX), Moment(WORLD, EPOCH)).index.tolist())
    for number, record in zip(INDEX, RECORDS, strict=True):
        assert (number in found) == expected_hit(query, record), record


@pytest.mark.parametrize("field", CONDITION_FIELDS)
@pytest.mark.parametrize("operation", OPERATIONS)
def test_names_support_eq_and_in_and_dates_and_counts_all_six(api: Api, field: str, operation: str) -> None:
    value = {"video_length": "SHORT", "region_code": "DE", "create_date": "20260301"}.get(field, "1")
    answer = api.post("video/query", api.search(where(field, operation, value)), VIDEO)
    assert (answer.status_code == 200) == (field in NUMBERS or operation in ("EQ", "IN"))


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ({}, "at least one condition"),
        ({"and": [], "or": [], "not": []}, "at least one condition"),
        ([], "must be an object"),
        ({"nand": []}, "nand"),
        ({"and": {"field_name": "keyword"}}, "lists"),
        ({"and": [{"field_name": "keyword", "operation": "EQ"}]}, "field_values"),
        ({"and": [where("likes", "EQ", "1")]}, "likes"),
        ({"and": [where("keyword", "LIKE", "x")]}, "LIKE"),
        ({"and": [where("keyword", "EQ", "a", "b")]}, "`operation` EQ must have one field value"),
        ({"and": [where("keyword", "IN")]}, "at least one value"),
        ({"and": [where("region_code", "IN", "DE", "XX")]}, "XX"),
        ({"and": [where("video_length", "EQ", "HUGE")]}, "HUGE"),
        ({"and": [where("view_count", "GT", "many")]}, "many"),
        ({"and": [where("video_id", "EQ", "--5")]}, "--5"),
        ({"and": [where("create_date", "GT", "2026")]}, "YYYYMMDD"),
    ],
)
def test_a_wrong_query_is_refused_with_the_mistake(api: Api, query: Any, words: str) -> None:
    error = api.refused("video/query", api.search() | {"query": query}, VIDEO)
    assert (error["status"], error["code"]) == (400, "invalid_params")
    assert words in error["message"]


@pytest.mark.parametrize(
    ("description", "keyword", "is_contained"),
    [
        ("Der Klimawandel wartet nicht #klima", "klima", True),
        ("Der Klimawandel wartet nicht", "klima", False),
        ("CLIMATE  change!", "climate change", True),
        ("change of climate", "climate change", False),
        ("今日のお弁当 #料理", "お弁当", True),
        ("so hot 🔥", "🔥", True),
        ("so hot", "🔥", False),
    ],
)
def test_a_keyword_matches_words_in_a_row_or_text_in_scripts_without_blanks(
    description: str, keyword: str, is_contained: bool
) -> None:
    assert contains(description, keyword) is is_contained


def test_a_leading_hash_or_at_sign_is_ignored(api: Api) -> None:
    plain, signed = (
        api.data("video/query", api.search(where("hashtag_name", "EQ", name)), VIDEO)["videos"]
        for name in ("fyp", "#fyp")
    )
    assert plain == signed != []
    username = api.sample["username"]
    assert api.data("video/query", api.search(where("username", "EQ", "@" + username)), VIDEO)["videos"]
