"""Tables that a study brings along: its lists of accounts and ids, its terms, and the strata of its sample."""

from collections.abc import Iterable
from decimal import Decimal

import duckdb

from ttdata import hydration
from ttdata.plan import DatasetPlan, Plan
from ttdata.population import population, repeats
from ttdata.searches import DRAWN
from ttdata.tables.declared import create_accounts, create_list, insert


def load(con: duckdb.DuckDBPyConnection, plan: Plan, wanted: DatasetPlan, answered: Iterable[str]) -> None:
    """Create the tables of the study's lists, and note which raw file holds which draw.

    answered: the names of the slices that the API answered.
    """
    if wanted.accounts:
        create_accounts(con, wanted.accounts)
    if wanted.listed is not None:
        listed = hydration.entries(plan.declared["datasets"][wanted.name]["ids"])
        rows = [{"listed": each.listed, "video_id": each.video_id, **each.columns} for each in listed]
        create_list(con, "ids", {"listed": "VARCHAR", "video_id": "BIGINT"}, rows)
    con.execute(
        "CREATE TEMP TABLE drawn (raw VARCHAR, draw INTEGER, stratum VARCHAR, region_code VARCHAR, "
        'start DATE, "end" DATE)'
    )
    drawn = []
    for name in answered:
        if draw := wanted.draws.get(name):
            asked, raw = plan.slice(name), str(plan.layout.raw("videos", name))
            drawn.append([raw, draw.number, draw.stratum, draw.region_code, asked.start, asked.end])
    insert(con, "drawn", drawn)


def fill(con: duckdb.DuckDBPyConnection, plan: Plan, wanted: DatasetPlan) -> None:
    """Fill the tables that no single statement can fill: terms and strata."""
    if wanted.terms:
        insert(con, "terms", [[each.field, each.term, each.first_day, each.last_day] for each in wanted.terms])
    if wanted.draws:
        _fill_strata(con, plan, wanted)


def _fill_strata(con: duckdb.DuckDBPyConnection, plan: Plan, wanted: DatasetPlan) -> None:
    """One row for each stratum of the plan, also if none of its draws was answered."""
    strata = {
        draw.stratum: [draw.stratum, plan.slice(name).start, plan.slice(name).end, draw.region_code]
        for name, draw in wanted.draws.items()
    }
    draws: dict[str, list[list[int]]] = {stratum: [] for stratum in strata}
    for stratum, ids in con.execute(
        "SELECT stratum, coalesce(list(video_id) FILTER (video_id IS NOT NULL), []) "
        "FROM drawn LEFT JOIN draws USING (stratum, draw) GROUP BY stratum, draw ORDER BY stratum, draw"
    ).fetchall():
        draws[stratum].append(ids)
    insert(con, "strata", [[*strata[stratum], *_counts(made)] for stratum, made in draws.items()])


def _counts(draws: list[list[int]]) -> list[object]:
    """What the draws of a stratum brought, as the columns of its row."""
    requested, received = DRAWN * len(draws), sum(map(len, draws))
    share = (Decimal(received) / requested).quantize(Decimal("0.0001")) if requested else None
    found = population(draws)
    sizes = [found.estimate, found.low, found.high] if found else [None, None, None]
    return [len(draws), requested, received, share, len(set().union(*draws)), repeats(draws)[0], *sizes]
