"""How far a build is: the state of each slice and shard with its evidence, what they cost, and what is left to ask."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from ttdata import canary, states
from ttdata.collect import unanswered
from ttdata.ids import missing_ids_of, receipts, selected_ids
from ttdata.plan import Plan, Slice
from ttdata.rawfile import Line, stored_lines
from ttdata.receipt import Receipt
from ttdata.rounds import earlier
from ttdata.second_look import batches_left
from ttdata.splitting import windows_of


@dataclass(frozen=True)
class Part:
    """A slice or shard as it stands: `name` is what a waiver calls it, `waived` the reason of its waiver.

    period: the days of a search. fails: requests for it failed.
    state: one of a receipt's; or waiting (nothing is there), or damaged (pages that were there are gone).
    """

    name: str
    state: str
    evidence: str = ""
    waived: str | None = None
    period: str = ""
    fails: bool = False

    def __str__(self) -> str:
        return f"{self.name} ({self.period})" if self.period else self.name

    @property
    def is_finished(self) -> bool:
        """Whether a build need not ask for it again."""
        return self.state in states.FINISHED or (self.waived is not None and self.state in ("partial", "blocked"))


@dataclass(frozen=True)
class Progress:
    """Where a build stands.

    parts    its slices and shards
    left     the fewest requests that could finish what is not finished
    sent     requests sent, all of them
    wasted   requests sent beyond the fewest that could have brought the same pages
    waived   the study's waivers, by slice
    """

    parts: tuple[Part, ...]
    left: int
    sent: int
    wasted: int
    waived: dict[str, str]

    @property
    def states(self) -> dict[str, int]:
        """Slices and shards by state."""
        return dict(Counter(part.state for part in self.parts))

    @property
    def finished(self) -> int:
        return sum(part.is_finished for part in self.parts)

    @property
    def unfinished(self) -> list[Part]:
        """What was asked for and is not all there, waived or not."""
        return [part for part in self.parts if part.state not in (*states.FINISHED, "waiting")]

    @property
    def idle_waivers(self) -> list[str]:
        """Sentences about waivers that do nothing: their slice is finished, or not in this study."""
        state_of = {name: part.state for part in self.parts for name in (part.name, part.name.partition("/")[2])}
        told = {name: state_of.get(name, "not part of this study") for name in self.waived}
        useless = (*states.FINISHED, "not part of this study")
        return [
            f"The waiver of {name} is not needed: it is {state}." for name, state in told.items() if state in useless
        ]

    def told(self) -> str:
        """What `python -m ttdata status` prints."""
        states = ", ".join(f"{count:,} {state}" for state, count in sorted(self.states.items()))
        return "\n".join(
            [
                f"{self.finished:,} of {len(self.parts):,} slices are finished ({states}).",
                f"{self.sent:,} requests were sent, {self.wasted:,} of them more than necessary.",
                f"At least {self.left:,} requests are left." if self.left else "Nothing is left to ask.",
                *self.evidence(),
            ]
        )

    def evidence(self) -> list[str]:
        """Sentences about every slice that is not all there, and about waivers that do nothing."""
        told = [f"{part} is {part.state}. {part.evidence}" for part in self.unfinished if not part.waived]
        told += [f"{part} is {part.state}, waived: {part.waived}" for part in self.unfinished if part.waived]
        return told + self.idle_waivers

    @property
    def failing(self) -> list[Part]:
        """What the API keeps from being finished, and the study does not waive."""
        return [part for part in self.unfinished if part.fails and not part.is_finished]

    def waivers(self) -> str:
        """The lines that, in the study, do without every slice that fails, after those that are waived already."""
        rows = [{"slice": name, "reason": reason} for name, reason in self.waived.items()]
        rows += [{"slice": part.name, "reason": part.evidence.partition(" (log_id")[0]} for part in self.failing]
        return yaml.safe_dump({"waive": rows}, sort_keys=False, width=74)

    def as_json(self) -> dict[str, Any]:
        """What `python -m ttdata status --json` prints."""
        return {
            "requests_sent": self.sent,
            "wasted": self.wasted,
            "requests_left": self.left,
            "slices": self.states,
            "complete": self.finished == len(self.parts),
            "unfinished": [
                {"slice": part.name, "state": part.state, "evidence": part.evidence, "waived": part.waived}
                for part in self.unfinished
            ],
            "idle_waivers": self.idle_waivers,
        }


@dataclass(frozen=True)
class _Place:
    """Where the receipt and the raw file of a slice or shard belong."""

    source: str
    name: str
    receipt: Path
    raw: Path
    slice: Slice | None = None


def progress(plan: Plan) -> Progress:
    """Look at receipts and raw files; nothing is locked, nothing asked."""
    parts, wasted = [], 0
    raw: dict[Path, int] = {}
    for place in _places(plan):
        lines = stored_lines(place.raw)
        raw[place.raw] = len(lines)
        verdict, least = _verdict(place, lines, plan.per_slice)
        wasted += least
        fails = verdict[0] != "damaged" and any(line.failed for line in lines)
        period = f"{place.slice.start} to {place.slice.end}" if place.slice else ""
        parts.append(
            Part(f"{place.source}/{place.name}", *verdict, plan.waiver(place.source, place.name), period, fails)
        )
        for receipt in map(Receipt.read, earlier(plan, place.source, place.name)):
            raw[Path(receipt.raw)] = len(stored_lines(Path(receipt.raw)))
            wasted += receipt.requests - receipt.least
        for doubted in plan.layout.doubted(place.source, place.name):
            raw[doubted] = len(stored_lines(doubted))
            wasted += raw[doubted]
    sent = sum(raw.values()) + canary.sent(plan.layout)
    return Progress(tuple(parts), _left(plan), sent, wasted, dict(plan.waived))


def _places(plan: Plan) -> Iterator[_Place]:
    place = plan.layout
    for each in plan.slices:
        yield _Place(
            "videos", each.name, place.receipt("videos", each.name), place.raw("videos", each.name), slice=each
        )
    for dataset in plan.datasets:
        for step in dataset.steps:
            for shard in step.shards:
                receipt = place.receipt(step.source, shard.receipt)
                yield _Place(step.source, shard.receipt, receipt, place.raw(step.kind, shard.raw))


def _verdict(place: _Place, lines: list[Line], per_slice: int) -> tuple[tuple[str, str], int]:
    """State and evidence of a part, and the requests that it wasted."""
    if place.receipt.exists():
        receipt = Receipt.read(place.receipt)
        wasted = receipt.requests - receipt.least
        if len(lines) < receipt.answers:
            return ("damaged", f"{place.raw} holds {len(lines):,} of {receipt.answers:,} answers."), wasted
        return (receipt.state, receipt.evidence), wasted
    if not lines:
        return ("waiting", ""), 0
    if place.slice is None or place.slice.second_look:
        return states.of_answers(lines, per_slice), sum(not line.good and not line.refused for line in lines)
    windows = windows_of(place.slice.start, place.slice.end, lines, drawn=place.slice.is_drawn)
    verdict = states.of_search(windows, lines, per_slice)
    if verdict.state in states.FINISHED:
        verdict = states.Verdict("partial", "All pages are there; the job that asked for them was stopped.")
    return verdict, len(lines) - sum(window.least for window in windows if window.last)


def _searches_left(plan: Plan, wanted: Slice) -> int:
    """What a second look still has to ask; nothing is known of it before the first one is done."""
    ids = missing_ids_of(plan, wanted)
    return batches_left(plan, wanted, ids) if ids else 0


def _left(plan: Plan) -> int:
    """A window without its last page costs a request at least; so does a chained id without an answer."""
    left = sum(_searches_left(plan, each) if each.second_look else _windows_left(plan, each) for each in plan.slices)
    for dataset in plan.datasets:
        for step in dataset.steps:
            ids = selected_ids(plan, dataset, step)
            if ids is None:
                left += len(step.names) or (0 if step.selection.where else 1)
                continue
            waiting = (shard for shard, receipt in receipts(plan, step, ids).items() if receipt is None)
            left += sum(unanswered(plan, step, shard, ids) for shard in waiting)
    return left


def _windows_left(plan: Plan, wanted: Slice) -> int:
    if plan.layout.receipt("videos", wanted.name).exists():
        return 0
    lines = stored_lines(plan.layout.raw("videos", wanted.name))
    return sum(not window.answered for window in windows_of(wanted.start, wanted.end, lines, drawn=wanted.is_drawn))
