"""Chained sources of a dataset: what each asks about, which rows of that are selected, and the order of asking."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ttapi import ENDPOINTS
from ttdata.source_kinds import KINDS, NAMES, asked_column, kind_of, tables_asked_about
from ttdata.text import did_you_mean


@dataclass(frozen=True)
class Top:
    """The k rows that rank highest by a column, of each value of `per` if that is given."""

    by: str
    k: int
    per: str | None = None


@dataclass(frozen=True)
class Sample:
    """k of what is asked about, of each value of `per` if given: the same everywhere, and part of every larger k."""

    k: int
    seed: int
    per: str | None = None


@dataclass(frozen=True)
class Selection:
    """Which rows of a parent are asked about: those that meet `where`, of these the top, of these a sample."""

    where: str | None = None
    top: Top | None = None
    sample: Sample | None = None

    @classmethod
    def of(cls, declared: Mapping[str, Any]) -> "Selection":
        """From what a source of a study, or a step of plan.json, declares."""
        top, sample = declared.get("top"), declared.get("sample")
        return cls(declared.get("where"), Top(**top) if top else None, Sample(**sample) if sample else None)


ALL = Selection()


@dataclass(frozen=True)
class Chained:
    """A source that asks about the records of another, `of`, or about `names`; at most `max` records of each."""

    source: str
    kind: str
    of: str
    names: tuple[str, ...]
    selection: Selection
    max: int | None


def chained(declared: Mapping[str, Any]) -> tuple[Chained, ...]:
    """The chained sources that a dataset declares, each after the one that it asks about."""
    return tuple(
        Chained(
            source=source,
            kind=kind_of(source),
            of=_parent(declared[source]),
            names=_names(declared[source]),
            selection=Selection.of(declared[source]),
            max=declared[source].get("max"),
        )
        for source in _in_order(declared)
    )


def _parent(declared: Mapping[str, Any]) -> str:
    return str(declared.get("of", NAMES))


def _names(declared: Mapping[str, Any]) -> tuple[str, ...]:
    """The names that a source lists, each once and on one line."""
    return tuple(dict.fromkeys(filter(None, (" ".join(name.split()) for name in declared.get("names", ())))))


def _in_order(declared: Mapping[str, Any]) -> list[str]:
    """The names of the chained sources, each after the one that it asks about; those of a circle are left out."""
    ordered: list[str] = []
    waiting = _sources(declared)
    while ready := [each for each in waiting if _parent(declared[each]) not in waiting]:
        ordered += ready
        waiting = [source for source in waiting if source not in ready]
    return ordered


def _sources(declared: Mapping[str, Any]) -> list[str]:
    """The names of a dataset's chained sources, in the order of the kinds."""
    kinds = list(KINDS)
    named = [source for source in declared if kind_of(source) in KINDS]
    return sorted(named, key=lambda source: (kinds.index(kind_of(source)), source))


def problems(declared: Mapping[str, Any], accounts: Sequence[Mapping[str, str]]) -> Iterator[tuple[str, str]]:
    """What a schema cannot say of a dataset's chained sources: each problem with the key below the dataset."""
    for source in _sources(declared):
        said = list(_parent_problems(source, declared)) or list(_selection_problems(source, declared, accounts))
        yield from ((".".join(filter(None, (source, key))), problem) for key, problem in said)


def _parent_problems(source: str, declared: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    kind, asked = kind_of(source), declared[source]
    if ("of" in asked) == ("names" in asked):
        keys = "'of' or 'names', one of them" if KINDS[kind].asks_by_name else "'of'"
        yield "", f"This needs the key {keys}."
        return
    if "names" in asked:
        if not _names(asked):
            yield "names", "The list holds no name."
        return
    of = asked["of"]
    parents = [each for each in declared if each != source and asked_column(kind, each)]
    if of not in parents:
        meant, allowed = did_you_mean(of, parents), ", ".join(parents) or "none of its sources"
        yield "of", f"{source} cannot ask about {of!r} here.{meant} Allowed: {allowed}."
    elif source not in _in_order(declared):
        yield "of", f"{source} and {of} ask about each other; one must ask about something else."


def _selection_problems(
    source: str, declared: Mapping[str, Any], accounts: Sequence[Mapping[str, str]]
) -> Iterator[tuple[str, str]]:
    asked, of = declared[source], _parent(declared[source])
    if of == NAMES:
        yield from ((key, "A list of names is asked about whole; leave this out.") for key in asked if key in _SELECTS)
        return
    selection = Selection.of(asked)
    used = {asked_column(kind_of(source), of) or ""}
    if selection != ALL:
        from ttdata.selection import Selector  # with DuckDB, which most commands do without

        selector = Selector.empty(tables_asked_about(of)[-1], accounts)
        found = list(selector.problems(selection))
        yield from found
        used |= set() if found else selector.used_columns(selection)
    yield from (("", problem) for problem in _missing(of, used, declared, accounts))


def _missing(
    of: str, used: set[str], declared: Mapping[str, Any], accounts: Sequence[Mapping[str, str]]
) -> Iterator[str]:
    """Columns that are used but will hold nothing."""
    if of == "videos":
        fields = declared["videos"].get("fields", ENDPOINTS["video.query"].default_fields)
        for column in sorted(used - set(fields)):
            yield f"This needs the field {column!r}; add it to videos.fields."
    if of == "accounts":
        for column in sorted(used - {key for row in accounts for key in row}):
            yield f"This needs a column {column!r} in the table of accounts."


_SELECTS = ("where", "top", "sample")
