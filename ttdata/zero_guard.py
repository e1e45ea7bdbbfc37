"""The zero guard: an answer "ok, nothing found" where there was something is not believed.

TikTok's search has answered so for days, for every search (github.com/JBGruber/traktok/issues/29). Such answers are set
aside, so that the next build asks again; neither a dataset nor an earlier round is touched.
"""

from collections.abc import Iterator
from datetime import date
from pathlib import Path

from ttdata import layout
from ttdata.canary import Canary, Connect
from ttdata.errors import EmptySuccess, StorageFault
from ttdata.plan import DatasetPlan, Plan, Slice
from ttdata.receipt import Receipt
from ttdata.rounds import earlier
from ttdata.text import count

# Fewer videos than these can all have been deleted since: of a hundred, TikTok removes some fifteen in a month.
FEW = 5


def check_slice(plan: Plan, wanted: Slice, receipt: Receipt, connect: Connect) -> None:
    """Raise EmptySuccess if a search found nothing that found something before, unless that can be or is waived.

    It can be where there were few videos, and the search works for others. Whether it does costs a request at most, and
    none if another search was answered on the same day.
    """
    if receipt.state != "empty" or plan.waiver("videos", wanted.name) is not None:
        return
    before = found_before(plan, wanted.name)
    if before == 0 or (before < FEW and _search_works(plan, wanted, receipt, connect)):
        return
    _set_aside(plan, wanted.name)
    videos = count(before, "video")
    raise EmptySuccess(
        f"The search {wanted.name} ({wanted.start} to {wanted.end}) found nothing, but {videos} before. "
        f"It cost {count(receipt.requests, 'request')}; the answers are kept beside the pages, as doubted. The dataset "
        "that was built before is untouched. Run the same command again later: only this is asked again. If the videos "
        f'are really gone, say so in the study: waive: [{{slice: {wanted.name}, reason: "…"}}]'
    )


def found_before(plan: Plan, name: str) -> int:
    """Records that a search found in an earlier round, or according to the datasets that stand there."""
    rounds = [Receipt.read(path).records for path in earlier(plan, "videos", name)]
    return max([*rounds, *(_in_file(plan, dataset, name) for dataset in plan.datasets if name in dataset.slices)])


def _in_file(plan: Plan, dataset: DatasetPlan, name: str) -> int:
    """What the dataset's file, made from the same API, says of a search."""
    from ttdata.tables.files import opened  # Imported here: DuckDB takes a quarter of a second, and this is rare.

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


def _search_works(plan: Plan, wanted: Slice, receipt: Receipt, connect: Connect) -> bool:
    """Whether a search that is known to find something does so on the same day."""
    day = receipt.asked_at[:10]
    declared = Canary.of(plan.declared)
    if declared and declared.is_well(plan.layout, date.fromisoformat(day)):
        return True
    others = list(_others(plan, wanted))
    if any(each.records and each.finished_at[:10] == day for _, each in others):
        return True
    best, most = max(others, key=lambda each: each[1].records, default=(None, None))
    if best is None or most is None or most.records < FEW:
        return False
    try:
        Canary({**best.body, "max_count": 100}, at_least=1).ask(plan.layout, connect)
    except EmptySuccess:
        return False
    return True


def _others(plan: Plan, wanted: Slice) -> Iterator[tuple[Slice, Receipt]]:
    """What the other searches found, in each of their rounds."""
    for each in plan.slices:
        if each.name != wanted.name and not each.second_look:
            for path in (*earlier(plan, "videos", each.name), plan.layout.receipt("videos", each.name)):
                if path.exists():
                    yield each, Receipt.read(path)


def _set_aside(plan: Plan, name: str) -> Path:
    """Keep the answers under another name: they cost quota, and are what to show TikTok's support."""
    raw = plan.layout.raw("videos", name)
    aside = raw.with_name(f"{name}.doubted{len(plan.layout.doubted('videos', name)) + 1}.ndjson.zst")
    raw.rename(aside)
    return aside
