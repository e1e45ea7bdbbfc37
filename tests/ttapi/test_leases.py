"""Leases: of all processes that want a name, one has it; a dead one loses it, and a suspended one notices."""

import os
import re
import signal
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from itertools import count

import pytest

from tests.postgres import Postgres, Wire
from tests.support import until
from ttapi import LedgerUnavailable, ledger_is_shared, open_lease
from ttapi.ledgers.leases import Lease, boot_time

LIFETIME = 1.0
_numbers = count(1)

# Takes a lease, and says whether it has it whenever it is asked.
HOLDER = """
import sys
from ttapi.ledgers.leases import Lease
lease = Lease(sys.argv[1], sys.argv[2], lifetime=float(sys.argv[3]))
print(lease.take() or "mine", flush=True)
for line in sys.stdin:
    print(lease.is_held(), flush=True)
"""


@pytest.fixture
def name() -> str:
    return f"folder {next(_numbers)}/slice"


@pytest.fixture
def leased(postgres: Postgres, name: str):
    """Makes leases of one name, which are released after the test."""
    leases = []

    def lease(address: str = "", name: str = name, lifetime: float = LIFETIME, **options) -> Lease:
        leases.append(Lease(address or postgres.address(), name, lifetime=lifetime, **options))
        return leases[-1]

    yield lease
    for each in leases:
        each.release()


@pytest.fixture
def process(postgres: Postgres, name: str):
    """A process that has the lease."""
    words = [sys.executable, "-c", HOLDER, postgres.address(), name, str(LIFETIME)]
    process = subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert process.stdout.readline() == "mine\n"
    yield process
    process.kill()
    process.communicate()


@pytest.mark.slow
def test_while_a_process_has_a_lease_no_other_gets_it_and_is_told_who_has_it(process, leased):
    for _ in range(2):  # also when its first lifetime is over
        holder = leased().take()
        assert holder.startswith(f"process {process.pid} on {os.uname().nodename} (")
        time.sleep(LIFETIME)
    process.stdin.write("\n")
    process.stdin.flush()
    assert process.stdout.readline() == "True\n"


def test_the_lease_of_a_killed_process_is_free_when_it_has_expired(process, leased):
    process.kill()
    process.communicate()
    began = time.monotonic()
    lease = leased()
    assert lease.take() == ""
    assert lease.is_held()
    assert time.monotonic() - began < 2 * LIFETIME


def test_a_process_that_was_suspended_for_too_long_knows_that_its_lease_is_lost(process, leased):
    process.send_signal(signal.SIGSTOP)
    lease = leased()
    assert lease.take() == ""
    process.stdin.write("\n")
    process.stdin.flush()
    process.send_signal(signal.SIGCONT)
    assert process.stdout.readline() == "False\n"
    assert lease.is_held()


def test_a_lease_that_nobody_renews_is_taken_when_it_has_expired(postgres, leased, name):
    leased().take()  # makes the tables
    expired = "clock_timestamp() + interval '0.3 s'"
    with postgres.connection() as db:
        db.execute(f"UPDATE ttapi.lease SET holder = 'a dead process', expires_at = {expired} WHERE name = '{name}'")
    lease = leased(lifetime=0.4)
    assert lease.take() == ""
    assert lease.is_held()


def test_a_lease_is_relied_on_until_a_tenth_of_its_lifetime_before_its_end(postgres, leased, name):
    now = [100.0]
    lease = leased(lifetime=60, clock=lambda: now[0])
    assert not lease.is_held()
    assert lease.take() == ""
    with postgres.connection() as db:
        db.execute("DELETE FROM ttapi.lease WHERE name = %s", [name])
    now[0] = 153.9
    assert lease.is_held()
    now[0] = 154.0
    assert not lease.is_held()
    now[0] = 100.0
    assert not lease.is_held()


def test_a_lease_is_renewed_by_a_thread_that_keeps_no_process_from_ending(postgres, leased, name):
    lease = leased(lifetime=0.4)
    thread = taken(lease)
    assert thread.daemon
    query = f"SELECT expires_at FROM ttapi.lease WHERE name = '{name}'"
    first = postgres.rows(query)
    until(lambda: postgres.rows(query) != first)
    lease.release()
    thread.join(10)
    assert not thread.is_alive()


def test_a_lease_that_is_lost_is_renewed_no_more(postgres, leased, name):
    lease = leased(lifetime=0.4)
    thread = taken(lease)
    with postgres.connection() as db:
        db.execute("DELETE FROM ttapi.lease WHERE name = %s", [name])
    thread.join(10)
    assert not thread.is_alive()


def taken(lease: Lease) -> threading.Thread:
    """Take a lease. Returns the thread that renews it."""
    before = threading.enumerate()
    assert lease.take() == ""
    names = {thread.name: thread for thread in threading.enumerate() if thread not in before}
    return names["renewal of a lease"]


def test_of_those_that_come_at_the_same_time_one_gets_a_lease(leased):
    leases = [leased() for _ in range(6)]
    with ThreadPoolExecutor(6) as pool:
        holders = list(pool.map(Lease.take, leases))
    (winner,) = (lease for lease, holder in zip(leases, holders, strict=True) if not holder)
    assert {holder for holder in holders if holder} == {winner.holder}
    assert re.fullmatch(rf"process {os.getpid()} on {re.escape(os.uname().nodename)} \([0-9a-f]{{8}}\)", winner.holder)
    assert [lease.is_held() for lease in leases] == [lease is winner for lease in leases]


def test_a_released_lease_is_free_at_once(leased, postgres, name):
    first, second = leased(lifetime=60), leased(lifetime=60)
    assert first.take() == ""
    first.release()
    assert not first.is_held()
    assert second.take() == ""
    assert [holder for (holder,) in postgres.rows(f"SELECT holder FROM ttapi.lease WHERE name = '{name}'")] == [
        second.holder
    ]


@pytest.mark.slow
def test_a_holder_that_took_over_and_has_gone_again_still_ends_the_lease_before(process, leased):
    process.send_signal(signal.SIGSTOP)
    between = leased()
    assert between.take() == ""
    between.release()
    process.stdin.write("\n")
    process.stdin.flush()
    process.send_signal(signal.SIGCONT)
    assert process.stdout.readline() == "False\n"


def test_two_names_do_not_concern_each_other(leased):
    assert leased(name="folder a/slice").take() == ""
    assert leased(name="folder b/slice").take() == ""


def test_clocks_of_hosts_do_not_matter(leased):
    ahead, behind = (leased(clock=lambda skew=skew: boot_time() + skew) for skew in (1e6, -1e3))
    for first, second in ((behind, ahead), (ahead, behind)):
        assert first.take() == ""
        assert second.take() == first.holder
        assert first.is_held()
        first.release()


@pytest.mark.slow
def test_without_the_database_a_lease_is_held_until_it_may_have_expired(postgres, leased, caplog):
    wire = Wire(postgres.port)
    lease = leased(postgres.address(port=wire.port), patience=0.1)
    assert lease.take() == ""
    wire.cut_at(b"UPDATE lease")
    wire.close()
    assert lease.is_held()

    def is_over() -> bool:
        try:
            return not lease.is_held()
        except LedgerUnavailable:
            return True

    until(is_over)
    assert leased().take() == ""
    lease.release()
    problem = rf"The quota ledger postgresql://127\.0\.0\.1:{wire.port}/ledger cannot be used: .*"
    for warning in ("a lease could not be renewed", "a lease is not released, and expires within 1 s"):
        assert any(re.fullmatch(f"{warning}: {problem}", message) for message in caplog.messages)
    with pytest.raises(LedgerUnavailable):
        lease.is_held()


def test_the_environment_decides_whether_there_are_leases(postgres, monkeypatch):
    assert not ledger_is_shared()
    assert open_lease("x") is None
    monkeypatch.setenv("TTAPI_LEDGER", postgres.address())
    assert ledger_is_shared()
    lease = open_lease("x")
    assert repr(lease) == f"Lease('x', 'postgresql://127.0.0.1:{postgres.port}/ledger')"
    assert lease.take() == ""
    lease.release()
