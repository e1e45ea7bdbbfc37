"""What a plan says it will cost holds what it costs, and is exact for what is collected."""

from datetime import date
from pathlib import Path
from typing import Any

import pytest
import responses
from hypothesis import given
from hypothesis import strategies as st

from tests.support import FOLDER, small_study
from tests.ttdata.canned import api, connect, page
from ttdata.collect.slices import collect_slice
from ttdata.plan.cost import Cost, Costs, costs
from ttdata.plan.plan import Plan
from ttdata.store.id_files import write_ids
from ttdata.study.study import Study


def plan_of(**sources: Any) -> Plan:
    study = small_study(quota={"daily": 100})
    study["datasets"]["small"] |= sources
    return Plan.of(Study.check(study, today=date(2026, 11, 1)))


@pytest.fixture(autouse=True)
def in_a_folder_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def test_a_search_costs_a_request_at_least_and_a_user_exactly_one() -> None:
    known = costs(plan_of())
    assert known.sources["videos"].min == 2
    assert known.sources["users"] == Cost(0, 6, 6)
    assert known.sources["comments"].max == 4 * 11


def test_what_the_author_expects_narrows_the_estimate() -> None:
    videos = small_study()["datasets"]["small"]["videos"]
    known = costs(plan_of(videos=videos | {"about": 1000}))
    assert known.sources["videos"] == Cost(2, 2 * 11, 2 * 5)


@responses.activate
def test_what_is_collected_is_known_exactly_and_tells_of_the_rest() -> None:
    plan = plan_of()
    api(page(list(range(1, 81)), 100, more=True), page(list(range(81, 161)), 180, more=False))
    collect_slice(plan, plan.slices[0], connect).write(plan.raw.receipt("videos", plan.slices[0].name))
    known = costs(plan)
    assert known.sources["videos"].min == 2 + 1
    assert known.sources["videos"].expected == 2 + 2
    assert known.done == 2


def test_a_search_that_two_datasets_share_is_counted_once() -> None:
    study = small_study()
    study["datasets"]["twin"] = {"videos": study["datasets"]["small"]["videos"]}
    twice = Plan.of(Study.check(study, today=date(2026, 11, 1)))
    assert costs(twice).sources["videos"] == costs(plan_of()).sources["videos"]


def test_followers_are_counted_in_a_bucket_of_their_own() -> None:
    known = costs(plan_of(followers={"of": "users", "max": 100}))
    assert known.bucket("follow") == known.sources["followers"]
    assert known.bucket("general").plus(known.bucket("follow")) == known.total


@given(st.integers(0, 10**6), st.integers(1, 10**4))
def test_days_are_enough_and_not_one_too_many(requests: int, daily: int) -> None:
    days = Costs({"videos": Cost(requests, requests, requests)}, {"general": daily}).days.expected
    assert days * daily >= requests
    assert days == 1 or (days - 1) * daily < requests


def test_the_ids_of_an_earlier_selection_are_not_taken_for_those_of_the_plan() -> None:
    old = plan_of(users={"of": "videos", "sample": {"k": 50, "seed": 1}})
    write_ids(FOLDER.ids("small", "users"), map(str, range(50)), old.selection("small", "users"))
    assert costs(old).sources["users"].min == 50
    new = plan_of(users={"of": "videos", "sample": {"k": 3, "seed": 1}})
    assert costs(new).sources["users"] == Cost(0, 3, 3)


def test_a_selection_changes_with_all_that_leads_to_it() -> None:
    def selection(**sources: Any) -> str:
        network = {"users": {"of": "videos"}, "following": {"of": "users"}, "following_hop2": {"of": "following"}}
        return plan_of(**network | sources).selection("small", "following_hop2")

    days = small_study()["datasets"]["small"]["videos"] | {"during": ["2025-01-01", "2025-01-02"]}
    changed = [
        selection(),
        selection(users={"of": "videos", "where": "view_count > 1"}),
        selection(following={"of": "users", "max": 100}),
        selection(following_hop2={"of": "following", "sample": {"k": 5, "seed": 1}}),
        selection(videos=days),
    ]
    assert len({*changed}) == len(changed)
    assert selection(comments={"of": "videos"}) == selection()


def test_a_source_that_asks_the_same_as_another_may_cost_nothing() -> None:
    known = costs(plan_of(users_b={"of": "videos"}, accounts=["a", "b"], users_c={"of": "accounts"}))
    assert known.sources["users"].min == known.sources["users_b"].min == 0
    assert known.sources["users_c"] == Cost(0, 2, 2)


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
def test_a_selection_bounds_what_is_asked_about(selection: dict[str, Any], most: int) -> None:
    known = costs(plan_of(users={"of": "videos"} | selection))
    assert (known.sources["users"].min, known.sources["users"].max) == (0, most)
