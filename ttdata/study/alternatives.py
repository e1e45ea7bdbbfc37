"""Queries that one request cannot express: several searches do, whose union is the answer.

A request has three flat groups: all, any, none. A two-sided bound such as {view_count: {gte: 1000, lt: 5000}} is two
conditions, both of which must hold. In `all` that is what the group means. In `any` it would mean that either holds,
and in `none` that neither may hold, so each such bound takes searches of its own.
"""

from collections.abc import Iterator, Mapping, Sequence
from itertools import product
from typing import Any

from ttdata.study.problems import Problems

MOST = 8
_OPPOSITE = {"gt": "lte", "gte": "lt", "lt": "gte", "lte": "gt"}

Where = Mapping[str, Any]
Declared = Mapping[str, Any]


def alternatives(where: Where) -> list[Where]:
    """The `where` blocks of the searches whose union is the answer; the block itself if one request can express it."""
    return [
        {group: conditions for group, conditions in (("all", all_), ("any", any_), ("none", none)) if conditions}
        for all_, any_, none in _groups(where)
    ]


def check(where: Where, problems: Problems) -> None:
    """Add a problem if a query takes more searches than MOST."""
    number = _number(where)
    if number > MOST:
        group = "any" if len(_bounded(where.get("any", []))) >= len(_bounded(where.get("none", []))) else "none"
        example = dict(_bounded(where.get(group, []))[0])
        problems.add(
            f"where.{group}",
            f"This query takes {number:,} searches per window, since a request cannot express a lower and an upper "
            f"bound in any or none; at most {MOST} are allowed. Give fewer conditions two bounds, such as {example}.",
        )


def _groups(where: Where) -> Iterator[tuple[list[Declared], list[Declared], list[Declared]]]:
    all_ = list(where.get("all", []))
    any_, none = where.get("any", []), where.get("none", [])
    simple = [each for each in any_ if not _is_bounded(each)]
    # Either one of the simple conditions holds, or both bounds of one of the others.
    choices: list[tuple[list[Declared], list[Declared]]] = [(all_, simple)] if simple or not any_ else []
    choices += [([*all_, each], []) for each in _bounded(any_)]
    # A value is outside of two bounds if it is beyond one of them: each choice of sides is a search.
    fixed = [each for each in none if not _is_bounded(each)]
    for (must, may), sides in product(choices, product(*map(_single_bounds, _bounded(none)))):
        yield [*must, *map(_opposite, sides)], may, fixed


def _number(where: Where) -> int:
    any_ = where.get("any", [])
    simple = [each for each in any_ if not _is_bounded(each)]
    number = (1 if simple or not any_ else 0) + len(_bounded(any_))
    for each in _bounded(where.get("none", [])):
        number *= len(_single_bounds(each))
    return number


def _bounded(conditions: Sequence[Declared]) -> list[Declared]:
    return [each for each in conditions if _is_bounded(each)]


def _is_bounded(declared: Declared) -> bool:
    ((_, value),) = declared.items()
    return isinstance(value, Mapping) and len(value) > 1


def _single_bounds(declared: Declared) -> list[Declared]:
    ((field, bounds),) = declared.items()
    return [{field: {operation: bound}} for operation, bound in bounds.items()]


def _opposite(declared: Declared) -> Declared:
    """A single bound, turned around: a value that must not be at least 1000 must be less than 1000."""
    ((field, bounds),) = declared.items()
    ((operation, bound),) = bounds.items()
    return {field: {_OPPOSITE[operation]: bound}}
