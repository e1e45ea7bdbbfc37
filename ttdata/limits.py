"""The budget and the deadline of a study: whether what it asks for can be had within them, before anything is sent."""

import re
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING

from ttdata.errors import Fault

if TYPE_CHECKING:
    from ttdata.cost import Costs

_DAYS = re.compile(r"^(\d+)d$")


class OverLimit(Fault):
    """A study is expected to cost more, or to take longer, than its `limits` allow. Ask for less, or raise them."""

    def __init__(self, reasons: list[str]) -> None:
        self.reasons = reasons
        lines = "\n".join(f"  * {reason}" for reason in reasons)
        super().__init__(
            f"The study does not fit its limits, so no further request was sent:\n{lines}\n"
            "Ask for less (python -m ttdata plan STUDY shows where the requests go), or raise limits."
        )


@dataclass(frozen=True)
class Limits:
    """What a study may cost: requests in all, and a last day, written as a day or as days from today such as "30d"."""

    requests: int | None = None
    deadline: str | None = None

    def last_day(self, today: date) -> date | None:
        """The last day on which requests may be sent."""
        if self.deadline is None:
            return None
        days = _DAYS.match(self.deadline)
        return today + timedelta(int(days[1]) - 1) if days else date.fromisoformat(self.deadline)

    def reasons(self, estimate: "Costs", today: date) -> list[str]:
        """Why the study does not fit; empty if it does, or if nothing is left to send.

        What is expected counts, not the least or the most.
        """
        reasons: list[str] = []
        if not any(estimate.left(name).expected for name in estimate.limits):
            return reasons
        total, last = estimate.total, self.last_day(today)
        if self.requests is not None and total.expected > self.requests:
            reasons.append(
                f"It is expected to cost {total.expected:,} requests (at least {total.min:,}); "
                f"limits.requests allows {self.requests:,}."
            )
        if last is not None and estimate.finished_on(today) > last:
            reasons.append(
                f"It is expected to take {estimate.days.expected:,} days and to be finished on "
                f"{estimate.finished_on(today)}; limits.deadline is {last}."
            )
        return reasons

    def check(self, estimate: "Costs", today: date) -> None:
        """Raise OverLimit if the study does not fit."""
        if reasons := self.reasons(estimate, today):
            raise OverLimit(reasons)

    def check_least(self, estimate: "Costs") -> None:
        """Raise OverLimit, in the midst of a build, if what is known by now certainly costs more than is allowed."""
        least = estimate.total.min
        if self.requests is not None and least > self.requests:
            raise OverLimit([f"It costs at least {least:,} requests; limits.requests allows {self.requests:,}."])
