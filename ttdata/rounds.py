"""Rounds: a slice or shard that is due again is asked again under a name, with a raw file and a receipt of its own.

Nothing is overwritten. Which round is wanted follows from the study, the receipts on the disk and the API's time alone:
HASH.2 once a moment of its schedule has come that lies after the asking that the receipt of HASH states.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property
from pathlib import Path

from ttdata.apiclock import Clock
from ttdata.layout import first_round, in_round, round_of
from ttdata.plan import DatasetPlan, Plan, Shard, Slice, Step
from ttdata.receipt import Receipt
from ttdata.schedule import Settle, Settled, Waves, next_due

_RECEIPT = re.compile(r"([^.]+)(?:\.(\d+))?\.receipt\.json")


def current(plan: Plan, clock: Clock) -> Plan:
    """The plan with each slice and shard in the round that is wanted now. The clock is looked at only if it matters."""
    return _Rounds(plan, clock).plan()


def earlier(plan: Plan, source: str, name: str) -> list[Path]:
    """The receipts of the rounds before the one that a name is of, oldest first."""
    found = (plan.layout.receipt(source, in_round(first_round(name), each)) for each in range(1, round_of(name)))
    return [path for path in found if path.exists()]


@dataclass(frozen=True)
class Standing:
    """Where the observations of one search or shard stand.

    settled   what can be wrong with a search; None of a shard
    due       the next moment at which it is asked again, None if never; `moments` all that follow it, too
    wave      the how-manieth of its `waves` the newest asking belongs to, 0 if it has none or was before the first
    missed    how many waves before that nothing was asked in
    """

    dataset: str
    source: str
    name: str
    asked_at: datetime
    settled: Settled | None
    moments: tuple[datetime, ...]
    wave: int
    waves: int
    missed: int

    @property
    def due(self) -> datetime | None:
        return self.moments[0] if self.moments else None


def standings(plan: Plan, unasked: Clock | None = None) -> list[Standing]:
    """The standing of what was asked for, by the receipts on the disk; a search of two datasets stands for each.

    unasked: when that will be asked for which has not been; without it, it is left out.
    """
    return list(_Rounds(plan, unasked).standings())


class _Rounds:
    def __init__(self, plan: Plan, clock: Clock | None) -> None:
        self._plan = plan
        self._clock = clock
        self._settle = Settle.of(plan.declared)
        self._found: dict[str, dict[str, list[int]]] = {}
        self._asked: dict[tuple[str, str], datetime | None] = {}
        self._waves_of: dict[tuple[str, str], list[datetime]] = {}

    def plan(self) -> Plan:
        """The plan in its current rounds."""
        slices = {each.name: self._slice(each) for each in self._plan.slices}
        datasets = tuple(
            replace(
                dataset,
                slices=tuple(slices[name].name for name in dataset.slices),
                draws={slices[name].name: draw for name, draw in dataset.draws.items()},
                steps=tuple(self._step(dataset, step) for step in dataset.steps),
            )
            for dataset in self._plan.datasets
        )
        return replace(self._plan, slices=tuple(slices.values()), datasets=datasets)

    def standings(self) -> Iterator[Standing]:
        for dataset in self._plan.datasets:
            for name in dataset.slices:
                each = self._plan.slice(name)
                asked_at = self._newest("videos", name)
                if asked_at and not each.second_look:
                    settled = self._settle.state(each.end, asked_at)
                    yield self._standing(dataset, "videos", name, asked_at, settled, self._moments_of(each))
            for step in dataset.steps:
                for shard in step.shards:
                    asked_at = self._newest(step.source, shard.receipt)
                    if asked_at:
                        moments = self._waves(dataset, step.source)
                        yield self._standing(dataset, step.source, shard.receipt, asked_at, None, moments)

    def _standing(
        self,
        dataset: DatasetPlan,
        source: str,
        name: str,
        asked_at: datetime,
        settled: Settled | None,
        moments: Iterable[datetime],
    ) -> Standing:
        waves = self._waves(dataset, source)
        to_come = tuple(sorted({each for each in moments if each > asked_at}))
        wave = _wave(waves, asked_at)
        observed = {wave, *(_wave(waves, each) for each in self._all_asked(source, name))} - {0}
        missed = wave - len(observed)
        return Standing(dataset.name, source, name, asked_at, settled, to_come, wave, len(waves), missed)

    def _all_asked(self, source: str, name: str) -> Iterator[datetime]:
        """When each round that is there was asked for."""
        first = first_round(name)
        asked = (self._asked_at(source, in_round(first, each)) for each in self._on_disk(source).get(first, []))
        return (each for each in asked if each)

    def _slice(self, wanted: Slice) -> Slice:
        if wanted.second_look:
            # Its ids follow from the others' newest rounds, and none is looked for twice.
            return wanted
        number, due = self._wanted("videos", wanted.name, lambda: self._moments_of(wanted))
        return replace(wanted, name=in_round(wanted.name, number), due=due)

    def _step(self, dataset: DatasetPlan, step: Step) -> Step:
        if "waves" not in self._plan.declared["datasets"][dataset.name][step.source]:
            return step
        return replace(step, shards=tuple(self._shard(dataset, step, shard) for shard in step.shards))

    def _shard(self, dataset: DatasetPlan, step: Step, shard: Shard) -> Shard:
        number, due = self._wanted(step.source, shard.receipt, lambda: self._waves(dataset, step.source))
        if number == 1:
            return shard
        # What another dataset asked at another time is no answer to this round: its raw file is the dataset's own.
        return Shard(
            in_round(shard.number, number),
            in_round(shard.receipt, number),
            in_round(f"{shard.raw}-{dataset.name}", number),
            due,
        )

    def _wanted(self, source: str, name: str, moments: Callable[[], Sequence[datetime]]) -> tuple[int, str]:
        """The round that is wanted, and the moment from which it may be asked for ("" if any)."""
        rounds = self._on_disk(source).get(name, [])
        if not rounds:
            return 1, ""
        due = self._due_after(source, in_round(name, rounds[-1]), moments())
        if due and self._clock and due <= self._clock():
            return rounds[-1] + 1, due.isoformat()
        due = self._due_after(source, in_round(name, rounds[-2]), moments()) if len(rounds) > 1 else None
        return rounds[-1], due.isoformat() if due else ""

    def _due_after(self, source: str, name: str, moments: Sequence[datetime]) -> datetime | None:
        asked_at = self._asked_at(source, name)
        return next_due(moments, asked_at) if asked_at else None

    def _newest(self, source: str, name: str) -> datetime | None:
        """When something was asked for last; if its round was not yet, the time that the clock says."""
        rounds = self._on_disk(source).get(first_round(name), [])
        if rounds and (self._clock is None or round_of(name) in rounds):
            return self._asked_at(source, in_round(first_round(name), rounds[-1]))
        return self._clock() if self._clock else None

    def _moments_of(self, wanted: Slice) -> list[datetime]:
        datasets = self._datasets_of.get(wanted.name, [])
        waves = (moment for dataset in datasets for moment in self._waves(dataset, "videos"))
        return sorted({*self._settle.moments(wanted.end), *waves})

    @cached_property
    def _datasets_of(self) -> dict[str, list[DatasetPlan]]:
        found: dict[str, list[DatasetPlan]] = {}
        for dataset in self._plan.datasets:
            for name in dataset.slices:
                found.setdefault(name, []).append(dataset)
        return found

    def _waves(self, dataset: DatasetPlan, source: str) -> list[datetime]:
        """The days of a source's waves; none if it has no waves, or none can be told before the first asking."""
        key = dataset.name, source
        if key not in self._waves_of:
            declared = Waves.of(self._plan.declared["datasets"][dataset.name][source])
            first = self._first_asked(dataset, source) if declared else None
            self._waves_of[key] = declared.moments(first) if declared and first else []
        return self._waves_of[key]

    def _first_asked(self, dataset: DatasetPlan, source: str) -> datetime | None:
        names = dataset.slices if source == "videos" else [each.receipt for each in dataset.step(source).shards]
        first = (
            self._asked_at(source, name) for name in map(first_round, names) if 1 in self._on_disk(source).get(name, [])
        )
        return min((each for each in first if each), default=self._clock() if self._clock else None)

    def _asked_at(self, source: str, name: str) -> datetime | None:
        key = source, name
        if key not in self._asked:
            asked_at = Receipt.read(self._plan.layout.receipt(source, name)).asked_at
            self._asked[key] = datetime.fromisoformat(asked_at) if asked_at else None
        return self._asked[key]

    def _on_disk(self, source: str) -> dict[str, list[int]]:
        """The rounds whose receipts are there, in order, by the name of the first."""
        if source not in self._found:
            folder = self._plan.layout.receipt(source, "").parent
            rounds: dict[str, list[int]] = {}
            for file in folder.iterdir() if folder.exists() else ():
                if read := _RECEIPT.fullmatch(file.name):
                    rounds.setdefault(read[1], []).append(int(read[2] or 1))
            self._found[source] = {name: sorted(each) for name, each in rounds.items()}
        return self._found[source]


def _wave(waves: Sequence[datetime], asked_at: datetime) -> int:
    """The how-manieth wave an asking belongs to, 0 before the first."""
    return sum(each <= asked_at for each in waves)
