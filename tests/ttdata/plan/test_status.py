"""The status of a build: the states of its slices and shards, what was sent, and what is left."""

from datetime import date
from pathlib import Path

import pytest
import responses

from tests.support import FOLDER, small_study
from tests.ttdata.canned import api, connect, page
from ttdata.collect.shards import collect_shard
from ttdata.collect.slices import collect_slice
from ttdata.plan.plan import Plan
from ttdata.plan.status import status
from ttdata.store.id_files import write_ids
from ttdata.study.study import Study

PROFILE = {"data": {"display_name": "A"}, "error": {"code": "ok"}}


@pytest.fixture
def plan(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Plan:
    monkeypatch.chdir(tmp_path)
    return Plan.of(Study.check(small_study(), today=date(2026, 11, 1)))


def test_at_first_each_search_and_each_other_source_counts_as_one_request(plan: Plan) -> None:
    # The items of comments and users are not known yet, so each counts as one request.
    state = status(plan)
    assert (state.states, state.left, state.sent, state.wasted) == ({"waiting": 2 + 4 + 4}, 2 + 1 + 1, 0, 0)


@responses.activate
def test_items_with_an_answer_are_not_left(plan: Plan) -> None:
    source = plan.datasets[0].source("users")
    names = [name for name in map(str, range(100)) if source.shards[0].holds(name)][:3]
    write_ids(FOLDER.ids("small", "users"), names, plan.selection("small", "users"))
    api(PROFILE, path="user/info")
    collect_shard(plan, source, source.shards[0], names[:2], connect)
    assert status(plan).left == 2 + 1 + 1


@responses.activate
def test_the_status_counts_what_was_sent_and_what_was_wasted(plan: Plan) -> None:
    failed = {"error": {"code": "internal_error", "message": "Server Internal Error"}}
    api(failed, page([1], 1, more=False))
    collect_slice(plan, plan.slices[0], connect).write(plan.raw.receipt("videos", plan.slices[0].name))
    responses.reset()
    api(page([1], 100, more=True), failed)
    collect_slice(plan, plan.slices[1], connect)
    content = status(plan).as_json()
    assert content["slices"] == {"complete": 1, "blocked": 1, "waiting": 8}
    assert content["requests_sent"] == 2 + 1 + 10
    assert content["wasted"] == 1 + 1 + 10
    assert content["repeated"] == 1 + 3 * 2  # the second search is tried three times in each of three windows
    assert content["complete"] is False
    (blocked,) = content["unfinished"]
    assert blocked["slice"] == f"videos/{plan.slices[1].name}"
    assert "10 requests failed on 2026-06-01 with HTTP 200: Server Internal Error" in blocked["evidence"]


@responses.activate
def test_pages_without_a_receipt_are_not_left_and_receipts_without_pages_are_damaged(plan: Plan) -> None:
    api(page([1], 1, more=False))
    collect_slice(plan, plan.slices[0], connect)
    assert status(plan).left == 1 + 1 + 1
    collect_slice(plan, plan.slices[0], connect).write(plan.raw.receipt("videos", plan.slices[0].name))
    plan.raw.pages("videos", plan.slices[0].name).unlink()
    assert status(plan).as_json()["slices"] == {"damaged": 1, "waiting": 9}
