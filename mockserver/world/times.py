"""The fixed moments of the invented world, and reading a time that somebody wrote."""

import time
from calendar import timegm
from datetime import UTC, datetime

EPOCH = timegm((2026, 6, 1, 12, 0, 0))  # the fixed virtual moment at which every clock starts
BEGIN = timegm((2018, 1, 1, 0, 0, 0))
END = timegm((2029, 6, 1, 12, 0, 0))
DAY = 86_400
SETTLED = EPOCH - 60 * DAY  # whatever was posted before this moment is over and done with by the EPOCH
LATEST = END + 50 * 365 * DAY


class ClockError(ValueError):
    """A clock was told something that it cannot do; the text says what it can."""


def utc(second: int) -> datetime:
    return datetime.fromtimestamp(second, UTC)


def read_time(text: str, such_as: str = "2026-06-15 or 2026-06-15T08:00:00Z") -> float:
    """An ISO 8601 date or time at which a clock can stand, UTC unless it says otherwise; or `real`, the time by now.

    Raises ClockError.
    """
    if text == "real":
        return within(time.time())
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise ClockError(f"{text[:60]!r} is no time: give one such as {such_as}.") from None
    return within((moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp())


def within(moment: float) -> float:
    """The moment, if a clock can stand there. Raises ClockError."""
    if not BEGIN <= moment <= LATEST:
        raise ClockError(f"The world's clock goes from {utc(BEGIN):%Y-%m-%d} to {utc(LATEST):%Y-%m-%d}.")
    return moment
