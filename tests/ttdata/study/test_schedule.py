"""Schedules: when a search is indexed and settled, when a round is due, and mistakes in a study's keys about time."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support import small_study
from tests.ttdata.over_time import (
    CANARY,
    DAY_0,
    OLD,
    WEEKLY,
    plan_of,
)
from ttdata.errors import StudyFault
from ttdata.study.problems import Problems
from ttdata.study.schedule import Settle, next_due
from ttdata.study.study import Study


@pytest.mark.parametrize(
    ("requested", "state"),
    [
        ("2026-05-31T23:00", "unindexed"),
        ("2026-06-02T23:59", "unindexed"),
        ("2026-06-03T00:00", "unsettled"),
        ("2026-06-10T23:59", "unsettled"),
        ("2026-06-11T00:00", "settled"),
    ],
)
def test_a_window_is_indexed_two_days_after_its_last_day_and_settled_after_ten(requested: str, state: str) -> None:
    moment = datetime.fromisoformat(requested).replace(tzinfo=UTC)
    assert Settle.read({}, Problems()).state(date(2026, 5, 31), moment) == state


@given(
    st.lists(st.integers(0, 60 * 24), min_size=1, max_size=20),
    st.lists(st.integers(0, 60 * 24), min_size=1, max_size=5),
)
def test_a_schedule_causes_at_most_one_round_per_moment(builds: list[int], moments: list[int]) -> None:
    due = [DAY_0 + timedelta(hours=each) for each in moments]
    requested_at, rounds = DAY_0, 0
    for now in sorted(DAY_0 + timedelta(hours=each) for each in builds):
        while (moment := next_due(due, requested_at)) and moment <= now:
            requested_at, rounds = now, rounds + 1
    assert rounds <= len(set(due))


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"settle": {"index": "2"}}, "settle.index: '2' has the wrong format. Write a number of days, such as"),
        ({"settle": {"counts": 10}}, "settle.counts: 10 has the wrong format. Write a number of days, such as 10d."),
        ({"settle": {"index": "12d"}}, "settle.index: Videos are found before their counts settle: 12d is more than"),
        ({"settle": {}}, "settle: This is empty"),
        ({"waves": {"every": "0d", "times": 3}}, "waves.every: '0d' has the wrong format."),
        ({"waves": {"every": "7d"}}, "waves: The key 'times' is missing."),
        ({"waves": {"every": "7d", "times": 1}}, "waves.times: 1 is too small; the minimum is 2."),
        ({"waves": WEEKLY | {"from": "2026-06-31"}}, "waves.from: 2026-06-31 is a day that does not exist"),
        ({"waves": WEEKLY | {"from": "June"}}, "waves.from: 'June' has the wrong format. Write a day as"),
        ({"canary": {"during": OLD}}, "canary: The key 'where' is missing."),
        ({"canary": {"where": CANARY["where"]}}, "canary: The key 'during' is missing."),
        ({"canary": CANARY | {"at_least": 0}}, "canary.at_least: 0 is too small; the minimum is 1."),
        ({"canary": CANARY | {"during": ["2025-01-01", "2025-03-01"]}}, "canary.during: The canary is one request,"),
        ({"canary": CANARY | {"during": ["2025-01-10", "2025-01-01"]}}, "canary.during: Give a first and a last day"),
        ({"canary": CANARY | {"during": ["2025-02-30", "2025-03-01"]}}, "contains a day that does not exist"),
        ({"canary": CANARY | {"where": {"all": [{"region_code": "XX"}]}}}, "canary.where:"),
    ],
)
def test_a_mistake_in_a_key_about_time_is_reported_with_the_key(changes: dict[str, Any], sentence: str) -> None:
    with pytest.raises(StudyFault) as fault:
        plan_of(**changes)
    assert sentence in str(fault.value)


def test_a_random_sample_has_no_waves() -> None:
    videos = small_study()["datasets"]["small"]["videos"] | {"random": {"by": "month", "draws": 2}, "waves": WEEKLY}
    with pytest.raises(StudyFault, match="A sample drawn again is another sample"):
        Study.check(small_study(datasets={"small": {"videos": videos}}), today=date(2026, 11, 1))
