"""When something is requested again: once it has settled, and on the days of its waves. Pure: days in, moments out.

All moments are UTC by the API's clock. What was requested at some moment is due again at the first of its moments
after it, so one request serves all moments before it, and nothing is requested twice for the same reason.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Literal

from ttdata.study.problems import Problems

Settled = Literal["settled", "unsettled", "unindexed"]

# TikTok's FAQ: videos are found up to 48 hours late, counts are up to 10 days old.
INDEX, COUNTS = "2d", "10d"


@dataclass(frozen=True)
class Settle:
    """Days from the end of a window until all its videos can be found, and until their counts are up to date."""

    index: int
    counts: int

    @classmethod
    def read(cls, study: Mapping[str, Any], problems: Problems) -> "Settle":
        declared = study.get("settle", {})
        settle = cls(days(declared.get("index", INDEX)), days(declared.get("counts", COUNTS)))
        if settle.index > settle.counts:
            problems.add(
                "settle.index",
                f"Videos are found before their counts settle: {settle.index}d is more than counts, {settle.counts}d.",
            )
        return settle

    def moments(self, end: date) -> tuple[datetime, datetime]:
        """When a window whose last day is `end` is indexed, and when its counts have settled."""
        return _midnight(end + timedelta(1 + self.index)), _midnight(end + timedelta(1 + self.counts))

    def state(self, end: date, asked_at: datetime) -> Settled:
        """What can be wrong with a window that was requested at this moment."""
        indexed, settled = self.moments(end)
        return "unindexed" if asked_at < indexed else "unsettled" if asked_at < settled else "settled"


@dataclass(frozen=True)
class Waves:
    """Observations repeated `times` times, `every` so many days; from the day `start`, or from the first request."""

    every: int
    times: int
    start: date | None

    @classmethod
    def read(cls, source: Mapping[str, Any], problems: Problems) -> "Waves | None":
        """The waves of a source; None if it has none, or they cannot be."""
        if "waves" not in source:
            return None
        declared, problems = source["waves"], problems.below("waves")
        if "random" in source:
            problems.add("", "A sample drawn again is another sample, not a further wave; leave out random or waves.")
        try:
            start = date.fromisoformat(declared["from"]) if "from" in declared else None
        except ValueError as error:
            problems.add("from", f"{declared['from']} is a day that does not exist ({error}).")
            return None
        return cls(days(declared["every"]), declared["times"], start)

    def moments(self, first_request: datetime) -> list[datetime]:
        """When each wave is due: at 00:00 of its day."""
        start = self.start or first_request.astimezone(UTC).date()
        return [_midnight(start + timedelta(self.every * number)) for number in range(self.times)]


def next_due(moments: Iterable[datetime], asked_at: datetime) -> datetime | None:
    """When something that was requested at this moment is due again; None if never."""
    return min((each for each in moments if each > asked_at), default=None)


def days(text: str) -> int:
    """The number of days in a text such as "10d"."""
    return int(text.removesuffix("d"))


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)
