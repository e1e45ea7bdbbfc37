"""The server's time, taken from the Date header of its answers. The local clock only measures durations."""

from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from email.utils import parsedate_to_datetime

LATEST = datetime(2200, 1, 1, tzinfo=UTC).timestamp()
"""Unix seconds. A later Date header is wrong."""


class ServerClock:
    """The server's time: the local clock plus an offset, which each Date header corrects.

    A local clock that is wrong, or a virtual one that is years away, has no effect after the first answer.
    local: returns Unix seconds. offset: seconds, server's clock minus local clock.
    """

    def __init__(self, local: Callable[[], float], offset: float = 0.0) -> None:
        self._local = local
        self.offset = offset
        self._is_known = offset != 0.0

    def update(self, header: str | None) -> None:
        """Adopt the time of a Date header; a header that is missing or unreadable changes nothing.

        The header is cut to whole seconds, so it shows only that the server's clock is not slower than that. An offset
        that is up to a second larger agrees with it, and may be the more exact one.
        """
        if (moment := parse_http_date(header)) is not None:
            offset = moment - self._local()
            self.offset = self.offset if 0 < self.offset - offset < 1 and self._is_known else offset
            self._is_known = True

    def seconds(self) -> float:
        """Unix seconds by the server's clock."""
        return self._local() + self.offset

    def now(self) -> datetime:
        """UTC by the server's clock."""
        return datetime.fromtimestamp(self.seconds(), UTC)


def time_of_sending(estimate: datetime, header: str | None, seconds: float) -> datetime:
    """Return when the server received a request: the estimate made before it, unless the Date header contradicts it.

    header: the Date of the answer, cut to whole seconds; just after midnight these decide the day of the request.
    seconds: duration of the exchange.
    """
    moment = parse_http_date(header)
    if moment is None or moment - seconds <= estimate.timestamp() <= moment + 1:
        return estimate
    return datetime.fromtimestamp(moment, UTC)


def parse_http_date(header: str | None) -> float | None:
    """Return an HTTP date as Unix seconds; None if it is not one."""
    try:
        moment = parsedate_to_datetime(header or "")
        seconds = (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
    except (ValueError, TypeError, OverflowError, IndexError):
        return None
    return seconds if 0 < seconds < LATEST else None


def next_midnight(moment: datetime) -> datetime:
    """Return the next 00:00 UTC, when the quota is reset. Source: research-api-faq."""
    day: date = moment.astimezone(UTC).date()
    return datetime.combine(day + timedelta(days=1), time(), UTC)
