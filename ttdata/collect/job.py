"""One job: the checks before each request, and what happens to each answer.

Every answer is stored first. A slice whose requests keep failing uses up its failure budget, and is then not
requested until the API's next day, while other slices continue. If all requests of all jobs fail, the API is down: all
jobs stop.
"""

import logging
import time
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any

from ttapi import Answer, Client, InvalidCursor, PagingStuck, SearchExpired, TikTokError
from ttdata.answers import verdicts
from ttdata.api.client import Connect
from ttdata.errors import Fault, NotDue
from ttdata.plan.plan import Plan
from ttdata.store import builds, events
from ttdata.store.paths import Folder
from ttdata.store.raw_files import RawFile
from ttdata.store.stops import Stop
from ttdata.study.study import MOCK

log = logging.getLogger(__name__)

# How often a run tries what fails: once, and once more when the rest of the slice is stored.
TRIES = 2
# Seconds between two looks at the build while a job waits.
_LONGEST_SLEEP = 5.0

Clock = Callable[[], float]


class BuildGone(Exception):
    """The build of this job has ended, or another one has begun. The job sends nothing more, and changes nothing."""


class BuildStopped(Fault):
    """Another job stopped the build: the quota is spent, or the API is down. Run the build again."""


class BudgetSpent(Exception):
    """Too many requests of a slice failed today, so it is not requested until tomorrow."""


class Job:
    """The requests of one slice or shard, stored in one raw file."""

    def __init__(self, plan: Plan, raw: RawFile, connect: Connect) -> None:
        self.raw = raw
        self._folder = plan.folder
        self._per_slice = plan.per_slice
        # The bundled server starts each build on a new day: failures in earlier builds do not count.
        self._earlier_days = len(raw.lines) if plan.base_url == MOCK else 0
        # More failures than jobs that fail now and then cause together; with few streams, of more than one slice.
        self._in_a_row = max(10, 3 * plan.streams)
        self._connect = connect

    def start(self, due: str = "") -> Client:
        """Connect, so that the API's clock is known. Raises NotDue before `due`, and BudgetSpent."""
        client = self._connect(self.store)
        client.token()
        now = client.now()
        if due and now < datetime.fromisoformat(due):
            raise NotDue(
                f"It is due on {due[:10]}, but by the API's clock it is {now:%Y-%m-%d %H:%M} UTC. No request was sent. "
                "The API's time is stored now: run the same command again."
            )
        self._check_budget(now)
        return client

    def store(self, answer: Answer) -> None:
        """Store an answer. After a failure, raise BudgetSpent or BuildStopped if nothing more may be sent.

        Raises BuildGone, with the answer stored.
        """
        self.raw.append(answer)
        _exit_with_build(self._folder)
        line = self.raw.lines[-1]
        log.info(
            "%s, answer %d: status %s, %s, %d records", self.raw.path, line.seq, line.status, line.code, line.records
        )
        events.append(events.Event.of(line, self.raw.path), self._folder.events)
        if line.failed:
            _exit_if_stopped(self._folder)
            if events.is_down(self._in_a_row, self._folder.events):
                stop = Stop.down(answer.sent_at, f"TikTok's API is down: the last request {verdicts.failure(line)}")
                stop.write(self._folder.stop)
                raise BuildStopped(f"{stop.said}. Run the same command again in an hour.")
            self._check_budget(answer.sent_at)

    def guarded(self, pages: Iterator[Any]) -> Iterator[Any]:
        """The pages; before each request, check that its answer fits on the disk and that the build is running."""
        while True:
            self.check()
            try:
                yield next(pages)
            except StopIteration:
                return

    def check(self) -> None:
        """Check before a request that its answer fits on the disk, and that the build is running."""
        self.raw.reserve()
        _exit_with_build(self._folder)
        _exit_if_stopped(self._folder)

    def _check_budget(self, now: datetime) -> None:
        if verdicts.fruitless(self.raw.lines[self._earlier_days :], now.date()) >= self._per_slice:
            raise BudgetSpent


def concerns_one_request(error: TikTokError) -> bool:
    """Whether an error concerns this request alone, so that the others of its slice are still worth sending."""
    return error.transient or isinstance(error, SearchExpired | InvalidCursor | PagingStuck)


def sleep_in_build(
    seconds: float, folder: Folder, sleep: Callable[[float], None] = time.sleep, clock: Clock = time.monotonic
) -> None:
    """Sleep between two requests, at most until the build ends or is stopped. Raises BuildGone or BuildStopped."""
    end = clock() + seconds
    while (left := end - clock()) > 0:
        sleep(min(left, _LONGEST_SLEEP))
        _exit_with_build(folder)
        _exit_if_stopped(folder)


def _exit_if_stopped(folder: Folder) -> None:
    if builds.this_build() and Stop.of_this_build(folder.stop):
        raise BuildStopped("Another job stopped the build. Run the build again.")


def _exit_with_build(folder: Folder) -> None:
    if (build := builds.this_build()) and not builds.is_mine_running(folder.build, build):
        raise BuildGone
