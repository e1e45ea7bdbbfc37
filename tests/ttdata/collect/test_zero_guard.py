"""The zero guard: a search that found videos before and now finds none fails the build, unless that is plausible."""

from datetime import timedelta
from pathlib import Path

import pytest
import responses

from tests.ttdata.canned import connect
from tests.ttdata.over_time import (
    DAY_0,
    OLD,
    OUT,
    api_at,
    clock_at,
    collect_and_build,
    collect_due,
    collect_search,
    plan_of,
    rows,
    videos,
)
from ttdata.build.dataset import build
from ttdata.build.digest import digest_of
from ttdata.collect.slices import collect_slice
from ttdata.errors import EmptySuccess
from ttdata.plan.rounds import current
from ttdata.plan.status import status

MANY = dict.fromkeys(range(1, 8), 1)


@pytest.mark.slow
def test_a_later_round_that_finds_nothing_fails_and_changes_nothing() -> None:
    collect_and_build(plan_of(), DAY_0, MANY)
    digest, later = digest_of(OUT), DAY_0 + timedelta(12)
    for attempt in (1, 2):
        with pytest.raises(
            EmptySuccess, match=r"^EmptySuccess: The search \w+\.2 .* found nothing now, but 7 videos before"
        ):
            collect_due(plan_of(), later, {})
        assert status(current(plan_of(), clock_at(later))).sent == 1 + attempt
    assert digest_of(OUT) == digest
    collect_and_build(plan_of(), later, MANY)
    assert rows("SELECT count(*) FROM videos") == [(7,)]


@pytest.mark.slow
def test_an_empty_answer_that_a_stopped_run_did_not_check_is_requested_again() -> None:
    collect_and_build(plan_of(), DAY_0, MANY)
    later = DAY_0 + timedelta(12)
    with pytest.raises(EmptySuccess):
        collect_due(plan_of(), later, {})
    # As if the run had been stopped between the answer and its check.
    (doubted,) = Path("raw").rglob("*.doubted1.ndjson.zst")
    doubted.rename(doubted.with_name(doubted.name.replace(".doubted1", "")))
    collect_and_build(plan_of(), later, MANY)
    assert rows("SELECT count(*) FROM videos") == [(7,)]
    assert doubted.exists()


def test_a_search_that_is_collected_from_scratch_and_finds_nothing_fails_too() -> None:
    plan = plan_of(during=OLD)
    collect_and_build(plan, DAY_0, MANY)
    for file in [*Path("raw").rglob("*.zst"), *Path("raw").rglob("*.json")]:
        file.unlink()
    with pytest.raises(
        EmptySuccess,
        match=r"found nothing now, but 7 videos before; these are in datasets/small.duckdb, which is unchanged",
    ):
        collect_and_build(plan, DAY_0, {})
    assert rows("SELECT count(*) FROM videos") == [(7,)]


def test_a_few_videos_may_all_be_gone_if_another_search_finds_something() -> None:
    plan = plan_of(during=["2026-05-01", "2026-05-31"])
    first, second = plan.slices
    collect_search(plan, first, DAY_0, MANY)
    collect_search(plan, second, DAY_0, {10: 1, 11: 1})
    later = DAY_0 + timedelta(20)
    due = current(plan, clock_at(later))
    # Nothing else was requested today, so another search is requested first; that costs one request per day.
    with responses.mock:
        api_at(later, videos({}), videos({}))
        with pytest.raises(EmptySuccess, match="found nothing now, but 2 videos before"):
            collect_slice(due, due.slices[1], connect)
    with responses.mock:
        api_at(later, videos({}), videos(MANY))
        assert collect_slice(due, due.slices[1], connect).state == "empty"
    assert status(due).sent == 2 + 2 + 2
    collect_search(due, due.slices[0], later, MANY)
    collect_search(due, due.slices[1], later, {})
    build(due, "small", OUT)
    assert rows("SELECT id FROM videos_gone ORDER BY 1") == [(10,), (11,)]


def test_a_few_videos_of_the_only_search_cannot_all_be_gone() -> None:
    collect_due(plan_of(), DAY_0, {1: 1})
    with pytest.raises(EmptySuccess, match="found nothing now, but 1 video before"):
        collect_due(plan_of(), DAY_0 + timedelta(12), {})


@pytest.mark.slow
def test_a_waiver_accepts_that_a_search_finds_nothing() -> None:
    collect_and_build(plan_of(), DAY_0, MANY)
    waived = plan_of(waive=[{"slice": plan_of().slices[0].name, "reason": "the account closed"}])
    collect_and_build(waived, DAY_0 + timedelta(12), {})
    assert rows("SELECT (SELECT count(*) FROM videos), (SELECT count(*) FROM videos_gone)") == [(0, 7)]
