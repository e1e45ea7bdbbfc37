"""A request of TikTok's API that was pasted into a study, and the same as keys of a study."""

import json
from collections.abc import Mapping
from contextlib import suppress

from ttapi.conditions import Condition
from ttapi.days import parse_date
from ttapi.query import Query
from ttdata.study.examples import line

_CONDITION = frozenset(("field_name", "operation", "field_values"))
_GROUPS = frozenset(("and", "or", "not"))
_REQUEST = frozenset(("query", "start_date", "end_date", "max_count", "cursor", "search_id", "is_random")) | _CONDITION
_WHERE = "where: {all: [{region_code: [DE, AT]}], any: [{hashtag_name: klima}]}"


def api_request_problem(value: object) -> str:
    """What to write instead, if a value is a request of the API, or a part of one; "" if it is not."""
    if isinstance(value, str) and value.lstrip().startswith("{"):
        with suppress(ValueError, RecursionError):
            value = json.loads(value)
    if isinstance(value, list) and value:
        value = {"and": value} if isinstance(value[0], Mapping) and "field_name" in value[0] else value[0]
    if not isinstance(value, Mapping):
        return ""
    if "field_name" in value:
        value = {"and": [value]}
    if not (_is_query(value) or _is_request(value)):
        return ""
    lines = "".join(f"\n      {each}" for each in _translated(value))
    return f"This is a request in the form of TikTok's API. A study writes it in videos with where and during:{lines}"


def _is_query(value: Mapping[str, object]) -> bool:
    return bool(_GROUPS & value.keys()) and not value.keys() - _GROUPS


def _is_request(value: Mapping[str, object]) -> bool:
    query = value.get("query")
    is_query = isinstance(query, Mapping) and (_is_query(query) or not query)
    return is_query or len(_REQUEST & value.keys() - {"start_date", "end_date"}) >= 2


def _translated(value: Mapping[str, object]) -> list[str]:
    """The lines of a videos block; an example of where if the query cannot be read."""
    query, days = (value if _is_query(value) else value.get("query")), []
    try:
        where = line("where", _where(Query.from_body(query)))
    except ValueError:
        where = _WHERE
    for key in ("start_date", "end_date"):
        day = parse_date(str(value.get(key, "")).replace("-", ""))
        days += [day.isoformat()] if day else []
    return [where, line("during", days if len(days) == 2 else ["2025-01-01", "2025-01-31"])]


def _where(query: Query) -> dict[str, list[dict[str, object]]]:
    groups = {"all": query.all, "any": query.any, "none": query.none}
    return {name: [_condition(each) for each in group] for name, group in groups.items() if group}


def _condition(condition: Condition) -> dict[str, object]:
    values = [_value(condition.field, each) for each in condition.values]
    if condition.operation in ("EQ", "IN"):
        return {condition.field: values[0] if len(values) == 1 else values}
    return {condition.field: {condition.operation.lower(): values[0]}}


def _value(field: str, text: str) -> object:
    if field == "create_date" and (day := parse_date(text)):
        return day.isoformat()
    return int(text) if field in ("view_count", "comment_count") and text.isdecimal() else text
