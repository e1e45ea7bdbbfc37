"""Collecting: every answer is kept before the next request, and nothing that is there is asked for again."""

import contextlib
import os
import re
import socket
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import responses

from tests.support import journal, small_study
from tests.ttdata.canned import api, connect, page
from ttapi import NoAnswer
from ttdata.collect.job import BuildGone
from ttdata.collect.shards import collect_shard
from ttdata.collect.slices import collect_slice
from ttdata.errors import StudyFault
from ttdata.plan.plan import Plan
from ttdata.store.receipts import Receipt
from ttdata.study.study import Study


@pytest.fixture
def plan(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Plan:
    monkeypatch.chdir(tmp_path)
    return Plan.of(Study.check(small_study(), today=date(2026, 11, 1)))


def collected(plan: Plan) -> Receipt:
    return collect_slice(plan, plan.slices[0], connect)


def stored(plan: Plan) -> list[dict[str, Any]]:
    return journal(plan.raw.pages("videos", plan.slices[0].name))


@responses.activate
def test_a_slice_is_asked_to_its_last_page(plan: Plan) -> None:
    api(page([3, 2], 100, more=True), page([1], 145, more=False))
    receipt = collected(plan)
    assert (receipt.state, receipt.records, receipt.requests, receipt.least) == ("complete", 3, 2, 2)
    assert [line["cursor"] for line in stored(plan)] == [100, 145]


@responses.activate
def test_a_search_without_a_hit_is_empty_and_not_incomplete(plan: Plan) -> None:
    api({"data": {"videos": [], "cursor": 0, "has_more": False}, "error": {"code": "ok"}})
    assert collected(plan).state == "empty"


@responses.activate
def test_a_slice_that_was_stopped_goes_on_at_its_next_page(plan: Plan) -> None:
    sent = api(page([3, 2], 100, more=True), OSError("cable cut"))
    assert collected(plan).state == "partial"
    responses.reset()
    sent = api(page([1], 145, more=False))
    receipt = collected(plan)
    assert receipt.records == 3
    assert [(body["cursor"], body["search_id"]) for body in sent()] == [(100, "74")]


@responses.activate
def test_a_slice_that_is_complete_is_not_asked_for_again(plan: Plan) -> None:
    api(page([1], 1, more=False))
    first = collected(plan)
    responses.reset()
    assert collected(plan) == first


@responses.activate
@pytest.mark.parametrize("body", [b"<html>504 Gateway Time-out</html>", b'{"data": {"videos": [{"id": 7', b""])
def test_an_answer_that_cannot_be_read_ends_in_a_sentence_and_keeps_every_page(plan: Plan, body: bytes) -> None:
    api(page([3, 2], 100, more=True), body)
    receipt = collected(plan)
    assert receipt.state == "partial"
    assert re.search(r"6 requests failed on 2026-06-01 with HTTP 200: the body is \w+", receipt.evidence)
    lines = stored(plan)
    assert lines[0]["body"]["data"]["videos"] == [{"id": 3}, {"id": 2}]
    assert {line["text"] for line in lines[1:]} == {body.decode()}


@responses.activate
def test_a_window_that_ends_after_the_api_s_today_is_refused_unasked(plan: Plan) -> None:
    sent = api(page([1], 1, more=False))
    study = small_study()
    study["datasets"]["small"]["videos"]["during"] = ["2026-06-01", "2026-06-02"]
    future = Plan.of(Study.check(study, today=date(2026, 11, 1)))
    with pytest.raises(StudyFault, match="ends in the future: the API's date is 2026-06-01"):
        collected(future)
    assert sent() == []


@responses.activate
def test_a_job_whose_build_is_gone_sends_nothing(plan: Plan, monkeypatch: pytest.MonkeyPatch) -> None:
    sent = api(page([1], 1, more=False))
    child = os.fork()
    if not child:
        os._exit(0)
    os.waitpid(child, 0)
    monkeypatch.setenv("TTDATA_EXIT_WITH", f"{socket.gethostname()}:{child}")
    with pytest.raises(BuildGone):
        collected(plan)
    assert sent() == []


@responses.activate
def test_a_job_on_another_machine_does_not_look_for_the_build_s_process(
    plan: Plan, monkeypatch: pytest.MonkeyPatch
) -> None:
    api(page([1], 1, more=False))
    monkeypatch.setenv("TTDATA_EXIT_WITH", "another-host:1")
    assert collected(plan).records == 1


NOT_FOUND = {
    "error": {"code": "invalid_params", "message": "`username: c` is invalid: cannot find the user", "log_id": ""}
}
FOUND = {"data": {"display_name": "A", "follower_count": 3}, "error": {"code": "ok"}}


def users(plan: Plan, names: list[str]) -> Receipt:
    step = plan.datasets[0].source("users")
    number = next(shard for shard in step.shards if shard.holds(names[0]))
    return collect_shard(plan, step, number, names, connect)


def of_one_shard(plan: Plan, count: int) -> list[str]:
    shard = plan.datasets[0].source("users").shards[0]
    return [name for name in map(str, range(1000)) if shard.holds(name)][:count]


@responses.activate
def test_a_user_that_the_api_refuses_is_a_result(plan: Plan) -> None:
    first, second = of_one_shard(plan, 2)
    api(FOUND, NOT_FOUND, path="user/info")
    receipt = users(plan, [first, second])
    assert (receipt.items, receipt.records, receipt.requests, receipt.least) == (2, 1, 2, 2)
    assert list(receipt.refused.values()) == ["UserNotFound"]


@responses.activate
def test_only_ids_without_an_answer_are_asked_about(plan: Plan) -> None:
    names = of_one_shard(plan, 3)
    api(FOUND, NOT_FOUND, path="user/info")
    users(plan, names[:2])
    responses.reset()
    sent = api(FOUND, path="user/info")
    assert users(plan, names).records == 2
    assert len(sent()) == 1


def comments(cursor: int) -> dict[str, Any]:
    data = {"comments": [{"id": cursor + n} for n in range(100)], "cursor": cursor, "has_more": True}
    return {"data": data, "error": {"code": "ok"}}


@responses.activate
def test_comments_stop_at_the_number_that_the_study_allows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    study = small_study()
    study["datasets"]["small"]["comments"]["max"] = 150
    plan = Plan.of(Study.check(study, today=date(2026, 11, 1)))

    sent = api(comments(100), comments(200), comments(300), path="video/comment/list")
    step = plan.datasets[0].source("comments")
    shard = next(shard for shard in step.shards if shard.holds("77"))
    for _ in range(2):
        receipt = collect_shard(plan, step, shard, ["77"], connect)
    assert receipt.records == 200
    assert len(sent()) == 2


@responses.activate
def test_comments_that_the_api_caps_are_a_list_that_was_cut(plan: Plan) -> None:
    refusal = {"error": {"code": "invalid_params", "message": "Invalid count or cursor", "log_id": "L"}}
    sent = api(*(comments(100 * n) for n in range(1, 11)), refusal, path="video/comment/list")
    step = plan.datasets[0].source("comments")
    receipt = collect_shard(plan, step, step.shard_of("77"), ["77"], connect)
    assert (receipt.state, receipt.records, receipt.cut) == ("capped", 1000, {"77": 1000})
    assert len(sent()) == 11


def reviews(count: int) -> dict[str, Any]:
    return {"data": {"review_data": [{"review_text": str(n)} for n in range(count)]}, "error": {"code": "ok"}}


@pytest.fixture
def reviewed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Plan:
    """Reviews of products of shops that a study names."""
    monkeypatch.chdir(tmp_path)
    shops = {"shops": {"names": ["A"]}, "products": {"of": "shops"}, "reviews": {"of": "products"}}
    return Plan.of(Study.check(small_study(datasets={"small": shops}), today=date(2026, 11, 1)))


def review(plan: Plan) -> Receipt:
    step = plan.datasets[0].source("reviews")
    return collect_shard(plan, step, step.shard_of("77"), ["77"], connect)


@responses.activate
def test_a_list_with_page_numbers_ends_with_a_page_that_is_not_full(reviewed: Plan) -> None:
    sent = api(reviews(10), reviews(10), reviews(3), path="tts/review")
    for _ in range(2):
        receipt = review(reviewed)
        assert (receipt.records, receipt.requests, receipt.least) == (23, 3, 3)
    assert [(body["product_id"], body["page_start"]) for body in sent()] == [(77, 1), (77, 2), (77, 3)]


@responses.activate
def test_a_list_with_page_numbers_goes_on_at_the_next_page(reviewed: Plan) -> None:
    api(reviews(10), OSError("cable cut"), path="tts/review")
    with contextlib.suppress(OSError, NoAnswer):
        review(reviewed)
    responses.reset()
    sent = api(reviews(0), path="tts/review")
    assert review(reviewed).records == 10
    assert [body["page_start"] for body in sent()] == [2]
