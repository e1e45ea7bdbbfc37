"""The asking of one job: what is looked at before each request, and what is done with each answer.

Every answer is stored first. A slice whose requests keep failing uses up its failure budget, and is then left alone
until the API's next day, while other slices go on.
"""

import os
import socket
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from ttapi import Answer, InvalidCursor, PagingStuck, SearchExpired, TikTokError
from ttdata.errors import Fault
from ttdata.rawfile import RawFile
from ttdata.states import fruitless

# Set by the workflow to "host:pid" of Snakemake: a build that is gone must not go on spending quota.
EXIT_WITH = "TTDATA_EXIT_WITH"
# How often a run tries what fails: once, and once more when all else of the slice is there.
TRIES = 2


class BuildGone(Fault):
    """Snakemake ended while this job still ran. The job sends no more; run the build again."""


class BudgetSpent(Exception):
    """So many requests of a slice failed today that it is left alone until tomorrow."""


class Asking:
    """Asks for one raw file, whose failure budget is `per_slice` charged failures in one day of the API."""

    def __init__(self, raw: RawFile, per_slice: int) -> None:
        self.raw = raw
        self._per_slice = per_slice

    def hear(self, answer: Answer) -> None:
        """Store an answer. Raises BudgetSpent if it was the last failure that the slice has today."""
        self.raw.append(answer)
        if self.raw.lines[-1].failed:
            self.check_budget(answer.sent_at)

    def check_budget(self, now: datetime) -> None:
        """Raise BudgetSpent if nothing more may be sent for this slice today, by the API's clock."""
        if fruitless(self.raw.lines, now.date()) >= self._per_slice:
            raise BudgetSpent

    def guarded(self, pages: Iterator[Any]) -> Iterator[Any]:
        """Before each request: is there room for its answer, and somebody to ask for?"""
        while True:
            self.raw.reserve()
            _exit_with_build()
            try:
                yield next(pages)
            except StopIteration:
                return


def may_pass(error: TikTokError) -> bool:
    """Whether an error concerns this request alone, so that the others of its slice are still worth asking."""
    return error.transient or isinstance(error, SearchExpired | InvalidCursor | PagingStuck)


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
