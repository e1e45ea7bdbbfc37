"""The query of a search as a sentence, for reports and papers: no account or id is named, and long lists are cut."""

from collections.abc import Mapping, Sequence
from typing import Any

from ttapi import Query
from ttdata.text import printable

Groups = Mapping[str, Sequence[Mapping[str, Any]]]
"""The conditions of a query by group (and, or, not), as in the body of a request."""

MOST_VALUES = 12
_COUNTED = {"username": "accounts", "video_id": "video ids"}


def without_names(query: Groups) -> dict[str, Any]:
    """The query with a number in place of its accounts and video ids, which belong in no report."""
    return {group: [_counted(each) for each in conditions] for group, conditions in query.items()}


def query_text(query: Groups) -> str:
    """What the query says, if it names nothing; of a long list the first values."""
    body = {group: [_shortened(each) for each in conditions] for group, conditions in query.items()}
    text = Query.from_body(body).explain()
    return printable(text.replace("@one of", "one of").replace("the id one of", "one of"))


def _counted(condition: Mapping[str, Any]) -> dict[str, Any]:
    kind = _COUNTED.get(condition["field_name"])
    return (
        {**condition, "field_values": [f"one of {len(condition['field_values']):,} {kind}"]} if kind else {**condition}
    )


def _shortened(condition: Mapping[str, Any]) -> dict[str, Any]:
    values = list(condition["field_values"])
    if len(values) > MOST_VALUES and condition["field_name"] != "region_code":
        values = [*values[:MOST_VALUES], f"{len(values) - MOST_VALUES:,} more"]
    return {**condition, "field_values": values}
