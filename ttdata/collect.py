"""Collecting: ask the API for one slice or one shard, and keep every answer before the next is asked.

What is on the disk already is never asked for again: a slice goes on at its next page, a shard at its next id.
"""

import os
import socket
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from ttapi import Answer, Client, ItemRefused
from ttdata.errors import Fault, StudyFault
from ttdata.plan import Plan, Shard, Slice, Step
from ttdata.rawfile import Line, RawFile, stored_lines
from ttdata.receipt import Receipt, sorted_keys
from ttdata.sources import KINDS

# Set by the workflow to "host:pid" of Snakemake: a build that is gone must not go on spending quota.
EXIT_WITH = "TTDATA_EXIT_WITH"
PAGE = 100

OnAnswer = Callable[[Answer], None]
Connect = Callable[[OnAnswer], Client]


class BuildGone(Fault):
    """Snakemake ended while this job still ran. The job sends no more; run the build again."""


def collect_slice(plan: Plan, wanted: Slice, connect: Connect) -> Receipt:
    """Ask for one slice until its last page is there.

    connect: makes a client that hands every answer to the function given to it.
    Raises what ttapi raises; every answer until then is stored.
    """
    path = plan.layout.raw("videos", wanted.name)
    with RawFile(path) as raw:
        last = next((line for line in reversed(raw.lines) if line.good), None)
        if last is None or last.has_more:
            client = connect(raw.append)
            client.token()  # The API's clock is known once it has answered.
            _refuse_future(wanted, client.now())
            pages = client.pages(
                "video.query",
                wanted.body,
                fields=wanted.fields,
                cursor=last.cursor if last else None,
                search_id=last.search_id if last else None,
            )
            for _ in _guarded(pages, raw):
                pass
        return _slice_receipt(wanted, raw)


def collect_shard(plan: Plan, step: Step, shard: Shard, ids: Iterable[str], connect: Connect) -> Receipt:
    """Ask about every id of a shard whose answer is not there yet."""
    items = sorted(filter(shard.holds, ids))
    with RawFile(plan.layout.raw(step.kind, shard.raw)) as raw:
        answered = _Answered(raw.lines, step.max)
        missing = [item for item in items if item not in answered]
        if missing:
            client = connect(raw.append)
            for item in missing:
                _ask(client, raw, step, item, answered)
        return _shard_receipt(step, shard, items, raw)


def unanswered(plan: Plan, step: Step, shard: Shard, ids: Iterable[str]) -> int:
    """How many ids of a shard are still to be asked about, without touching its raw file."""
    answered = _Answered(stored_lines(plan.layout.raw(step.kind, shard.raw)), step.max)
    return sum(item not in answered for item in filter(shard.holds, ids))


def _ask(client: Client, raw: RawFile, step: Step, item: str, answered: "_Answered") -> None:
    """Ask about one item until it is answered; that the API refuses it is an answer, too."""
    kind = KINDS[step.kind]
    body = {kind.asks: kind.item(item)}
    pages = client.pages(kind.endpoint, body, fields=step.fields or None, cursor=answered.cursor(item))
    try:
        for _ in _guarded(pages, raw):
            answered.note(raw.lines[-1])
            if item in answered:
                return
    except ItemRefused:
        return


class _Answered:
    """The items of a raw file that are answered to the end: no more pages, refused, or enough records."""

    def __init__(self, lines: Iterable[Line], most: int | None) -> None:
        self._most = most
        self._last: dict[str, Line] = {}
        self._records: Counter[str] = Counter()
        for line in lines:
            self.note(line)

    def note(self, line: Line) -> None:
        if line.item and (line.good or line.refused):
            self._last[line.item] = line
            self._records[line.item] += line.records

    def cursor(self, item: str) -> int | None:
        """Where the item's next page begins; None if nothing is known of it."""
        return self._last[item].cursor if item in self._last else None

    def __contains__(self, item: str) -> bool:
        if item not in self._last:
            return False
        enough = self._most is not None and self._records[item] >= self._most
        return enough or not self._last[item].has_more


def _guarded(pages: Iterator[Any], raw: RawFile) -> Iterator[Any]:
    """Before each request: is there room for its answer, and somebody to ask for?"""
    while True:
        raw.reserve()
        _exit_with_build()
        try:
            yield next(pages)
        except StopIteration:
            return


def _exit_with_build(environment: Mapping[str, str] = os.environ) -> None:
    if is_gone(environment.get(EXIT_WITH, "")):
        raise BuildGone("The build that started this job is gone; its pages are kept. Run the build again.")


def is_gone(build: str) -> bool:
    """Whether the build "host:pid" has certainly ended; of another machine's builds nothing is known."""
    host, _, pid = build.rpartition(":")
    if host != socket.gethostname():
        return False
    try:
        os.kill(int(pid), 0)
    except ProcessLookupError:
        return True
    except PermissionError:
        return False
    return False


def _refuse_future(wanted: Slice, now: datetime) -> None:
    today = now.astimezone(UTC).date()
    if wanted.end > today:
        raise StudyFault(
            [f"the window {wanted.start} to {wanted.end} ends in the future: the API's date is {today} (UTC)"],
            "The slice",
        )


def _slice_receipt(wanted: Slice, raw: RawFile) -> Receipt:
    good = [line for line in raw.lines if line.good]
    hits = max(line.cursor or 0 for line in good)
    records = sum(line.records for line in good)
    return Receipt(
        name=wanted.name,
        source="videos",
        state="complete" if records else "empty",
        raw=str(raw.path),
        answers=len(raw.lines),
        requests=len(raw.lines),
        least=max(1, -(-hits // PAGE)),
        records=records,
        keys=sorted_keys(line.keys for line in good),
    )


def _shard_receipt(step: Step, shard: Shard, items: list[str], raw: RawFile) -> Receipt:
    asked = set(items)
    lines = [line for line in raw.lines if line.item in asked]
    good = [line for line in lines if line.good]
    records = sum(line.records for line in good)
    return Receipt(
        name=shard.receipt,
        source=step.source,
        state="complete" if records else "empty",
        raw=str(raw.path),
        answers=len(raw.lines),
        requests=len(lines),
        least=_least(step, items, good),
        records=records,
        keys=sorted_keys(line.keys for line in good),
        items=len(items),
        refused={str(line.item): line.refused for line in lines if line.refused},
    )


def _least(step: Step, items: list[str], good: list[Line]) -> int:
    """The fewest requests for these items: one each, or as many as it takes to reach the last cursor."""
    if KINDS[step.kind].row.cursor != "index":
        # A cursor of another kind does not tell how long a list is: its pages are what it takes.
        pages = Counter(line.item for line in good)
        return sum(max(1, pages[item]) for item in items)
    ends = {line.item: line.cursor or 0 for line in good}
    return sum(KINDS[step.kind].requests(ends.get(item, 0)) for item in items)


def read_ids(path: Path) -> list[str]:
    """The ids of an id file, one a line."""
    return [line for line in path.read_text("utf-8").split("\n") if line]
