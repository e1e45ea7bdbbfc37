"""Shards: only items without an answer are requested, and a list ends where the study or the API ends it."""

import contextlib
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import responses

from tests.support import small_study
from tests.ttdata.canned import api, connect
from ttapi import NoAnswer
from ttdata.collect.shards import collect_shard
from ttdata.plan.plan import Plan
from ttdata.store.receipts import Receipt
from ttdata.study.study import Study


@pytest.fixture
def plan(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Plan:
    monkeypatch.chdir(tmp_path)
    return Plan.of(Study.check(small_study(), today=date(2026, 11, 1)))


NOT_FOUND = {
    "error": {"code": "invalid_params", "message": "`username: c` is invalid: cannot find the user", "log_id": ""}
}


PROFILE = {"data": {"display_name": "A", "follower_count": 3}, "error": {"code": "ok"}}


def collect_users(plan: Plan, names: list[str]) -> Receipt:
    source = plan.datasets[0].source("users")
    shard = next(shard for shard in source.shards if shard.holds(names[0]))
    return collect_shard(plan, source, shard, names, connect)


def names_of_one_shard(plan: Plan, count: int) -> list[str]:
    shard = plan.datasets[0].source("users").shards[0]
    return [name for name in map(str, range(1000)) if shard.holds(name)][:count]


@responses.activate
def test_a_user_that_the_api_refuses_is_a_result(plan: Plan) -> None:
    first, second = names_of_one_shard(plan, 2)
    api(PROFILE, NOT_FOUND, path="user/info")
    receipt = collect_users(plan, [first, second])
    assert (receipt.items, receipt.records, receipt.requests, receipt.least) == (2, 1, 2, 2)
    assert list(receipt.refused.values()) == ["UserNotFound"]


@responses.activate
def test_only_items_without_an_answer_are_requested(plan: Plan) -> None:
    names = names_of_one_shard(plan, 3)
    api(PROFILE, NOT_FOUND, path="user/info")
    collect_users(plan, names[:2])
    responses.reset()
    sent = api(PROFILE, path="user/info")
    assert collect_users(plan, names).records == 2
    assert len(sent()) == 1


def comments(cursor: int) -> dict[str, Any]:
    data = {"comments": [{"id": cursor + n} for n in range(100)], "cursor": cursor, "has_more": True}
    return {"data": data, "error": {"code": "ok"}}


@responses.activate
def test_comments_are_requested_up_to_the_study_s_maximum(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    study = small_study()
    study["datasets"]["small"]["comments"]["max"] = 150
    plan = Plan.of(Study.check(study, today=date(2026, 11, 1)))

    sent = api(comments(100), comments(200), comments(300), path="video/comment/list")
    source = plan.datasets[0].source("comments")
    shard = next(shard for shard in source.shards if shard.holds("77"))
    for _ in range(2):
        receipt = collect_shard(plan, source, shard, ["77"], connect)
    assert receipt.records == 200
    assert len(sent()) == 2


@responses.activate
def test_comments_that_end_at_the_api_s_limit_are_capped(plan: Plan) -> None:
    refusal = {"error": {"code": "invalid_params", "message": "Invalid count or cursor", "log_id": "L"}}
    sent = api(*(comments(100 * n) for n in range(1, 11)), refusal, path="video/comment/list")
    source = plan.datasets[0].source("comments")
    receipt = collect_shard(plan, source, source.shard_of("77"), ["77"], connect)
    assert (receipt.state, receipt.records, receipt.cut) == ("capped", 1000, {"77": 1000})
    assert len(sent()) == 11


def reviews(count: int) -> dict[str, Any]:
    return {"data": {"review_data": [{"review_text": str(n)} for n in range(count)]}, "error": {"code": "ok"}}


@pytest.fixture
def review_plan(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Plan:
    """A plan for reviews of the products of named shops."""
    monkeypatch.chdir(tmp_path)
    shops = {"shops": {"names": ["A"]}, "products": {"of": "shops"}, "reviews": {"of": "products"}}
    return Plan.of(Study.check(small_study(datasets={"small": shops}), today=date(2026, 11, 1)))


def collect_reviews(plan: Plan) -> Receipt:
    source = plan.datasets[0].source("reviews")
    return collect_shard(plan, source, source.shard_of("77"), ["77"], connect)


@responses.activate
def test_a_list_with_page_numbers_ends_with_a_page_that_is_not_full(review_plan: Plan) -> None:
    sent = api(reviews(10), reviews(10), reviews(3), path="tts/review")
    for _ in range(2):
        receipt = collect_reviews(review_plan)
        assert (receipt.records, receipt.requests, receipt.least) == (23, 3, 3)
    assert [(body["product_id"], body["page_start"]) for body in sent()] == [(77, 1), (77, 2), (77, 3)]


@responses.activate
def test_a_list_with_page_numbers_continues_at_the_next_page(review_plan: Plan) -> None:
    api(reviews(10), OSError("cable cut"), path="tts/review")
    with contextlib.suppress(OSError, NoAnswer):
        collect_reviews(review_plan)
    responses.reset()
    sent = api(reviews(0), path="tts/review")
    assert collect_reviews(review_plan).records == 10
    assert [body["page_start"] for body in sent()] == [2]
