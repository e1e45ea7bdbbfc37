"""Periods that are not over: which windows can be requested, and which are to come."""

from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ttdata.study.during import During
from ttdata.study.problems import Problems

TODAY = date(2026, 6, 1)


def read(during: Any, **videos: Any) -> tuple[During | None, list[str]]:
    problems = Problems()
    return During.read({"during": during, **videos}, TODAY, problems), list(problems)


@given(st.integers(-400, 400), st.integers(0, 400), st.integers(1, 30))
def test_every_window_that_is_over_is_requested_and_every_other_one_is_to_come(
    start: int, length: int, window: int
) -> None:
    first = TODAY + timedelta(start)
    last = first + timedelta(length)
    during, problems = read([f"{first}", f"{last}"], window=window)
    if during is None:
        assert last > TODAY
        assert first + timedelta(window - 1) >= TODAY or last >= TODAY
        assert problems
        return
    windows = [*(during.windows if during.windows is not None else during.period.windows(window)), *during.coming]
    days = [each.start + timedelta(number) for each in windows for number in range(each.days)]
    assert days == [first + timedelta(number) for number in range(length + 1)]
    if last > TODAY:
        assert all(each.end < TODAY for each in during.windows or ())
        assert all(each.end >= TODAY for each in during.coming)


def test_an_open_period_is_requested_week_by_week() -> None:
    during, problems = read(["2026-05-01", "open"])
    assert during
    assert not problems
    assert [f"{each.end}" for each in during.windows or ()] == ["2026-05-07", "2026-05-14", "2026-05-21", "2026-05-28"]
    assert [f"{each.start}" for each in during.coming[:2]] == ["2026-05-29", "2026-06-05"]


def test_the_days_before_each_wave_are_a_window_of_their_own() -> None:
    waves = {"every": "7d", "times": 5, "from": "2026-05-20"}
    during, _ = read({"last": "28d"}, waves=waves)
    assert during
    assert [(f"{a}", f"{b}") for a, b in during.windows or ()] == [
        ("2026-04-22", "2026-05-19"),
        ("2026-04-29", "2026-05-26"),
    ]
    assert [f"{each.end}" for each in during.coming] == ["2026-06-02", "2026-06-09", "2026-06-16"]
    assert during.is_moving


def test_a_random_sample_needs_a_period_that_is_over() -> None:
    assert "needs a period that is over" in read(["2026-05-01", "open"], random={})[1][0]
    assert "2026-06-02, which is in the future" in read(["2026-05-01", "2026-06-02"], of="ids")[1][0]


@pytest.mark.parametrize(
    ("during", "videos"),
    [
        (["2027-05-01", "2027-01-01"], {}),
        (["9999-12-31", "open"], {}),
        (["2026-05-01", "9999-12-31"], {}),
        (["2026-05-01", "9999-12-31"], {"window": 1}),
        (["2026-05-01", "open"], {"window": 30}),
        ({"last": "30d"}, {"waves": {"every": "999d", "times": 1000, "from": "9000-01-01"}}),
        ({"last": "7d"}, {"waves": {"every": "7d", "times": 3, "from": "2026-02-30"}}),
        ({"last": "30d"}, {"waves": {"every": "7d", "times": 3, "from": "0001-01-05"}}),
    ],
)
def test_no_days_cause_a_traceback_or_a_plan_without_end(during: Any, videos: dict[str, Any]) -> None:
    result, problems = read(during, **videos)
    assert (result is None) == bool(problems)
    assert result is None or len(result.coming) <= 520
