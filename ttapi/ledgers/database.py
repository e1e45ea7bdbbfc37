"""A PostgreSQL database: its address without secrets, one connection that is replaced when it is lost, its tables.

Whatever happens to the server or to the network, a transaction ends in time: it is committed and its result is known,
or LedgerUnavailable is raised.
"""

import os
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import psycopg
from psycopg.conninfo import conninfo_to_dict
from tenacity import Retrying, retry_if_exception, stop_after_delay, wait_random

from ttapi.errors import LedgerUnavailable
from ttapi.text import one_line

VERSION = 1
"""Of the tables. A program refuses those of a later version."""

_TABLES = """
CREATE SCHEMA IF NOT EXISTS ttapi;
CREATE TABLE ttapi.request (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    scope text NOT NULL, bucket text NOT NULL, day text NOT NULL, endpoint text NOT NULL
);
CREATE INDEX request_by_day ON ttapi.request (scope, bucket, day);
CREATE TABLE ttapi.exhausted (
    scope text NOT NULL, bucket text NOT NULL, day text NOT NULL, PRIMARY KEY (scope, bucket, day)
);
CREATE TABLE ttapi.early_refusal (
    scope text NOT NULL, bucket text NOT NULL, day text NOT NULL, times integer NOT NULL,
    PRIMARY KEY (scope, bucket, day)
);
CREATE TABLE ttapi.lease (name text PRIMARY KEY, holder text NOT NULL, expires_at timestamptz NOT NULL);
CREATE TABLE ttapi.version (version integer NOT NULL);
INSERT INTO ttapi.version VALUES (1);
"""
# Not to_regclass(), which may remember, beyond the lock, that there was no such table.
_HAS_TABLES = "SELECT count(*) FROM pg_tables WHERE schemaname = 'ttapi' AND tablename = 'version'"
# Any number that nothing else in the database uses: processes that create the tables at the same time do so in turn.
_LOCK_FOR_TABLES = "SELECT pg_advisory_xact_lock(7418052967001)"

# What a server says while it is stopped or started. An error of a connection has no code; in another language, a server
# that refuses a connection for good is asked again, and one that starts is not waited for.
_REFUSED, _STARTING = "FATAL", ("starting up", "shutting down", "recovery", "not yet accepting")
_GRACE = 2.0
"""Seconds beyond the server's own time limit, after which the connection is cut from this side."""

# Connections of the process that this one was forked from. Closing one here would end it there.
_not_ours: list[object] = []


class Database:
    """One connection, opened when it is needed and opened again after it was lost. Threads take turns.

    address: postgresql://…, as libpq reads it; also its variables and its password file are used.
    patience: seconds for everything that a transaction waits for; a new connection has as many once more.
    """

    was_lost = False
    """Whether the last failure was that of a connection which had worked."""
    _connection: "psycopg.Connection[tuple[object, ...]] | None" = None
    _owner_pid = 0

    def __init__(self, address: str, patience: float) -> None:
        self._settings = _settings(address)
        self.name = _public_name(self._settings)
        self._patience = patience
        self._lock = threading.Lock()

    @contextmanager
    def transaction(self, cost: str = "") -> "Iterator[psycopg.Connection[tuple[object, ...]]]":
        """A transaction under READ COMMITTED: each statement sees what others have committed before it began.

        cost: a sentence for the error message on what the failure cost. Raises LedgerUnavailable if the transaction was
        not committed, or if that is unknown.
        """
        try:
            with self._lock:
                self.was_lost = False
                db = self._usable()
                try:
                    with self._in_time(db), db.transaction():
                        yield db
                except BaseException:
                    self.was_lost = True
                    self._drop()
                    raise
        except (psycopg.Error, OSError) as error:
            raise self._unavailable(error, cost) from None  # the error could repeat parts of the address

    def close(self) -> None:
        """Close the connection. It is opened again when it is needed."""
        connection, self._connection = self._connection, None
        if connection is not None and self._owner_pid == os.getpid():
            connection.close()

    __del__ = _drop = close

    def _usable(self) -> "psycopg.Connection[tuple[object, ...]]":
        """A connection that works: nothing has been asked on it, so one that was lost can be replaced."""
        if self._connection is not None and self._owner_pid != os.getpid():
            _not_ours.append(self._connection)
            self._connection = None
        if self._connection is not None and not self._is_alive(self._connection):
            self._drop()
        if self._connection is None:
            self._connection, self._owner_pid = self._open(), os.getpid()
        return self._connection

    def _is_alive(self, db: "psycopg.Connection[tuple[object, ...]]") -> bool:
        try:
            with self._in_time(db):
                db.execute("SELECT 1")
        except psycopg.Error:
            return False
        return True

    def _open(self) -> "psycopg.Connection[tuple[object, ...]]":
        """A new connection; waits for a server that is being started."""
        retrying = Retrying(
            retry=retry_if_exception(_may_be_starting),
            stop=stop_after_delay(self._patience),
            wait=wait_random(0.1, 0.5),
            reraise=True,
        )
        db = retrying(psycopg.connect, **{**self._settings, **self._limits()})
        db.isolation_level = psycopg.IsolationLevel.READ_COMMITTED
        try:
            with self._in_time(db):
                _prepare(db)
        except BaseException:
            db.close()
            raise
        return db

    def _limits(self) -> "dict[str, object]":
        """What ends every wait, here and on the server, and what no setting of a server or an address may weaken."""
        milliseconds = max(1, int(self._patience * 1000))
        session = {
            "search_path": "ttapi",
            "synchronous_commit": "on",
            "statement_timeout": milliseconds,
            "lock_timeout": milliseconds,
            "idle_in_transaction_session_timeout": milliseconds,
        }
        given = str(self._settings.get("options") or "")
        options = [given, *(f"-c {name}={value}" for name, value in session.items())]
        return {
            "autocommit": True,
            "options": " ".join(options).strip(),
            "connect_timeout": max(2, int(self._patience)),
            "tcp_user_timeout": milliseconds,
            "client_encoding": "utf8",
            "application_name": "ttapi",
        }

    @contextmanager
    def _in_time(self, db: "psycopg.Connection[tuple[object, ...]]") -> Iterator[None]:
        """Cut the connection when the time is over: a server that hangs does not keep its own time limit."""

        def cut_off() -> None:
            with suppress(OSError, psycopg.Error), socket.socket(fileno=os.dup(db.fileno())) as connected:
                connected.shutdown(socket.SHUT_RDWR)

        timer = threading.Timer(self._patience + _GRACE, cut_off)
        timer.daemon = True
        timer.start()
        try:
            yield
        finally:
            timer.cancel()

    def _unavailable(self, error: Exception, cost: str) -> LedgerUnavailable:
        said = one_line(str(error))
        for secret in (self._settings.get("password"), self._settings.get("sslpassword")):
            said = said.replace(str(secret), "***") if secret else said
        return LedgerUnavailable(
            f"The quota ledger {self.name} cannot be used: {said or type(error).__name__}",
            advice=f"{cost}Check that the database is running, that this host reaches it, and that its user and "
            "password are right (docs/several-hosts.md). Then run the same command again.",
        )


def _settings(address: str) -> "dict[str, object]":
    """An address as libpq reads it. What is wrong in one may be a part of the password, so it is not repeated."""
    try:
        settings: dict[str, object] = dict(conninfo_to_dict(address))
    except psycopg.Error:
        settings = {"host": "@"}
    *names, port = (str(settings.get(key) or "") for key in ("host", "hostaddr", "dbname", "port"))
    if any("@" in name for name in names) or (port and not port.replace(",", "").isdigit()):
        raise LedgerUnavailable(
            "TTAPI_LEDGER is not the address of a PostgreSQL database",
            advice="Nothing was sent. Write it as postgresql://USER@HOST:PORT/DATABASE. Better than in the address, "
            "the password is in a password file (docs/several-hosts.md); in an address, its special characters are "
            "written in percent encoding: / as %2F, @ as %40.",
        )
    return settings


def _public_name(settings: "dict[str, object]") -> str:
    """The address without user, password and options."""
    host, port, database = (str(settings.get(key) or "") for key in ("host", "port", "dbname"))
    host = host or str(settings.get("hostaddr") or "")
    return f"postgresql://{host}{':' if port else ''}{port}/{database}"


def _prepare(db: "psycopg.Connection[tuple[object, ...]]") -> None:
    """Create the tables if there are none, and check their version, and that the server keeps what it commits."""
    with db.transaction():
        if not _first(db, _HAS_TABLES):
            db.execute(_LOCK_FOR_TABLES)
            if not _first(db, _HAS_TABLES):
                db.execute(_TABLES)
        version = _first(db, "SELECT version FROM ttapi.version")
        durable = _first(db, "SHOW fsync")
    if version != VERSION:
        raise psycopg.NotSupportedError(
            f"its tables have version {version}, and this version of ttapi knows {VERSION}; update ttapi on this host"
        )
    if durable != "on":
        raise psycopg.NotSupportedError("its setting fsync is off, so that it can lose requests that were counted")


def _first(db: "psycopg.Connection[tuple[object, ...]]", statement: str) -> object:
    row = db.execute(statement).fetchone()
    return row[0] if row else None


def _may_be_starting(error: BaseException) -> bool:
    said = str(error)
    is_final = _REFUSED in said and not any(words in said for words in _STARTING)
    return isinstance(error, psycopg.OperationalError) and not is_final
