"""Collecting: ask the API for one slice or one shard, and keep every answer before the next is asked.

What is on the disk already is never asked for again: a slice goes on at its next page, a shard at its next id.
"""

import os
import socket
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from ttapi import Answer, Client, ItemRefused
from ttdata.errors import Fault, StudyFault
from ttdata.plan import ENDPOINT_OF, Plan, Shard, Slice, Step
from ttdata.rawfile import Line, RawFile, stored_lines
from ttdata.receipt import Receipt, sorted_keys

# Set by the workflow to "host:pid" of Snakemake: a build that is gone must not go on spending quota.
EXIT_WITH = "TTDATA_EXIT_WITH"
PAGE = 100

OnAnswer = Callable[[Answer], None]
Connect = Callable[[OnAnswer], Client]


class BuildGone(Fault):
    """Snakemake ended while this job still ran."""


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
            _exhaust(_guarded(pages, raw))
        return _slice_receipt(wanted, raw)


def collect_shard(plan: Plan, step: Step, shard: Shard, ids: Iterable[str], connect: Connect) -> Receipt:
    """Ask about every id of a shard whose answer is not there yet."""
    items = sorted(filter(shard.holds, ids))
    with RawFile(plan.layout.raw(step.source, shard.raw)) as raw:
        done = _Done(raw.lines, step.max)
        missing = [item for item in items if item not in done]
        if missing:
            client = connect(raw.append)
            for item in missing:
                raw.reserve()
                _ask(client, raw, step, item, done.last(item))
        return _shard_receipt(step, shard, items, raw)


def unanswered(plan: Plan, step: Step, shard: Shard, ids: Iterable[str]) -> int:
    """How many ids of a shard are still to be asked about, without touching its raw file."""
    path = plan.layout.raw(step.source, shard.raw)
    done = _Done(stored_lines(path), step.max)
    return sum(item not in done for item in filter(shard.holds, ids))


def _ask(client: Client, raw: RawFile, step: Step, item: str, last: Line | None) -> None:
    """Ask about one item; that the API refuses it is an answer, too."""
    endpoint = ENDPOINT_OF[step.source]
    try:
        if endpoint == "user.info":
            client.call(endpoint, {"username": item}, fields=step.fields)
            return
        pages = client.pages(
            endpoint, {"video_id": int(item)}, fields=step.fields, cursor=last.cursor if last else None
        )
        _exhaust(_until(_guarded(pages, raw), step.max))
    except ItemRefused:
        return


class _Done:
    """Which items of a raw file are answered to the end: no more pages, refused, or enough."""

    def __init__(self, lines: Iterable[Line], most: int | None) -> None:
        self._most = most
        self._last: dict[str, Line] = {line.item: line for line in lines if line.item and (line.good or line.refused)}

    def last(self, item: str) -> Line | None:
        return self._last.get(item)

    def __contains__(self, item: str) -> bool:
        line = self._last.get(item)
        return line is not None and (not line.has_more or _enough(line.cursor, self._most))


def _enough(cursor: int | None, most: int | None) -> bool:
    return most is not None and (cursor or 0) >= most


def _until(pages: Iterator[Any], most: int | None) -> Iterator[Any]:
    for page in pages:
        yield page
        if _enough(page.cursor, most):
            return


def _guarded(pages: Iterator[Any], raw: RawFile) -> Iterator[Any]:
    """Before each request: is there room for its answer, and somebody to ask for?"""
    while True:
        raw.reserve()
        _exit_with_build()
        try:
            yield next(pages)
        except StopIteration:
            return


def _exhaust(pages: Iterator[Any]) -> None:
    for _ in pages:
        pass


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
    ends = {line.item: line.cursor or 0 for line in good}
    records = sum(line.records for line in good)
    return Receipt(
        name=shard.receipt,
        source=step.source,
        state="complete" if records else "empty",
        raw=str(raw.path),
        answers=len(raw.lines),
        requests=len(lines),
        least=sum(max(1, -(-ends.get(item, 0) // PAGE)) for item in items),
        records=records,
        keys=sorted_keys(line.keys for line in good),
        items=len(items),
        refused={str(line.item): line.refused for line in lines if line.refused},
    )


def read_ids(path: Path) -> list[str]:
    """The ids of an id file, one a line."""
    return [line for line in path.read_text("utf-8").split("\n") if line]
