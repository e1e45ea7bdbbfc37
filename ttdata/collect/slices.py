"""Collecting a slice: request one search until its last page is stored, in shorter windows where the API needs them.

What is on disk is never requested again: a slice continues at its next page.
"""

from collections import Counter
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime

from ttapi import Client, InvalidCursor, PagingStuck, SearchExpired, SplitWindow, TikTokError
from ttdata.answers.windows import ANY, Window, windows_of
from ttdata.api.client import Connect
from ttdata.collect import zero_guard
from ttdata.collect.job import TRIES, BudgetSpent, Job, concerns_one_request
from ttdata.collect.permits import writable
from ttdata.errors import NotCollected, StudyFault
from ttdata.plan.model import Slice
from ttdata.plan.plan import Plan
from ttdata.plan.receipts import period_of, receipt_of_search
from ttdata.plan.rounds import earlier_receipts
from ttdata.store.raw_files import Line
from ttdata.store.receipts import Receipt
from ttdata.study.periods import Period


def collect_slice(plan: Plan, slice_: Slice, connect: Connect) -> Receipt:
    """Collect one slice. Returns its receipt, whatever its state.

    Raises what ttapi raises if it does not concern this slice alone, NotDue, StudyFault for a future day, and
    EmptySuccess; every answer until then is stored.
    """
    zero_guard.set_unchecked_aside(plan, slice_)
    receipt = _search(plan, slice_, connect)
    zero_guard.check_slice(plan, slice_, receipt, connect)
    return receipt


def _search(plan: Plan, slice_: Slice, connect: Connect) -> Receipt:
    with writable(plan, plan.raw.pages("videos", slice_.name)) as raw:
        slice_ = _as_requested(slice_, raw.lines)
        usual = _usual_window(plan, slice_)
        windows = windows_of(slice_.period, raw.lines, usual=usual, drawn=slice_.is_drawn)
        if not all(window.answered for window in windows):
            with suppress(BudgetSpent):
                job = Job(plan, raw, connect)
                client = job.start(slice_.due)
                slice_ = _until_today(slice_, client.now())
                _request_windows(client, job, slice_, usual)
        return receipt_of_search(plan, slice_, raw.lines)


def _request_windows(client: Client, job: Job, slice_: Slice, usual: int) -> None:
    """Request every window of a slice that is not stored yet; those that fail again when all others are stored."""
    cut: set[Period] = set()
    tries: Counter[Period] = Counter()
    while True:
        windows = windows_of(slice_.period, job.raw.lines, usual=usual, cut=cut, drawn=slice_.is_drawn)
        waiting = [each for each in windows if not each.answered and tries[each.period] < TRIES]
        if not waiting:
            return
        window = min(waiting, key=lambda each: tries[each.period])
        try:
            _request_pages(client, job, slice_, window)
        except (SplitWindow, SearchExpired, InvalidCursor, PagingStuck):
            cut.add(window.period)
            tries[window.period] += 1
        except TikTokError as error:
            if not concerns_one_request(error):
                raise
            tries[window.period] += 1


def _request_pages(client: Client, job: Job, slice_: Slice, window: Window) -> None:
    """Request the pages of one window, until its last or until it is better split."""
    pages = client.pages(
        "video.query",
        {**slice_.body, **window.period.request_dates()},
        fields=slice_.fields,
        cursor=window.last.cursor if window.last else None,
        search_id=window.last.search_id if window.last else None,
    )
    for page in job.guarded(pages):
        if page.restarted and _is_split(slice_, window, job.raw.lines):
            return


def _is_split(slice_: Slice, window: Window, lines: list[Line]) -> bool:
    return window.period not in [each.period for each in windows_of(slice_.period, lines)]


def _usual_window(plan: Plan, slice_: Slice) -> int:
    """The longest window, in days, that was answered where the slice nearest in time had to be split; else any."""
    for path in reversed(earlier_receipts(plan, "videos", slice_.name)):
        return Receipt.read(path).longest or ANY
    search = slice_.body["query"], slice_.fields
    similar = [each for each in plan.slices if (each.body.get("query"), each.fields) == search]
    for each in sorted(similar, key=lambda each: abs(each.start - slice_.start)):
        with suppress(NotCollected):
            return Receipt.read(plan.raw.receipt("videos", each.name)).longest or ANY
    return ANY


def _as_requested(slice_: Slice, lines: list[Line]) -> Slice:
    """The slice as its stored requests have it, so that a search that was stopped goes on as it began."""
    fields = lines[0].fields if lines and lines[0].fields else slice_.fields
    return replace(slice_, end=period_of(slice_, lines).end, fields=fields)


def _until_today(slice_: Slice, now: datetime) -> Slice:
    """A search that ends today at the latest. Ids are searched for beyond their day, which may not have come yet."""
    today = now.astimezone(UTC).date()
    if slice_.number_of_ids and slice_.start <= today < slice_.end:
        return replace(slice_, end=today)
    refuse_future(slice_, now)
    return slice_


def refuse_future(slice_: Slice, now: datetime) -> None:
    """Raise StudyFault if a slice ends after the API's today."""
    today = now.astimezone(UTC).date()
    if slice_.end > today:
        raise StudyFault(
            [f"the window {slice_.start} to {slice_.end} ends in the future: the API's date is {today} (UTC)"],
            "The slice",
        )
