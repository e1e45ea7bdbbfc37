"""The sources of a dataset that have a parent: for which of its rows they request data, and in which order."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ttapi import ENDPOINTS
from ttdata.source_kinds import KINDS, NAMES, item_column, item_tables, kind_of
from ttdata.study.accounts import Account
from ttdata.study.examples import example_of, with_lines
from ttdata.study.problems import Problems
from ttdata.study.schedule import Waves
from ttdata.study.selections import ALL, Selection
from ttdata.text import did_you_mean

Accounts = Sequence[Account]


@dataclass(frozen=True)
class Source:
    """A source that requests data about the records of its parent, `of`, or about `names`.

    max: the most records per item.
    """

    source: str
    kind: str
    of: str
    names: tuple[str, ...]
    selection: Selection
    max: int | None
    waves: Waves | None


def read_sources(dataset: Mapping[str, Any], accounts: Accounts, problems: Problems) -> tuple[Source, ...]:
    """The sources that a dataset declares, each after its parent."""
    for name in _names_of_sources(dataset):
        below = problems.below(name)
        before = len(problems)
        _check_parent(name, dataset, below)
        if len(problems) == before:
            _check_selection(name, dataset, accounts, below)
    return tuple(_read(name, dataset[name], problems.below(name)) for name in _in_order(dataset))


def _read(name: str, declared: Mapping[str, Any], problems: Problems) -> Source:
    return Source(
        source=name,
        kind=kind_of(name),
        of=_parent(declared),
        names=_listed_names(declared),
        selection=Selection.of(declared),
        max=declared.get("max"),
        waves=Waves.read(declared, problems),
    )


def _parent(declared: Mapping[str, Any]) -> str:
    return str(declared.get("of", NAMES))


def _listed_names(declared: Mapping[str, Any]) -> tuple[str, ...]:
    """The names that a source lists, each once and on one line."""
    return tuple(dict.fromkeys(filter(None, (" ".join(name.split()) for name in declared.get("names", ())))))


def _in_order(dataset: Mapping[str, Any]) -> list[str]:
    """The names of the sources, each after its parent; those of a cycle are left out."""
    ordered: list[str] = []
    waiting = _names_of_sources(dataset)
    while ready := [each for each in waiting if _parent(dataset[each]) not in waiting]:
        ordered += ready
        waiting = [name for name in waiting if name not in ready]
    return ordered


def _names_of_sources(dataset: Mapping[str, Any]) -> list[str]:
    """The names of a dataset's sources, in the order of the kinds."""
    kinds = list(KINDS)
    names = [name for name in dataset if kind_of(name) in KINDS]
    return sorted(names, key=lambda name: (kinds.index(kind_of(name)), name))


def _check_parent(name: str, dataset: Mapping[str, Any], problems: Problems) -> None:
    kind, declared = kind_of(name), dataset[name]
    if ("of" in declared) == ("names" in declared):
        keys = "either 'of' or 'names'" if KINDS[kind].takes_names else "the key 'of'"
        problems.add("", f"This needs {keys}.")
        return
    if "names" in declared:
        if not _listed_names(declared):
            problems.add("names", "The list has no names.")
        return
    of = declared["of"]
    parents = [each for each in dataset if each != name and item_column(kind, each)]
    if of not in parents:
        if of not in dataset and item_column(kind, of) and not parents:
            text = f"{name} cannot have the parent {of!r} here. The dataset has no {of}; add them beside {name}."
            problems.add("of", with_lines(text, example_of(("datasets", "NAME", of))))
            return
        meant, allowed = did_you_mean(of, parents), ", ".join(parents) or "none"
        problems.add("of", f"{name} cannot have the parent {of!r} here.{meant} Allowed: {allowed}.")
    elif name not in _in_order(dataset):
        problems.add("of", f"{name} and {of} are each other's parents; change one of them.")


def _check_selection(name: str, dataset: Mapping[str, Any], accounts: Accounts, problems: Problems) -> None:
    declared, of = dataset[name], _parent(dataset[name])
    if of == NAMES:
        for key in declared:
            if key in _SELECTION_KEYS:
                problems.add(key, "All names of a list are requested; leave this out.")
        return
    selection = Selection.of(declared)
    columns = {item_column(kind_of(name), of) or ""}
    if selection != ALL:
        from ttdata.study.conditions import Selector  # loads DuckDB, which most commands do not need

        selector = Selector.empty(item_tables(of)[-1], accounts)
        before = len(problems)
        for key, problem in selector.problems(selection):
            problems.add(key, problem)
        if len(problems) == before:
            columns |= selector.used_columns(selection)
    for problem in _missing_columns(of, columns, dataset, accounts):
        problems.add("", problem)


def _missing_columns(of: str, columns: set[str], dataset: Mapping[str, Any], accounts: Accounts) -> Iterator[str]:
    """Columns that are used but will be empty."""
    if of == "videos":
        fields = dataset["videos"].get("fields", ENDPOINTS["video.query"].default_fields)
        for column in sorted(columns - set(fields)):
            yield f"This needs the field {column!r}; add it to videos.fields."
    if of == "accounts":
        for column in sorted(columns - {key for row in accounts for key in row}):
            yield f"This needs a column {column!r} in the table of accounts."


_SELECTION_KEYS = ("where", "top", "sample")
