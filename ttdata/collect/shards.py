"""Collecting a shard: request every item of one part of a source whose answer is not there yet."""

from collections.abc import Iterable
from contextlib import suppress

from ttapi import Client, InvalidParams, ItemRefused, PagingStuck, TikTokError
from ttdata.answers.items import ItemAnswers
from ttdata.api.client import Connect
from ttdata.collect.job import TRIES, BudgetSpent, Job, concerns_one_request
from ttdata.collect.permits import writable
from ttdata.plan.model import Shard, SourcePlan
from ttdata.plan.plan import Plan
from ttdata.plan.receipts import receipt_of_shard
from ttdata.store.receipts import Receipt


def collect_shard(plan: Plan, source: SourcePlan, shard: Shard, ids: Iterable[str], connect: Connect) -> Receipt:
    """Collect one shard of a source; `ids` are the items of all shards. Returns its receipt, whatever its state.

    Raises what ttapi raises if it does not concern this shard alone, and NotDue; every answer until then is stored.
    """
    items = sorted(filter(shard.holds, ids))
    with writable(plan, plan.raw.pages(source.kind, shard.raw)) as raw:
        answers = ItemAnswers(raw.lines, source.source_kind, source.max)
        if not all(item in answers for item in items):
            with suppress(BudgetSpent):
                job = Job(plan, raw, connect)
                client = job.start(shard.due)
                for item in [item for _ in range(TRIES) for item in items]:
                    if item not in answers:
                        _request_item(client, job, source, item, answers)
        return receipt_of_shard(plan, source, shard, items, answers, len(raw.lines))


def _request_item(client: Client, job: Job, source: SourcePlan, item: str, answers: ItemAnswers) -> None:
    """Request one item until it is answered; that the API refuses it is an answer, too."""
    kind = source.source_kind
    body = {kind.item_key: kind.item(item)}
    pages = client.pages(kind.endpoint, body, fields=source.fields or None, cursor=answers.cursor(item))
    try:
        for _ in job.guarded(pages):
            answers.read(job.raw.lines)
            if item in answers:
                return
    except ItemRefused:
        pass
    except PagingStuck:
        answers.end(item)
    except TikTokError as error:
        # A wrong request may be so for this item alone; the failure budget ends it if it is so for all.
        if not concerns_one_request(error) and not isinstance(error, InvalidParams):
            raise
    finally:
        answers.read(job.raw.lines)
