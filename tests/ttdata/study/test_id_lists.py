"""Lists of ids: they become the fewest searches, and every id gets a status."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import responses
from hypothesis import given, settings
from hypothesis import strategies as st

from mockserver.world.times import EPOCH
from mockserver.world.world import world
from tests.support import FOLDER
from tests.ttdata.canned import api, connect, page
from tests.ttdata.with_mock import OUT, build_small, mock, plan_of, rows
from ttapi import read_video_id
from ttdata.build.explain import explain
from ttdata.collect.missing_ids import collect_missing
from ttdata.collect.slices import collect_slice
from ttdata.errors import StudyFault
from ttdata.plan.counting import costs
from ttdata.plan.missing import missing_ids
from ttdata.plan.rounds import current
from ttdata.plan.status import status
from ttdata.store.id_files import write_ids
from ttdata.study.entries import Lists
from ttdata.study.id_lists import BATCH, LATE, WINDOW, IdList, batches, hint
from ttdata.study.problems import Problems

TODAY = date(2026, 6, 1)
SECONDS = st.integers(1_640_995_200, 1_641_995_200 + 40 * 86_400)
LISTS = st.lists(st.builds(lambda second, low: second << 32 | low, SECONDS, st.integers(0, 999)), max_size=12)


def id_of(day: date, number: int = 0) -> int:
    """An id that contains noon of a day as its time."""
    return (int(np.datetime64(day, "s").astype(int)) + 43_200) << 32 | number


def id_study(ids: Any, **videos: Any) -> dict[str, Any]:
    return {"ids": ids, "videos": {"of": "ids"} | videos}


@pytest.mark.parametrize(
    "text",
    [
        "7302470379501604128",
        "https://www.tiktok.com/@some.one/video/7302470379501604128",
        "https://www.tiktok.com/@some.one/video/7302470379501604128?lang=en&q=a/b#top",
        "tiktok.com/@x/photo/7302470379501604128/",
        "https://m.tiktok.com/v/7302470379501604128.html",
        "https://www.tiktokv.com/share/video/7302470379501604128/",
    ],
)
def test_an_id_is_read_from_digits_and_from_every_form_of_address(text: str) -> None:
    assert read_video_id(text) == 7302470379501604128


@pytest.mark.parametrize(
    "text",
    [
        *("", "0", "-5", "7.30247E+18", "9223372036854775808", "٧٣٠٢", "video 7302470379501604128"),
        *("https://vm.tiktok.com/ZMabc/", "https://evil.example/", "https://tiktok.com.evil.example/@x/video/1"),
        "7302470379501604128\n1",
    ],
)
def test_text_without_an_id_is_not_read_as_one(text: str) -> None:
    assert read_video_id(text) is None


def read_list(declared: list[Any]) -> IdList:
    problems = Problems()
    ids = IdList.read(declared, Lists(), problems)
    assert not problems
    return ids


def test_an_id_counts_once_in_any_form_and_keeps_the_columns_of_its_first_row() -> None:
    listed = [{"video_id": " 12 ", "donor": "a"}, {"video_id": "tiktok.com/@x/video/12", "donor": "b"}, "", "x", "x", 7]
    ids = read_list(listed)
    assert (ids.listed, ids.ids, ids.columns) == (("12", "x", "7"), (12, None, 7), {"donor": ["a", None, None]})


@given(LISTS)
def test_every_id_is_searched_once_on_its_day_and_on_three_days_after(ids: list[int]) -> None:
    searches = list(batches(ids, TODAY))
    assert sorted(each for batch, _ in searches for each in batch) == sorted(set(ids))
    for batch, (start, end) in searches:
        assert len(batch) <= BATCH
        assert (end - start).days < WINDOW
        assert all(start <= hint(each) and hint(each) + LATE <= end for each in batch)


@given(LISTS)
def test_no_other_grouping_needs_fewer_searches(ids: list[int]) -> None:
    days = sorted(hint(each) for each in set(ids))
    # By definition: the minimum over all possible last groups, each of which must fit into one window.
    least = [0]
    for end in range(1, len(days) + 1):
        fits = (start for start in range(end) if (days[end - 1] + LATE - days[start]).days < WINDOW)
        least.append(1 + min(least[start] for start in fits))
    assert len(list(batches(ids, TODAY))) == least[-1]


def test_a_window_with_room_is_extended_by_a_day_on_either_side() -> None:
    day = date(2025, 3, 10)
    assert [(a, b) for _, (a, b) in batches([id_of(day)], TODAY)] == [(date(2025, 3, 9), date(2025, 3, 14))]
    spread = [id_of(day), id_of(day + timedelta(WINDOW - 1) - LATE)]
    assert [(a, b) for _, (a, b) in batches(spread, TODAY)] == [(day, day + timedelta(WINDOW - 1))]


@responses.activate
def test_an_id_of_today_is_searched_until_today_and_again_when_its_window_has_ended() -> None:
    plan = plan_of(id_study([id_of(TODAY)]))
    (search,) = plan.slices
    assert (search.start, search.end) == (date(2026, 5, 31), date(2026, 6, 5))
    sent = api(page([id_of(TODAY)], 1, more=False))
    receipt = collect_slice(plan, search, connect)
    assert [body["end_date"] for body in sent()] == ["20260601"]
    responses.reset()
    assert collect_slice(plan, search, connect) == receipt, "it is not requested again on the same day"
    receipt.write(plan.raw.receipt("videos", search.name))
    later = current(plan, lambda: datetime(2026, 6, 20, tzinfo=UTC))
    assert [(each.name, each.end) for each in later.slices] == [(f"{search.name}.2", search.end)]


def test_a_list_of_ten_thousand_ids_from_three_years_costs_a_hundred_requests() -> None:
    start = date(2023, 1, 1)
    ids = [id_of(start + timedelta(number * 1096 // 10_000), number) for number in range(10_000)]
    assert costs(plan_of(id_study(ids))).total == (100, 200, 100)


@pytest.mark.slow
def test_a_hundred_thousand_ids_are_planned_in_the_fewest_searches(tmp_path: Path) -> None:
    start = date(2022, 1, 1)
    lines = (f"{id_of(start + timedelta(number % 1096), number)},d{number % 50}" for number in range(100_000))
    (tmp_path / "ids.csv").write_text("video_id,donor\n" + "\n".join(lines))
    plan = plan_of(id_study({"file": "ids.csv"}, during=["2022-01-01", "2024-12-31"]), tmp_path)
    # A day has 91 or 92 ids, so a full search has those of one day and some of the next.
    assert costs(plan).sources["videos"].min == 1_000


WORLD = world(1, 100_000)


def available_and_withheld(count: int) -> tuple[list[int], list[int]]:
    """Ids from all years that the mock server returns, and ids that it withholds; scheduled posts come first."""
    index = np.arange(0, WORLD.timeline.settled, 17)
    by_delay = np.argsort(WORLD.timeline.made(index) - WORLD.timeline.create_times(index), kind="stable")
    index = index[by_delay]
    is_available = np.isin(index, WORLD.found(index, EPOCH))
    return tuple(WORLD.timeline.ids(index[some])[:count].tolist() for some in (is_available, ~is_available))


@pytest.mark.slow
@pytest.mark.parametrize("period", [{}, {"during": ["2018-01-01", "2018-12-31"]}])
def test_exactly_the_withheld_ids_of_a_list_are_missing(period: dict[str, Any]) -> None:
    available, withheld = available_and_withheld(350)
    listed = [{"video_id": str(each), "donor": f"d{each % 3}"} for each in [*withheld[:50], *available]]
    plan = plan_of(id_study([*listed, {"video_id": "n/a", "donor": "d1"}], **period))
    estimate = costs(plan).total
    with mock() as server:
        spent = server.videos(plan)
    assert estimate.min <= spent <= estimate.max
    assert costs(plan).total == (spent, spent, spent)
    assert status(plan).wasted == status(plan).left == 0
    build_small(plan)
    assert rows("SELECT status, count(*) FROM id_status GROUP BY ALL ORDER BY ALL") == [
        ("found", 350),
        ("missing", 50),
        ("not_an_id", 1),
    ]
    assert {each for (each,) in rows("SELECT video_id FROM id_status WHERE status = 'missing'")} == set(withheld[:50])
    searches = 1 + (13 if period else 0)
    assert rows("SELECT status, min(searches), max(searches) FROM id_status GROUP BY ALL ORDER BY ALL") == [
        ("found", 1, 1),
        ("missing", searches, searches),
        ("not_an_id", 0, 0),
    ]
    assert explain(OUT, str(withheld[0])) == (
        f"It is in the list of ids: missing, named in {searches} answered searches."
    )
    assert "It is in the list of ids: found" in explain(OUT, str(available[0]))
    shares = rows(
        "SELECT donor, count(*) FILTER (status = 'found'), count(*) FROM ids JOIN id_status USING (listed) "
        "GROUP BY donor ORDER BY donor"
    )
    assert [donor for donor, _, _ in shares] == ["d0", "d1", "d2"]
    assert (sum(row[1] for row in shares), sum(row[2] for row in shares)) == (350, 401)


@responses.activate
def test_an_id_that_was_posted_long_after_its_time_is_found_by_the_search_for_missing_ids() -> None:
    on_time, late, undated = id_of(date(2025, 1, 10)), id_of(date(2025, 1, 11)), 123456
    plan = plan_of(id_study([on_time, late, undated], during=["2025-01-01", "2025-02-15"]))
    first, *for_missing = plan.slices
    api(page([on_time], 1, more=False))
    collect_slice(plan, first, connect).write(plan.raw.receipt("videos", first.name))
    ids = missing_ids(plan, "small")
    assert ids == [str(undated), str(late)]
    write_ids(FOLDER.ids("small", "videos"), ids, plan.selection("small", "videos"))
    assert status(plan).left == 2
    for each, answer in zip(for_missing, [page([], 0, more=False), page([late], 1, more=False)], strict=True):
        responses.reset()
        sent = api(answer)
        collect_missing(plan, each, ids, connect).write(plan.raw.receipt("videos", each.name))
        assert [body["query"]["and"][0]["field_values"] for body in sent()] == [ids]
        responses.reset()
        assert collect_missing(plan, each, ids, connect).requests == 1, "it is not requested again"
    build_small(plan)
    assert rows("SELECT listed, status, searches FROM id_status ORDER BY video_id") == [
        (str(undated), "missing", 2),
        (str(on_time), "found", 1),
        (str(late), "found", 3),
    ]


def test_an_id_without_a_day_is_requested_only_if_the_study_has_a_period() -> None:
    plan = plan_of({"ids": [123456, id_of(date(2025, 1, 10))], "videos": {"of": "ids"}})
    assert [each.body["query"]["and"][0]["field_values"] for each in plan.slices] == [[str(id_of(date(2025, 1, 10)))]]
    with mock() as server:
        assert server.videos(plan) == 1
    build_small(plan)
    assert rows("SELECT status, searches FROM id_status ORDER BY video_id") == [("not_asked", 0), ("missing", 1)]
    wrong, undated = read_list([123456, "abc", 5]).notes(has_period=False, today=TODAY)
    assert wrong.startswith("Of 3 entries of ids, 1 contains no video id and is not requested: 'abc'.")
    assert undated.startswith("Ids without a plausible date are requested only if videos has a during: 2, such")
    assert not list(read_list([id_of(date(2025, 1, 10))]).notes(has_period=False, today=TODAY))


def test_the_missing_ids_of_one_list_are_not_used_for_another() -> None:
    day, period = date(2025, 1, 10), {"during": ["2025-01-01", "2025-01-30"]}
    shorter, longer = (plan_of(id_study([id_of(day, n) for n in range(1, many)], **period)) for many in (150, 250))
    write_ids(FOLDER.ids("small", "videos"), ["1"] * 120, shorter.selection("small", "videos"))
    assert costs(shorter).total == (2 + 2, 3 + 2, 2 + 2)
    assert costs(longer).total == (3, 5 + 3, 3 + 1)


@settings(max_examples=25)
@given(LISTS, LISTS)
def test_two_lists_do_not_share_a_search_for_missing_ids(one: list[int], other: list[int]) -> None:
    period = {"during": ["2022-01-01", "2022-01-31"]}
    searches = [
        {each.name for each in plan_of(id_study(ids, **period)).slices if each.missing} for ids in (one, other) if ids
    ]
    if len(searches) == 2:
        assert (searches[0] == searches[1]) == (set(one) == set(other))


@pytest.mark.parametrize(
    ("dataset", "sentence"),
    [
        (
            {"ids": [12], "videos": {"where": {"all": [{"region_code": "DE"}]}, "during": ["2025-01-01"] * 2}},
            "No source uses",
        ),
        ({"videos": {"of": "ids"}}, "videos.of: This dataset has no ids; add the list next to videos."),
        (id_study([]), "datasets.small.ids: The list is too short (minimum 1): []."),
        (id_study([12, True]), "datasets.small.ids.1: True is not a video id; write its digits, or the address"),
        (id_study([{"id": "12"}]), "datasets.small.ids.0: The key 'video_id' is missing."),
        (id_study(["n/a", "x"]), "datasets.small.ids: None of its entries is a video id, for example 'n/a'."),
        (id_study([{"video_id": "1", "listed": "x"}]), "A column of the list is called 'listed'"),
        (id_study([12], window=7), "videos.window: of: ids and window cannot be combined. The ids decide"),
        (id_study([12], where={"all": [{"region_code": "DE"}]}), "of: ids and where cannot be combined."),
        (id_study([12], during=["2025-01-02", "2025-01-01"]), "The last day, 2025-01-01, is before the first"),
    ],
)
def test_a_list_that_cannot_be_requested_is_refused_with_a_sentence(dataset: Any, sentence: str) -> None:
    with pytest.raises(StudyFault) as fault:
        plan_of(dataset)
    assert sentence in str(fault.value)


def test_a_list_file_is_a_table_or_lines_with_whatever_spreadsheets_add(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_bytes('\ufeffVideo_ID;Donor\r\n12;"a\nb"\r\n\r\n12;c\r\n;d\r\n'.encode())
    (tmp_path / "a.txt").write_bytes(b"\xef\xbb\xbf12\r\n\r\nhttps://www.tiktok.com/@x/video/12\r\n13\r\n")
    for name, listed in (("a.csv", [("12", {"donor": "a\nb"})]), ("a.txt", [("12", {}), ("13", {})])):
        plan = plan_of(id_study({"file": name}, during=["2025-01-01", "2025-01-01"]), tmp_path)
        ids = plan.datasets[0].ids
        assert ids
        assert [
            (text, {name: values[n] for name, values in ids.columns.items()}) for n, text in enumerate(ids.listed)
        ] == listed
