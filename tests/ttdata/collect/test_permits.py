"""Across hosts, one process writes the raw pages of a slice; without a shared ledger, all are on one host."""

import json
import socket
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from pathlib import Path

import pytest
import responses

from tests.postgres import Postgres
from tests.support import FOLDER, journal, small_study
from tests.ttdata.canned import api, connect, page
from tests.ttdata.collect.test_request_limit import claims
from ttapi.ledgers import leases
from ttapi.ledgers.leases import Lease
from ttdata.collect.permits import folder_id
from ttdata.collect.request_limit import start_limit
from ttdata.collect.slices import collect_slice
from ttdata.errors import TakenElsewhere
from ttdata.plan.plan import Plan
from ttdata.store import builds
from ttdata.store.receipts import Receipt
from ttdata.study.study import Study


@pytest.fixture
def plan(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Plan:
    monkeypatch.chdir(tmp_path)
    return Plan.of(Study.check(small_study(limits={"requests": 50}), today=date(2026, 11, 1)))


@pytest.fixture
def shared(postgres: Postgres, monkeypatch: pytest.MonkeyPatch) -> str:
    """The address of a ledger that hosts share."""
    monkeypatch.setenv("TTAPI_LEDGER", postgres.address())
    return postgres.address()


@pytest.fixture
def held(plan: Plan, monkeypatch: pytest.MonkeyPatch) -> Iterator[builds.Held]:
    """The build that this process is part of."""
    held = builds.hold(FOLDER.build)
    assert held
    monkeypatch.setenv(builds.ENVIRONMENT, held.build.id)
    yield held
    held.release()


def collect(plan: Plan) -> Receipt:
    return collect_slice(plan, plan.slices[0], connect)


def lease_of(plan: Plan, address: str, lifetime: float = 1.0) -> Lease:
    """The lease of the first slice, as a process on another host would take it."""
    pages = FOLDER.stored(plan.raw.pages("videos", plan.slices[0].name))
    return Lease(address, f"{folder_id(FOLDER)}/{pages}", lifetime=lifetime)


# One machine


@responses.activate
def test_a_step_in_a_folder_where_another_host_builds_is_refused_with_the_remedy(plan: Plan) -> None:
    sent = api(page([1], 1, more=False))
    FOLDER.build.parent.mkdir()
    FOLDER.build.write_text(json.dumps({"id": "a", "host": "node7", "pid": 5, "started": "2026-06-01 12:00:00"}))
    with pytest.raises(TakenElsewhere) as caught:
        collect(plan)
    for part in ("process 5 on node7", socket.gethostname(), "Nothing was sent", "TTAPI_LEDGER=postgresql://…"):
        assert part in str(caught.value)
    assert sent() == []


@responses.activate
def test_a_job_on_another_host_than_that_of_its_build_is_refused(
    plan: Plan, held: builds.Held, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent = api(page([1], 1, more=False))
    monkeypatch.setattr(builds, "this_machine", lambda: "a machine of the same name")
    with pytest.raises(TakenElsewhere, match="A build is running in this folder on another host"):
        collect(plan)
    assert sent() == []


@responses.activate
def test_a_job_on_the_host_of_its_build_collects(plan: Plan, held: builds.Held) -> None:
    api(page([1], 1, more=False))
    assert collect(plan).state == "complete"
    assert held.is_current
    assert not FOLDER.id.exists()


@responses.activate
def test_while_a_step_runs_alone_another_host_sees_that_somebody_is_at_work(plan: Plan) -> None:
    api(page([1], 1, more=False))
    seen: list[builds.Build | None] = []

    def look(on_answer):  # type: ignore[no-untyped-def]
        seen.append(builds.running(FOLDER.build))
        return connect(on_answer)

    collect_slice(plan, plan.slices[0], look)
    assert seen[0]
    assert seen[0].host == socket.gethostname()
    assert builds.running(FOLDER.build) is None


# A shared ledger


@pytest.mark.slow
@responses.activate
def test_a_slice_that_another_process_collects_is_refused_in_a_sentence(plan: Plan, shared: str) -> None:
    sent = api(page([1], 1, more=False))
    other = lease_of(plan, shared)
    assert other.take() == ""
    with pytest.raises(TakenElsewhere) as caught:
        collect(plan)
    assert f"is being written by {other.holder}. Nothing was sent from here." in str(caught.value)
    assert sent() == []
    other.release()
    assert collect(plan).state == "complete"


@responses.activate
def test_a_torn_page_that_another_process_is_writing_is_left_alone(plan: Plan, shared: str) -> None:
    pages = plan.raw.pages("videos", plan.slices[0].name)
    pages.parent.mkdir(parents=True)
    pages.write_bytes(b"\x28\xb5\x2f\xfd half a page")
    other = lease_of(plan, shared)
    assert other.take() == ""
    with pytest.raises(TakenElsewhere):
        collect(plan)
    assert pages.read_bytes() == b"\x28\xb5\x2f\xfd half a page"
    other.release()


@responses.activate
def test_a_process_that_has_lost_its_lease_sends_and_writes_nothing_more(
    plan: Plan, shared: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent = api(page([3], 100, more=True), page([2], 200, more=True), page([1], 300, more=False))
    monkeypatch.setattr(Lease, "is_held", lambda self: len(sent()) < 2)
    with pytest.raises(TakenElsewhere, match="Another process has taken over"):
        collect(plan)
    assert len(sent()) == 2
    assert len(journal(plan.raw.pages("videos", plan.slices[0].name))) == 1


@responses.activate
def test_a_lease_is_given_up_at_the_end_however_that_is(plan: Plan, shared: str) -> None:
    def end(on_answer):  # type: ignore[no-untyped-def]
        raise KeyboardInterrupt

    for _ in range(2):
        with pytest.raises(KeyboardInterrupt):
            collect_slice(plan, plan.slices[0], end)


# A process of another host: it has the folder, and the same address of the ledger.
OTHER = """
import sys, time
from datetime import date
from pathlib import Path
from tests.support import small_study
from ttdata.collect.permits import writable
from ttdata.plan.plan import Plan
from ttdata.study.study import Study
plan = Plan.of(Study.check(small_study(limits={"requests": 50}), today=date(2026, 11, 1)))
with writable(plan, plan.raw.pages("videos", plan.slices[0].name)) as raw:
    print("open", flush=True)
    time.sleep(60)
"""


@pytest.mark.slow
@responses.activate
def test_of_two_processes_in_two_copies_of_a_folder_one_writes(
    plan: Plan, shared: str, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent = api(page([1], 1, more=False))
    copy = tmp_path_factory.mktemp("copy")
    (copy / "raw").mkdir()
    (copy / "raw" / "folder-id").write_text(folder_id(FOLDER) + "\n")
    project = str(Path(__file__).parents[3])
    words = [sys.executable, "-c", f"import sys; sys.path.insert(0, {project!r})\n{OTHER}"]
    other = subprocess.Popen(words, cwd=copy, stdout=subprocess.PIPE, text=True)
    assert other.stdout
    assert other.stdout.readline() == "open\n"
    monkeypatch.setattr(leases, "_HELD", _HELD_AND_RENEWED)
    with pytest.raises(TakenElsewhere, match=f"is being written by process {other.pid} on"):
        collect(plan)
    other.kill()
    other.communicate()
    assert sent() == []


# Who has a lease, as if it was renewed between two looks, which takes a quarter of a minute.
_HELD_AND_RENEWED = "SELECT holder, clock_timestamp()::text FROM ttapi.lease WHERE name = %(name)s"


def test_hosts_that_come_first_at_the_same_time_agree_on_the_number_of_a_folder(plan: Plan) -> None:
    with ThreadPoolExecutor(8) as pool:
        numbers = set(pool.map(lambda _: folder_id(FOLDER), range(8)))
    assert numbers == {FOLDER.id.read_text().strip()}
    assert [path.name for path in FOLDER.raw_pages.iterdir()] == ["folder-id"]


def test_a_number_that_another_host_has_put_there_in_the_meantime_is_kept(
    plan: Plan, monkeypatch: pytest.MonkeyPatch
) -> None:
    number = folder_id(FOLDER)
    monkeypatch.setattr(Path, "exists", lambda self: False)  # as this host saw the folder a moment ago
    assert folder_id(FOLDER) == number


def test_the_limit_of_a_study_is_counted_in_the_shared_ledger(plan: Plan, held: builds.Held, shared: str) -> None:
    start_limit(plan)
    with ThreadPoolExecutor(3) as pool:
        assert sum(pool.map(claims, [plan] * 3)) == 50
    assert FOLDER.requests.read_text() == "50\n"
