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
from ttdata.epochs import Epoch, spanned
from ttdata.errors import NotCollected
from ttdata.files import read_json, write_atomically
from ttdata.limits import Limits
from ttdata.parts import DatasetPlan, Shard, Slice, Step, planned, slices_of, stored_dataset, stored_slice
from ttdata.source_kinds import NAMES
from ttdata.study import Settings, Study

__all__ = ["DatasetPlan", "Plan", "Shard", "Slice", "Step"]


@dataclass(frozen=True)
class Plan(Settings):
    """What a study asks for. JSON in plan.json, made by `Plan.of`, read by every later step."""

    study: str
    host: str
    slices: tuple[Slice, ...]
    datasets: tuple[DatasetPlan, ...]

    @classmethod
    def of(cls, study: Study) -> "Plan":
        """Plan a study. Pure: the same study gives the same plan, and nothing is asked."""
        of = [(dataset, slices_of(dataset)) for dataset in study.datasets]
        slices = {each.name: each for _, some in of for each, _ in some}
        return cls(
            **study.settings,
            study=study.name,
            host=layout.host(study.base_url, study.tenant),
            slices=tuple(slices.values()),
            datasets=tuple(planned(dataset, some) for dataset, some in of),
        )

    @classmethod
    def read(cls, path: Path) -> "Plan":
        """Read plan.json; NotCollected if there is none, or none that this version wrote."""
        try:
            return cls._stored(read_json(path))
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
        slices = tuple(map(stored_slice, stored.pop("slices")))
        datasets = tuple(map(stored_dataset, stored.pop("datasets")))
        limits = Limits(**stored.pop("limits"))
        return cls(slices=slices, datasets=datasets, limits=limits, **stored)

    def write(self, path: Path) -> None:
        """Write plan.json; the same plan has the same bytes."""
        write_atomically(path, self._json + "\n")

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
