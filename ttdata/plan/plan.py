"""The plan: every search and every shard that a study requests, known before the first request."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields, replace
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import Any

from ttdata.api.mock_key import host
from ttdata.errors import NotCollected
from ttdata.files import read_json, write_atomically
from ttdata.plan.model import DatasetPlan, Slice, plan_dataset, slices_of, stored_dataset, stored_slice
from ttdata.plan.names import first_round, round_of, short_hash
from ttdata.program import program
from ttdata.source_kinds import NAMES
from ttdata.store.paths import Folder, RawFolder
from ttdata.study.canary import Canary
from ttdata.study.epochs import Epoch, spanned
from ttdata.study.limits import Limits
from ttdata.study.schedule import Settle
from ttdata.study.study import Settings, Study


@dataclass(frozen=True)
class Plan(Settings):
    """What a study requests. JSON in plan.json, made by `Plan.of`, read by every later step.

    folder: where it is built. It is not part of the plan's content: the same study has the same plan everywhere.
    """

    study: str
    host: str
    slices: tuple[Slice, ...]
    datasets: tuple[DatasetPlan, ...]
    folder: Folder = field(default=Folder(), compare=False)

    @classmethod
    def of(cls, study: Study, folder: Folder = Folder()) -> "Plan":  # noqa: B008 (immutable)
        """Plan a study. Pure: the same study has the same plan, and nothing is requested."""
        slices_by_dataset = [(dataset, slices_of(dataset)) for dataset in study.datasets]
        slices = {slice_.name: slice_ for _, some in slices_by_dataset for slice_, _ in some}
        return cls(
            **study.settings,
            study=study.name,
            host=host(study.base_url, study.tenant),
            slices=tuple(slices.values()),
            datasets=tuple(plan_dataset(dataset, some) for dataset, some in slices_by_dataset),
            folder=folder,
        )

    @classmethod
    def read(cls, path: Path, folder: Folder = Folder()) -> "Plan":  # noqa: B008
        """Read plan.json; NotCollected if there is none, or none that this version wrote."""
        try:
            return cls._stored(read_json(path), folder)
        except FileNotFoundError:
            raise NotCollected(
                f"{path} does not exist. Build the study first ({program()} build STUDY), or only plan it: "
                f"{program()} plan STUDY --out {path}"
            ) from None
        except (ValueError, KeyError, TypeError):
            raise NotCollected(
                f"{path} was not written by this version of ttdata. Delete it and build again; "
                "nothing is requested twice."
            ) from None

    @classmethod
    def _stored(cls, stored: dict[str, Any], folder: Folder) -> "Plan":
        parts = {
            "slices": tuple(map(stored_slice, stored["slices"])),
            "datasets": tuple(map(stored_dataset, stored["datasets"])),
            "limits": Limits(**stored["limits"]),
            "settle": Settle(**stored["settle"]),
            "canary": Canary(**stored["canary"]) if stored["canary"] else None,
            "exports": tuple(stored.get("exports", ())),
            "packages": tuple(stored.get("packages", ())),
            "notes": tuple(stored["notes"]),
        }
        return cls(**{**stored, **parts}, folder=folder)

    def write(self, path: Path) -> None:
        """Write plan.json; the same plan has the same bytes."""
        write_atomically(path, self._json + "\n")

    @property
    def digest(self) -> str:
        """Changes when the plan does."""
        return short_hash(self._json)

    @property
    def fingerprint(self) -> str:
        """Changes when something else is requested."""
        requested = [replace(dataset, labels=()) for dataset in self.datasets]
        return json.dumps([self.slices, requested], default=_jsonable)

    @cached_property
    def _json(self) -> str:
        """One line per key: with an indent, or copied by asdict, a list of 100,000 ids takes seconds."""
        keys = (f'"{name}": {json.dumps(value, default=_jsonable)}' for name, value in _jsonable(self).items())
        return "{\n" + ",\n".join(keys) + "\n}"

    # Files

    @property
    def raw(self) -> RawFolder:
        """The pages of the API that the study requests."""
        return self.folder.raw(self.host)

    def receipts(self, dataset: str, source: str) -> list[Path]:
        """Where the receipts of one source of a dataset belong."""
        dataset_plan = self.dataset(dataset)
        if source in ("accounts", NAMES):
            return []
        if source == "videos":
            return [self.raw.receipt(source, name) for name in dataset_plan.slices]
        return [self.raw.receipt(source, shard.receipt) for shard in dataset_plan.source(source).shards]

    def all_receipts(self, dataset: str) -> list[Path]:
        """Where all receipts of a dataset belong."""
        return [path for source in self.dataset(dataset).source_names for path in self.receipts(dataset, source)]

    def searches_before_missing(self, dataset: str) -> list[tuple[str, Path]]:
        """The names of a dataset's slices, except those for missing ids, and where their receipts belong."""
        slices = [self.slice(name) for name in self.dataset(dataset).slices]
        return [(each.name, self.raw.receipt("videos", each.name)) for each in slices if not each.missing]

    def receipts_before_missing(self, dataset: str) -> list[Path]:
        """Where the receipts of a dataset's slices belong, except those of slices for missing ids."""
        return [receipt for _, receipt in self.searches_before_missing(dataset)]

    def receipts_before_draw(self, name: str) -> list[Path]:
        """Where the receipt of the draw before this one belongs; [] for the first draw of a stratum, and for a search.

        The draws of a stratum have equal requests. Sent in their order, a server that repeats its answers builds the
        same dataset.
        """
        return [
            self.raw.receipt("videos", other)
            for dataset in self.datasets
            if (draw := dataset.draws.get(name))
            for other, before in dataset.draws.items()
            if (before.stratum, before.number) == (draw.stratum, draw.number - 1)
        ]

    def id_files(self, dataset: str) -> list[Path]:
        """The id files of a dataset's sources."""
        return [self.folder.ids(dataset, source.source) for source in self.dataset(dataset).sources]

    # Parts

    @cached_property
    def _slice_of(self) -> Mapping[str, Slice]:
        return {each.name: each for each in self.slices}

    def slice(self, name: str) -> Slice:
        return self._slice_of[name]

    def dataset(self, name: str) -> DatasetPlan:
        return next(each for each in self.datasets if each.name == name)

    def owner(self, slice_name: str) -> str:
        """The first dataset that requests a slice."""
        return next(dataset.name for dataset in self.datasets if slice_name in dataset.slices)

    def waiver(self, source: str, name: str) -> str | None:
        """The reason for which a slice or shard may stay unfinished, if the study has one; also in later rounds."""
        for waived, reason in self.waived.items():
            of, _, own = waived.rpartition("/")
            is_same = first_round(own) == first_round(name) and of in ("", source)
            if is_same and round_of(own) <= round_of(name):
                return reason
        return None

    def selection(self, dataset: str, source: str) -> str:
        """Changes when other items are to be requested, no matter what its parent found.

        Of videos: when other ids are searched for as missing.
        """
        dataset_plan = self.dataset(dataset)
        searches: list[object] = [first_round(name) for name in dataset_plan.slices]
        if source == "videos":
            return short_hash(json.dumps(searches))
        source_plan = dataset_plan.source(source)
        of: object = dataset_plan.accounts if source_plan.of == "accounts" else source_plan.names
        if source_plan.of == "videos":
            of = [*searches, dataset_plan.scope, dataset_plan.fields]
        elif source_plan.of not in ("accounts", NAMES):
            of = [dataset_plan.source(source_plan.of).requested, self.selection(dataset, source_plan.of)]
        return short_hash(json.dumps([source_plan.of, asdict(source_plan.selection), of], default=_jsonable))

    def epochs(self, dataset: str) -> list[Epoch]:
        """Changes of the API that a dataset's videos span."""
        slices = [self.slice(name) for name in self.dataset(dataset).slices]
        return spanned(min(each.start for each in slices), max(each.end for each in slices)) if slices else []


def _jsonable(value: Any) -> Any:
    """What JSON does not know: a day as text, and anything else of a plan by its fields."""
    if isinstance(value, date):
        return f"{value}"
    return {each.name: getattr(value, each.name) for each in fields(value) if each.name != "folder"}
