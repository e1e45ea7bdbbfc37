"""The `where` block of a search with its terms read: cleaned, each once, without entries that cannot be meant."""

import re
from collections.abc import Mapping
from typing import Any

from ttdata.study.entries import READERS, Lists
from ttdata.study.examples import line, with_lines
from ttdata.study.problems import Problems

# Entries behind dashes without a blank, or behind other bullets, which YAML reads as one text.
_DASHES = re.compile(r"[-\u2022*]\s?\w+(\s+[-\u2022*]\s?\w+)*")
_LIST_FILE = re.compile(r"[^\s,]+\.(txt|csv|tsv)", re.IGNORECASE)


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
    if isinstance(value, str) and (reason := _misplaced_list(field, value.strip())):
        problems.add(field, reason)
        return {field: value}
    if field not in READERS:
        return {field: value}
    values = lists.read(f"{group}.{field}", value if isinstance(value, list) else [value], field, problems, key=field)
    if not values:
        return {field: value}  # the problem is added; another about an empty condition would not help
    return {field: values if isinstance(value, list) else values[0]}


def _misplaced_list(field: str, value: str) -> str:
    """What is wrong with one text that should be a list, or the name of a file; "" if nothing is."""
    if field in READERS and _LIST_FILE.fullmatch(value):
        text = f"{value!r} looks like the name of a file. Write it as below; to search for this text, write [{value}]."
        return with_lines(text, line(field, {"file": value}))
    if field == "keyword":  # a phrase may contain any sign
        return ""
    if _DASHES.fullmatch(value):
        entries = [entry.strip() for entry in re.split("(?:^|\\s)[-\u2022*]", value) if entry.strip()]
        text = (
            f"{value!r} is one text. Begin each entry of a list with a dash and a blank, or write a list in brackets."
        )
        return with_lines(text, line(field, entries))
    if re.search("[,;]", value):
        entries = [entry.strip() for entry in re.split("[,;]", value.strip("()")) if entry.strip()]
        text = f"{value!r} is one text. Write several entries as a list in brackets."
        return with_lines(text, line(field, entries))
    return ""
