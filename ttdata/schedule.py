"""When something is asked about again: once it has settled, and on the days of its waves. Pure: days in, moments out.

All moments are UTC by the API's clock. What was asked for at some moment is due again at the first of its moments that
lies after it, so one asking serves all moments before it, and nothing is asked twice for the same reason.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Literal

Settled = Literal["settled", "unsettled", "unindexed"]

# What TikTok's FAQ says: videos are found up to 48 hours late, counts are up to 10 days old.
INDEX, COUNTS = "2d", "10d"


@dataclass(frozen=True)
class Settle:
    """Days from the end of a window until its videos can all be found, and until their counts are up to date."""

    index: int
    counts: int

    @classmethod
    def of(cls, study: Mapping[str, Any]) -> "Settle":
        """What a checked study declares."""
        declared = study.get("settle", {})
        return cls(days(declared.get("index", INDEX)), days(declared.get("counts", COUNTS)))

    def moments(self, end: date) -> tuple[datetime, datetime]:
        """When a window whose last day is `end` is indexed, and when its counts have settled."""
        return _midnight(end + timedelta(1 + self.index)), _midnight(end + timedelta(1 + self.counts))

    def state(self, end: date, asked_at: datetime) -> Settled:
        """What can be wrong with a window that was asked for at this moment."""
        indexed, settled = self.moments(end)
        return "unindexed" if asked_at < indexed else "unsettled" if asked_at < settled else "settled"


@dataclass(frozen=True)
class Waves:
    """Observations repeated `times` times, `every` so many days; from the day `start`, or from the first asking."""

    every: int
    times: int
    start: date | None

    @classmethod
    def of(cls, source: Mapping[str, Any]) -> "Waves | None":
        """What a source of a checked study declares."""
        declared = source.get("waves")
        if declared is None:
            return None
        start = declared.get("from")
        return cls(days(declared["every"]), declared["times"], date.fromisoformat(start) if start else None)

    def moments(self, first_asked: datetime) -> list[datetime]:
        """When each wave is due: at 00:00 of its day."""
        start = self.start or first_asked.astimezone(UTC).date()
        return [_midnight(start + timedelta(self.every * number)) for number in range(self.times)]


def next_due(moments: Iterable[datetime], asked_at: datetime) -> datetime | None:
    """When something that was asked for at this moment is due again; None if never."""
    return min((each for each in moments if each > asked_at), default=None)


def days(text: str) -> int:
    """The number of days in a text such as "10d"."""
    return int(text.removesuffix("d"))


def problems(study: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """What the schema cannot say of a study's settling and waves: each key with a sentence."""
    settle = Settle.of(study)
    if settle.index > settle.counts:
        yield (
            "settle.index",
            f"Videos are found before their counts settle: {settle.index}d is more than counts, {settle.counts}d.",
        )
    for name, dataset in study["datasets"].items():
        for source, declared in dataset.items():
            if isinstance(declared, Mapping) and "waves" in declared:
                at = f"datasets.{name}.{source}.waves"
                if "random" in declared:
                    yield at, "A sample drawn again is another sample, not a further wave; leave out random or waves."
                try:
                    Waves.of(declared)
                except ValueError as error:
                    yield f"{at}.from", f"{declared['waves']['from']} is a day that does not exist ({error})."


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)
