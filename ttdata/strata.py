"""Strata of a random sample: the periods and countries in each of which the same number of draws is made."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from ttapi.query import MAX_WINDOW_DAYS

PERIODS = ("month", "week", "day")
REGION = "region_code"


@dataclass(frozen=True)
class Stratum:
    """A period, both days included, and a country if the sample is drawn by country. `name` such as "2025-01 DE"."""

    name: str
    start: date
    end: date
    region_code: str | None


def strata(videos: Mapping[str, Any], start: date, end: date) -> Iterator[Stratum]:
    """The strata of a `videos` block with `random`; those at the edges of the period are cut off there."""
    by = _by(videos)
    countries = _countries(videos) if REGION in by else [None]
    for label, first, last in _periods(next((each for each in by if each in PERIODS), None), start, end):
        for country in countries:
            yield Stratum(" ".join(filter(None, [label, country])), first, last, country)


def where_in(videos: Mapping[str, Any], stratum: Stratum) -> Mapping[str, Any]:
    """The query within a stratum: its own country in the place of all."""
    where: Mapping[str, Any] = videos["where"]
    if stratum.region_code is None:
        return where
    narrowed = [{REGION: stratum.region_code} if REGION in each else each for each in where["all"]]
    return {**where, "all": narrowed}


def problems(videos: Mapping[str, Any], start: date, end: date) -> Iterator[str]:
    """Why a sample cannot be drawn by these strata."""
    by = _by(videos)
    periods = [each for each in by if each in PERIODS]
    if len(periods) > 1:
        yield f"{' and '.join(periods)} are all periods; a sample is drawn by one of them."
    if not periods and (end - start).days > MAX_WINDOW_DAYS:
        yield (
            f"One draw searches {MAX_WINDOW_DAYS + 1} days at most, but the period has {(end - start).days + 1}. "
            "Draw by month, week or day as well, such as by: [month, region_code]."
        )
    if REGION in by and sum(REGION in each for each in videos.get("where", {}).get("all", [])) != 1:
        yield "To draw by country, name the countries in where.all, once: - region_code: [DE, AT]."


def _by(videos: Mapping[str, Any]) -> Sequence[str]:
    by: str | list[str] = videos["random"]["by"]
    return [by] if isinstance(by, str) else by


def _countries(videos: Mapping[str, Any]) -> Sequence[str]:
    listed = next(each[REGION] for each in videos["where"]["all"] if REGION in each)
    codes = [listed] if isinstance(listed, str) else listed
    return list(dict.fromkeys(code.strip().upper() for code in codes))


def _periods(period: str | None, start: date, end: date) -> Iterator[tuple[str, date, date]]:
    first = start
    while first <= end:
        label, last = _period(period, first, end)
        last = min(last, end)
        yield label, first, last
        first = last + timedelta(1)


def _period(period: str | None, first: date, end: date) -> tuple[str, date]:
    """The name of the period that a day lies in, and the last day of it."""
    if period == "month":
        # The API's limit is an end date 30 days after the start: a month of 31 days just fits.
        return f"{first:%Y-%m}", (first.replace(day=28) + timedelta(4)).replace(day=1) - timedelta(1)
    if period == "week":
        return f"{first:%G-W%V}", first + timedelta(6 - first.weekday())
    if period == "day":
        return f"{first}", first
    return "", end
