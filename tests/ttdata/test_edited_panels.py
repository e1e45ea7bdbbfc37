"""Panels that are edited between their waves: nothing that was observed is lost, and nobody is requested twice.

The API here returns one video of each account that is requested, whose view count is the day of the request.
"""

import json
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import responses

from tests.ttdata.canned import API, connect
from tests.ttdata.over_time import OUT, rows
from ttdata.audit.checks import findings, prepared
from ttdata.build.dataset import build
from ttdata.collect.slices import collect_slice
from ttdata.plan.due_again import notices
from ttdata.plan.plan import Plan
from ttdata.plan.reuse import with_stored_windows
from ttdata.plan.rounds import current, note_calendars
from ttdata.plan.status import status
from ttdata.study.study import Study

START = datetime(2026, 6, 1, 12, tzinfo=UTC)
NAMES = [f"account{number:02}" for number in range(1, 53)]
POSTED = int(datetime(2026, 1, 15, tzinfo=UTC).timestamp())


def study(names: Sequence[str], **videos: Any) -> Study:
    searches = {"of": "accounts", "during": ["2026-01-01", "2026-01-28"], "waves": {"every": "7d", "times": 4}}
    dataset = {"accounts": list(names), "videos": searches | videos}
    declared = {"study": "panel", "api": {"base_url": API}, "datasets": {"small": dataset}}
    return Study.check(declared, today=START.date())


def run(names: Sequence[str], day: int, gone: Sequence[str] = (), **videos: Any) -> tuple[list[str], str]:
    """Build on a day, counted from the first. Returns the accounts that were requested, and what was removed."""
    now = START + timedelta(day)
    plan = current(with_stored_windows(Plan.of(study(names, **videos))), lambda: now)
    requested: list[str] = []

    def answer(request: Any) -> tuple[int, dict[str, str], str]:
        conditions = json.loads(request.body)["query"]["and"]
        accounts = next(each["field_values"] for each in conditions if each["field_name"] == "username")
        requested.extend(accounts)
        found = [
            {"id": 1000 + int(name[-2:]), "username": name, "create_time": POSTED, "view_count": day}
            for name in accounts
            if name in NAMES and name not in gone
        ]
        data = {"videos": found, "cursor": len(found), "has_more": False, "search_id": "7"}
        headers = {"Date": f"{now:%a, %d %b %Y %H:%M:%S} GMT"}
        return 200, headers, json.dumps({"data": data, "error": {"code": "ok"}})

    with responses.mock:
        token = {"access_token": "clt.x", "expires_in": 7200, "token_type": "Bearer"}
        responses.post(f"{API}/v2/oauth/token/", json=token, headers={"Date": f"{now:%a, %d %b %Y %H:%M:%S} GMT"})
        responses.add_callback(responses.POST, f"{API}/v2/research/video/query/", answer)
        for slice_ in plan.slices:
            path = plan.raw.receipt("videos", slice_.name)
            if not path.exists():
                collect_slice(plan, slice_, connect).write(path)
    note_calendars(plan)
    return sorted(requested), build(plan, "small", OUT).removed


def observed() -> dict[int, list[int]]:
    """The days on which each video was observed, by the number of its account."""
    return dict(
        rows(
            "SELECT video_id - 1000, list(view_count ORDER BY view_count) FROM video_observations GROUP BY 1 ORDER BY 1"
        )
    )


def everyone(*days: int) -> dict[int, list[int]]:
    return {number: list(days) for number in range(1, 53)}


@pytest.mark.slow
def test_a_corrected_handle_keeps_all_observations_and_requests_one_account() -> None:
    wrong = [*NAMES[:9], "acount10", *NAMES[10:]]
    for day in (0, 7, 14):
        assert run(wrong, day) == (sorted(wrong), "")
    requested, removed = run(NAMES, 15)
    assert requested == ["account10"]
    assert removed == "Removed from scope: 1 account, 0 observations; their pages are kept."
    assert observed() == everyone(0, 7, 14) | {10: [15]}
    assert run(NAMES, 21) == (sorted(NAMES), removed)
    assert observed() == everyone(0, 7, 14, 21) | {10: [15, 21]}


@pytest.mark.slow
def test_an_account_that_is_added_or_removed_moves_no_other() -> None:
    some = NAMES[:50]
    assert run(some, 0)[0] == some
    assert run(NAMES, 1)[0] == NAMES[50:]
    requested, removed = run(NAMES[1:], 2)
    assert requested == []
    assert removed == "Removed from scope: 1 account, 1 video, 1 observation; their pages are kept."
    assert rows("SELECT min(id), count(*) FROM videos") == [(1002, 51)]
    assert run(NAMES[1:], 7)[0] == NAMES[1:], "who was removed is not requested again"
    assert run(NAMES[1:], 8)[0] == [], "the waves are on the days 0, 7, 14, …, whoever was requested in between"
    requested, removed = run(NAMES, 14)
    assert (requested, removed) == (NAMES, "")
    assert observed() == everyone(0, 7, 14) | {1: [0, 14], 51: [1, 7, 14], 52: [1, 7, 14]}


@pytest.mark.slow
def test_the_last_day_and_the_fields_change_and_all_observations_stay() -> None:
    run(NAMES, 0)
    run(NAMES, 7, gone=["account03"])
    assert rows("SELECT id FROM videos_gone") == [(1003,)]
    fields = ["id", "username", "create_time", "view_count"]
    for change in ({"during": ["2026-01-01", "2026-01-25"]}, {"fields": fields}):
        assert run(NAMES, 8, **change)[0] == []
        assert observed() == everyone(0, 7) | {3: [0]}
        assert rows("SELECT id FROM videos_gone") == [(1003,)]


@pytest.mark.slow
def test_a_day_before_the_edit_is_as_it_was() -> None:
    run(NAMES, 0)
    run(NAMES, 7, gone=["account03"])
    run(NAMES[:-1], 14, gone=["account03", "account04"])
    query = "SELECT count(*), max(view_count) FROM videos_as_of('{}')"
    assert rows(query.format("2026-06-01")) == [(51, 0)]
    assert rows(query.format("2026-06-08")) == [(50, 7)]
    assert rows(query.format("2026-06-15")) == [(49, 14)]


@pytest.mark.slow
def test_what_an_edit_removes_counts_as_removed_until_it_is_undone() -> None:
    run(NAMES, 0)
    for _ in range(2):
        assert run(NAMES[:50], 1)[1].startswith("Removed from scope: 2 accounts, 2 videos, 2 observations")
    assert rows("FROM removed ORDER BY ALL")[0] == ("account", "account51", 0)
    with prepared(OUT) as con:
        noted = next(each for each in findings(con) if each.check.name == "removed_from_scope")
    assert noted.count == 4
    assert run(NAMES, 2) == ([], "")
    assert observed() == everyone(0)


@pytest.mark.slow
def test_the_notice_says_which_wave_it_is_for_whom() -> None:
    wrong = [*NAMES[:9], "acount10", *NAMES[10:]]
    run(wrong, 0)
    run(wrong, 7)
    run(NAMES, 15)
    plan = with_stored_windows(Plan.of(study(NAMES)))
    assert list(notices(plan))[-1].startswith("videos of small: wave 3 of 4 for 51 accounts, wave 1 for 1. Next due")


@pytest.mark.parametrize("names", [NAMES, list(reversed(NAMES))])
def test_the_order_of_the_accounts_does_not_count(names: list[str]) -> None:
    run(NAMES, 0)
    assert run(names, 1)[0] == []


def test_answers_that_the_study_no_longer_uses_are_counted_apart() -> None:
    run(NAMES, 0)
    plan = Plan.of(study(NAMES, during=["2026-02-01", "2026-02-10"]))
    assert (status(plan).sent, status(plan).used) == (2, 0)
    plan = with_stored_windows(Plan.of(study(NAMES[:50])))
    assert (status(plan).sent, status(plan).used) == (2, 1)
