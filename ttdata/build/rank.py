"""The items that a source requests, from the pages of its parent: a pure function of these, like a build."""

import logging

from ttdata.build import completeness
from ttdata.build.fill import database, fill, open_raw
from ttdata.build.pieces import shard_rounds, slice_rounds
from ttdata.errors import StudyFault
from ttdata.plan.kept_selections import kept_ids
from ttdata.plan.plan import Plan
from ttdata.source_kinds import NAMES, item_column, item_tables, requestable
from ttdata.study.conditions import Refused, Selector
from ttdata.tables.declared import create_accounts
from ttdata.tables.files import Resources

log = logging.getLogger(__name__)


def ranked_ids(plan: Plan, name: str, source_name: str) -> list[str]:
    """The items of a source of a dataset: video ids for comments, handles for users, …

    Raises NotCollected or DamagedPages if its parent is not complete, StudyFault if its condition fails on a row.
    """
    if (kept := kept_ids(plan, name, source_name)) is not None:
        return kept
    dataset = plan.dataset(name)
    source = dataset.source(source_name)
    if source.of == NAMES:
        return list(source.names)
    column, tables = item_column(source.kind, source.of), item_tables(source.of)
    assert column
    with database(None, Resources()) as con:
        if source.of == "accounts":
            create_accounts(con, dataset.accounts)
        else:
            parents = [] if source.of == "videos" else [dataset.source(source.of)]
            rounds = list(shard_rounds(plan, dataset, *parents) if parents else slice_rounds(plan, dataset))
            completeness.check_receipts(rounds)
            open_raw(con, plan, dataset, rounds, parents)
            for table in tables:
                fill(con, table)
        try:
            items = Selector(con, tables[-1]).items(column, requestable(source.of), source.selection)
        except Refused as reason:
            raise StudyFault([f"datasets.{name}.{source_name}.where: {reason}"]) from None
    # A name can contain null bytes, which no account has; the API has been seen to send them.
    ids = list(dict.fromkeys(filter(None, (each.replace("\0", "") for each in items))))
    log.info("%s of %s requests %d items", source_name, name, len(ids))
    return ids
