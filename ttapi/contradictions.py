"""Conditions that no video can satisfy together: the API would find nothing, and each search would cost a request."""

from collections.abc import Hashable, Iterable, Iterator, Sequence
from itertools import chain, combinations

from ttapi.conditions import DOMAINS, SEVERAL_VALUES, Condition

_COMPARISONS = ("GT", "GTE", "LT", "LTE")


def contradiction(must: Sequence[Condition], never: Sequence[Condition]) -> str:
    """Return which conditions exclude each other, such as "region_code = DE and region_code = US"; "" if none do.

    must: conditions that a video has to satisfy, all of them. never: conditions of which it may satisfy none. All are
    without problems. A video has one region, author, id, sound, length and day, whole counts from 0 on, and any number
    of hashtags, keywords and effects. What is found is certain; keywords that contain each other are not compared.
    """
    for field in dict.fromkeys(condition.field for condition in chain(must, never)):
        all_ = [condition for condition in must if condition.field == field]
        none = [condition for condition in never if condition.field == field]
        if not _satisfiable(field, all_, none):
            return _smallest(field, all_, none)
    return ""


def _smallest(field: str, all_: Sequence[Condition], none: Sequence[Condition]) -> str:
    """Return the conditions, or those two of them that already exclude each other."""
    signed = [(condition, True) for condition in all_] + [(condition, False) for condition in none]
    for some in chain(combinations(signed, 1), combinations(signed, 2)):
        if not _satisfiable(field, [c for c, must in some if must], [c for c, must in some if not must]):
            return _words(some)
    return _words(signed)


def _words(signed: Iterable[tuple[Condition, bool]]) -> str:
    return " and ".join(("" if must else "not ") + str(condition) for condition, must in signed)


def _satisfiable(field: str, all_: Sequence[Condition], none: Sequence[Condition]) -> bool:
    if field in SEVERAL_VALUES:
        excluded = {key for condition in none for key in condition.comparable_values()}
        return all(not excluded.issuperset(condition.comparable_values()) for condition in all_)
    must, never = ([(each.operation, set(each.comparable_values())) for each in group] for group in (all_, none))
    return any(
        all(_holds(*condition, key) for condition in must) and not any(_holds(*condition, key) for condition in never)
        for key in _candidates(field, [*all_, *none])
    )


def _holds(operation: str, keys: set[Hashable], key: Hashable) -> bool:
    if operation not in _COMPARISONS:
        return key in keys
    (bound,) = keys
    assert isinstance(bound, int)
    assert isinstance(key, int)
    return {"GT": key > bound, "GTE": key >= bound, "LT": key < bound, "LTE": key <= bound}[operation]


def _candidates(field: str, conditions: Sequence[Condition]) -> Iterator[Hashable]:
    """Yield values of which one satisfies the conditions if any value at all does.

    Between two bounds all numbers are alike, so that the bounds and their neighbours are enough.
    """
    if field in DOMAINS:
        yield from DOMAINS[field]
        return
    for key in dict.fromkeys(key for condition in conditions for key in condition.comparable_values()):
        if isinstance(key, int) and field.endswith(("_count", "_date")):
            yield from (near for near in (key - 1, key, key + 1) if near >= 0)
        else:
            yield key
    if field.endswith("_count"):
        yield 0
    elif not field.endswith("_date"):
        yield None  # a value that no condition names
