"""Whether a plan fits the study's limits, before anything is sent and while a build is running."""

from datetime import date

from ttdata.errors import Fault
from ttdata.plan.cost import Costs
from ttdata.program import program
from ttdata.study.limits import Limits
from ttdata.text import count


class OverLimit(Fault):
    """A study is expected to cost more, or to take longer, than its `limits` allow. Request less, or raise them."""

    def __init__(self, reasons: list[str]) -> None:
        self.reasons = reasons
        lines = "\n".join(f"  * {reason}" for reason in reasons)
        super().__init__(
            f"The study does not fit its limits, so nothing more was requested:\n{lines}\n"
            f"Request less ({program()} plan STUDY shows what each source costs), or raise limits."
        )


def reasons(limits: Limits, costs: Costs, today: date) -> list[str]:
    """Why a study does not fit; empty if it does, or if nothing is left to send.

    What is expected counts, not the least or the most.
    """
    texts: list[str] = []
    if not any(costs.left(name).expected for name in costs.limits):
        return texts
    total, last = costs.total, limits.last_day(today)
    if limits.requests is not None and total.expected > limits.requests:
        texts.append(
            f"It is expected to cost {count(total.expected, 'request')} (at least {total.min:,}); "
            f"limits.requests allows {limits.requests:,}."
        )
    if last is not None and costs.finished_on(today) > last:
        texts.append(
            f"It is expected to take {count(costs.days.expected, 'day')} and to finish on "
            f"{costs.finished_on(today)}; limits.deadline is {last}."
        )
    return texts


def check(limits: Limits, costs: Costs, today: date) -> None:
    """Raise OverLimit if a study does not fit."""
    if texts := reasons(limits, costs, today):
        raise OverLimit(texts)


def check_least(limits: Limits, costs: Costs) -> None:
    """Raise OverLimit if what is known by now certainly costs more than is allowed, while a build is running."""
    least = costs.total.min
    if limits.requests is not None and least > limits.requests:
        raise OverLimit([f"It costs at least {count(least, 'request')}; limits.requests allows {limits.requests:,}."])
