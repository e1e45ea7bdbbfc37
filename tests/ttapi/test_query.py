"""A query is checked and explained before it costs a request."""

import subprocess
import sys
from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ttapi import Condition, Query, api_date, narrower, parse_date, window_problems, windows
from ttapi.conditions import OPERATIONS, REGIONS
from ttapi.days import MAX_DAYS_APART

GOOD = {
    "create_date": "20250101",
    "username": "wald.und.wiese",
    "region_code": "DE",
    "video_id": "7456123456789012345",
    "hashtag_name": "klima",
    "keyword": "climate change",
    "music_id": "7111111111111111111",
    "effect_id": "0",
    "video_length": "SHORT",
    "view_count": "1000",
    "comment_count": "5",
}
ALL = ["EQ", "IN", "GT", "GTE", "LT", "LTE"]
ORDERED = {"create_date", "view_count", "comment_count"}
CONDITION = {"field_name": "keyword", "operation": "EQ", "field_values": ["x"]}
DAYS = st.dates(date(2018, 1, 1), date(2026, 12, 31))


@pytest.mark.parametrize("field", list(GOOD))
@pytest.mark.parametrize("operation", ALL)
def test_each_field_takes_its_operations(field, operation):
    allowed = operation in ("EQ", "IN") or field in ORDERED
    problems = Condition(field, operation, GOOD[field]).problems()
    assert (problems == []) is allowed
    assert allowed or "does not take the operation" in problems[0]


def test_the_matrix_covers_every_documented_field():
    assert set(GOOD) == set(OPERATIONS)


@pytest.mark.parametrize(
    ("field", "operation", "values", "reason"),
    [
        ("hashtag_name", "EQ", ["a", "b"], "needs exactly one value, not 2; use IN for several"),
        ("view_count", "GT", ["1", "2"], "needs exactly one value, not 2."),
        ("keyword", "IN", [], "at least one value"),
        ("keyword", "EQ", "", "empty value"),
        ("keyword", "EQ", "  ", "empty value"),
        ("hashtag_name", "EQ", "#", "empty value"),
        (
            "region_code",
            "IN",
            ["DE", "XX"],
            'must be one of the 245 region codes of the API, such as DE, US or BR, not "XX".',
        ),
        ("region_code", "EQ", "KP", "must be one of"),
        ("video_length", "EQ", "TINY", 'must be SHORT, MID, LONG or EXTRA_LONG, not "TINY".'),
        ("create_date", "GT", "20250230", "must be a date of the form YYYYMMDD"),
        ("create_date", "GT", "yesterday", "must be a date"),
        ("view_count", "GT", "many", "whole number"),
        ("view_count", "GT", "-1", "whole number"),
        ("video_id", "EQ", "٣", "whole number"),
        ("hashtag", "EQ", "x", '"hashtag" is not a search field'),
        ("keyword", "LIKE", "x", "does not take the operation"),
        ("keyword", "eq", "x", "does not take the operation"),
    ],
)
def test_a_wrong_condition_is_refused_with_the_reason(field, operation, values, reason):
    (problem,) = Query(all=[Condition(field, operation, values)]).problems()
    assert reason in problem


def test_an_empty_query_is_refused():
    assert "empty" in Query().problems()[0]
    assert Query().to_body() == {}


def test_values_are_converted_to_the_form_of_the_api():
    assert Condition("hashtag_name", "IN", ["#Klima", " fyp "]).values == ("Klima", "fyp")
    assert Condition("username", "EQ", "@wald").values == ("wald",)
    assert Condition("region_code", "EQ", "de").values == ("DE",)
    assert Condition("create_date", "GT", date(2025, 1, 2)).values == ("20250102",)
    assert Condition("create_date", "GT", "2025-01-02").values == ("20250102",)
    assert Condition("view_count", "GTE", 1000).values == ("1000",)
    assert Condition("video_id", "IN", (n for n in [2**60])).values == ("1152921504606846976",)


def test_empty_groups_are_left_out_of_the_body():
    body = Query(all=[Condition("keyword", "EQ", "x")], none=[]).to_body()
    assert body == {"and": [{"operation": "EQ", "field_name": "keyword", "field_values": ["x"]}]}


NO_VALUES = "keyword has values that are neither text, whole numbers nor dates"


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ({"all": []}, '"all" is not a group of a query. Available: and, or, not.'),
        ({"and": {}}, 'The group "and" of a query must be a list of conditions.'),
        ({"or": ["x"]}, 'The group "or" of a query must be a list of conditions.'),
        ({"and": [{"field_name": "keyword"}]}, "A condition needs field_name, operation and field_values."),
        (
            {"and": [CONDITION | {"values": ["x"], "x": 1}]},
            '"values" is not a key of a condition. Available: field_name, operation, field_values.',
        ),
        ({"and": [CONDITION | {"field_name": None}]}, "field_name and operation of a condition must be text."),
        ({"and": [CONDITION | {"operation": ["EQ"]}]}, "field_name and operation of a condition must be text."),
        ({"and": [CONDITION | {"field_values": None}]}, "field_values of keyword must be a list of texts."),
        ({"and": [CONDITION | {"field_values": {"x": 1}}]}, "field_values of keyword must be a list of texts."),
        ({"and": [CONDITION | {"field_values": 1.5}]}, "field_values of keyword must be a list of texts."),
        ({"and": [CONDITION | {"field_values": True}]}, f"{NO_VALUES}: true."),
        ({"not": [CONDITION | {"field_values": ["x", None]}]}, f"{NO_VALUES}: null."),
        ({"or": [CONDITION | {"field_values": [["x"]]}]}, f"{NO_VALUES}: a list."),
        ("klima", "A query must be an object with the groups and, or, not."),
        (None, "A query must be an object with the groups and, or, not."),
    ],
)
def test_a_body_that_is_not_a_query_is_reported(body, reason):
    with pytest.raises(ValueError, match=r"\.$") as caught:
        Query.from_body(body)
    assert str(caught.value) == reason


def test_canada_is_a_warning_and_not_a_problem():
    query = Query(any=[Condition("region_code", "IN", ["US", "CA"])])
    assert query.problems() == []
    assert "Canada" in query.warnings()[0]
    assert Query(none=[Condition("region_code", "EQ", "CA")], all=[Condition("keyword", "EQ", "x")]).warnings() == []


def test_a_query_reads_as_one_english_sentence():
    query = Query(
        all=[Condition("region_code", "IN", ["DE", "AT", "CH"]), Condition("view_count", "GTE", 1000)],
        any=[Condition("hashtag_name", "IN", ["klima", "wetter"]), Condition("keyword", "EQ", "climate change")],
        none=[Condition("video_length", "EQ", "EXTRA_LONG"), Condition("username", "EQ", "wald")],
    )
    assert query.explain(date(2025, 1, 1), date(2025, 1, 31)) == (
        "Videos from accounts registered in DE, AT or CH and with at least 1000 views, "
        'and either with the hashtag #klima or #wetter or with "climate change" in the description, '
        "but not those over 5 minutes long or posted by @wald, "
        "posted from 2025-01-01 to 2025-01-31 (UTC, both days included)."
    )
    assert Query(any=[Condition("create_date", "LT", "20250102")]).explain() == "Videos created before 2025-01-02."
    assert Query(none=[Condition("keyword", "EQ", "x")]).explain() == (
        'Videos, but not those with "x" in the description.'
    )


@pytest.mark.parametrize("field", list(GOOD))
@pytest.mark.parametrize("operation", ALL)
def test_every_condition_can_be_explained(field, operation):
    text = Condition(field, operation, [GOOD[field]]).explain()
    assert "{" not in text
    assert operation not in text.split()


@pytest.mark.parametrize(
    ("days", "reason"), [(-1, "ends .* before it starts"), (31, "too long"), (30, None), (0, None)]
)
def test_a_window_may_end_at_most_thirty_days_after_its_start(days, reason):
    start = date(2025, 1, 1)
    problems = window_problems(start, start + timedelta(days=days))
    assert problems == [] if reason is None else reason.split(" .* ")[0] in problems[0]


@settings(deadline=None)
@given(DAYS, st.integers(0, 400), st.integers(1, 31))
def test_windows_cover_every_day_once_and_in_order(start, span, days):
    end = start + timedelta(days=span)
    parts = windows(start, end, days)
    covered = [first + timedelta(days=n) for first, last in parts for n in range((last - first).days + 1)]
    assert covered == [start + timedelta(days=n) for n in range(span + 1)]
    assert all((last - first).days < days for first, last in parts)


@settings(deadline=None)
@given(DAYS, st.integers(0, MAX_DAYS_APART))
def test_a_failing_window_is_split_into_weeks_then_days_then_no_more(start, span):
    end = start + timedelta(days=span)
    parts = narrower(start, end)
    assert (parts == []) is (span == 0)
    if parts:
        assert (parts[0][0], parts[-1][1]) == (start, end)
        assert max((last - first).days for first, last in parts) == (6 if span >= 7 else 0)


CONDITIONS = st.builds(
    lambda field, operation: Condition(field, operation, GOOD[field]),
    st.sampled_from(list(GOOD)),
    st.sampled_from(ALL),
)


@settings(deadline=None)
@given(st.lists(CONDITIONS), st.lists(CONDITIONS), st.lists(CONDITIONS))
def test_a_query_survives_conversion_to_its_body_and_back(all_, any_, none):
    query = Query(all_, any_, none)
    assert Query.from_body(query.to_body()) == query


@settings(deadline=None)
@given(st.dates())
def test_a_date_survives_conversion_to_the_form_of_the_api_and_back(day):
    assert api_date(day) == day.isoformat().replace("-", "")
    assert parse_date(api_date(day)) == day


@pytest.mark.parametrize("text", [None, 20250101, "", "2025-01-01", "20250230", "2025010", "٢٠٢٥٠١٠١"])
def test_text_that_is_not_a_date_is_none(text):
    assert parse_date(text) is None


def test_there_are_245_regions():
    assert len(REGIONS) == 245
    assert {"XK", "TP", "CA"} <= REGIONS


def test_the_package_works_without_the_other_packages_and_their_libraries():
    code = (
        "import sys\n"
        "for name in ('duckdb', 'snakemake', 'yaml', 'jsonschema', 'zstandard', 'numpy', 'aiohttp',"
        " 'ttdata', 'mockserver', 'tests'):\n"
        "    sys.modules[name] = None\n"
        "import ttapi, ttapi.__main__\n"
        "print(len(ttapi.ENDPOINTS))"
    )
    process = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (process.stdout, process.stderr) == ("15\n", "")
