"""A query as plain data: built, checked and explained before it costs a request. Needs no network and no library."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Self

from ttapi.conditions import OPERATIONS as OPERATIONS
from ttapi.conditions import Condition
from ttapi.contradictions import contradiction
from ttapi.days import FIRST_DAY
from ttapi.days import MAX_DAYS_SEARCHED as MAX_DAYS_SEARCHED
from ttapi.days import narrower as narrower
from ttapi.days import parse_date as parse_date
from ttapi.text import one_line

_CONDITION_KEYS = ("field_name", "operation", "field_values")


@dataclass(frozen=True)
class Query:
    """Three groups of conditions: all of `all`, at least one of `any`, and none of `none` must hold.

    The groups are combined with AND and cannot be nested.
    Source: research-api-specs-query-videos, research-api-get-started.
    """

    all: Sequence[Condition] = ()
    any: Sequence[Condition] = ()
    none: Sequence[Condition] = ()

    def __post_init__(self) -> None:
        for group in ("all", "any", "none"):
            object.__setattr__(self, group, tuple(getattr(self, group)))

    @classmethod
    def from_body(cls, body: object) -> Self:
        """Read a query in the API's JSON form. Raises ValueError, with one sentence, if `body` is not one."""
        if not isinstance(body, Mapping):
            raise ValueError("A query must be an object with the groups and, or, not.")
        if unknown := sorted(map(str, body.keys() - {"and", "or", "not"})):
            raise ValueError(f'"{one_line(unknown[0])}" is not a group of a query. Available: and, or, not.')
        return cls(*(_conditions(key, body.get(key)) for key in ("and", "or", "not")))

    def to_body(self) -> dict[str, list[dict[str, object]]]:
        """Return the query in the API's JSON form, without empty groups."""
        groups = {"and": self.all, "or": self.any, "not": self.none}
        return {key: [condition.to_body() for condition in group] for key, group in groups.items() if group}

    def problems(self, start: date | None = None, end: date | None = None) -> list[str]:
        """Return why the API would refuse this query or could find nothing, one sentence per reason; [] if neither.

        start and end: the first and last day that are searched, if create_date is to be compared with them.
        """
        conditions = (*self.all, *self.any, *self.none)
        if not conditions:
            return ["The query is empty: it needs at least one condition in all, any or none."]
        if problems := [problem for condition in conditions for problem in condition.problems()]:
            return problems
        return list(self._contradictions(start, end))

    def _contradictions(self, start: date | None, end: date | None) -> Iterator[str]:
        must = [*self.all]
        must += [Condition("create_date", "GTE", start)] if start else []
        must += [Condition("create_date", "LTE", end)] if end else []
        if reason := contradiction(must, self.none):
            yield f"No video can satisfy {reason}."
        elif self.any:
            # Conditions on other fields are satisfiable, as was just seen.
            reasons = [
                contradiction(
                    [*(each for each in must if each.field == condition.field), condition],
                    [each for each in self.none if each.field == condition.field],
                )
                for condition in self.any
            ]
            if all(reasons):
                yield f"No video can satisfy any condition of the group any: {'; '.join(dict.fromkeys(reasons))}."

    def warnings(self, start: date | None = None, end: date | None = None) -> list[str]:
        """Return what the API would accept although it is probably a mistake, one sentence or two per reason.

        start and end: the first and last day that are searched, if known. A query with problems has no warnings.
        """
        if self.problems():
            return []
        return list(dict.fromkeys(self._warnings(start, end)))

    def _warnings(self, start: date | None, end: date | None) -> Iterator[str]:
        for group in (self.all, self.any, self.none):
            yield from (warning for condition in group for warning in condition.warnings())
            yield from (f"The condition {each} is given {n} times." for each, n in Counter(group).items() if n > 1)
        for condition in (*self.all, *self.any):
            if condition.field == "region_code" and "CA" in condition.values:
                yield (
                    "Region CA: the API has returned no content from Canada for a long time, and no document says that "
                    "this has changed. Expect no videos."
                )
            if _is_early(condition):
                yield f"{condition}: the API is not known to have videos from before {FIRST_DAY}."
        if start and start < FIRST_DAY:
            days = "these days" if end and end < FIRST_DAY else f"the days before {FIRST_DAY}"
            yield (
                f"The search starts on {start}, and the API is not known to have videos from before {FIRST_DAY}. "
                f"Each window costs a request; expect no videos from {days}."
            )

    def explain(self, start: date | None = None, end: date | None = None) -> str:
        """Return the query as one English sentence, with its window if both days are given."""
        all_ = " and ".join(c.explain() for c in self.all)
        any_ = " or ".join(c.explain() for c in self.any)
        parts = [f"Videos {all_ or any_}".rstrip()]
        if all_ and any_:
            parts.append("and " + ("either " if len(self.any) > 1 else "") + any_)
        if self.none:
            parts.append("but not those " + " or ".join(c.explain() for c in self.none))
        if start and end:
            parts.append(f"posted from {start.isoformat()} to {end.isoformat()} (UTC, both days included)")
        return ", ".join(parts) + "."


def _is_early(condition: Condition) -> bool:
    """Return whether a condition requires a day before the first."""
    if condition.field != "create_date" or condition.operation in ("GT", "GTE"):
        return False
    days = [day for value in condition.values if (day := parse_date(value))]
    return min(days) <= FIRST_DAY if condition.operation == "LT" else min(days) < FIRST_DAY


def _conditions(key: str, group: object) -> list[Condition]:
    if group is None:
        return []
    if not isinstance(group, list) or not all(isinstance(item, Mapping) for item in group):
        raise ValueError(f'The group "{key}" of a query must be a list of conditions.')
    return [_condition(item) for item in group]


def _condition(body: Mapping[str, object]) -> Condition:
    if not body.keys() >= set(_CONDITION_KEYS):
        raise ValueError("A condition needs field_name, operation and field_values.")
    if unknown := sorted(map(str, body.keys() - set(_CONDITION_KEYS))):
        available = ", ".join(_CONDITION_KEYS)
        raise ValueError(f'"{one_line(unknown[0])}" is not a key of a condition. Available: {available}.')
    field, operation, values = (body[key] for key in _CONDITION_KEYS)
    if not isinstance(field, str) or not isinstance(operation, str):
        raise ValueError("field_name and operation of a condition must be text.")
    if not isinstance(values, list | str | int):
        raise ValueError(f"field_values of {one_line(field)} must be a list of texts.")
    return Condition(field, operation, values)
