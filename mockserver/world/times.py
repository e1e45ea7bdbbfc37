"""The fixed moments of the invented world, and reading a time from text."""

import time
from calendar import timegm
from datetime import UTC, datetime

EPOCH = timegm((2026, 6, 1, 12, 0, 0))  # the virtual moment at which clocks start
BEGIN = timegm((2018, 1, 1, 0, 0, 0))
END = timegm((2029, 6, 1, 12, 0, 0))
DAY = 86_400
SETTLED = EPOCH - 60 * DAY  # what was posted before this moment does not change any more after the EPOCH
LATEST = END + 50 * 365 * DAY


class ClockError(ValueError):
    """A clock cannot do this; the text says what it can do."""


def utc(second: int) -> datetime:
    return datetime.fromtimestamp(second, UTC)


def read_time(text: str, such_as: str = "2026-06-15 or 2026-06-15T08:00:00Z") -> float:
    """The seconds of an ISO 8601 date or time, in UTC unless it has an offset; of `real`, the current time.

    Raises ClockError for anything else, with `such_as` as examples, and for a time outside that of the worlds.
    """
    if text == "real":
        return within(time.time())
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise ClockError(f"{text[:60]!r} is not a time. Use, for example, {such_as}.") from None
    return within((moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp())


def within(moment: float) -> float:
    """The same moment, if a clock can be set to it. Raises ClockError."""
    if not BEGIN <= moment <= LATEST:
        raise ClockError(f"A clock can be set from {utc(BEGIN):%Y-%m-%d} to {utc(LATEST):%Y-%m-%d}.")
    return moment
