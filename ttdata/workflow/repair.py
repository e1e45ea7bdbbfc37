"""State files that are damaged are removed or written again before a build, whenever that costs no request.

Snakemake then makes what was removed, as it makes anything that is missing: a receipt and an id file follow from the
raw pages, a dataset from these, and its report from the dataset.
"""

import json
import os
from collections.abc import Callable
from functools import partial
from pathlib import Path

from ttdata.errors import NotCollected, StorageFault
from ttdata.plan.plan import Plan
from ttdata.store.id_files import read_ids
from ttdata.store.paths import Folder
from ttdata.store.receipts import Receipt
from ttdata.workflow.verified import is_damaged

# Of a DuckDB file with blocks of the usual size. Source: duckdb.org, Storage Versions and Format.
_MAGIC, _MAGIC_AT, _HEADERS, _BLOCK = b"DUCK", 8, 3 * 4_096, 262_144


def repair(plan: Plan) -> None:
    """Remove what is damaged, and write plan.json again if it is damaged or of another version."""
    for path in plan.raw.path.glob("*/*.receipt.json"):
        _remove_if_damaged(path, Receipt.read)
        _seal(path)
    for dataset in plan.datasets:
        for path in plan.folder.ids(dataset.name, "x").parent.glob("*.txt"):
            _remove_if_damaged(path, read_ids)
        _remove_if_damaged(plan.folder.report(dataset.name), _read_report)
        if _is_certain(plan, dataset.name):
            _remove_if_damaged(plan.folder.dataset(dataset.name), partial(_read_dataset, plan.folder, dataset.name))
    _remove_if_damaged(plan.folder.clock, _read_offsets)
    if plan.folder.plan.exists():
        try:
            Plan.read(plan.folder.plan)
        except NotCollected:
            plan.write(plan.folder.plan)


def _remove_if_damaged(path: Path, read: Callable[[Path], object]) -> None:
    try:
        if path.exists():
            read(path)
    except (NotCollected, StorageFault, ValueError, RecursionError):
        path.unlink()


def _seal(path: Path) -> None:
    """Add a checksum to the receipt of an earlier version. Its time stays, so that nothing is built again for that."""
    if path.exists() and "checksum" not in json.loads(path.read_bytes()):
        times = path.stat()
        Receipt.read(path).write(path)
        os.utime(path, ns=(times.st_atime_ns, times.st_mtime_ns))


def _is_certain(plan: Plan, dataset: str) -> bool:
    """Whether a dataset follows from its receipts. If one is empty, the build compares it with the old dataset."""
    receipts = [Receipt.read_if_any(path) for path in plan.all_receipts(dataset)]
    return all(receipt and (receipt.received or not receipt.requests) for receipt in receipts)


def _read_dataset(folder: Folder, dataset: str, path: Path) -> None:
    """Raise ValueError for a file that is cut off, no DuckDB file, or damaged inside."""
    with path.open("rb") as file:
        head = file.read(_MAGIC_AT + len(_MAGIC))
        rest = file.seek(0, os.SEEK_END) - _HEADERS
    if head[_MAGIC_AT:] != _MAGIC or rest < 0 or rest % _BLOCK or is_damaged(folder, dataset):
        raise ValueError(f"{path} is damaged")


def _read_report(path: Path) -> None:
    report = json.loads(path.read_bytes())
    if not isinstance(report, dict) or not {"format", "counts", "findings"} <= set(report):
        raise ValueError(f"{path} is damaged")


def _read_offsets(path: Path) -> None:
    offsets = json.loads(path.read_bytes())
    if not isinstance(offsets, dict) or not all(type(value) in (int, float) for value in offsets.values()):
        raise ValueError(f"{path} is damaged")
