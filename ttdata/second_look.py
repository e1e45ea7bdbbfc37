"""A second look for ids that were not found on the day that stands in them: through the whole period of the study."""

import json
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from ttapi import ENDPOINTS, Client, Query, TikTokError
from ttdata import states
from ttdata.asking import TRIES, Asking, BudgetSpent, may_pass
from ttdata.collect import Connect, moment, refuse_future
from ttdata.hydration import BATCH, condition
from ttdata.plan import Plan, Slice
from ttdata.rawfile import Line, RawFile, frames, stored_lines
from ttdata.receipt import Receipt, sorted_keys


def missing_ids(plan: Plan, dataset: str) -> list[str]:
    """The ids of a dataset that were asked for at their hinted day and not found, or hold no day that can be right."""
    found: set[int] = set()
    for path in plan.first_look(dataset):
        found |= _found(Path(Receipt.read(path).raw))
    return [str(each) for each in sorted(set(plan.listed_ids(dataset)) - found)]


def collect_missing(plan: Plan, wanted: Slice, ids: Sequence[str], connect: Connect) -> Receipt:
    """Search one window for these ids, as many at once as a page can hold; batches that are answered are passed over.

    Gives the receipt, whatever its state; raises as collect_slice does.
    """
    with RawFile(plan.layout.raw("videos", wanted.name)) as raw:
        if _waiting(ids, raw.lines):
            asking = Asking(plan, raw)
            client = connect(asking.hear)
            client.token()  # The API's clock is known once it has answered.
            refuse_future(wanted, client.now())
            with suppress(BudgetSpent):
                asking.check_budget(client.now())
                for batch in [batch for _ in range(TRIES) for batch in _waiting(ids, raw.lines)]:
                    if batch in _waiting(ids, raw.lines):
                        _search(client, asking, wanted, batch)
        return _receipt(plan, wanted, ids, raw)


def _search(client: Client, asking: Asking, wanted: Slice, batch: Sequence[str]) -> None:
    query = Query(all=[condition([int(each) for each in batch])])
    try:
        for _ in asking.guarded(client.pages("video.query", {**wanted.body, "query": query}, fields=wanted.fields)):
            pass
    except TikTokError as error:
        if not may_pass(error):
            raise


def batches_left(plan: Plan, wanted: Slice, ids: Sequence[str]) -> int:
    """How many searches of a window are still to be sent."""
    return len(_waiting(ids, stored_lines(plan.layout.raw("videos", wanted.name))))


def _batches(ids: Sequence[str]) -> list[list[str]]:
    return [list(ids[first : first + BATCH]) for first in range(0, len(ids), BATCH)]


def _waiting(ids: Sequence[str], lines: Sequence[Line]) -> list[list[str]]:
    """The ids of which no answer tells, as many at once as a page can hold."""
    good = (line for line in lines if line.good and not line.has_more)
    answered = {each for line in good for each in line.request["query"]["and"][0]["field_values"]}
    return _batches([each for each in ids if each not in answered])


def _found(raw: Path) -> set[int]:
    """The ids of the videos that a raw file holds."""
    found = set()
    with raw.open("rb") as file:
        for _, text in frames(file, raw):
            line = json.loads(text)
            if line["code"] == "ok":
                records = ENDPOINTS["video.query"].records(line["body"]["data"])
                found |= {int(str(record["id"])) for record in records}
    return found


def _receipt(plan: Plan, wanted: Slice, ids: Sequence[str], raw: RawFile) -> Receipt:
    good = [line for line in raw.lines if line.good]
    records = sum(line.records for line in good)
    waiting = _waiting(ids, raw.lines)
    told = f"{len(ids):,} ids were searched for once more; {records:,} videos came."
    verdict = states.Verdict("complete" if records else "empty", told)
    if waiting:
        verdict = states.of_answers(raw.lines, plan.per_slice)
    return Receipt(
        name=wanted.name,
        source="videos",
        state=verdict.state,
        evidence=verdict.evidence,
        raw=str(raw.path),
        answers=len(raw.lines),
        requests=len(raw.lines),
        least=len(_batches(ids)) - len(waiting),
        records=records,
        keys=sorted_keys(line.keys for line in good),
        items=len(ids),
        asked_at=moment(good, min),
        finished_at=moment(good, max),
    )
