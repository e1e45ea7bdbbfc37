"""How far a build is: which slices and shards have a receipt, and what is still to be asked at least."""

from dataclasses import dataclass

from ttdata import layout
from ttdata.collect import read_ids, unanswered
from ttdata.plan import Plan
from ttdata.receipt import Receipt


@dataclass(frozen=True)
class Progress:
    """parts: slices and shards of the plan; left: the fewest requests that could finish the rest."""

    parts: int
    finished: int
    left: int


def progress(plan: Plan) -> Progress:
    """Count receipts. A search without one costs a request at least; so does a chained id."""
    there = [plan.layout.receipt("videos", each.name).exists() for each in plan.slices]
    left = there.count(False)
    for dataset in plan.datasets:
        for step in dataset.steps:
            ids = layout.ids(dataset.name, step.source)
            known = read_ids(ids) if ids.exists() else None
            if known is None:
                left += step.top.k if step.top else 1
            for shard in step.shards:
                there.append(plan.layout.receipt(step.source, shard.receipt).exists())
                if known and not there[-1]:
                    left += unanswered(plan, step, shard, known)
    return Progress(len(there), sum(there), left)


def receipts(plan: Plan) -> list[Receipt]:
    """The receipts that are there, of all datasets, each once."""
    paths = {path for dataset in plan.datasets for path in plan.all_receipts(dataset.name)}
    return [Receipt.read(path) for path in sorted(paths) if path.exists()]
