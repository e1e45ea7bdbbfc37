"""Waves: what is requested again on declared days, and what each wave costs."""

import re
from datetime import date, datetime, timedelta
from typing import Any

import pytest
import responses

from tests.support import FOLDER, small_study
from tests.ttdata.canned import connect
from tests.ttdata.over_time import (
    DAY_0,
    OLD,
    OUT,
    WEEKLY,
    api_at,
    clock_at,
    collect_and_build,
    collect_due,
    plan_of,
    rounds,
    rows,
)
from ttapi import QuotaExhausted
from ttdata.audit.checks import findings, prepared
from ttdata.build.dataset import build
from ttdata.build.explain import explain
from ttdata.build.rank import ranked_ids
from ttdata.collect.shards import collect_shard
from ttdata.plan.change import Change
from ttdata.plan.cost import Cost
from ttdata.plan.counting import costs
from ttdata.plan.due_again import due_again, due_now, notices
from ttdata.plan.names import first_round, in_round, round_of
from ttdata.plan.plan import Plan
from ttdata.plan.report import table
from ttdata.plan.restore import close_overtaken_waves
from ttdata.plan.rounds import current
from ttdata.plan.status import status
from ttdata.store.id_files import write_ids
from ttdata.store.receipts import Receipt
from ttdata.study.problems import Problems
from ttdata.study.schedule import Waves
from ttdata.study.study import Study


def test_waves_begin_on_the_day_of_the_first_collection_or_on_the_declared_day() -> None:
    def days(**declared: Any) -> list[str]:
        waves = Waves.read({"waves": WEEKLY | declared}, Problems())
        assert waves
        return [f"{each:%m-%d %H:%M}" for each in waves.moments(DAY_0)]

    assert days() == ["06-01 00:00", "06-08 00:00", "06-15 00:00"]
    assert days(**{"from": "2026-06-03"}) == ["06-03 00:00", "06-10 00:00", "06-17 00:00"]


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


def test_missed_waves_are_reported_and_not_requested_later() -> None:
    plan = plan_of(during=OLD, waves=WEEKLY)
    collect_due(plan, DAY_0, {1: 1})
    late = collect_due(plan, DAY_0 + timedelta(60), {1: 2})
    assert (rounds(late), list(notices(late))) == (
        [2],
        ["videos of small: wave 3 of 3 (wave 2 missed)."],
    )


PANEL = {"accounts": ["a", "b"], "users": {"of": "accounts"}}


def collect_users(plan: Plan, now: datetime, counts: dict[str, int]) -> int:
    """Collect the accounts that are due. Returns the number of requests sent."""
    source = plan.datasets[0].source("users")
    ids = ranked_ids(plan, "small", "users")
    write_ids(FOLDER.ids("small", "users"), ids, plan.selection("small", "users"))
    sent_before = status(plan).sent
    for shard in source.shards:
        answers = [profile(counts.get(each)) for each in sorted(ids) if shard.holds(each)]
        with responses.mock:
            api_at(now, *answers, path="user/info")
            collect_shard(plan, source, shard, ids, connect).write(plan.raw.receipt("users", shard.receipt))
    return status(plan).sent - sent_before


def profile(followers: int | None) -> dict[str, Any]:
    """The profile of an account; with None, that it is private."""
    if followers is None:
        return {"error": {"code": "invalid_params", "message": "This user cannot be found: the account is private"}}
    return {"data": {"follower_count": followers}, "error": {"code": "ok"}}


def accounts(*handles: str, **waves: Any) -> Plan:
    dataset = {"accounts": list(handles), "users": {"of": "accounts", "waves": waves or WEEKLY}}
    return Plan.of(Study.check(small_study(datasets={"small": dataset}), today=date(2026, 11, 1)))


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


def test_the_plan_has_the_cost_and_day_of_every_later_wave_and_round() -> None:
    plan = accounts(*map(str, range(400)), every="7d", times=13)
    later = due_again(plan, costs(plan), DAY_0)
    assert [f"{each.day}" for each in later][:2] == ["2026-06-08", "2026-06-15"]
    assert [each.requests for each in later] == [Cost(400, 400, 400)] * 12
    plan = plan_of()
    assert [(f"{each.day}", each.slices) for each in due_again(plan, costs(plan), DAY_0)] == [
        ("2026-06-03", 1),
        ("2026-06-11", 1),
    ]
    collect_due(plan, DAY_0, {1: 5})
    due = current(plan, clock_at(DAY_0 + timedelta(12)))
    assert due_again(due, costs(due), DAY_0 + timedelta(12)) == []


def test_the_day_on_which_a_search_settles_costs_its_new_authors_too() -> None:
    plan = plan_of({"users": {"of": "videos", "sample": {"k": 100, "seed": 1}}})
    later = due_again(plan, costs(plan), DAY_0)
    assert [(f"{each.day}", each.source, each.requests.expected) for each in later] == [
        ("2026-06-03", "users", 5),
        ("2026-06-03", "videos", 5),
        ("2026-06-11", "users", 5),
        ("2026-06-11", "videos", 5),
    ]


def test_the_plan_says_which_waves_do_not_fit() -> None:
    def plan_table(**changes: Any) -> str:
        panel = {"accounts": list(map(str, range(400))), "users": {"of": "accounts", "waves": WEEKLY}}
        plan = Plan.of(Study.check(small_study(datasets={"small": panel}, **changes), today=date(2026, 11, 1)))
        estimate = costs(plan)
        later = due_again(plan, estimate, DAY_0)
        return " ".join(table(plan, estimate, Change(0, 0, 0), DAY_0.date(), later).split())

    assert "is due on" not in plan_table(quota={"daily": 100})
    assert (
        "What is due on 2026-06-08 takes 8 days at this quota, but the next requests are due on 2026-06-15"
        in plan_table(quota={"daily": 50})
    )
    assert "with all" not in plan_table(limits={"requests": 1200}).lower()
    assert "expected to cost 1,200 requests; limits.requests allows 500, so a later day" in plan_table(
        limits={"requests": 500}
    )


def test_a_plan_counts_the_requests_of_earlier_rounds() -> None:
    collect_due(plan_of(), DAY_0, {1: 5})
    due = current(plan_of(), clock_at(DAY_0 + timedelta(12)))
    before = costs(due)
    assert (before.done, before.total.min) == (1, 2)
    due = collect_due(plan_of(), DAY_0 + timedelta(12), {1: 5})
    assert before.total.min <= status(due).sent <= before.total.max
    assert costs(due).total == Cost(2, 2, 2)


def test_a_wave_that_takes_longer_than_a_week_is_closed_when_the_next_one_is_due() -> None:
    plan = accounts("a", "b", "c", "d", "e", "f")
    source = plan.datasets[0].source("users")
    ids = ranked_ids(plan, "small", "users")
    write_ids(FOLDER.ids("small", "users"), ids, plan.selection("small", "users"))
    shard = next(each for each in source.shards if sum(map(each.holds, ids)) > 1)
    profile, spent = (
        {"data": {"follower_count": 1}, "error": {"code": "ok"}},
        {"error": {"code": "daily_quota_limit_exceeded"}},
    )
    with responses.mock:
        api_at(DAY_0, profile, spent, path="user/info")
        with pytest.raises(QuotaExhausted):
            collect_shard(plan, source, shard, ids, connect)

    close_overtaken_waves(plan, clock_at(DAY_0 + timedelta(3)))
    assert not plan.raw.receipt("users", shard.receipt).exists(), "it is finished while the next wave is not due"
    later = clock_at(DAY_0 + timedelta(7))
    close_overtaken_waves(plan, later)
    receipt = Receipt.read(plan.raw.receipt("users", shard.receipt))
    number = sum(map(shard.holds, ids))
    assert receipt.state == "partial"
    assert receipt.evidence == f"Closed when the wave of 2026-06-08 was due. 1 of {number} items are answered."
    again = current(plan, later).datasets[0].source("users")
    assert [round_of(each.receipt) for each in again.shards if first_round(each.receipt) == shard.receipt] == [2]


def test_a_waiver_holds_for_later_rounds() -> None:
    name = plan_of().slices[0].name
    waived = plan_of(waive=[{"slice": f"videos/{name}.2", "reason": "gone"}])
    assert [waived.waiver("videos", in_round(name, number)) for number in (1, 2, 3)] == [None, "gone", "gone"]


def test_what_has_become_due_while_it_was_built_is_due_now() -> None:
    due = collect_due(plan_of(during=OLD, waves=WEEKLY), DAY_0, {1: 1})
    assert due_now(due, DAY_0 + timedelta(6)) == ""
    assert due_now(due, DAY_0 + timedelta(7)) == "1 part"


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
