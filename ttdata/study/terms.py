"""Terms of a search and the days on which each is in force: one list for the whole period, or dated phases."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from ttapi.query import OPERATIONS
from ttdata.study.entries import READERS, Lists
from ttdata.study.other_names import key_hint
from ttdata.study.periods import Period
from ttdata.study.problems import Problems

# Fields whose terms can be found in a video again, to find out which term it matches.
TERM_FIELDS = ("hashtag_name", "keyword")
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
        """A term from a plan's file."""
        days = [date.fromisoformat(row[day]) for day in ("first_day", "last_day")]
        return cls(row["field"], row["term"], *days)


@dataclass(frozen=True)
class Phase:
    """A period through which the same terms are in force, by field."""

    period: Period
    terms: Sequence[tuple[str, list[str]]]


def declared_terms(where: Mapping[str, Any], period: Period) -> Iterator[Term]:
    """The hashtags and keywords of a query, in force through its whole period."""
    for group in ("all", "any"):
        for condition in where.get(group, []):
            for field, value in condition.items():
                if field in TERM_FIELDS:
                    for term in value if isinstance(value, list) else [value]:
                        yield Term(field, term, *period)


def read_phased_terms(
    rows: Sequence[Mapping[str, str]], period: Period | None, lists: Lists, problems: Problems
) -> list[Term] | None:
    """The terms of a table of phases, cut to the study's period; None if a row has a problem, or none can be used.

    A row without a last day is in force until the study's last day.
    """
    before = len(problems)
    terms = [_read_row(row, period, lists, problems.below(str(number))) for number, row in enumerate(rows)]
    if rows and not any(terms) and len(problems) == before:
        problems.add("", f"None of its terms can be used, for example {rows[0]['term'][:60]!r}.")
    if len(problems) > before:
        return None
    return list(dict.fromkeys(term for term in terms if term and term.first_day <= term.last_day))


def _read_row(row: Mapping[str, str], period: Period | None, lists: Lists, problems: Problems) -> Term | None:
    field, allowed = row["field"].strip(), [name for name, operations in OPERATIONS.items() if "IN" in operations]
    if field not in allowed:
        text = f"{field!r} is not a field that takes a list of terms.{key_hint(field, allowed)}"
        problems.add("", f"{text} Allowed: {', '.join(allowed)}.")
    if not row["term"].strip().lstrip("#@"):
        problems.add("", "The term is empty.")
    term = lists.read_entry("phases", row["term"], field) if field in READERS else row["term"].strip()
    try:
        first = date.fromisoformat(row["from"].strip())
        last = date.fromisoformat(row["to"].strip()) if row.get("to", "").strip() else None
    except ValueError:
        problems.add("", f"{row['from']!r} to {row.get('to', '')!r} are not days. Write a day as YYYY-MM-DD.")
        return None
    if last and last < first:
        problems.add("", f"The last day, {last}, is before the first, {first}. Swap them.")
    if last is None and period is None:
        problems.add("", "It has no last day; write one in the column 'to', or set the period with videos.during.")
    if term is None:
        return None
    if period:
        return Term(field, term, max(first, period.start), min(last or period.end, period.end))
    return Term(field, term, first, last or first)


def phases(terms: Iterable[Term]) -> Iterator[Phase]:
    """The phases of some terms, in order of time. Days on which none is in force belong to no phase."""
    ordered = sorted(terms)
    start, current = date.min, list[tuple[str, list[str]]]()
    for day in sorted({each.first_day for each in ordered} | {each.last_day + _DAY for each in ordered}):
        in_force = _by_field(each for each in ordered if each.first_day <= day <= each.last_day)
        if in_force != current:
            if current:
                yield Phase(Period(start, day - _DAY), current)
            start, current = day, in_force


def _by_field(terms: Iterable[Term]) -> list[tuple[str, list[str]]]:
    """Terms by field. The API ignores the case of hashtags and keywords, so one spelling is enough."""
    fields: dict[str, dict[str, str]] = {}
    for each in terms:
        key = each.term.lower() if each.field in TERM_FIELDS else each.term
        fields.setdefault(each.field, {}).setdefault(key, each.term)
    return [(field, list(texts.values())) for field, texts in fields.items()]
