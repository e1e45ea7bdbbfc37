"""Rewriting raw files and receipts without what is erased. What is rewritten already stays as it is."""

import os
from collections.abc import Collection, Iterator
from dataclasses import replace
from functools import cache
from pathlib import Path

from ttdata.answers.items import ItemAnswers
from ttdata.files import write_bytes
from ttdata.plan.ids import selected_ids
from ttdata.plan.plan import Plan
from ttdata.source_kinds import KINDS, kind_of
from ttdata.store.erasing import CATEGORIES, ERASED, Targets, erase, without_values
from ttdata.store.paths import Folder
from ttdata.store.raw_files import Line, frame_of, frames_with_bytes, stored_lines
from ttdata.store.receipts import Receipt, StoredSearch


def raw_files(folder: Folder) -> list[Path]:
    """The raw files of all APIs, those set aside included."""
    return sorted(folder.raw_pages.glob("*/*/*.ndjson.zst"))


def receipt_files(folder: Folder) -> list[Path]:
    return sorted(folder.raw_pages.glob("*/*/*.receipt.json"))


def rewrite_pages(path: Path, targets: Targets) -> None:
    """Replace a raw file by one without the erased records, if it has any of them."""
    frames, changed = [], False
    with path.open("rb") as file:
        for frame, line in frames_with_bytes(file, path):
            erased = erase(line, targets)
            changed = changed or erased is not None
            frames.append(frame_of(erased.line) if erased else frame)
    if changed:
        write_bytes(path, b"".join(frames))


def rewrite_receipt(path: Path, plan: Plan, targets: Targets) -> None:
    """Replace a receipt by one with the counts of its rewritten raw file.

    One of an earlier selection, of which nobody knows the items, is deleted: the pages show what it said.
    """
    before = Receipt.read(path)
    receipt = _purged(before, plan, targets)
    if receipt is None:
        path.unlink()
        return
    if receipt == before:
        return
    times = path.stat()
    receipt.write(path)
    # Its time says when it was collected: with another one, Snakemake would look at all of it again.
    os.utime(path, ns=(times.st_atime_ns, times.st_mtime_ns))


def _purged(receipt: Receipt, plan: Plan, targets: Targets) -> Receipt | None:
    """The receipt after the purge; None if it cannot be told."""
    raw = plan.folder.root / receipt.raw
    lines = stored_lines_of(raw, raw.stat().st_mtime_ns) if raw.exists() else ()
    kind = KINDS.get(kind_of(receipt.source))
    if kind is None:
        records = sum(line.records for line in lines if line.good)
        return replace(
            receipt, records=records, erased=receipt.received - records, search=_search(receipt.search, targets)
        )
    category = CATEGORIES.get(kind.item_key, "")
    item_ids = tuple(item for item in receipt.item_ids if not targets.has(category, item))
    items = _items(receipt, plan, category, targets)
    if items is None and any(line.erased or line.code == ERASED for line in lines):
        return None
    records = receipt.records if items is None else _records_of(items, lines, receipt)
    return replace(
        receipt,
        item_ids=item_ids,
        items=receipt.items if items is None else len(items),
        refused={item: why for item, why in receipt.refused.items() if not targets.has(category, item)},
        cut={item: number for item, number in receipt.cut.items() if not targets.has(category, item)},
        records=records,
        erased=receipt.received - records,
    )


def _items(receipt: Receipt, plan: Plan, category: str, targets: Targets) -> Collection[str] | None:
    """The items that a receipt of a shard is about; None if nobody knows them, as of an earlier selection."""
    if receipt.item_ids:
        return {item for item in receipt.item_ids if not targets.has(category, item)}
    for dataset in plan.datasets:
        for source in dataset.sources:
            for shard in source.shards:
                if (source.source, shard.receipt) == (receipt.source, receipt.name):
                    ids = selected_ids(plan, dataset, source)
                    return ids and {item for item in ids if shard.holds(item) and not targets.has(category, item)}
    return None


def _records_of(items: Collection[str], lines: Collection[Line], receipt: Receipt) -> int:
    kind = KINDS[kind_of(receipt.source)]
    answers = ItemAnswers(list(lines), kind, receipt.max)
    return sum(line.records for line in answers.counted if line.good and line.item in items)


def _search(search: StoredSearch | None, targets: Targets) -> StoredSearch | None:
    return search and replace(search, query=without_values(search.query, targets))


@cache
def stored_lines_of(path: Path, version: int) -> tuple[Line, ...]:
    """The lines of a raw file, which several receipts may be about. version: changes when the file does."""
    return tuple(stored_lines(path))


def empty_searches(folder: Folder) -> Iterator[Path]:
    """Raw files of searches for nobody but erased accounts or ids, with their receipts: nothing of them is left."""
    for path in folder.raw_pages.glob("*/videos/*.ndjson.zst"):
        if any(_is_for_nobody(line) for line in stored_lines(path)):
            yield path
            receipt = path.with_name(path.name.removesuffix(".ndjson.zst") + ".receipt.json")
            if receipt.exists():
                yield receipt


def _is_for_nobody(line: Line) -> bool:
    query = line.request.get("query")
    groups = query.values() if isinstance(query, dict) else ()
    return any(not condition["field_values"] for group in groups for condition in group)
