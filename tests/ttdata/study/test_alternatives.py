"""A query that one request cannot express is several searches, whose union is the answer."""

from datetime import date
from itertools import product
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support import small_study
from ttdata.errors import StudyFault
from ttdata.plan.plan import Plan
from ttdata.study.alternatives import alternatives
from ttdata.study.study import Study

BOUND = st.integers(0, 6)
SINGLE = st.builds(lambda operation, bound: {operation: bound}, st.sampled_from(["gt", "gte", "lt", "lte"]), BOUND)
TWO_SIDED = st.builds(
    lambda low, a, high, b: {low: a, high: b},
    st.sampled_from(["gt", "gte"]),
    BOUND,
    st.sampled_from(["lt", "lte"]),
    BOUND,
)
CONDITION = st.builds(
    lambda field, value: {field: value}, st.sampled_from(["view_count", "comment_count"]), SINGLE | TWO_SIDED
)
WHERE = st.fixed_dictionaries(
    {}, optional={group: st.lists(CONDITION, min_size=1, max_size=3) for group in ("all", "any", "none")}
).filter(bool)
COMPARE = {
    "gt": lambda value, bound: value > bound,
    "gte": lambda value, bound: value >= bound,
    "lt": lambda value, bound: value < bound,
    "lte": lambda value, bound: value <= bound,
}


def holds(condition: dict[str, Any], video: dict[str, int]) -> bool:
    """Whether a declared condition holds, by what it says: all of its bounds."""
    ((field, bounds),) = condition.items()
    return all(COMPARE[operation](video[field], bound) for operation, bound in bounds.items())


def matches(where: dict[str, Any], video: dict[str, int]) -> bool:
    return (
        all(holds(each, video) for each in where.get("all", []))
        and (not where.get("any") or any(holds(each, video) for each in where["any"]))
        and not any(holds(each, video) for each in where.get("none", []))
    )


def flat(where: dict[str, Any]) -> bool:
    """Whether a request can express a block: no two bounds in any or none."""
    return all(
        len(bounds) == 1 for group in ("any", "none") for each in where.get(group, []) for bounds in each.values()
    )


@given(WHERE)
def test_the_union_of_the_searches_is_what_the_query_says(where: dict[str, Any]) -> None:
    searches = alternatives(where)
    assert all(map(flat, searches))
    for views, comments in product(range(8), range(8)):
        video = {"view_count": views, "comment_count": comments}
        assert any(matches(each, video) for each in searches) == matches(where, video)


def study(**where: Any) -> dict[str, Any]:
    return small_study(datasets={"a": {"videos": {"where": where, "during": ["2025-01-01", "2025-01-10"]}}})


def test_the_plan_shows_each_search() -> None:
    views = {"view_count": {"gte": 1000, "lt": 5000}}
    plan = Plan.of(Study.check(study(any=[views, {"hashtag_name": "klima"}]), today=date(2026, 6, 1)))
    assert len(plan.slices) == 2
    plan = Plan.of(Study.check(study(all=[{"region_code": "DE"}], none=[views]), today=date(2026, 6, 1)))
    assert [each.body["query"]["and"][1] for each in plan.slices] == [
        {"operation": "LT", "field_name": "view_count", "field_values": ["1000"]},
        {"operation": "GTE", "field_name": "view_count", "field_values": ["5000"]},
    ]


def test_a_search_that_no_video_can_satisfy_is_not_sent() -> None:
    where = {"all": [{"view_count": {"gte": 2000}}], "none": [{"view_count": {"gte": 1000, "lt": 5000}}]}
    plan = Plan.of(Study.check(study(**where), today=date(2026, 6, 1)))
    assert [each.body["query"]["and"][-1]["field_values"] for each in plan.slices] == [["5000"]]


@pytest.mark.parametrize(
    "where",
    [
        {"all": [{"video_length": "SHORT"}, {"video_length": "LONG"}]},
        {"all": [{"region_code": "DE"}], "none": [{"region_code": "DE"}]},
        {"all": [{"view_count": {"gt": 10, "lt": 11}}]},
        {"all": [{"view_count": {"gte": 2000}}], "any": [{"view_count": {"gte": 10, "lt": 20}}]},
    ],
)
def test_a_query_that_contradicts_itself_is_rejected(where: dict[str, Any]) -> None:
    with pytest.raises(StudyFault, match="No video can satisfy"):
        Study.check(study(**where), today=date(2026, 6, 1))


def test_what_is_probably_a_mistake_is_a_note_of_the_plan() -> None:
    plan = Plan.of(Study.check(study(any=[{"region_code": "CA"}, {"hashtag_name": "a"}]), today=date(2026, 6, 1)))
    assert any("no content from Canada" in note for note in plan.datasets[0].notes)
    early = study(all=[{"hashtag_name": "a"}])
    early["datasets"]["a"]["videos"]["during"] = ["2010-01-01", "2010-01-31"]
    plan = Plan.of(Study.check(early, today=date(2026, 6, 1)))
    assert any("not known to have videos from before" in note for note in plan.datasets[0].notes)


def test_a_query_of_one_request_stays_one_request() -> None:
    where = {
        "all": [{"view_count": {"gte": 1, "lt": 5}}],
        "any": [{"hashtag_name": ["a", "b"]}, {"view_count": {"gt": 9}}],
    }
    assert alternatives(where) == [where]


def test_a_query_that_takes_more_than_eight_searches_is_rejected_with_the_condition_to_simplify() -> None:
    none = [{"view_count": {"gte": n * 10, "lt": n * 10 + 5}} for n in range(4)]
    with pytest.raises(StudyFault, match=r"a.videos.where.none: This query takes 16 searches per window.*at most 8"):
        Study.check(study(all=[{"region_code": "DE"}], none=none), today=date(2026, 6, 1))


@pytest.mark.parametrize("group", ["any", "none"])
def test_a_canary_and_a_draw_are_one_request(group: str) -> None:
    where = {"all": [{"region_code": "DE"}], group: [{"view_count": {"gte": 1000, "lt": 5000}}, {"keyword": "a"}]}
    canary = study(all=[{"region_code": "DE"}]) | {"canary": {"where": where, "during": ["2025-01-01", "2025-01-10"]}}
    drawn = study(**where)
    drawn["datasets"]["a"]["videos"]["random"] = {"by": "day", "draws": 1}
    for declared in (canary, drawn):
        with pytest.raises(StudyFault, match="is one request"):
            Study.check(declared, today=date(2026, 6, 1))
