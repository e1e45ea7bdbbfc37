"""The cost in a plan: its bounds contain the real cost, and it is exact for what is collected."""

from datetime import date
from typing import Any

import pytest
import responses
from hypothesis import given
from hypothesis import strategies as st

from tests.support import FOLDER, small_study
from tests.ttdata.canned import api, connect, page
from tests.ttdata.over_time import CANARY, DAY_0, api_at, collect_due, videos
from tests.ttdata.over_time import plan_of as plan_over_time
from ttdata.collect.canary import request_canary
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


def most(by: str, k: int, **more: str) -> dict[str, Any]:
    return {"top": {"by": by, "k": k} | more}


def some(k: int, **more: str) -> dict[str, Any]:
    return {"sample": {"k": k, "seed": 1} | more}


VIDEOS = small_study()["datasets"]["small"]["videos"]
JANUARY = ["2025-01-01", "2025-01-20"]
DATED = [str((1_736_000_000 << 32) + number) for number in range(150)]
# What a source is expected to cost and to return, as (least, most, expected), before anything is collected.
ESTIMATES: dict[str, tuple[dict[str, Any], dict[str, tuple[tuple[int, int, int], tuple[int, int, int]]]]] = {
    "a network of a known number of videos": (
        {
            "videos": VIDEOS | {"about": 1000},
            "users": {"of": "videos"},
            "followers": {"of": "users", "max": 250},
            "following": {"of": "users"} | most("follower_count", 50),
            "comments": {"of": "videos"} | most("view_count", 40),
            "replies": {"of": "comments", "where": "reply_count > 3"},
            "playlists": {"of": "videos"},
            "pinned": {"of": "users"},
            "liked": {"of": "users"} | some(9),
        },
        {
            "videos": ((2, 22, 10), (0, 2000, 1000)),
            "users": ((0, 2000, 800), (0, 2000, 800)),
            "followers": ((0, 10_000, 1000), (0, 698_000, 80_000)),
            "following": ((0, 5050, 121), (0, 500_000, 5000)),
            "comments": ((0, 440, 150), (0, 40_000, 1600)),
            "replies": ((0, 440_000, 160), (0, 40_000_000, 800)),
            "playlists": ((0, 22_000, 50), (0, 2_000_000, 1000)),
            "pinned": ((0, 2000, 800), (0, 6000, 1600)),
            "liked": ((0, 909, 9), (0, 90_000, 180)),
        },
    ),
    "some of each group": (
        {
            "videos": VIDEOS | {"about": 3000},
            "comments": {"of": "videos"} | most("view_count", 5, per="week"),
            "comments_m": {"of": "videos"} | some(2, per="month"),
            "comments_x": {"of": "videos"} | some(2, per="music_id"),
            "users": {"of": "videos"} | some(2, per="region_code"),
            "users_b": {"of": "videos"} | most("view_count", 3, per="username"),
            "users_d": {"of": "videos"} | some(2, per="day"),
            "replies": {"of": "comments"} | most("like_count", 2, per="video_id"),
        },
        {
            "videos": ((2, 62, 30), (0, 6000, 3000)),
            "comments": ((0, 440, 244), (0, 40_000, 1400)),
            "comments_m": ((0, 66, 5), (0, 6000, 160)),
            "comments_x": ((0, 66_000, 22), (0, 6_000_000, 800)),
            "users": ((0, 6, 6), (0, 6, 6)),
            "users_b": ((0, 6000, 2400), (0, 6000, 2400)),
            "users_d": ((0, 96, 92), (0, 96, 92)),
            "replies": ((0, 440_000, 70), (0, 40_000_000, 350)),
        },
    ),
    "a panel of accounts": (
        {
            "accounts": ["a", "b", "c"],
            "videos": {"of": "accounts", "during": JANUARY},
            "users": {"of": "accounts"},
            "followers": {"of": "accounts", "max": 100},
            "comments": {"of": "videos"} | most("view_count", 3, per="username"),
        },
        {
            "videos": ((1, 101, 5), (0, 10_000, 500)),
            "users": ((3, 3, 3), (0, 3, 3)),
            "followers": ((3, 9, 3), (0, 597, 300)),
            "comments": ((0, 99, 51), (0, 9000, 360)),
        },
    ),
    "a list of ids, some of them without a date": (
        {"ids": [*DATED, "5"], "videos": {"of": "ids", "during": JANUARY}, "users": {"of": "videos"}},
        {"videos": ((2, 5, 3), (0, 301, 150)), "users": ((0, 301, 120), (0, 301, 120))},
    ),
}


@pytest.mark.parametrize("study", ESTIMATES)
def test_the_cost_and_the_records_of_each_source_are_estimated_before_anything_is_collected(study: str) -> None:
    dataset, expected = ESTIMATES[study]
    estimate = costs(Plan.of(Study.check(small_study(datasets={"small": dataset}), today=date(2026, 11, 1))))
    records = estimate.records["small"]
    assert {name: (tuple(cost), tuple(records[name])) for name, cost in estimate.sources.items()} == expected
    assert records["accounts"] == Cost(*[len(dataset.get("accounts", ()))] * 3)
    assert estimate.limits == {"general": 1000, "follow": 20_000}
    assert estimate.done == 0


def test_the_most_is_unknown_of_what_grows_with_the_videos() -> None:
    dataset, _ = ESTIMATES["a network of a known number of videos"]
    plan = Plan.of(Study.check(small_study(datasets={"small": dataset | {"videos": VIDEOS}}), today=date(2026, 11, 1)))
    assert costs(plan).unbounded == {"videos", "users", "followers", "playlists", "pinned"}
    panel, _ = ESTIMATES["a panel of accounts"]
    plan = Plan.of(Study.check(small_study(datasets={"small": panel}), today=date(2026, 11, 1)))
    assert costs(plan).unbounded == {"videos"}


def test_what_it_costs_to_request_everything_again_is_known_by_slice_and_shard() -> None:
    plan = plan_of()
    again = costs(plan).again
    assert [again[each.name] for each in plan.slices] == [Cost(1, 101, 3)] * 2
    assert [again[f"small-{number}of4"] for number in range(1, 5)] == [
        Cost(0, 1, 1),
        Cost(0, 1, 1),
        Cost(0, 2, 2),
        Cost(0, 2, 2),
    ]


def test_a_part_of_the_quota_can_be_used() -> None:
    study = small_study(quota={"daily": 1001, "use": 0.5})
    assert costs(Plan.of(Study.check(study, today=date(2026, 11, 1)))).limits == {"general": 500, "follow": 10_000}


def test_costs_add_up_by_source_and_bucket() -> None:
    estimate = Costs(
        {"videos": Cost(1, 30, 10), "followers": Cost(2, 200, 50), "canary": Cost(1, 1, 1)},
        {"general": 10, "follow": 20},
        {"videos": 4, "followers": 7},
    )
    assert estimate.total == Cost(4, 231, 61)
    assert estimate.done == 11
    assert (estimate.bucket("general"), estimate.bucket("follow")) == (Cost(2, 31, 11), Cost(2, 200, 50))
    assert (estimate.left("general"), estimate.left("follow")) == (Cost(0, 27, 7), Cost(0, 193, 43))
    assert estimate.days == Cost(1, 10, 3)
    assert estimate.finished_on(date(2026, 6, 1)) == date(2026, 6, 3)
    assert Cost(1, 2, 3).plus(Cost(10, 20, 30)) == Cost(11, 22, 33)
    assert Cost(1, 2, 3).times(4, 5, 1.5) == Cost(4, 10, 5)


def test_a_random_draw_costs_one_request_and_finds_a_page_at_most() -> None:
    drawn = VIDEOS | {"where": {"all": [{"region_code": ["US"]}]}, "random": {"by": "month", "draws": 2}}
    estimate = costs(Plan.of(Study.check(small_study(datasets={"small": {"videos": drawn}}), today=date(2026, 11, 1))))
    assert estimate.sources == {"videos": Cost(4, 4, 4)}
    assert estimate.records["small"]["videos"] == Cost(0, 400, 400)
    assert set(estimate.again.values()) == {Cost(1, 1, 1)}
    assert not estimate.unbounded


def test_a_canary_costs_one_request_on_each_day_on_which_something_is_sent() -> None:
    plan = plan_over_time(canary=CANARY, quota={"daily": 2})
    assert plan.canary
    assert costs(plan).sources == {"canary": Cost(1, 51, 3), "videos": Cost(1, 101, 5)}
    with responses.mock:
        api_at(DAY_0, videos({1: 1, 2: 1}))
        request_canary(plan, plan.canary, connect)
    estimate = costs(plan)
    assert estimate.sources["canary"] == Cost(1, 52, 3)
    assert estimate.spent == {"canary": 1, "videos": 0}
    collect_due(plan, DAY_0, {1: 1})
    estimate = costs(plan)
    assert estimate.sources == {"canary": Cost(1, 1, 1), "videos": Cost(1, 1, 1)}
    assert estimate.again == {plan.slices[0].name: Cost(1, 101, 1)}
