"""Terms of a search and the days on which each is in force, as one list for the whole period or in dated phases."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from ttapi.query import OPERATIONS

PHASE_COLUMNS = ("field", "term", "from", "to")
# What a video can be looked through for again, to tell which term it matches.
TERM_FIELDS = ("hashtag_name", "keyword")
# Marks before a term that do not belong to it; without one, blanks are taken off.
_MARKS = {"hashtag_name": "#", "username": "@"}
_DAY = timedelta(1)


@dataclass(frozen=True, order=True)
class Term:
    """A value of a search field, and the first and last day of posting (UTC) for which it is searched."""

    field: str
    term: str
    first_day: date
    last_day: date

    @classmethod
    def stored(cls, row: Mapping[str, str]) -> "Term":
        """A term as it stands in a plan's file."""
        days = [date.fromisoformat(row[day]) for day in ("first_day", "last_day")]
        return cls(row["field"], row["term"], *days)


def declared_terms(where: Mapping[str, Any], start: date, end: date) -> Iterator[Term]:
    """The hashtags and keywords that a query asks for, all through its period."""
    for group in ("all", "any"):
        for condition in where.get(group, []):
            for field, value in condition.items():
                if field in TERM_FIELDS:
                    for term in value if isinstance(value, list) else [value]:
                        yield Term(field, term, start, end)


def phased_terms(rows: Sequence[Mapping[str, str]], during: tuple[date, date] | None) -> list[Term]:
    """The terms of a table of phases, cut to the study's period; a row without a last day goes on to its end."""
    terms = []
    for row in rows:
        first, last = _days(row, during)
        if during:
            first, last = max(first, during[0]), min(last, during[1])
        if first <= last:
            field = row["field"].strip()
            terms.append(Term(field, row["term"].strip().lstrip(_MARKS.get(field)), first, last))
    return list(dict.fromkeys(terms))


def phases(terms: Iterable[Term]) -> Iterator[tuple[date, date, Sequence[tuple[str, list[str]]]]]:
    """First day, last day and terms by field of each span through which the same terms are in force.

    Days on which none is in force belong to no phase.
    """
    ordered = sorted(terms)
    start, asked = date.min, list[tuple[str, list[str]]]()
    for day in sorted({each.first_day for each in ordered} | {each.last_day + _DAY for each in ordered}):
        now = _asked(each for each in ordered if each.first_day <= day <= each.last_day)
        if now != asked:
            if asked:
                yield start, day - _DAY, asked
            start, asked = day, now


def _asked(terms: Iterable[Term]) -> list[tuple[str, list[str]]]:
    """Terms by field. The API does not tell cases of hashtags and keywords apart, so one of them is enough."""
    fields: dict[str, dict[str, str]] = {}
    for each in terms:
        alike = each.term.lower() if each.field in TERM_FIELDS else each.term
        fields.setdefault(each.field, {}).setdefault(alike, each.term)
    return [(field, list(texts.values())) for field, texts in fields.items()]


def phase_problems(rows: Sequence[Mapping[str, str]], *, has_period: bool) -> Iterator[tuple[int, str]]:
    """What is wrong with the rows of a table of phases, by their number from 0."""
    for number, row in enumerate(rows):
        field, taken = row["field"].strip(), [name for name, how in OPERATIONS.items() if "IN" in how]
        if field not in taken:
            yield number, f"{field!r} is no field that takes a list of terms. Allowed: {', '.join(taken)}."
        if not row["term"].strip().lstrip("#@"):
            yield number, "The term is empty."
        try:
            first = date.fromisoformat(row["from"].strip())
            last = date.fromisoformat(row["to"].strip()) if row.get("to", "").strip() else None
        except ValueError:
            yield number, f"{row['from']!r} to {row.get('to', '')!r} are no days. Write a day as YYYY-MM-DD."
            continue
        if last and last < first:
            yield number, f"The last day, {last}, lies before the first, {first}. Swap them."
        if last is None and not has_period:
            yield number, "It has no last day; write one in the column 'to', or give the period with videos.during."


def _days(row: Mapping[str, str], during: tuple[date, date] | None) -> tuple[date, date]:
    first = date.fromisoformat(row["from"].strip())
    if row.get("to", "").strip():
        return first, date.fromisoformat(row["to"].strip())
    assert during
    return first, during[1]
