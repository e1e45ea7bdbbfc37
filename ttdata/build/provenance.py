"""The tables of provenance: rounds, slices and the study; none of them is part of the digest."""

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from importlib.metadata import version

import duckdb

from ttdata.build.digest import row_count
from ttdata.build.pieces import PieceRound, superseded
from ttdata.plan.model import DatasetPlan
from ttdata.plan.names import first_round, round_of
from ttdata.plan.plan import Plan
from ttdata.source_kinds import table_of
from ttdata.study.schedule import Settle
from ttdata.tables.declared import SCHEMA_VERSION, create, insert
from ttdata.tables.received import record_type


def load_rounds(con: duckdb.DuckDBPyConnection, rounds: Sequence[PieceRound], settle: Settle) -> None:
    """Fill the table of rounds."""
    rows = []
    ends = superseded(rounds)
    for each in rounds:
        receipt = each.receipt
        row = [
            first_round(receipt.name),
            receipt.source,
            round_of(receipt.name),
            _utc(receipt.asked_at),
            _utc(receipt.finished_at),
            each.settled(settle)[0],
            receipt.requests,
            receipt.records,
            each.raw,
            _utc(ends.get(first_round(receipt.name), "") if each.slice else ""),
        ]
        rows.append(row)
    insert(con, "rounds", rows)


def load_slices(
    con: duckdb.DuckDBPyConnection, dataset: DatasetPlan, newest: Sequence[PieceRound], settle: Settle
) -> None:
    """Fill the table of slices, with the fields received that the build does not read."""
    rows = []
    used = dict(con.execute("SELECT raw, count(*) FROM seen WHERE source = 'videos' GROUP BY raw").fetchall())
    for each in newest:
        receipt, slice_ = each.receipt, each.slice
        days = slice_ and dataset.days_of(slice_)
        row = [
            receipt.name,
            receipt.source,
            receipt.state,
            receipt.evidence,
            each.waived,
            days and days.start,
            days and days.end,
            receipt.items,
            len(receipt.refused),
            sorted(receipt.cut),
            receipt.requests,
            receipt.least,
            receipt.records,
            used.get(each.raw, 0) if slice_ else None,
            _utc(receipt.asked_at),
            *each.settled(settle),
            sorted(set(receipt.keys) - record_type(table_of(receipt.source)).paths()),
            each.raw,
        ]
        rows.append(row)
    insert(con, "slices", rows)


def load_study(con: duckdb.DuckDBPyConnection, plan: Plan, dataset: str, digest: str) -> None:
    """Fill the table of the study."""
    epochs = [str(epoch) for epoch in plan.epochs(dataset)]
    software = f"ttdata {version('ttdata')}"
    row = [plan.study, dataset, plan.base_url, json.dumps(plan.declared), digest, software, epochs, SCHEMA_VERSION]
    con.execute("INSERT INTO study VALUES (?, ?, ?, ?, ?, ?, ?, ?)", row)


def load_table_digests(con: duckdb.DuckDBPyConnection, digests: Mapping[str, str]) -> None:
    """Fill the table of the data tables' digests."""
    insert(con, "table_digests", [[table, row_count(con, table), digest] for table, digest in digests.items()])


def load_list_entries(con: duckdb.DuckDBPyConnection, dataset: DatasetPlan) -> None:
    """Create and fill the table of entries that are not requested."""
    create(con, "list_entries")
    insert(con, "list_entries", [[each.list, each.entry, each.used_as, each.reason] for each in dataset.unused])


def unknown_fields(con: duckdb.DuckDBPyConnection) -> tuple[str, ...]:
    """Fields that the API sent and no table has."""
    return tuple(name for (name,) in con.execute("SELECT DISTINCT unnest(unknown) FROM slices ORDER BY 1").fetchall())


def _utc(text: str) -> datetime | None:
    """A receipt's time as the tables have times."""
    return datetime.fromisoformat(text).astimezone(UTC).replace(tzinfo=None) if text else None
