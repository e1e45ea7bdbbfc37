"""The cost in a plan: its bounds contain the real cost, and it is exact for what is collected."""

from datetime import date
from typing import Any

import pytest
import responses
from hypothesis import given
from hypothesis import strategies as st

from tests.support import FOLDER, small_study
from tests.ttdata.canned import api, connect, page
from ttdata.collect.slices import collect_slice
from ttdata.plan.cost import Cost, Costs
from ttdata.plan.counting import costs
from ttdata.plan.plan import Plan
from ttdata.store.id_files import write_ids
from ttdata.study.study import Study


def plan_of(**sources: Any) -> Plan:
    study = small_study(quota={"daily": 100})
    study["datasets"]["small"] |= sources
    return Plan.of(Study.check(study, today=date(2026, 11, 1)))


def test_a_search_costs_at_least_one_request_and_a_user_exactly_one() -> None:
    estimate = costs(plan_of())
    assert estimate.sources["videos"].min == 2
    assert estimate.sources["users"] == Cost(0, 6, 6)
    assert estimate.sources["comments"].max == 4 * 11


def test_the_key_about_narrows_the_estimate() -> None:
    videos = small_study()["datasets"]["small"]["videos"]
    estimate = costs(plan_of(videos=videos | {"about": 1000}))
    assert estimate.sources["videos"] == Cost(2, 2 * 11, 2 * 5)


@responses.activate
def test_collected_searches_have_exact_costs_and_improve_the_estimate_of_the_others() -> None:
    plan = plan_of()
    api(page(list(range(1, 81)), 100, more=True), page(list(range(81, 161)), 180, more=False))
    collect_slice(plan, plan.slices[0], connect).write(plan.raw.receipt("videos", plan.slices[0].name))
    estimate = costs(plan)
    assert estimate.sources["videos"].min == 2 + 1
    assert estimate.sources["videos"].expected == 2 + 2
    assert estimate.done == 2


def test_a_search_that_two_datasets_share_counts_once() -> None:
    study = small_study()
    study["datasets"]["twin"] = {"videos": study["datasets"]["small"]["videos"]}
    plan = Plan.of(Study.check(study, today=date(2026, 11, 1)))
    assert costs(plan).sources["videos"] == costs(plan_of()).sources["videos"]


def test_followers_have_their_own_quota_bucket() -> None:
    estimate = costs(plan_of(followers={"of": "users", "max": 100}))
    assert estimate.bucket("follow") == estimate.sources["followers"]
    assert estimate.bucket("general").plus(estimate.bucket("follow")) == estimate.total


@given(st.integers(0, 10**6), st.integers(1, 10**4))
def test_the_number_of_days_is_the_smallest_that_is_enough(requests: int, daily: int) -> None:
    days = Costs({"videos": Cost(requests, requests, requests)}, {"general": daily}).days.expected
    assert days * daily >= requests
    assert days == 1 or (days - 1) * daily < requests


def test_ids_of_an_earlier_selection_are_not_used_for_the_plan() -> None:
    old = plan_of(users={"of": "videos", "sample": {"k": 50, "seed": 1}})
    write_ids(FOLDER.ids("small", "users"), map(str, range(50)), old.selection("small", "users"))
    assert costs(old).sources["users"].min == 50
    new = plan_of(users={"of": "videos", "sample": {"k": 3, "seed": 1}})
    assert costs(new).sources["users"] == Cost(0, 3, 3)


def test_a_selection_changes_if_one_of_its_parents_changes() -> None:
    def selection(**sources: Any) -> str:
        network = {"users": {"of": "videos"}, "following": {"of": "users"}, "following_hop2": {"of": "following"}}
        return plan_of(**network | sources).selection("small", "following_hop2")

    days = small_study()["datasets"]["small"]["videos"] | {"during": ["2025-01-01", "2025-01-02"]}
    selections = [
        selection(),
        selection(users={"of": "videos", "where": "view_count > 1"}),
        selection(following={"of": "users", "max": 100}),
        selection(following_hop2={"of": "following", "sample": {"k": 5, "seed": 1}}),
        selection(videos=days),
    ]
    assert len({*selections}) == len(selections)
    assert selection(comments={"of": "videos"}) == selection()


def test_a_source_with_the_same_items_as_another_may_cost_nothing() -> None:
    estimate = costs(plan_of(users_b={"of": "videos"}, accounts=["a", "b"], users_c={"of": "accounts"}))
    assert estimate.sources["users"].min == estimate.sources["users_b"].min == 0
    assert estimate.sources["users_c"] == Cost(0, 2, 2)


@pytest.mark.parametrize(
    ("selection", "most"),
    [
        ({"where": "view_count > 5"}, 20_000),
        ({"top": {"by": "view_count", "k": 5}}, 5),
        ({"top": {"by": "view_count", "k": 5, "per": "day"}}, 5 * (46 + 2)),
        ({"top": {"by": "view_count", "k": 5, "per": "week"}}, 5 * (46 // 7 + 2)),
        ({"sample": {"k": 7, "seed": 1}}, 7),
        ({"top": {"by": "view_count", "k": 5}, "sample": {"k": 7, "seed": 1}}, 5),
    ],
)
def test_a_selection_limits_the_number_of_items(selection: dict[str, Any], most: int) -> None:
    estimate = costs(plan_of(users={"of": "videos"} | selection))
    assert (estimate.sources["users"].min, estimate.sources["users"].max) == (0, most)
