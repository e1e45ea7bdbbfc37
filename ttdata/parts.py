"""The parts of a plan: slices, shards, sources and datasets, each named by what it asks."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from ttdata import layout
from ttdata.chained import Chained, Selection
from ttdata.searches import Draw
from ttdata.source_kinds import KINDS, VIDEO_TABLES
from ttdata.study import Dataset
from ttdata.terms import Term

# A chained source is asked for in this many parts. The number is fixed, since a record's part follows from its
# id: with another number, pages that are there already would not be found.
SHARDS = 4


@dataclass(frozen=True)
class Slice:
    """One search: `body` is the request without its cursor, `name` the hash of all that it asks, and its round.

    second_look: for ids that were not found before; which they are is known, and put into the body, only then.
    due: a later round is not asked for before this moment (ISO, UTC).
    """

    name: str
    start: date
    end: date
    body: Mapping[str, Any]
    fields: tuple[str, ...]
    second_look: bool = False
    due: str = ""

    @property
    def named_ids(self) -> int:
        """How many video ids it names; 0 if it is no search by id."""
        wanted = self.body.get("query", {}).get("and", [])
        return min((len(each["field_values"]) for each in wanted if each["field_name"] == "video_id"), default=0)

    @property
    def is_drawn(self) -> bool:
        """Whether it is one random draw, which has one page and is never split."""
        return "is_random" in self.body


def _part(item: str, parts: int) -> int:
    """The part, from 1, that an id belongs to."""
    return hashlib.sha256(item.encode()).digest()[0] % parts + 1


@dataclass(frozen=True)
class Shard:
    """One part of a chained source, such as number "1of4", or "1of4.2" in its second round.

    The raw file is shared by all datasets that ask the same about the same ids; the receipt is the dataset's own.
    due: a later round is not asked for before this moment (ISO, UTC).
    """

    number: str
    receipt: str
    raw: str
    due: str = ""

    def holds(self, item: str) -> bool:
        """Whether an id belongs to this part, the same on every machine."""
        part, _, parts = layout.first_round(self.number).partition("of")
        return _part(item, int(parts)) == int(part)


@dataclass(frozen=True)
class Step(Chained):
    """A chained source of one dataset as it is asked: the API's fields, the name of its raw files, and its shards."""

    fields: tuple[str, ...]
    store: str
    shards: tuple[Shard, ...]

    def shard(self, number: str) -> Shard:
        return next(shard for shard in self.shards if shard.number == number)

    def shard_of(self, item: str) -> Shard:
        """The part that an id belongs to."""
        return self.shards[_part(item, len(self.shards)) - 1]


@dataclass(frozen=True)
class DatasetPlan:
    """A dataset: its author's accounts, the names of its slices, and its chained sources.

    about     videos expected, about, where the study says so
    listed    how many ids the videos are asked for by; None if by no list
    draws     the random draws among the slices, by name
    terms     what is searched for, and when
    """

    name: str
    accounts: tuple[Mapping[str, str], ...]
    slices: tuple[str, ...]
    steps: tuple[Step, ...]
    about: int | None
    listed: int | None
    draws: Mapping[str, Draw]
    terms: tuple[Term, ...]

    @property
    def sources(self) -> tuple[str, ...]:
        """Names of all sources, each after the one that it asks about."""
        return (*(["videos"] if self.slices else []), *(step.source for step in self.steps))

    @property
    def tables(self) -> tuple[str, ...]:
        """The tables of the kinds of source that the dataset declares, each after the one that it is made from."""
        kinds = [KINDS[step.kind] for step in self.steps]
        videos = (
            *(VIDEO_TABLES if self.slices else ()),
            *(("id_status",) if self.listed is not None else ()),
            *(("draws", "strata") if self.draws else ()),
            *(("terms",) if self.terms else ()),
        )
        tables = [videos, *((kind.table, *kind.derived) for kind in kinds)]
        return tuple(dict.fromkeys(table for some in tables for table in some))

    def step(self, source: str) -> Step:
        return next(step for step in self.steps if step.source == source)


def stored_slice(stored: Mapping[str, Any]) -> Slice:
    """A slice as it stands in a plan's file."""
    days = {day: date.fromisoformat(stored[day]) for day in ("start", "end")}
    return Slice(**{**stored, **days, "fields": tuple(stored["fields"])})


def stored_dataset(stored: Mapping[str, Any]) -> DatasetPlan:
    """A dataset as it stands in a plan's file."""
    lists = {key: tuple(stored[key]) for key in ("accounts", "slices")}
    return DatasetPlan(
        **{
            **stored,
            **lists,
            "steps": tuple(map(_stored_step, stored["steps"])),
            "draws": {name: Draw(**draw) for name, draw in stored["draws"].items()},
            "terms": tuple(map(Term.stored, stored["terms"])),
        }
    )


def _stored_step(stored: Mapping[str, Any]) -> Step:
    shards = tuple(Shard(**shard) for shard in stored["shards"])
    selection = Selection.of(stored["selection"])
    lists = {key: tuple(stored[key]) for key in ("names", "fields")}
    return Step(**{**stored, **lists, "selection": selection, "shards": shards})


def slices_of(dataset: Dataset) -> list[tuple[Slice, Draw | None]]:
    """The slices of a dataset, and which draw each is."""
    videos = dataset.videos
    if videos is None:
        return []
    slices: list[tuple[Slice, Draw | None]] = []
    for search in videos.searches:
        body = search.to_body()
        # A draw is asked for in the same words as the next one: its number tells them apart.
        number = {"draw": search.draw.number} if search.draw else {}
        name = _name("video.query", body | number, videos.fields)
        slices.append((Slice(name, search.start, search.end, body, videos.fields), search.draw))
    first_look = [each.name for each, _ in slices]
    for start, end in videos.second_look:
        body = {"start_date": f"{start:%Y%m%d}", "end_date": f"{end:%Y%m%d}"}
        name = f"again-{_name('video.query', body | {'missing': first_look}, videos.fields)}"
        slices.append((Slice(name, start, end, body, videos.fields, second_look=True), None))
    return slices


def planned(dataset: Dataset, slices: list[tuple[Slice, Draw | None]]) -> DatasetPlan:
    """A dataset with its slices and the shards of its sources."""
    return DatasetPlan(
        dataset.name,
        dataset.accounts,
        tuple(each.name for each, _ in slices),
        tuple(_step(dataset, chained) for chained in dataset.chained),
        dataset.videos.about if dataset.videos else None,
        dataset.videos.listed if dataset.videos else None,
        {each.name: draw for each, draw in slices if draw},
        dataset.videos.terms if dataset.videos else (),
    )


def _step(dataset: Dataset, chained: Chained) -> Step:
    endpoint = KINDS[chained.kind].row
    fields = endpoint.default_fields
    store = _name(endpoint.name, {"max": chained.max}, fields)
    numbers = [f"{part}of{SHARDS}" for part in range(1, SHARDS + 1)]
    shards = tuple(Shard(number, f"{dataset.name}-{number}", f"{store}-{number}") for number in numbers)
    return Step(**vars(chained), fields=fields, store=store, shards=shards)


def _name(endpoint: str, body: Mapping[str, Any], fields: tuple[str, ...]) -> str:
    """The hash of what is asked. Neither the order of fields nor of a query's conditions and values counts."""
    asked = json.dumps([endpoint, _in_order(body), sorted(fields)], sort_keys=True)
    return hashlib.sha256(asked.encode()).hexdigest()[:16]


def _in_order(value: object) -> object:
    if isinstance(value, Mapping):
        return {key: _in_order(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return sorted((_in_order(each) for each in value), key=lambda each: json.dumps(each, sort_keys=True))
    return value
