"""The ledger of several hosts, in a real PostgreSQL server: whatever breaks, no request is sent beyond the quota."""

import json
import os
import subprocess
import sys
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from itertools import count
from pathlib import Path
from unittest.mock import DEFAULT, Mock

import psycopg
import pytest
import requests

from tests.postgres import DATABASE, PASSWORD, Postgres, Wire
from tests.support import ADMIN, MockServer, until
from ttapi import AnyLedger, Client, Credentials, LedgerUnavailable, QuotaExhausted, open_ledger
from ttapi.ledgers.postgres import PostgresLedger

DAY = date(2026, 6, 1)
QUOTA = 50
_numbers = count(1)

# One process of one host: sends until the ledger allows no more, and goes on when the ledger was not available.
WORKER = """
import json, sys, time
from collections import Counter
from ttapi import Client, Credentials, LedgerUnavailable, QuotaExhausted, open_ledger
url, key, username, most = sys.argv[1:]
outcomes = Counter()
ledger = open_ledger(limits={"general": 50}, patience=4)
client = Client(url, credentials=Credentials(key, "mock-secret"), ledger=ledger,
                on_answer=lambda answer: outcomes.update([answer.code]))
client.token()
print("ready", flush=True)
for _ in range(int(most)):
    try:
        client.call("user.info", {"username": username})
    except LedgerUnavailable:
        outcomes["unavailable"] += 1
        time.sleep(0.05)
    except QuotaExhausted:
        outcomes["refused"] += 1
print(json.dumps(outcomes))
"""


class World:
    """A tenant of the mock server whose own quota is far larger than the ledger's, so that it counts what was sent."""

    def __init__(self, mock_server: MockServer) -> None:
        self.url = mock_server.url
        self.key = f"mock:quota=900,follow_quota={4000 + next(_numbers) + 100 * (os.getpid() % 1000)}"
        self.username = requests.get(f"{self.url}/__mock__/sample", timeout=10).json()["username"]

    def start(self, address: str, most: int = 40) -> "subprocess.Popen[str]":
        words = [sys.executable, "-c", WORKER, self.url, self.key, self.username, str(most)]
        environment = os.environ | {"TTAPI_LEDGER": address}
        return subprocess.Popen(words, stdout=subprocess.PIPE, text=True, env=environment)

    def client(self, ledger: AnyLedger) -> Client:
        return Client(self.url, credentials=Credentials(self.key, "mock-secret"), ledger=ledger)

    @property
    def received(self) -> int:
        """Requests that arrived at the API."""
        headers = {"X-Mock-Admin-Token": ADMIN}
        tenants = requests.get(f"{self.url}/__mock__/tenants", headers=headers, timeout=10).json()
        totals = {tenant["tenant"]: tenant["quota"]["general"]["total"] for tenant in tenants}
        return int(totals.get(self.key, 0))

    def counted(self, postgres: Postgres) -> int:
        """Requests that the ledger counts."""
        scope = f"%{Credentials(self.key, 'x').fingerprint}%"
        return int(str(postgres.rows(f"SELECT count(*) FROM ttapi.request WHERE scope LIKE '{scope}'")[0][0]))


@pytest.fixture
def world(mock_server: MockServer) -> World:
    return World(mock_server)


@pytest.fixture
def scope() -> str:
    return f"scope {next(_numbers)}"


@pytest.fixture
def wire(postgres: Postgres):
    wire = Wire(postgres.port)
    yield wire
    wire.close()


@pytest.fixture
def opened(postgres: Postgres):
    """Opens ledgers that are closed after the test."""
    ledgers = []

    def open_one(address: str = "", **options) -> AnyLedger:
        ledger = open_ledger(address or postgres.address(), limits={"general": QUOTA}, **options)
        ledgers.append(ledger)
        return ledger

    yield open_one
    for ledger in ledgers:
        ledger.close()


@pytest.fixture
def database(postgres: Postgres):
    return postgres.new_database(f"database_{next(_numbers)}")


def outcomes(workers) -> Counter[str]:
    results = [worker.communicate(timeout=60)[0] for worker in workers]
    return sum((Counter(json.loads(said.splitlines()[-1])) for said in results), Counter())


def claims(ledger: AnyLedger, scope: str, times: int) -> int:
    return sum(ledger.claim(scope, "general", DAY, "user.info") is not None for _ in range(times))


# Exactly the quota


@pytest.mark.slow
def test_six_processes_that_want_forty_requests_each_send_exactly_the_fifty_of_the_quota(world, postgres):
    total = outcomes([world.start(postgres.address()) for _ in range(6)])
    assert total == {"ok": QUOTA, "refused": 6 * 40 - QUOTA}
    assert world.received == world.counted(postgres) == QUOTA


@pytest.mark.slow
def test_processes_that_are_killed_have_sent_no_more_than_they_claimed(world, postgres):
    workers = [world.start(postgres.address()) for _ in range(4)]
    for worker in workers:
        worker.stdout.readline()
    until(lambda: world.received >= 5)
    for worker in workers[:3]:
        worker.kill()
        worker.communicate()
    outcomes([workers[3], world.start(postgres.address(), most=QUOTA)])
    assert world.counted(postgres) == QUOTA
    assert QUOTA - 3 <= world.received <= QUOTA  # each that was killed had claimed one at most


@pytest.mark.slow
def test_a_database_that_crashes_and_is_started_again_during_claims_costs_no_request_too_many(world, postgres):
    workers = [world.start(postgres.address(), most=120) for _ in range(3)]
    for worker in workers:
        worker.stdout.readline()
    for sent in (5, 15, 25):
        until(lambda sent=sent: world.received >= sent)
        postgres.stop()
        received = world.received
        time.sleep(0.5)
        assert world.received - received <= len(workers)  # those that had been claimed
        postgres.start()
    total = outcomes(workers)
    assert total["ok"] == world.received <= world.counted(postgres) == QUOTA
    assert world.received >= QUOTA - 9  # a claim of unknown outcome stays counted: one of each process in each crash


@pytest.mark.parametrize("isolation", ["repeatable read", "serializable"])
def test_a_database_with_another_isolation_by_default_counts_the_same(postgres, opened, database, isolation):
    with postgres.connection("postgres") as db:
        db.execute(f"ALTER DATABASE {database} SET default_transaction_isolation = '{isolation}'")
    ledgers = [opened(postgres.address(database=database)) for _ in range(4)]
    with ThreadPoolExecutor(4) as pool:
        assert sum(pool.map(lambda ledger: claims(ledger, "me", 25), ledgers)) == QUOTA


# A connection that is lost


def test_a_connection_lost_before_the_answer_to_a_commit_sends_nothing_and_stays_counted(world, postgres, wire, opened):
    client = world.client(opened(postgres.address(port=wire.port)))
    client.call("user.info", {"username": world.username})
    wire.cut_at(b"COMMIT\0")
    with pytest.raises(LedgerUnavailable, match=r"Nothing was sent\. Check that the database is running"):
        client.call("user.info", {"username": world.username})
    assert (world.received, world.counted(postgres)) == (1, 2)
    client.call("user.info", {"username": world.username})
    assert (world.received, world.counted(postgres)) == (2, 3)


def test_a_connection_lost_before_the_commit_sends_nothing(world, postgres, wire, opened):
    client = world.client(opened(postgres.address(port=wire.port)))
    client.call("user.info", {"username": world.username})
    wire.cut_at(b"INSERT INTO request")
    with pytest.raises(LedgerUnavailable, match="Nothing was sent"):
        client.call("user.info", {"username": world.username})
    assert (world.received, world.counted(postgres)) == (1, 1)


def test_what_counts_each_time_is_not_made_again_if_its_outcome_is_unknown(postgres, wire, opened, scope):
    ledger = opened(postgres.address(port=wire.port))
    for count_one in (lambda: claims(ledger, scope, 1), lambda: ledger.count_early_refusal(scope, "general", DAY)):
        count_one()
        wire.cut_at(b"COMMIT\0")
        with pytest.raises(LedgerUnavailable):
            count_one()
    assert ledger.spent(scope, "general", DAY) == 2
    assert ledger.count_early_refusal(scope, "general", DAY) == 3


@pytest.mark.slow
def test_a_database_that_does_not_answer_is_given_up_in_time(postgres, wire, opened, scope):
    ledger = opened(postgres.address(port=wire.port), patience=0.3)
    assert claims(ledger, scope, 1) == 1
    wire.hang_at(b"COMMIT\0")
    began = time.monotonic()
    with pytest.raises(LedgerUnavailable, match="Nothing was sent"):
        claims(ledger, scope, 1)
    assert time.monotonic() - began < 5


def test_a_claim_that_waits_too_long_for_another_is_given_up_in_time(postgres, opened, scope):
    ledger = opened(patience=0.3)
    assert claims(ledger, scope, 1) == 1
    with postgres.connection() as db, db.transaction():
        key = f"{scope}|general|{DAY}"
        db.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [key])
        with pytest.raises(LedgerUnavailable, match=r"timeout\. Nothing was sent"):
            claims(ledger, scope, 1)
    assert claims(ledger, scope, 1) == 1


def test_a_move_whose_connection_is_lost_is_made_again(postgres, wire, opened, scope):
    ledger = opened(postgres.address(port=wire.port))
    claim = ledger.claim(scope, "general", DAY, "user.info")
    wire.cut_at(b"UPDATE request")
    next_day = date(2026, 6, 2)
    ledger.move(claim, scope, next_day)
    assert (ledger.spent(scope, "general", DAY), ledger.spent(scope, "general", next_day)) == (0, 1)


def test_after_a_restart_of_the_database_the_same_client_goes_on(postgres, opened, scope):
    ledger = opened()
    assert claims(ledger, scope, 3) == 3
    postgres.stop()
    postgres.start()
    assert claims(ledger, scope, QUOTA) == QUOTA - 3


def test_after_a_fork_each_process_has_a_connection_of_its_own(opened, scope):
    ledger = opened()
    assert claims(ledger, scope, 1) == 1
    before = ledger._database._connection.info.backend_pid
    child = os.fork()
    if child == 0:
        is_right = claims(ledger, scope, 2) == 2 and ledger._database._connection.info.backend_pid != before
        os._exit(0 if is_right else 1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    assert claims(ledger, scope, QUOTA) == QUOTA - 3
    assert ledger._database._connection.info.backend_pid == before


@pytest.mark.parametrize(
    "said",
    [
        "FATAL:  the database system is starting up",
        "FATAL:  the database system is shutting down",
        "FATAL:  the database system is in recovery mode",
        "FATAL:  the database system is not yet accepting connections",
        "server closed the connection unexpectedly",
    ],
)
def test_a_server_that_is_being_started_is_waited_for(opened, scope, monkeypatch, said):
    waits: list[float] = []
    monkeypatch.setattr(time, "sleep", waits.append)
    answers = [psycopg.OperationalError(said), DEFAULT]
    monkeypatch.setattr(psycopg, "connect", Mock(wraps=psycopg.connect, side_effect=answers))
    assert claims(opened(), scope, 1) == 1
    assert len(waits) == 1
    assert 0.1 <= waits[0] <= 0.5


def test_a_server_that_refuses_a_connection_for_good_is_asked_once(postgres, opened, scope, monkeypatch):
    waits: list[float] = []
    monkeypatch.setattr(time, "sleep", waits.append)
    with pytest.raises(LedgerUnavailable):
        claims(opened(postgres.address(user="quota:wrong")), scope, 1)
    assert waits == []


# Tables, rights and settings


@pytest.mark.parametrize(
    ("patience", "milliseconds", "to_connect"), [(1.5, "1500", "2"), (4.0, "4000", "4"), (30.0, "30000", "30")]
)
def test_no_server_and_no_address_weakens_a_connection(postgres, opened, scope, patience, milliseconds, to_connect):
    weak = "-c%20statement_timeout%3D0%20-c%20synchronous_commit%3Doff%20-c%20work_mem%3D128kB"
    ledger = opened(f"{postgres.address()}?options={weak}&client_encoding=latin1", patience=patience)
    ledger.spent(scope, "general", DAY)
    connection = ledger._database._connection
    names = ("statement_timeout", "lock_timeout", "idle_in_transaction_session_timeout", "work_mem")
    rows = connection.execute("SELECT name, setting FROM pg_settings WHERE name = ANY(%s)", [list(names)]).fetchall()
    assert dict(rows) == dict.fromkeys(names, milliseconds) | {"work_mem": "128"}
    shown = {
        name: connection.execute(f"SHOW {name}").fetchone()[0]
        for name in ("search_path", "synchronous_commit", "client_encoding", "application_name")
    }
    assert shown == {
        "search_path": "ttapi",
        "synchronous_commit": "on",
        "client_encoding": "UTF8",
        "application_name": "ttapi",
    }
    given = connection.info.get_parameters()
    assert (given["connect_timeout"], given["tcp_user_timeout"]) == (to_connect, milliseconds)


def test_a_connection_has_thirty_seconds_by_default(opened, postgres, scope):
    for ledger in (opened(), PostgresLedger(postgres.address())):
        ledger.spent(scope, "general", DAY)
        assert ledger._database._connection.execute("SHOW statement_timeout").fetchone() == ("30s",)
        ledger.close()


def test_a_closed_ledger_has_no_connection(opened, postgres, scope):
    ledger = opened()
    ledger.spent(scope, "general", DAY)
    connection = ledger._database._connection
    for _ in range(2):
        ledger.close()
    assert connection.closed


def test_processes_that_come_first_at_the_same_time_create_the_tables_once(postgres, opened, database):
    ledgers = [opened(postgres.address(database=database)) for _ in range(8)]
    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(lambda ledger: claims(ledger, "me", 1), ledgers)) == [1] * 8


def test_tables_of_a_later_version_are_refused(postgres, opened, database):
    address = postgres.address(database=database)
    opened(address).spent("me", "general", DAY)
    with postgres.connection(database) as db:
        db.execute("UPDATE ttapi.version SET version = 2")
    with pytest.raises(LedgerUnavailable) as caught:
        claims(opened(address), "me", 1)
    assert str(caught.value) == (
        f"The quota ledger postgresql://127.0.0.1:{postgres.port}/{database} cannot be used: its tables have version "
        "2, and this version of ttapi knows 1; update ttapi on this host. Nothing was sent. Check that the database is "
        "running, that this host reaches it, and that its user and password are right (docs/several-hosts.md). Then "
        "run the same command again."
    )


def test_a_server_that_may_lose_what_it_committed_is_refused(postgres, opened, scope):
    with postgres.connection() as db:
        db.execute("ALTER SYSTEM SET fsync = off")
        db.execute("SELECT pg_reload_conf()")
        until(lambda: postgres.rows("SHOW fsync") == [("off",)])
        try:
            with pytest.raises(
                LedgerUnavailable,
                match=r"used: its setting fsync is off, so that it can lose requests that were counted\. Nothing",
            ):
                claims(opened(), scope, 1)
        finally:
            db.execute("ALTER SYSTEM RESET fsync")
            db.execute("SELECT pg_reload_conf()")
            until(lambda: postgres.rows("SHOW fsync") == [("on",)])


def test_a_claim_is_on_the_disk_of_the_server_whatever_the_database_prefers(postgres, opened, database):
    with postgres.connection("postgres") as db:
        db.execute(f"ALTER DATABASE {database} SET synchronous_commit = off")
    ledger = opened(postgres.address(database=database))
    ledger.spent("me", "general", DAY)
    assert ledger._database._connection.execute("SHOW synchronous_commit").fetchone() == ("on",)


def test_a_user_who_owns_nothing_can_count_with_the_rights_in_the_documentation(postgres, opened, database):
    opened(postgres.address(database=database)).spent("me", "general", DAY)
    page = Path(__file__).parents[2] / "docs/several-hosts.md"
    grants = page.read_text("utf-8").split("```sql\n")[2].split("```")[0].replace("collector", f"role_{database}")
    with postgres.connection(database) as db:
        db.execute(f"CREATE ROLE role_{database} LOGIN PASSWORD 'x'")
        address = postgres.address(database=database, user=f"role_{database}:x")
        with pytest.raises(LedgerUnavailable, match="permission denied"):
            claims(opened(address), "me", 1)
        db.execute(grants)
    ledger = opened(address)
    claim = ledger.claim("me", "general", DAY, "user.info")
    ledger.move(claim, "me", date(2026, 6, 2))
    ledger.release(claim)
    ledger.mark_exhausted("me", "general", DAY)
    assert ledger.left("me", "general", DAY) == 0


# Passwords


def test_a_password_file_replaces_a_password_in_the_address(postgres, opened, scope, tmp_path, monkeypatch):
    file = tmp_path / "password file"
    file.write_text(f"127.0.0.1:{postgres.port}:{DATABASE}:quota:{PASSWORD}\n")
    file.chmod(0o600)
    address = postgres.address(user="quota")
    assert claims(opened(f"{address}?passfile={str(file).replace(' ', '%20')}"), scope, 1) == 1
    monkeypatch.setenv("PGPASSFILE", str(file))
    assert claims(opened(address), scope, 1) == 1


@pytest.mark.parametrize(
    "address",
    [
        "postgresql://quota:wrong-Secret7@127.0.0.1:{port}/ledger",
        "postgresql://127.0.0.1:{port}/ledger?user=quota&password=wrong-Secret7",
        "postgresql://quota:wrong/Secret7@127.0.0.1:{port}/ledger",
        "postgresql://quota:Secret7/wrong@127.0.0.1:{port}/ledger",
        "postgresql://quota:77/Secret7@127.0.0.1/ledger",
        "postgresql://quota:wrong%zSecret7@127.0.0.1:{port}/ledger",
        "postgresql://quota:Secret7@127.0.0.1:{port}/ledger?unknown_Secret7=1",
        "postgresql://quota:Secret7@127.0.0.1:{port}/no-such-database",
        "postgresql://quota:Secret7@127.0.0.1:1/ledger",
    ],
)
def test_no_message_has_a_password(postgres, opened, scope, address):
    with pytest.raises(LedgerUnavailable) as caught:  # noqa: PT012 (either may raise)
        ledger = opened(address.format(port=postgres.port), patience=0.1)
        assert "Secret7" not in f"{ledger!r} {ledger._database.name}"
        claims(ledger, scope, 1)
    error = caught.value
    assert "Nothing was sent." in str(error)
    assert not any("Secret7" in repr(each) for each in (error, error.__cause__, vars(error)))
    assert error.__suppress_context__ or error.__context__ is None


@pytest.mark.parametrize(
    "address",
    [
        "postgresql://quota:77/Secret7@127.0.0.1/ledger",
        "postgresql://quota@[::1/ledger",
        "postgresql://127.0.0.1/ledger?port=54a",
        "postgresql:///ledger?hostaddr=a@b",
        "postgresql://127.0.0.1/a@b",
    ],
)
def test_an_address_that_may_have_a_part_of_a_password_in_another_place_is_not_repeated(address):
    with pytest.raises(LedgerUnavailable) as caught:
        open_ledger(address)
    assert str(caught.value) == (
        "TTAPI_LEDGER is not the address of a PostgreSQL database. Nothing was sent. Write it as "
        "postgresql://USER@HOST:PORT/DATABASE. Better than in the address, the password is in a password file "
        "(docs/several-hosts.md); in an address, its special characters are written in percent encoding: / as %2F, "
        "@ as %40."
    )


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        ("postgresql://quota:Secret7@db.example:5433/ledger?connect_timeout=3", "postgresql://db.example:5433/ledger"),
        ("postgresql://quota@db.example/ledger", "postgresql://db.example/ledger"),
        ("postgresql://a:5432,b:5433/ledger", "postgresql://a,b:5432,5433/ledger"),
        ("postgresql:///ledger?hostaddr=127.0.0.1", "postgresql://127.0.0.1/ledger"),
        ("postgresql://", "postgresql:///"),
    ],
)
def test_a_ledger_is_shown_without_user_and_password(address, shown):
    assert repr(open_ledger(address)) == f"PostgresLedger('{shown}')"


@pytest.mark.parametrize("secrets", ["password=Secret7", "sslpassword=Secret7", "password=Secret7&sslpassword=Secret8"])
def test_a_server_that_repeats_a_secret_is_quoted_without_it(monkeypatch, secrets):
    said = "FATAL:  I do not know\n Secret7 or\tSecret8"
    monkeypatch.setattr(psycopg, "connect", Mock(side_effect=psycopg.OperationalError(said)))
    with pytest.raises(LedgerUnavailable) as caught:
        open_ledger(f"postgresql://127.0.0.1/ledger?{secrets}").spent("me", "general", DAY)
    last = "***" if "Secret8" in secrets else "Secret8"
    assert f"ledger cannot be used: FATAL: I do not know *** or {last}. Nothing was sent." in str(caught.value)


def test_an_error_without_words_is_called_by_its_kind(monkeypatch):
    monkeypatch.setattr(psycopg, "connect", Mock(side_effect=PermissionError))
    with pytest.raises(LedgerUnavailable, match=r"ledger cannot be used: PermissionError\. Nothing was sent\."):
        open_ledger("postgresql://127.0.0.1/ledger").spent("me", "general", DAY)


@pytest.mark.slow
@pytest.mark.parametrize("options", [[], ["--ledger"]])
def test_the_command_line_counts_there_and_shows_no_password(world, postgres, options):
    def run(address: str) -> "subprocess.CompletedProcess[str]":
        words = [sys.executable, "-m", "ttapi", "-vv", "--base-url", world.url]
        words += [*options, address] if options else []
        variables = {"TIKTOK_CLIENT_KEY": world.key, "TIKTOK_CLIENT_SECRET": "mock-secret"}
        variables |= {} if options else {"TTAPI_LEDGER": address}
        words += ["user", world.username]
        return subprocess.run(words, env=os.environ | variables, capture_output=True, text=True, check=False)

    right, wrong = run(postgres.address()), run(postgres.address(user="quota:wrong-Secret7"))
    assert (right.returncode, wrong.returncode) == (0, 1)
    assert "Nothing was sent." in wrong.stderr
    assert "Secret7" not in wrong.stderr + wrong.stdout
    assert world.received == world.counted(postgres) == 1


def test_without_the_library_the_remedy_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "psycopg", None)
    with pytest.raises(LedgerUnavailable) as caught:
        open_ledger("postgresql://127.0.0.1/ledger")
    assert str(caught.value) == (
        'A quota ledger in PostgreSQL needs psycopg: pip install "ttdata[postgres]". Nothing was sent.'
    )


def test_the_quota_error_is_that_of_every_ledger(world, postgres, opened):
    client = world.client(opened())
    for _ in range(QUOTA):
        client._ledger.claim(client.scope, "general", client.now().date(), "user.info")
    client.token()
    for _ in range(QUOTA):
        client._ledger.claim(client.scope, "general", client.now().date(), "user.info")
    with pytest.raises(QuotaExhausted, match=r"50 of 50 general requests .* nothing was sent"):
        client.call("user.info", {"username": world.username})
    assert world.received == 0
