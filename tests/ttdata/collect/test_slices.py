"""Slices: every answer is stored before the next request, and nothing that is stored is requested again."""

import re
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import responses

from tests.support import FOLDER, journal, small_study
from tests.ttdata.canned import answering, api, connect, failure, page
from ttdata.collect.job import BuildGone, sleep_in_build
from ttdata.collect.slices import collect_slice
from ttdata.errors import StudyFault
from ttdata.plan.plan import Plan
from ttdata.store.builds import hold
from ttdata.store.receipts import Receipt
from ttdata.study.study import Study


@pytest.fixture
def plan(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Plan:
    monkeypatch.chdir(tmp_path)
    return Plan.of(Study.check(small_study(), today=date(2026, 11, 1)))


def collect(plan: Plan) -> Receipt:
    return collect_slice(plan, plan.slices[0], connect)


def stored(plan: Plan) -> list[dict[str, Any]]:
    return journal(plan.raw.pages("videos", plan.slices[0].name))


@responses.activate
def test_a_slice_is_requested_to_its_last_page(plan: Plan) -> None:
    api(page([3, 2], 100, more=True), page([1], 145, more=False))
    receipt = collect(plan)
    assert (receipt.state, receipt.records, receipt.requests, receipt.least) == ("complete", 3, 2, 2)
    assert [line["cursor"] for line in stored(plan)] == [100, 145]


@responses.activate
def test_a_search_without_hits_is_empty_and_not_incomplete(plan: Plan) -> None:
    api({"data": {"videos": [], "cursor": 0, "has_more": False}, "error": {"code": "ok"}})
    assert collect(plan).state == "empty"


@responses.activate
def test_a_slice_that_was_stopped_continues_at_its_next_page(plan: Plan) -> None:
    sent = api(page([3, 2], 100, more=True), OSError("cable cut"))
    assert collect(plan).state == "partial"
    responses.reset()
    sent = api(page([1], 145, more=False))
    receipt = collect(plan)
    assert receipt.records == 3
    assert [(body["cursor"], body["search_id"]) for body in sent()] == [(100, "74")]


@responses.activate
def test_a_complete_slice_is_not_requested_again(plan: Plan) -> None:
    api(page([1], 1, more=False))
    first = collect(plan)
    responses.reset()
    assert collect(plan) == first


@responses.activate
@pytest.mark.parametrize("body", [b"<html>504 Gateway Time-out</html>", b'{"data": {"videos": [{"id": 7', b""])
def test_an_unreadable_answer_is_explained_and_every_page_is_kept(plan: Plan, body: bytes) -> None:
    api(page([3, 2], 100, more=True), body)
    receipt = collect(plan)
    assert receipt.state == "partial"
    assert re.search(r"6 requests failed on 2026-06-01 with HTTP 200: the body is \w+", receipt.evidence)
    lines = stored(plan)
    assert lines[0]["body"]["data"]["videos"] == [{"id": 3}, {"id": 2}]
    assert {line["text"] for line in lines[1:]} == {body.decode()}


@responses.activate
def test_a_window_that_ends_after_the_api_s_today_is_refused_before_a_request(plan: Plan) -> None:
    sent = api(page([1], 1, more=False))
    study = small_study()
    study["datasets"]["small"]["videos"]["during"] = ["2026-06-01", "2026-06-02"]
    future = Plan.of(Study.check(study, today=date(2026, 11, 1)))
    with pytest.raises(StudyFault, match="ends in the future: the API's date is 2026-06-01"):
        collect(future)
    assert sent() == []


@responses.activate
def test_a_job_whose_build_has_ended_or_was_followed_by_another_sends_nothing(
    plan: Plan, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent = api(page([1], 1, more=False))
    monkeypatch.setenv("TTDATA_BUILD", "ended")
    with pytest.raises(BuildGone):
        collect(plan)
    held = hold(FOLDER.build)
    assert held
    with pytest.raises(BuildGone):
        collect(plan)
    assert sent() == []
    monkeypatch.setenv("TTDATA_BUILD", held.build.id)
    assert collect(plan).records == 1
    held.release()


@responses.activate
def test_a_job_whose_build_ends_while_it_waits_stores_the_answer_and_leaves_no_trace(
    plan: Plan, monkeypatch: pytest.MonkeyPatch
) -> None:
    held = hold(FOLDER.build)
    assert held
    monkeypatch.setenv("TTDATA_BUILD", held.build.id)

    def end_the_build(body: object) -> object:
        held.release()
        return failure()

    sent = answering(end_the_build)
    with pytest.raises(BuildGone):
        collect(plan)
    assert len(sent()) == len(journal(plan.raw.pages("videos", plan.slices[0].name))) == 1
    assert not FOLDER.stop.exists()
    assert not FOLDER.events.exists()


def test_a_job_that_waits_ends_soon_after_its_build(plan: Plan, monkeypatch: pytest.MonkeyPatch) -> None:
    held = hold(FOLDER.build)
    assert held
    monkeypatch.setenv("TTDATA_BUILD", held.build.id)
    slept: list[float] = []

    def sleep(seconds: float) -> None:
        slept.append(seconds)
        if len(slept) == 3:
            held.release()

    with pytest.raises(BuildGone):
        sleep_in_build(900, FOLDER, sleep, lambda: sum(slept))
    assert slept == [5, 5, 5]
