"""Rounds: when a search is requested again because it has been indexed or has settled, and when it is not."""

from datetime import datetime, timedelta

import pytest
import responses

from tests.ttdata.canned import connect
from tests.ttdata.over_time import (
    DAY_0,
    api_at,
    clock_at,
    collect_and_build,
    collect_due,
    plan_of,
    raw_files,
    rounds,
    rows,
    videos,
)
from ttdata.collect.slices import collect_slice
from ttdata.errors import NotDue
from ttdata.plan.due_again import notices, settling
from ttdata.plan.rounds import current


def test_a_search_that_was_requested_too_early_is_requested_again_when_indexed_and_when_settled() -> None:
    plan, days = plan_of(), []
    for day in range(40):
        now = DAY_0 + timedelta(day)
        before = raw_files()
        collect_due(plan, now, {1: 5})
        if raw_files() > before:
            days.append(f"{now:%d %B}")
    assert days == ["01 June", "03 June", "11 June"]


def test_a_late_build_requests_a_search_once_for_both_reasons() -> None:
    plan = plan_of()
    collect_due(plan, DAY_0, {1: 5})
    late = collect_due(plan, DAY_0 + timedelta(30), {1: 9})
    assert rounds(late) == [2]
    assert current(plan, clock_at(DAY_0 + timedelta(60))) == late


def test_a_build_at_the_same_time_requests_nothing_and_has_the_same_plan() -> None:
    plan = plan_of()
    for now in (DAY_0, DAY_0 + timedelta(3), DAY_0 + timedelta(20)):
        first = collect_due(plan, now, {1: 5})
        assert current(plan, clock_at(now)) == current(plan, clock_at(now + timedelta(hours=1))) == first
        assert all(first.raw.receipt("videos", each.name).exists() for each in first.slices)


def test_a_study_of_settled_windows_never_reads_the_clock() -> None:
    plan = plan_of(during=["2025-01-01", "2025-01-20"])

    def clock() -> datetime:
        raise AssertionError("the clock was read")

    assert rounds(current(plan, clock)) == [1]
    collect_due(plan, DAY_0, {1: 5})
    assert rounds(current(plan, clock)) == [1]


def test_a_round_that_a_wrong_clock_started_too_early_sends_nothing() -> None:
    plan = plan_of()
    collect_due(plan, DAY_0, {1: 5})
    due = current(plan, clock_at(DAY_0 + timedelta(30)))
    with responses.mock:
        api_at(DAY_0 + timedelta(1), videos({1: 5}))
        with pytest.raises(NotDue, match="It is due on 2026-06-03, but by the API's clock it is 2026-06-02 12:00 UTC"):
            collect_slice(due, due.slices[0], connect)
        assert all("research" not in str(call.request.url) for call in responses.calls)


@pytest.mark.slow
def test_searches_that_are_not_settled_are_reported_with_the_day_on_which_they_are() -> None:
    plan = collect_and_build(plan_of(), DAY_0, {1: 5})
    (notice,) = notices(plan)
    assert (
        "1 search was requested too early, so counts are not up to date. In 1 of them videos can be missing." in notice
    )
    assert "on or after 2026-06-03, and once more on 2026-06-11 (UTC)" in notice
    assert settling(plan) == {
        "settled": 0,
        "unsettled": 0,
        "unindexed": 1,
        "next_due": "2026-06-03T00:00:00+00:00",
        "next_wave": None,
        "next_settling": "2026-06-03T00:00:00+00:00",
    }
    assert rows("SELECT settled, settled_on FROM slices") == [("unindexed", datetime(2026, 6, 11))]
    assert list(notices(collect_and_build(plan_of(), DAY_0 + timedelta(30), {1: 5}))) == []
    assert rows("SELECT settled FROM slices") == [("settled",)]
