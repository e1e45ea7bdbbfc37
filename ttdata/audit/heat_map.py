"""The heat map of a report: videos by day, week or month, and by region."""

import math
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

MOST_REGIONS = 14
LEVELS = 5

Period = tuple[date, date]


@dataclass(frozen=True)
class Row:
    """One region: its cells are (start of the bin, videos, level); a bin that was not requested has level None."""

    region: str
    total: int
    cells: Sequence[tuple[str, int, int | None]]


@dataclass(frozen=True)
class HeatMap:
    """Videos by day, week or month (`unit`), and by region. Level 0 is nothing, 5 the most; levels are logarithmic."""

    unit: str
    most: int
    rows: Sequence[Row]
    bins: Sequence[str]

    @property
    def marks(self) -> list[tuple[int, str]]:
        """The bins that start a month (or a year, if bins are months), with its name; not too close to each other."""
        length = 4 if self.unit == "month" else 7
        starts = [n for n, start in enumerate(self.bins) if n == 0 or start[:length] != self.bins[n - 1][:length]]
        apart: list[int] = []
        for n in starts:
            if not apart or n - apart[-1] >= 6:
                apart.append(n)
        return [(n, self.bins[n][:length]) for n in apart]

    @property
    def steps(self) -> list[int]:
        """The fewest videos of each level, from level 1 on."""
        return _steps(self.most)


def heat_map(report: Mapping[str, Any]) -> HeatMap | None:
    """The heat map of a report's coverage; None if there are no videos."""
    videos: dict[str, dict[str, int]] = defaultdict(dict)
    for each in report["coverage"]:
        videos[each["region"] or "none"][each["start"]] = each["videos"]
    if not videos:
        return None
    unit = report["coverage"][0]["unit"]
    periods = [(date.fromisoformat(each["start"]), date.fromisoformat(each["end"])) for each in report["periods"]]
    bins = _bins(unit, periods, {start for row in videos.values() for start in row})
    requested = {each.isoformat(): _overlaps(each, unit, periods) for each in bins}
    regions = _ranked(videos)
    most = max(max(videos[region].values()) for region in regions)
    rows = [_row(region, videos[region], requested, _steps(most)) for region in regions]
    return HeatMap(unit, most, rows, list(requested))


def _ranked(videos: dict[str, dict[str, int]]) -> list[str]:
    """The regions with the most videos. The others are added to `videos` as one more region."""
    ranked = sorted(videos, key=lambda region: (-sum(videos[region].values()), region))
    if len(ranked) <= MOST_REGIONS:
        return ranked
    others = f"{len(ranked) - MOST_REGIONS + 1} others"
    for region in ranked[MOST_REGIONS - 1 :]:
        for start, number in videos[region].items():
            videos[others][start] = videos[others].get(start, 0) + number
    return [*ranked[: MOST_REGIONS - 1], others]


def _row(region: str, videos: Mapping[str, int], requested: Mapping[str, bool], steps: Sequence[int]) -> Row:
    cells: list[tuple[str, int, int | None]] = []
    for start, was_requested in requested.items():
        number = videos.get(start, 0)
        level = sum(number >= step for step in steps) if number or was_requested else None
        cells.append((start, number, level))
    return Row(region, sum(number for _, number, _ in cells), cells)


def _steps(most: int) -> list[int]:
    return [math.ceil(most ** (level / LEVELS) - 1e-9) for level in range(LEVELS)]


def _bins(unit: str, periods: Sequence[Period], starts: set[str]) -> list[date]:
    """Starts of all days, weeks or months that were requested or have a video."""
    days = [day for period in periods for day in period] + [date.fromisoformat(start) for start in starts]
    start, last = _truncated(min(days), unit), max(days)
    bins = []
    while start <= last:
        bins.append(start)
        start = _following(start, unit)
    return bins


def _truncated(day: date, unit: str) -> date:
    if unit == "month":
        return day.replace(day=1)
    return day - timedelta(day.weekday()) if unit == "week" else day


def _following(start: date, unit: str) -> date:
    if unit == "month":
        return (start + timedelta(31)).replace(day=1)
    return start + timedelta(7 if unit == "week" else 1)


def _overlaps(start: date, unit: str, periods: Sequence[Period]) -> bool:
    end = _following(start, unit) - timedelta(1)
    return any(first <= end and start <= last for first, last in periods)
