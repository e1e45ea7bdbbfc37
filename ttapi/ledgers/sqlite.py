"""The ledger in a SQLite file, shared by all processes on this machine."""

import os
import sqlite3
import stat
import threading
from collections.abc import Mapping
from pathlib import Path

import platformdirs
from tenacity import Retrying, retry_if_exception, stop_after_delay, wait_random

from ttapi.endpoints import LIMITS
from ttapi.errors import LedgerUnavailable
from ttapi.ledgers.addresses import LEDGER, SEVERAL_HOSTS, is_file
from ttapi.ledgers.base import AnyLedger, Statement, parameters
from ttapi.ledgers.mounts import MOUNTS, network_file_system

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


class Ledger(AnyLedger):
    """The ledger of one machine, in a SQLite file: counts requests per scope, bucket (general or follow) and UTC day.

    path: a file on a local disk, or ":memory:" for one process. limits: requests per day by bucket, where they differ
    from TikTok's. use: the share of them that this machine may use, above 0 and at most 1; the rest remains for
    collaborators, who share the quota of the project. patience: seconds to wait for other processes. mounts: the list
    of mounts, in the form of Linux. Its methods are those of AnyLedger. A claim is atomic across processes. The file is
    checked when it is opened. In a folder with the setgid bit it can be written by the folder's group, so that several
    accounts of one machine can share it. The constructor raises ValueError if `use` is out of range, and
    LedgerUnavailable if the file is on a network file system, where two hosts would send more than the quota.
    """

    is_shared_by_hosts = False
    _connection: sqlite3.Connection | None = None
    _owner_pid = 0

    def __init__(
        self,
        path: Path | str,
        *,
        limits: Mapping[str, int] = LIMITS,
        use: float = 1.0,
        patience: float = 30.0,
        mounts: Path = MOUNTS,
    ) -> None:
        super().__init__(limits, use=use, patience=patience)
        self.path = path
        self._lock = threading.Lock()
        if path != ":memory:":
            _refuse_other_addresses(path)
            _refuse_network_file_system(Path(path), mounts)

    @staticmethod
    def default_path() -> Path:
        """Return the path in TTAPI_LEDGER; without one, a file in the user's state folder.

        Raises LedgerUnavailable if TTAPI_LEDGER names a database: open_ledger() opens both.
        """
        path = os.environ.get(LEDGER)
        if path:
            _refuse_other_addresses(path)
        return Path(path) if path else platformdirs.user_state_path("ttapi") / "quota.sqlite"

    def close(self) -> None:
        """Close the file. It is opened again when it is needed."""
        connection, self._connection = self._connection, None
        if connection is not None and self._owner_pid == os.getpid():
            connection.close()

    __del__ = close

    def __repr__(self) -> str:
        return f"Ledger({str(self.path)!r})"

    def _execute(self, statement: Statement, *, cost: str = "", **values: object) -> int | None:
        try:
            with self._lock:
                # SQLite does not allow a connection to be used after a fork.
                if self._connection is None or self._owner_pid != os.getpid():
                    self._connection, self._owner_pid = self._open(), os.getpid()
                rows = self._connection.execute(statement, parameters(values)).fetchall()
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


def _refuse_other_addresses(path: Path | str) -> None:
    """Raise LedgerUnavailable for the address of a database, which would become the name of a file on this machine."""
    if not is_file(path):
        raise LedgerUnavailable(
            "The quota ledger is a database, and was to be opened as a file",
            advice="Nothing was sent. Open it with ttapi.open_ledger(), which opens the ledger that TTAPI_LEDGER "
            "names, whether it is a file or a database.",
        )


def _refuse_network_file_system(path: Path, mounts: Path) -> None:
    if kind := network_file_system(path, mounts):
        raise LedgerUnavailable(
            f"The quota ledger {path} would be on a network file system ({kind}), where two hosts could send more "
            "than the quota without a warning",
            advice=f"Nothing was sent. If all requests are sent from one host, set TTAPI_LEDGER to a file on a local "
            f"disk, such as /var/tmp/{path.name}. For several hosts, {SEVERAL_HOSTS}.",
        )


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
