"""Periods: a first and a last day of posting (UTC), both included."""

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from typing import NamedTuple

from ttapi import api_date
from ttdata.study.problems import Problems


class Period(NamedTuple):
    """A first and a last day, both included."""

    start: date
    end: date

    @classmethod
    def read(cls, days: Sequence[str], problems: Problems, key: str = "during") -> "Period | None":
        """The period of two days written as YYYY-MM-DD; None, and a problem, if one of them does not exist."""
        try:
            return cls(*map(date.fromisoformat, days))
        except ValueError as error:
            problems.add(key, f"{list(days)} contains a day that does not exist ({error}).")
            return None

    @classmethod
    def stored(cls, days: Sequence[str]) -> "Period":
        """The period of two days in plan.json."""
        return cls(*map(date.fromisoformat, days))

    @property
    def days(self) -> int:
        """How many days it has."""
        return (self.end - self.start).days + 1

    def windows(self, days: int) -> Iterator["Period"]:
        """Cut it into windows of `days` days, from its start.

        A later end adds windows and changes at most the last one.
        """
        for first in range(0, self.days, days):
            start = self.start + timedelta(first)
            yield Period(start, self.start + timedelta(min(first + days, self.days) - 1))

    def request_dates(self) -> dict[str, str]:
        """The dates as a request for videos has them."""
        return {"start_date": api_date(self.start), "end_date": api_date(self.end)}
