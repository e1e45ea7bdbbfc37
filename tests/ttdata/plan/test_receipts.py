"""What receipts state, and what a plan costs of which some is stored: lists that are begun, cut, refused or failed."""

from dataclasses import replace
from datetime import date
from typing import Any

import pytest
import responses

from tests.support import FOLDER, small_study
from tests.ttdata.canned import answering, connect, failure, page
from tests.ttdata.over_time import DAY_0, api_at, videos
from ttapi import QuotaExhausted
from ttdata.answers.items import ItemAnswers
from ttdata.collect.missing_ids import collect_missing
from ttdata.collect.shards import collect_shard
from ttdata.collect.slices import collect_slice
from ttdata.plan.cost import Cost
from ttdata.plan.counting import costs
from ttdata.plan.ids import missing_ids_of, receipts, selected_ids
from ttdata.plan.model import Shard, SourcePlan
from ttdata.plan.plan import Plan
from ttdata.plan.receipts import receipt_for_missing, receipt_of_search, receipt_of_shard
from ttdata.plan.status import status
from ttdata.store.id_files import write_ids
from ttdata.store.raw_files import stored_lines
from ttdata.store.receipts import Receipt, StoredSearch
from ttdata.study.study import Study

NOON = "2026-06-01T12:00:00+00:00"
SPENT = {"error": {"code": "daily_quota_limit_exceeded"}}
REFUSED = {"error": {"code": "invalid_params", "message": "The API cannot find the user"}}


def plan_of(**sources: Any) -> Plan:
    videos = {"where": {"all": [{"region_code": ["US"]}]}, "during": ["2025-01-01", "2025-01-20"]}
    return Plan.of(Study.check(small_study(datasets={"small": {"videos": videos} | sources}), today=date(2026, 11, 1)))


def comments(number: int, cursor: int, *, more: bool = False) -> dict[str, Any]:
    data = {"comments": [{"id": 1000 + cursor + each} for each in range(number)], "cursor": cursor, "has_more": more}
    return {"data": data, "error": {"code": "ok"}}


def followers(number: int, cursor: int, *, more: bool = False) -> dict[str, Any]:
    names = [{"username": f"f{cursor}-{each}"} for each in range(number)]
    return {"data": {"user_followers": names, "cursor": cursor, "has_more": more}, "error": {"code": "ok"}}


def first_shard(plan: Plan, name: str, number: int) -> tuple[SourcePlan, Shard, list[str]]:
    """A source, its first shard, and the first items that this shard holds; they are what the source selects."""
    source = plan.datasets[0].source(name)
    shard = source.shards[0]
    items = [item for item in map(str, range(10, 200)) if shard.holds(item)][:number]
    write_ids(FOLDER.ids("small", name), items, plan.selection("small", name))
    return source, shard, items


def collect(plan: Plan, source: SourcePlan, shard: Shard, items: list[str], *answers: object, path: str) -> Receipt:
    with responses.mock:
        api_at(DAY_0, *answers, path=path)
        return collect_shard(plan, source, shard, items, connect)


def without_milliseconds(receipt: Receipt) -> Receipt:
    assert receipt.asked_at[:19] == receipt.finished_at[:19] == NOON[:19]
    return replace(receipt, asked_at=NOON, finished_at=NOON)


def test_the_receipt_of_a_search_has_its_pages_records_and_request() -> None:
    plan = plan_of()
    (slice_,) = plan.slices
    with responses.mock:
        api_at(DAY_0, failure(), page([1, 2], 100, more=True), page([3], 101, more=False))
        receipt = collect_slice(plan, slice_, connect)
    lines = stored_lines(plan.raw.pages("videos", slice_.name))
    assert receipt == receipt_of_search(plan, slice_, lines)
    query = '{"and": [{"field_name": "region_code", "field_values": ["US"], "operation": "EQ"}]}'
    assert without_milliseconds(receipt) == Receipt(
        name=slice_.name,
        source="videos",
        state="complete",
        evidence=receipt.evidence,
        raw=f"raw/mock/videos/{slice_.name}.ndjson.zst",
        answers=3,
        requests=3,
        least=2,
        records=3,
        keys=("id",),
        asked_at=NOON,
        finished_at=NOON,
        search=StoredSearch(query, "2025-01-01", "2025-01-20", slice_.fields),
    )


def test_a_search_that_was_split_says_how_long_its_longest_window_was() -> None:
    plan = plan_of()
    (slice_,) = plan.slices

    def answer(body: dict[str, Any]) -> object:
        return failure() if body["start_date"] == "20250101" and body["end_date"] == "20250120" else page([], 0, False)

    with responses.mock:
        responses.reset()
        answering(answer)
        receipt = collect_slice(plan, slice_, connect)
    assert receipt.state == "empty"
    assert receipt.longest == 7
    assert receipt.least < receipt.requests == receipt.answers


def test_the_receipt_of_a_shard_tells_refused_items_and_lists_that_are_cut() -> None:
    plan = plan_of(comments={"of": "videos", "max": 100})
    source, shard, items = first_shard(plan, "comments", 3)
    hidden = {"error": {"code": "invalid_params", "message": "This comment is not allowed to be disclosed"}}
    answers = [failure(), comments(100, 100, more=True), hidden, comments(7, 7)]
    receipt = collect(plan, source, shard, items, *answers, path="video/comment/list")
    assert without_milliseconds(receipt) == Receipt(
        name="small-1of4",
        source="comments",
        state=receipt.state,
        evidence=receipt.evidence,
        raw=f"raw/mock/comments/{shard.raw}.ndjson.zst",
        answers=4,
        requests=4,
        least=3,
        records=107,
        keys=("id",),
        items=3,
        refused={items[1]: "CommentsNotDisclosed"},
        cut={items[0]: 100},
        asked_at=NOON,
        finished_at=NOON,
        max=100,
    )


def test_the_fewest_requests_of_a_list_follow_from_its_cursor_or_are_its_pages() -> None:
    plan = plan_of(comments={"of": "videos"}, followers={"of": "videos"})
    source, shard, items = first_shard(plan, "comments", 1)
    answers = [comments(90, 100, more=True), comments(90, 200, more=True), comments(1, 201)]
    assert collect(plan, source, shard, items, *answers, path="video/comment/list").least == 3
    source, shard, items = first_shard(plan, "followers", 2)
    answers = [followers(9, 90, more=True), failure(), followers(9, 80, more=True), followers(9, 70), followers(1, 60)]
    receipt = collect(plan, source, shard, items, *answers, path="user/followers")
    assert (receipt.requests, receipt.least, receipt.records) == (5, 4, 28)


def test_only_a_source_with_waves_lists_its_items() -> None:
    for waves in ({}, {"waves": {"every": "7d", "times": 2}}):
        plan = plan_of(accounts=["a"], users={"of": "accounts"} | waves)
        source = plan.datasets[0].source("users")
        shard = source.shards[0]
        receipt = receipt_of_shard(plan, source, shard, ["a", "b"], ItemAnswers([], source.source_kind, None), 0)
        assert receipt.item_ids == (("a", "b") if waves else ())
        assert (receipt.items, receipt.requests, receipt.asked_at, receipt.finished_at) == (2, 0, "", "")


def listed_plan() -> Plan:
    dated = [str((1_736_000_000 << 32) + number) for number in range(3)]
    dataset = {"ids": [*dated, "5"], "videos": {"of": "ids", "during": ["2025-01-01", "2025-01-20"]}}
    return Plan.of(Study.check(small_study(datasets={"small": dataset}), today=date(2026, 11, 1)))


def test_the_receipt_for_missing_ids_counts_those_that_were_found() -> None:
    plan = listed_plan()
    (slice_,) = [each for each in plan.slices if each.missing]
    ids = ["5", str((1_736_000_000 << 32) + 1)]
    assert missing_ids_of(plan, slice_) is None
    write_ids(FOLDER.ids("small", "videos"), ids, plan.selection("small", "videos"))
    assert missing_ids_of(plan, slice_) == ids
    assert costs(plan).sources["videos"].min == 1 + 1
    with responses.mock:
        api_at(DAY_0, failure(), videos({5: 1}))
        receipt = collect_missing(plan, slice_, ids, connect)
    assert without_milliseconds(receipt) == Receipt(
        name=slice_.name,
        source="videos",
        state="complete",
        evidence="1 of 2 missing ids were found.",
        raw=f"raw/mock/videos/{slice_.name}.ndjson.zst",
        answers=2,
        requests=2,
        least=1,
        records=1,
        keys=("id", "view_count"),
        items=2,
        asked_at=NOON,
        finished_at=NOON,
    )
    lines = stored_lines(plan.raw.pages("videos", slice_.name))
    assert receipt_for_missing(plan, slice_, ids, lines[:1]).least == 0
    assert not receipt_for_missing(plan, slice_, ids, lines[:1]).is_finished
    assert status(plan).left == 1
    assert costs(plan).spent["videos"] == 2


def test_no_missing_id_that_is_found_is_an_empty_result() -> None:
    plan = listed_plan()
    (slice_,) = [each for each in plan.slices if each.missing]
    with responses.mock:
        api_at(DAY_0, videos({}))
        receipt = collect_missing(plan, slice_, ["5"], connect)
    assert (receipt.state, receipt.evidence) == ("empty", "0 of 1 missing ids were found.")


def test_a_receipt_counts_for_the_items_and_the_number_of_records_that_it_is_about() -> None:
    plan = plan_of(users={"of": "videos"})
    source, shard, items = first_shard(plan, "users", 2)
    assert selected_ids(plan, plan.datasets[0], source) == items
    assert set(receipts(plan, source, items).values()) == {None}
    profile = {"data": {"follower_count": 1}, "error": {"code": "ok"}}
    receipt = collect(plan, source, shard, items, profile, REFUSED, path="user/info")
    receipt.write(plan.raw.receipt("users", shard.receipt))
    assert receipts(plan, source, items)[shard] == receipt
    assert receipts(plan, source, items[:1])[shard] is None
    assert receipts(plan, replace(source, max=3), items)[shard] is None
    replace(receipt, raw="raw/other").write(plan.raw.receipt("users", shard.receipt))
    assert receipts(plan, source, items)[shard] is None


def test_stored_answers_about_items_count_and_the_others_are_expected_to_take_as_long() -> None:
    plan = plan_of(followers={"of": "videos", "max": 1000})
    source, shard, items = first_shard(plan, "followers", 6)
    answers = [
        *(followers(100, 90 - each, more=each < 2) for each in range(3)),
        followers(50, 60),
        followers(100, 50, more=True),
        SPENT,
    ]
    with pytest.raises(QuotaExhausted):
        collect(plan, source, shard, items, *answers, path="user/followers")
    estimate = costs(plan)
    stored, begun, left = 6, 1, 3
    assert estimate.spent["followers"] == stored
    most = 17  # for 1000 records, of which 65 % are returned, and one more
    assert estimate.sources["followers"] == Cost(
        stored + begun + left, estimate.sources["followers"].max, stored + 3 + left * 2
    )
    assert estimate.sources["followers"].max >= stored + (begun + left) * most
    assert estimate.done == stored


def test_a_search_that_is_begun_costs_one_request_more_at_least() -> None:
    plan = plan_of()
    with responses.mock:
        api_at(DAY_0, page([1], 100, more=True), SPENT)
        with pytest.raises(QuotaExhausted):
            collect_slice(plan, plan.slices[0], connect)
    estimate = costs(plan)
    assert estimate.sources["videos"] == Cost(3, 101, 5)
    assert estimate.spent["videos"] == 2
    assert estimate.unbounded == {"videos"}


def test_what_is_collected_costs_what_it_has_cost() -> None:
    plan = plan_of(users={"of": "videos"})
    with responses.mock:
        api_at(DAY_0, failure(), page([1, 2, 3], 3, more=False))
        collect_slice(plan, plan.slices[0], connect).write(plan.raw.receipt("videos", plan.slices[0].name))
    source, _, items = first_shard(plan, "users", 3)
    profile = {"data": {"follower_count": 1}, "error": {"code": "ok"}}
    for shard in source.shards:
        receipt = collect(plan, source, shard, items, profile, REFUSED, profile, path="user/info")
        receipt.write(plan.raw.receipt("users", shard.receipt))
    estimate = costs(plan)
    assert estimate.sources == {"videos": Cost(2, 2, 2), "users": Cost(3, 3, 3)}
    assert estimate.records["small"] == {"accounts": Cost(), "videos": Cost(3, 3, 3), "users": Cost(2, 2, 2)}
    assert (estimate.done, estimate.left("general"), estimate.unbounded) == (5, Cost(), frozenset())
    state = status(plan)
    assert (state.sent, state.left, state.wasted, state.is_finished) == (5, 0, 1, True)


def test_items_may_still_change_until_all_searches_are_collected_but_not_those_of_a_list() -> None:
    plan = plan_of(accounts=["a"], users={"of": "videos"}, users_b={"of": "accounts"})
    write_ids(FOLDER.ids("small", "users"), ["x", "y"], plan.selection("small", "users"))
    write_ids(FOLDER.ids("small", "users_b"), ["a"], plan.selection("small", "users_b"))
    sources = costs(plan).sources
    assert (sources["users"], sources["users_b"]) == (Cost(2, 2 + 10_000, 2), Cost(1, 1, 1))
    with responses.mock:
        api_at(DAY_0, page([1], 1, more=False))
        collect_slice(plan, plan.slices[0], connect).write(plan.raw.receipt("videos", plan.slices[0].name))
    assert costs(plan).sources["users"] == Cost(2, 2, 2)
