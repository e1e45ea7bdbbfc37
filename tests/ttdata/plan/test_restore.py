"""Receipts that are missing are made again from the pages, as they were; kept selections and noted times likewise."""

import json
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
import responses

from tests.support import FOLDER, small_study
from tests.ttdata.canned import connect, failure
from tests.ttdata.over_time import CANARY, DAY_0, OLD, WEEKLY, api_at, clock_at, collect_due, plan_of, videos
from tests.ttdata.plan.test_due_again import accounts, collect_users
from ttapi import QuotaExhausted
from ttdata.collect.canary import request_canary
from ttdata.collect.slices import collect_slice
from ttdata.errors import NotCollected, StorageFault
from ttdata.plan.calendar import first_requests, note_first_requests
from ttdata.plan.canary_files import canary_pages, canary_requests, found_enough_on
from ttdata.plan.due_again import notices
from ttdata.plan.kept_selections import keep, kept_ids
from ttdata.plan.missing import missing_ids
from ttdata.plan.names import in_round
from ttdata.plan.plan import Plan
from ttdata.plan.restore import close_overtaken_waves, restore_receipts
from ttdata.plan.rounds import current, note_calendars, standings
from ttdata.store.receipts import Receipt
from ttdata.study.study import Study


def receipts() -> dict[Path, bytes]:
    return {path: path.read_bytes() for path in Path().rglob("*.receipt.json")}


def without(paths: dict[Path, bytes]) -> None:
    for path in paths:
        path.unlink()


def test_receipts_of_searches_are_restored_in_all_their_rounds() -> None:
    plan = plan_of()
    for day in (0, 3, 12):
        collect_due(plan, DAY_0 + timedelta(day), {1: day})
    before = receipts()
    assert len(before) == 3
    for number in range(1, 4):
        plan.raw.receipt("videos", in_round(plan.slices[0].name, number)).unlink()
        restore_receipts(plan)
        assert receipts() == before
    without(before)
    restore_receipts(plan)
    assert receipts() == before


def test_a_receipt_that_is_there_is_left_as_it_is() -> None:
    plan = plan_of()
    collect_due(plan, DAY_0, {1: 1})
    (path,) = receipts()
    path.write_text("its own")
    restore_receipts(plan, empty=True)
    assert path.read_text() == "its own"


@pytest.mark.parametrize("empty", [True, False])
def test_a_search_that_found_nothing_is_restored_only_if_that_is_wanted(empty: bool) -> None:
    plan = plan_of(during=OLD)
    with responses.mock:
        api_at(DAY_0, videos({}))
        collect_slice(plan, plan.slices[0], connect)
    restore_receipts(plan, empty=empty)
    assert len(receipts()) == empty


def test_a_search_that_is_not_finished_has_no_receipt_to_restore() -> None:
    plan = plan_of(during=OLD)
    stopped(plan, DAY_0)
    restore_receipts(plan, empty=True)
    assert receipts() == {}


def observed_accounts() -> Plan:
    """The plan of three accounts after two of their waves; c is private in both, and d joins in the second."""
    collect_users(current(accounts("a", "b", "c"), clock_at(DAY_0)), DAY_0, {"a": 1, "b": 1})
    later = DAY_0 + timedelta(7)
    plan = accounts("a", "b", "c", "d")
    collect_users(current(plan, clock_at(later)), later, {"a": 2, "b": 2, "d": 2})
    return plan


def test_receipts_of_shards_are_restored_in_all_rounds_but_the_newest() -> None:
    plan = observed_accounts()
    before = receipts()
    again = {path.with_name(path.name.replace("of4.2.", "of4.")) for path in before if "of4.2." in path.name}
    first = {path: content for path, content in before.items() if path in again}
    assert len(first) == len(again) > 0
    without(first)
    restore_receipts(plan)
    assert receipts().keys() == before.keys()
    for path in first:
        now, then = Receipt.read(path), json.loads(first[path])
        assert [*now.item_ids] == then["asked"]
        assert (now.requests, now.records, now.refused) == (then["requests"], then["records"], then["refused"])
        assert (now.asked_at, now.finished_at, now.state) == (then["asked_at"], then["finished_at"], then["state"])
    without(before)
    restore_receipts(plan)
    assert receipts().keys() == first.keys()


def test_the_notice_counts_the_waves_of_each_account_and_those_that_were_missed() -> None:
    plan = observed_accounts()
    due = current(plan, clock_at(DAY_0 + timedelta(7)))
    assert list(notices(due)) == [
        "users of small: wave 2 of 3 for 3 accounts, wave 1 for 1. Next due 2026-06-15 (UTC): run the same command "
        "then."
    ]


def test_the_notice_of_a_panel_names_the_wave_that_nobody_was_requested_in() -> None:
    plan = accounts("a", "b", every="7d", times=4)
    for day in (0, 15):
        collect_users(current(plan, clock_at(DAY_0 + timedelta(day))), DAY_0 + timedelta(day), {"a": 1, "b": 1})
    due = current(plan, clock_at(DAY_0 + timedelta(15)))
    (notice,) = notices(due)
    assert notice.startswith("users of small: wave 3 of 4 (wave 2 missed")
    assert notice.endswith("). Next due 2026-06-22 (UTC): run the same command then.")


def test_the_standing_of_a_search_says_when_it_was_requested_and_is_due_again() -> None:
    plan = plan_of(during=OLD, waves=WEEKLY)
    for day in (0, 15):
        collect_due(plan, DAY_0 + timedelta(day), {1: 1})
    (each,) = standings(current(plan, clock_at(DAY_0 + timedelta(15))))
    assert (each.dataset, each.source, each.asked_at.date()) == ("small", "videos", date(2026, 6, 16))
    assert (each.wave, each.waves, each.observed, each.missed) == (3, 3, {1, 3}, (2,))
    assert each.days == (date(2026, 6, 1), date(2026, 6, 8), date(2026, 6, 15))
    assert (each.settled, each.moments, each.due, each.next_wave) == ("settled", (), None, None)
    assert each.newest == in_round(plan.slices[0].name, 2)


def test_without_a_clock_nothing_is_said_of_what_was_not_requested() -> None:
    plan = plan_of(during=OLD, waves=WEEKLY)
    assert standings(plan) == []
    (each,) = standings(plan, clock_at(DAY_0))
    assert (each.asked_at, each.wave, each.observed) == (DAY_0, 1, {1})
    assert each.next_wave == datetime(2026, 6, 8, tzinfo=UTC)
    assert [f"{moment:%m-%d}" for moment in each.moments] == ["06-08", "06-15"]


def test_a_later_round_is_due_from_the_moment_that_made_it_due() -> None:
    plan = plan_of(during=OLD, waves=WEEKLY)
    assert (current(plan, clock_at(DAY_0)).slices[0].due, plan.slices[0].due) == ("", "")
    collect_due(plan, DAY_0, {1: 1})
    for day in (8, 9):
        due = current(plan, clock_at(DAY_0 + timedelta(day)))
        assert [(each.name, each.due) for each in due.slices] == [
            (in_round(plan.slices[0].name, 2), "2026-06-08T00:00:00+00:00")
        ]
        collect_due(plan, DAY_0 + timedelta(day), {1: 1})


def stopped(plan: Plan, now: datetime) -> None:
    """Collect a search until the quota is spent, after its first page."""
    more = videos({1: 1})
    more["data"]["has_more"] = True
    with responses.mock:
        api_at(now, more, {"error": {"code": "daily_quota_limit_exceeded"}})
        with pytest.raises(QuotaExhausted):
            collect_slice(plan, plan.slices[0], connect)


def test_a_search_that_a_wave_overtakes_is_closed_as_incomplete() -> None:
    plan = plan_of(during=OLD, waves=WEEKLY)
    stopped(plan, DAY_0)
    path = plan.raw.receipt("videos", plan.slices[0].name)
    close_overtaken_waves(plan, clock_at(DAY_0 + timedelta(6, 43199)))
    assert not path.exists()
    close_overtaken_waves(plan, clock_at(datetime(2026, 6, 8, tzinfo=UTC)))
    receipt = Receipt.read(path)
    assert receipt.state == "partial"
    assert receipt.evidence.startswith("Closed when the wave of 2026-06-08 was due. ")
    assert (receipt.requests, receipt.records) == (2, 1)


def test_a_search_without_waves_or_without_a_page_is_not_closed() -> None:
    without_waves = plan_of(during=OLD)
    stopped(without_waves, DAY_0)
    close_overtaken_waves(without_waves, clock_at(DAY_0 + timedelta(60)))
    plan = plan_of(during=["2025-02-01", "2025-02-10"], waves=WEEKLY)
    with responses.mock:
        api_at(DAY_0, failure())
        collect_slice(plan, plan.slices[0], connect)
    close_overtaken_waves(plan, clock_at(DAY_0 + timedelta(60)))
    assert receipts() == {}


def test_the_time_of_the_first_request_is_noted_once_and_kept() -> None:
    plan = plan_of(during=OLD, waves=WEEKLY)
    note_calendars(plan)
    assert first_requests(plan) == {}
    assert not plan.raw.calendar.exists()
    collect_due(plan, DAY_0, {1: 1})
    note_calendars(plan)
    noted = first_requests(plan)
    assert [(key, moment.replace(microsecond=0)) for key, moment in noted.items()] == [(("small", "videos"), DAY_0)]
    without(receipts())
    assert standings(plan, clock_at(DAY_0 + timedelta(9)))[0].wave == 2
    note_first_requests(plan, {("small", "videos"): DAY_0 + timedelta(9), ("small", "users"): DAY_0 + timedelta(1)})
    assert first_requests(plan) == {**noted, ("small", "users"): DAY_0 + timedelta(1)}
    assert json.loads(plan.raw.calendar.read_text()) == {
        "small/users": "2026-06-02T12:00:00+00:00",
        "small/videos": noted["small", "videos"].isoformat(),
    }


@pytest.mark.parametrize("content", ["", "[]", "3", "null", "\udcff"])
def test_a_calendar_that_cannot_be_read_has_no_times(content: str) -> None:
    plan = plan_of()
    plan.raw.calendar.parent.mkdir(parents=True)
    plan.raw.calendar.write_bytes(content.encode("utf-8", "surrogateescape"))
    assert first_requests(plan) == {}


def test_of_a_calendar_the_times_that_can_be_read_count() -> None:
    plan = plan_of()
    plan.raw.calendar.parent.mkdir(parents=True)
    noted = {"a/videos": "May", "b/videos": 3, "c/videos": "2026-06-01T12:00:00", "d/users/x": DAY_0.isoformat()}
    plan.raw.calendar.write_text(json.dumps(noted))
    assert first_requests(plan) == {("d", "users/x"): DAY_0}


def test_a_kept_selection_counts_until_the_study_or_a_round_changes() -> None:
    plan = accounts("a", "b")
    assert kept_ids(plan, "small", "users") is None
    keep(plan, "small", "users", ["b"])
    assert kept_ids(plan, "small", "users") == ["b"]
    assert (plan.raw.path / "selections" / "small.users.txt").exists()
    assert kept_ids(accounts("a", "b", "c"), "small", "users") is None
    collect_users(current(plan, clock_at(DAY_0)), DAY_0, {"a": 1, "b": 1})
    assert kept_ids(current(plan, clock_at(DAY_0)), "small", "users") == ["b"]
    assert kept_ids(current(plan, clock_at(DAY_0 + timedelta(7))), "small", "users") is None
    (plan.raw.path / "selections" / "small.users.txt").write_text("damaged")
    with pytest.raises(StorageFault):
        kept_ids(plan, "small", "users")


def test_a_kept_selection_changes_with_a_new_round_of_its_parent() -> None:
    plan = plan_of({"users": {"of": "videos"}})
    keep(plan, "small", "users", ["b"])
    collect_due(plan, DAY_0, {1: 1})
    assert kept_ids(current(plan, clock_at(DAY_0)), "small", "users") == ["b"]
    assert kept_ids(current(plan, clock_at(DAY_0 + timedelta(12))), "small", "users") is None


def ids_plan(*ids: int) -> Plan:
    dataset = {"ids": [str(each) for each in ids], "videos": {"of": "ids", "during": ["2025-01-01", "2025-01-20"]}}
    return Plan.of(Study.check(small_study(datasets={"small": dataset}), today=date(2026, 11, 1)))


FOUND, LOST, UNDATED = (1_736_000_000 << 32) + 1, (1_736_000_000 << 32) + 2, 5


def test_missing_ids_are_those_that_the_searches_before_did_not_find() -> None:
    plan = ids_plan(FOUND, LOST, UNDATED)
    (path,) = plan.receipts_before_missing("small")
    with pytest.raises(NotCollected) as error:
        missing_ids(plan, "small")
    assert str(error.value) == f"{path} does not exist yet. Run the build again."
    (hinted,) = [each for each in plan.slices if not each.missing]
    with responses.mock:
        api_at(DAY_0, failure(), videos({FOUND: 1}))
        collect_slice(plan, hinted, connect).write(path)
    assert missing_ids(plan, "small") == [str(UNDATED), str(LOST)]
    keep(plan, "small", "videos", [str(LOST)])
    assert missing_ids(plan, "small") == [str(LOST)]
    assert not FOLDER.ids("small", "videos").exists()


def test_the_answers_of_a_canary_are_found_by_its_day_and_query() -> None:
    plan = plan_of(canary=CANARY)
    assert plan.canary
    today, yesterday = DAY_0.date(), DAY_0.date() - timedelta(1)
    assert (found_enough_on(plan, today), canary_requests(plan)) == (False, 0)
    with responses.mock:
        api_at(DAY_0, videos({1: 1, 2: 1}))
        request_canary(plan, plan.canary, connect)
    assert (found_enough_on(plan, today), found_enough_on(plan, yesterday)) == (True, False)
    assert canary_requests(plan) == 1
    assert not found_enough_on(plan_of(canary=CANARY | {"at_least": 3}), today)
    assert not found_enough_on(plan_of(), today)
    name = canary_pages(plan, plan.canary, today).name
    assert name == canary_pages(plan_of(canary=CANARY), plan.canary, today).name
    assert name.endswith("-2026-06-01.ndjson.zst")
