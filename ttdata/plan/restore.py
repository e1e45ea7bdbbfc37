"""Receipts that no job writes: of complete pages whose receipt is gone, and of waves that the next has overtaken."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import NamedTuple

from ttdata.answers.items import ItemAnswers
from ttdata.api.clock import Clock
from ttdata.plan.ids import selected_ids
from ttdata.plan.model import DatasetPlan, Shard, Slice, SourcePlan
from ttdata.plan.names import in_round, later_raw
from ttdata.plan.plan import Plan
from ttdata.plan.receipts import receipt_of_search, receipt_of_shard
from ttdata.plan.rounds import wave_days
from ttdata.store.raw_files import Line, stored_lines
from ttdata.store.receipts import Receipt
from ttdata.study.schedule import next_due


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


def close_overtaken_waves(plan: Plan, clock: Clock) -> None:
    """Close each round of a wave that was begun and not finished when the next wave is due, as incomplete.

    Otherwise it would be finished, and the next wave missed; or the same accounts requested twice on one day.
    """
    for dataset in plan.datasets:
        for source in ("videos", *(each.source for each in dataset.sources)):
            if dataset.waves_of(source):
                days = wave_days(plan, clock, dataset, source)
                for piece in _unfinished(plan, dataset, source):
                    _close_if_overtaken(plan, piece, days, clock)


class _Piece(NamedTuple):
    """A search or shard whose newest round has pages and no receipt."""

    source: str
    receipt: Path
    pages: Path
    make: Callable[[list[Line]], Receipt]


def _unfinished(plan: Plan, dataset: DatasetPlan, source: str) -> Iterator[_Piece]:
    if source == "videos":
        for slice_ in map(plan.slice, dataset.slices):
            number = max(_rounds(plan, "videos", slice_.name), default=0)
            name = in_round(slice_.name, number or 1)
            if number and not slice_.missing and not plan.raw.receipt("videos", name).exists():
                made = partial(receipt_of_search, plan, replace(slice_, name=name))
                yield _Piece(source, plan.raw.receipt("videos", name), plan.raw.pages("videos", name), made)
        return
    source_plan = dataset.source(source)
    for shard in source_plan.shards:
        later = _later(shard, dataset, source_plan)
        number = max(_rounds(plan, source_plan.kind, shard.raw, later), default=0)
        if number:
            each = _in_round(shard, later, number)
            path = plan.raw.receipt(source, each.receipt)
            if not path.exists():
                made = partial(_receipt_of_answers, plan, dataset, source_plan, each)
                yield _Piece(source, path, plan.raw.pages(source_plan.kind, each.raw), made)


def _close_if_overtaken(plan: Plan, piece: _Piece, days: Sequence[datetime], clock: Clock) -> None:
    lines = stored_lines(piece.pages)
    good = [line for line in lines if line.good or line.refused]
    if not good:
        return
    following = next_due(days, min(line.sent_at for line in good))
    receipt = piece.make(lines)
    if following and following <= clock() and not receipt.is_finished:
        evidence = f"Closed when the wave of {following.date()} was due. {receipt.evidence}"
        replace(receipt, state="partial", evidence=evidence).write(piece.receipt)


def _receipt_of_answers(
    plan: Plan, dataset: DatasetPlan, source: SourcePlan, shard: Shard, lines: list[Line]
) -> Receipt:
    """The receipt of a shard about the items that have answers; unfinished if the source requests others as well."""
    answers = ItemAnswers(lines, source.source_kind, source.max)
    wanted = selected_ids(plan, dataset, source)
    items = {line.item for line in lines if line.item and (wanted is None or line.item in set(wanted))}
    receipt = receipt_of_shard(plan, source, shard, sorted(items), answers, len(lines))
    left = sum(item not in answers for item in filter(shard.holds, wanted or ()))
    if not left:
        return receipt
    number = len(items) + sum(item not in items for item in filter(shard.holds, wanted or ()))
    return replace(receipt, state="partial", evidence=f"{number - left:,} of {number:,} items are answered.")


def _later(shard: Shard, dataset: DatasetPlan, source: SourcePlan) -> str:
    """The name of the raw files of a shard's later rounds, without the round."""
    return later_raw(shard.raw, dataset.name, source.source, 2).rpartition(".")[0]


def _in_round(shard: Shard, later: str, number: int) -> Shard:
    raw = shard.raw if number == 1 else in_round(later, number)
    return Shard(in_round(shard.number, number), in_round(shard.receipt, number), raw)


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
        if receipt.is_finished and (receipt.received or empty):
            receipt.write(path)


def _restore_earlier_rounds(plan: Plan, dataset: DatasetPlan, source: SourcePlan, shard: Shard) -> None:
    """The rounds before the newest: they are complete, since a round begins only when the one before has ended."""
    later = _later(shard, dataset, source)
    rounds = list(_rounds(plan, source.kind, shard.raw, later))
    for number in rounds[:-1]:
        each = _in_round(shard, later, number)
        path = plan.raw.receipt(source.source, each.receipt)
        if not path.exists():
            lines = stored_lines(plan.raw.pages(source.kind, each.raw))
            items = {line.item for line in lines if line.item}
            if number == 1 and _is_shared(plan, shard):
                items &= {line.item for line in stored_lines(plan.raw.pages(source.kind, in_round(later, 2)))}
            answers = ItemAnswers(lines, source.source_kind, source.max)
            receipt_of_shard(plan, source, each, sorted(items), answers, len(lines)).write(path)


def _is_shared(plan: Plan, shard: Shard) -> bool:
    """Whether another source has answers in the raw file of a first round."""
    sources = [source for dataset in plan.datasets for source in dataset.sources]
    return sum(shard.raw in (each.raw for each in source.shards) for source in sources) > 1
