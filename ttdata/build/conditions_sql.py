"""Which received videos are in the scope of a dataset, as SQL: the conditions that their request does not imply.

The API matches keywords loosely and does not say which one a video matched. So a video that a search without these
keywords found is never taken for a match; and one that was found for a keyword which the study no longer has is left
out only if that is seen in it, and none of the study's.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from ttapi import conditions
from ttdata.plan.scope import ANY, Query, Scope, dimensions
from ttdata.study.periods import Period
from ttdata.tables.declared import escaped

Condition = Mapping[str, Any]
_CONDITION = ("field_name", "operation", "field_values")


def out_of_scope(query: Query, period: Period, scopes: Sequence[Scope]) -> str | None:
    """The condition on a video found by this search to be outside all scopes; None if all of its videos are inside."""
    inside = []
    for scope in scopes:
        needed = list(_needed(query, scope.query))
        if period.start < scope.start or scope.end < period.end:
            needed.append(f"{_DAY} BETWEEN DATE '{scope.start}' AND DATE '{scope.end}'")
        if not needed:
            return None
        inside.append(" AND ".join(f"coalesce({each}, false)" for each in needed))
    return f"NOT ({' OR '.join(f'({each})' for each in inside)})" if inside else "true"


def _needed(found: Query, wanted: Query) -> Iterator[str]:
    """The conditions of a query that another one does not imply."""
    for each in wanted.get("and", []):
        if not any(_implies(other, each) for other in found.get("and", [])):
            related = [other for other in found.get("and", []) if other["field_name"] == each["field_name"]]
            yield _one_holds([each], related)
    for each in wanted.get("not", []):
        if not any(_implies(each, other) for other in found.get("not", [])):
            yield f"NOT coalesce({_holds(each)}, false)"
    any_of = wanted.get("or", [])
    if any_of and not (found.get("or") and all(any(_implies(a, b) for b in any_of) for a in _single(found["or"]))):
        yield _any_holds(found, wanted)


def _any_holds(found: Query, wanted: Query) -> str:
    contexts = [{each.context for each in dimensions(query) if each.key == ANY} for query in (found, wanted)]
    return _one_holds(wanted["or"], found["or"] if contexts[0] & contexts[1] else ())


def _one_holds(wanted: Sequence[Condition], found: Sequence[Condition]) -> str:
    """One of some conditions holds. found: those in their place in the search that found the video."""
    certain = [each for each in wanted if found or each["field_name"] != "keyword"]
    holds = " OR ".join(f"coalesce({_holds(each)}, false)" for each in certain) or "false"
    if not any(each["field_name"] == "keyword" for each in (*certain, *found)):
        return f"({holds})"
    removed = [each for each in _single(found) if not any(_implies(each, other) for other in wanted)]
    seen = " OR ".join(f"coalesce({_holds(each)}, false)" for each in removed if _is_valid(each)) or "false"
    return f"({holds} OR NOT ({seen}))"


def _is_valid(condition: Condition) -> bool:
    """Whether a condition from a stored request is one that a study could have."""
    try:
        return not conditions.Condition(*(condition[key] for key in _CONDITION)).problems()
    except ValueError:
        return False


def _single(group: Sequence[Condition]) -> Iterator[Condition]:
    """Conditions with one value each."""
    for each in group:
        yield from ({**each, "field_values": [value]} for value in each["field_values"])


def _implies(narrow: Condition, wide: Condition) -> bool:
    """Whether each video that meets one condition meets the other, by their values alone."""
    if narrow["field_name"] != wide["field_name"]:
        return False
    if _is_equality(narrow) and _is_equality(wide):
        return set(narrow["field_values"]) <= set(wide["field_values"])
    return all(narrow[key] == wide[key] for key in ("operation", "field_values"))


def _is_equality(condition: Condition) -> bool:
    return condition["operation"] in ("EQ", "IN")


_DAY = "make_timestamp(coalesce(v.create_time, coalesce(v.id, v.video_id) >> 32) * 1000000)::DATE"
_TEXT = "concat_ws(' ', v.video_description, v.voice_to_text, array_to_string(v.hashtag_names, ' '))"
_SIGNS = {"EQ": "=", "GT": ">", "GTE": ">=", "LT": "<", "LTE": "<="}
# Seconds of each length. Source: research-api-specs-query-videos.
_LENGTHS = {"SHORT": (0, 14), "MID": (15, 60), "LONG": (61, 300), "EXTRA_LONG": (301, 1 << 31)}


def _holds(condition: Condition) -> str:
    """A condition as SQL about the received video `v`; NULL if what it needs was not received."""
    make = _SQL[condition["field_name"]]
    return make(condition["operation"], [str(value) for value in condition["field_values"]])


def _texts(values: Sequence[str]) -> str:
    return "[" + ", ".join(f"nfc_normalize(lower({_quoted(value)}))" for value in values) + "]"


def _quoted(value: str) -> str:
    return f"'{escaped(value)}'"


def _of_text(column: str) -> Callable[[str, Sequence[str]], str]:
    return lambda _, values: f"list_contains({_texts(values)}, nfc_normalize(lower({column})))"


def _of_list(column: str) -> Callable[[str, Sequence[str]], str]:
    return lambda _, values: (
        f"list_has_any(list_transform({column}, lambda each: nfc_normalize(lower(each))), {_texts(values)})"
    )


def _of_number(column: str) -> Callable[[str, Sequence[str]], str]:
    def make(operation: str, values: Sequence[str]) -> str:
        if operation in ("EQ", "IN"):
            return f"{column}::VARCHAR IN ({', '.join(map(_quoted, values))})"
        return f"{column} {_SIGNS[operation]} {int(values[0])}"

    return make


def _keyword(_: str, values: Sequence[str]) -> str:
    found = (f"contains(nfc_normalize(lower({_TEXT})), nfc_normalize(lower({_quoted(value)})))" for value in values)
    return f"({' OR '.join(found)})"


def _length(_: str, values: Sequence[str]) -> str:
    parts = (_LENGTHS[value] for value in values)
    return "(" + " OR ".join(f"v.video_duration BETWEEN {low} AND {high}" for low, high in parts) + ")"


def _date(operation: str, values: Sequence[str]) -> str:
    days = [f"DATE {_quoted(f'{day[:4]}-{day[4:6]}-{day[6:]}')}" for day in values]
    return f"{_DAY} IN ({', '.join(days)})" if operation == "IN" else f"{_DAY} {_SIGNS[operation]} {days[0]}"


_SQL: Mapping[str, Callable[[str, Sequence[str]], str]] = {
    "create_date": _date,
    "username": _of_text("replace(v.username, chr(0), '')"),
    "region_code": _of_text("v.region_code"),
    "video_id": _of_number("coalesce(v.id, v.video_id)"),
    "hashtag_name": _of_list("v.hashtag_names"),
    "keyword": _keyword,
    "music_id": _of_number("v.music_id"),
    "effect_id": _of_list("v.effect_ids"),
    "video_length": _length,
    "view_count": _of_number("v.view_count"),
    "comment_count": _of_number("v.comment_count"),
}
