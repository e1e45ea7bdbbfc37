"""Collecting: ask the API for one slice or one shard, and keep every answer before the next is asked.

What is on the disk already is never asked for again: a slice goes on at its next page, a shard at its next id.
"""

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import UTC, datetime

from ttapi import (
    Answer,
    Client,
    InvalidCursor,
    InvalidParams,
    ItemRefused,
    PagingStuck,
    SearchExpired,
    SplitWindow,
    TikTokError,
)
from ttapi.query import parse_date
from ttdata import states, zero_guard
from ttdata.answered import Answered
from ttdata.asking import TRIES, Asking, BudgetSpent, may_pass
from ttdata.errors import NotCollected, NotDue, StudyFault
from ttdata.plan import Plan, Shard, Slice, Step
from ttdata.rawfile import Line, RawFile, stored_lines
from ttdata.receipt import Receipt, sorted_keys
from ttdata.rounds import earlier
from ttdata.source_kinds import KINDS
from ttdata.splitting import ANY, Days, Window, windows_of

OnAnswer = Callable[[Answer], None]
Connect = Callable[[OnAnswer], Client]


def collect_slice(plan: Plan, wanted: Slice, connect: Connect) -> Receipt:
    """Ask for one slice until its last page is there, in shorter windows where the API wants it so.

    connect: makes a client that hands every answer to the function given to it.
    Gives the receipt, whatever its state. Raises what ttapi raises if it does not concern this slice alone, and
    EmptySuccess; every answer until then is stored.
    """
    receipt = _searched(plan, wanted, connect)
    zero_guard.check_slice(plan, wanted, receipt, connect)
    return receipt


def _searched(plan: Plan, wanted: Slice, connect: Connect) -> Receipt:
    with RawFile(plan.layout.raw("videos", wanted.name)) as raw:
        wanted = _as_asked(wanted, raw.lines)
        usual = _usual_window(plan, wanted)
        windows = windows_of(wanted.start, wanted.end, raw.lines, usual=usual, drawn=wanted.is_drawn)
        if not all(window.answered for window in windows):
            asking = Asking(plan, raw)
            client = connect(asking.hear)
            client.token()  # The API's clock is known once it has answered.
            wanted = _until(wanted, client.now())
            _refuse_early(wanted.due, client.now())
            try:
                asking.check_budget(client.now())
                _search(client, asking, wanted, usual)
            except BudgetSpent:
                pass
        return _slice_receipt(plan, wanted, raw)


def collect_shard(plan: Plan, step: Step, shard: Shard, ids: Iterable[str], connect: Connect) -> Receipt:
    """Ask about every id of a shard whose answer is not there yet. Gives the receipt; raises as collect_slice does."""
    items = sorted(filter(shard.holds, ids))
    with RawFile(plan.layout.raw(step.kind, shard.raw)) as raw:
        answered = Answered(raw.lines, step)
        if not all(item in answered for item in items):
            asking = Asking(plan, raw)
            client = connect(asking.hear)
            client.token()
            _refuse_early(shard.due, client.now())
            try:
                asking.check_budget(client.now())
                for item in [item for _ in range(TRIES) for item in items]:
                    if item not in answered:
                        _ask(client, asking, step, item, answered)
            except BudgetSpent:
                pass
        return _shard_receipt(plan, step, shard, items, answered, raw)


def _search(client: Client, asking: Asking, wanted: Slice, usual: int) -> None:
    """Ask for every window of a slice that is not there yet; those that fail once more when all others are there."""
    cut: set[Days] = set()
    tried: Counter[Days] = Counter()
    while True:
        windows = windows_of(wanted.start, wanted.end, asking.raw.lines, usual=usual, cut=cut, drawn=wanted.is_drawn)
        waiting = [each for each in windows if not each.answered and tried[each.period] < TRIES]
        if not waiting:
            return
        window = min(waiting, key=lambda each: tried[each.period])
        try:
            _walk(client, asking, wanted, window)
        except (SplitWindow, SearchExpired, InvalidCursor, PagingStuck):
            cut.add(window.period)
            tried[window.period] += 1
        except TikTokError as error:
            if not may_pass(error):
                raise
            tried[window.period] += 1


def _walk(client: Client, asking: Asking, wanted: Slice, window: Window) -> None:
    """Follow the pages of one window, until its last or until it is better split."""
    pages = client.pages(
        "video.query",
        {**wanted.body, **window.body},
        fields=wanted.fields,
        cursor=window.last.cursor if window.last else None,
        search_id=window.last.search_id if window.last else None,
    )
    for page in asking.guarded(pages):
        if page.restarted and _is_split(wanted, window, asking.raw.lines):
            return


def _is_split(wanted: Slice, window: Window, lines: list[Line]) -> bool:
    return window.period not in [each.period for each in windows_of(wanted.start, wanted.end, lines)]


def _usual_window(plan: Plan, wanted: Slice) -> int:
    """The longest window, in days, that was answered where the slice next in time had to be split; else any."""
    asked = wanted.body["query"], wanted.fields
    for path in reversed(earlier(plan, "videos", wanted.name)):
        return Receipt.read(path).longest or ANY
    alike = [each for each in plan.slices if (each.body.get("query"), each.fields) == asked]
    for each in sorted(alike, key=lambda each: abs(each.start - wanted.start)):
        try:
            return Receipt.read(plan.layout.receipt("videos", each.name)).longest or ANY
        except NotCollected:
            continue
    return ANY


def unanswered(plan: Plan, step: Step, shard: Shard, ids: Iterable[str]) -> int:
    """How many ids of a shard are still to be asked about, without touching its raw file."""
    answered = Answered(stored_lines(plan.layout.raw(step.kind, shard.raw)), step)
    return sum(item not in answered for item in filter(shard.holds, ids))


def _ask(client: Client, asking: Asking, step: Step, item: str, answered: Answered) -> None:
    """Ask about one item until it is answered; that the API refuses it is an answer, too."""
    kind = KINDS[step.kind]
    body = {kind.asks: kind.item(item)}
    pages = client.pages(kind.endpoint, body, fields=step.fields or None, cursor=answered.cursor(item))
    try:
        for _ in asking.guarded(pages):
            answered.note(asking.raw.lines[-1])
            if item in answered:
                return
    except ItemRefused:
        answered.note(asking.raw.lines[-1])
    except PagingStuck:
        answered.end(item)
    except TikTokError as error:
        # A wrong request may be so for this item alone; the failure budget ends it if it is so for all.
        if not may_pass(error) and not isinstance(error, InvalidParams):
            raise


def _until(wanted: Slice, now: datetime) -> Slice:
    """A search that ends today at the latest. Ids are searched for beyond their day, which may not have come yet."""
    if wanted.named_ids and wanted.start <= now.astimezone(UTC).date() < wanted.end:
        return replace(wanted, end=now.astimezone(UTC).date())
    refuse_future(wanted, now)
    return wanted


def _as_asked(wanted: Slice, lines: list[Line]) -> Slice:
    """A search as its stored answers have it: one of ids may have ended before the days that it was to end on."""
    ends = [end for line in lines if (end := parse_date(line.request.get("end_date")))]
    return replace(wanted, end=max(ends)) if wanted.named_ids and ends else wanted


def refuse_future(wanted: Slice, now: datetime) -> None:
    today = now.astimezone(UTC).date()
    if wanted.end > today:
        raise StudyFault(
            [f"the window {wanted.start} to {wanted.end} ends in the future: the API's date is {today} (UTC)"],
            "The slice",
        )


def _refuse_early(due: str, now: datetime) -> None:
    if due and now < datetime.fromisoformat(due):
        raise NotDue(
            f"It is due on {due[:10]}, but by the API's clock it is {now:%Y-%m-%d %H:%M} UTC. No request was sent. "
            "The API's clock is known now: run the same command again."
        )


def _slice_receipt(plan: Plan, wanted: Slice, raw: RawFile) -> Receipt:
    windows = windows_of(wanted.start, wanted.end, raw.lines, drawn=wanted.is_drawn)
    good = [line for line in raw.lines if line.good]
    state, evidence = states.of_search(windows, raw.lines, plan.per_slice)
    return Receipt(
        name=wanted.name,
        source="videos",
        state=state,
        evidence=evidence,
        raw=str(raw.path),
        answers=len(raw.lines),
        requests=len(raw.lines),
        least=sum(window.least for window in windows if window.last),
        records=sum(line.records for line in good),
        keys=sorted_keys(line.keys for line in good),
        longest=max(window.days for window in windows) if len(windows) > 1 else None,
        asked_at=moment(good, min),
        finished_at=moment(good, max),
    )


def _shard_receipt(plan: Plan, step: Step, shard: Shard, items: list[str], answered: Answered, raw: RawFile) -> Receipt:
    asked = set(items)
    lines = [line for line in raw.lines if line.item in asked]
    good = [line for line in lines if line.good]
    told = [line for line in lines if line.good or line.refused]
    there = [item for item in items if item in answered]
    refused = {item: reason for item in there if (reason := answered.refused(item))}
    cut = {item: answered.records(item) for item in there if answered.is_cut(item)}
    state, evidence = states.of_items(items, len(there), refused, cut, lines, plan.per_slice)
    return Receipt(
        name=shard.receipt,
        source=step.source,
        state=state,
        evidence=evidence,
        raw=str(raw.path),
        answers=len(raw.lines),
        requests=len(lines),
        least=_least(step, there, good),
        records=sum(line.records for line in good),
        keys=sorted_keys(line.keys for line in good),
        items=len(items),
        asked=tuple(items) if _has_waves(plan, step, shard) else (),
        refused=refused,
        cut=cut,
        asked_at=moment(told, min),
        finished_at=moment(told, max),
    )


def _has_waves(plan: Plan, step: Step, shard: Shard) -> bool:
    """Whether the source that a shard is part of is observed in waves."""
    return any(
        step in dataset.steps and "waves" in plan.declared["datasets"][dataset.name][step.source]
        for dataset in plan.datasets
    )


def moment(answers: list[Line], which: Callable[[Iterable[datetime]], datetime]) -> str:
    """When the first (min) or the last (max) of these answers came."""
    return which(line.sent_at for line in answers).isoformat() if answers else ""


def _least(step: Step, items: list[str], good: list[Line]) -> int:
    """The fewest requests for these items: one each, or as many as it takes to reach the last cursor."""
    if KINDS[step.kind].row.cursor != "index":
        # A cursor of another kind does not tell how long a list is: its pages are what it takes.
        pages = Counter(line.item for line in good)
        return sum(max(1, pages[item]) for item in items)
    ends = {line.item: line.cursor or 0 for line in good}
    return sum(KINDS[step.kind].requests(ends.get(item, 0)) for item in items)
