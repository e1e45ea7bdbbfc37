"""Collecting a shard: request every item of one part of a source whose answer is not there yet."""

from collections import Counter
from collections.abc import Iterable
from contextlib import suppress

from ttapi import Client, InvalidParams, ItemRefused, PagingStuck, TikTokError
from ttdata.answers import verdicts
from ttdata.answers.items import ItemAnswers
from ttdata.api.client import Connect
from ttdata.collect.job import TRIES, BudgetSpent, Job, concerns_one_request
from ttdata.plan.model import Shard, SourcePlan
from ttdata.plan.plan import Plan
from ttdata.store.raw_files import Line, RawFile
from ttdata.store.receipts import Receipt, moment, sorted_keys


def collect_shard(plan: Plan, source: SourcePlan, shard: Shard, ids: Iterable[str], connect: Connect) -> Receipt:
    """Collect one shard of a source; `ids` are the items of all shards. Returns its receipt, whatever its state.

    Raises what ttapi raises if it does not concern this shard alone, and NotDue; every answer until then is stored.
    """
    items = sorted(filter(shard.holds, ids))
    with RawFile(plan.raw.pages(source.kind, shard.raw)) as raw:
        answers = ItemAnswers(raw.lines, source.source_kind, source.max)
        if not all(item in answers for item in items):
            with suppress(BudgetSpent):
                job = Job(plan, raw, connect)
                client = job.start(shard.due)
                for item in [item for _ in range(TRIES) for item in items]:
                    if item not in answers:
                        _request_item(client, job, source, item, answers)
        return _receipt(plan, source, shard, items, answers, raw)


def _request_item(client: Client, job: Job, source: SourcePlan, item: str, answers: ItemAnswers) -> None:
    """Request one item until it is answered; that the API refuses it is an answer, too."""
    kind = source.source_kind
    body = {kind.item_key: kind.item(item)}
    pages = client.pages(kind.endpoint, body, fields=source.fields or None, cursor=answers.cursor(item))
    try:
        for _ in job.guarded(pages):
            answers.add(job.raw.lines[-1])
            if item in answers:
                return
    except ItemRefused:
        answers.add(job.raw.lines[-1])
    except PagingStuck:
        answers.end(item)
    except TikTokError as error:
        # A wrong request may be so for this item alone; the failure budget ends it if it is so for all.
        if not concerns_one_request(error) and not isinstance(error, InvalidParams):
            raise


def _receipt(
    plan: Plan, source: SourcePlan, shard: Shard, items: list[str], answers: ItemAnswers, raw: RawFile
) -> Receipt:
    own = set(items)
    lines = [line for line in raw.lines if line.item in own]
    good = [line for line in lines if line.good]
    final = [line for line in lines if line.good or line.refused]
    answered = [item for item in items if item in answers]
    refused = {item: reason for item in answered if (reason := answers.refused(item))}
    cut = {item: answers.records(item) for item in answered if answers.is_cut(item)}
    state, evidence = verdicts.of_items(items, len(answered), refused, cut, lines, plan.per_slice)
    return Receipt(
        name=shard.receipt,
        source=source.source,
        state=state,
        evidence=evidence,
        raw=plan.folder.stored(raw.path),
        answers=len(raw.lines),
        requests=len(lines),
        least=_least(source, answered, good),
        records=sum(line.records for line in good),
        keys=sorted_keys(good),
        items=len(items),
        item_ids=tuple(items) if source.waves else (),
        refused=refused,
        cut=cut,
        asked_at=moment(final, min),
        finished_at=moment(final, max),
    )


def _least(source: SourcePlan, items: list[str], good: list[Line]) -> int:
    """The fewest requests for these items: one each, or as many as it takes to reach the last cursor."""
    kind = source.source_kind
    if kind.row.cursor != "index":
        # A cursor of another kind does not show how long a list is: its pages are what it takes.
        pages = Counter(line.item for line in good)
        return sum(max(1, pages[item]) for item in items)
    ends = {line.item: line.cursor or 0 for line in good}
    return sum(kind.requests(ends.get(item, 0)) for item in items)
