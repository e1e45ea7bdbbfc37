"""Building: raw pages become one DuckDB file, a pure function of the plan and the pages.

The build trusts nothing: DuckDB reads a raw file with a torn end one page short without a word, so what it read is
compared with what the receipts state before anything stands where a dataset is expected.
"""

import json
import os
import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import duckdb

from ttdata import __version__, layout, own_tables
from ttdata.digest import digest
from ttdata.errors import DamagedPages, NotCollected, StorageFault, StudyFault
from ttdata.ids import read_ids, receipts
from ttdata.plan import DatasetPlan, Plan, Slice, Step
from ttdata.rawfile import frames
from ttdata.receipt import Receipt
from ttdata.rounds import earlier
from ttdata.schedule import Settle, Settled
from ttdata.selection import Refused, Selector
from ttdata.source_kinds import HISTORY, NAMES, askable, asked_column, table_of, tables_asked_about
from ttdata.tables.declared import create, create_accounts, escaped, filling, insert, sql

# The oldest storage format in use, at no cost: the files can be opened by DuckDB 1.4 and later.
STORAGE = "v1.4.0"
MEMORY = "2GB"

# Fields that the API's documents spell in two ways; the tables have the other one.
_OTHER_SPELLINGS = {"video_id", "favourites_count"}

# The variable that names the raw files which a table is made from.
_READ = re.compile(r"getvariable\('(\w+)'\)")


@dataclass(frozen=True)
class Built:
    """What a build made: rows by table, the content digest, and received fields that no table has."""

    rows: dict[str, int]
    digest: str
    unknown: tuple[str, ...]


@dataclass(frozen=True)
class _Part:
    """A round of a slice or shard, with its receipt, where that lies, and why it may be unfinished."""

    receipt: Receipt
    path: Path
    slice: Slice | None
    waived: str | None
    is_newest: bool = True


def build(plan: Plan, name: str, out: Path, *, threads: int = 2) -> Built:
    """Build one dataset into `out`, replacing it only when all is well.

    Raises NotCollected, DamagedPages or StorageFault; an older file is then untouched.
    """
    wanted = plan.dataset(name)
    newest = [*_slices(plan, wanted), *_shards(plan, wanted)]
    _check_selection(plan, wanted)
    parts = [*newest, *_earlier(plan, newest)]
    working = out.with_suffix(".tmp")
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        working.unlink(missing_ok=True)
        with _database(working, threads) as con:
            built = _fill(con, plan, wanted, parts)
        os.replace(working, out)
    except duckdb.Error as error:
        raise StorageFault(f"DuckDB could not build {out}: {str(error).splitlines()[0]}") from None
    except OSError as error:
        raise StorageFault(f"{out} cannot be written: {error.strerror}.") from None
    finally:
        working.unlink(missing_ok=True)
    return built


def ranked_ids(plan: Plan, name: str, source: str) -> list[str]:
    """The ids that a chained source of a dataset asks for: video ids for comments, usernames for users.

    A pure function of the raw pages, like a build.
    """
    wanted = plan.dataset(name)
    step = wanted.step(source)
    if step.of == NAMES:
        return list(step.names)
    column, tables = asked_column(step.kind, step.of), tables_asked_about(step.of)
    assert column
    with _database(None, threads=2) as con:
        if step.of == "accounts":
            create_accounts(con, wanted.accounts)
        else:
            parent = [] if step.of == "videos" else [wanted.step(step.of)]
            _load_asked(con, plan, wanted, *parent)
            _open_raw(con, list(_shards(plan, wanted, *parent) if parent else _slices(plan, wanted)))
            for table in tables:
                _make(con, table)
        try:
            return Selector(con, tables[-1]).items(column, askable(step.of), step.selection)
        except Refused as reason:
            raise StudyFault([f"datasets.{name}.{source}.where: {reason}"]) from None


def _slices(plan: Plan, wanted: DatasetPlan) -> Iterator[_Part]:
    for name in wanted.slices:
        yield _part(plan, plan.layout.receipt("videos", name), plan.slice(name))


def _shards(plan: Plan, wanted: DatasetPlan, *steps: Step) -> Iterator[_Part]:
    for step in steps or wanted.steps:
        for path in plan.receipts(wanted.name, step.source):
            yield _part(plan, path)


def _part(plan: Plan, path: Path, wanted: Slice | None = None) -> _Part:
    """A receipt that may be built from: all is there, or the study does without the rest."""
    receipt = Receipt.read(path)
    waived = plan.waiver(receipt.source, receipt.name)
    if not receipt.is_finished and waived is None:
        raise NotCollected(f"{receipt.source}/{receipt.name} is {receipt.state}. {receipt.evidence}")
    return _Part(receipt, path, wanted, waived)


def _earlier(plan: Plan, newest: Iterable[_Part]) -> Iterator[_Part]:
    """The rounds before the newest ones."""
    for part in newest:
        for path in earlier(plan, part.receipt.source, part.receipt.name):
            yield replace(part, receipt=Receipt.read(path), path=path, is_newest=False)


@contextmanager
def _database(path: Path | None, threads: int) -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect(config={"threads": threads, "memory_limit": MEMORY}) as con:
        if path:
            con.execute(f"SET temp_directory = '{escaped(path)}.tmp'")
            con.execute(f"ATTACH '{escaped(path)}' AS made (STORAGE_VERSION '{STORAGE}')")
            con.execute("USE made")
        yield con
        con.execute("USE memory")
        if path:
            con.execute("DETACH made")


def _fill(con: duckdb.DuckDBPyConnection, plan: Plan, wanted: DatasetPlan, parts: list[_Part]) -> Built:
    newest = [part for part in parts if part.is_newest]
    _load_asked(con, plan, wanted, *wanted.steps)
    _load_earlier_asked(con, parts)
    _open_raw(con, parts)
    _load_rounds(con, parts, Settle.of(plan.declared))
    own_tables.load(con, plan, wanted, [part.receipt.name for part in newest if part.receipt.is_finished])
    for table in wanted.tables:
        _make(con, table, HISTORY.get(table, ()))
    if wanted.slices:
        con.execute(sql("as_of"))
    own_tables.fill(con, plan, wanted)
    content = digest(con)
    _load_slices(con, newest, Settle.of(plan.declared))
    epochs = [str(epoch) for epoch in plan.epochs(wanted.name)]
    study = [
        plan.study,
        wanted.name,
        plan.base_url,
        json.dumps(plan.declared),
        content,
        f"ttdata {__version__}",
        epochs,
    ]
    con.execute("INSERT INTO study VALUES (?, ?, ?, ?, ?, ?, ?)", study)
    unknown = con.execute("SELECT DISTINCT unnest(unknown) FROM slices ORDER BY 1").fetchall()
    return Built({table: _count(con, table) for table in wanted.tables}, content, tuple(field for (field,) in unknown))


def _load_asked(con: duckdb.DuckDBPyConnection, plan: Plan, wanted: DatasetPlan, *steps: Step) -> None:
    """Note which raw file holds the answers about which id, since a raw file may hold those of other datasets too."""
    con.execute("CREATE TEMP TABLE asked (source VARCHAR, raw VARCHAR, item VARCHAR)")
    for step in steps:
        ids = read_ids(layout.ids(wanted.name, step.source))
        raw = [str(plan.layout.raw(step.kind, step.shard_of(item).raw)) for item in ids]
        con.execute("INSERT INTO asked SELECT ?, unnest(?::VARCHAR[]), unnest(?::VARCHAR[])", [step.source, raw, ids])


def _load_earlier_asked(con: duckdb.DuckDBPyConnection, parts: list[_Part]) -> None:
    """Note the same for earlier rounds; one from before there were waves does not say it: those of now are taken."""
    of_now = "SELECT DISTINCT item FROM asked WHERE source = ?"
    for part in (each for each in parts if each.slice is None and not each.is_newest):
        source = part.receipt.source
        asked = part.receipt.asked or [item for (item,) in con.execute(of_now, [source]).fetchall()]
        con.execute("INSERT INTO asked SELECT ?, ?, unnest(?::VARCHAR[])", [source, part.receipt.raw, list(asked)])


def _open_raw(con: duckdb.DuckDBPyConnection, parts: list[_Part]) -> None:
    """Set the variables by which the .sql files know the raw files, one for each table; load what was requested."""
    raw: dict[str, set[str]] = {}
    for part in parts:
        if part.receipt.answers:
            raw.setdefault(table_of(part.receipt.source), set()).add(part.receipt.raw)
    for table, held in raw.items():
        con.execute(f"SET VARIABLE {table} = ?::VARCHAR[]", [sorted(held)])
    con.execute("SET VARIABLE raw = ?::VARCHAR[]", [sorted(set().union(*raw.values()))])
    con.execute("SET VARIABLE newest = ?::VARCHAR[]", [[part.receipt.raw for part in parts if part.is_newest]])
    _check_files(parts)
    con.execute("CREATE TEMP TABLE IF NOT EXISTS asked (source VARCHAR, raw VARCHAR, item VARCHAR)")
    con.execute(sql("provenance"))
    if raw:
        con.execute(sql("requests"))
    _check_requests(con, parts)


def _check_selection(plan: Plan, wanted: DatasetPlan) -> None:
    """Every shard must have been collected for the ids and the raw file that the plan has for it now."""
    for step in wanted.steps:
        for shard, receipt in receipts(plan, step, read_ids(layout.ids(wanted.name, step.source))).items():
            if receipt is None:
                path = plan.layout.receipt(step.source, shard.receipt)
                raise NotCollected(f"{path} is of an earlier selection. Delete it and build again.")


def _check_files(parts: list[_Part]) -> None:
    """Every raw file must hold whole what its receipts state; DuckDB would read a torn one without a word."""
    for part in parts:
        raw, stated = Path(part.receipt.raw), part.receipt.answers
        if not raw.exists():
            raise DamagedPages(raw, part.path, "is gone")
        with raw.open("rb") as file:
            whole = sum(1 for _ in frames(file, raw))
        if whole < stated:
            raise DamagedPages(raw, part.path, f"holds {whole:,} of the {stated:,} answers it should")


def _check_requests(con: duckdb.DuckDBPyConnection, parts: list[_Part]) -> None:
    """The records that DuckDB counts in each raw file must be those that its receipt states."""
    counted = con.execute(
        "SELECT coalesce(source, 'videos'), raw, sum(records) FROM requests LEFT JOIN asked USING (raw, item) "
        "WHERE code = 'ok' GROUP BY ALL"
    )
    found = {(source, raw): records for source, raw, records in counted.fetchall()}
    # A receipt from before there were waves does not name the ids that it counted.
    for part in (each for each in parts if each.is_newest or each.slice or each.receipt.asked):
        read, stated = found.get((part.receipt.source, part.receipt.raw), 0), part.receipt.records
        if read != stated:
            raise DamagedPages(Path(part.receipt.raw), part.path, f"holds {read:,} records, not {stated:,}")


def _make(con: duckdb.DuckDBPyConnection, table: str, history: Iterable[str] = ()) -> None:
    """Create a table and fill it from its raw files. What the raw lines say they hold must all have been read.

    history: tables that are made from the same lines.
    """
    for each in (table, *history):
        create(con, each)
    fill = filling(table)
    read = _READ.search("".join(fill))
    if read and con.execute(f"SELECT getvariable('{read[1]}') IS NULL").fetchall()[0][0]:
        return
    for statement in fill:
        con.execute(statement)
    if read and read[1] == table:
        _check_records(con, table)
        for each in history:
            for statement in filling(each):
                con.execute(statement)
        con.execute("DROP VIEW IF EXISTS typed")
        con.execute("DROP TABLE staged")


def _check_records(con: duckdb.DuckDBPyConnection, table: str) -> None:
    """As many records must have been read as were counted when the answers came."""
    read = con.execute("SELECT coalesce(sum(counted), 0) FROM staged").fetchall()
    counted = con.execute(
        "SELECT coalesce(sum(records), 0) FROM requests "
        f"WHERE code = 'ok' AND raw IN (SELECT unnest(getvariable('{table}')))"
    ).fetchall()
    if read != counted:
        raise StorageFault(
            f"Of {counted[0][0]:,} {table} received, only {read[0][0]:,} could be read from the raw pages. "
            "Nothing was written. Please report this: the API's answers have a form that ttdata does not know."
        )


def _load_rounds(con: duckdb.DuckDBPyConnection, parts: list[_Part], settle: Settle) -> None:
    """Fill the table of rounds."""
    rows = []
    for part in parts:
        receipt = part.receipt
        row = [
            layout.first_round(receipt.name),
            receipt.source,
            layout.round_of(receipt.name),
            _utc(receipt.asked_at),
            _utc(receipt.finished_at),
            _settled(part, settle)[0],
            receipt.requests,
            receipt.records,
            receipt.raw,
        ]
        rows.append(row)
    insert(con, "rounds", rows)


def _settled(part: _Part, settle: Settle) -> tuple[Settled | None, datetime | None]:
    """What can be wrong with a search, and from when on it would not be; nothing of a shard."""
    if part.slice is None or part.slice.second_look or not part.receipt.asked_at:
        return None, None
    asked_at = datetime.fromisoformat(part.receipt.asked_at)
    return settle.state(part.slice.end, asked_at), settle.moments(part.slice.end)[1].replace(tzinfo=None)


def _utc(text: str) -> datetime | None:
    """A receipt's time as the tables have times."""
    return datetime.fromisoformat(text).astimezone(UTC).replace(tzinfo=None) if text else None


def _load_slices(con: duckdb.DuckDBPyConnection, parts: list[_Part], settle: Settle) -> None:
    """Fill the table of slices, with the fields received that no column is named after."""
    known = {column for (column,) in con.execute("SELECT column_name FROM duckdb_columns()").fetchall()}
    rows = []
    for part in parts:
        receipt, asked = part.receipt, part.slice
        row = [
            receipt.name,
            receipt.source,
            receipt.state,
            receipt.evidence,
            part.waived,
            asked and asked.start,
            asked and asked.end,
            receipt.items,
            len(receipt.refused),
            sorted(receipt.cut),
            receipt.requests,
            receipt.least,
            receipt.records,
            _utc(receipt.asked_at),
            *_settled(part, settle),
            sorted(set(receipt.keys) - known - _OTHER_SPELLINGS),
            receipt.raw,
        ]
        rows.append(row)
    insert(con, "slices", rows)


def _count(con: duckdb.DuckDBPyConnection, table: str) -> int:
    return int(con.execute(f"SELECT count(*) FROM {table}").fetchall()[0][0])
