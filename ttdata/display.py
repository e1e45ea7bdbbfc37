"""What a build shows while it collects: pages, records, quota and time left, on a terminal, in a log file or in CI."""

import atexit
import os
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Protocol

from ttdata import layout
from ttdata.errors import Fault
from ttdata.events import parsed

# Seconds between two looks at a bar, and between two lines where there is no terminal.
BAR, LINE = 0.3, 60.0
# The estimate is made anew at most so often, and costs at most this part of the time.
ESTIMATE, SHARE = 5.0, 0.05
VIDEOS = "/videos/"


class Screen(Protocol):
    """Where a share of the work and words beside it are shown."""

    def open(self) -> None: ...
    def show(self, share: float, words: str) -> None: ...
    def close(self) -> None: ...


class Log:
    """Standard error that is no terminal: a plain line now and then."""

    def open(self) -> None:
        pass

    def show(self, share: float, words: str) -> None:
        print(f"{share:4.0%} {words}", file=sys.stderr, flush=True)

    def close(self) -> None:
        pass


def is_terminal(environment: Mapping[str, str] = os.environ) -> bool:
    """Whether a bar can be drawn and is wanted."""
    return sys.stderr.isatty() and environment.get("TERM") != "dumb" and not environment.get("CI")


class Counts:
    """Pages and records that came since the build began, read from the events as they grow."""

    def __init__(self, path: Path = layout.EVENTS) -> None:
        self.answers = self.pages = self.records = 0
        self.searches: Counter[str] = Counter()
        self._path, self._read = path, 0

    def look(self) -> None:
        """Read what has been added since the last look."""
        try:
            with self._path.open("rb") as file:
                file.seek(self._read)
                lines, end, _ = file.read().rpartition(b"\n")
        except OSError:
            return
        self._read += len(lines) + len(end)
        for event in parsed(lines.split(b"\n") if end else []):
            self.answers += 1
            self.pages += event.kind == "page"
            self.records += event.records
            if VIDEOS in event.part:
                self.searches[event.part] += 1


class Display:
    """Shows how a build comes on, from `start` to `stop`, in a thread of its own.

    searches: how many are to be asked. left: requests still expected. quota: how many may still be sent today.
    """

    def __init__(
        self,
        searches: int,
        left: Callable[[], int],
        quota: Callable[[], int],
        *,
        screen: Screen,
        every: float,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._searches, self._expected, self._quota = searches, left, quota
        self._screen, self._every, self._clock = screen, every, clock
        self._counts = Counts()
        self._left = self._left_at = 0
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._run, name="progress", daemon=True)

    def start(self) -> None:
        self._began = self._clock()
        self._estimate()
        self._screen.open()
        self._thread.start()
        atexit.register(self.stop)

    def stop(self) -> None:
        """Take the bar away, whatever became of the build."""
        if not self._done.is_set():
            self._done.set()
            self._thread.join()
            self._screen.close()

    def _run(self) -> None:
        while not self._done.wait(self._every):
            self.show()

    def show(self) -> None:
        """Look, and show what has come."""
        self._counts.look()
        now = self._clock()
        if now >= self._next:
            self._estimate()
        came, left = self._counts.answers, self._to_come()
        self._screen.show(came / ((came + left) or 1), self._words(came, left, now - self._began))

    def _to_come(self) -> int:
        """Requests still to be sent: as the plan expects, or more if the searches begun so far cost more."""
        begun = self._counts.searches
        like_these = max(0, self._searches - len(begun)) * begun.total() // (len(begun) or 1)
        return max(0, like_these, self._left - (self._counts.answers - self._left_at))

    def _words(self, came: int, left: int, seconds: float) -> str:
        quota = self._quota()
        words = [f"{self._counts.pages:,} pages", f"{self._counts.records:,} records", f"quota left {quota:,}"]
        if came and left:
            words.append(f"time left {_span(min(left, quota) * seconds / came)}")
        return ", ".join(words)

    def _estimate(self) -> None:
        began = self._clock()
        with suppress(Fault):  # what cannot be read is told by the job that needs it
            self._left, self._left_at = self._expected(), self._counts.answers
        now = self._clock()
        self._next = now + max(ESTIMATE, (now - began) / SHARE)


def _span(seconds: float) -> str:
    minutes = round(seconds / 60)
    if minutes < 1:
        return f"{max(1, round(seconds))} s"
    return f"{minutes} min" if minutes < 60 else f"{minutes // 60} h {minutes % 60:02d} min"
