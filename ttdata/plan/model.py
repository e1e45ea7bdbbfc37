"""The parts of a plan: slices, shards, sources and datasets, made from a study or read from plan.json."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from ttapi import ENDPOINTS
from ttdata.plan.names import SHARDS, first_round, named_fields, request_name, shard_of
from ttdata.plan.scope import Scope, scopes_of
from ttdata.source_kinds import KINDS, VIDEO_TABLES, SourceKind
from ttdata.study.accounts import Account
from ttdata.study.during import WINDOW
from ttdata.study.entries import Unused
from ttdata.study.id_lists import COLUMN, IdList
from ttdata.study.labels import Labels
from ttdata.study.periods import Period
from ttdata.study.schedule import Waves
from ttdata.study.searches import Coming, Draw
from ttdata.study.selections import Selection
from ttdata.study.sources import Source
from ttdata.study.study import Dataset
from ttdata.study.terms import Term

_VIDEOS = ENDPOINTS["video.query"]


@dataclass(frozen=True)
class Slice:
    """One search: `body` is the request without its cursor, `name` the hash of all that it requests, and its round.

    missing  it is for ids that were not found before; which they are is known, and put into the body, only then
    due      a later round is not requested before this moment (ISO, UTC)
    own      it requests more than the study does by now; this is what is requested once it is due again
    """

    name: str
    start: date
    end: date
    body: Mapping[str, Any]
    fields: tuple[str, ...]
    missing: bool = False
    due: str = ""
    own: "Slice | None" = None

    @property
    def period(self) -> Period:
        return Period(self.start, self.end)

    @property
    def number_of_ids(self) -> int:
        """How many video ids it names; 0 if it is no search by id."""
        conditions = self.body.get("query", {}).get("and", [])
        return min((len(each["field_values"]) for each in conditions if each["field_name"] == COLUMN), default=0)

    @property
    def is_exhaustive(self) -> bool:
        """Whether it requests every video of its query and days: it is no draw, and no search by ids."""
        return not (self.is_drawn or self.missing or self.number_of_ids)

    @property
    def is_drawn(self) -> bool:
        """Whether it is a random draw, which has one page and is never split."""
        return "is_random" in self.body


@dataclass(frozen=True)
class Shard:
    """One part of a source, such as number "1of4", or "1of4.2" in its second round.

    raw: name of its raw file, shared by all datasets that request the same about the same items; the receipt is the
    dataset's own. due: a later round is not requested before this moment (ISO, UTC).
    """

    number: str
    receipt: str
    raw: str
    due: str = ""

    def holds(self, item: str) -> bool:
        """Whether an item belongs to this shard; the same on any machine."""
        number, _, shards = first_round(self.number).partition("of")
        return shard_of(item, int(shards)) == int(number)


@dataclass(frozen=True)
class SourcePlan(Source):
    """A source of one dataset as it is requested: the API's fields, the name of its raw files, and its shards."""

    fields: tuple[str, ...]
    store: str
    shards: tuple[Shard, ...]

    @property
    def source_kind(self) -> SourceKind:
        return KINDS[self.kind]

    @property
    def requested(self) -> str:
        """Changes when something else is requested about the same items."""
        return f"{self.store} {self.max}"

    def shard(self, number: str) -> Shard:
        return next(shard for shard in self.shards if shard.number == number)

    def shard_of(self, item: str) -> Shard:
        """The shard that an item belongs to."""
        return self.shards[shard_of(item, len(self.shards)) - 1]


@dataclass(frozen=True)
class DatasetPlan:
    """A dataset: its accounts and ids, the names of its slices, and its other sources.

    fields    the fields of its videos that the study lists; () if it requests the default
    window    the longest window of its searches, in days
    scope     what its searches request, by which stored answers are judged
    coming    windows of its period that are not over yet; is_moving: each window belongs to one wave
    about     about how many videos are expected, if the study says so
    draws     the random draws among the slices, by name
    terms     what is searched for, and when
    waves     the waves of its videos
    labels    the study's own labels of its rows; their files are read when it is built
    unused    entries of its lists that are not requested; notes: sentences on these, and warnings

    is_in_parquet: its large tables are Parquet files beside its .duckdb file
    """

    name: str
    accounts: tuple[Account, ...]
    ids: IdList | None
    slices: tuple[str, ...]
    fields: tuple[str, ...]
    window: int
    scope: tuple[Scope, ...]
    sources: tuple[SourcePlan, ...]
    coming: tuple[Coming, ...]
    is_moving: bool
    about: int | None
    draws: Mapping[str, Draw]
    terms: tuple[Term, ...]
    waves: Waves | None
    labels: tuple[Labels, ...]
    unused: tuple[Unused, ...]
    notes: tuple[str, ...]
    is_in_parquet: bool = False

    @property
    def source_names(self) -> tuple[str, ...]:
        """Names of all sources, videos included, each after its parent."""
        return (*(["videos"] if self.slices else []), *(source.source for source in self.sources))

    @property
    def tables(self) -> tuple[str, ...]:
        """The tables of the sources that the dataset declares, each after the one that it is made from."""
        kinds = [source.source_kind for source in self.sources]
        videos = (
            *(VIDEO_TABLES if self.slices else ()),
            *(("id_status",) if self.has_ids else ()),
            *(("draws", "strata") if self.draws else ()),
            *(("terms",) if self.terms else ()),
        )
        tables = [videos, *((kind.table, *kind.derived) for kind in kinds)]
        return tuple(dict.fromkeys(table for some in tables for table in some))

    @property
    def handles(self) -> list[str]:
        """The handles of its accounts."""
        return [handle for row in self.accounts if (handle := row["username"])]

    @property
    def has_ids(self) -> bool:
        """Whether its videos are those of a list of ids."""
        return self.ids is not None

    def days_of(self, slice_: Slice) -> Period:
        """The first and the last day of a slice that the dataset needs."""
        periods = [each.period for each in self.scope if each.start <= slice_.end and slice_.start <= each.end]
        if not periods:
            return slice_.period
        start, end = min(each.start for each in periods), max(each.end for each in periods)
        return Period(max(start, slice_.start), min(end, slice_.end))

    def source(self, name: str) -> SourcePlan:
        return next(source for source in self.sources if source.source == name)

    def in_scope(self, source: str, items: Sequence[str]) -> list[str]:
        """The items of an earlier round of a source that the study still has, if its list of accounts shows that."""
        if self.source(source).of != "accounts" or self.source(source).source_kind.item_key != "username":
            return list(items)
        handles = set(self.handles)
        return [item for item in items if item in handles]

    def waves_of(self, source: str) -> Waves | None:
        """The waves of a source, videos included."""
        return self.waves if source == "videos" else self.source(source).waves


def slices_of(dataset: Dataset) -> list[tuple[Slice, Draw | None]]:
    """The slices of a dataset, and which draw each is."""
    videos = dataset.videos
    if videos is None:
        return []
    fields = videos.fields or _VIDEOS.default_fields
    named = videos.fields or named_fields()[_VIDEOS.name]
    slices: list[tuple[Slice, Draw | None]] = []
    for search in videos.searches:
        body = search.to_body()
        # Two draws have equal requests: their number distinguishes them.
        number = {"draw": search.draw.number} if search.draw else {}
        name = request_name(_VIDEOS.name, body | number, named)
        slices.append((Slice(name, *search.period, body, fields), search.draw))
    hinted = [each.name for each, _ in slices]
    for period in videos.missing_windows:
        dates = period.request_dates()
        name = f"again-{request_name(_VIDEOS.name, dates | {'missing': hinted}, named)}"
        slices.append((Slice(name, *period, dates, fields, missing=True), None))
    return slices


def plan_dataset(dataset: Dataset, slices: list[tuple[Slice, Draw | None]]) -> DatasetPlan:
    """A dataset with its slices and the shards of its sources."""
    videos = dataset.videos
    return DatasetPlan(
        name=dataset.name,
        accounts=dataset.accounts,
        ids=dataset.ids,
        slices=tuple(each.name for each, _ in slices),
        fields=videos.fields or () if videos else (),
        window=videos.window if videos else WINDOW,
        scope=scopes_of([(each.body["query"], each.period) for each, _ in slices if each.is_exhaustive]),
        sources=tuple(_plan_source(dataset.name, source) for source in dataset.sources),
        coming=videos.coming if videos else (),
        is_moving=videos is not None and videos.is_moving,
        about=videos.about if videos else None,
        draws={each.name: draw for each, draw in slices if draw},
        terms=videos.terms if videos else (),
        waves=videos.waves if videos else None,
        labels=dataset.labels,
        unused=dataset.unused,
        notes=dataset.notes,
        is_in_parquet=dataset.is_in_parquet,
    )


def _plan_source(dataset: str, source: Source) -> SourcePlan:
    endpoint = KINDS[source.kind].row
    fields = endpoint.default_fields
    # How many records of an item are enough can change at no cost, so the name does not depend on source.max.
    store = request_name(endpoint.name, {"max": None}, named_fields().get(endpoint.name, ()))
    numbers = [f"{number}of{SHARDS}" for number in range(1, SHARDS + 1)]
    shards = tuple(Shard(number, f"{dataset}-{number}", f"{store}-{number}") for number in numbers)
    return SourcePlan(**vars(source), fields=fields, store=store, shards=shards)


def stored_slice(stored: Mapping[str, Any]) -> Slice:
    """A slice from plan.json."""
    days = {day: date.fromisoformat(stored[day]) for day in ("start", "end")}
    own = stored_slice(stored["own"]) if stored["own"] else None
    return Slice(**{**stored, **days, "fields": tuple(stored["fields"]), "own": own})


def stored_dataset(stored: Mapping[str, Any]) -> DatasetPlan:
    """A dataset from plan.json."""
    parts = {
        **{key: tuple(stored[key]) for key in ("accounts", "slices", "fields", "notes")},
        "coming": tuple(_stored_coming(*each) for each in stored["coming"]),
        "scope": tuple(map(_stored_scope, stored["scope"])),
        "unused": tuple(Unused(**row) for row in stored["unused"]),
        "ids": _stored_ids(stored["ids"]),
        "sources": tuple(map(_stored_source, stored["sources"])),
        "draws": {name: Draw(**draw) for name, draw in stored["draws"].items()},
        "terms": tuple(map(Term.stored, stored["terms"])),
        "waves": _stored_waves(stored["waves"]),
        "labels": tuple(map(Labels.stored, stored["labels"])),
    }
    return DatasetPlan(**{**stored, **parts})


def _stored_coming(start: str, end: str, searches: int) -> Coming:
    return Coming(date.fromisoformat(start), date.fromisoformat(end), searches)


def _stored_scope(stored: Mapping[str, Any]) -> Scope:
    return Scope(stored["query"], date.fromisoformat(stored["start"]), date.fromisoformat(stored["end"]))


def _stored_ids(stored: Mapping[str, Any] | None) -> IdList | None:
    return IdList(tuple(stored["listed"]), tuple(stored["ids"]), stored["columns"]) if stored else None


def _stored_waves(stored: Mapping[str, Any] | None) -> Waves | None:
    if stored is None:
        return None
    start = stored["start"]
    return Waves(stored["every"], stored["times"], date.fromisoformat(start) if start else None)


def _stored_source(stored: Mapping[str, Any]) -> SourcePlan:
    parts = {
        **{key: tuple(stored[key]) for key in ("names", "fields")},
        "shards": tuple(Shard(**shard) for shard in stored["shards"]),
        "selection": Selection.of(stored["selection"]),
        "waves": _stored_waves(stored["waves"]),
    }
    return SourcePlan(**{**stored, **parts})
