"""The progress of a build: pages, records, quota and time left, on a terminal, in a log file or in CI."""

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

from ttdata.errors import Fault
from ttdata.store.events import parsed

# Seconds between two updates of a bar, and between two lines where there is no terminal.
BAR, LINE = 0.3, 60.0
# Seconds after which the estimate is made again, at the least, and the share of the time that it may take.
ESTIMATE, SHARE = 5.0, 0.05
VIDEOS = "/videos/"


class Screen(Protocol):
    """Shows the share of the work that is done, with a text next to it."""

    def open(self) -> None: ...
    def show(self, share: float, words: str) -> None: ...
    def close(self) -> None: ...


class Log:
    """Standard error that is not a terminal: a plain line from time to time."""

    def open(self) -> None:
        pass

    def show(self, share: float, words: str) -> None:
        print(f"{share:4.0%} {words}", file=sys.stderr, flush=True)

    def close(self) -> None:
        pass


def is_terminal(environment: Mapping[str, str] = os.environ) -> bool:
    """Whether a progress bar can be drawn, and the environment does not forbid it."""
    return sys.stderr.isatty() and environment.get("TERM") != "dumb" and not environment.get("CI")


class Counts:
    """Pages and records since the build started, read from its events."""

    def __init__(self, path: Path) -> None:
        self.answers = self.pages = self.records = 0
        self.searches: Counter[str] = Counter()
        self._path, self._read = path, 0

    def update(self) -> None:
        """Read the events since the last update."""
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
            if VIDEOS in event.raw:
                self.searches[event.raw] += 1


class Display:
    """Shows the progress of a build, from `start` to `stop`, in a thread of its own.

    searches: how many are to be requested. left: requests still expected. quota: how many may still be sent today.
    events: the file to which the jobs report their answers.
    """

    def __init__(
        self,
        searches: int,
        left: Callable[[], int],
        quota: Callable[[], int],
        *,
        screen: Screen,
        every: float,
        events: Path,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._searches, self._expected, self._quota = searches, left, quota
        self._screen, self._every, self._clock = screen, every, clock
        self._counts = Counts(events)
        self._left = self._left_at = 0
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._run, name="progress", daemon=True)

    def start(self) -> None:
        self._started = self._clock()
        self._estimate()
        self._screen.open()
        self._thread.start()
        atexit.register(self.stop)

    def stop(self) -> None:
        """Remove the bar, however the build ended."""
        if not self._done.is_set():
            self._done.set()
            self._thread.join()
            self._screen.close()

    def _run(self) -> None:
        while not self._done.wait(self._every):
            self.show()

    def show(self) -> None:
        """Read new events, and show the progress."""
        self._counts.update()
        now = self._clock()
        if now >= self._next:
            self._estimate()
        answers, left = self._counts.answers, self._to_come()
        self._screen.show(answers / ((answers + left) or 1), self._words(answers, left, now - self._started))

    def _to_come(self) -> int:
        """Requests still to be sent: as the plan expects, or more if the searches started so far cost more."""
        started = self._counts.searches
        similar = max(0, self._searches - len(started)) * started.total() // (len(started) or 1)
        return max(0, similar, self._left - (self._counts.answers - self._left_at))

    def _words(self, answers: int, left: int, seconds: float) -> str:
        quota = self._quota()
        words = [f"{self._counts.pages:,} pages", f"{self._counts.records:,} records", f"quota left {quota:,}"]
        if answers and left:
            words.append(f"time left {_span(min(left, quota) * seconds / answers)}")
        return ", ".join(words)

    def _estimate(self) -> None:
        started = self._clock()
        with suppress(Fault):  # the job that needs a file that cannot be read reports it
            self._left, self._left_at = self._expected(), self._counts.answers
        now = self._clock()
        self._next = now + max(ESTIMATE, (now - started) / SHARE)


def _span(seconds: float) -> str:
    minutes = round(seconds / 60)
    if minutes < 1:
        return f"{max(1, round(seconds))} s"
    return f"{minutes} min" if minutes < 60 else f"{minutes // 60} h {minutes % 60:02d} min"
