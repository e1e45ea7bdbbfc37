"""The plan: every search and every shard that a study asks for, known before the first request."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import Any

from ttdata import hydration, layout
from ttdata.chained import Chained, Selection
from ttdata.epochs import Epoch, spanned
from ttdata.errors import NotCollected
from ttdata.limits import Limits
from ttdata.searches import Draw
from ttdata.sources import KINDS, NAMES, VIDEO_TABLES
from ttdata.study import Dataset, Study
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
class Step:
    """A chained source of one dataset, with its kind, the selection of its ids and its shards."""

    source: str
    kind: str
    of: str
    names: tuple[str, ...]
    selection: Selection
    max: int | None
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


@dataclass(frozen=True)
class Plan:
    """What a study asks for. JSON in plan.json, made by `Plan.of`, read by every later step."""

    study: str
    base_url: str
    tenant: str
    host: str
    daily: int
    use: float
    streams: int
    limits: Limits
    per_slice: int
    waived: Mapping[str, str]
    strict: bool
    declared: Mapping[str, Any]
    slices: tuple[Slice, ...]
    datasets: tuple[DatasetPlan, ...]

    @classmethod
    def of(cls, study: Study) -> "Plan":
        """Plan a study. Pure: the same study gives the same plan, and nothing is asked."""
        of = [(dataset, _slices(dataset)) for dataset in study.datasets]
        slices = {each.name: each for _, some in of for each, _ in some}
        return cls(
            study=study.name,
            base_url=study.base_url,
            tenant=study.tenant,
            host=layout.host(study.base_url, study.tenant),
            daily=study.daily,
            use=study.use,
            streams=study.streams,
            limits=study.limits,
            per_slice=study.per_slice,
            waived=study.waived,
            strict=study.strict,
            declared=study.declared,
            slices=tuple(slices.values()),
            datasets=tuple(_dataset_plan(dataset, some) for dataset, some in of),
        )

    @classmethod
    def read(cls, path: Path) -> "Plan":
        """Read plan.json; NotCollected if there is none, or none that this version wrote."""
        try:
            return cls._stored(json.loads(path.read_text("utf-8")))
        except FileNotFoundError:
            raise NotCollected(
                f"There is no plan at {path}. Make one: python -m ttdata plan STUDY --out {path}"
            ) from None
        except (ValueError, KeyError, TypeError):
            raise NotCollected(
                f"{path} was not written by this version of ttdata. Delete it and build again; "
                "nothing is asked for twice."
            ) from None

    @classmethod
    def _stored(cls, stored: dict[str, Any]) -> "Plan":
        slices = (
            Slice(
                each["name"],
                date.fromisoformat(each["start"]),
                date.fromisoformat(each["end"]),
                each["body"],
                tuple(each["fields"]),
                each["second_look"],
                each["due"],
            )
            for each in stored.pop("slices")
        )
        datasets = (
            DatasetPlan(
                each["name"],
                tuple(each["accounts"]),
                tuple(each["slices"]),
                tuple(_stored_step(step) for step in each["steps"]),
                each["about"],
                each["listed"],
                {name: Draw(**draw) for name, draw in each["draws"].items()},
                tuple(Term.stored(term) for term in each["terms"]),
            )
            for each in stored.pop("datasets")
        )
        limits = Limits(**stored.pop("limits"))
        return cls(slices=tuple(slices), datasets=tuple(datasets), limits=limits, **stored)

    def write(self, path: Path) -> None:
        """Write plan.json; the same plan has the same bytes."""
        path.write_text(self._json + "\n", "utf-8")

    @property
    def digest(self) -> str:
        """Changes when the plan does."""
        return hashlib.sha256(self._json.encode()).hexdigest()[:16]

    @property
    def asked(self) -> str:
        """Changes when something else is asked for."""
        return json.dumps([self.slices, self.datasets], default=_by_fields)

    @cached_property
    def _json(self) -> str:
        """One line for each key: with an indent, or copied by asdict, a list of 100,000 ids takes seconds."""
        keys = (f'"{name}": {json.dumps(value, default=_by_fields)}' for name, value in _by_fields(self).items())
        return "{\n" + ",\n".join(keys) + "\n}"

    def receipts(self, dataset: str, source: str) -> list[Path]:
        """Where the receipts of one source of a dataset belong."""
        wanted = self.dataset(dataset)
        if source in ("accounts", NAMES):
            return []
        if source == "videos":
            return [self.layout.receipt(source, name) for name in wanted.slices]
        return [self.layout.receipt(source, shard.receipt) for shard in wanted.step(source).shards]

    def first_look(self, dataset: str) -> list[Path]:
        """Where the receipts of a dataset's slices belong, but for those that look again for what these do not find."""
        slices = [self.slice(name) for name in self.dataset(dataset).slices]
        return [self.layout.receipt("videos", each.name) for each in slices if not each.second_look]

    def listed_ids(self, dataset: str) -> list[int]:
        """The ids that a dataset's list states."""
        listed = self.declared["datasets"][dataset].get("ids", [])
        return [each.video_id for each in hydration.entries(listed) if each.video_id]

    def owner(self, name: str) -> str:
        """The first dataset that asks for a slice."""
        return next(dataset.name for dataset in self.datasets if name in dataset.slices)

    def all_receipts(self, dataset: str) -> list[Path]:
        """Where all receipts of a dataset belong."""
        return [path for source in self.dataset(dataset).sources for path in self.receipts(dataset, source)]

    def id_files(self, dataset: str) -> list[Path]:
        """The id files of a dataset's chained sources."""
        return [layout.ids(dataset, step.source) for step in self.dataset(dataset).steps]

    def waiver(self, source: str, name: str) -> str | None:
        """The reason for which a slice or shard may stay unfinished, if the study gives one."""
        named = (f"{source}/{name}", name, f"{source}/{layout.first_round(name)}", layout.first_round(name))
        return next((self.waived[each] for each in named if each in self.waived), None)

    @property
    def layout(self) -> layout.Layout:
        return layout.Layout(self.host)

    def selection(self, dataset: str, source: str) -> str:
        """Changes when other ids are to be asked about, whatever their parent found.

        Of videos: when other ids are looked for once more.
        """
        wanted = self.dataset(dataset)
        if source == "videos":
            return hashlib.sha256(
                json.dumps([layout.first_round(name) for name in wanted.slices]).encode()
            ).hexdigest()[:16]
        step = wanted.step(source)
        of: object = wanted.accounts if step.of == "accounts" else step.names
        if step.of == "videos":
            of = [layout.first_round(name) for name in wanted.slices]
        elif step.of not in ("accounts", NAMES):
            of = [wanted.step(step.of).store, self.selection(dataset, step.of)]
        chosen = [step.of, asdict(step.selection), of]
        return hashlib.sha256(json.dumps(chosen).encode()).hexdigest()[:16]

    def epochs(self, dataset: str) -> list[Epoch]:
        """Changes of the API that a dataset's videos lie on both sides of."""
        slices = [self.slice(name) for name in self.dataset(dataset).slices]
        return spanned(min(each.start for each in slices), max(each.end for each in slices)) if slices else []

    @cached_property
    def _slice_of(self) -> Mapping[str, Slice]:
        return {each.name: each for each in self.slices}

    def slice(self, name: str) -> Slice:
        return self._slice_of[name]

    def dataset(self, name: str) -> DatasetPlan:
        return next(each for each in self.datasets if each.name == name)


def _by_fields(value: Any) -> Any:
    """What JSON does not know: a day as text, and anything else of a plan by its fields."""
    return f"{value}" if isinstance(value, date) else {each.name: getattr(value, each.name) for each in fields(value)}


def _stored_step(stored: Mapping[str, Any]) -> Step:
    shards = tuple(Shard(**shard) for shard in stored["shards"])
    selection = Selection.of(stored["selection"])
    lists = {key: tuple(stored[key]) for key in ("names", "fields")}
    return Step(**{**stored, **lists, "selection": selection, "shards": shards})


def _slices(dataset: Dataset) -> list[tuple[Slice, Draw | None]]:
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


def _dataset_plan(dataset: Dataset, slices: list[tuple[Slice, Draw | None]]) -> DatasetPlan:
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
    return Step(
        source=chained.source,
        kind=chained.kind,
        of=chained.of,
        names=chained.names,
        selection=chained.selection,
        max=chained.max,
        fields=fields,
        store=store,
        shards=shards,
    )


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
