"""The status of a build: the states of its slices and shards, what was sent, and what is left."""

from dataclasses import replace
from datetime import date
from io import BytesIO
from pathlib import Path

import pytest
import responses

from tests.support import FOLDER, small_study
from tests.ttdata.canned import api, connect, page
from ttdata.collect.shards import collect_shard
from ttdata.collect.slices import collect_slice
from ttdata.plan.plan import Plan
from ttdata.plan.status import Piece, Status, status
from ttdata.store.id_files import write_ids
from ttdata.store.raw_files import frames_with_bytes
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


STATUS = Status(
    (
        Piece("videos/a", "complete", period="2025-01-01 to 2025-01-30"),
        Piece("videos/b", "partial", "3 requests failed (log_id L1).", None, "2025-02-01 to 2025-02-02", fails=True),
        Piece("users/c", "blocked", "4 requests failed.", "too long", fails=True),
        Piece("users/d", "waiting"),
        Piece("users/e", "damaged", "x has only 1 of 2 answers."),
    ),
    left=1200,
    sent=2500,
    used=2400,
    wasted=1100,
    repeated=1007,
    waived={"c": "too long", "a": "why", "videos/zz": "none"},
)


def test_the_status_names_everything_that_is_not_complete_and_waivers_that_do_nothing() -> None:
    assert STATUS.text() == (
        "2 of 5 parts are finished (1 complete, 1 damaged, 1 partial, 1 waiting, 1 waived).\n"
        "2,500 requests were sent, 1,100 of them unnecessary, 1,007 repeated.\n"
        "The study uses 2,400 of them; the others are out of its scope by now.\n"
        "Requests left: at least 1,200.\n"
        "videos/b (2025-02-01 to 2025-02-02) is partial. 3 requests failed (log_id L1).\n"
        "users/e is damaged. x has only 1 of 2 answers.\n"
        "users/c is blocked, but waived: too long\n"
        "The waiver of a is not needed: it is complete.\n"
        "The waiver of videos/zz is not needed: it is not part of this study."
    )
    assert STATUS.as_json() == {
        "requests_sent": 2500,
        "requests_used": 2400,
        "wasted": 1100,
        "repeated": 1007,
        "requests_left": 1200,
        "slices": {"complete": 1, "partial": 1, "blocked": 1, "waiting": 1, "damaged": 1},
        "complete": False,
        "unfinished": [
            {
                "slice": "videos/b",
                "state": "partial",
                "evidence": "3 requests failed (log_id L1).",
                "waived": None,
            },
            {"slice": "users/c", "state": "blocked", "evidence": "4 requests failed.", "waived": "too long"},
            {"slice": "users/e", "state": "damaged", "evidence": "x has only 1 of 2 answers.", "waived": None},
        ],
        "idle_waivers": STATUS.text().splitlines()[-2:],
    }


def test_what_fails_can_be_waived_with_the_lines_that_the_status_has() -> None:
    assert STATUS.failing == [STATUS.pieces[1]]
    assert STATUS.waivers() == (
        "waive:\n"
        "- slice: c\n  reason: too long\n"
        "- slice: a\n  reason: why\n"
        "- slice: videos/zz\n  reason: none\n"
        "- slice: videos/b\n  reason: 3 requests failed\n"
    )


def test_a_build_that_is_finished_says_no_more_than_that() -> None:
    done = Status(STATUS.pieces[:1], left=0, sent=3, used=3, wasted=0, repeated=0, waived={})
    assert done.is_finished
    assert not done.has_others
    assert done.text() == (
        "1 of 1 parts are finished (1 complete).\n"
        "3 requests were sent, 0 of them unnecessary, 0 repeated.\n"
        "Nothing is left to request."
    )


@pytest.mark.parametrize(
    ("state", "waived", "finished"),
    [
        ("partial", None, False),
        ("partial", "why", True),
        ("blocked", "why", True),
        ("waiting", "why", False),
        ("damaged", "why", False),
        ("capped", None, True),
    ],
)
def test_only_what_is_incomplete_can_be_waived(state: str, waived: str | None, finished: bool) -> None:
    piece = Piece("users/a", state, waived=waived)
    assert piece.is_finished is finished
    assert piece.is_waived is (finished and waived is not None)


@responses.activate
def test_the_parts_of_a_status_have_their_names_periods_and_waivers(tmp_path: Path) -> None:
    plan = replace(Plan.of(Study.check(small_study(), today=date(2026, 11, 1))), waived={})
    first, second = plan.slices
    plan = replace(plan, waived={f"videos/{second.name}": "gone"})
    api({"error": {"code": "internal_error", "message": "Server Internal Error"}})
    collect_slice(plan, second, connect).write(plan.raw.receipt("videos", second.name))
    pieces = status(plan).pieces
    assert [piece.name for piece in pieces] == [
        f"videos/{first.name}",
        f"videos/{second.name}",
        *(f"{source}/small-{number}of4" for source in ("comments", "users") for number in range(1, 5)),
    ]
    assert [piece.period for piece in pieces[:3]] == ["2025-01-01 to 2025-01-30", "2025-01-31 to 2025-02-15", ""]
    assert [(piece.state, piece.waived, piece.fails) for piece in pieces[:3]] == [
        ("waiting", None, False),
        ("blocked", "gone", True),
        ("waiting", None, False),
    ]


@responses.activate
def test_receipts_without_pages_say_which_answers_are_missing(plan: Plan) -> None:
    api(page([1], 100, more=True), page([2], 101, more=False))
    name = plan.slices[0].name
    collect_slice(plan, plan.slices[0], connect).write(plan.raw.receipt("videos", name))
    pages = plan.raw.pages("videos", name)
    pages.write_bytes(next(frames_with_bytes(BytesIO(pages.read_bytes()), pages))[0])
    assert status(plan).pieces[0].evidence == f"{pages} has only 1 of 2 answers."


@responses.activate
def test_a_search_whose_receipt_is_missing_is_complete_but_for_that(plan: Plan) -> None:
    api(page([1], 100, more=True), page([2], 101, more=False))
    collect_slice(plan, plan.slices[0], connect)
    state = status(plan)
    assert (state.pieces[0].state, state.pieces[0].evidence) == (
        "partial",
        "All pages are stored, but the job was stopped before it wrote the receipt.",
    )
    assert (state.sent, state.used, state.wasted, state.repeated) == (2, 2, 0, 0)


@responses.activate
def test_answers_of_searches_that_the_study_no_longer_has_are_sent_and_used_only_within_its_scope(plan: Plan) -> None:
    api(page([1], 1, more=False))
    for slice_ in plan.slices:
        collect_slice(plan, slice_, connect).write(plan.raw.receipt("videos", slice_.name))
    shorter = small_study()
    shorter["datasets"]["small"]["videos"]["during"] = ["2025-01-01", "2025-01-20"]
    state = status(Plan.of(Study.check(shorter, today=date(2026, 11, 1))))
    assert (state.sent, state.used, state.has_others) == (2, 1, True)


@responses.activate
def test_failed_requests_of_a_shard_without_a_receipt_are_wasted(plan: Plan) -> None:
    source = plan.datasets[0].source("users")
    names = [name for name in map(str, range(100)) if source.shards[0].holds(name)][:3]
    refused = {"error": {"code": "invalid_params", "message": "The API cannot find the user"}}
    api({"error": {"code": "internal_error", "message": "Server Internal Error"}}, PROFILE, refused, path="user/info")
    collect_shard(plan, source, source.shards[0], names[:2], connect)
    state = status(plan)
    assert (state.sent, state.wasted, state.repeated) == (3, 1, 1)
    assert state.pieces[2 + 4].name == "users/small-1of4"
