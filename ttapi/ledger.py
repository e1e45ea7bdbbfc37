"""The quota ledger: one row per request, written before it is sent, shared by all processes on this machine."""

import os
import sqlite3
import stat
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
CREATE TABLE IF NOT EXISTS early_refusal (
    scope TEXT NOT NULL, bucket TEXT NOT NULL, day TEXT NOT NULL, times INTEGER NOT NULL,
    PRIMARY KEY (scope, bucket, day)
) STRICT;
COMMIT;
"""
_TABLES = {"request", "exhausted", "early_refusal"}
# Of a ledger in a folder with the setgid bit, which a group shares.
_GROUP_MODE = 0o660

# Each is a single statement and so a transaction: other processes see all of it or nothing.
_SPENT = "SELECT count(*) FROM request WHERE (scope, bucket, day) = (:scope, :bucket, :day)"
_EXHAUSTED = "SELECT count(*) FROM exhausted WHERE (scope, bucket, day) = (:scope, :bucket, :day)"
_CLAIM = f"""
INSERT INTO request (scope, bucket, day, endpoint)
SELECT :scope, :bucket, :day, :endpoint WHERE ({_SPENT}) < :limit AND NOT ({_EXHAUSTED}) RETURNING id
"""
_MOVE = "UPDATE request SET scope = :scope, day = :day WHERE id = :claim"
_RELEASE = "DELETE FROM request WHERE id = :claim"
_REFUSE_EARLY = """
INSERT INTO early_refusal VALUES (:scope, :bucket, :day, 1)
ON CONFLICT DO UPDATE SET times = times + 1 RETURNING times
"""
_CONFIRM = """
INSERT INTO early_refusal VALUES (:scope, :bucket, :day, 1000000) ON CONFLICT DO UPDATE SET times = 1000000
"""
_EXHAUST = "INSERT OR IGNORE INTO exhausted VALUES (:scope, :bucket, :day)"


class Ledger:
    """Counts requests per scope (`Client.scope`), bucket (general or follow) and UTC day, in SQLite.

    path: a file on a local disk, or ":memory:" for one process. limits: requests per day by bucket, where they differ
    from TikTok's. use: the share of them that this machine may use, above 0 and at most 1; the rest remains for
    collaborators, who share the quota of the project. patience: seconds to wait for other processes.
    A claim is atomic across processes. The file is checked when it is opened. In a folder with the setgid bit it can be
    written by the folder's group, so that several accounts of one machine can share it. The constructor raises
    ValueError if `use` is out of range; methods that read or write the file raise LedgerUnavailable if it cannot be
    used. Source of the limits and of the reset at 00:00 UTC: research-api-faq.
    """

    _connection: sqlite3.Connection | None = None
    _owner_pid = 0

    def __init__(
        self, path: Path | str, *, limits: Mapping[str, int] = LIMITS, use: float = 1.0, patience: float = 30.0
    ) -> None:
        if not 0 < use <= 1:
            raise ValueError(f"use must be above 0 and at most 1, not {use}.")
        self.path = path
        self._limits = {bucket: int(limit * use + 1e-9) for bucket, limit in {**LIMITS, **limits}.items()}
        self._patience = patience
        self._lock = threading.Lock()

    @staticmethod
    def default_path() -> Path:
        """Return the path in TTAPI_LEDGER; without one, a file in the user's state folder."""
        path = os.environ.get("TTAPI_LEDGER")
        return Path(path) if path else platformdirs.user_state_path("ttapi") / "quota.sqlite"

    def limit(self, bucket: str) -> int:
        """Return how many requests per day this machine may send."""
        return self._limits[bucket]

    def spent(self, scope: str, bucket: str, day: date) -> int:
        """Return how many requests are counted for this UTC day."""
        return self._execute(_SPENT, scope=scope, bucket=bucket, day=day) or 0

    def left(self, scope: str, bucket: str, day: date) -> int:
        """Return how many more requests this machine may send on this UTC day; 0 after `mark_exhausted`."""
        if self._execute(_EXHAUSTED, scope=scope, bucket=bucket, day=day):
            return 0
        return max(0, self.limit(bucket) - self.spent(scope, bucket, day))

    def claim(self, scope: str, bucket: str, day: date, endpoint: str) -> int | None:
        """Count a request that is about to be sent. Returns the id of its row; None if it must not be sent."""
        values = {"scope": scope, "bucket": bucket, "day": day, "endpoint": endpoint}
        return self._execute(_CLAIM, cost="Nothing was sent. ", limit=self.limit(bucket), **values)

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
        return self._execute(_REFUSE_EARLY, scope=scope, bucket=bucket, day=day) or 0

    def confirm_reset(self, scope: str, bucket: str, day: date) -> None:
        """Record that the API has answered a request of this day, so that its quota was reset."""
        self._execute(_CONFIRM, scope=scope, bucket=bucket, day=day)

    def close(self) -> None:
        """Close the file. It is opened again when it is needed."""
        connection, self._connection = self._connection, None
        if connection is not None and self._owner_pid == os.getpid():
            connection.close()

    __del__ = close

    def __repr__(self) -> str:
        return f"Ledger({str(self.path)!r})"

    def _execute(self, statement: str, *, cost: str = "", **values: object) -> int | None:
        """Execute one statement. Returns the number in its first row; None if there is no row.

        cost: a sentence for the error message on what the failure cost.
        """
        parameters = {name: str(value) if isinstance(value, date) else value for name, value in values.items()}
        try:
            with self._lock:
                # SQLite does not allow a connection to be used after a fork.
                if self._connection is None or self._owner_pid != os.getpid():
                    self._connection, self._owner_pid = self._open(), os.getpid()
                rows = self._connection.execute(statement, parameters).fetchall()
        except (sqlite3.Error, OSError) as error:
            raise LedgerUnavailable(
                f"The quota ledger {self.path} cannot be used: {error}.",
                advice=f"{cost}Free some disk space, end the program that locks the file, move it to another "
                "folder if it is damaged, or set TTAPI_LEDGER to another file.",
            ) from error
        return int(rows[0][0]) if rows else None

    def _open(self) -> sqlite3.Connection:
        if self.path != ":memory:":
            _create(Path(self.path))
        db = sqlite3.connect(self.path, timeout=self._patience, isolation_level=None, check_same_thread=False)
        # SQLite's timeout does not cover the switch to WAL, which processes that start at the same time all try.
        retrying = Retrying(
            retry=retry_if_exception(_is_busy),
            stop=stop_after_delay(self._patience),
            wait=wait_random(0.001, 0.02),
            reraise=True,
        )
        try:
            retrying(_prepare, db)
        except BaseException:
            db.close()
            raise
        return db


def _create(path: Path) -> None:
    """Create the file's folder, and the file itself if its group is to share it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if not path.exists() and path.parent.stat().st_mode & stat.S_ISGID:
        file = os.open(path, os.O_RDWR | os.O_CREAT, _GROUP_MODE)
        os.fchmod(file, _GROUP_MODE)  # whatever the umask is
        os.close(file)


def _prepare(db: sqlite3.Connection) -> None:
    if db.execute("PRAGMA journal_mode").fetchone() != ("wal",):
        db.execute("PRAGMA journal_mode = WAL")
    db.execute("PRAGMA synchronous = NORMAL")
    problem = db.execute("PRAGMA quick_check(1)").fetchone()[0]
    if problem != "ok":
        raise sqlite3.DatabaseError(f"it is damaged ({problem})")
    if not {name for (name,) in db.execute("SELECT name FROM sqlite_schema")} >= _TABLES:
        db.executescript(_SCHEMA)


def _is_busy(error: BaseException) -> bool:
    return isinstance(error, sqlite3.OperationalError) and error.sqlite_errorcode & 0xFF == sqlite3.SQLITE_BUSY
