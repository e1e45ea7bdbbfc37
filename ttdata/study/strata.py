"""Strata of a random sample: the periods and countries in each of which the same number of draws is made."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from ttapi.query import MAX_DAYS_SEARCHED
from ttdata.study.periods import Period
from ttdata.study.problems import Problems

PERIODS = ("month", "week", "day")
REGION = "region_code"


@dataclass(frozen=True)
class Stratum:
    """A period, and a country if the sample is drawn by country. `name` is such as "2025-01 DE"."""

    name: str
    period: Period
    region_code: str | None


def strata(videos: Mapping[str, Any], period: Period) -> Iterator[Stratum]:
    """The strata of a `videos` block with `random`; those at the edges of the period are cut off there."""
    by = _by(videos)
    countries = _countries(videos) if REGION in by else [None]
    for label, part in _parts(next((each for each in by if each in PERIODS), None), period):
        for country in countries:
            yield Stratum(" ".join(filter(None, [label, country])), part, country)


def where_in(videos: Mapping[str, Any], stratum: Stratum) -> Mapping[str, Any]:
    """The query within a stratum: its own country instead of all countries."""
    where: Mapping[str, Any] = videos["where"]
    if stratum.region_code is None:
        return where
    conditions = [{REGION: stratum.region_code} if REGION in each else each for each in where["all"]]
    return {**where, "all": conditions}


def check(videos: Mapping[str, Any], period: Period, problems: Problems) -> None:
    """Add the reasons for which a sample cannot be drawn by these strata."""
    by = _by(videos)
    periods = [each for each in by if each in PERIODS]
    if len(periods) > 1:
        all_of_them = "both" if len(periods) == 2 else "all"
        problems.add("random.by", f"{' and '.join(periods)} are {all_of_them} periods; use only one.")
    if not periods and period.days > MAX_DAYS_SEARCHED:
        problems.add(
            "random.by",
            f"One draw covers at most {MAX_DAYS_SEARCHED} days, but the period has {period.days}. "
            "Draw by month, week or day as well, such as by: [month, region_code].",
        )
    if REGION in by and sum(REGION in each for each in videos.get("where", {}).get("all", [])) != 1:
        problems.add("random.by", "To draw by country, name the countries in where.all, once: - region_code: [DE, AT].")


def _by(videos: Mapping[str, Any]) -> Sequence[str]:
    by: str | list[str] = videos["random"]["by"]
    return [by] if isinstance(by, str) else by


def _countries(videos: Mapping[str, Any]) -> Sequence[str]:
    listed = next(each[REGION] for each in videos["where"]["all"] if REGION in each)
    codes = [listed] if isinstance(listed, str) else listed
    return list(dict.fromkeys(code.strip().upper() for code in codes))


def _parts(unit: str | None, period: Period) -> Iterator[tuple[str, Period]]:
    first = period.start
    while first <= period.end:
        label, last = _calendar_period(unit, first, period.end)
        part = Period(first, min(last, period.end))
        yield label, part
        first = part.end + timedelta(1)


def _calendar_period(unit: str | None, first: date, end: date) -> tuple[str, date]:
    """The name of the month, week or day that a day is in, and its last day."""
    if unit == "month":
        # A month of 31 days just fits into the longest window that the API searches.
        return f"{first:%Y-%m}", (first.replace(day=28) + timedelta(4)).replace(day=1) - timedelta(1)
    if unit == "week":
        return f"{first:%G-W%V}", first + timedelta(6 - first.weekday())
    if unit == "day":
        return f"{first}", first
    return "", end
