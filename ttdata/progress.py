"""How far a build is: which slices and shards are complete, what they cost, and what is left to ask at least."""

from collections import Counter
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from ttdata import layout
from ttdata.collect import read_ids, unanswered
from ttdata.plan import Plan
from ttdata.rawfile import stored_lines
from ttdata.receipt import Receipt


@dataclass(frozen=True)
class Progress:
    """Where a build stands.

    states   slices and shards by state: complete, empty, partial (some pages are there), waiting (none is), damaged
             (pages that were there are gone)
    left     the fewest requests that could finish what is not finished
    sent     requests sent, all of them
    wasted   requests sent beyond the fewest that could have brought the same pages
    """

    states: dict[str, int]
    left: int
    sent: int
    wasted: int

    @property
    def parts(self) -> int:
        return sum(self.states.values())

    @property
    def finished(self) -> int:
        return self.states.get("complete", 0) + self.states.get("empty", 0)

    def as_json(self) -> dict[str, Any]:
        """What `python -m ttdata status --json` prints."""
        return {
            "requests_sent": self.sent,
            "wasted": self.wasted,
            "requests_left": self.left,
            "slices": asdict(self)["states"],
            "complete": self.finished == self.parts,
        }


def progress(plan: Plan) -> Progress:
    """Look at receipts and raw files; nothing is locked, nothing asked."""
    states: Counter[str] = Counter()
    wasted = 0
    raw: dict[Path, int] = {}
    for path, store in _parts(plan).items():
        lines = stored_lines(store)
        raw[store] = len(lines)
        if path.exists():
            receipt = Receipt.read(path)
            states[receipt.state if len(lines) >= receipt.answers else "damaged"] += 1
            wasted += receipt.requests - receipt.least
        else:
            states["partial" if lines else "waiting"] += 1
            wasted += sum(not line.good and not line.refused for line in lines)
    return Progress(dict(states), _left(plan), sum(raw.values()), wasted)


def _parts(plan: Plan) -> dict[Path, Path]:
    """Where the receipt and the raw file of each slice and shard belong."""
    place = plan.layout
    parts = {place.receipt("videos", each.name): place.raw("videos", each.name) for each in plan.slices}
    for dataset in plan.datasets:
        for step in dataset.steps:
            for shard in step.shards:
                parts[place.receipt(step.source, shard.receipt)] = place.raw(step.kind, shard.raw)
    return parts


def _is_searched(plan: Plan, name: str) -> bool:
    if plan.layout.receipt("videos", name).exists():
        return True
    good = [line for line in stored_lines(plan.layout.raw("videos", name)) if line.good]
    return bool(good) and not good[-1].has_more


def _left(plan: Plan) -> int:
    """A search without a receipt costs a request at least; so does a chained id without an answer."""
    left = sum(not _is_searched(plan, each.name) for each in plan.slices)
    for dataset in plan.datasets:
        for step in dataset.steps:
            ids = layout.ids(dataset.name, step.source)
            if all(path.exists() for path in plan.receipts(dataset.name, step.source)):
                continue
            if not ids.exists():
                left += len(step.names) or (0 if step.selection.where else 1)
                continue
            known = read_ids(ids)
            waiting = (s for s in step.shards if not plan.layout.receipt(step.source, s.receipt).exists())
            left += sum(unanswered(plan, step, shard, known) for shard in waiting)
    return left
