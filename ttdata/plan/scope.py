"""What a dataset is about: the queries that it declares and their periods; and how one query differs from another.

Observations belong to videos, not to the wording of a study. Whether a stored answer still counts is decided by the
present scope, whichever search it came from.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, NamedTuple

from ttdata.store.receipts import StoredSearch
from ttdata.study.periods import Period

Query = Mapping[str, Any]
ACCOUNTS, ANY = "and username", "or"
_EQUALITY = ("EQ", "IN")
# The fields of a video that show whether it meets a condition, by the condition's field.
SHOWN_BY = {
    "comment_count": "comment_count",
    "create_date": "create_time",
    "effect_id": "effect_ids",
    "hashtag_name": "hashtag_names",
    "keyword": "video_description",
    "music_id": "music_id",
    "region_code": "region_code",
    "username": "username",
    "video_id": "id",
    "video_length": "video_duration",
    "view_count": "view_count",
}


@dataclass(frozen=True)
class Scope:
    """A query in the API's form, with all its accounts, and the first and last day on which it counts."""

    query: Query
    start: date
    end: date

    @property
    def period(self) -> Period:
        return Period(self.start, self.end)


class Dimension(NamedTuple):
    """One list of values in a query: the values of a condition, or the conditions of which one must hold.

    key: "or", or "and" with the name of a field. context: the rest of the query, as text.
    """

    key: str
    context: str
    values: frozenset[str]


def dimensions(query: Query) -> Iterator[Dimension]:
    """The dimensions of a query; edits of it are usually edits of one of them. Accounts first."""
    conditions = [each for each in query.get("and", []) if each["operation"] in _EQUALITY]
    fields = [each["field_name"] for each in conditions]
    for each in sorted(conditions, key=lambda each: each["field_name"] != "username"):
        if fields.count(each["field_name"]) == 1:
            rest = {**query, "and": [other for other in query["and"] if other is not each]}
            yield Dimension(f"and {each['field_name']}", _text(rest), frozenset(each["field_values"]))
    if query.get("or"):
        yield Dimension(ANY, _text({**query, "or": []}), frozenset(atoms(query)))


def atoms(query: Query) -> list[str]:
    """The conditions of which one must hold, one per value, as text."""
    return [
        json.dumps([each["field_name"], "EQ" if each["operation"] in _EQUALITY else each["operation"], value])
        for each in query.get("or", [])
        for value in each["field_values"]
    ]


def values_of(query: Query, key: str) -> list[str]:
    """The values of a dimension, in the order of the query."""
    if key == ANY:
        return atoms(query)
    return list(_condition(query, key)["field_values"])


def shown_by(query: Query, key: str) -> set[str]:
    """The fields of a video that show which values of a dimension it has."""
    names = [each["field_name"] for each in query["or"]] if key == ANY else [key.partition(" ")[2]]
    return {SHOWN_BY[name] for name in names}


def with_values(query: Query, key: str, values: Sequence[str]) -> dict[str, Any]:
    """The query with these values in one of its dimensions."""
    if key == ANY:
        groups = [_restricted(each, _kept(each, set(values))) for each in query["or"]]
        return {**query, "or": [each for each in groups if each["field_values"]]}
    replaced = _condition(query, key)
    conditions = [_restricted(each, list(values)) if each is replaced else each for each in query["and"]]
    return {**query, "and": conditions}


def scopes_of(searches: Sequence[tuple[Query, Period]]) -> tuple[Scope, ...]:
    """The scope of some searches; those that differ in their accounts alone are one."""
    accounts: dict[tuple[str, Period], list[str]] = {}
    queries: dict[tuple[str, Period], Query] = {}
    for query, period in _merged(searches):
        of_accounts = next((each for each in dimensions(query) if each.key == ACCOUNTS), None)
        key = (of_accounts.context if of_accounts else _text(query), period)
        queries.setdefault(key, query)
        if of_accounts:
            accounts.setdefault(key, []).extend(values_of(query, ACCOUNTS))
    return tuple(
        Scope(with_values(query, ACCOUNTS, accounts[key]) if key in accounts else query, *key[1])
        for key, query in queries.items()
    )


def searched(search: StoredSearch) -> tuple[Query, Period]:
    """The query and the days of a search on disk."""
    return json.loads(search.query), Period.stored((search.start, search.end))


def may_overlap(query: Query, period: Period, scopes: Sequence[Scope]) -> bool:
    """Whether a search can have found videos of a scope, by its days, accounts and regions."""
    return any(
        scope.start <= period.end and period.start <= scope.end and not _is_disjoint(query, scope.query)
        for scope in scopes
    )


def _is_disjoint(one: Query, other: Query) -> bool:
    fields = {"and username", "and region_code"}
    values = [{each.key: each.values for each in dimensions(query) if each.key in fields} for query in (one, other)]
    return any(values[0][key].isdisjoint(values[1][key]) for key in values[0].keys() & values[1].keys())


def _merged(searches: Sequence[tuple[Query, Period]]) -> Iterator[tuple[Query, Period]]:
    """Searches of one query in windows that follow each other, as one."""
    query, period = searches[0] if searches else ({}, None)
    for following, window in searches[1:]:
        if period and following == query and window.start == period.end + timedelta(1):
            period = Period(period.start, window.end)
            continue
        if period:
            yield query, period
        query, period = following, window
    if period:
        yield query, period


def _condition(query: Query, key: str) -> Mapping[str, Any]:
    field = key.partition(" ")[2]
    found: Mapping[str, Any] = next(each for each in query["and"] if each["field_name"] == field)
    return found


def _kept(condition: Mapping[str, Any], wanted: set[str]) -> list[str]:
    """The values of a condition of which one must hold that are among some atoms."""
    pairs = zip(condition["field_values"], atoms({"or": [condition]}), strict=True)
    return [value for value, atom in pairs if atom in wanted]


def _restricted(condition: Mapping[str, Any], values: list[str]) -> dict[str, Any]:
    operation = condition["operation"]
    if operation in _EQUALITY:
        operation = "EQ" if len(values) == 1 else "IN"
    return {**condition, "operation": operation, "field_values": values}


def _text(query: Query) -> str:
    """A query as text; the order of its conditions and values does not count, nor do empty groups."""
    groups = {
        name: sorted(
            json.dumps({**each, "field_values": sorted(each["field_values"])}, sort_keys=True) for each in group
        )
        for name, group in query.items()
        if group
    }
    return json.dumps(groups, sort_keys=True)
