"""A population is estimated from random draws, and the interval contains its true size as often as stated."""

import random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mockserver.search.query import read_query
from mockserver.search.search import Search
from mockserver.world.times import DAY, EPOCH
from mockserver.world.world import world
from ttdata.build.population import Population, population, repeats

DRAWS = st.lists(st.lists(st.integers(1, 60), max_size=20), max_size=8)


def test_two_draws_of_a_hundred_with_fifty_in_common_are_from_about_two_hundred() -> None:
    # By hand: 100 * 100 / (50 + 1) = 196.08. With 178 videos, 56.2 would be in common, +- 3.29 (hypergeometric), which
    # is 1.88 deviations from 50; with 177 it is 1.98; with 234 and 235 it is 1.94 and 1.98.
    assert population([range(100), range(50, 150)]) == Population(196, 178, 234)


def test_nothing_is_estimated_without_a_repeated_video() -> None:
    assert population([range(100), range(100, 200)]) is None
    assert population([range(100)]) is None
    assert population([]) is None


@given(DRAWS)
def test_every_video_of_a_draw_is_new_or_repeated(draws: list[list[int]]) -> None:
    assert len(set().union(*draws)) + repeats(draws)[0] == sum(len(set(draw)) for draw in draws)


@given(DRAWS)
def test_the_estimate_and_its_interval_are_never_below_the_videos_seen(draws: list[list[int]]) -> None:
    result = population(draws)
    if result:
        assert len(set().union(*draws)) <= result.low <= result.estimate <= result.high


@given(DRAWS)
def test_the_order_and_duplicates_within_a_draw_do_not_matter(
    draws: list[list[int]],
) -> None:
    assert population(draws) == population([[*reversed(draw), *draw] for draw in draws])


@pytest.mark.slow
def test_the_interval_contains_the_true_number_about_as_often_as_stated() -> None:
    mock_world, query = world(1, 1_000_000), read_query({"and": [condition("region_code", "IN", "US", "GB")]})
    hits, days = 0, range(EPOCH - 600 * DAY, EPOCH - 100 * DAY, 2 * DAY)
    for start in days:
        search = Search(mock_world, query, (start, start + 3 * DAY), EPOCH)
        truth = len(mock_world.found(search.hits(1 << 60), EPOCH))
        draws = [mock_world.found(search.sample(100, seed), EPOCH).tolist() for seed in range(4)]
        result = population(draws)
        hits += result is not None and result.low <= truth <= result.high
    assert 0.92 <= hits / len(days) <= 0.985


@pytest.mark.parametrize(("size", "draws"), [(400, 3), (5_000, 6), (30_000, 20)])
def test_the_mean_of_many_estimates_is_right(size: int, draws: int) -> None:
    generator = random.Random(7)
    results = [population([generator.sample(range(size), 90) for _ in range(draws)]) for _ in range(100)]
    assert abs(np.mean([each.estimate for each in results if each]) / size - 1) < 0.05


def condition(field: str, operation: str, *values: str) -> dict[str, object]:
    return {"field_name": field, "operation": operation, "field_values": list(values)}
