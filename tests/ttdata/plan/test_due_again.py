"""Waves: what is requested again on declared days, and what each wave costs."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
import responses

from tests.support import FOLDER, small_study
from tests.ttdata.canned import connect
from tests.ttdata.over_time import (
    DAY_0,
    OLD,
    WEEKLY,
    api_at,
    clock_at,
    collect_due,
    plan_of,
    rounds,
)
from ttapi import QuotaExhausted
from ttdata.build.rank import ranked_ids
from ttdata.collect.shards import collect_shard
from ttdata.plan.change import Change
from ttdata.plan.cost import Cost
from ttdata.plan.counting import costs
from ttdata.plan.due_again import due_again, due_now, notices, settling
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


def test_missed_waves_are_reported_and_not_requested_later() -> None:
    plan = plan_of(during=OLD, waves=WEEKLY)
    collect_due(plan, DAY_0, {1: 1})
    late = collect_due(plan, DAY_0 + timedelta(60), {1: 2})
    assert (rounds(late), list(notices(late))) == (
        [2],
        ["videos of small: wave 3 of 3 (wave 2 missed)."],
    )


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


def running_plan(**videos: Any) -> Plan:
    """A plan on the first of June, of a period that goes on."""
    searches = small_study()["datasets"]["small"]["videos"] | videos
    users = {"of": "videos", "top": {"by": "view_count", "k": 100}}
    study = small_study(datasets={"small": {"videos": searches} | ({} if "waves" in videos else {"users": users})})
    return Plan.of(Study.check(study, today=DAY_0.date()))


def test_windows_that_are_not_over_are_requested_when_they_are_and_when_they_have_settled() -> None:
    plan = running_plan(during=["2026-05-18", "2026-06-13"])
    window, authors, new_authors = Cost(1, 101, 3), Cost(0, 3, 3), Cost(0, 50, 50)
    later = due_again(plan, costs(plan), DAY_0)
    assert [(f"{each.day:%m-%d}", each.source, each.slices, each.requests) for each in later] == [
        ("06-03", "users", 0, authors),
        ("06-03", "videos", 1, window),
        ("06-04", "users", 0, authors),
        ("06-04", "videos", 1, window),
        ("06-08", "users", 0, new_authors),
        ("06-08", "videos", 1, window),
        ("06-10", "videos", 1, window),
        ("06-11", "users", 0, authors),
        ("06-11", "videos", 1, window),
        ("06-14", "users", 0, new_authors),
        ("06-14", "videos", 1, window),
        ("06-16", "videos", 1, window),
        ("06-18", "videos", 1, window),
        ("06-24", "videos", 1, window),
    ]


def test_windows_that_are_not_over_are_requested_in_each_wave_after_that() -> None:
    waves = {"every": "14d", "times": 2, "from": "2026-06-01"}
    plan = running_plan(during=["2026-05-18", "2026-06-13"], waves=waves)
    assert [(f"{each.day:%m-%d}", each.slices) for each in due_again(plan, costs(plan), DAY_0)] == [
        ("06-03", 1),
        ("06-04", 1),
        ("06-08", 1),
        ("06-10", 1),
        ("06-11", 1),
        ("06-14", 1),
        ("06-15", 4),
        ("06-16", 1),
        ("06-18", 1),
        ("06-24", 1),
    ]


def test_settling_tells_the_next_wave_from_the_day_on_which_a_search_has_settled() -> None:
    plan = plan_of(waves={"every": "20d", "times": 2})
    due = collect_due(plan, DAY_0, {1: 5})
    assert settling(due) == {
        "settled": 0,
        "unsettled": 0,
        "unindexed": 1,
        "next_due": "2026-06-03T00:00:00+00:00",
        "next_wave": "2026-06-21T00:00:00+00:00",
        "next_settling": "2026-06-03T00:00:00+00:00",
    }
    due = collect_due(plan, DAY_0 + timedelta(3), {1: 5})
    assert settling(due)["unsettled"] == 1
    assert next(iter(notices(due))) == (
        "Not settled: 1 search was requested too early, so counts are not up to date. Run the same command again on "
        "or after 2026-06-11, and once more on 2026-06-21 (UTC): only these are requested."
    )
    due = collect_due(plan, DAY_0 + timedelta(12), {1: 5})
    assert settling(due) | {"next_wave": None} == {
        "settled": 1,
        "unsettled": 0,
        "unindexed": 0,
        "next_due": "2026-06-21T00:00:00+00:00",
        "next_wave": None,
        "next_settling": None,
    }
    assert settling(plan_of())["next_due"] is None


def test_searches_that_are_all_settled_at_once_are_reported_with_one_day() -> None:
    plan = plan_of(during=["2026-05-20", "2026-05-28"])
    due = collect_due(plan, DAY_0, {1: 5})
    assert list(notices(due)) == [
        "Not settled: 1 search was requested too early, so counts are not up to date. Run the same command again on "
        "2026-06-08 (UTC): only these are requested."
    ]
    assert due_now(due, DAY_0) == ""
    assert due_now(due, datetime(2026, 6, 8, tzinfo=UTC)) == "1 part"


def test_a_shard_that_is_overtaken_counts_the_items_that_have_no_answer() -> None:
    plan = accounts(*map(str, range(30)))
    source = plan.datasets[0].source("users")
    shard = source.shards[1]
    ids = [each for each in map(str, range(30)) if shard.holds(each)]
    profile = {"data": {"follower_count": 1}, "error": {"code": "ok"}}
    with responses.mock:
        api_at(DAY_0, profile, {"error": {"code": "daily_quota_limit_exceeded"}}, path="user/info")
        with pytest.raises(QuotaExhausted):
            collect_shard(plan, source, shard, ids[:2], connect)
    close_overtaken_waves(plan, clock_at(DAY_0 + timedelta(6)))
    assert not plan.raw.receipt("users", shard.receipt).exists()
    write_ids(FOLDER.ids("small", "users"), map(str, range(30)), plan.selection("small", "users"))
    close_overtaken_waves(plan, clock_at(DAY_0 + timedelta(8)))
    receipt = Receipt.read(plan.raw.receipt("users", shard.receipt))
    assert (receipt.state, receipt.requests, receipt.items) == ("partial", 2, 2)
    assert receipt.evidence == f"Closed when the wave of 2026-06-08 was due. 1 of {len(ids)} items are answered."
