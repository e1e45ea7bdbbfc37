"""Building a dataset: the order of its steps. It replaces an older file only when all checks have passed."""

import logging
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import duckdb

from ttdata.build import codebook, completeness, labels, provenance, removed, study_tables
from ttdata.build.digest import digests, total
from ttdata.build.fill import database, fill, open_raw
from ttdata.build.parquet import ParquetFolder, copy_without_gaps, remove_others
from ttdata.build.pieces import PieceRound, earlier_rounds, other_rounds, shard_rounds, slice_rounds
from ttdata.errors import StorageFault
from ttdata.files import replace as put_in_place
from ttdata.plan.model import DatasetPlan
from ttdata.plan.plan import Plan
from ttdata.source_kinds import HISTORY
from ttdata.tables.declared import sql
from ttdata.tables.files import Resources, first_line
from ttdata.tables.nested import create_views

# Tables that are changed after they were filled, or that are filled at the end and small.
FILLED_LATER = ("draws", "strata", "terms", "user_observations")

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Built:
    """A built dataset: rows by table, the content digest, received fields that no table has, and what was removed.

    labels: a sentence about each table of labels.
    """

    rows: dict[str, int]
    digest: str
    unknown: tuple[str, ...]
    removed: str
    labels: tuple[str, ...]


def build(
    plan: Plan,
    name: str,
    out: Path,
    resources: Resources = Resources(),  # noqa: B008 (immutable)
    *,
    label_files: Sequence[Path] = (),
    forgotten: Collection[str] = (),
) -> Built:
    """Build one dataset into `out`. label_files: those of its labels, in their order.

    forgotten: ids and handles, in lower case, that are not to be taken over from the earlier file.

    Raises NotCollected, DamagedPages, EmptySuccess, StudyFault or StorageFault; an older file is then unchanged.
    """
    dataset = plan.dataset(name)
    newest = [*slice_rounds(plan, dataset), *shard_rounds(plan, dataset)]
    rounds = [*newest, *earlier_rounds(plan, newest), *other_rounds(plan, dataset, newest)]
    completeness.check_receipts(newest)
    completeness.check_selections(plan, dataset)
    completeness.check_earlier_dataset(plan, rounds, out, plan.folder.previous(name))
    is_in_place = False
    log.info("building %s from %d raw files", out, len({each.pages for each in rounds}))
    temporary, small = out.with_suffix(".tmp"), out.with_suffix(".small.tmp")
    parquet = ParquetFolder.new(out) if dataset.is_in_parquet else None
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        temporary.unlink(missing_ok=True)
        with database(temporary, resources) as con:
            earlier = removed.Earlier(out if out.exists() else plan.folder.previous(name), frozenset(forgotten))
            built = _fill(con, plan, dataset, rounds, earlier, parquet)
            built = replace(built, labels=labels.load(con, dataset.labels, label_files))
            codebook.load(con)
            if parquet:
                copy_without_gaps(con, small)
        put_in_place(small if parquet else temporary, out)
        is_in_place = True
        remove_others(out, parquet.version if parquet else "")
    except duckdb.Error as error:
        raise StorageFault(f"DuckDB could not build {out}: {first_line(error)}") from None
    except OSError as error:
        raise StorageFault(f"{out} cannot be written: {error.strerror}.") from None
    finally:
        for path in (temporary, small):
            path.unlink(missing_ok=True)
        if parquet and not is_in_place:
            parquet.remove()
    return built


def _fill(
    con: duckdb.DuckDBPyConnection,
    plan: Plan,
    dataset: DatasetPlan,
    rounds: Sequence[PieceRound],
    earlier: removed.Earlier,
    parquet: ParquetFolder | None,
) -> Built:
    newest = [each for each in rounds if each.is_newest]
    open_raw(con, plan, dataset, rounds, dataset.sources)
    provenance.load_rounds(con, rounds, plan.settle)
    study_tables.load(con, plan, dataset, newest)
    if parquet:
        parquet.open(con)
    for table in dataset.tables:
        log.debug("filling %s", table)
        fill(con, table, HISTORY.get(table, ()))
        if parquet:
            parquet.move_out(con, [each for each in (table, *HISTORY.get(table, ())) if each not in FILLED_LATER])
    if dataset.slices:
        con.execute(sql("as_of"))
    if dataset.scope and {each.of for each in dataset.sources if each.kind == "users"} == {"videos"}:
        con.execute(sql("authors_in_scope"))
    if "users" in dataset.tables:
        con.execute(sql("accounts_lost"))
    if parquet:
        parquet.move_out(con, ["seen", *(["user_observations"] if "users" in dataset.tables else [])])
    study_tables.fill(con, plan, dataset)
    create_views(con)
    tables = digests(con)
    content = total(tables)
    provenance.load_table_digests(con, tables)
    provenance.load_slices(con, dataset, newest, plan.settle)
    provenance.load_list_entries(con, dataset)
    provenance.load_study(con, plan, dataset.name, content)
    removed.load(con, earlier)
    rows = {table: con.execute(f"SELECT count(*) FROM {table}").fetchall()[0][0] for table in dataset.tables}
    return Built(rows, content, provenance.unknown_fields(con), removed.sentence(con), ())
