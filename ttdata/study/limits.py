"""What a study may cost: requests in all, and a last day. Whether a plan fits is decided by plan/budget.py."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from ttdata.study.problems import Problems

_DAYS = re.compile(r"^(\d+)d$")


@dataclass(frozen=True)
class Limits:
    """requests: in all, of both quota buckets. deadline: a day, or days from today such as "30d"."""

    requests: int | None = None
    deadline: str | None = None

    @classmethod
    def read(cls, study: Mapping[str, Any], today: date, problems: Problems) -> "Limits":
        limits = cls(**study.get("limits", {}))
        try:
            limits.last_day(today)
        except (ValueError, OverflowError) as error:
            problems.add("limits.deadline", f"{limits.deadline} is a day that does not exist ({error}).")
        return limits

    def last_day(self, today: date) -> date | None:
        """The last day on which requests may be sent."""
        if self.deadline is None:
            return None
        days = _DAYS.match(self.deadline)
        return today + timedelta(int(days[1]) - 1) if days else date.fromisoformat(self.deadline)
