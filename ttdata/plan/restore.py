"""Receipts that are gone although their pages are complete: written again, from these alone."""

from collections.abc import Iterator
from dataclasses import replace

from ttdata.answers.items import ItemAnswers
from ttdata.plan.model import DatasetPlan, Shard, Slice, SourcePlan
from ttdata.plan.names import in_round, later_raw
from ttdata.plan.plan import Plan
from ttdata.plan.receipts import receipt_of_search, receipt_of_shard
from ttdata.store.raw_files import stored_lines


def restore_receipts(plan: Plan, *, empty: bool = False) -> None:
    """Write the receipts of finished searches in all their rounds, and of the earlier rounds of shards.

    empty: also of searches that found nothing, about which a job would ask the API again if that is doubtful.
    The receipts of the newest shards depend on which items are requested, so their jobs write them.
    """
    for slice_ in plan.slices:
        if not slice_.missing:
            for each in _rounds(plan, "videos", slice_.name):
                _restore_search(plan, replace(slice_, name=in_round(slice_.name, each)), empty=empty)
    for dataset in plan.datasets:
        for source in dataset.sources:
            for shard in source.shards:
                _restore_earlier_rounds(plan, dataset, source, shard)


def _rounds(plan: Plan, folder: str, name: str, before: str = "") -> Iterator[int]:
    """The rounds of which there is a raw file, in order. before: the name of the later ones, if it is another."""
    number = 1
    while plan.raw.pages(folder, name if number == 1 else in_round(before or name, number)).exists():
        yield number
        number += 1


def _restore_search(plan: Plan, slice_: Slice, *, empty: bool) -> None:
    path = plan.raw.receipt("videos", slice_.name)
    if path.exists():
        return
    if lines := stored_lines(plan.raw.pages("videos", slice_.name)):
        receipt = receipt_of_search(plan, slice_, lines)
        if receipt.is_finished and (receipt.records or empty):
            receipt.write(path)


def _restore_earlier_rounds(plan: Plan, dataset: DatasetPlan, source: SourcePlan, shard: Shard) -> None:
    """The rounds before the newest: they are complete, since a round begins only when the one before has ended."""
    later = later_raw(shard.raw, dataset.name, source.source, 2).rpartition(".")[0]
    rounds = list(_rounds(plan, source.kind, shard.raw, later))
    for number in rounds[:-1]:
        raw = shard.raw if number == 1 else in_round(later, number)
        each = Shard(in_round(shard.number, number), in_round(shard.receipt, number), raw)
        path = plan.raw.receipt(source.source, each.receipt)
        if not path.exists():
            lines = stored_lines(plan.raw.pages(source.kind, raw))
            items = {line.item for line in lines if line.item}
            if number == 1 and _is_shared(plan, shard):
                items &= {line.item for line in stored_lines(plan.raw.pages(source.kind, in_round(later, 2)))}
            answers = ItemAnswers(lines, source.source_kind, source.max)
            receipt_of_shard(plan, source, each, sorted(items), answers, len(lines)).write(path)


def _is_shared(plan: Plan, shard: Shard) -> bool:
    """Whether another source has answers in the raw file of a first round."""
    sources = [source for dataset in plan.datasets for source in dataset.sources]
    return sum(shard.raw in (each.raw for each in source.shards) for source in sources) > 1
