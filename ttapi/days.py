"""Days (UTC) in the API's form, and the windows of days that its searches cover."""

from datetime import date, timedelta

MAX_DAYS_APART = 30
"""How many days the end date of a request may be after its start date. Source: research-api-specs-query-videos."""

MAX_DAYS_SEARCHED = MAX_DAYS_APART + 1
"""How many days one request can search: both the start date and the end date are included."""

FIRST_DAY = date(2018, 1, 1)
"""The first day from which the API is known to have videos. Not documented: clients start in 2018, and no recorded
answer has an earlier video."""


def parse_date(text: object) -> date | None:
    """Return a text of the form YYYYMMDD as a date; None for anything else."""
    if not (isinstance(text, str) and len(text) == 8 and is_whole(text)):
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def api_date(day: date) -> str:
    """Return a UTC day in the API's form: YYYYMMDD."""
    return f"{day.year:04}{day.month:02}{day.day:02}"


def is_whole(text: str) -> bool:
    """Return whether a text is a whole number in the API's form: ASCII digits."""
    return text.isascii() and text.isdigit()


def window_problems(start: date, end: date) -> list[str]:
    """Return why the API would refuse this window, one sentence per reason; [] if it would not.

    start and end: UTC days; both are searched. Source: research-api-specs-query-videos.
    """
    if end < start:
        return [f"The window ends ({end}) before it starts ({start})."]
    if (end - start).days > MAX_DAYS_APART:
        return [
            f"The window {start} to {end} is too long: the end may be at most {MAX_DAYS_APART} days after the start."
        ]
    return []


def windows(start: date, end: date, days: int = MAX_DAYS_APART) -> list[tuple[date, date]]:
    """Cut a span into windows of `days` days each, in order and without overlap; the last may be shorter.

    start and end: UTC days, both included, as in the windows that are returned.
    """
    starts = [start + timedelta(days=n) for n in range(0, (end - start).days + 1, days)]
    return [(first, min(first + timedelta(days=days - 1), end)) for first in starts]


def narrower(start: date, end: date) -> list[tuple[date, date]]:
    """Return the windows to request instead of one that keeps failing: weeks, then days; [] for a single day."""
    length = (end - start).days + 1
    return windows(start, end, 7 if length > 7 else 1) if length > 1 else []
