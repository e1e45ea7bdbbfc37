"""A search that keeps failing is split into shorter windows, and answers that are stored are not requested again."""

from collections import Counter
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
import responses
from hypothesis import given
from hypothesis import strategies as st

from tests.support import small_study
from tests.ttdata.canned import answering, connect, failure, page
from ttapi.query import parse_date
from ttdata.answers.windows import windows_of
from ttdata.collect.slices import collect_slice
from ttdata.plan.plan import Plan
from ttdata.study.periods import Period
from ttdata.study.study import Study

Body = dict[str, Any]


@pytest.fixture
def plan(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Plan:
    monkeypatch.chdir(tmp_path)
    study = small_study()
    study["datasets"]["small"]["videos"]["during"] = ["2025-01-01", "2025-03-31"]
    return Plan.of(Study.check(study, today=date(2026, 11, 1)))


def days(body: Body) -> int:
    start, end = parse_date(body["start_date"]), parse_date(body["end_date"])
    assert start
    assert end
    return (end - start).days + 1


def simulated_api(per_day: int, most: int = 10**9, deepest: int = 10**9) -> Callable[[Body], object]:
    """An API with `per_day` videos per day. Searches with more than `most` hits and pages beyond `deepest` fail."""

    def answer(body: Body) -> object:
        hits, cursor = per_day * days(body), body.get("cursor", 0)
        if hits > most or cursor >= deepest:
            return failure()
        first = int(body["start_date"]) * 1_000_000
        end = min(cursor + 100, hits)
        return page([first + number for number in range(cursor, end)], end, more=end < hits)

    return answer


def lengths(bodies: list[Body]) -> Counter[int]:
    return Counter(days(body) for body in bodies)


@responses.activate
def test_a_window_of_30_days_that_keeps_failing_is_split_into_weeks(plan: Plan) -> None:
    sent = answering(simulated_api(per_day=10, most=299))
    receipt = collect_slice(plan, plan.slices[0], connect)
    assert lengths(sent()) == {30: 3, 7: 4, 2: 1}
    assert (receipt.state, receipt.records, receipt.requests, receipt.least) == ("complete", 300, 3 + 5, 5)
    assert (
        receipt.evidence
        == "The API found 300 videos, requested in 5 shorter windows; according to the last page, no more follow."
    )


@responses.activate
def test_weeks_that_keep_failing_are_split_into_days_and_the_next_weeks_at_once(plan: Plan) -> None:
    sent = answering(simulated_api(per_day=10, most=15))
    receipt = collect_slice(plan, plan.slices[0], connect)
    assert lengths(sent()) == {30: 3, 7: 3, 1: 30}
    assert (receipt.records, receipt.least) == (300, 30)


@responses.activate
def test_the_next_slice_of_a_query_begins_with_the_windows_that_the_first_ended_with(plan: Plan) -> None:
    sent = answering(simulated_api(per_day=10, most=299))
    collect_slice(plan, plan.slices[0], connect).write(plan.raw.receipt("videos", plan.slices[0].name))
    before = len(sent())
    receipt = collect_slice(plan, plan.slices[1], connect)
    assert lengths(sent()[before:]) == {7: 4, 2: 1}
    assert receipt.requests == receipt.least == 5


@responses.activate
def test_a_search_that_fails_at_a_late_page_is_split_and_its_pages_are_kept(plan: Plan) -> None:
    sent = answering(simulated_api(per_day=50, deepest=1000))
    receipt = collect_slice(plan, plan.slices[0], connect)
    assert lengths(sent()) == {30: 10 + 3, 7: 4 * 4, 2: 1}
    assert receipt.state == "complete"
    assert receipt.records == 1000 + 1500
    assert (receipt.requests, receipt.least) == (13 + 17, 17)


@responses.activate
def test_a_search_that_loses_its_search_id_at_a_late_page_is_split_and_not_restarted(plan: Plan) -> None:
    answer = simulated_api(per_day=50)

    def forgetful(body: Body) -> object:
        if body.get("search_id") and body["cursor"] == 700:
            return {"error": {"code": "invalid_params", "message": "Search Id 74 is invalid or expired", "log_id": ""}}
        return answer(body)

    sent = answering(forgetful)
    assert collect_slice(plan, plan.slices[0], connect).state == "complete"
    # Seven pages, the eighth refused four times, the first page of the restarted search, and then the weeks.
    assert lengths(sent()) == {30: 7 + 4 + 1, 7: 4 * 4, 2: 1}


@responses.activate
@pytest.mark.parametrize("stop_at", range(1, 36))
def test_a_job_that_was_stopped_continues_without_requesting_anything_again(plan: Plan, stop_at: int) -> None:
    answer = simulated_api(per_day=10, most=15)
    stopped = False

    def cut_off(body: Body) -> object:
        nonlocal stopped
        if not stopped and len(sent()) == stop_at:
            stopped = True
            raise KeyboardInterrupt
        return answer(body)

    sent = answering(cut_off)
    with pytest.raises(KeyboardInterrupt):
        collect_slice(plan, plan.slices[0], connect)
    receipt = collect_slice(plan, plan.slices[0], connect)
    assert (receipt.state, receipt.records, receipt.least) == ("complete", 300, 30)
    # The request that was cut off, and failures of its window that are counted from zero again.
    assert len(sent()) <= 36 + 1 + 2
    assert stop_at <= 3 or 30 not in lengths(sent()[stop_at + 1 :])
    bodies = [str(body) for body in sent()[:stop_at] + sent()[stop_at + 1 :] if days(body) == 1]
    assert len(set(bodies)) == len(bodies) == 30


@given(st.dates(date(2020, 1, 1), date(2026, 1, 1)), st.integers(1, 31), st.sampled_from([31, 7, 1]))
def test_windows_cover_every_day_once_in_order(start: date, length: int, usual: int) -> None:
    end = start + timedelta(length - 1)
    windows = windows_of(Period(start, end), [], usual=usual)
    covered = [window.period.start + timedelta(day) for window in windows for day in range(window.period.days)]
    assert covered == [start + timedelta(day) for day in range(length)]
    assert max(window.period.days for window in windows) <= max(usual, 1)
