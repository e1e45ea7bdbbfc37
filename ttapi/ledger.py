"""The quota ledger: one row a request, written before it is sent, shared by all processes of this machine."""

import os
import sqlite3
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import NamedTuple, TypeVar

import platformdirs
from tenacity import Retrying, retry_if_exception, stop_after_delay, wait_random

from ttapi.endpoints import LIMITS
from ttapi.errors import LedgerUnavailable

T = TypeVar("T")

_SCHEMA = """
CREATE TABLE IF NOT EXISTS request (
    id INTEGER PRIMARY KEY, scope TEXT NOT NULL, bucket TEXT NOT NULL, day TEXT NOT NULL, endpoint TEXT NOT NULL
) STRICT;
CREATE INDEX IF NOT EXISTS request_by_day ON request (scope, bucket, day);
CREATE TABLE IF NOT EXISTS exhausted (
    scope TEXT NOT NULL, bucket TEXT NOT NULL, day TEXT NOT NULL, PRIMARY KEY (scope, bucket, day)
) STRICT;
"""


class Claim(NamedTuple):
    """A request that may be sent: it is counted already."""

    id: int
    scope: str
    day: date


class Refusal(NamedTuple):
    """A request that must not be sent."""

    spent: int
    limit: int


class Ledger:
    """Counts requests by scope (who), bucket (general or follow) and UTC day, in SQLite.

    limits: requests a day by bucket, where they are not TikTok's usual ones. use: the part of them that this machine
    may spend; the rest stays free for collaborators, who share the quota of the project. path: a file on a local disk,
    or ":memory:" for one process.
    A claim is atomic across processes. Every method raises LedgerUnavailable if the file cannot be used.
    Source of the limits and of the reset at 00:00 UTC: research-api-faq.
    """

    def __init__(
        self,
        path: Path | str,
        *,
        limits: Mapping[str, int] = LIMITS,
        use: float = 1.0,
        patience: float = 30.0,
    ) -> None:
        if not 0 < use <= 1:
            raise ValueError(f"use must be above 0 and at most 1, not {use}.")
        self.path = path
        self._allowed = {bucket: int(limit * use + 1e-9) for bucket, limit in {**LIMITS, **limits}.items()}
        self._patience = patience
        self._lock = threading.Lock()
        self._connection: sqlite3.Connection | None = None
        self._owner = 0

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
        return self._do(lambda db: _count(db, scope, bucket, day))

    def exhausted(self, scope: str, bucket: str, day: date) -> bool:
        """Whether the API itself has said that the day is spent."""
        return self._do(lambda db: _is_exhausted(db, scope, bucket, day))

    def claim(self, scope: str, bucket: str, day: date, endpoint: str) -> Claim | Refusal:
        """Count a request that is about to be sent, or refuse it."""

        def work(db: sqlite3.Connection) -> Claim | Refusal:
            spent, limit = _count(db, scope, bucket, day), self._allowed[bucket]
            if spent >= limit or _is_exhausted(db, scope, bucket, day):
                return Refusal(spent, limit)
            row = (scope, bucket, day.isoformat(), endpoint)
            done = db.execute("INSERT INTO request (scope, bucket, day, endpoint) VALUES (?, ?, ?, ?)", row)
            return Claim(done.lastrowid or 0, scope, day)

        return self._do(work, "Nothing was sent.")

    def move(self, claim: Claim, scope: str, day: date) -> None:
        """Count a claim for the day and scope under which the server really answered."""
        row = (scope, day.isoformat(), claim.id)
        self._do(lambda db: db.execute("UPDATE request SET scope = ?, day = ? WHERE id = ?", row))

    def release(self, claim: Claim) -> None:
        """Take back a claim whose request certainly never left this machine."""
        self._do(lambda db: db.execute("DELETE FROM request WHERE id = ?", (claim.id,)))

    def mark_exhausted(self, scope: str, bucket: str, day: date) -> None:
        """Note the API's own word that the day is spent, so that other processes stop without a request."""
        row = (scope, bucket, day.isoformat())
        self._do(lambda db: db.execute("INSERT OR IGNORE INTO exhausted VALUES (?, ?, ?)", row))

    def close(self) -> None:
        """Close the file; it opens again when needed."""
        with self._lock:
            if self._connection is not None and self._owner == os.getpid():
                self._connection.close()
            self._connection = None

    def __del__(self) -> None:
        connection = getattr(self, "_connection", None)
        if connection is not None:
            connection.close()

    def __repr__(self) -> str:
        return f"Ledger({str(self.path)!r})"

    def _do(self, work: Callable[[sqlite3.Connection], T], cost: str = "") -> T:
        with self._lock, self._plain_errors(cost):
            if self._connection is None or self._owner != os.getpid():  # SQLite must not cross a fork
                self._connection = self._opening()(self._open)
                self._owner = os.getpid()
            with _transaction(self._connection):
                return work(self._connection)

    def _opening(self) -> Retrying:
        # SQLite's own patience does not cover the switch to WAL, which processes that start together all try.
        return Retrying(
            retry=retry_if_exception(_is_busy),
            stop=stop_after_delay(self._patience),
            wait=wait_random(0.001, 0.02),
            reraise=True,
        )

    def _open(self) -> sqlite3.Connection:
        if self.path != ":memory:":
            Path(self.path).parent.mkdir(parents=True, exist_ok=True)
        db = sqlite3.connect(
            self.path, timeout=self._patience, isolation_level=None, check_same_thread=False, cached_statements=16
        )
        try:
            if db.execute("PRAGMA journal_mode").fetchone() != ("wal",):
                db.execute("PRAGMA journal_mode = WAL")
            db.execute("PRAGMA synchronous = NORMAL")
            if not db.execute("SELECT 1 FROM sqlite_schema WHERE name = 'exhausted'").fetchone():
                db.executescript("BEGIN IMMEDIATE;" + _SCHEMA + "COMMIT;")
        except BaseException:
            db.close()
            raise
        return db

    @contextmanager
    def _plain_errors(self, cost: str) -> Iterator[None]:
        try:
            yield
        except (sqlite3.Error, OSError) as problem:
            raise LedgerUnavailable(
                f"The quota ledger {self.path} cannot be used: {problem}.",
                advice=f"{cost} ".lstrip()
                + "Free the disk, end the program that locks it, move it away if it is broken, "
                "or name another file in TTAPI_LEDGER.",
            ) from problem


@contextmanager
def _transaction(db: sqlite3.Connection) -> Iterator[None]:
    db.execute("BEGIN IMMEDIATE")
    try:
        yield
    except BaseException:
        db.execute("ROLLBACK")
        raise
    db.execute("COMMIT")


def _is_busy(problem: BaseException) -> bool:
    return isinstance(problem, sqlite3.OperationalError) and problem.sqlite_errorcode & 0xFF == sqlite3.SQLITE_BUSY


def _count(db: sqlite3.Connection, scope: str, bucket: str, day: date) -> int:
    row = (scope, bucket, day.isoformat())
    found = db.execute("SELECT count(*) FROM request WHERE scope = ? AND bucket = ? AND day = ?", row)
    return int(found.fetchone()[0])


def _is_exhausted(db: sqlite3.Connection, scope: str, bucket: str, day: date) -> bool:
    row = (scope, bucket, day.isoformat())
    return db.execute("SELECT 1 FROM exhausted WHERE scope = ? AND bucket = ? AND day = ?", row).fetchone() is not None
