"""Missing ids: those that were not found around their hinted day, searched for in the study's whole period."""

from collections.abc import Sequence
from contextlib import suppress

from ttapi import Client, Query, TikTokError
from ttdata.answers.id_batches import batches_left
from ttdata.api.client import Connect
from ttdata.collect.job import TRIES, BudgetSpent, Job, concerns_one_request
from ttdata.collect.permits import writable
from ttdata.collect.slices import refuse_future
from ttdata.plan.model import Slice
from ttdata.plan.plan import Plan
from ttdata.plan.receipts import receipt_for_missing
from ttdata.store.receipts import Receipt
from ttdata.study.id_lists import condition


def collect_missing(plan: Plan, slice_: Slice, ids: Sequence[str], connect: Connect) -> Receipt:
    """Search one window for these ids, as many at once as a page can hold. Returns the receipt, whatever its state.

    Batches that are answered are left out. Raises as collect_slice does.
    """
    with writable(plan, plan.raw.pages("videos", slice_.name)) as raw:
        if batches_left(ids, raw.lines):
            with suppress(BudgetSpent):
                job = Job(plan, raw, connect)
                client = job.start()
                refuse_future(slice_, client.now())
                for batch in [batch for _ in range(TRIES) for batch in batches_left(ids, raw.lines)]:
                    if batch in batches_left(ids, raw.lines):
                        _request_batch(client, job, slice_, batch)
        return receipt_for_missing(plan, slice_, ids, raw.lines)


def _request_batch(client: Client, job: Job, slice_: Slice, batch: Sequence[str]) -> None:
    query = Query(all=[condition([int(each) for each in batch])])
    try:
        for _ in job.guarded(client.pages("video.query", {**slice_.body, "query": query}, fields=slice_.fields)):
            pass
    except TikTokError as error:
        if not concerns_one_request(error):
            raise
