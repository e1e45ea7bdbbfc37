"""Filling the data tables of a dataset from raw pages, by the statements of their .sql files."""

import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import duckdb

from ttdata.build import completeness, trim
from ttdata.build.pieces import PieceRound
from ttdata.plan.model import DatasetPlan, SourcePlan
from ttdata.plan.plan import Plan
from ttdata.source_kinds import table_of
from ttdata.store.id_files import read_ids
from ttdata.tables.declared import create, create_provenance, escaped, filling, sql
from ttdata.tables.files import Resources, use

# The oldest storage format in use, at no cost: the files can be opened by DuckDB 1.4 and later.
STORAGE = "v1.4.0"

# Rows. DuckDB works on each group with one thread, and its default of 122,880 would keep all but one idle.
ROW_GROUP = 61_440

# A build that is interrupted begins again, so it needs no log to recover from; most of its statements only wrote that.
_OPTIONS = f"STORAGE_VERSION '{STORAGE}', ROW_GROUP_SIZE {ROW_GROUP}, RECOVERY_MODE no_wal_writes"

# The variable with the raw files that a table is made from.
_VARIABLE = re.compile(r"getvariable\('(\w+)'\)")


@contextmanager
def database(path: Path | None, resources: Resources) -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection that writes to a new file, or to memory only."""
    with duckdb.connect() as con:
        use(con, resources, path)
        if path:
            con.execute(f"ATTACH '{escaped(path)}' AS made ({_OPTIONS})")
        add_stage(con, "made" if path else "memory")
        yield con
        con.execute("USE memory")
        if path:
            con.execute("DETACH made")


def add_stage(con: duckdb.DuckDBPyConnection, main: str = "memory") -> None:
    """Add the database for what is read of raw pages, for as long as a table is filled. main: where tables are made."""
    con.execute(f"ATTACH ':memory:' AS stage (ROW_GROUP_SIZE {ROW_GROUP})")
    con.execute(f"SET search_path = '{main}.main,stage.main'")


def open_raw(
    con: duckdb.DuckDBPyConnection,
    plan: Plan,
    dataset: DatasetPlan,
    rounds: Sequence[PieceRound],
    sources: Iterable[SourcePlan],
) -> None:
    """Make raw pages known to the .sql files: which file has the answers about which item, and all requests.

    sources: those whose shards are among the rounds. Raises DamagedPages if a file is not what its receipt states.
    """
    completeness.check_files(rounds)
    _load_item_files(con, plan, dataset, rounds, sources)
    trim.load(con, dataset, rounds)
    raw: dict[str, set[str]] = {}
    for each in rounds:
        if each.receipt.answers:
            raw.setdefault(table_of(each.receipt.source), set()).add(each.raw)
    for table, files in raw.items():
        con.execute(f"SET VARIABLE {table} = ?::VARCHAR[]", [sorted(files)])
    con.execute("SET VARIABLE raw = ?::VARCHAR[]", [sorted(set().union(*raw.values()))])
    con.execute("SET VARIABLE newest = ?::VARCHAR[]", [[each.raw for each in rounds if each.is_newest]])
    create_provenance(con)
    create(con, "oddities")
    if raw:
        con.execute(sql("requests"))
    completeness.check_requests(con, dataset, rounds)


def fill(con: duckdb.DuckDBPyConnection, table: str, history: Iterable[str] = ()) -> None:
    """Create a table and fill it from its raw files; then the tables of its history, from the same lines.

    Raises StorageFault if not all records of the raw files were read.
    """
    for each in (table, *history):
        create(con, each)
    statements = filling(table)
    variable = _VARIABLE.search("".join(statements))
    if variable and con.execute(f"SELECT getvariable('{variable[1]}') IS NULL").fetchall()[0][0]:
        return
    is_staged = variable is not None and variable[1] == table
    for number, statement in enumerate(statements):
        con.execute(statement)
        if is_staged and number == 0:
            completeness.check_records(con, table)
            trim.apply(con, table)
    if is_staged:
        for each in history:
            for statement in filling(each):
                con.execute(statement)
        con.execute("DROP VIEW IF EXISTS typed")
        con.execute("DROP TABLE staged")


def _load_item_files(
    con: duckdb.DuckDBPyConnection,
    plan: Plan,
    dataset: DatasetPlan,
    rounds: Sequence[PieceRound],
    sources: Iterable[SourcePlan],
) -> None:
    """Note which raw file has the answers about which item, and how many records are enough.

    A raw file may have those of other datasets too, and more records than this one declares.
    """
    con.execute("CREATE TEMP TABLE item_files (source VARCHAR, raw VARCHAR, item VARCHAR, most BIGINT)")
    con.execute("CREATE TEMP TABLE item_answers (source VARCHAR, raw VARCHAR, seq BIGINT)")
    current: dict[str, list[str]] = {}
    for source in sources:
        ids = current[source.source] = read_ids(plan.folder.ids(dataset.name, source.source))
        files = [str(plan.raw.pages(source.kind, source.shard_of(item).raw)) for item in ids]
        _insert_item_files(con, source.source, files, ids, source.max)
    for each in rounds:
        if each.slice is None and not each.is_newest:
            # A round from before there were waves does not name its items: the current ones are assumed.
            ids = list(each.receipt.item_ids) or current.get(each.receipt.source, [])
            ids = dataset.in_scope(each.receipt.source, ids)
            _insert_item_files(con, each.receipt.source, [each.raw] * len(ids), ids, each.receipt.max)


def _insert_item_files(
    con: duckdb.DuckDBPyConnection, source: str, files: list[str], ids: list[str], most: int | None
) -> None:
    con.execute(
        "INSERT INTO item_files SELECT ?, unnest(?::VARCHAR[]), unnest(?::VARCHAR[]), ?", [source, files, ids, most]
    )
