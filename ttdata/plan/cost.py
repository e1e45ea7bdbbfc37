"""The cost of a plan as numbers of requests: by source, in all, and what is left of each bucket of the quota."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from math import ceil
from typing import NamedTuple

from ttdata.source_kinds import KINDS, kind_of


class Cost(NamedTuple):
    """Numbers of requests."""

    min: int = 0
    max: int = 0
    expected: int = 0

    def plus(self, other: "Cost") -> "Cost":
        return Cost(self.min + other.min, self.max + other.max, self.expected + other.expected)

    def times(self, least: int, most: int, usual: float) -> "Cost":
        return Cost(self.min * least, self.max * most, ceil(self.expected * usual))


@dataclass(frozen=True)
class Costs:
    """Costs by source, what of them is spent, the records of each dataset by source, and each bucket's quota per day.

    again: what it costs to request a slice or shard again, by its name in its first round
    unbounded: sources whose most is unknown, since nobody knows how many videos a search finds; their `max` is a guess
    """

    sources: Mapping[str, Cost]
    limits: Mapping[str, int]
    spent: Mapping[str, int] = field(default_factory=dict)
    records: Mapping[str, Mapping[str, Cost]] = field(default_factory=dict)
    again: Mapping[str, Cost] = field(default_factory=dict)
    unbounded: frozenset[str] = frozenset()

    @property
    def total(self) -> Cost:
        return total(self.sources.values())

    @property
    def done(self) -> int:
        """Requests that were sent already."""
        return sum(self.spent.values())

    def bucket(self, name: str) -> Cost:
        """The cost in one bucket of the quota: general or follow."""
        return total(cost for source, cost in self.sources.items() if _bucket(source) == name)

    def left(self, name: str) -> Cost:
        """What of a bucket's cost is still to be sent."""
        spent = sum(requests for source, requests in self.spent.items() if _bucket(source) == name)
        return Cost(*(max(0, each - spent) for each in self.bucket(name)))

    @property
    def days(self) -> Cost:
        """Days that what is left takes; both buckets are used at the same time."""
        spans = [[-(-each // self.limits[name]) for each in self.left(name)] for name in self.limits]
        return Cost(*(max(1, *each) for each in zip(*spans, strict=True)))

    def finished_on(self, today: date) -> date:
        """The day on which the expected number of requests is sent."""
        return today + timedelta(self.days.expected - 1)


def total(costs: Iterable[Cost]) -> Cost:
    """The sum of some costs."""
    result = Cost()
    for cost in costs:
        result = result.plus(cost)
    return result


def _bucket(source: str) -> str:
    kind = kind_of(source)
    return KINDS[kind].row.bucket if kind in KINDS else "general"
