"""The scope of a dataset: which queries differ in one list of values, and which days and accounts they share."""

import json
from datetime import date
from typing import Any

import pytest

from ttdata.plan.scope import (
    ACCOUNTS,
    ANY,
    Scope,
    atoms,
    dimensions,
    may_overlap,
    scopes_of,
    searched,
    shown_by,
    values_of,
    with_values,
)
from ttdata.store.receipts import StoredSearch
from ttdata.study.periods import Period


def condition(field: str, *values: str, operation: str | None = None) -> dict[str, Any]:
    return {
        "field_name": field,
        "operation": operation or ("EQ" if len(values) == 1 else "IN"),
        "field_values": list(values),
    }


def period(first: int, last: int) -> Period:
    """Days of January 2025."""
    return Period(date(2025, 1, first), date(2025, 1, last))


REGIONS, NAMES = condition("region_code", "US", "DE"), condition("username", "b", "a")
VIEWS = condition("view_count", "5", operation="GT")
TAGS, WORDS = condition("hashtag_name", "fyp", "wald"), condition("keyword", "wiese")
QUERY = {"and": [REGIONS, VIEWS, NAMES], "or": [TAGS, WORDS]}


def test_a_query_has_a_dimension_for_each_list_of_values_and_accounts_come_first() -> None:
    assert [(each.key, each.values) for each in dimensions(QUERY)] == [
        (ACCOUNTS, {"a", "b"}),
        ("and region_code", {"US", "DE"}),
        (ANY, {'["hashtag_name", "EQ", "fyp"]', '["hashtag_name", "EQ", "wald"]', '["keyword", "EQ", "wiese"]'}),
    ]
    assert list(dimensions({})) == []
    assert [each.key for each in dimensions({"or": [WORDS]})] == [ANY]


def test_two_conditions_on_one_field_are_no_dimension() -> None:
    twice = {"and": [REGIONS, condition("region_code", "FR"), VIEWS]}
    assert list(dimensions(twice)) == []


def test_the_context_of_a_dimension_is_the_rest_of_the_query_in_any_order() -> None:
    def contexts(query: dict[str, Any]) -> dict[str, str]:
        return {each.key: each.context for each in dimensions(query)}

    reordered = {
        "or": [WORDS, condition("hashtag_name", "wald", "fyp")],
        "not": [],
        "and": [condition("username", "a", "b"), condition("region_code", "DE", "US"), VIEWS],
    }
    assert contexts(reordered) == contexts(QUERY)
    other_accounts = {**QUERY, "and": [REGIONS, VIEWS, condition("username", "c")]}
    assert contexts(other_accounts)[ACCOUNTS] == contexts(QUERY)[ACCOUNTS]
    assert contexts(other_accounts)[ANY] != contexts(QUERY)[ANY]
    other_terms = {**QUERY, "or": [WORDS]}
    assert contexts(other_terms)[ANY] == contexts(QUERY)[ANY]
    assert contexts(other_terms)[ACCOUNTS] != contexts(QUERY)[ACCOUNTS]
    assert contexts({"and": [NAMES]})[ACCOUNTS] == "{}"
    assert json.loads(contexts({"and": [NAMES, VIEWS]})[ACCOUNTS]) == {"and": [json.dumps(VIEWS, sort_keys=True)]}


def test_the_values_of_a_dimension_are_in_the_order_of_the_query() -> None:
    assert values_of(QUERY, ACCOUNTS) == ["b", "a"]
    assert values_of(QUERY, "and region_code") == ["US", "DE"]
    assert values_of(QUERY, ANY) == atoms(QUERY)
    assert atoms({"or": [condition("view_count", "5", operation="GT")]}) == ['["view_count", "GT", "5"]']
    assert atoms({}) == []


def test_what_a_dimension_needs_to_be_seen_are_fields_of_a_video() -> None:
    assert shown_by(QUERY, ANY) == {"hashtag_names", "video_description"}
    assert shown_by(QUERY, "and region_code") == {"region_code"}
    assert shown_by(QUERY, ACCOUNTS) == {"username"}


def test_a_query_with_other_values_is_otherwise_the_same() -> None:
    assert with_values(QUERY, ACCOUNTS, ["c"]) == {**QUERY, "and": [REGIONS, VIEWS, condition("username", "c")]}
    assert with_values(QUERY, ACCOUNTS, ["c", "d"])["and"][2] == condition("username", "c", "d")
    wald, wiese = atoms(QUERY)[1:]
    assert with_values(QUERY, ANY, [wald]) == {**QUERY, "or": [condition("hashtag_name", "wald")]}
    assert with_values(QUERY, ANY, [wiese, wald])["or"] == [condition("hashtag_name", "wald"), WORDS]
    greater = {"or": [condition("view_count", "5", "6", operation="GT")]}
    assert with_values(greater, ANY, atoms(greater)[1:]) == {"or": [condition("view_count", "6", operation="GT")]}


def test_searches_that_follow_each_other_are_one_scope() -> None:
    some, others = {"and": [REGIONS]}, {"and": [VIEWS]}
    assert scopes_of([]) == ()
    assert scopes_of([(some, period(1, 3)), (some, period(4, 6)), (some, period(8, 9)), (others, period(10, 11))]) == (
        Scope(some, *period(1, 6)),
        Scope(some, *period(8, 9)),
        Scope(others, *period(10, 11)),
    )


def test_searches_that_differ_in_their_accounts_alone_are_one_scope() -> None:
    first, second = {"and": [REGIONS, NAMES]}, {"and": [REGIONS, condition("username", "c")]}
    other = {"and": [condition("username", "d")]}
    assert scopes_of([(first, period(1, 3)), (second, period(1, 3)), (other, period(1, 3)), (first, period(5, 6))]) == (
        Scope({"and": [REGIONS, condition("username", "b", "a", "c")]}, *period(1, 3)),
        Scope(other, *period(1, 3)),
        Scope(first, *period(5, 6)),
    )
    assert Scope(other, *period(1, 3)).period == period(1, 3)


@pytest.mark.parametrize(
    ("query", "days", "overlaps"),
    [
        ({"and": [NAMES]}, (1, 10), True),
        ({"and": [condition("username", "c")]}, (1, 10), False),
        ({"and": [condition("username", "c", "a")]}, (20, 31), True),
        ({"and": [NAMES, condition("region_code", "FR")]}, (1, 31), False),
        ({"and": [NAMES, condition("region_code", "FR", "US")]}, (1, 31), True),
        ({"and": [condition("hashtag_name", "other")]}, (1, 31), True),
        ({}, (1, 31), True),
        ({}, (1, 9), False),
        ({}, (21, 31), False),
        ({}, (1, 10), True),
        ({}, (20, 31), True),
    ],
)
def test_a_search_may_have_found_videos_of_a_scope_that_shares_days_accounts_and_regions(
    query: dict[str, Any], days: tuple[int, int], overlaps: bool
) -> None:
    scope = Scope({"and": [REGIONS, NAMES, TAGS]}, *period(10, 20))
    assert may_overlap(query, period(*days), [scope]) is overlaps
    assert may_overlap(query, period(*days), [Scope(QUERY, date(2024, 1, 1), date(2024, 1, 2)), scope]) is overlaps
    assert not may_overlap(query, period(*days), [])


def test_the_query_and_the_days_of_a_stored_search_are_those_that_were_requested() -> None:
    assert searched(StoredSearch(json.dumps(QUERY), "2025-01-02", "2025-01-04", ("id",))) == (QUERY, period(2, 4))
