"""A tenant's virtual clock: it starts at a fixed moment, runs with real time, and can be set, moved and stopped."""

import re
from collections.abc import Callable

from mockserver.world.times import DAY, ClockError, read_time, within

_UNITS = {"s": 1, "m": 60, "h": 3_600, "d": DAY}


class Clock:
    """Virtual seconds since 1970, UTC. monotonic: the real time in seconds."""

    def __init__(self, start: float, monotonic: Callable[[], float]) -> None:
        self._monotonic = monotonic
        self._base, self._anchor = start, monotonic()
        self.is_frozen = False
        self.speed = 1.0

    @property
    def time(self) -> float:
        return self._base + (0 if self.is_frozen else (self._monotonic() - self._anchor) * self.speed)

    @property
    def now(self) -> int:
        return int(self.time)

    def set(self, moment: float) -> None:
        """Set the clock. Raises ClockError for a moment outside the time of the worlds."""
        self._base, self._anchor = within(moment), self._monotonic()

    def advance(self, seconds: float) -> None:
        self.set(self.time + seconds)

    def freeze(self, is_frozen: bool) -> None:
        self.set(self.time)
        self.is_frozen = is_frozen

    def run(self, speed: float) -> None:
        """Let virtual time pass `speed` times as fast as real time. Raises ClockError."""
        if not 0 < speed <= 1_000_000:
            raise ClockError("The speed of a clock must be above 0 and at most 1,000,000.")
        self.set(self.time)
        self.speed = speed

    def to(self, target: str, token_expiry: float | None) -> None:
        """Move to `next-utc-midnight`, `token-expiry`, an interval such as `+48h`, or an ISO time. Raises ClockError.

        token_expiry: when the newest token ends; the clock moves one second past it.
        """
        if target == "next-utc-midnight":
            self.set((self.now // DAY + 1) * DAY)
        elif target == "token-expiry":
            self.set(max(self.time, (token_expiry if token_expiry is not None else self.time + 7_200) + 1))
        elif interval := re.fullmatch(r"\+([0-9]{1,6})([smhd])", target):
            self.advance(int(interval[1]) * _UNITS[interval[2]])
        else:
            self.set(read_time(target, "2026-06-15T08:00:00Z, +48h, next-utc-midnight or token-expiry"))
