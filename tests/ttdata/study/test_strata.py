"""Random samples: draws by strata, one request per draw, and tables that show what each draw returned."""

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
import responses
from hypothesis import given
from hypothesis import strategies as st

from tests.ttdata.canned import api, connect, page
from tests.ttdata.with_mock import OUT, build_small, mock, plan_of, rows
from ttdata.build.explain import explain
from ttdata.collect.slices import collect_slice
from ttdata.errors import StudyFault
from ttdata.plan.counting import costs
from ttdata.plan.rounds import current
from ttdata.study.periods import Period
from ttdata.study.strata import strata

WHERE = {"all": [{"region_code": ["US", "GB"]}]}
DAYS = st.dates(date(2018, 1, 1), date(2025, 12, 31))


def sample(by: object = "month", draws: int = 3, during: Any = ("2024-12-30", "2025-02-15"), **more: Any) -> Any:
    return {"videos": {"where": WHERE, "during": list(during), "random": {"by": by, "draws": draws}} | more}


@given(DAYS, st.integers(0, 400), st.sampled_from(["month", "week", "day"]))
def test_strata_cover_each_day_once_in_windows_of_at_most_31_days(start: date, days: int, by: str) -> None:
    end = date.fromordinal(start.toordinal() + days)
    result = list(strata({"random": {"by": by}}, Period(start, end)))
    covered = [day for each in result for day in range(each.period.start.toordinal(), each.period.end.toordinal() + 1)]
    assert covered == list(range(start.toordinal(), end.toordinal() + 1))
    assert all(each.period.days <= 31 for each in result)
    assert len({each.name for each in result}) == len(result)


@pytest.mark.parametrize(
    ("by", "names"),
    [
        ("month", ["2024-12", "2025-01", "2025-02"]),
        (
            ["month", "region_code"],
            ["2024-12 US", "2024-12 GB", "2025-01 US", "2025-01 GB", "2025-02 US", "2025-02 GB"],
        ),
        ("week", [f"2025-W0{number}" for number in range(1, 8)]),
    ],
)
def test_strata_are_named_after_their_period_and_country(by: object, names: list[str]) -> None:
    plan = plan_of(sample(by))
    assert list(dict.fromkeys(draw.stratum for draw in plan.datasets[0].draws.values())) == names


def test_each_draw_is_its_own_slice_although_all_draws_of_a_stratum_are_equal() -> None:
    plan = plan_of(sample(["month", "region_code"], draws=4))
    assert len({each.name for each in plan.slices}) == 3 * 2 * 4
    bodies = [each.body for each in plan.slices[:4]]
    assert bodies == [bodies[0]] * 4
    assert bodies[0] == {
        "query": {"and": [{"field_name": "region_code", "operation": "EQ", "field_values": ["US"]}]},
        "start_date": "20241230",
        "end_date": "20241231",
        "is_random": True,
        "max_count": 100,
    }


def test_more_draws_do_not_change_the_earlier_ones() -> None:
    few, many = ({each.name for each in plan_of(sample(draws=draws)).slices} for draws in (3, 10))
    assert few < many


@pytest.mark.slow
@pytest.mark.parametrize("key", ["mock", "mock:quirks=yield-65+duplicates"])
def test_the_table_of_strata_counts_what_was_returned_and_the_plan_holds(key: str) -> None:
    plan = plan_of(sample())
    estimate = costs(plan).total
    with mock(key) as server:
        assert estimate.min <= server.videos(plan) == 9 <= estimate.max
    assert costs(plan).total == (9, 9, 9)
    build_small(plan)
    table = rows("SELECT stratum, draws, requested, received, yield, distinct_videos, repeated FROM strata")
    counts = rows("SELECT stratum, count(*), count(DISTINCT video_id) FROM draws GROUP BY ALL ORDER BY ALL")
    assert [row[0] for row in table] == ["2024-12", "2025-01", "2025-02"]
    assert [(row[0], row[3], row[5]) for row in table] == counts
    for _, draws, requested, received, share, distinct, _ in table:
        assert (draws, requested) == (3, 300)
        assert share == (Decimal(received) / requested).quantize(Decimal("0.0001"))
        assert 0 < distinct <= received < requested
    ((video, position),) = rows("SELECT video_id, position FROM draws WHERE stratum = '2025-01' AND draw = 2 LIMIT 1")
    assert f"It is number {position} of draw 2 of the stratum 2025-01." in explain(OUT, str(video))
    assert rows("SELECT DISTINCT draw FROM draws ORDER BY 1") == [(1,), (2,), (3,)]
    assert rows("SELECT count(*) FROM draws ANTI JOIN videos ON id = video_id") == [(0,)]
    assert rows("SELECT count(*) FROM videos ANTI JOIN draws ON id = video_id") == [(0,)]


def test_a_stratum_without_videos_has_a_row_and_no_estimate() -> None:
    plan = plan_of(sample("day", draws=1, during=["2018-01-01", "2018-01-01"]) | {})
    with mock("mock:quirks=empty-success") as server:
        server.videos(plan)
    build_small(plan)
    assert rows("SELECT received, yield, distinct_videos, population_estimate, low, high FROM strata") == [
        (0, Decimal("0.0000"), 0, None, None, None)
    ]


def test_draws_that_are_added_later_return_other_videos() -> None:
    for draws in (1, 2):
        plan = plan_of(sample("week", draws=draws, during=["2025-01-06", "2025-01-12"]))
        # The bundled server gets the number of the run.
        with mock(f"mock:run={draws}") as server:
            server.videos(plan)
    build_small(plan)
    assert len(rows("SELECT DISTINCT list(video_id ORDER BY video_id) FROM draws GROUP BY draw")) == 2


@responses.activate
def test_a_draw_is_one_page_even_if_more_follow() -> None:
    plan = plan_of(sample(draws=1, during=["2025-01-01", "2025-01-31"]))
    sent = api(page([1, 2], 100, more=True))
    receipt = collect_slice(plan, plan.slices[0], connect)
    assert (receipt.state, receipt.requests, receipt.least) == ("complete", 1, 1)
    assert collect_slice(plan, plan.slices[0], connect) == receipt
    assert len(sent()) == 1


@responses.activate
def test_a_draw_that_keeps_failing_is_not_split() -> None:
    plan = plan_of(sample(draws=1, during=["2025-01-01", "2025-01-31"]))
    sent = api({"error": {"code": "internal_error", "message": "no", "log_id": "L"}})
    assert collect_slice(plan, plan.slices[0], connect).state in ("partial", "blocked")
    assert {(body["start_date"], body["end_date"]) for body in sent()} == {("20250101", "20250131")}


@responses.activate
def test_a_waived_draw_is_not_counted_but_its_stratum_has_a_row() -> None:
    plan = plan_of(sample("day", draws=1, during=["2025-01-01", "2025-01-02"]))
    waived = replace(plan, waived={plan.slices[0].name: "no answer for weeks"})
    api({"error": {"code": "internal_error", "message": "no", "log_id": "L"}})
    collect_slice(waived, plan.slices[0], connect).write(plan.raw.receipt("videos", plan.slices[0].name))
    responses.reset()
    api(page([1, 2], 2, more=False))
    collect_slice(waived, plan.slices[1], connect).write(plan.raw.receipt("videos", plan.slices[1].name))
    build_small(waived)
    assert rows("SELECT stratum, draws, requested, received, yield FROM strata ORDER BY stratum") == [
        ("2025-01-01", 0, 0, 0, None),
        ("2025-01-02", 1, 100, 2, Decimal("0.0200")),
    ]


def test_draws_that_had_not_settled_are_replaced_by_new_ones() -> None:
    plan = plan_of(sample("week", draws=2, during=["2026-05-25", "2026-05-31"]))
    with mock() as server:
        assert server.videos(plan) == 2
    later = current(plan, lambda: datetime(2026, 6, 20, tzinfo=UTC))
    with mock("mock:now=2026-06-20") as server:
        assert server.videos(later) == 2
    build_small(later)
    (row,) = rows("SELECT draws, requested, received, distinct_videos FROM strata")
    assert row[:2] == (2, 200)
    assert rows("SELECT count(*), count(DISTINCT video_id) FROM draws") == [row[2:]]


@pytest.mark.parametrize(
    ("dataset", "sentence"),
    [
        (
            sample("year"),
            "videos.random.by: 'year' has the wrong format. Write month, week, day or region_code",
        ),
        (
            sample(["month", "week"]),
            "videos.random.by: month and week are both periods; use only one.",
        ),
        (sample("region_code"), "One draw covers at most 31 days, but the period has 48. Draw by month, week or day"),
        (sample([]), "videos.random.by: The list is too short (minimum 1): []."),
        (sample(draws=0), "videos.random.draws: 0 is too small; the minimum is 1."),
        (
            sample("region_code", where={"any": [{"hashtag_name": "fyp"}]}, during=["2025-01-01", "2025-01-02"]),
            "To draw by country, name the countries in where.all, once: - region_code: [DE, AT].",
        ),
        (
            sample(of="accounts") | {"accounts": ["a"]},
            "videos.of: random and of cannot be combined. A random sample and an exhaustive search are never mixed",
        ),
        (
            sample(phases=[{"field": "keyword", "term": "a", "from": "2025-01-01"}]),
            "videos.phases: random and phases cannot be combined. A random sample and an exhaustive search",
        ),
        (sample(window=7), "videos.window: random and window cannot be combined. The strata are the windows"),
        (sample(about=7), "videos.about: random and about cannot be combined."),
    ],
)
def test_a_sample_that_cannot_be_drawn_is_refused_with_a_sentence(dataset: Any, sentence: str) -> None:
    with pytest.raises(StudyFault) as fault:
        plan_of(dataset)
    assert sentence in str(fault.value)
