"""The state of a slice or shard, the evidence for it, and when nothing more is sent for it."""

import json
from collections.abc import Callable, Iterable
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import responses
import yaml

from tests.support import FOLDER, small_study
from tests.ttdata.canned import answering, api, connect, failure, page
from ttapi import InvalidParams
from ttdata.collect.job import BuildStopped
from ttdata.collect.shards import collect_shard
from ttdata.collect.slices import collect_slice
from ttdata.errors import StudyFault
from ttdata.plan.plan import Plan
from ttdata.plan.status import status
from ttdata.store import events
from ttdata.store.builds import hold
from ttdata.store.events import Event
from ttdata.store.receipts import Receipt
from ttdata.store.stops import Stop
from ttdata.study.study import Study

Body = dict[str, Any]
INVALID = {"error": {"code": "invalid_params", "message": "Something else is not right", "log_id": ""}}


@pytest.fixture
def make_plan(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Plan]:
    monkeypatch.chdir(tmp_path)
    (tmp_path / ".ttdata").mkdir()

    def plan(**changes: Any) -> Plan:
        study = small_study(**changes)
        study["datasets"]["small"]["comments"]["max"] = 300
        study["datasets"]["small"]["followers"] = {"of": "users"}
        return Plan.of(Study.check(study, today=date(2026, 11, 1)))

    return plan


def collect_items(plan: Plan, name: str, count: int) -> Receipt:
    """Collect this many items in the first shard of a source."""
    source = plan.datasets[0].source(name)
    items = [item for item in map(str, range(1, 1000)) if source.shards[0].holds(item)][:count]
    return collect_shard(plan, source, source.shards[0], items, connect)


def user(name: str) -> Body:
    return {"data": {"display_name": name}, "error": {"code": "ok"}}


def unknown_user(name: str) -> Body:
    message = f"`username: {name}` is invalid: cannot find the user"
    return {"error": {"code": "invalid_params", "message": message, "log_id": ""}}


@responses.activate
def test_a_shard_whose_items_are_all_refused_is_refused_and_not_empty(make_plan: Callable[..., Plan]) -> None:
    answering(lambda body: unknown_user(body["username"]), path="user/info")
    receipt = collect_items(make_plan(), "users", 3)
    assert (receipt.state, receipt.evidence) == ("refused", "3 of 3 items were refused (3 UserNotFound).")


@responses.activate
def test_the_evidence_of_a_shard_counts_its_refused_items(make_plan: Callable[..., Plan]) -> None:
    api(user("a"), unknown_user("b"), path="user/info")
    receipt = collect_items(make_plan(), "users", 2)
    assert (receipt.state, receipt.is_finished) == ("complete", True)
    assert receipt.evidence == "2 of 2 items are answered; 1 of 2 items were refused (1 UserNotFound)."


def comments(hits: int) -> Callable[[Body], Body]:
    def answer(body: Body) -> Body:
        end = min(body.get("cursor", 0) + 100, hits)
        records = [{"id": number} for number in range(body.get("cursor", 0), end)]
        return {"data": {"comments": records, "cursor": end, "has_more": end < hits}, "error": {"code": "ok"}}

    return answer


@responses.activate
@pytest.mark.parametrize(("hits", "state"), [(900, "capped"), (300, "complete"), (40, "complete")])
def test_a_list_that_continues_beyond_max_is_capped(make_plan: Callable[..., Plan], hits: int, state: str) -> None:
    answering(comments(hits), path="video/comment/list")
    receipt = collect_items(make_plan(), "comments", 2)
    assert (receipt.state, list(receipt.cut.values())) == (state, [300, 300] if state == "capped" else [])
    if state == "capped":
        assert receipt.evidence == "The lists of 2 of 2 items were cut, the longest after 300 records."


@responses.activate
def test_lists_that_reach_the_api_s_limit_are_not_failures_and_not_requested_again(
    make_plan: Callable[..., Plan],
) -> None:
    def capped(body: Body) -> Body:
        if body.get("cursor", 0) + body["max_count"] > 1000:
            return {"error": {"code": "invalid_params", "message": "Invalid count or cursor", "log_id": ""}}
        return comments(5000)(body)

    sent = answering(capped, path="video/comment/list")
    plan = make_plan(failures={"per_slice": 2})
    plan.declared["datasets"]["small"]["comments"].pop("max")
    unlimited = Plan.of(Study.check(plan.declared, today=date(2026, 11, 1)))
    receipts = [collect_items(unlimited, "comments", 3) for _ in range(2)]
    assert [(receipt.state, len(receipt.cut)) for receipt in receipts] == [("capped", 3)] * 2
    assert len(sent()) == 3 * 11


@responses.activate
@pytest.mark.parametrize(("pages", "state"), [(45, "capped"), (39, "complete"), (51, "complete")])
def test_followers_that_end_with_a_full_page_between_4000_and_5000_are_capped(
    make_plan: Callable[..., Plan], pages: int, state: str
) -> None:
    def answer(body: Body) -> Body:
        number = 1_000_000 - body.get("cursor", 1_000_000)
        accounts = [{"username": f"u{number}x{each}", "display_name": ""} for each in range(100)]
        data = {"user_followers": accounts, "cursor": 1_000_000 - number - 1, "has_more": number + 1 < pages}
        return {"data": data, "error": {"code": "ok"}}

    answering(answer, path="user/followers")
    receipt = collect_items(make_plan(), "followers", 1)
    assert (receipt.state, receipt.records) == (state, pages * 100)


@responses.activate
def test_a_search_with_hits_but_without_records_is_empty_and_says_so(make_plan: Callable[..., Plan]) -> None:
    api(page([], 7, more=False))
    plan = make_plan()
    receipt = collect_slice(plan, plan.slices[0], connect)
    assert (receipt.state, receipt.evidence) == ("empty", "The API found 7 videos and returned none.")


@responses.activate
@pytest.mark.parametrize("budget", [1, 4, 10])
def test_a_slice_sends_no_more_than_its_failure_budget_per_day_over_all_runs(
    make_plan: Callable[..., Plan], budget: int
) -> None:
    plan = make_plan(failures={"per_slice": budget}, api={"base_url": "https://open.tiktokapis.com"})
    sent = answering(lambda body: failure())
    receipts = [collect_slice(plan, plan.slices[0], connect) for _ in range(3)]
    assert len(sent()) == budget
    assert {receipt.state for receipt in receipts} == {"blocked"}
    assert f"{budget} request{'s' * (budget > 1)} failed on 2026-06-01 with HTTP 200" in receipts[0].evidence
    assert "log_id L500" in receipts[0].evidence


@responses.activate
def test_each_build_from_the_bundled_server_is_a_new_day_for_the_failure_budget(make_plan: Callable[..., Plan]) -> None:
    plan = make_plan(failures={"per_slice": 2})
    sent = answering(lambda body: failure())
    assert [collect_slice(plan, plan.slices[0], connect).state for _ in range(3)] == ["blocked"] * 3
    assert len(sent()) == 6


@responses.activate
def test_a_blocked_slice_is_tried_again_on_the_api_s_next_day(
    make_plan: Callable[..., Plan], monkeypatch: pytest.MonkeyPatch
) -> None:
    plan = make_plan()
    answering(lambda body: failure())
    assert collect_slice(plan, plan.slices[0], connect).state == "blocked"
    responses.reset()
    monkeypatch.setitem(api.__globals__["NOON"], "Date", "Tue, 02 Jun 2026 00:01:00 GMT")
    answering(lambda body: page([1], 1, more=False))
    assert collect_slice(plan, plan.slices[0], connect).state == "complete"


@responses.activate
def test_failures_that_a_later_attempt_made_up_for_do_not_use_up_the_budget(make_plan: Callable[..., Plan]) -> None:
    plan = make_plan(failures={"per_slice": 3})
    cursors: set[int] = set()

    def fail_once(body: Body) -> object:
        cursor = body.get("cursor", 0)
        if cursor not in cursors:
            cursors.add(cursor)
            return failure()
        return page([cursor], cursor + 100, more=cursor < 900)

    answering(fail_once)
    receipt = collect_slice(plan, plan.slices[0], connect)
    assert (receipt.state, receipt.requests, receipt.least) == ("complete", 20, 10)


@responses.activate
def test_an_item_that_keeps_failing_does_not_stop_the_requests_for_the_others(
    make_plan: Callable[..., Plan],
) -> None:
    plan = make_plan()
    usernames: list[str] = []

    def answer(body: Body) -> object:
        usernames.append(body["username"])
        return failure() if body["username"] == usernames[0] else user("x")

    answering(answer, path="user/info")
    receipt = collect_items(plan, "users", 4)
    assert (receipt.state, receipt.records, receipt.requests) == ("partial", 3, 3 + 2 * 3)
    assert receipt.evidence.startswith("3 of 4 items are answered; 6 requests failed on 2026-06-01")


@responses.activate
def test_items_that_make_a_request_invalid_are_skipped_until_the_budget_is_used_up(
    make_plan: Callable[..., Plan],
) -> None:
    answering(lambda body: INVALID, path="user/info")
    receipt = collect_items(make_plan(failures={"per_slice": 3}), "users", 5)
    assert (receipt.state, receipt.requests) == ("blocked", 3)
    assert "Something else is not right" in receipt.evidence


@responses.activate
def test_an_invalid_search_request_is_not_a_failure_of_one_slice(make_plan: Callable[..., Plan]) -> None:
    plan = make_plan()
    sent = answering(lambda body: INVALID)
    with pytest.raises(InvalidParams):
        collect_slice(plan, plan.slices[0], connect)
    assert len(sent()) == 1


def append_events(kinds: Iterable[str], *raw_files: str) -> None:
    for number, kind in enumerate(kinds):
        events.append(Event(kind, 0, raw_files[number % len(raw_files)]), FOLDER.events)


@responses.activate
@pytest.mark.parametrize(
    ("others", "requests_until_stop"), [(["down"] * 11, 1), (["down"] * 9, 3), (["page"] + ["down"] * 10, 2)]
)
def test_all_jobs_stop_for_an_hour_if_all_of_their_requests_fail(
    make_plan: Callable[..., Plan], others: list[str], requests_until_stop: int
) -> None:
    plan = make_plan()
    append_events(others, "a", "b", "c")
    sent = answering(lambda body: failure())
    with pytest.raises(BuildStopped):
        collect_slice(plan, plan.slices[0], connect)
    assert len(sent()) == requests_until_stop
    stop = Stop.read(FOLDER.stop)
    assert stop
    assert (stop.reason, stop.seconds) == ("down", 3600)
    assert "the last request failed with HTTP 200: Server Internal Error (log_id L500)" in stop.said


@responses.activate
def test_a_slice_that_fails_alone_does_not_stop_the_others(make_plan: Callable[..., Plan]) -> None:
    plan = make_plan(failures={"per_slice": 50})
    answering(lambda body: failure())
    collect_slice(plan, plan.slices[0], connect)
    assert Stop.read(FOLDER.stop) is None


@responses.activate
def test_a_job_of_a_build_that_was_stopped_sends_nothing(
    make_plan: Callable[..., Plan], monkeypatch: pytest.MonkeyPatch
) -> None:
    plan = make_plan()
    held = hold(FOLDER.build)
    assert held
    Stop("fault", build="an earlier build").write(FOLDER.stop)
    monkeypatch.setenv("TTDATA_BUILD", held.build.id)
    sent = answering(lambda body: page([1], 1, more=False))
    collect_slice(plan, plan.slices[0], connect)
    assert len(sent()) == 1
    Stop("fault").write(FOLDER.stop)
    with pytest.raises(BuildStopped):
        collect_slice(plan, plan.slices[1], connect)
    assert len(sent()) == 1
    held.release()


@responses.activate
def test_a_waived_slice_may_stay_unfinished_and_unneeded_waivers_are_reported(make_plan: Callable[..., Plan]) -> None:
    name = make_plan().slices[0].name
    waive = [{"slice": name, "reason": "500 for weeks"}, {"slice": "videos/0123456789abcdef", "reason": "an old one"}]
    plan = make_plan(waive=waive)
    answering(lambda body: failure())
    collect_slice(plan, plan.slices[0], connect)
    state = status(plan)
    (blocked,) = state.unfinished
    assert (blocked.state, blocked.waived, blocked.is_finished) == ("blocked", "500 for weeks", True)
    assert state.idle_waivers == ["The waiver of videos/0123456789abcdef is not needed: it is not part of this study."]
    assert json.loads(json.dumps(state.as_json()))["unfinished"][0]["waived"] == "500 for weeks"


@responses.activate
def test_the_lines_to_paste_waive_what_is_missing(make_plan: Callable[..., Plan]) -> None:
    plan = make_plan()
    answering(lambda body: failure())
    collect_slice(plan, plan.slices[0], connect)
    declared = yaml.safe_load(status(plan).waivers())
    waived = Plan.of(Study.check(small_study(**declared), today=date(2026, 11, 1)))
    assert (waived.waiver("videos", plan.slices[0].name) or "").endswith(
        "10 requests failed on 2026-06-01 with HTTP 200: Server Internal Error"
    )


def test_a_waiver_that_is_declared_twice_is_refused() -> None:
    waive = [{"slice": "videos/a", "reason": "b"}, {"slice": "videos/a", "reason": "c"}]
    with pytest.raises(StudyFault, match="waive: videos/a is in the list twice"):
        Study.check(small_study(waive=waive), today=date(2026, 11, 1))
