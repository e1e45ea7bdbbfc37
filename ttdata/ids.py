"""Id files: whom a chained source asks about, one a line; and which receipts are about them.

The first line names the selection that chose the ids, since a study that changes may leave those of an earlier one.
"""

from collections import Counter
from collections.abc import Iterable
from pathlib import Path

from ttdata import layout
from ttdata.files import write_atomically
from ttdata.plan import DatasetPlan, Plan, Shard, Slice, Step
from ttdata.receipt import Receipt

_HEAD = "# selection "


def write_ids(path: Path, ids: Iterable[str], selection: str = "") -> None:
    """Write an id file; whoever reads it meets the old one or the new one, whole."""
    head = f"{_HEAD}{selection}\n" if selection else ""
    write_atomically(path, head + "".join(f"{each}\n" for each in ids))


def read_ids(path: Path) -> list[str]:
    """The ids of an id file."""
    lines = path.read_text("utf-8").split("\n")
    return [line for line in lines[lines[0].startswith(_HEAD) :] if line]


def selected_ids(plan: Plan, dataset: DatasetPlan, step: Step) -> list[str] | None:
    """The ids that a source asks about; None if they are not known yet, or only those of an earlier selection."""
    return _of_selection(plan, dataset.name, step.source)


def missing_ids_of(plan: Plan, wanted: Slice) -> list[str] | None:
    """The ids that a second look is for; None if they are not known yet, or only those of an earlier list."""
    return _of_selection(plan, plan.owner(wanted.name), "videos")


def _of_selection(plan: Plan, dataset: str, source: str) -> list[str] | None:
    path = layout.ids(dataset, source)
    if not path.exists():
        return None
    with path.open(encoding="utf-8") as file:
        first = file.readline().rstrip("\n")
    if first.startswith(_HEAD) and first != _HEAD + plan.selection(dataset, source):
        return None
    return read_ids(path)


def receipts(plan: Plan, step: Step, ids: list[str] | None) -> dict[Shard, Receipt | None]:
    """The receipt of each shard of a source, None where there is none that is about these ids."""
    held = Counter(step.shard_of(item) for item in ids or ())
    return {shard: _receipt(plan, step, shard, held[shard]) for shard in step.shards}


def _receipt(plan: Plan, step: Step, shard: Shard, items: int) -> Receipt | None:
    path = plan.layout.receipt(step.source, shard.receipt)
    if not path.exists():
        return None
    receipt = Receipt.read(path)
    raw = str(plan.layout.raw(step.kind, shard.raw))
    return receipt if (receipt.raw, receipt.items) == (raw, items) else None
