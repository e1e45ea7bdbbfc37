"""What the jobs of a build report to each other: one short line per answer, in the order in which they came.

All jobs append to one file, each line in one write; the circuit breaker and the progress bar read it. Every build
starts it from scratch, and it is no record of anything: what counts is in the raw files. A line begins with the id of
its build, since a job of an earlier build may still be running.
"""

import os
from collections.abc import Iterable
from contextlib import suppress
from itertools import takewhile
from pathlib import Path
from typing import Literal, NamedTuple, cast, get_args

from ttapi import BadAnswer, NoAnswer, ServerError, stored_name
from ttdata.store.builds import this_build
from ttdata.store.raw_files import Line

# Errors of an API, or of the connection to it, that is down for everybody.
_DOWN = {stored_name(each) for each in (ServerError, BadAnswer, NoAnswer)}
_TAIL_BYTES = 1 << 16

Kind = Literal["page", "other", "down"]


class Event(NamedTuple):
    """One answer: its kind, its records, and the raw file that stores it."""

    kind: Kind
    records: int
    raw: str

    @classmethod
    def of(cls, line: Line, raw: Path) -> "Event":
        return cls("page" if line.good else "down" if line.error in _DOWN else "other", line.records, str(raw))


def append(event: Event, path: Path) -> None:
    """Report an answer to all jobs. A full disk keeps no job from collecting."""
    with suppress(OSError):
        file = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)
        try:
            os.write(file, "{}\t{}\t{}\t{}\n".format(this_build(), *event).encode())
        finally:
            os.close(file)


def parsed(lines: Iterable[bytes]) -> list[Event]:
    """The events of this build in whole lines. A line that is damaged counts as none."""
    fields = (line.decode("utf-8", "replace").split("\t") for line in lines)
    return [
        Event(cast("Kind", each[1]), int(each[2]), each[3])
        for each in fields
        if len(each) == 4 and each[0] == this_build() and each[1] in get_args(Kind) and each[2].isdecimal()
    ]


def is_down(in_a_row: int, path: Path) -> bool:
    """Whether the last `in_a_row` answers were failures of the API itself.

    Slices that had failed before, while others were answered, do not count: the failure is their own.
    """
    try:
        with path.open("rb") as file:
            file.seek(max(0, file.seek(0, os.SEEK_END) - _TAIL_BYTES))
            events = parsed(file.read().split(b"\n")[1 if file.tell() > _TAIL_BYTES else 0 : -1])
    except OSError:
        return False
    failures = list(takewhile(lambda event: event.kind == "down", reversed(events)))
    before = {event.raw: event.kind for event in events[: len(events) - len(failures)]}
    files = [event.raw for event in failures if before.get(event.raw) != "down"]
    return len(files) >= in_a_row and len(set(files)) > 1
