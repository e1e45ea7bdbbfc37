"""The zero guard: an answer "ok, nothing found" where there was something is not believed.

TikTok's search has answered so for days, for every search (github.com/JBGruber/traktok/issues/29). Such answers are set
aside, so that the next build asks again; neither a dataset nor an earlier round is touched.
"""

from collections.abc import Iterable
from pathlib import Path

from ttdata import layout
from ttdata.errors import EmptySuccess, StorageFault
from ttdata.plan import DatasetPlan, Plan, Slice
from ttdata.receipt import Receipt
from ttdata.rounds import earlier

# Fewer videos than these can all have been deleted since: of a hundred, TikTok removes some fifteen in a month.
FEW = 5


def check_slice(plan: Plan, wanted: Slice, receipt: Receipt) -> None:
    """Raise EmptySuccess if a search found nothing that found `FEW` videos or more before; a waiver allows it."""
    if receipt.state != "empty" or plan.waiver("videos", wanted.name) is not None:
        return
    before = max((found_before(plan, dataset, wanted.name) for dataset in _datasets(plan, wanted.name)), default=0)
    if before >= FEW:
        _set_aside(plan, wanted.name)
        raise EmptySuccess(
            f"The search {wanted.name} ({wanted.start} to {wanted.end}) found nothing, but {before:,} videos before. "
            f"{_advice(receipt.requests)} If they are really gone, say so in the study: "
            f'waive: [{{slice: {wanted.name}, reason: "…"}}]'
        )


def check_dataset(plan: Plan, dataset: DatasetPlan, receipts: Iterable[Receipt]) -> None:
    """Raise EmptySuccess if all searches of a dataset found nothing, and some of the same found something before."""
    found = [receipt for receipt in receipts if receipt.source == "videos"]
    if any(receipt.state != "empty" or plan.waiver("videos", receipt.name) is not None for receipt in found):
        return
    before = sum(found_before(plan, dataset, receipt.name) for receipt in found)
    if before:
        for receipt in found:
            _set_aside(plan, receipt.name)
            plan.layout.receipt("videos", receipt.name).unlink(missing_ok=True)
        raise EmptySuccess(
            f"None of the {len(found):,} searches of {dataset.name} found anything, but {before:,} videos before. "
            f"{_advice(sum(receipt.requests for receipt in found))}"
        )


def found_before(plan: Plan, dataset: DatasetPlan, name: str) -> int:
    """Records that a search found in an earlier round, or according to the dataset that stands there."""
    rounds = (Receipt.read(path).records for path in earlier(plan, "videos", name))
    return max(*rounds, _in_file(plan, dataset, name), 0)


def _in_file(plan: Plan, dataset: DatasetPlan, name: str) -> int:
    """What the dataset's file, made from the same API, says of a search."""
    from ttdata.digest import opened  # Imported here: DuckDB takes a quarter of a second, and this is rare.

    path = layout.dataset(dataset.name)
    if not path.exists():
        return 0
    try:
        with opened(path) as con:
            rows = con.execute(
                "SELECT coalesce(max(records), 0) FROM slices WHERE source = 'videos' "
                "AND split_part(slice, '.', 1) = ? AND (SELECT api FROM study) = ?",
                [layout.first_round(name), plan.base_url],
            ).fetchall()
    except StorageFault:
        return 0
    return int(rows[0][0])


def _datasets(plan: Plan, name: str) -> list[DatasetPlan]:
    return [dataset for dataset in plan.datasets if name in dataset.slices]


def _set_aside(plan: Plan, name: str) -> Path:
    """Keep the answers under another name: they cost quota, and are what to show TikTok's support."""
    raw = plan.layout.raw("videos", name)
    aside = raw.with_name(f"{name}.doubted{len(plan.layout.doubted('videos', name)) + 1}.ndjson.zst")
    raw.rename(aside)
    return aside


def _advice(requests: int) -> str:
    cost = f"{requests:,} request{'s' if requests != 1 else ''}"
    return (
        f"It cost {cost}; the answers are kept beside the pages, as doubted. "
        "The dataset that was built before is untouched. Run the same command again later: only this is asked again."
    )
