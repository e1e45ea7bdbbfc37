"""What is asked again, and when: once it has settled, and on the days of its waves; never for nothing."""

import json
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import responses
from hypothesis import given
from hypothesis import strategies as st

from tests.support import FOLDER, small_study
from tests.ttdata.canned import API, connect
from tests.ttdata.over_time import (
    CANARY,
    DAY_0,
    OLD,
    OUT,
    WEEKLY,
    api_at,
    asked,
    at,
    columns,
    names,
    observed,
    raw_files,
    rows,
    study,
    videos,
)
from ttdata.api import clock
from ttdata.build.digest import digest_of
from ttdata.collect.slices import collect_slice
from ttdata.errors import NotDue, StudyFault
from ttdata.plan.due_again import notices, settling
from ttdata.plan.rounds import current
from ttdata.study.problems import Problems
from ttdata.study.schedule import Settle, next_due
from ttdata.study.study import Study


@pytest.fixture(autouse=True)
def in_a_folder_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


# --- settling ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("asked", "state"),
    [
        ("2026-05-31T23:00", "unindexed"),
        ("2026-06-02T23:59", "unindexed"),
        ("2026-06-03T00:00", "unsettled"),
        ("2026-06-10T23:59", "unsettled"),
        ("2026-06-11T00:00", "settled"),
    ],
)
def test_a_window_is_indexed_two_days_after_its_last_day_and_settled_after_ten(asked: str, state: str) -> None:
    moment = datetime.fromisoformat(asked).replace(tzinfo=UTC)
    assert Settle.read({}, Problems()).state(date(2026, 5, 31), moment) == state


def test_what_was_asked_too_early_is_asked_again_once_indexed_and_once_settled_and_then_never() -> None:
    plan, days = study(), []
    for day in range(40):
        now = DAY_0 + timedelta(day)
        before = raw_files()
        asked(plan, now, {1: 5})
        if raw_files() > before:
            days.append(f"{now:%d %B}")
    assert days == ["01 June", "03 June", "11 June"]


def test_whoever_comes_back_late_asks_once_for_both_reasons() -> None:
    plan = study()
    asked(plan, DAY_0, {1: 5})
    late = asked(plan, DAY_0 + timedelta(30), {1: 9})
    assert names(late) == [2]
    assert current(plan, at(DAY_0 + timedelta(60))) == late


def test_a_build_at_the_same_time_asks_for_nothing_and_has_the_same_plan() -> None:
    plan = study()
    for now in (DAY_0, DAY_0 + timedelta(3), DAY_0 + timedelta(20)):
        first = asked(plan, now, {1: 5})
        assert current(plan, at(now)) == current(plan, at(now + timedelta(hours=1))) == first
        assert all(first.raw.receipt("videos", each.name).exists() for each in first.slices)


def test_a_study_of_settled_windows_never_looks_at_the_clock() -> None:
    plan = study(during=["2025-01-01", "2025-01-20"])

    def clock() -> datetime:
        raise AssertionError("the clock was looked at")

    assert names(current(plan, clock)) == [1]
    asked(plan, DAY_0, {1: 5})
    assert names(current(plan, clock)) == [1]


def test_a_round_that_a_wrong_clock_began_too_early_sends_nothing() -> None:
    plan = study()
    asked(plan, DAY_0, {1: 5})
    due = current(plan, at(DAY_0 + timedelta(30)))
    with responses.mock:
        api_at(DAY_0 + timedelta(1), videos({1: 5}))
        with pytest.raises(NotDue, match="It is due on 2026-06-03, but by the API's clock it is 2026-06-02 12:00 UTC"):
            collect_slice(due, due.slices[0], connect)
        assert all("research" not in str(call.request.url) for call in responses.calls)


@given(
    st.lists(st.integers(0, 60 * 24), min_size=1, max_size=20),
    st.lists(st.integers(0, 60 * 24), min_size=1, max_size=5),
)
def test_no_schedule_leads_to_more_askings_than_it_has_moments(builds: list[int], moments: list[int]) -> None:
    due = [DAY_0 + timedelta(hours=each) for each in moments]
    asked_at, asked = DAY_0, 0
    for now in sorted(DAY_0 + timedelta(hours=each) for each in builds):
        while (next_one := next_due(due, asked_at)) and next_one <= now:
            asked_at, asked = now, asked + 1
    assert asked <= len(set(due))


def test_what_has_not_settled_is_told_with_the_day_on_which_it_has() -> None:
    plan = observed(study(), DAY_0, {1: 5})
    (told,) = notices(plan)
    assert "1 search was requested too early, so counts are not up to date. In 1 of them videos can be missing." in told
    assert "from 2026-06-03 on, and last on 2026-06-11 (UTC)" in told
    assert settling(plan) == {"settled": 0, "unsettled": 0, "unindexed": 1, "next_due": "2026-06-03T00:00:00+00:00"}
    assert rows("SELECT settled, settled_on FROM slices") == [("unindexed", datetime(2026, 6, 11))]
    assert list(notices(observed(study(), DAY_0 + timedelta(30), {1: 5}))) == []
    assert rows("SELECT settled FROM slices") == [("settled",)]


# --- observations -----------------------------------------------------------------------------------------------


def test_a_refreshed_dataset_equals_one_that_was_collected_then() -> None:
    asked(study(), DAY_0, {1: 5, 2: 7})
    observed(study(), DAY_0 + timedelta(12), {1: 50, 3: 9})
    refreshed = digest_of(OUT)
    for file in Path("raw").rglob("*.*"):
        if file.is_file():
            file.unlink()
    OUT.unlink()
    observed(study(), DAY_0 + timedelta(12), {1: 50, 3: 9})
    assert digest_of(OUT) == refreshed


def test_every_observation_stays_and_a_video_that_is_gone_keeps_its_row() -> None:
    asked(study(), DAY_0, {1: 5, 2: 7})
    observed(study(), DAY_0 + timedelta(12), {1: 50, 3: 9})
    assert rows("SELECT id, view_count FROM videos") == [(1, 50), (3, 9)]
    assert rows("SELECT video_id, round, view_count FROM video_observations ORDER BY ALL") == [
        (1, 1, 5),
        (1, 2, 50),
        (2, 1, 7),
        (3, 2, 9),
    ]
    assert rows("SELECT id, view_count, last_seen::DATE FROM videos_gone") == [(2, 7, date(2026, 6, 1))]
    assert rows("SELECT round, settled FROM rounds ORDER BY ALL") == [(1, "unindexed"), (2, "settled")]


def test_videos_as_of_a_day_are_those_that_a_build_of_that_day_had() -> None:
    asked(study(), DAY_0, {1: 5, 2: 7})
    observed(study(), DAY_0 + timedelta(12), {1: 50, 3: 9})
    first, second = [(1, 5), (2, 7)], [(1, 50), (3, 9)]
    for moment, had in [
        ("'2026-05-31'", []),
        ("'2026-06-01'", first),
        ("DATE '2026-06-12'", first),
        ("'2026-06-13 11:59:59'", first),
        ("TIMESTAMP '2026-06-13 12:01:00'", second),
        ("'2026-06-13'", second),
    ]:
        assert rows(f"FROM videos_as_of({moment}) SELECT id, view_count ORDER BY id") == had, moment
    assert columns("videos_as_of('2026-06-01')") == columns("videos")


# --- the API's clock --------------------------------------------------------------------------------------------


def test_the_bundled_server_has_the_time_that_the_key_says(monkeypatch: pytest.MonkeyPatch) -> None:
    plan = study()
    assert clock.clock(plan, plan.host, FOLDER.clock)() == DAY_0
    monkeypatch.setenv("TIKTOK_CLIENT_KEY", "mock:now=2026-06-15T08:00:00Z")
    assert clock.clock(plan, plan.host, FOLDER.clock)() == datetime(2026, 6, 15, 8, tzinfo=UTC)
    monkeypatch.setenv(clock.NOW, "2026-07-01T00:00:00+00:00")
    assert clock.clock(plan, plan.host, FOLDER.clock)() == datetime(2026, 7, 1, tzinfo=UTC)


def test_the_time_of_another_api_is_remembered_as_its_distance_from_ours() -> None:
    plan = study(api={"base_url": API})
    with responses.mock:
        api_at(datetime.now(UTC) + timedelta(days=400))
        client = connect(lambda answer: None)
        client.token()
        clock.remember(client, plan.host, FOLDER.clock)
    ahead = clock.clock(plan, plan.host, FOLDER.clock)() - datetime.now(UTC)
    assert timedelta(days=399) < ahead < timedelta(days=401)
    assert list(json.loads(FOLDER.clock.read_text())) == [plan.host]


def test_a_memory_of_the_time_that_cannot_be_read_is_forgotten() -> None:
    plan = study(api={"base_url": API})
    FOLDER.clock.parent.mkdir()
    FOLDER.clock.write_text("{")
    assert abs(clock.clock(plan, plan.host, FOLDER.clock)() - datetime.now(UTC)) < timedelta(hours=1)


# --- mistakes ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"settle": {"index": "2"}}, "settle.index: '2' has the wrong format. Write a number of days, such as"),
        ({"settle": {"counts": 10}}, "settle.counts: 10 is a whole number, but this must be text."),
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
def test_a_mistake_about_time_is_named_with_its_key(changes: dict[str, Any], sentence: str) -> None:
    with pytest.raises(StudyFault) as fault:
        study(**changes)
    assert sentence in str(fault.value)


def test_a_random_sample_has_no_waves() -> None:
    videos = small_study()["datasets"]["small"]["videos"] | {"random": {"by": "month", "draws": 2}, "waves": WEEKLY}
    with pytest.raises(StudyFault, match="A sample drawn again is another sample"):
        Study.check(small_study(datasets={"small": {"videos": videos}}), today=date(2026, 11, 1))
