"""Heat maps: their cells, bins, regions and levels."""

from datetime import date, timedelta
from typing import Any

import pytest

from ttdata.audit.heat_map import heat_map


def coverage(unit: str, *cells: tuple[str, str, int]) -> list[dict[str, Any]]:
    return [{"unit": unit, "start": start, "region": region, "videos": videos} for start, region, videos in cells]


def test_days_without_videos_differ_from_days_that_were_not_requested() -> None:
    periods = [{"start": "2025-01-01", "end": "2025-01-02"}, {"start": "2025-01-04", "end": "2025-01-05"}]
    heat = heat_map({"coverage": coverage("day", ("2025-01-02", "DE", 8), ("2025-01-05", "DE", 1)), "periods": periods})
    assert heat
    assert [(start[-2:], videos, level) for start, videos, level in heat.rows[0].cells] == [
        ("01", 0, 0), ("02", 8, 5), ("03", 0, None), ("04", 0, 0), ("05", 1, 1),
    ]  # fmt: skip


@pytest.mark.parametrize(("unit", "days"), [("day", 1), ("week", 7), ("month", 31)])
def test_every_day_week_or_month_has_one_column(unit: str, days: int) -> None:
    first = date(2024, 1, 1)
    periods = [{"start": "2024-01-01", "end": str(first + timedelta(20 * days))}]
    heat = heat_map({"coverage": coverage(unit, ("2024-01-01", "DE", 1)), "periods": periods})
    assert heat
    assert len(heat.bins) == len(set(heat.bins)) == 21
    assert heat.bins == sorted(heat.bins)


def test_all_but_the_most_frequent_regions_share_one_row() -> None:
    cells = [("2025-01-01", f"R{number:02}", 30 - number) for number in range(30)]
    heat = heat_map({"coverage": coverage("day", *cells), "periods": [{"start": "2025-01-01", "end": "2025-01-01"}]})
    assert heat
    assert [row.region for row in heat.rows] == [*(f"R{number:02}" for number in range(13)), "17 others"]
    assert sum(row.total for row in heat.rows) == sum(range(1, 31))


@pytest.mark.parametrize("most", [1, 2, 7, 32, 243, 1000])
def test_the_legend_has_the_fewest_videos_of_each_level(most: int) -> None:
    cells = [(f"2025-01-{1 + n:02}", "DE", videos) for n, videos in enumerate(sorted({1, max(1, most // 3), most}))]
    periods = [{"start": "2025-01-01", "end": "2025-01-03"}]
    heat = heat_map({"coverage": coverage("day", *cells), "periods": periods})
    assert heat
    levels = {videos: level for _, videos, level in heat.rows[0].cells if videos}
    assert levels == {videos: sum(videos >= step for step in heat.steps) for videos in levels}
    assert (levels[most], heat.steps[0]) == (5, 1)
