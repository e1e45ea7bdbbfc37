"""Warnings about what the API would accept although it is probably a mistake."""

from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.ttapi.test_query import CONDITIONS
from ttapi import Condition, Query


@pytest.mark.parametrize(
    ("keyword", "found"),
    [
        ("climate AND change", "AND"),
        ("a OR b", "OR"),
        ("NOT a", "NOT"),
        ('"climate change"', "quotation marks"),
        ("“climate change”", "quotation marks"),
        ("'climate change'", "quotation marks"),
        ("clima*", "*"),
        ("-sponsored", "a word after - or +"),
        ("climate +change", "a word after - or +"),
        ("a|b", "|"),
        ("a || b", "||"),
        ("a && b", "&&"),
        ("climate, change", "a list"),
        ("climate;change", "a list"),
        ("climate\tchange", "a list"),
        ("a AND b*", "AND, *"),
    ],
)
@pytest.mark.parametrize("group", ["all", "any", "none"])
def test_a_keyword_that_looks_like_query_syntax_is_a_warning(keyword, found, group):
    query = Query(**{group: [Condition("keyword", "EQ", keyword)]})
    assert query.problems() == []
    (warning,) = query.warnings()
    assert warning.endswith(
        f" contains {found}. The API has no such syntax and searches for exactly this text. Use one condition per "
        "keyword."
    )


@pytest.mark.parametrize("keyword", ["climate change", "Sand and ORder", "T-shirt", "COVID-19", "don't", "a - b"])
def test_an_ordinary_keyword_is_no_warning(keyword):
    assert Query(all=[Condition("keyword", "EQ", keyword)]).warnings() == []


@pytest.mark.parametrize(
    ("condition", "values"),
    [
        (Condition("hashtag_name", "IN", ["Klima", "fyp", "klima"]), "Klima, klima"),
        (Condition("video_id", "IN", ["7", "07"]), "7, 07"),
        (Condition("keyword", "IN", ["caf\u00e9", "cafe\u0301"]), "caf\u00e9, cafe\u0301"),
        (Condition("username", "IN", ["@A", "tiktok.com/@a"]), "a, a"),
        (Condition("region_code", "IN", ["DE", "de", "DE"]), "DE, DE, DE"),
    ],
)
def test_a_repeated_value_is_a_warning(condition, values):
    assert Query(any=[condition]).warnings() == [f"{condition.field} has one value more than once: {values}."]


def test_a_repeated_condition_is_a_warning():
    same = Condition("keyword", "EQ", "x")
    assert Query(any=[same, same]).warnings() == ["The condition keyword = x is given 2 times."]
    assert Query(any=[Condition("hashtag_name", "IN", ["x", "y"]), same]).warnings() == []


def test_days_before_the_api_has_data_are_a_warning():
    query = Query(all=[Condition("keyword", "EQ", "x")])
    assert query.warnings(date(2018, 1, 1), date(2018, 1, 31)) == query.warnings() == []
    (warning,) = query.warnings(date(2017, 12, 31), date(2018, 1, 31))
    assert "starts on 2017-12-31" in warning
    assert "no videos from the days before 2018-01-01" in warning
    (warning,) = query.warnings(date(2016, 1, 1), date(2016, 1, 31))
    assert "no videos from these days" in warning


@pytest.mark.parametrize(
    ("operation", "day", "early"),
    [
        ("EQ", "20171231", True),
        ("EQ", "20180101", False),
        ("LT", "20180101", True),
        ("LT", "20180102", False),
        ("LTE", "20171231", True),
        ("LTE", "20180101", False),
        ("GT", "20150101", False),
        ("GTE", "20150101", False),
    ],
)
def test_a_condition_on_a_day_before_the_api_has_data_is_a_warning(operation, day, early):
    assert bool(Query(any=[Condition("create_date", operation, day)]).warnings()) is early
    assert Query(none=[Condition("create_date", operation, day)]).warnings() == []


def test_a_query_with_problems_has_no_warnings():
    assert Query(all=[Condition("create_date", "LT", "soon"), Condition("region_code", "EQ", "CA")]).warnings() == []


@settings(deadline=None)
@given(st.lists(CONDITIONS), st.lists(CONDITIONS), st.lists(CONDITIONS))
def test_no_query_breaks_the_checks(all_, any_, none):
    query = Query(all_, any_, none)
    texts = [*query.problems(date.min, date.max), *query.warnings(date.min, date.max)]
    assert all(text.endswith(".") for text in texts)
