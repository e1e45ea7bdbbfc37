"""Rounds: a slice or shard that is due again is requested again under a name, raw file and receipt of its own.

Nothing is overwritten. Which round is current follows from the study, the receipts on disk and the API's time alone:
HASH.2 once a moment of its schedule has come that is later than the request that the receipt of HASH describes.
"""

import logging
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import cached_property
from pathlib import Path

from ttdata.api.clock import Clock
from ttdata.plan.calendar import first_requests, note_first_requests
from ttdata.plan.model import DatasetPlan, Shard, Slice, SourcePlan
from ttdata.plan.names import first_round, in_round, later_raw, round_of
from ttdata.plan.plan import Plan
from ttdata.store.raw_files import first_line
from ttdata.store.receipts import Receipt
from ttdata.study.schedule import Settled, next_due

log = logging.getLogger(__name__)

_RECEIPT = re.compile(r"([^.]+)(?:\.(\d+))?\.receipt\.json")


def current(plan: Plan, clock: Clock) -> Plan:
    """The plan with each slice and shard in its current round. The clock is read only if it matters."""
    return _Rounds(plan, clock).plan()


def earlier_receipts(plan: Plan, source: str, name: str) -> list[Path]:
    """The receipts of the rounds before the one in a name, oldest first."""
    paths = (plan.raw.receipt(source, in_round(first_round(name), each)) for each in range(1, round_of(name)))
    return [path for path in paths if path.exists()]


@dataclass(frozen=True)
class Standing:
    """The newest observation of one search or shard, and when the next ones are due.

    settled    what can be wrong with a search; None for a shard
    moments    the moments at which it is due again
    wave       the wave, from 1, of the newest request; 0 if it has no waves or came before the first
    newest     the name of its newest round
    observed   the waves in which it was requested; missed: those between its first and its newest in which it was not
    days       the days of all its waves
    next_wave  when the next wave is due; None if there is none
    """

    dataset: str
    source: str
    name: str
    asked_at: datetime
    settled: Settled | None
    moments: tuple[datetime, ...]
    wave: int
    waves: int
    newest: str
    observed: frozenset[int]
    missed: tuple[int, ...]
    days: tuple[date, ...]
    next_wave: datetime | None

    @property
    def due(self) -> datetime | None:
        """The next moment at which it is due again, None if never."""
        return self.moments[0] if self.moments else None


def standings(plan: Plan, clock: Clock | None = None) -> list[Standing]:
    """The Standing of everything that was requested, by the receipts on disk; a search of two datasets has two.

    clock: when everything else will be requested; without it, that is left out.
    """
    return list(_Rounds(plan, clock).standings())


def wave_days(plan: Plan, clock: Clock, dataset: DatasetPlan, source: str) -> list[datetime]:
    """When each wave of a source is due."""
    return _Rounds(plan, clock).waves_of(dataset, source)


def note_calendars(plan: Plan) -> None:
    """Note when the sources with waves were first requested, by the receipts on disk."""
    rounds = _Rounds(plan, None)
    times = {
        (dataset.name, source): first
        for dataset in plan.datasets
        for source in dataset.source_names
        if dataset.waves_of(source) and (first := rounds.first_time(dataset, source))
    }
    note_first_requests(plan, times)


class _Rounds:
    def __init__(self, plan: Plan, clock: Clock | None) -> None:
        self._plan = plan
        self._clock = clock
        self._rounds: dict[str, dict[str, list[int]]] = {}
        self._times: dict[tuple[str, str], datetime | None] = {}
        self._waves: dict[tuple[str, str], list[datetime]] = {}
        self._noted = first_requests(plan)

    def plan(self) -> Plan:
        """The plan in its current rounds."""
        slices = {slice_.name: self._current_slice(slice_) for slice_ in self._plan.slices}
        datasets = tuple(
            replace(
                dataset,
                slices=tuple(dict.fromkeys(slices[name].name for name in dataset.slices)),
                draws={slices[name].name: draw for name, draw in dataset.draws.items()},
                sources=tuple(self._current_source(dataset, source) for source in dataset.sources),
            )
            for dataset in self._plan.datasets
        )
        unique = {each.name: each for each in slices.values()}
        return replace(self._plan, slices=tuple(unique.values()), datasets=datasets)

    def standings(self) -> Iterator[Standing]:
        for dataset in self._plan.datasets:
            for name in dataset.slices:
                slice_ = self._plan.slice(name)
                asked_at = self._newest("videos", name)
                if asked_at and not slice_.missing:
                    settled = self._plan.settle.state(slice_.end, asked_at)
                    yield self._standing(dataset, "videos", name, asked_at, settled, self._moments(slice_))
            for source in dataset.sources:
                for shard in source.shards:
                    asked_at = self._newest(source.source, shard.receipt)
                    if asked_at:
                        moments = self.waves_of(dataset, source.source)
                        yield self._standing(dataset, source.source, shard.receipt, asked_at, None, moments)

    def _standing(
        self,
        dataset: DatasetPlan,
        source: str,
        name: str,
        asked_at: datetime,
        settled: Settled | None,
        moments: Iterable[datetime],
    ) -> Standing:
        waves = self.waves_of(dataset, source)
        to_come = tuple(sorted({each for each in moments if each > asked_at}))
        wave = _wave(waves, asked_at)
        observed = frozenset({wave, *(_wave(waves, each) for each in self._all_times(source, name))} - {0})
        first = min(observed, default=1)
        rounds = self._on_disk(source).get(first_round(name), [1])
        return Standing(
            dataset.name,
            source,
            name,
            asked_at,
            settled,
            to_come,
            wave,
            len(waves),
            newest=in_round(first_round(name), rounds[-1]),
            observed=observed,
            missed=tuple(sorted(set(range(first, wave)) - observed)),
            days=tuple(each.date() for each in waves),
            next_wave=next_due(waves, asked_at),
        )

    def _all_times(self, source: str, name: str) -> Iterator[datetime]:
        """When each round on disk was requested."""
        first = first_round(name)
        times = (self._time(source, in_round(first, each)) for each in self._on_disk(source).get(first, []))
        return (each for each in times if each)

    def _current_slice(self, slice_: Slice) -> Slice:
        if slice_.missing:
            # Its ids follow from the newest rounds of the others, and no id is searched for twice.
            return slice_
        number, due = self._current_round("videos", slice_.name, lambda: self._moments(slice_))
        if slice_.own and number not in self._on_disk("videos").get(slice_.name, []):
            # What nobody needs any more is not requested again.
            return slice_.own
        return replace(slice_, name=in_round(slice_.name, number), due=due)

    def _current_source(self, dataset: DatasetPlan, source: SourcePlan) -> SourcePlan:
        if source.waves is None:
            return source
        return replace(source, shards=tuple(self._current_shard(dataset, source, shard) for shard in source.shards))

    def _current_shard(self, dataset: DatasetPlan, source: SourcePlan, shard: Shard) -> Shard:
        number, due = self._current_round(source.source, shard.receipt, lambda: self.waves_of(dataset, source.source))
        if number == 1:
            return shard
        return Shard(
            in_round(shard.number, number),
            in_round(shard.receipt, number),
            later_raw(shard.raw, dataset.name, source.source, number),
            due,
        )

    def _current_round(self, source: str, name: str, moments: Callable[[], Sequence[datetime]]) -> tuple[int, str]:
        """The current round, and the moment from which it may be requested ("" if any)."""
        rounds = self._on_disk(source).get(name, [])
        if not rounds:
            return 1, ""
        due = self._due_after(source, in_round(name, rounds[-1]), moments())
        if due and self._clock and due <= self._clock():
            log.debug("%s/%s is due again since %s", source, name, due)
            return rounds[-1] + 1, due.isoformat()
        due = self._due_after(source, in_round(name, rounds[-2]), moments()) if len(rounds) > 1 else None
        return rounds[-1], due.isoformat() if due else ""

    def _due_after(self, source: str, name: str, moments: Sequence[datetime]) -> datetime | None:
        asked_at = self._time(source, name)
        return next_due(moments, asked_at) if asked_at else None

    def _newest(self, source: str, name: str) -> datetime | None:
        """When something was last requested; if its round was not yet, the time of the clock."""
        rounds = self._on_disk(source).get(first_round(name), [])
        if rounds and (self._clock is None or round_of(name) in rounds):
            return self._time(source, in_round(first_round(name), rounds[-1]))
        return self._clock() if self._clock else None

    def _moments(self, slice_: Slice) -> list[datetime]:
        datasets = self._datasets_of.get(slice_.name, [])
        waves = (moment for dataset in datasets for moment in self.waves_of(dataset, "videos"))
        return sorted({*self._plan.settle.moments(slice_.end), *waves})

    @cached_property
    def _datasets_of(self) -> dict[str, list[DatasetPlan]]:
        datasets: dict[str, list[DatasetPlan]] = {}
        for dataset in self._plan.datasets:
            for name in dataset.slices:
                datasets.setdefault(name, []).append(dataset)
        return datasets

    def waves_of(self, dataset: DatasetPlan, source: str) -> list[datetime]:
        """The days of a source's waves; none if it has no waves, or they are unknown before the first request."""
        key = dataset.name, source
        if key not in self._waves:
            waves = dataset.waves_of(source)
            first = self.first_time(dataset, source) if waves else None
            self._waves[key] = waves.moments(first) if waves and first else []
        return self._waves[key]

    def first_time(self, dataset: DatasetPlan, source: str) -> datetime | None:
        """When a source was first requested, in whatever wording."""
        if (dataset.name, source) in self._noted:
            return self._noted[dataset.name, source]
        names = dataset.slices if source == "videos" else [each.receipt for each in dataset.source(source).shards]
        times = [
            self._time(source, name) for name in map(first_round, names) if 1 in self._on_disk(source).get(name, [])
        ]
        if not any(times):
            times = list(self._first_answers(dataset, source))
        return min((each for each in times if each), default=self._clock() if self._clock else None)

    def _first_answers(self, dataset: DatasetPlan, source: str) -> Iterator[datetime]:
        """When the first answers of a source came of which no part is finished yet."""
        if source == "videos":
            files = [self._plan.raw.pages(source, first_round(name)) for name in dataset.slices]
        else:
            source_plan = dataset.source(source)
            files = [self._plan.raw.pages(source_plan.kind, each.raw) for each in source_plan.shards]
        for file in files:
            if file.exists() and (line := first_line(file)):
                yield line.sent_at

    def _time(self, source: str, name: str) -> datetime | None:
        """When a slice or shard was requested, by its receipt."""
        key = source, name
        if key not in self._times:
            asked_at = Receipt.read(self._plan.raw.receipt(source, name)).asked_at
            self._times[key] = datetime.fromisoformat(asked_at) if asked_at else None
        return self._times[key]

    def _on_disk(self, source: str) -> dict[str, list[int]]:
        """The rounds that have a receipt, in order, by the name of the first."""
        if source not in self._rounds:
            folder = self._plan.raw.receipt(source, "").parent
            rounds: dict[str, list[int]] = {}
            for file in folder.iterdir() if folder.exists() else ():
                if match := _RECEIPT.fullmatch(file.name):
                    rounds.setdefault(match[1], []).append(int(match[2] or 1))
            self._rounds[source] = {name: sorted(each) for name, each in rounds.items()}
        return self._rounds[source]


def _wave(waves: Sequence[datetime], asked_at: datetime) -> int:
    """The number of the wave that a request belongs to, 0 before the first."""
    return sum(each <= asked_at for each in waves)
