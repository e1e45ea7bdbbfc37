"""A throw-away PostgreSQL server on loopback, and a wire to it that a test can cut."""

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
import threading
from contextlib import suppress
from pathlib import Path

import psycopg

from tests.support import until

USER, PASSWORD, DATABASE = "quota", "pass/w@rd", "ledger"
_ENCODED = "pass%2Fw%40rd"
# The server ends with its test process, however that ends: its standard input is then closed.
_SERVE = '"$0" "$@" & read -r line; kill -QUIT $!; wait $!'


def programs() -> Path | None:
    """The folder of PostgreSQL's own programs, as Debian or others install them; None if there is none."""
    folders = [*Path("/usr/lib/postgresql").glob("*/bin"), Path(shutil.which("initdb") or "/nothing").parent]
    return next((folder for folder in sorted(folders, reverse=True) if (folder / "initdb").exists()), None)


class Postgres:
    """One server with one user and one database. It refuses to be run by root, so root runs it as another account."""

    def __init__(self, bin_folder: Path) -> None:
        self._bin = bin_folder
        self._folder = Path(tempfile.mkdtemp(prefix="ttapi-postgres-"))
        self._account = _unprivileged()
        if self._account:
            shutil.chown(self._folder, self._account)
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port: int = free.getsockname()[1]
        secret = self._folder / "password"
        secret.write_text(PASSWORD)
        secret.chmod(0o644)
        options = (
            "--username",
            USER,
            "--pwfile",
            str(secret),
            "--auth",
            "scram-sha-256",
            "--no-sync",
            "--locale=C",
            "--encoding=UTF8",
        )
        self._run("initdb", "--pgdata", str(self._folder / "data"), *options)
        with (self._folder / "data" / "postgresql.conf").open("a") as settings:
            settings.write("fsync = on\n")  # the default, unless whoever installed PostgreSQL has changed it
        self.start()
        with self.connection("postgres") as db:
            db.execute(f"CREATE DATABASE {DATABASE}")

    def address(self, *, port: int = 0, database: str = DATABASE, user: str = f"{USER}:{_ENCODED}") -> str:
        return f"postgresql://{user}@127.0.0.1:{port or self.port}/{database}"

    def connection(self, database: str = DATABASE) -> "psycopg.Connection[tuple[object, ...]]":
        return psycopg.connect(self.address(database=database), autocommit=True, client_encoding="utf8")

    def new_database(self, name: str) -> str:
        """An empty database, with an encoding of its own; what a test sets there concerns no other test."""
        with self.connection("postgres") as db:
            db.execute(f"CREATE DATABASE {name} ENCODING 'SQL_ASCII' TEMPLATE template0")
        return name

    def rows(self, query: str, database: str = DATABASE) -> "list[tuple[object, ...]]":
        with self.connection(database) as db:
            return db.execute(query).fetchall()

    def start(self) -> None:
        settings = ["listen_addresses=127.0.0.1", f"port={self.port}", f"unix_socket_directories={self._folder}"]
        words = [str(self._bin / "postgres"), "-D", str(self._folder / "data")]
        words += [word for setting in settings for word in ("-c", setting)]
        with (self._folder / "log").open("ab") as log:
            self._server = subprocess.Popen(
                ["sh", "-c", _SERVE, *words],
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=log,
                user=self._account,
                cwd=self._folder,
            )
        until(self._answers)

    def stop(self) -> None:
        """Stop the server as `pg_ctl stop -m immediate` does: at once, and as if it had crashed."""
        assert self._server.stdin
        self._server.stdin.close()
        self._server.wait(timeout=30)

    def remove(self) -> None:
        self.stop()
        shutil.rmtree(self._folder)

    def _answers(self) -> bool:
        with suppress(psycopg.OperationalError):
            self.connection("postgres").close()
            return True
        return False

    def _run(self, program: str, *arguments: str) -> None:
        words = [str(self._bin / program), *arguments]
        subprocess.run(words, user=self._account, cwd=self._folder, check=True, capture_output=True)


def _unprivileged() -> str | None:
    """The account for the server if this is root: that of Debian's package, or nobody."""
    if os.getuid() != 0:
        return None
    names = {entry.pw_name for entry in pwd.getpwall()}
    return "postgres" if "postgres" in names else "nobody"


class Wire:
    """Passes bytes between clients and a server, until a client sends certain bytes.

    The server receives them, and its answer does not arrive: with `cut_at` that connection breaks instead, the next one
    works; with `hang_at` nothing happens any more.
    """

    def __init__(self, port: int) -> None:
        self._target = port
        self.mend()
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listening.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def mend(self) -> None:
        self._at, self._breaks = b"", False

    def cut_at(self, sent: bytes) -> None:
        self._at, self._breaks = sent, True

    def hang_at(self, sent: bytes) -> None:
        self._at, self._breaks = sent, False

    def close(self) -> None:
        """Accept no connection any more; those that there are stay."""
        self._listening.shutdown(socket.SHUT_RDWR)  # wakes the thread that waits for one
        self._listening.close()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                client, _ = self._listening.accept()
                server = socket.create_connection(("127.0.0.1", self._target))
                reached = threading.Event()
                for pass_on in (self._to_server, self._to_client):
                    threading.Thread(target=pass_on, args=(client, server, reached), daemon=True).start()

    def _to_server(self, client: socket.socket, server: socket.socket, reached: threading.Event) -> None:
        with client, suppress(OSError):
            while data := client.recv(1 << 16):
                if self._at and self._at in data:
                    reached.set()
                    if self._breaks:
                        self._at = b""
                server.sendall(data)
        with suppress(OSError):
            server.shutdown(socket.SHUT_RDWR)

    def _to_client(self, client: socket.socket, server: socket.socket, reached: threading.Event) -> None:
        with server, suppress(OSError):
            while data := server.recv(1 << 16):
                if not reached.is_set():
                    client.sendall(data)
                elif self._breaks:
                    break
        with suppress(OSError):
            client.shutdown(socket.SHUT_RDWR)
