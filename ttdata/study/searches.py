"""Searches: what a `videos` block requests, in each of its forms.

exhaustive   every video that the query finds, window by window; with `of: accounts` for 50 accounts at once
phases       the same, with terms that change over time
random       draws from the strata of a period
of: ids      the videos of a list of ids
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, NamedTuple

from ttapi import ENDPOINTS, Condition, Query
from ttdata.study import alternatives, id_lists, strata
from ttdata.study.during import WINDOW, During
from ttdata.study.entries import Lists
from ttdata.study.examples import example_of, with_lines
from ttdata.study.id_lists import IdList
from ttdata.study.other_names import key_hint
from ttdata.study.periods import Period
from ttdata.study.problems import Problems
from ttdata.study.schedule import Waves
from ttdata.study.terms import Term, declared_terms, phases, read_phased_terms
from ttdata.study.where import read_where

# Accounts in one search. The API takes fewer than 100.
ACCOUNTS_PER_SEARCH = 50
_ENDPOINT = ENDPOINTS["video.query"]


@dataclass(frozen=True)
class Draw:
    """One random draw: its stratum, and its number in that stratum, from 1."""

    stratum: str
    region_code: str | None
    number: int


@dataclass(frozen=True)
class Search:
    """One query over one window; a random draw if it has one."""

    query: Query
    period: Period
    draw: Draw | None = None

    def to_body(self) -> dict[str, Any]:
        """The request without its cursor."""
        random = {"is_random": True, "max_count": _ENDPOINT.max_count} if self.draw else {}
        return {"query": self.query.to_body(), **self.period.request_dates(), **random}


class Coming(NamedTuple):
    """A window that is not over yet, and how many searches it takes."""

    start: date
    end: date
    searches: int


@dataclass(frozen=True)
class Videos:
    """The searches of one dataset.

    fields       those that the study lists; None if it requests the default
    about        about how many videos they find, if the study says so
    terms        what is searched for, and when
    window       the longest window of an exhaustive search, in days
    coming       windows that are not over yet; is_moving: each window belongs to one wave
    missing_windows  windows in which ids that were not found around their hinted day are searched for
    """

    searches: tuple[Search, ...]
    fields: tuple[str, ...] | None
    about: int | None = None
    terms: tuple[Term, ...] = ()
    missing_windows: tuple[Period, ...] = ()
    waves: Waves | None = None
    window: int = WINDOW
    coming: tuple[Coming, ...] = ()
    is_moving: bool = False

    @classmethod
    def read(
        cls,
        dataset: Mapping[str, Any],
        accounts: Sequence[str],
        ids: IdList | None,
        lists: Lists,
        today: date,
        problems: Problems,
    ) -> "Videos | None":
        """The searches that a dataset declares; None if they cannot be made, with the problems.

        accounts: the handles of its accounts. lists: gets the entries of its terms that are not used.
        """
        videos = dataset["videos"]
        if "where" in videos:
            videos = {**videos, "where": read_where(videos["where"], lists, problems)}
            alternatives.check(videos["where"], problems)
        _check_exclusions(videos, problems)
        fields, waves = _read_fields(videos, problems), Waves.read(videos, problems)
        during = None
        if "during" in videos:
            during = During.read(videos, today, problems)
            if during is None:
                return None
        period = during.period if during else None
        if "of" in videos and videos["of"] not in dataset:
            text = f"This dataset has no {videos['of']}; add the list next to videos."
            problems.add("of", with_lines(text, example_of(("datasets", "NAME", videos["of"]))))
        elif videos.get("of") == "ids":
            windows = tuple(period.windows(id_lists.WINDOW)) if period else ()
            return cls(tuple(_id_searches(ids, today)), fields, missing_windows=windows, waves=waves)
        elif "phases" in videos:
            return _read_phases(videos, during, accounts, lists, today, problems, fields, waves)
        elif during is None or period is None:
            problems.add("", "The key 'during' is missing.")
        elif "of" not in videos and "where" not in videos:
            problems.add("", "The key 'where' is missing; or request the videos of your accounts with of: accounts.")
        elif "random" in videos:
            draws = tuple(_read_draws(videos, period, problems))
            _check_queries(draws, lists, problems)
            return cls(draws, fields, waves=waves)
        else:
            where = videos.get("where", {})
            queries = _queries(videos, where, accounts)
            searches = tuple(_windows_of(queries, period, during))
            _check_queries(searches, lists, problems)
            return cls(
                searches,
                fields,
                videos.get("about"),
                tuple(declared_terms(where, period)),
                waves=None if during.is_moving else waves,
                window=during.window,
                coming=_coming(during, queries),
                is_moving=during.is_moving,
            )
        return None


def query_of(where: Mapping[str, Any]) -> Query:
    """The query of a `where` block."""
    groups = {
        group: [c for each in where.get(group, []) for c in _conditions(each)] for group in ("all", "any", "none")
    }
    return Query(**groups)


def _conditions(declared: Mapping[str, Any]) -> Iterator[Condition]:
    """A declared condition as the API's conditions: one per bound; a list is IN, a single value is EQ."""
    ((field, value),) = declared.items()
    if isinstance(value, dict):
        for operation, bound in value.items():
            yield Condition(field, operation.upper(), bound)
    elif isinstance(value, list):
        yield Condition(field, "EQ" if len(value) == 1 else "IN", value)
    else:
        yield Condition(field, "EQ", value)


def _queries(videos: Mapping[str, Any], where: Mapping[str, Any], accounts: Sequence[str]) -> list[Query]:
    """The queries whose union is the answer: one, unless two-sided bounds take more; each per batch of accounts."""
    queries = []
    for part in alternatives.alternatives(where):
        if videos.get("of") != "accounts":
            queries.append(query_of(part))
            continue
        for first in range(0, len(accounts), ACCOUNTS_PER_SEARCH):
            batch = {"username": accounts[first : first + ACCOUNTS_PER_SEARCH]}
            queries.append(query_of({**part, "all": [*part.get("all", []), batch]}))
    # An alternative that no video can satisfy adds nothing to the union. If all are so, the study is rejected.
    return [query for query in queries if not _is_contradictory(query)] or queries


def _is_contradictory(query: Query) -> bool:
    conditions = (*query.all, *query.any, *query.none)
    return bool(query.problems()) and not any(condition.problems() for condition in conditions)


def _windows_of(queries: Iterable[Query], period: Period, during: During | None) -> Iterator[Search]:
    for query in queries:
        windows = during.windows if during else None
        for window in period.windows(during.window if during else WINDOW) if windows is None else windows:
            yield Search(query, window)


def _coming(during: During | None, queries: Sequence[Query]) -> tuple[Coming, ...]:
    return tuple(Coming(*window, len(queries)) for window in during.coming) if during else ()


def _id_searches(ids: IdList | None, today: date) -> Iterator[Search]:
    for batch, window in id_lists.batches(ids.video_ids if ids else [], today):
        yield Search(Query(all=[id_lists.condition(batch)]), window)


def _read_phases(
    videos: Mapping[str, Any],
    during: During | None,
    accounts: Sequence[str],
    lists: Lists,
    today: date,
    problems: Problems,
    fields: tuple[str, ...] | None,
    waves: Waves | None,
) -> Videos | None:
    """Exhaustive searches of each phase, with its terms as the group of which one must hold."""
    period = during.period if during else None
    terms = read_phased_terms(videos["phases"], period, lists, problems.below("phases"))
    where = videos.get("where", {})
    if "any" in where:
        problems.add("where.any", "phases replaces where.any; move these conditions into phases.")
        return None
    if terms is None:
        return None
    if not terms:
        problems.add("phases", "No term is in force within the period of the study.")
    elif (last := max(each.last_day for each in terms)) > today:
        problems.add("phases", f"Terms are in force until {last}, which is in the future. Today is {today} (UTC).")
        return None
    window = during.window if during else videos.get("window", WINDOW)
    searches: list[Search] = []
    queries: list[Query] = []
    for phase in phases(terms):
        queries = _queries(videos, {**where, "any": [dict([each]) for each in phase.terms]}, accounts)
        searches += [Search(query, part) for query in queries for part in phase.period.windows(window)]
    _check_queries(searches, lists, problems)
    return Videos(
        tuple(searches),
        fields,
        videos.get("about"),
        tuple(terms),
        waves=waves,
        window=window,
        coming=_coming(during, queries),
    )


def _read_draws(videos: Mapping[str, Any], period: Period, problems: Problems) -> Iterator[Search]:
    before = len(problems)
    one_query(videos.get("where", {}), "A draw", problems)
    strata.check(videos, period, problems)
    if len(problems) > before:
        return
    for stratum in strata.strata(videos, period):
        query = one_query(strata.where_in(videos, stratum), "A draw", problems)
        for number in range(1, videos["random"]["draws"] + 1):
            yield Search(query, stratum.period, Draw(stratum.name, stratum.region_code, number))


def one_query(where: Mapping[str, Any], what: str, problems: Problems) -> Query:
    """The query of a block that must be one request; adds what is wrong with it."""
    blocks = alternatives.alternatives(where)
    if len(blocks) > 1:
        problems.add(
            "where", f"{what} is one request, which cannot express two bounds in any or none; move them to all."
        )
    query = query_of(blocks[0])
    for problem in query.problems():
        problems.add("where", problem)
    return query


_NEVER_MIXED = "A random sample and an exhaustive search are never mixed in one dataset; make two datasets."
_CHOOSE_LATER = "The ids define the videos; filter them after the build."
# Keys of a `videos` block that exclude each other, and why.
_EXCLUSIONS = {
    ("random", "of"): _NEVER_MIXED,
    ("random", "phases"): _NEVER_MIXED,
    ("random", "window"): "The strata are the windows of a random sample.",
    ("random", "about"): "A draw is one request, no matter how many videos it finds.",
    ("of: ids", "where"): _CHOOSE_LATER,
    ("of: ids", "phases"): _CHOOSE_LATER,
    ("of: ids", "window"): "The ids decide which days are searched.",
    ("of: ids", "about"): "There are at most as many videos as ids.",
}


def _check_exclusions(videos: Mapping[str, Any], problems: Problems) -> None:
    keys = {*videos, f"of: {videos.get('of')}"}
    for (one, other), reason in _EXCLUSIONS.items():
        if {one, other} <= keys:
            problems.add(other, f"{one} and {other} cannot be combined. {reason}")


def _read_fields(videos: Mapping[str, Any], problems: Problems) -> tuple[str, ...] | None:
    if "fields" not in videos:
        return None
    fields = tuple(videos["fields"])
    for field in fields:
        if field not in _ENDPOINT.fields:
            meant = key_hint(field, _ENDPOINT.fields)
            problems.add("fields", f"The API has no field {field!r}.{meant} Allowed: {', '.join(_ENDPOINT.fields)}.")
    if "id" not in fields:
        problems.add("fields", "The list must contain 'id', which identifies a video.")
    return fields


def _check_queries(searches: Sequence[Search], lists: Lists, problems: Problems) -> None:
    queries = dict.fromkeys(search.query for search in searches)
    for problem in dict.fromkeys(problem for query in queries for problem in query.problems()):
        problems.add("where", problem)
    if searches:
        start, end = min(each.period.start for each in searches), max(each.period.end for each in searches)
        lists.warnings += dict.fromkeys(warning for query in queries for warning in query.warnings(start, end))
