"""A query that no video can satisfy is refused before it costs a request; every other query is not."""

from datetime import date
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ttapi import Condition, InvalidParams, Query
from ttapi.conditions import REGIONS


def conditions(*texts):
    """Conditions from texts such as "region_code EQ DE" and "hashtag_name IN a,b"."""
    return [
        Condition(field, operation, values.split(",")) for field, operation, values in (t.split(" ") for t in texts)
    ]


IMPOSSIBLE = [
    (["region_code EQ DE", "region_code EQ US"], [], "region_code = DE and region_code = US"),
    (["region_code IN DE,AT", "region_code IN US,CH"], [], "region_code = DE or AT and region_code = US or CH"),
    (["username EQ a", "username EQ @B"], [], "username = a and username = b"),
    (["video_id EQ 1", "video_id IN 2,3"], [], "video_id = 1 and video_id = 2 or 3"),
    (["music_id EQ 1", "music_id EQ 2"], [], "music_id = 1 and music_id = 2"),
    (["video_length EQ SHORT", "video_length EQ LONG"], [], "video_length = SHORT and video_length = LONG"),
    (["hashtag_name EQ klima"], ["hashtag_name EQ Klima"], "hashtag_name = klima and not hashtag_name = Klima"),
    (["keyword EQ x"], ["keyword IN x,y"], "keyword = x and not keyword = x or y"),
    (["effect_id IN 1,2"], ["effect_id IN 2,1"], "effect_id = 1 or 2 and not effect_id = 2 or 1"),
    (["effect_id IN 1,2"], ["effect_id EQ 1", "effect_id EQ 2"], "effect_id = 1 or 2 and not effect_id = 1 and not"),
    (["region_code EQ DE"], ["region_code IN DE,AT"], "region_code = DE and not region_code = DE or AT"),
    (["username IN a,b"], ["username IN b,a"], "username = a or b and not username = b or a"),
    (["view_count GT 10", "view_count LT 5"], [], "view_count > 10 and view_count < 5"),
    (["view_count GT 5", "view_count LT 6"], [], "view_count > 5 and view_count < 6"),
    (["view_count GTE 7", "view_count LTE 6"], [], "view_count >= 7 and view_count <= 6"),
    (["view_count EQ 5", "view_count GT 5"], [], "view_count = 5 and view_count > 5"),
    (["view_count LT 0"], [], "view_count < 0"),
    (["view_count GTE 1000"], ["view_count GTE 500"], "view_count >= 1000 and not view_count >= 500"),
    ([], ["view_count GT 5", "view_count LTE 5"], "not view_count > 5 and not view_count <= 5"),
    (["comment_count IN 1,2"], ["comment_count LT 3"], "comment_count = 1 or 2 and not comment_count < 3"),
    (
        ["create_date LT 20250101", "create_date GT 20250101"],
        [],
        "create_date < 2025-01-01 and create_date > 2025-01-01",
    ),
    (
        ["create_date GT 20250131", "create_date LT 20250201"],
        [],
        "create_date > 2025-01-31 and create_date < 2025-02-01",
    ),
    ([], ["video_length IN SHORT,MID,LONG,EXTRA_LONG"], "not video_length = SHORT, MID, LONG or EXTRA_LONG"),
    (["keyword EQ caf\u00e9"], ["keyword EQ CAFE\u0301"], "keyword = caf\u00e9 and not keyword = CAFE\u0301"),
]


@pytest.mark.parametrize(("all_", "none", "words"), IMPOSSIBLE)
def test_conditions_that_exclude_each_other_are_refused_with_their_names(all_, none, words):
    query = Query(all=conditions("keyword EQ other", *all_), none=conditions("region_code EQ FR", *none))
    (problem,) = query.problems()
    assert problem.startswith(f"No video can satisfy {words}")


@pytest.mark.parametrize(
    ("all_", "none"),
    [
        (["region_code IN DE,AT", "region_code IN AT,CH"], []),
        (["hashtag_name EQ a", "hashtag_name EQ b"], []),
        (["keyword EQ a", "keyword EQ b"], []),
        (["effect_id EQ 1", "effect_id EQ 2"], []),
        (["hashtag_name IN a,b"], ["hashtag_name EQ a"]),
        (["region_code EQ DE"], ["region_code EQ US"]),
        (["view_count GT 5", "view_count LT 7"], []),
        (["view_count GTE 5", "view_count LTE 5"], []),
        (["view_count LTE 0"], []),
        (["view_count GT 5"], ["comment_count GT 5"]),
        ([], ["view_count GT 5", "view_count LT 5"]),
        ([], ["video_length IN SHORT,MID,LONG"]),
        (["keyword EQ climate"], ["keyword EQ climate-change"]),
        (["create_date GTE 20250101", "create_date LTE 20250101"], []),
    ],
)
def test_conditions_that_one_video_can_satisfy_are_no_problem(all_, none):
    query = Query(all=conditions("music_id EQ 5", *all_), none=conditions("music_id EQ 6", *none))
    assert query.problems() == []


def test_the_group_any_is_a_problem_only_if_none_of_its_conditions_can_hold():
    all_ = conditions("region_code EQ DE")
    possible = Query(all=all_, any=conditions("region_code EQ US", "region_code IN DE,US"))
    assert possible.problems() == []
    impossible = Query(all=all_, any=conditions("region_code EQ US", "view_count LT 0"))
    assert impossible.problems() == [
        "No video can satisfy any condition of the group any: region_code = DE and region_code = US; view_count < 0."
    ]
    excluded = Query(any=conditions("hashtag_name EQ a", "hashtag_name EQ b"), none=conditions("hashtag_name IN a,b"))
    assert "any condition of the group any: hashtag_name = a and not hashtag_name = a or b" in excluded.problems()[0]


def test_dates_are_compared_with_the_days_that_are_searched():
    query = Query(all=conditions("create_date GT 20250131"))
    assert query.problems() == query.problems(date(2025, 1, 1), date(2025, 2, 1)) == []
    assert query.problems(date(2025, 1, 1), date(2025, 1, 31)) == [
        "No video can satisfy create_date > 2025-01-31 and create_date <= 2025-01-31."
    ]


def test_a_long_list_of_values_is_shortened():
    query = Query(all=[Condition("video_id", "IN", range(1, 101)), Condition("video_id", "EQ", 200)])
    assert query.problems() == ["No video can satisfy video_id = 1, 2, 3, 4, 5 or 95 more and video_id = 200."]


def test_a_condition_with_a_problem_of_its_own_is_not_compared():
    query = Query(all=conditions("region_code EQ DE", "region_code EQ XX", "view_count GT many"))
    assert [problem.split(" must")[0] for problem in query.problems()] == ["region_code", "view_count"]


def test_a_contradiction_is_not_sent(api, client):
    query = Query(all=conditions("region_code EQ DE", "region_code EQ US"))
    with pytest.raises(InvalidParams, match="No video can satisfy region_code = DE and region_code = US"):
        client.call("video.query", {"query": query, "start_date": "20250101", "end_date": "20250101"})
    assert api.requests == []


# Compared with a search through all videos of a small world

_REGIONS, _TAGS, _COUNTS = ("DE", "US", "CA"), ("a", "b"), range(5)
_CONDITIONS = st.one_of(
    st.builds(lambda values: Condition("region_code", "IN", values), st.sets(st.sampled_from(_REGIONS), min_size=1)),
    st.builds(lambda values: Condition("hashtag_name", "IN", values), st.sets(st.sampled_from(_TAGS), min_size=1)),
    st.builds(
        lambda operation, value: Condition("view_count", operation, value),
        st.sampled_from(["EQ", "GT", "GTE", "LT", "LTE"]),
        st.integers(0, 4),
    ),
    st.builds(
        lambda operation, value: Condition("create_date", operation, date(2025, 1, 30 + value)),
        st.sampled_from(["EQ", "GT", "GTE", "LT", "LTE"]),
        st.integers(0, 1),
    ),
)
_WORLD = [
    {"region_code": region, "hashtag_name": set(tags), "view_count": views, "create_date": day}
    for region, tags, views, day in product(
        (*_REGIONS, "FR"),
        ((), ("a",), ("b",), ("a", "b")),
        range(7),
        ("20250128", "20250129", "20250130", "20250131", "20250201", "20250202"),
    )
]
_COMPARE = {
    "GT": lambda value, bound: value > bound,
    "GTE": lambda value, bound: value >= bound,
    "LT": lambda value, bound: value < bound,
    "LTE": lambda value, bound: value <= bound,
}


def holds(condition, video):
    value = video[condition.field]
    if condition.operation in _COMPARE:
        bound = condition.values[0]
        return _COMPARE[condition.operation](value, bound if isinstance(value, str) else int(bound))
    return any(
        value == each or str(value) == each or (isinstance(value, set) and each in value) for each in condition.values
    )


@settings(deadline=None)
@given(st.lists(_CONDITIONS, max_size=4), st.lists(_CONDITIONS, max_size=3), st.lists(_CONDITIONS, max_size=3))
def test_exactly_the_queries_that_no_video_of_a_small_world_satisfies_are_refused(all_, any_, none):
    query = Query(all_, any_, none)
    if not (all_ or any_ or none):
        return
    found = any(
        all(holds(c, video) for c in all_)
        and (not any_ or any(holds(c, video) for c in any_))
        and not any(holds(c, video) for c in none)
        for video in _WORLD
    )
    assert (query.problems() == []) is found


def test_all_regions_are_too_many_to_exclude():
    assert Query(none=[Condition("region_code", "IN", REGIONS)]).problems()
    assert Query(none=[Condition("region_code", "IN", REGIONS - {"DE"})]).problems() == []
