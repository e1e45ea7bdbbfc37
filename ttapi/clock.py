"""The server's clock, followed by the Date header of its answers; the local clock is only a stopwatch."""

from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from email.utils import parsedate_to_datetime

LATEST = datetime(2200, 1, 1, tzinfo=UTC).timestamp()
"""Later than any honest Date header."""


class ServerClock:
    """Tells the server's time: the local clock plus the offset last heard.

    A skewed local clock, or a virtual one years away, changes nothing once one answer has come.
    """

    def __init__(self, local: Callable[[], float], offset: float = 0.0) -> None:
        self._local = local
        self.offset = offset

    def hear(self, header: str | None) -> None:
        """Take over the time of a Date header; one that is missing or unreadable changes nothing."""
        if (moment := moment_of(header)) is not None:
            self.offset = moment - self._local()

    def seconds(self) -> float:
        """Unix seconds by the server."""
        return self._local() + self.offset

    def now(self) -> datetime:
        """UTC by the server."""
        return datetime.fromtimestamp(self.seconds(), UTC)


def time_of_sending(guess: datetime, header: str | None, seconds: float) -> datetime:
    """When the server got a request: the guess made before, unless its Date header shows that the guess was wrong.

    seconds: how long the exchange took. A Date has whole seconds, cut off: just after midnight that decides the day.
    """
    moment = moment_of(header)
    if moment is None or moment - seconds <= guess.timestamp() <= moment + 1:
        return guess
    return datetime.fromtimestamp(moment, UTC)


def moment_of(header: str | None) -> float | None:
    """An HTTP date as Unix seconds; None if it is none."""
    try:
        moment = parsedate_to_datetime(header or "")
        seconds = (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
    except (ValueError, TypeError, OverflowError, IndexError):
        return None
    return seconds if 0 < seconds < LATEST else None


def next_midnight(moment: datetime) -> datetime:
    """The 00:00 UTC at which the quota comes back."""
    day: date = moment.astimezone(UTC).date()
    return datetime.combine(day + timedelta(days=1), time(), UTC)
