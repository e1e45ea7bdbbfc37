"""What every quota ledger does: one row per request, written before it is sent. A database only executes statements."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from datetime import date
from types import MappingProxyType
from typing import ClassVar

from ttapi.endpoints import LIMITS

Statement = str
"""SQL that SQLite and PostgreSQL understand alike, with values as :name."""

# Each is a single statement: other processes see all of it or nothing.
_SPENT = "SELECT count(*) FROM request WHERE (scope, bucket, day) = (:scope, :bucket, :day)"
_EXHAUSTED = "SELECT count(*) FROM exhausted WHERE (scope, bucket, day) = (:scope, :bucket, :day)"
CLAIM = f"""
INSERT INTO request (scope, bucket, day, endpoint)
SELECT :scope, :bucket, :day, :endpoint WHERE ({_SPENT}) < :limit AND ({_EXHAUSTED}) = 0 RETURNING id
"""
_MOVE = "UPDATE request SET scope = :scope, day = :day WHERE id = :claim"
_RELEASE = "DELETE FROM request WHERE id = :claim"
REFUSE_EARLY = """
INSERT INTO early_refusal VALUES (:scope, :bucket, :day, 1)
ON CONFLICT (scope, bucket, day) DO UPDATE SET times = early_refusal.times + 1 RETURNING times
"""
_CONFIRM = """
INSERT INTO early_refusal VALUES (:scope, :bucket, :day, 1000000)
ON CONFLICT (scope, bucket, day) DO UPDATE SET times = 1000000
"""
_EXHAUST = "INSERT INTO exhausted VALUES (:scope, :bucket, :day) ON CONFLICT DO NOTHING"


class AnyLedger(ABC):
    """Counts requests per scope (`Client.scope`), bucket (general or follow) and UTC day.

    limits: requests per day by bucket, where they differ from TikTok's. use: the share of them that may be used here,
    above 0 and at most 1; the rest remains for collaborators, who share the quota of the project. patience: seconds to
    wait for the database and for other processes.
    Callers may rely on this: a claim is atomic among all processes that use the database. A claim that returned an id
    stays counted, whatever ends then. If the outcome of a claim is unknown, LedgerUnavailable is raised: the request
    must not be sent, and may stay counted. The constructor raises ValueError if `use` is out of range; methods that
    need the database raise LedgerUnavailable if it cannot be used. Threads may share a ledger, and a process that was
    forked may go on using it. Source of the limits and of the reset at 00:00 UTC: research-api-faq.
    """

    is_shared_by_hosts: ClassVar[bool]
    """Whether processes on several hosts can use the same ledger."""

    def __init__(
        self, limits: Mapping[str, int] = MappingProxyType({}), *, use: float = 1.0, patience: float = 30.0
    ) -> None:
        if not 0 < use <= 1:
            raise ValueError(f"use must be above 0 and at most 1, not {use}.")
        self._limits = {bucket: int(limit * use + 1e-9) for bucket, limit in {**LIMITS, **limits}.items()}
        self._patience = patience

    def limit(self, bucket: str) -> int:
        """Return how many requests per day may be sent from here."""
        return self._limits[bucket]

    def spent(self, scope: str, bucket: str, day: date) -> int:
        """Return how many requests are counted for this UTC day."""
        return self._execute(_SPENT, cost="Nothing was sent. ", scope=scope, bucket=bucket, day=day) or 0

    def left(self, scope: str, bucket: str, day: date) -> int:
        """Return how many more requests may be sent from here on this UTC day; 0 after `mark_exhausted`."""
        if self._execute(_EXHAUSTED, scope=scope, bucket=bucket, day=day):
            return 0
        return max(0, self.limit(bucket) - self.spent(scope, bucket, day))

    def claim(self, scope: str, bucket: str, day: date, endpoint: str) -> int | None:
        """Count a request that is about to be sent. Returns the id of its row; None if it must not be sent."""
        values = {"scope": scope, "bucket": bucket, "day": day, "endpoint": endpoint}
        return self._execute(CLAIM, cost="Nothing was sent. ", limit=self.limit(bucket), **values)

    def move(self, claim: int, scope: str, day: date) -> None:
        """Count a claim for another day and scope: those under which the server answered."""
        self._execute(_MOVE, scope=scope, day=day, claim=claim)

    def release(self, claim: int) -> None:
        """Delete a claim that the server cannot have counted."""
        self._execute(_RELEASE, claim=claim)

    def mark_exhausted(self, scope: str, bucket: str, day: date) -> None:
        """Record that the API has reported the day's quota as spent: then no process sends a request."""
        self._execute(_EXHAUST, scope=scope, bucket=bucket, day=day)

    def count_early_refusal(self, scope: str, bucket: str, day: date) -> int:
        """Count an answer that the quota is spent, soon after it was to be reset.

        Returns how many there were today; a very large number if the reset is confirmed.
        """
        return self._execute(REFUSE_EARLY, scope=scope, bucket=bucket, day=day) or 0

    def confirm_reset(self, scope: str, bucket: str, day: date) -> None:
        """Record that the API has answered a request of this day, so that its quota was reset."""
        self._execute(_CONFIRM, scope=scope, bucket=bucket, day=day)

    @abstractmethod
    def close(self) -> None:
        """Close the connection to the database. It is opened again when it is needed."""

    @abstractmethod
    def _execute(self, statement: Statement, *, cost: str = "", **values: object) -> int | None:
        """Execute one statement as one transaction. Returns the number in its first row; None if there is no row.

        cost: a sentence for the error message on what the failure cost. Dates are stored as text (ISO).
        Claims of one scope, bucket and day must not overlap.
        """


def parameters(values: Mapping[str, object]) -> dict[str, object]:
    """The values of a statement as every database takes them."""
    return {name: value.isoformat() if isinstance(value, date) else value for name, value in values.items()}
