"""The items that a source requests, as far as they are known, and the receipts about them."""

from collections import Counter

from ttdata.plan.model import DatasetPlan, Shard, Slice, SourcePlan
from ttdata.plan.plan import Plan
from ttdata.store.id_files import ids_of_selection
from ttdata.store.receipts import Receipt


def selected_ids(plan: Plan, dataset: DatasetPlan, source: SourcePlan) -> list[str] | None:
    """The items that a source requests; None if they are not known yet, or only those of an earlier selection."""
    return _ids(plan, dataset.name, source.source)


def missing_ids_of(plan: Plan, slice_: Slice) -> list[str] | None:
    """The missing ids that a slice is for; None if they are not known yet, or only those of an earlier list."""
    return _ids(plan, plan.owner(slice_.name), "videos")


def _ids(plan: Plan, dataset: str, source: str) -> list[str] | None:
    return ids_of_selection(plan.folder.ids(dataset, source), plan.selection(dataset, source))


def receipts(plan: Plan, source: SourcePlan, ids: list[str] | None) -> dict[Shard, Receipt | None]:
    """The receipt of each shard of a source, None where there is none that is about these items."""
    numbers = Counter(source.shard_of(item) for item in ids or ())
    return {shard: _receipt(plan, source, shard, numbers[shard]) for shard in source.shards}


def _receipt(plan: Plan, source: SourcePlan, shard: Shard, items: int) -> Receipt | None:
    receipt = Receipt.read_if_any(plan.raw.receipt(source.source, shard.receipt))
    raw = plan.folder.stored(plan.raw.pages(source.kind, shard.raw))
    return receipt if receipt and (receipt.raw, receipt.items, receipt.max) == (raw, items, source.max) else None
