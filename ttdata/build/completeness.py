"""Every check that a dataset is complete: before it is built, and while DuckDB reads the pages.

DuckDB reads a raw file with a torn end one page short and reports nothing, so everything that it reads is compared
with the receipts. A search that finds nothing is compared with the dataset that is about to be replaced.
"""

from collections.abc import Sequence
from datetime import date
from pathlib import Path

import duckdb

from ttdata.build.pieces import PieceRound
from ttdata.errors import DamagedPages, EmptySuccess, NotCollected, StorageFault
from ttdata.plan.canary_files import found_enough_on
from ttdata.plan.ids import receipts
from ttdata.plan.model import DatasetPlan
from ttdata.plan.names import first_round
from ttdata.plan.plan import Plan
from ttdata.store.id_files import read_ids
from ttdata.store.raw_files import frames
from ttdata.store.receipts import FEW, Receipt
from ttdata.tables.files import first_line, opened
from ttdata.text import count


def check_receipts(rounds: Sequence[PieceRound]) -> None:
    """Every slice and shard is finished, or waived. Raises NotCollected."""
    for each in rounds:
        receipt = each.receipt
        if each.is_newest and not receipt.is_finished and each.waived is None:
            raise NotCollected(f"{receipt.source}/{receipt.name} is {receipt.state}. {receipt.evidence}")


def check_selections(plan: Plan, dataset: DatasetPlan) -> None:
    """Every shard was collected for the items and the raw file that the plan has for it now. Raises NotCollected."""
    for source in dataset.sources:
        ids = read_ids(plan.folder.ids(dataset.name, source.source))
        for shard, receipt in receipts(plan, source, ids).items():
            if receipt is None:
                path = plan.raw.receipt(source.source, shard.receipt)
                raise NotCollected(f"{path} belongs to an earlier selection. Delete it and build again.")


def check_files(rounds: Sequence[PieceRound]) -> None:
    """Every raw file has at least the answers that its receipts state. Raises DamagedPages."""
    for each in rounds:
        if not each.pages.exists():
            raise DamagedPages(each.pages, each.path, "does not exist")
        with each.pages.open("rb") as file:
            whole = sum(1 for _ in frames(file, each.pages))
        if whole < each.receipt.answers:
            stated = count(each.receipt.answers, "answer")
            raise DamagedPages(each.pages, each.path, f"has only {whole:,} of {stated}")


def check_earlier_dataset(plan: Plan, rounds: Sequence[PieceRound], dataset: Path, previous: Path) -> None:
    """No search finds nothing that found videos in the dataset file that is about to be replaced.

    previous: where the workflow keeps that file while its place is empty.

    Raises EmptySuccess; StorageFault if that file cannot be read, for then nobody knows what it has.
    """
    empty = [each for each in rounds if each.is_newest and _is_doubtful(each)]
    file = dataset if dataset.exists() else previous
    if not empty or not file.exists():
        return
    before = _records_before(plan, file)
    for each in empty:
        records = before.get(first_round(each.receipt.name), 0)
        if records and not (records < FEW and _search_worked(plan, rounds, each)):
            raise _empty_success(each, records, dataset)


def check_requests(con: duckdb.DuckDBPyConnection, dataset: DatasetPlan, rounds: Sequence[PieceRound]) -> None:
    """The records that DuckDB counts in each raw file are those that its receipt states. Raises DamagedPages."""
    rows = con.execute(
        "SELECT coalesce(source, 'videos'), raw, sum(records) FROM requests LEFT JOIN item_answers USING (raw, seq) "
        "WHERE code = 'ok' GROUP BY ALL"
    )
    counted = {(source, raw): records for source, raw, records in rows.fetchall()}
    # A receipt from before there were waves does not name the items that it counted, and some may be out of scope.
    for each in (each for each in rounds if each.is_newest or each.slice or _has_all_items(dataset, each.receipt)):
        records, stated = counted.get((each.receipt.source, each.raw), 0), each.receipt.records
        if records != stated:
            raise DamagedPages(each.pages, each.path, f"has {count(records, 'record')}, not {stated:,}")


def _has_all_items(dataset: DatasetPlan, receipt: Receipt) -> bool:
    items = list(receipt.item_ids)
    return bool(items) and dataset.in_scope(receipt.source, items) == items


def check_records(con: duckdb.DuckDBPyConnection, table: str) -> None:
    """As many records were read into a table as were counted when the answers came. Raises StorageFault."""
    ((read,),) = con.execute("SELECT coalesce(sum(counted), 0) FROM staged").fetchall()
    ((counted,),) = con.execute(
        "SELECT coalesce(sum(records), 0) FROM requests "
        f"WHERE code = 'ok' AND raw IN (SELECT unnest(getvariable('{table}')))"
    ).fetchall()
    if read != counted:
        raise StorageFault(
            f"Of {counted:,} {table} received, only {read:,} could be read from the raw pages. "
            "Nothing was written. Please report this: the API's answers have an unknown format."
        )


def _is_doubtful(each: PieceRound) -> bool:
    return each.slice is not None and not each.slice.missing and each.receipt.state == "empty" and each.waived is None


def _records_before(plan: Plan, dataset: Path) -> dict[str, int]:
    """The records of each search in a dataset file that was made from the same API."""
    try:
        with opened(dataset) as con:
            rows = con.execute(
                "SELECT split_part(slice, '.', 1), max(records) FROM slices "
                "WHERE source = 'videos' AND (SELECT api FROM study) = ? GROUP BY ALL",
                [plan.base_url],
            )
            return dict(rows.fetchall())
    except (StorageFault, duckdb.Error) as error:
        reason = first_line(error) if isinstance(error, duckdb.Error) else str(error)
        raise StorageFault(
            f"A search found nothing, and it cannot be checked whether it found videos before: {reason} "
            f"Nothing was replaced. Close {dataset} in other programs, or move it elsewhere, and build again."
        ) from None


def _search_worked(plan: Plan, rounds: Sequence[PieceRound], empty: PieceRound) -> bool:
    """Whether another search, or the canary, found something on the same day."""
    day = empty.receipt.asked_at[:10]
    others = (each.receipt for each in rounds if each.slice and each.receipt.name != empty.receipt.name)
    return found_enough_on(plan, date.fromisoformat(day)) or any(each.found_something_on(day) for each in others)


def _empty_success(each: PieceRound, records: int, dataset: Path) -> EmptySuccess:
    assert each.slice
    name = each.receipt.name
    return EmptySuccess(
        f"The search {name} ({each.slice.start} to {each.slice.end}) found nothing now, but "
        f"{count(records, 'video')} before; these are in {dataset}, which is unchanged. The answers are kept in a "
        "separate file next to the pages. Run the same command again later: only this search is requested again. "
        "If the videos are really gone, add this to the study: "
        f'waive: [{{slice: {name}, reason: "…"}}]',
        slices=(name,),
    )
