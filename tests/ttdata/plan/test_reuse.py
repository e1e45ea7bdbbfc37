"""Which searches on disk serve an edited study, and what it requests beside them."""

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from tests.support import small_study
from tests.ttdata.store.test_raw_files import answer
from ttdata.plan.names import canonical_query
from ttdata.plan.plan import Plan
from ttdata.plan.reuse import StoredWindow, stored_windows, with_stored_windows
from ttdata.store.raw_files import RawFile
from ttdata.store.receipts import Receipt, StoredSearch
from ttdata.study.periods import Period
from ttdata.study.study import Study

FIRST = ["2024-10-01", "2024-12-14"]
REGIONS = {"region_code": ["US", "GB"]}
SHORT = ["id", "create_time", "username", "view_count"]
NAMES = [f"account{number:03}" for number in range(1, 131)]


def plan_of(during: Sequence[str] = FIRST, /, *, accounts: Sequence[str] = (), **videos: Any) -> Plan:
    """A plan of one dataset with these videos: those of accounts, or those of two regions."""
    searched: dict[str, Any] = {"of": "accounts"} if accounts else {"where": {"all": [REGIONS]}}
    dataset = {"videos": searched | {"during": list(during)} | videos}
    if accounts:
        dataset["accounts"] = list(accounts)
    return Plan.of(Study.check(small_study(datasets={"small": dataset}), today=date(2026, 11, 1)))


def collect(plan: Plan, state: Any = "complete", asked_at: str = "2026-06-01T12:00:00+00:00") -> None:
    """Leave the files of all searches of a plan as if they were collected."""
    for each in plan.slices:
        pages = plan.raw.pages("videos", each.name)
        pages.parent.mkdir(parents=True, exist_ok=True)
        pages.touch()
        search = StoredSearch(canonical_query(each.body["query"]), f"{each.start}", f"{each.end}", each.fields)
        receipt = Receipt(each.name, "videos", state, "", 1, 1, 1, 1, asked_at=asked_at, search=search)
        receipt.write(plan.raw.receipt("videos", each.name))


def days(plan: Plan, stored: bool | None = None) -> list[tuple[str, str]]:
    """The windows of a plan: those that are on disk, those that are not, or all."""
    return [
        (f"{each.start}", f"{each.end}")
        for each in plan.slices
        if stored in (None, plan.raw.pages("videos", each.name).exists())
    ]


def test_without_anything_on_disk_the_plan_is_that_of_the_study() -> None:
    plan = plan_of()
    assert stored_windows(plan) == []
    assert with_stored_windows(plan) == plan


def test_the_same_study_has_the_same_plan_after_it_was_collected() -> None:
    for plan in (plan_of(), plan_of(accounts=NAMES), plan_of(accounts=NAMES[:5])):
        collect(plan)
        assert with_stored_windows(plan) == plan


WINDOWS = [("2024-10-01", "2024-10-30"), ("2024-10-31", "2024-11-29"), ("2024-11-30", "2024-12-14")]


@pytest.mark.parametrize(
    ("during", "stored", "new"),
    [
        (["2024-10-01", "2024-11-20"], WINDOWS[:2], []),
        (["2024-10-12", "2024-12-14"], WINDOWS, []),
        (["2024-10-05", "2024-10-09"], WINDOWS[:1], []),
        (["2024-10-30", "2024-10-31"], WINDOWS[:2], []),
        (["2024-09-20", "2024-12-14"], WINDOWS, [("2024-09-20", "2024-09-30")]),
        (["2024-08-20", "2024-10-05"], WINDOWS[:1], [("2024-08-20", "2024-09-18"), ("2024-09-19", "2024-09-30")]),
        (["2024-10-01", "2024-12-31"], WINDOWS, [("2024-12-15", "2024-12-31")]),
        (["2024-11-15", "2025-01-20"], WINDOWS[1:], [("2024-12-15", "2025-01-13"), ("2025-01-14", "2025-01-20")]),
        (["2025-03-01", "2025-03-20"], [], [("2025-03-01", "2025-03-20")]),
        (["2024-12-15", "2024-12-16"], [], [("2024-12-15", "2024-12-16")]),
        (["2024-09-29", "2024-09-30"], [], [("2024-09-29", "2024-09-30")]),
    ],
)
def test_only_the_days_that_no_window_on_disk_has_are_requested(
    during: list[str], stored: list[tuple[str, str]], new: list[tuple[str, str]]
) -> None:
    collect(plan_of())
    edited = plan_of(during)
    plan = with_stored_windows(edited)
    assert (days(plan, True), days(plan, False)) == (stored, new)
    assert days(plan) == sorted([*stored, *new])
    assert plan.datasets[0].slices == tuple(each.name for each in plan.slices)
    for each in plan.slices:
        assert each.body == {
            "query": edited.slices[0].body["query"],
            "start_date": f"{each.start:%Y%m%d}",
            "end_date": f"{each.end:%Y%m%d}",
        }
        assert (each.own, each.fields) == (None, edited.slices[0].fields)
    collect(plan)
    assert with_stored_windows(edited) == plan


def test_the_windows_of_a_plan_are_named_as_any_plan_names_them() -> None:
    collect(plan_of())
    (_, new) = with_stored_windows(plan_of(["2024-12-14", "2024-12-31"])).slices
    assert new == plan_of(["2024-12-15", "2024-12-31"]).slices[0]


def test_a_window_is_used_only_if_it_has_all_fields() -> None:
    collect(plan_of(fields=SHORT))
    assert days(with_stored_windows(plan_of()), True) == []
    assert with_stored_windows(plan_of(fields=SHORT[:-1])).slices == plan_of(fields=SHORT).slices
    assert days(with_stored_windows(plan_of(fields=[*SHORT, "like_count"])), True) == []


def test_without_the_time_of_posting_no_window_is_cut() -> None:
    fields = ["id", "username"]
    collect(plan_of(fields=fields))
    part = plan_of(["2024-10-05", "2024-11-29"], fields=fields)
    assert days(with_stored_windows(part), True) == [WINDOWS[1]]
    assert days(with_stored_windows(part), False) == [("2024-10-05", "2024-10-30")]


def test_a_window_that_is_not_complete_is_continued_as_a_whole_and_never_cut() -> None:
    collect(plan_of(), state="partial")
    assert days(with_stored_windows(plan_of(["2024-10-01", "2024-12-31"])), True) == WINDOWS
    assert days(with_stored_windows(plan_of(["2024-10-02", "2024-12-31"])), True) == WINDOWS[1:]


def terms(*any_of: Any, regions: Sequence[str] = ("US", "GB"), **videos: Any) -> Plan:
    where: dict[str, Any] = {"all": [{"region_code": list(regions)}], "any": list(any_of)}
    return plan_of(["2024-10-01", "2024-10-20"], where=where, **videos)


FYP, WIESE = {"hashtag_name": ["fyp", "viral"]}, {"keyword": "wiese"}


def new_queries(first: Plan, then: Plan) -> list[dict[str, Any]]:
    """The queries that are new in the second study. Each other is what its own part of a stored search is."""
    collect(first)
    plan = with_stored_windows(then)
    on_disk = {each.name: each.body for each in first.slices}
    for each in plan.slices:
        if each.name in on_disk:
            assert each.body == on_disk[each.name] | {"query": each.body["query"]}
    return [each.body["query"] for each in plan.slices if each.name not in on_disk]


def test_a_term_or_a_region_that_is_removed_is_cut_out_of_what_is_on_disk() -> None:
    collect(terms(FYP, WIESE))
    for edited in (
        terms(WIESE),
        terms(FYP),
        terms({"hashtag_name": "viral"}),
        terms(FYP, WIESE, regions=["GB"]),
    ):
        (cut,) = with_stored_windows(edited).slices
        (stored,) = terms(FYP, WIESE).slices
        assert cut.name == stored.name
        assert cut.fields == stored.fields
        assert json.loads(canonical_query(cut.body["query"])) == json.loads(canonical_query(stored.body["query"]))
        assert cut.own == edited.slices[0]


def test_only_terms_and_regions_that_are_new_are_requested() -> None:
    region = {"field_name": "region_code", "operation": "IN", "field_values": ["US", "GB"]}
    new = {"field_name": "keyword", "operation": "EQ", "field_values": ["wiese"]}
    assert new_queries(terms(FYP), terms(FYP, WIESE)) == [{"and": [region], "or": [new]}]
    fr = {"field_name": "region_code", "operation": "EQ", "field_values": ["FR"]}
    (query,) = new_queries(terms(FYP), terms(FYP, regions=["FR", "US"]))
    assert query == {**terms(FYP).slices[0].body["query"], "and": [fr]}


def test_a_change_of_two_lists_of_values_at_once_is_a_new_search() -> None:
    collect(terms(FYP))
    both = terms(WIESE, regions=["GB"])
    assert with_stored_windows(both) == both


def test_a_search_for_more_serves_only_if_its_videos_show_what_they_match() -> None:
    for fields, serves in ((SHORT, False), ([*SHORT, "hashtag_names"], True)):
        collect(terms(FYP, fields=fields))
        edited = terms({"hashtag_name": "viral"}, fields=fields)
        assert (with_stored_windows(edited).slices[0].name == terms(FYP, fields=fields).slices[0].name) is serves


def test_a_search_for_more_serves_only_if_it_is_complete() -> None:
    collect(terms(FYP, WIESE), state="partial")
    assert with_stored_windows(terms(WIESE)) == terms(WIESE)


def accounts_of(plan: Plan) -> list[list[str]]:
    return [
        condition["field_values"]
        for each in plan.slices
        for condition in (each.own or each).body["query"]["and"]
        if condition["field_name"] == "username"
    ]


def test_accounts_that_are_added_removed_or_corrected_move_no_other() -> None:
    january = ["2025-01-01", "2025-01-20"]
    first = plan_of(january, accounts=NAMES[:120])
    collect(first)
    assert len(first.slices) == 3
    batches = accounts_of(first)
    on_disk = {each.name for each in first.slices}

    more = with_stored_windows(plan_of(january, accounts=NAMES))
    assert accounts_of(more)[-1:] == [NAMES[120:]]
    assert len({each.name for each in more.slices} - on_disk) == 1

    fewer = with_stored_windows(plan_of(january, accounts=NAMES[1:120]))
    assert {each.name for each in fewer.slices} == on_disk
    assert accounts_of(fewer) == [batches[0][1:], *batches[1:]]

    corrected = [*NAMES[:9], "somebody", *NAMES[10:120]]
    plan = with_stored_windows(plan_of(january, accounts=corrected))
    assert [each for each in accounts_of(plan) if "somebody" in each] == [["somebody"]]
    assert len({each.name for each in plan.slices} - on_disk) == 1

    reversed_ = with_stored_windows(plan_of(january, accounts=NAMES[119::-1]))
    assert {each.name for each in reversed_.slices} == on_disk


def test_many_new_accounts_are_requested_in_full_batches() -> None:
    january = ["2025-01-01", "2025-01-20"]
    collect(plan_of(january, accounts=NAMES[:1]))
    plan = with_stored_windows(plan_of(january, accounts=NAMES))
    size = len(accounts_of(plan_of(january, accounts=NAMES))[0])
    assert accounts_of(plan) == [NAMES[:1], *(NAMES[at : at + size] for at in range(1, len(NAMES), size))]


def test_of_two_stored_searches_the_one_that_was_requested_last_serves() -> None:
    january = ["2025-01-01", "2025-01-20"]
    older, newer = plan_of(january, accounts=["a", "b"]), plan_of(january, accounts=["a", "c"])
    for asked_first, asked_last in ((older, newer), (newer, older)):
        collect(asked_first, asked_at="2026-06-01T12:00:00+00:00")
        collect(asked_last, asked_at="2026-06-02T12:00:00+00:00")
        plan = with_stored_windows(plan_of(january, accounts=["a"]))
        assert [each.name for each in plan.slices] == [asked_last.slices[0].name]


def test_the_waves_of_a_moving_period_use_no_other_search() -> None:
    moving = plan_of(during={"last": "7d"}, waves={"every": "7d", "times": 3, "from": "2026-06-01"})
    collect(moving)
    assert with_stored_windows(moving) == moving


def stored(plan: Plan, name: str, body: dict[str, Any], *, more: bool = False) -> Path:
    """Pages without a receipt: one answer to a request."""
    path = plan.raw.pages("videos", name)
    one = replace(answer(), body=body)
    with RawFile(path) as raw:
        raw.append(replace(one, data={**one.data, "has_more": more}))
    return path


def test_pages_without_a_receipt_say_themselves_what_was_requested() -> None:
    plan = plan_of()
    body = dict(plan.slices[0].body)
    for more in (False, True):
        path = stored(plan, "0123", body, more=more)
        assert stored_windows(plan) == [
            StoredWindow(
                "0123",
                canonical_query(body["query"]),
                Period(date(2024, 10, 1), date(2024, 10, 30)),
                ("id", "username"),
                is_finished=not more,
                asked_at=datetime(2026, 6, 1, 12, tzinfo=UTC).isoformat(),
            )
        ]
        path.unlink()


@pytest.mark.parametrize(
    "change", [{"is_random": True}, {"query": None}, {"query": {"xor": []}}, {"start_date": None}, {"end_date": "May"}]
)
def test_pages_of_other_requests_serve_nobody(change: dict[str, Any]) -> None:
    plan = plan_of()
    stored(plan, "0123", {**plan.slices[0].body, **change})
    assert stored_windows(plan) == []


@pytest.mark.parametrize("name", ["again-0123", "0123.2", "0123.x"])
def test_pages_of_missing_ids_and_of_later_rounds_alone_serve_nobody(name: str) -> None:
    plan = plan_of()
    stored(plan, name, dict(plan.slices[0].body))
    assert stored_windows(plan) == []


def test_a_search_was_asked_when_its_newest_round_was() -> None:
    plan = plan_of(["2024-10-01", "2024-10-20"])
    (slice_,) = plan.slices
    collect(plan)
    for number in (2, 10):
        receipt = Receipt.read(plan.raw.receipt("videos", slice_.name))
        later = replace(receipt, asked_at=f"2026-06-{number + 1:02}T12:00:00+00:00")
        later.write(plan.raw.receipt("videos", f"{slice_.name}.{number}"))
        plan.raw.pages("videos", f"{slice_.name}.{number}").touch()
    assert [each.asked_at for each in stored_windows(plan)] == ["2026-06-11T12:00:00+00:00"]
    plan.raw.receipt("videos", f"{slice_.name}.10").unlink()
    assert [each.asked_at for each in stored_windows(plan)] == ["2026-06-01T12:00:00+00:00"]


def test_of_windows_for_one_day_the_one_that_ends_last_is_used() -> None:
    query = plan_of().slices[0].body["query"]
    plan = plan_of(["2025-01-01", "2025-01-30"])
    for name, last, state in (("a", "2025-01-10", "complete"), ("b", "2025-01-20", "complete")):
        search = StoredSearch(canonical_query(query), "2025-01-01", last, plan.slices[0].fields)
        Receipt(name, "videos", state, "", 1, 1, 1, 1, search=search).write(plan.raw.receipt("videos", name))
        plan.raw.pages("videos", name).touch()
    assert days(with_stored_windows(plan)) == [("2025-01-01", "2025-01-20"), ("2025-01-21", "2025-01-30")]


@pytest.mark.parametrize(
    ("period", "fields", "is_finished", "serves"),
    [
        ((1, 20), ("id",), False, True),
        ((5, 10), ("id",), False, True),
        ((6, 20), ("id", "create_time"), True, True),
        ((6, 20), ("id", "create_time"), False, False),
        ((1, 9), ("id", "create_time"), True, True),
        ((1, 9), ("id",), True, False),
        ((1, 4), ("id", "create_time"), True, False),
        ((11, 20), ("id", "create_time"), True, False),
        ((10, 10), ("id", "create_time"), True, True),
        ((5, 5), ("id", "create_time"), True, True),
    ],
)
def test_a_window_can_serve_a_period_that_it_is_inside_of_or_be_cut_if_it_is_complete_and_dated(
    period: tuple[int, int], fields: tuple[str, ...], is_finished: bool, serves: bool
) -> None:
    first, last = (date(2025, 1, each) for each in period)
    window = StoredWindow("a", "{}", Period(date(2025, 1, 5), date(2025, 1, 10)), fields, is_finished, "")
    assert window.can_serve(Period(first, last)) is serves
