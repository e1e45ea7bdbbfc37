"""Searches: what a `videos` block asks for, in each of its forms.

exhaustive   every video that the query finds, window by window; with `of: accounts` for 50 accounts at once
phases       the same, with terms that change from day to day
random       draws from the strata of a period
of: ids      the videos of a list of ids
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from ttapi import ENDPOINTS, Condition, Query
from ttdata import hydration, strata
from ttdata.terms import Term, declared_terms, phase_problems, phased_terms, phases
from ttdata.text import did_you_mean

# Accounts in one search. The API takes fewer than 100.
BATCH = 50
# Videos in one draw, the most that the API gives.
DRAWN = 100


@dataclass(frozen=True)
class Draw:
    """One random draw: the how-manieth it is in its stratum, from 1."""

    stratum: str
    region_code: str | None
    number: int


@dataclass(frozen=True)
class Search:
    """One query over one window, both days included; a random draw if it says which."""

    query: Query
    start: date
    end: date
    draw: Draw | None = None

    def to_body(self) -> dict[str, Any]:
        """The request without its cursor."""
        dates = {"start_date": f"{self.start:%Y%m%d}", "end_date": f"{self.end:%Y%m%d}"}
        drawn = {"is_random": True, "max_count": DRAWN} if self.draw else {}
        return {"query": self.query.to_body(), **dates, **drawn}


@dataclass(frozen=True)
class Videos:
    """The searches of one dataset.

    about        about how many videos they find, where the study says so
    terms        what is searched for, and when
    listed       how many ids the videos are asked for by; None if by no list
    second_look  windows in which ids are searched for again that were not found at their hinted day
    """

    searches: tuple[Search, ...]
    fields: tuple[str, ...]
    about: int | None = None
    terms: tuple[Term, ...] = ()
    listed: int | None = None
    second_look: tuple[tuple[date, date], ...] = ()

    @classmethod
    def of(cls, dataset: Mapping[str, Any], accounts: Sequence[str], today: date) -> "Videos":
        """The searches that a checked dataset declares."""
        videos = dataset["videos"]
        during = _during(videos)
        fields = tuple(videos.get("fields", ENDPOINTS["video.query"].default_fields))
        if videos.get("of") == "ids":
            listed = [each.video_id for each in hydration.entries(dataset["ids"]) if each.video_id]
            again = tuple(windows(*during, hydration.WINDOW)) if during else ()
            return cls(tuple(_hydrating(listed, today)), fields, listed=len(listed), second_look=again)
        if "phases" in videos:
            terms = tuple(phased_terms(videos["phases"], during))
            return cls(tuple(_phased(videos, terms, accounts)), fields, videos.get("about"), terms)
        assert during
        if "random" in videos:
            return cls(tuple(_drawn(videos, *during)), fields)
        terms = tuple(declared_terms(videos.get("where", {}), *during))
        return cls(tuple(_exhaustive(videos, during, accounts)), fields, videos.get("about"), terms)


def windows(start: date, end: date, days: int) -> Iterator[tuple[date, date]]:
    """Cut a period, both ends included, into windows of `days` days, anchored at its start.

    A later end adds windows and changes at most the last one.
    """
    while start <= end:
        last = min(start + timedelta(days - 1), end)
        yield start, last
        start = last + timedelta(1)


def _during(videos: Mapping[str, Any]) -> tuple[date, date] | None:
    if "during" not in videos:
        return None
    start, end = (date.fromisoformat(day) for day in videos["during"])
    return start, end


def _exhaustive(videos: Mapping[str, Any], during: tuple[date, date], accounts: Sequence[str]) -> Iterator[Search]:
    for query in _queries(videos, videos.get("where", {}), accounts):
        for start, end in windows(*during, videos.get("window", 30)):
            yield Search(query, start, end)


def _phased(videos: Mapping[str, Any], terms: Sequence[Term], accounts: Sequence[str]) -> Iterator[Search]:
    """Exhaustive searches of each phase, its terms as the group of which one must hold."""
    for start, end, asked in phases(terms):
        where = {**videos.get("where", {}), "any": [dict([each]) for each in asked]}
        for query in _queries(videos, where, accounts):
            for first, last in windows(start, end, videos.get("window", 30)):
                yield Search(query, first, last)


def _drawn(videos: Mapping[str, Any], start: date, end: date) -> Iterator[Search]:
    for stratum in strata.strata(videos, start, end):
        query = query_of(strata.where_in(videos, stratum))
        for number in range(1, videos["random"]["draws"] + 1):
            yield Search(query, stratum.start, stratum.end, Draw(stratum.name, stratum.region_code, number))


def _hydrating(ids: Sequence[int], today: date) -> Iterator[Search]:
    for batch, start, end in hydration.batches(ids, today):
        yield Search(Query(all=[hydration.condition(batch)]), start, end)


def _queries(videos: Mapping[str, Any], where: Mapping[str, Any], accounts: Sequence[str]) -> Iterator[Query]:
    """The query, or one for each batch of accounts."""
    if videos.get("of") != "accounts":
        yield query_of(where)
        return
    for first in range(0, len(accounts), BATCH):
        batch = {"username": accounts[first : first + BATCH]}
        yield query_of({**where, "all": [*where.get("all", []), batch]})


def query_of(where: Mapping[str, Any]) -> Query:
    """What a `where` block asks."""
    groups = {
        group: [c for each in where.get(group, []) for c in _conditions(each)] for group in ("all", "any", "none")
    }
    return Query(**groups)


def _conditions(declared: Mapping[str, Any]) -> Iterator[Condition]:
    """One declared condition as the API's conditions: bounds are one each, a list is IN, a value is EQ."""
    ((field, value),) = declared.items()
    if isinstance(value, dict):
        for operation, bound in value.items():
            yield Condition(field, operation.upper(), bound)
    elif isinstance(value, list):
        yield Condition(field, "EQ" if len(value) == 1 else "IN", value)
    else:
        yield Condition(field, "EQ", value)


# --- problems ---------------------------------------------------------------------------------------------------

_NEVER_MIXED = "A random sample and an exhaustive search are never mixed in one dataset; make two datasets."
# Keys of a `videos` block that exclude each other, and why.
_APART = {
    ("random", "of"): _NEVER_MIXED,
    ("random", "phases"): _NEVER_MIXED,
    ("random", "window"): "The strata are the windows of a random sample.",
    ("random", "about"): "A draw is one request, whatever it finds.",
    ("of: ids", "where"): "An id says which video is meant; choose among the videos found afterwards.",
    ("of: ids", "phases"): "An id says which video is meant; choose among the videos found afterwards.",
    ("of: ids", "window"): "The ids themselves say which days are searched.",
    ("of: ids", "about"): "There are at most as many videos as ids.",
}


def problems(at: str, dataset: Mapping[str, Any], accounts: Sequence[str], today: date) -> Iterator[tuple[str, str]]:
    """What the schema cannot say of a `videos` block: each key with a sentence."""
    videos = dataset["videos"]
    keys = {*videos, f"of: {videos.get('of')}"}
    for (one, other), why in _APART.items():
        if {one, other} <= keys:
            yield f"{at}.{other}", f"{one} and {other} cannot stand together. {why}"
    yield from _field_problems(at, videos)
    try:
        during = _during(videos)
    except ValueError as error:
        yield f"{at}.during", f"{videos['during']} holds a day that does not exist ({error})."
        return
    for problem in _period_problems(during, today):
        yield f"{at}.during", problem
    if "of" in videos and videos["of"] not in dataset:
        yield f"{at}.of", f"This dataset has no {videos['of']}; add the list beside videos."
    elif videos.get("of") != "ids":
        yield from _query_problems(at, videos, during, accounts, today)


def _query_problems(
    at: str, videos: Mapping[str, Any], during: tuple[date, date] | None, accounts: Sequence[str], today: date
) -> Iterator[tuple[str, str]]:
    if "phases" in videos:
        wrong = [
            (f"{at}.phases.{row}", text) for row, text in phase_problems(videos["phases"], has_period=bool(during))
        ]
        if "any" in videos.get("where", {}):
            wrong.append((f"{at}.where.any", "The terms of phases are this group; move these conditions to them."))
        yield from wrong
        if wrong:
            return
        terms = phased_terms(videos["phases"], during)
        if not terms:
            yield f"{at}.phases", "No term is in force within the period of the study."
        elif (last := max(each.last_day for each in terms)) > today:
            yield f"{at}.phases", f"Terms are in force until {last}, which lies in the future. Today is {today} (UTC)."
            return
        asked = [search.query for search in _phased(videos, terms, accounts)]
    elif during is None:
        yield at, "The key 'during' is missing."
        return
    elif "of" not in videos and "where" not in videos:
        yield at, "The key 'where' is missing; or ask for the videos of your accounts with of: accounts."
        return
    else:
        asked = list(_queries(videos, videos.get("where", {}), accounts))
    for problem in dict.fromkeys(p for query in dict.fromkeys(asked) for p in query.problems()):
        yield f"{at}.where", problem
    if "random" in videos and during:
        for problem in strata.problems(videos, *during):
            yield f"{at}.random.by", problem


def _period_problems(during: tuple[date, date] | None, today: date) -> Iterator[str]:
    start, end = during or (today, today)
    if end < start:
        yield f"The last day, {end}, lies before the first, {start}. Swap them."
    elif end > today:
        yield f"The last day, {end}, lies in the future. Today is {today} (UTC)."


def _field_problems(at: str, videos: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    known = ENDPOINTS["video.query"].fields
    for field in videos.get("fields", []):
        if field not in known:
            meant = did_you_mean(field, known)
            yield f"{at}.fields", f"The API has no field {field!r}.{meant} Allowed: {', '.join(known)}."
    if "fields" in videos and "id" not in videos["fields"]:
        yield f"{at}.fields", "The list must hold 'id', without which a video cannot be told from another."
