"""The ledger: claims before requests, buckets, days, processes, and files that cannot be used."""

import os
import sqlite3
import time
from concurrent.futures import ProcessPoolExecutor
from datetime import date
from multiprocessing import get_context
from pathlib import Path

import pytest

from ttapi import Ledger, LedgerUnavailable

DAY = date(2026, 6, 1)


def claim_all(path: Path, start) -> int:
    ledger = Ledger(path, limits={"general": 500})
    start.wait(30)
    claims = 0
    while claim(ledger):
        claims += 1
    ledger.close()
    return claims


def claim(ledger, scope="me", bucket="general", day=DAY):
    return ledger.claim(scope, bucket, day, "user.info") is not None


def test_claims_succeed_up_to_the_limit_per_scope_bucket_and_day(tmp_path):
    ledger = Ledger(tmp_path / "q.sqlite", limits={"general": 2, "follow": 1})
    assert [claim(ledger) for _ in range(3)] == [True, True, False]
    assert claim(ledger, bucket="follow")
    assert claim(ledger, scope="other")
    assert claim(ledger, day=date(2026, 6, 2))
    assert ledger.spent("me", "general", DAY) == 2
    ledger.close()


@pytest.mark.parametrize(
    ("limit", "use", "allowed"), [(1000, 0.9, 900), (50, 0.58, 29), (3, 0.5, 1), (1000, 1.0, 1000)]
)
def test_a_share_of_the_quota_remains_for_collaborators(limit, use, allowed):
    assert Ledger(":memory:", limits={"general": limit}, use=use).limit("general") == allowed


@pytest.mark.parametrize("use", [0, -1, 1.1])
def test_a_share_out_of_range_is_refused(use):
    with pytest.raises(ValueError, match="use must be"):
        Ledger(":memory:", use=use)


def test_counts_are_kept_after_closing(tmp_path):
    first = Ledger(tmp_path / "q.sqlite")
    claim(first)
    first.close()
    second = Ledger(tmp_path / "q.sqlite")
    assert second.spent("me", "general", DAY) == 1
    second.close()


def test_the_folder_is_created(tmp_path):
    ledger = Ledger(tmp_path / "deep" / "er" / "q.sqlite")
    assert claim(ledger)
    ledger.close()


def broken(path):
    path.write_bytes(b"this is not a database, and it is long enough to be read" * 20)


def locked(path):
    db = sqlite3.connect(path, isolation_level=None)
    db.execute("PRAGMA journal_mode = WAL")
    db.execute("BEGIN IMMEDIATE")
    return db


@pytest.mark.parametrize(
    ("damage", "problem"),
    [
        (broken, "file is not a database"),
        (locked, "database is locked"),
        (Path.mkdir, "unable to open database file"),
    ],
)
def test_an_unusable_file_is_reported_and_nothing_is_sent(tmp_path, damage, problem):
    path = tmp_path / "q.sqlite"
    holder = damage(path)
    ledger = Ledger(path, patience=0.01)
    with pytest.raises(LedgerUnavailable) as error:
        ledger.claim("me", "general", DAY, "user.info")
    assert str(error.value) == (
        f"The quota ledger {path} cannot be used: {problem}. Nothing was sent. Free some disk space, end the program "
        "that locks the file, move it to another folder if it is damaged, or set TTAPI_LEDGER to another file."
    )
    if holder is not None:
        holder.close()
    ledger.close()


def test_a_file_that_is_no_ledger_is_reported_without_waiting(tmp_path, monkeypatch):
    path = tmp_path / "q.sqlite"
    broken(path)
    waits: list[float] = []
    monkeypatch.setattr(time, "sleep", waits.append)
    with pytest.raises(LedgerUnavailable):
        Ledger(path).spent("me", "general", DAY)
    assert waits == []


@pytest.mark.parametrize(("options", "milliseconds"), [({}, 30_000), ({"patience": 1.5}, 1_500)])
def test_another_process_is_waited_for_as_long_as_patience_says(tmp_path, options, milliseconds):
    ledger = Ledger(tmp_path / "q.sqlite", **options)
    claim(ledger)
    assert ledger._connection.execute("PRAGMA busy_timeout").fetchone() == (milliseconds,)
    ledger.close()


@pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")  # of Python 3.12 and newer, in a process with threads
def test_a_process_that_was_forked_opens_the_file_again(tmp_path):
    ledger = Ledger(tmp_path / "q.sqlite")
    claim(ledger)
    before = ledger._connection
    child = os.fork()
    if child == 0:
        is_right = claim(ledger) and ledger._connection is not before
        os._exit(0 if is_right else 1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    assert ledger.spent("me", "general", DAY) == 2
    assert ledger._connection is before
    ledger.close()


def test_the_file_of_a_closed_ledger_is_complete(tmp_path):
    ledger = Ledger(tmp_path / "q.sqlite")
    claim(ledger)
    before = ledger._connection
    for _ in range(2):
        ledger.close()
    with pytest.raises(sqlite3.ProgrammingError, match="closed"):
        before.execute("SELECT 1")
    assert [path.name for path in tmp_path.iterdir()] == ["q.sqlite"]


def test_a_ledger_is_shown_with_its_path(tmp_path):
    assert repr(Ledger(tmp_path / "q.sqlite")) == f"Ledger('{tmp_path}/q.sqlite')"


def test_without_a_variable_the_ledger_is_a_file_in_the_state_folder_of_the_user(tmp_path, monkeypatch):
    monkeypatch.delenv("TTAPI_LEDGER")
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    assert Ledger.default_path() == tmp_path / "ttapi" / "quota.sqlite"
    monkeypatch.setenv("TTAPI_LEDGER", str(tmp_path / "other.sqlite"))
    assert Ledger.default_path() == tmp_path / "other.sqlite"


def test_a_full_disk_is_reported(tmp_path):
    ledger = Ledger(tmp_path / "q.sqlite")
    claim(ledger)
    pages = ledger._connection.execute("PRAGMA page_count").fetchone()[0]
    ledger._connection.execute(f"PRAGMA max_page_count = {pages}")
    with pytest.raises(LedgerUnavailable, match="full"):
        [claim(ledger) for _ in range(1000)]
    ledger.close()


def test_processes_that_claim_at_the_same_time_use_exactly_the_quota(tmp_path):
    context = get_context("forkserver")
    with context.Manager() as manager, ProcessPoolExecutor(3, context) as pool:
        start = manager.Barrier(3)
        claims = list(pool.map(claim_all, [tmp_path / "q.sqlite"] * 3, [start] * 3))
    assert sum(claims) == 500


def test_a_ledger_in_a_folder_with_the_setgid_bit_can_be_written_by_its_group(tmp_path):
    folder = tmp_path / "shared"
    folder.mkdir()
    folder.chmod(0o2770)
    ledger = Ledger(folder / "q.sqlite")
    claim(ledger)
    modes = {path.name: oct(path.stat().st_mode & 0o777) for path in folder.iterdir()}
    assert modes == dict.fromkeys(("q.sqlite", "q.sqlite-shm", "q.sqlite-wal"), "0o660")
    ledger.close()


def test_a_ledger_in_any_other_folder_has_the_mode_that_its_user_prefers(tmp_path):
    before = os.umask(0o077)
    ledger = Ledger(tmp_path / "q.sqlite")
    claim(ledger)
    os.umask(before)
    assert oct((tmp_path / "q.sqlite").stat().st_mode & 0o777) == "0o600"
    ledger.close()


def test_a_ledger_with_a_damaged_page_is_refused_when_it_is_opened(tmp_path):
    path = tmp_path / "q.sqlite"
    ledger = Ledger(path)
    for _ in range(500):
        claim(ledger)
    ledger.close()
    content = bytearray(path.read_bytes())
    content[3 * 4096 : 3 * 4096 + 200] = b"\xff" * 200
    path.write_bytes(content)
    damaged = Ledger(path)
    with pytest.raises(LedgerUnavailable, match=r"damaged|malformed"):
        damaged.spent("me", "general", DAY)
