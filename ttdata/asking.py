"""The asking of one job: what is looked at before each request, and what is done with each answer.

Every answer is stored first. A slice whose requests keep failing uses up its failure budget, and is then left alone
until the API's next day, while other slices go on. If all requests of all jobs fail, the API is down: all jobs stop.
"""

import os
import socket
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from ttapi import Answer, InvalidCursor, PagingStuck, SearchExpired, TikTokError
from ttdata import events, layout, states
from ttdata.errors import Fault
from ttdata.plan import Plan
from ttdata.rawfile import RawFile
from ttdata.stop import Stop

# Set by the workflow to "host:pid" of Snakemake: a build that is gone must not go on spending quota.
EXIT_WITH = "TTDATA_EXIT_WITH"
# How often a run tries what fails: once, and once more when all else of the slice is there.
TRIES = 2


class BuildGone(Fault):
    """Snakemake ended while this job still ran. The job sends no more; run the build again."""


class BuildStopped(Fault):
    """Another job has met what concerns all of them: the quota is spent, or the API is down. Run the build again."""


class BudgetSpent(Exception):
    """So many requests of a slice failed today that it is left alone until tomorrow."""


class Asking:
    """Asks for one raw file of a plan."""

    def __init__(self, plan: Plan, raw: RawFile) -> None:
        self.raw = raw
        self._per_slice = plan.per_slice
        # More than jobs that each fail now and then bring together; with few streams, more than one slice may fail.
        self._in_a_row = max(10, 3 * plan.streams)

    def hear(self, answer: Answer) -> None:
        """Store an answer. After a failure, see whether to go on: raises BudgetSpent or BuildStopped if not."""
        self.raw.append(answer)
        line = self.raw.lines[-1]
        events.note(events.Event.of(line, self.raw.path))
        if line.failed:
            _exit_if_stopped()
            if events.is_down(self._in_a_row):
                stop = Stop.down(answer.sent_at, f"TikTok's API is down: the last request {states.failure(line)}")
                stop.write()
                raise BuildStopped(f"{stop.said}. Run again in an hour.")
            self.check_budget(answer.sent_at)

    def check_budget(self, now: datetime) -> None:
        """Raise BudgetSpent if nothing more may be sent for this slice today, by the API's clock."""
        if states.fruitless(self.raw.lines, now.date()) >= self._per_slice:
            raise BudgetSpent

    def guarded(self, pages: Iterator[Any]) -> Iterator[Any]:
        """Before each request: is there room for its answer, and somebody to ask for?"""
        while True:
            self.raw.reserve()
            _exit_with_build()
            _exit_if_stopped()
            try:
                yield next(pages)
            except StopIteration:
                return


def may_pass(error: TikTokError) -> bool:
    """Whether an error concerns this request alone, so that the others of its slice are still worth asking."""
    return error.transient or isinstance(error, SearchExpired | InvalidCursor | PagingStuck)


def _exit_if_stopped(environment: Mapping[str, str] = os.environ) -> None:
    if EXIT_WITH in environment and layout.STOPPED.exists():
        raise BuildStopped("Another job has met what concerns all of them. Run the build again.")


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
