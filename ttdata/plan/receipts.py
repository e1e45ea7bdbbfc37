"""Receipts as they follow from stored answers. Pure. A job writes them; a plan counts with them if one is missing."""

from collections import Counter
from collections.abc import Sequence

from ttdata.answers import verdicts
from ttdata.answers.id_batches import batches, batches_left
from ttdata.answers.items import ItemAnswers
from ttdata.answers.windows import last_requested_day, windows_of
from ttdata.plan.model import Shard, Slice, SourcePlan
from ttdata.plan.names import canonical_query
from ttdata.plan.plan import Plan
from ttdata.store.raw_files import Line
from ttdata.store.receipts import Receipt, StoredSearch, moment, sorted_keys
from ttdata.study.periods import Period


def receipt_of_search(plan: Plan, slice_: Slice, lines: Sequence[Line]) -> Receipt:
    """The receipt of a search, finished or not."""
    period = period_of(slice_, lines)
    windows = windows_of(period, lines, drawn=slice_.is_drawn)
    good = [line for line in lines if line.good]
    state, evidence = verdicts.of_search(windows, lines, plan.per_slice)
    return Receipt(
        name=slice_.name,
        source="videos",
        state=state,
        evidence=evidence,
        raw=plan.folder.stored(plan.raw.pages("videos", slice_.name)),
        answers=len(lines),
        requests=len(lines),
        least=sum(window.least for window in windows if window.last),
        records=sum(line.records for line in good),
        erased=sum(line.erased for line in good),
        keys=sorted_keys(good),
        longest=max(window.period.days for window in windows) if len(windows) > 1 else None,
        asked_at=moment(good, min),
        finished_at=moment(good, max),
        search=_stored_search(slice_, lines),
    )


def period_of(slice_: Slice, lines: Sequence[Line]) -> Period:
    """The days of a slice as its stored requests have them: a search by ids may have ended before its last day."""
    last = last_requested_day(lines)
    return Period(slice_.start, last) if slice_.number_of_ids and last else slice_.period


def receipt_for_missing(plan: Plan, slice_: Slice, ids: Sequence[str], lines: Sequence[Line]) -> Receipt:
    """The receipt of a search for missing ids, finished or not."""
    good = [line for line in lines if line.good]
    records = sum(line.records for line in good)
    left = batches_left(ids, lines)
    evidence = f"{records:,} of {len(ids):,} missing ids were found."
    verdict = verdicts.Verdict("complete" if any(line.received for line in good) else "empty", evidence)
    if left:
        verdict = verdicts.of_answers(lines, plan.per_slice)
    return Receipt(
        name=slice_.name,
        source="videos",
        state=verdict.state,
        evidence=verdict.evidence,
        raw=plan.folder.stored(plan.raw.pages("videos", slice_.name)),
        answers=len(lines),
        requests=len(lines),
        least=len(batches(ids)) - len(left),
        records=records,
        erased=sum(line.erased for line in good),
        keys=sorted_keys(good),
        items=len(ids),
        asked_at=moment(good, min),
        finished_at=moment(good, max),
    )


def receipt_of_shard(
    plan: Plan, source: SourcePlan, shard: Shard, items: Sequence[str], answers: ItemAnswers, stored: int
) -> Receipt:
    """The receipt of a shard that requests these items, finished or not. stored: answers in its raw file."""
    own = set(items)
    lines = [line for line in answers.counted if line.item in own]
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
        raw=plan.folder.stored(plan.raw.pages(source.kind, shard.raw)),
        answers=stored,
        requests=len(lines),
        least=_least(source, answered, good),
        records=sum(line.records for line in good),
        erased=sum(line.erased for line in good),
        keys=sorted_keys(good),
        items=len(items),
        item_ids=tuple(items) if source.waves else (),
        refused=refused,
        cut=cut,
        asked_at=moment(final, min),
        finished_at=moment(final, max),
        max=source.max,
    )


def _stored_search(slice_: Slice, lines: Sequence[Line]) -> StoredSearch | None:
    """What an exhaustive search has requested; None for one by ids, and for a draw."""
    if slice_.is_drawn or slice_.number_of_ids or not lines:
        return None
    return StoredSearch(canonical_query(slice_.body["query"]), f"{slice_.start}", f"{slice_.end}", lines[0].fields)


def _least(source: SourcePlan, items: Sequence[str], good: Sequence[Line]) -> int:
    """The fewest requests for these items: one each, or as many as it takes to reach the last cursor."""
    kind = source.source_kind
    if kind.row.cursor != "index":
        # A cursor of another kind does not show how long a list is: its pages are what it takes.
        pages = Counter(line.item for line in good)
        return sum(max(1, pages[item]) for item in items)
    ends = {line.item: line.cursor or 0 for line in good}
    return sum(kind.requests(ends.get(item, 0)) for item in items)
