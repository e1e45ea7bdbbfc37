"""Leases in the shared ledger: one process at a time, on whatever host, does what a name stands for.

Only the clock of the database counts, so hosts whose clocks differ agree. A process that is killed leaves its lease,
which expires.
"""

import logging
import os
import socket
import threading
import time
import uuid
from collections.abc import Callable

from ttapi.errors import LedgerUnavailable
from ttapi.ledgers.database import Database

logger = logging.getLogger(__name__)

LIFETIME = 60.0
"""Seconds after the last renewal at which a lease expires."""
_MARGIN = 0.1
"""Share of the lifetime before its end in which a holder no longer relies on a lease."""
_RENEWALS = 4
"""Renewals in a lifetime."""
_LOOK_AGAIN = 1.0
"""Seconds between two looks at another process's lease."""

_COST = "Nothing was sent. "

_TAKE = """
INSERT INTO lease VALUES (%(name)s, %(holder)s, clock_timestamp() + make_interval(secs => %(seconds)s))
ON CONFLICT (name) DO UPDATE SET holder = excluded.holder, expires_at = excluded.expires_at
WHERE lease.expires_at < clock_timestamp() OR lease.holder = excluded.holder
RETURNING true
"""
_RENEW = """
UPDATE lease SET expires_at = clock_timestamp() + make_interval(secs => %(seconds)s)
WHERE (name, holder) = (%(name)s, %(holder)s) RETURNING true
"""
_RELEASE = "DELETE FROM lease WHERE (name, holder) = (%(name)s, %(holder)s) RETURNING true"
_HELD = "SELECT holder, expires_at::text FROM lease WHERE name = %(name)s"


def boot_time() -> float:
    """Seconds that also pass while this machine is suspended, where the system can tell."""
    return time.clock_gettime(time.CLOCK_BOOTTIME) if hasattr(time, "CLOCK_BOOTTIME") else time.monotonic()


class Lease:
    """The right to do something alone, in a database of the quota ledger.

    name: what it is about, the same on all hosts. lifetime: seconds after the last renewal at which it expires. A
    thread renews it until `release`. A lease is taken by one thread, once. All methods but `release` raise
    LedgerUnavailable if the database cannot be used.
    """

    def __init__(
        self,
        address: str,
        name: str,
        *,
        lifetime: float = LIFETIME,
        patience: float = 30.0,
        clock: Callable[[], float] = boot_time,
    ) -> None:
        self._database = Database(address, patience)
        self._lifetime, self._clock = lifetime, clock
        self.holder = f"process {os.getpid()} on {socket.gethostname()} ({uuid.uuid4().hex[:8]})"
        self._values = {"name": name, "holder": self.holder, "seconds": lifetime}
        self._until = 0.0
        self._ended = threading.Event()

    def __repr__(self) -> str:
        return f"Lease({self._values['name']!r}, {self._database.name!r})"

    def take(self) -> str:
        """Take the lease. Returns "" if it is held now, else who holds it.

        Waits, for a lifetime at most, while its holder may be dead: one that is alive renews its lease, which shows.
        """
        first = None
        while not self._ask(_TAKE, _COST):
            with self._database.transaction(_COST) as db:
                held = db.execute(_HELD, self._values).fetchone()
            first = first or held
            if held and held != first:
                self._database.close()
                return str(held[0])
            time.sleep(min(_LOOK_AGAIN, self._lifetime / _RENEWALS))
        threading.Thread(target=self._renew, name="renewal of a lease", daemon=True).start()
        return ""

    def is_held(self) -> bool:
        """Whether it is held: nobody else can have taken it. Asks the database if the last renewal was long ago."""
        return self._is_fresh() or self._ask(_RENEW)

    def release(self) -> None:
        """Give the lease up. If the database cannot be used, it expires."""
        self._ended.set()
        self._until = 0.0
        try:
            self._ask(_RELEASE)
        except LedgerUnavailable as error:
            logger.warning("a lease is not released, and expires within %.0f s: %s", self._lifetime, error)
        self._database.close()

    def _is_fresh(self) -> bool:
        return self._clock() < self._until - self._lifetime * _MARGIN

    def _ask(self, statement: str, cost: str = "") -> bool:
        """Execute a statement that takes, renews or releases the lease. Returns whether this process holds or held it.

        The database counts the lifetime from a moment after `began`, so the lease is not over before it seems so here.
        """
        began = self._clock()
        with self._database.transaction(cost) as db:
            held = db.execute(statement, self._values).fetchone() is not None
        self._until = began + self._lifetime if held and not self._ended.is_set() else 0.0
        return held

    def _renew(self) -> None:
        while not self._ended.wait(self._lifetime / _RENEWALS):
            try:
                if not self._ask(_RENEW):
                    return
            except LedgerUnavailable as error:  # it is held until it expires
                logger.warning("a lease could not be renewed: %s", error)
