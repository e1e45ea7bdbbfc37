"""Tables that a study brings: its lists of accounts and ids, its terms, and the strata of its sample."""

from collections.abc import Sequence
from decimal import Decimal

import duckdb

from ttdata.answers.windows import PAGE
from ttdata.build.pieces import PieceRound
from ttdata.build.population import population, repeats
from ttdata.plan.model import DatasetPlan
from ttdata.plan.plan import Plan
from ttdata.study.id_lists import IdList
from ttdata.tables.declared import create_accounts, create_list, insert


def load(con: duckdb.DuckDBPyConnection, plan: Plan, dataset: DatasetPlan, newest: Sequence[PieceRound]) -> None:
    """Create the tables of the study's lists, and note which raw file has which draw."""
    if dataset.accounts:
        create_accounts(con, dataset.accounts)
    if dataset.ids:
        _create_ids(con, dataset.ids)
    con.execute(
        "CREATE TEMP TABLE drawn (raw VARCHAR, draw INTEGER, stratum VARCHAR, region_code VARCHAR, "
        'start DATE, "end" DATE)'
    )
    rows = []
    for each in newest:
        draw = dataset.draws.get(each.receipt.name)
        if draw and each.slice and each.receipt.is_finished:
            rows.append([each.raw, draw.number, draw.stratum, draw.region_code, *each.slice.period])
    insert(con, "drawn", rows)


def fill(con: duckdb.DuckDBPyConnection, plan: Plan, dataset: DatasetPlan) -> None:
    """Fill the tables that no single statement can fill: terms and strata."""
    if dataset.terms:
        insert(con, "terms", [[each.field, each.term, each.first_day, each.last_day] for each in dataset.terms])
    if dataset.draws:
        _fill_strata(con, plan, dataset)


def _create_ids(con: duckdb.DuckDBPyConnection, ids: IdList) -> None:
    columns = [ids.listed, ids.ids, *ids.columns.values()]
    names = ["listed", "video_id", *ids.columns]
    rows = [dict(zip(names, row, strict=True)) for row in zip(*columns, strict=True)]
    create_list(con, "ids", {"listed": "VARCHAR", "video_id": "BIGINT"}, rows)


def _fill_strata(con: duckdb.DuckDBPyConnection, plan: Plan, dataset: DatasetPlan) -> None:
    """One row per stratum of the plan, also if none of its draws was answered."""
    strata = {
        draw.stratum: [draw.stratum, *plan.slice(name).period, draw.region_code] for name, draw in dataset.draws.items()
    }
    draws: dict[str, list[list[int]]] = {stratum: [] for stratum in strata}
    for stratum, ids in con.execute(
        "SELECT stratum, coalesce(list(video_id) FILTER (video_id IS NOT NULL), []) "
        "FROM drawn LEFT JOIN draws USING (stratum, draw) GROUP BY stratum, draw ORDER BY stratum, draw"
    ).fetchall():
        draws[stratum].append(ids)
    insert(con, "strata", [[*strata[stratum], *_counts(some)] for stratum, some in draws.items()])


def _counts(draws: list[list[int]]) -> list[object]:
    """What the draws of a stratum returned, as the columns of its row."""
    requested, received = PAGE * len(draws), sum(map(len, draws))
    share = (Decimal(received) / requested).quantize(Decimal("0.0001")) if requested else None
    estimate = population(draws)
    sizes = [estimate.estimate, estimate.low, estimate.high] if estimate else [None, None, None]
    return [len(draws), requested, received, share, len(set().union(*draws)), repeats(draws)[0], *sizes]
