"""How many videos there are, estimated from those that random draws brought more than once.

Every draw is a capture occasion: few repeats among many videos mean a large population. The estimate is Schnabel's
(1938) with Chapman's (1952) correction, N = sum(C M) / (R + 1): C videos in a draw, M distinct ones in the draws before
it, R repeats in all. R is taken to follow a Poisson distribution, and the interval is Byar's approximation of its exact
limits (Breslow and Day 1987, p. 69). Both are in Seber, The Estimation of Animal Abundance (1982), chapter 4.
Where draws take a large part of the population, the interval is wider than it need be.

Assumed: every video that the API would give is equally likely in every draw, and none came or went between draws.
Decimal arithmetic, so that every machine comes to the same numbers.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from decimal import ROUND_CEILING, ROUND_FLOOR, ROUND_HALF_EVEN, Context, Decimal, localcontext

# 95 % of a normal distribution lie within so many standard deviations of its mean.
_Z = Decimal("1.959964")


@dataclass(frozen=True)
class Population:
    """An estimated number of videos, and the limits between which it lies with a confidence of 95 %."""

    estimate: int
    low: int
    high: int


def repeats(draws: Sequence[Collection[int]]) -> tuple[int, int]:
    """R, the videos of a draw that one before it had brought, and sum(C M), the pairs that could have been repeats."""
    before: set[int] = set()
    repeated = pairs = 0
    for draw in map(set, draws):
        repeated += len(draw & before)
        pairs += len(draw) * len(before)
        before |= draw
    return repeated, pairs


def population(draws: Sequence[Collection[int]]) -> Population | None:
    """Estimate a population from draws of it, each the ids of its videos; None if no video came twice."""
    repeated, pairs = repeats(draws)
    if not repeated:
        return None
    distinct = len(set().union(*draws))
    with localcontext(Context(prec=28)):
        least, most = _limits(Decimal(repeated))
        estimate = (pairs / Decimal(repeated + 1)).to_integral_value(ROUND_HALF_EVEN)
        low = (pairs / most).to_integral_value(ROUND_FLOOR)
        high = (pairs / least).to_integral_value(ROUND_CEILING)
    return Population(*(max(distinct, int(each)) for each in (estimate, low, high)))


def _limits(count: Decimal) -> tuple[Decimal, Decimal]:
    """Byar's limits of the mean of a Poisson distribution of which `count` (1 or more) was seen."""
    above = count + 1
    return (
        count * (1 - 1 / (9 * count) - _Z / (3 * count.sqrt())) ** 3,
        above * (1 - 1 / (9 * above) + _Z / (3 * above.sqrt())) ** 3,
    )
