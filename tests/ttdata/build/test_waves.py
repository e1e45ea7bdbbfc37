"""Datasets of waves: each observation is kept, and who or what is gone is named."""

import re
from datetime import date, timedelta

import pytest

from tests.support import small_study
from tests.ttdata.over_time import (
    DAY_0,
    OLD,
    OUT,
    WEEKLY,
    clock_at,
    collect_and_build,
    collect_due,
    plan_of,
    rounds,
    rows,
)
from tests.ttdata.plan.test_due_again import accounts, collect_users
from ttdata.audit.checks import findings, prepared
from ttdata.build.dataset import build
from ttdata.build.explain import explain
from ttdata.plan.due_again import notices
from ttdata.plan.plan import Plan
from ttdata.plan.rounds import current
from ttdata.study.study import Study

PANEL = {"accounts": ["a", "b"], "users": {"of": "accounts"}}


@pytest.mark.slow
def test_a_wave_that_is_not_due_is_not_a_failure_and_three_waves_are_three_observations() -> None:
    plan = plan_of(during=OLD, waves=WEEKLY)
    results = []
    for day in (0, 1, 8, 9, 14, 40):
        due = collect_and_build(plan, DAY_0 + timedelta(day), {1: 10 * day})
        results.append((rounds(due), *notices(due)))
    assert (
        results[:2]
        == [
            ([1], "videos of small: wave 1 of 3. Next due 2026-06-08 (UTC): run the same command then."),
        ]
        * 2
    )
    assert (
        results[2:4]
        == [
            ([2], "videos of small: wave 2 of 3. Next due 2026-06-15 (UTC): run the same command then."),
        ]
        * 2
    )
    assert results[4:] == [([3], "videos of small: wave 3 of 3.")] * 2
    assert rows("SELECT view_count FROM video_observations ORDER BY round") == [(0,), (80,), (140,)]


def test_accounts_are_observed_in_waves_and_new_accounts_join_the_next_wave() -> None:
    plan = accounts("a", "b", "c")
    assert collect_users(current(plan, clock_at(DAY_0)), DAY_0, {"a": 1, "b": 1, "c": 1}) == 3
    later = DAY_0 + timedelta(8)
    plan = accounts("a", "b", "c", "d")
    due = current(plan, clock_at(later))
    assert collect_users(due, later, {"a": 2, "b": 2, "c": 2, "d": 2}) == 4
    due = current(plan, clock_at(later))
    assert collect_users(due, later, {}) == 0
    build(due, "small", OUT)
    assert rows("SELECT username, follower_count FROM users ORDER BY 1") == [("a", 2), ("b", 2), ("c", 2), ("d", 2)]
    assert rows(
        "SELECT username, list(follower_count ORDER BY round) FROM user_observations GROUP BY 1 ORDER BY 1"
    ) == [
        ("a", [1, 2]),
        ("b", [1, 2]),
        ("c", [1, 2]),
        ("d", [2]),
    ]


@pytest.mark.slow
def test_an_account_that_is_removed_from_the_list_leaves_the_dataset_and_comes_back() -> None:
    collect_users(current(accounts("a", "b"), clock_at(DAY_0)), DAY_0, {"a": 1, "b": 1})
    build(current(accounts("a", "b"), clock_at(DAY_0)), "small", OUT)
    later = DAY_0 + timedelta(8)
    due = current(accounts("a"), clock_at(later))
    collect_users(due, later, {"a": 2})
    removed = build(due, "small", OUT).removed
    assert removed == "Removed from scope: 1 account, 1 observation; their pages are kept."
    assert rows("SELECT username, round FROM user_observations ORDER BY ALL") == [("a", 1), ("a", 2)]
    assert re.findall(r"slice small-\dof4(\S*),", explain(OUT, "a")) == ["", ".2"]
    due = current(accounts("a", "b"), clock_at(later))
    assert collect_users(due, later, {"b": 3}) == 1
    assert build(due, "small", OUT).removed == ""
    assert rows("SELECT username, round FROM user_observations ORDER BY ALL") == [
        ("a", 1),
        ("a", 2),
        ("b", 1),
        ("b", 2),
    ]


def test_waves_that_are_declared_later_include_earlier_observations() -> None:
    without = Plan.of(Study.check(small_study(datasets={"small": PANEL}), today=date(2026, 11, 1)))
    collect_users(without, DAY_0, {"a": 1, "b": 1})
    later = DAY_0 + timedelta(8)
    due = current(accounts("a", "b"), clock_at(later))
    assert collect_users(due, later, {"a": 2, "b": 2}) == 2
    build(due, "small", OUT)
    assert rows("SELECT username, follower_count FROM user_observations ORDER BY ALL") == [
        ("a", 1),
        ("a", 2),
        ("b", 1),
        ("b", 2),
    ]


@pytest.mark.slow
def test_an_account_that_became_private_is_named() -> None:
    plan = accounts("a", "b", "c")
    collect_users(current(plan, clock_at(DAY_0)), DAY_0, {"a": 1, "b": 1})
    later = DAY_0 + timedelta(7)
    due = current(plan, clock_at(later))
    collect_users(due, later, {"a": 2})
    build(due, "small", OUT)
    assert rows("SELECT username, last_seen::DATE FROM accounts_lost") == [("b", date(2026, 6, 1))]
    with prepared(OUT) as con:
        assert "accounts_lost" in {each.check.name for each in findings(con)}


def test_an_id_that_is_no_longer_found_is_told_from_one_that_never_was() -> None:
    first, second, never = ((1_736_000_000 << 32) + number for number in (1, 2, 3))
    dataset = {"ids": [str(each) for each in (first, second, never)], "videos": {"of": "ids", "waves": WEEKLY}}
    plan = Plan.of(Study.check(small_study(datasets={"small": dataset}), today=date(2026, 11, 1)))
    collect_due(plan, DAY_0, {first: 1, second: 1})
    collect_and_build(plan, DAY_0 + timedelta(7), {first: 2})
    assert rows("SELECT video_id, status FROM id_status ORDER BY 1") == [
        (first, "found"),
        (second, "gone"),
        (never, "missing"),
    ]
