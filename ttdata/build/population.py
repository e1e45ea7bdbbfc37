"""How many videos there are, estimated from those that random draws returned more than once.

Every draw is a capture occasion: few repeats mean a large population. The estimate is Schnabel's (1938) with Chapman's
(1952) correction, N = sum(C M) / (R + 1): C videos in a draw, M distinct ones in the draws before it, R repeats in all.
The interval has every N for which the repeats are within 1.96 standard deviations of their mean (as Wilson 1927), both
exact for draws without replacement from a closed population (Darroch 1958, Biometrika 45).
Seber, The Estimation of Animal Abundance (1982), chapter 4, explains all but the last.

Assumed: every video that the API has is equally likely in every draw, and none was added or removed between draws.
Decimal arithmetic, so that every machine computes the same numbers.
"""

from collections import Counter
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Context, Decimal, localcontext

# 95 % of a normal distribution are within this many standard deviations of its mean.
_Z = Decimal("1.959964")


@dataclass(frozen=True)
class Population:
    """An estimated number of videos, and its limits with a confidence of 95 %."""

    estimate: int
    low: int
    high: int


def repeats(draws: Sequence[Collection[int]]) -> tuple[int, int]:
    """R, the videos that an earlier draw had returned, and sum(C M), the pairs that could have been repeats."""
    before: set[int] = set()
    repeated = pairs = 0
    for draw in map(set, draws):
        repeated += len(draw & before)
        pairs += len(draw) * len(before)
        before |= draw
    return repeated, pairs


def population(draws: Sequence[Collection[int]]) -> Population | None:
    """Estimate a population from draws of it, each the ids of its videos; None if no video was drawn twice."""
    repeated, pairs = repeats(draws)
    if not repeated:
        return None
    distinct = len(set().union(*draws))
    sizes = Counter(len(set(draw)) for draw in draws)

    def beyond(size: int) -> int:
        """1 if so small a population would repeat more, -1 if so large a one would repeat less."""
        mean, variance = _expected(size, sizes)
        if (mean - repeated) ** 2 <= _Z**2 * variance:
            return 0
        return 1 if mean > repeated else -1

    with localcontext(Context(prec=60)):
        estimate = int((pairs / Decimal(repeated + 1)).to_integral_value(ROUND_HALF_EVEN))
        low = _first(distinct, lambda size: beyond(size) <= 0)
        high = _first(low, lambda size: beyond(size) < 0) - 1
    return Population(min(max(estimate, low), high), low, high)


def _expected(size: int, sizes: Counter[int]) -> tuple[Decimal, Decimal]:
    """Mean and variance of the repeats that draws of these sizes make in a population of a size.

    They are as many as the videos drawn less the distinct ones, and so vary as the number of videos never drawn does.
    """
    one = two = Decimal(1)  # the chances that a video, and that two given videos, are never drawn
    for drawn, times in sizes.items():
        one *= (Decimal(size - drawn) / size) ** times
        if size > 1:
            two *= (Decimal((size - drawn) * (size - drawn - 1)) / (size * (size - 1))) ** times
    unseen = size * one
    drawn_in_all = sum(drawn * times for drawn, times in sizes.items())
    return drawn_in_all - size + unseen, unseen + size * (size - 1) * two - unseen**2


def _first(start: int, holds: Callable[[int], bool]) -> int:
    """The first number from `start` on for which something holds that, once it does, holds for all larger ones."""
    low, high = start, start
    while not holds(high):
        low, high = high + 1, 2 * high
    while low < high:
        middle = (low + high) // 2
        low, high = (low, middle) if holds(middle) else (middle + 1, high)
    return low
