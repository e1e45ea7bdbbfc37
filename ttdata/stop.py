"""A stop by the quota: what the job that met it tells the build, and what the build tells its user."""

import json
import os
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path

from ttapi import QuotaExhausted
from ttdata import layout

# sysexits.h: "temporary failure; the user is invited to try again".
TEMPORARY_FAILURE = 75


@dataclass(frozen=True)
class Stop:
    """The quota of a bucket is spent until `resets_at`; both times are the server's (ISO, UTC).

    With fewer spent than the limit it was the API that said so: others of the lab have used the rest.
    """

    bucket: str
    spent: int
    limit: int
    now: str
    resets_at: str

    @classmethod
    def of(cls, error: QuotaExhausted) -> "Stop":
        return cls(error.bucket, error.spent, error.limit, error.now.isoformat(), error.resets_at.isoformat())

    def write(self, path: Path = layout.STOPPED) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        part = path.with_suffix(f".{os.getpid()}")
        part.write_text(json.dumps(asdict(self)), "utf-8")
        os.replace(part, path)

    @classmethod
    def read(cls, path: Path = layout.STOPPED) -> "Stop | None":
        """The stop of the last build; None if there was none, or none that can be read."""
        try:
            return cls(**json.loads(path.read_text("utf-8")))
        except (OSError, ValueError, TypeError):
            return None

    @property
    def seconds(self) -> float:
        """Seconds from the stop to the reset."""
        return (datetime.fromisoformat(self.resets_at) - datetime.fromisoformat(self.now)).total_seconds()

    def message(self, finished: int, parts: int, left: int, *, bundled: bool) -> str:
        """The one message of a stopped build.

        finished of `parts` slices and shards are there; at least `left` requests are still to be sent.
        """
        spent = f"{self.spent:,} of {self.limit:,} requests today"
        if self.spent < self.limit:
            spent = f"TikTok grants no more requests today ({self.spent:,} were sent from here)"
        minutes = max(1, round(self.seconds / 60))
        when = f"after 00:00 UTC (in {minutes // 60} h {minutes % 60:02d} min)"
        if bundled:
            when = "now: the bundled server begins every build with a new day"
        return (
            f"Quota spent: {spent}. "
            f"{finished} of {parts} slices are complete, nothing is lost; at least {left:,} requests are left. "
            f"Run the same command again {when}."
        )
