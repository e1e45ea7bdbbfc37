"""Missing ids: those that were not found around their hinted day, searched for in the study's whole period."""

import json
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from ttapi import ENDPOINTS, Client, Query, TikTokError
from ttdata.answers import verdicts
from ttdata.answers.id_batches import batches, batches_left
from ttdata.api.client import Connect
from ttdata.collect.job import TRIES, BudgetSpent, Job, concerns_one_request
from ttdata.collect.slices import refuse_future
from ttdata.plan.model import Slice
from ttdata.plan.plan import Plan
from ttdata.store.raw_files import RawFile, frames
from ttdata.store.receipts import Receipt, moment, sorted_keys
from ttdata.study.id_lists import condition


def missing_ids(plan: Plan, dataset: str) -> list[str]:
    """The ids of a dataset's list that were not found around their hinted day, or have no plausible date."""
    known: set[int] = set()
    for path in plan.receipts_before_missing(dataset):
        known |= _video_ids(plan.folder.root / Receipt.read(path).raw)
    ids = plan.dataset(dataset).ids
    return [str(each) for each in sorted(set(ids.video_ids if ids else ()) - known)]


def collect_missing(plan: Plan, slice_: Slice, ids: Sequence[str], connect: Connect) -> Receipt:
    """Search one window for these ids, as many at once as a page can hold. Returns the receipt, whatever its state.

    Batches that are answered are left out. Raises as collect_slice does.
    """
    with RawFile(plan.raw.pages("videos", slice_.name)) as raw:
        if batches_left(ids, raw.lines):
            with suppress(BudgetSpent):
                job = Job(plan, raw, connect)
                client = job.start()
                refuse_future(slice_, client.now())
                for batch in [batch for _ in range(TRIES) for batch in batches_left(ids, raw.lines)]:
                    if batch in batches_left(ids, raw.lines):
                        _request_batch(client, job, slice_, batch)
        return _receipt(plan, slice_, ids, raw)


def _request_batch(client: Client, job: Job, slice_: Slice, batch: Sequence[str]) -> None:
    query = Query(all=[condition([int(each) for each in batch])])
    try:
        for _ in job.guarded(client.pages("video.query", {**slice_.body, "query": query}, fields=slice_.fields)):
            pass
    except TikTokError as error:
        if not concerns_one_request(error):
            raise


def _video_ids(raw: Path) -> set[int]:
    """The ids of the videos in a raw file."""
    ids = set()
    with raw.open("rb") as file:
        for _, text in frames(file, raw):
            line = json.loads(text)
            if line["code"] == "ok":
                records = ENDPOINTS["video.query"].records(line["body"]["data"])
                ids |= {int(str(record["id"])) for record in records}
    return ids


def _receipt(plan: Plan, slice_: Slice, ids: Sequence[str], raw: RawFile) -> Receipt:
    good = [line for line in raw.lines if line.good]
    records = sum(line.records for line in good)
    left = batches_left(ids, raw.lines)
    evidence = f"{records:,} of {len(ids):,} missing ids were found."
    verdict = verdicts.Verdict("complete" if records else "empty", evidence)
    if left:
        verdict = verdicts.of_answers(raw.lines, plan.per_slice)
    return Receipt(
        name=slice_.name,
        source="videos",
        state=verdict.state,
        evidence=verdict.evidence,
        raw=plan.folder.stored(raw.path),
        answers=len(raw.lines),
        requests=len(raw.lines),
        least=len(batches(ids)) - len(left),
        records=records,
        keys=sorted_keys(good),
        items=len(ids),
        asked_at=moment(good, min),
        finished_at=moment(good, max),
    )
