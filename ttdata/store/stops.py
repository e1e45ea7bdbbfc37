"""A stop of the whole build: what its job reports to the others, and what the build reports to its user."""

import json
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from ttapi import QuotaExhausted, TikTokError
from ttdata.files import read_json, write_atomically
from ttdata.store.builds import this_build

# sysexits.h: "temporary failure; the user is invited to try again".
TEMPORARY_FAILURE = 75
# How long to wait while the API is down: short enough for a day's work, long enough to cost little quota.
PAUSE = timedelta(hours=1)


@dataclass(frozen=True)
class Stop:
    """No job of the build sends anything more.

    reason: quota (spent until `until`), down (the API, to be tried again at `until`), or fault (the job reported it).
    said: what happened, for the reasons that pass by themselves; both times are the server's (ISO, UTC).
    build: the id of the build that was stopped.
    """

    reason: str
    said: str = ""
    now: str = ""
    until: str = ""
    build: str = field(default_factory=this_build)

    @classmethod
    def of(cls, error: QuotaExhausted) -> "Stop":
        """The quota of a bucket is spent; with less than the limit it was the API that reported it."""
        text = f"Quota spent: {error.spent:,} of {error.limit:,} requests today"
        if error.spent < error.limit:  # collaborators have used the rest
            text = f"Quota spent: TikTok allows no more requests today ({error.spent:,} were sent from here)"
        return cls("quota", text, error.now.isoformat(), error.resets_at.isoformat())

    @classmethod
    def down(cls, now: datetime, text: str) -> "Stop":
        """The API fails for all jobs."""
        return cls("down", text, now.isoformat(), (now + PAUSE).isoformat())

    @classmethod
    def unanswered(cls, error: TikTokError) -> "Stop":
        """The API is down before the first request: its clock is not known yet, and this machine's has to do."""
        return cls.down(datetime.now(UTC), f"TikTok's API is down: {error.message.rstrip('.')}")

    def write(self, path: Path) -> None:
        """Stop all jobs. The job itself reports a full disk."""
        with suppress(OSError):
            write_atomically(path, json.dumps(asdict(self)))

    @classmethod
    def read(cls, path: Path) -> "Stop | None":
        """The stop of the last build; None if there was none, or it cannot be read."""
        try:
            stop = cls(**read_json(path))
            if stop.passes:
                datetime.fromisoformat(stop.until) - datetime.fromisoformat(stop.now)
        except (OSError, ValueError, TypeError):
            return None
        return stop if all(isinstance(value, str) for value in vars(stop).values()) else None

    @classmethod
    def of_this_build(cls, path: Path) -> "Stop | None":
        """The stop of the build that this process is part of."""
        stop = cls.read(path)
        return stop if stop and stop.build == this_build() else None

    @property
    def passes(self) -> bool:
        """Whether the same command succeeds later without any change."""
        return self.reason != "fault"

    @property
    def seconds(self) -> float:
        """Seconds from the stop to the moment at which to try again."""
        if not self.passes:
            return 0.0
        return (datetime.fromisoformat(self.until) - datetime.fromisoformat(self.now)).total_seconds()

    def message(self, finished: int, parts: int, left: int, *, bundled: bool) -> str:
        """The one message of a stop that passes.

        finished of `parts` slices and shards are complete; at least `left` requests are still to be sent.
        """
        minutes = max(1, round(self.seconds / 60))
        span = f"in {minutes // 60} h {minutes % 60:02d} min"
        when = span if self.reason == "down" else f"after 00:00 UTC ({span})"
        if bundled and self.reason == "quota":
            when = "right away: the bundled server starts each build on a new day"
        return (
            f"{self.said}. "
            f"{finished} of {parts} parts are complete, nothing is lost; at least {left:,} requests remain to be sent. "
            f"Run the same command again {when}."
        )
