"""Counts every request of a build before it is sent, over all of its jobs, so that no study exceeds `limits.requests`.

A file holds how many the build may send and one line per request. Each line is appended in one write, so a job knows
from the position of its own line whether its request is still allowed. Two hosts can append to the same place: with a
ledger that they share, the requests are counted there.
"""

import os
from datetime import date

from ttapi import AnyLedger, ledger_is_shared, open_ledger
from ttdata.plan.budget import OverLimit
from ttdata.plan.counting import costs
from ttdata.plan.plan import Plan
from ttdata.store.builds import this_build
from ttdata.store.raw_files import number_of_frames
from ttdata.text import count

_BUCKET = "limits.requests"


def start_limit(plan: Plan) -> None:
    """Begin to count for a build, before it has jobs: what it may send is what earlier builds have left."""
    if plan.limits.requests is not None:
        plan.folder.requests.parent.mkdir(parents=True, exist_ok=True)
        sent = costs(plan).done + sum(map(number_of_frames, plan.folder.refreshes.rglob("*.zst")))
        plan.folder.requests.write_text(f"{plan.limits.requests - sent}\n")


class RequestLimit:
    """The limit of one build, for one of its jobs. A step that runs without a build begins to count by itself.

    most: limits.requests, or None if the study has none.
    """

    def __init__(self, plan: Plan) -> None:
        self.most = plan.limits.requests
        self._file = plan.folder.requests
        if not (this_build() and self._file.exists()):
            start_limit(plan)
        self._shared: AnyLedger | None = None
        if self.most is not None and this_build() and ledger_is_shared():
            self._shared = open_ledger(limits={_BUCKET: int(self._file.read_text().split("\n", 1)[0])})

    def claim(self) -> None:
        """Count one request that is about to be sent. Raises OverLimit if the limit allows no more."""
        if self.most is not None and not self._is_allowed():
            raise OverLimit(
                [f"{count(self.most, 'request')} were sent, and more are needed; limits.requests allows no more."]
            )

    def _is_allowed(self) -> bool:
        if self._shared:
            return self._shared.claim(f"build {this_build()}", _BUCKET, date.min, _BUCKET) is not None
        left, claims = self._append()
        return claims <= left

    def _append(self) -> tuple[int, int]:
        """How many requests the build may send, and which one of them this is."""
        file = os.open(self._file, os.O_RDWR | os.O_APPEND)
        try:
            os.write(file, b".\n")
            position = os.lseek(file, 0, os.SEEK_CUR)
            start = os.pread(file, 32, 0).split(b"\n", 1)[0]
        finally:
            os.close(file)
        return int(start), (position - len(start) - 1) // 2
