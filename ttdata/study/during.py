"""The days that a `videos` block requests: a period that is over, one that still runs, or the days before each wave."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from ttdata.study.examples import with_lines
from ttdata.study.periods import Period
from ttdata.study.problems import Problems
from ttdata.study.schedule import days

OPEN = "open"
# Days in one search, unless the study says otherwise; in a period that still runs, so that its days come week by week.
WINDOW, RUNNING_WINDOW = 30, 7
# Windows to come that a plan shows: of an open period a year, of another one ten years at most.
SHOWN, MOST = 52, 520
_DAY = timedelta(1)


@dataclass(frozen=True)
class During:
    """The days that can be requested by now.

    windows    the windows of a period that is not over, or of the waves; None if the period is over
    coming     the windows that cannot be requested yet
    is_moving  each window belongs to one wave
    """

    period: Period
    window: int
    windows: tuple[Period, ...] | None = None
    coming: tuple[Period, ...] = ()
    is_moving: bool = False

    @classmethod
    def read(cls, videos: Mapping[str, Any], today: date, problems: Problems) -> "During | None":
        """The days of a `videos` block; None, and a problem, if there are none."""
        declared = videos["during"]
        if isinstance(declared, Mapping):
            return cls._moving(videos, today, problems)
        is_open = declared[1] == OPEN
        period = Period.read([declared[0], declared[0] if is_open else declared[1]], problems)
        if period is None:
            return None
        if period.end < period.start:
            problems.add("during", f"The last day, {period.end}, is before the first, {period.start}. Swap them.")
            return None
        if not is_open and period.end <= today:
            return cls(period, videos.get("window", WINDOW))
        if {"random", "of: ids"} & {*videos, f"of: {videos.get('of')}"}:
            last = "open" if is_open else f"{period.end}, which is in the future"
            problems.add(
                "during", f"A random sample or a list of ids needs a period that is over; its last day is {last}."
            )
            return None
        return cls._running(period.start, None if is_open else period.end, videos, today, problems)

    @classmethod
    def _running(
        cls, start: date, end: date | None, videos: Mapping[str, Any], today: date, problems: Problems
    ) -> "During | None":
        window = videos.get("window", RUNNING_WINDOW)
        over = max(0, (today - start).days // window)
        # An open period, and one that ends in thousands of years, goes on as long as a calendar.
        shown = (over + (SHOWN if end is None else MOST)) * window
        last = start + timedelta(min(((end or date.max) - start).days, shown))
        windows = list(Period(start, last).windows(window))
        past = [each for each in windows if each.end < today]
        if not past:
            first = windows[0]
            problems.add(
                "during",
                f"Its first window, {first.start} to {first.end}, is not over yet: the API's date is {today} (UTC). "
                f"Run the same command after {first.end}, or choose a shorter window.",
            )
            return None
        return cls(Period(start, past[-1].end), window, tuple(past), tuple(windows[len(past) :][:MOST]))

    @classmethod
    def _moving(cls, videos: Mapping[str, Any], today: date, problems: Problems) -> "During | None":
        waves = videos.get("waves", {})
        if "from" not in waves:
            text = "Days that move with the waves need waves: {every: 7d, times: 26, from: DAY}."
            problems.add("during", with_lines(text, "waves: {every: 7d, times: 26, from: 2026-01-05}"))
            return None
        if {"random", "phases", "of: ids", "window"} & {*videos, f"of: {videos.get('of')}"}:
            problems.add(
                "during", "Days that move with the waves are for searches with where or of: accounts, without window."
            )
            return None
        length, every = days(videos["during"]["last"]), days(waves["every"])
        try:
            first = date.fromisoformat(waves["from"])
            starts = [first + timedelta(every * number) for number in range(waves["times"])]
            windows = [Period(day - timedelta(length), day - _DAY) for day in starts]
        except (ValueError, OverflowError) as error:
            problems.add("waves.from", f"{waves['from']} is no first day of these waves ({error}).")
            return None
        past = tuple(window for window in windows if window.end < today)
        if not past:
            problems.add(
                "during", f"Its first wave is on {first}; the API's date is {today} (UTC). Run it on that day."
            )
            return None
        period = Period(past[0].start, past[-1].end)
        return cls(period, length, past, tuple(windows[len(past) :]), is_moving=True)
