"""The quota ledger: one row a request, written before it is sent, shared by all processes of this machine."""

import os
import sqlite3
import threading
from collections.abc import Mapping
from datetime import date
from pathlib import Path

import platformdirs
from tenacity import Retrying, retry_if_exception, stop_after_delay, wait_random

from ttapi.endpoints import LIMITS
from ttapi.errors import LedgerUnavailable

_SCHEMA = """
BEGIN IMMEDIATE;
CREATE TABLE IF NOT EXISTS request (
    id INTEGER PRIMARY KEY, scope TEXT NOT NULL, bucket TEXT NOT NULL, day TEXT NOT NULL, endpoint TEXT NOT NULL
) STRICT;
CREATE INDEX IF NOT EXISTS request_by_day ON request (scope, bucket, day);
CREATE TABLE IF NOT EXISTS exhausted (
    scope TEXT NOT NULL, bucket TEXT NOT NULL, day TEXT NOT NULL, PRIMARY KEY (scope, bucket, day)
) STRICT;
COMMIT;
"""

# Each is one statement, and so a transaction of its own: no other process can come between its parts.
_SPENT = "SELECT count(*) FROM request WHERE (scope, bucket, day) = (:scope, :bucket, :day)"
_EXHAUSTED = "SELECT count(*) FROM exhausted WHERE (scope, bucket, day) = (:scope, :bucket, :day)"
_CLAIM = f"""
INSERT INTO request (scope, bucket, day, endpoint)
SELECT :scope, :bucket, :day, :endpoint WHERE ({_SPENT}) < :limit AND NOT ({_EXHAUSTED}) RETURNING id
"""
_MOVE = "UPDATE request SET scope = :scope, day = :day WHERE id = :claim"
_RELEASE = "DELETE FROM request WHERE id = :claim"
_EXHAUST = "INSERT OR IGNORE INTO exhausted VALUES (:scope, :bucket, :day)"


class Ledger:
    """Counts requests by scope (who), bucket (general or follow) and UTC day, in SQLite.

    limits: requests a day by bucket, where they are not TikTok's usual ones. use: the part of them that this machine
    may spend; the rest stays free for collaborators, who share the quota of the project. path: a file on a local disk,
    or ":memory:" for one process. patience: seconds to wait for other processes.
    A claim is atomic across processes. Every method raises LedgerUnavailable if the file cannot be used.
    Source of the limits and of the reset at 00:00 UTC: research-api-faq.
    """

    _connection: sqlite3.Connection | None = None
    _owner = 0

    def __init__(
        self, path: Path | str, *, limits: Mapping[str, int] = LIMITS, use: float = 1.0, patience: float = 30.0
    ) -> None:
        if not 0 < use <= 1:
            raise ValueError(f"use must be above 0 and at most 1, not {use}.")
        self.path = path
        self._allowed = {bucket: int(limit * use + 1e-9) for bucket, limit in {**LIMITS, **limits}.items()}
        self._patience = patience
        self._lock = threading.Lock()

    @staticmethod
    def default_path() -> Path:
        """$TTAPI_LEDGER, or the user's state folder."""
        named = os.environ.get("TTAPI_LEDGER")
        return Path(named) if named else platformdirs.user_state_path("ttapi") / "quota.sqlite"

    def limit(self, bucket: str) -> int:
        """How many requests of a day may be sent from here."""
        return self._allowed[bucket]

    def spent(self, scope: str, bucket: str, day: date) -> int:
        """How many requests of that UTC day are counted."""
        return self._do(_SPENT, scope=scope, bucket=bucket, day=day) or 0

    def left(self, scope: str, bucket: str, day: date) -> int:
        """How many requests of that UTC day may still be sent from here; none if the API has said that it is spent."""
        if self._do(_EXHAUSTED, scope=scope, bucket=bucket, day=day):
            return 0
        return max(0, self.limit(bucket) - self.spent(scope, bucket, day))

    def claim(self, scope: str, bucket: str, day: date, endpoint: str) -> int | None:
        """Count a request that is about to be sent, and give its number; None if it must not be sent."""
        counted = {"scope": scope, "bucket": bucket, "day": day, "endpoint": endpoint}
        return self._do(_CLAIM, cost="Nothing was sent. ", limit=self.limit(bucket), **counted)

    def move(self, claim: int, scope: str, day: date) -> None:
        """Count a claim for the day and scope under which the server really answered."""
        self._do(_MOVE, scope=scope, day=day, claim=claim)

    def release(self, claim: int) -> None:
        """Take back a claim that the server cannot have counted."""
        self._do(_RELEASE, claim=claim)

    def mark_exhausted(self, scope: str, bucket: str, day: date) -> None:
        """Note the API's own word that the day is spent, so that other processes stop without a request."""
        self._do(_EXHAUST, scope=scope, bucket=bucket, day=day)

    def close(self) -> None:
        """Close the file; it opens again when needed."""
        connection, self._connection = self._connection, None
        if connection is not None and self._owner == os.getpid():
            connection.close()

    __del__ = close

    def __repr__(self) -> str:
        return f"Ledger({str(self.path)!r})"

    def _do(self, statement: str, *, cost: str = "", **values: object) -> int | None:
        """Run one statement; the number that it gives, if any."""
        bound = {name: str(value) if isinstance(value, date) else value for name, value in values.items()}
        try:
            with self._lock:
                if self._connection is None or self._owner != os.getpid():  # SQLite must not cross a fork
                    self._connection, self._owner = self._open(), os.getpid()
                rows = self._connection.execute(statement, bound).fetchall()
        except (sqlite3.Error, OSError) as problem:
            raise LedgerUnavailable(
                f"The quota ledger {self.path} cannot be used: {problem}.",
                advice=f"{cost}Free the disk, end the program that locks it, move it away if it is broken, "
                "or name another file in TTAPI_LEDGER.",
            ) from problem
        return int(rows[0][0]) if rows else None

    def _open(self) -> sqlite3.Connection:
        if self.path != ":memory:":
            Path(self.path).parent.mkdir(parents=True, exist_ok=True)
        db = sqlite3.connect(self.path, timeout=self._patience, isolation_level=None, check_same_thread=False)
        # SQLite's own patience does not cover the switch to WAL, which processes that start together all try.
        patient = Retrying(
            retry=retry_if_exception(_is_busy),
            stop=stop_after_delay(self._patience),
            wait=wait_random(0.001, 0.02),
            reraise=True,
        )
        try:
            patient(_prepare, db)
        except BaseException:
            db.close()
            raise
        return db


def _prepare(db: sqlite3.Connection) -> None:
    if db.execute("PRAGMA journal_mode").fetchone() != ("wal",):
        db.execute("PRAGMA journal_mode = WAL")
    db.execute("PRAGMA synchronous = NORMAL")
    if not db.execute("SELECT 1 FROM sqlite_schema WHERE name = 'exhausted'").fetchone():
        db.executescript(_SCHEMA)


def _is_busy(problem: BaseException) -> bool:
    return isinstance(problem, sqlite3.OperationalError) and problem.sqlite_errorcode & 0xFF == sqlite3.SQLITE_BUSY
