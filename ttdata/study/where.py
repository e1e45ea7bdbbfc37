"""The `where` block of a search with its terms read: cleaned, each once, without entries that cannot be meant."""

from collections.abc import Mapping
from typing import Any

from ttdata.study.entries import READERS, Lists
from ttdata.study.problems import Problems


def read_where(where: Mapping[str, Any], lists: Lists, problems: Problems) -> dict[str, Any]:
    """The same block, its hashtags, keywords and handles as they are requested.

    A condition never disappears: if no entry of one remains, that is a problem.
    """
    below = problems.below("where")
    return {
        group: [_read_condition(condition, f"where.{group}", lists, below.below(group)) for condition in conditions]
        for group, conditions in where.items()
    }


def _read_condition(declared: Mapping[str, Any], group: str, lists: Lists, problems: Problems) -> dict[str, Any]:
    ((field, value),) = declared.items()
    if field not in READERS:
        return {field: value}
    values = lists.read(f"{group}.{field}", value if isinstance(value, list) else [value], field, problems, key=field)
    if not values:
        return {field: value}  # the problem is added; another about an empty condition would not help
    return {field: values if isinstance(value, list) else values[0]}
