"""The zero guard: an answer "ok, nothing found" to a search that found something before is not believed.

TikTok's search has answered so for days, for every search (github.com/JBGruber/traktok/issues/29). Collecting compares
a search with its earlier rounds; the build compares it with the dataset that it is about to replace. Doubted answers
are set aside, so that the same command requests them again.
"""

from collections.abc import Iterator
from datetime import date

from ttdata.answers.windows import PAGE
from ttdata.api.client import Connect
from ttdata.collect.canary import request_canary
from ttdata.errors import EmptySuccess
from ttdata.plan.canary_files import found_enough_on
from ttdata.plan.model import Slice
from ttdata.plan.plan import Plan
from ttdata.plan.rounds import earlier_receipts
from ttdata.store.raw_files import stored_lines
from ttdata.store.receipts import FEW, Receipt
from ttdata.study.canary import Canary
from ttdata.text import count


def check_slice(plan: Plan, slice_: Slice, receipt: Receipt, connect: Connect) -> None:
    """Raise EmptySuccess if a search found nothing that found videos in an earlier round, unless that is waived.

    It is possible where there were few videos, and the search works for others. Whether it does costs at most one
    request, and none if another search was answered on the same day.
    """
    if receipt.state != "empty" or plan.waiver("videos", slice_.name) is not None:
        return
    before = _records_before(plan, slice_)
    if before == 0 or (before < FEW and _search_works(plan, slice_, receipt, connect)):
        return
    set_aside(plan, slice_.name)
    videos = count(before, "video")
    raise EmptySuccess(
        f"The search {slice_.name} ({slice_.start} to {slice_.end}) found nothing now, but {videos} before; "
        f"this cost {count(receipt.requests, 'request')}. The answers are kept in a separate file next to the pages. "
        "The dataset that was built before is unchanged. Run the same command again later: only this search is "
        "requested again. If the videos are really gone, add this to the study: "
        f'waive: [{{slice: {slice_.name}, reason: "…"}}]'
    )


def set_unchecked_aside(plan: Plan, slice_: Slice) -> None:
    """Set aside an empty answer that a run stored and did not check, since it was stopped in between.

    Otherwise this run would refuse that old answer without asking the API again.
    """
    if plan.raw.receipt("videos", slice_.name).exists() or plan.waiver("videos", slice_.name) is not None:
        return
    good = [line for line in stored_lines(plan.raw.pages("videos", slice_.name)) if line.good]
    is_empty = bool(good) and not good[-1].has_more and not any(line.received for line in good)
    if is_empty and _records_before(plan, slice_) >= FEW:
        set_aside(plan, slice_.name)


def _records_before(plan: Plan, slice_: Slice) -> int:
    """The videos that the newest accepted round of a search found."""
    earlier = earlier_receipts(plan, "videos", slice_.name)
    return Receipt.read(earlier[-1]).records if earlier else 0


def set_aside(plan: Plan, name: str) -> None:
    """Keep a search's answers under another name: they cost quota, and TikTok's support needs them."""
    raw = plan.raw.pages("videos", name)
    plan.raw.receipt("videos", name).unlink(missing_ok=True)
    raw.rename(raw.with_name(f"{name}.doubted{len(plan.raw.doubted('videos', name)) + 1}.ndjson.zst"))


def _search_works(plan: Plan, slice_: Slice, receipt: Receipt, connect: Connect) -> bool:
    """Whether a search that is known to find something does so on the same day."""
    day = receipt.asked_at[:10]
    if found_enough_on(plan, date.fromisoformat(day)):
        return True
    others = list(_other_receipts(plan, slice_))
    if any(each.found_something_on(day) for _, each in others):
        return True
    best, most = max(others, key=lambda each: each[1].records, default=(None, None))
    if best is None or most is None or most.records < FEW:
        return False
    try:
        request_canary(plan, Canary({**best.body, "max_count": PAGE}, at_least=1), connect)
    except EmptySuccess:
        return False
    return True


def _other_receipts(plan: Plan, slice_: Slice) -> Iterator[tuple[Slice, Receipt]]:
    """The receipts of the other searches, of each of their rounds."""
    for each in plan.slices:
        if each.name != slice_.name and not each.missing:
            for path in (*earlier_receipts(plan, "videos", each.name), plan.raw.receipt("videos", each.name)):
                if receipt := Receipt.read_if_any(path):
                    yield each, receipt
