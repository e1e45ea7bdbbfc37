"""What the jobs of a build let each other know: one short line for every answer, in the order in which they came.

All jobs append to one file, each line in one write; the circuit breaker and the progress bar read it. It is made anew
by every build and no record of anything: what counts lies in the raw files.
"""

import os
from collections.abc import Iterable
from contextlib import suppress
from itertools import takewhile
from pathlib import Path
from typing import NamedTuple

from ttdata import layout
from ttdata.rawfile import Line

# Errors of an API, or of a way to it, that is down for everybody.
_DOWN = ("ServerError", "BadAnswer", "NoAnswer")
_TAIL = 1 << 16


class Event(NamedTuple):
    """One answer: what kind it was (page, other, down), its records, and the raw file it went to."""

    kind: str
    records: int
    part: str

    @classmethod
    def of(cls, line: Line, raw: Path) -> "Event":
        return cls("page" if line.good else "down" if line.error in _DOWN else "other", line.records, str(raw))


def note(event: Event, path: Path = layout.EVENTS) -> None:
    """Tell all jobs of an answer. A disk that is full keeps nobody from collecting."""
    with suppress(OSError):
        file = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)
        try:
            os.write(file, "{}\t{}\t{}\n".format(*event).encode())
        finally:
            os.close(file)


def parsed(lines: Iterable[bytes]) -> list[Event]:
    """Events from whole lines."""
    fields = (line.decode().split("\t") for line in lines)
    return [Event(kind, int(records), part) for kind, records, part in fields]


def is_down(in_a_row: int, path: Path = layout.EVENTS) -> bool:
    """Whether so many answers in a row were failures of the API itself.

    Slices that failed already while others were answered do not count: theirs is a trouble of their own.
    """
    try:
        with path.open("rb") as file:
            file.seek(max(0, file.seek(0, os.SEEK_END) - _TAIL))
            events = parsed(file.read().split(b"\n")[1 if file.tell() > _TAIL else 0 : -1])
    except OSError:
        return False
    failures = list(takewhile(lambda event: event.kind == "down", reversed(events)))
    before = {event.part: event.kind for event in events[: len(events) - len(failures)]}
    parts = [event.part for event in failures if before.get(event.part) != "down"]
    return len(parts) >= in_a_row and len(set(parts)) > 1
