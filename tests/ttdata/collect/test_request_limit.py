"""The limit of requests: it is exact, also if several processes count at the same time."""

from concurrent.futures import ProcessPoolExecutor
from datetime import date
from multiprocessing import get_context
from pathlib import Path

import pytest
import responses

from tests.support import FOLDER, small_study
from tests.ttdata.canned import API, api, page
from ttapi import Client, Credentials
from ttdata.collect.request_limit import RequestLimit, start_limit
from ttdata.plan.budget import OverLimit
from ttdata.plan.plan import Plan
from ttdata.store.builds import ENVIRONMENT
from ttdata.store.raw_files import frame_of
from ttdata.study.study import Study

ALLOWED, TRIES, PROCESSES = 50, 40, 4


@pytest.fixture
def plan(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Plan:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv(ENVIRONMENT, "this")
    study = small_study(limits={"requests": ALLOWED})
    return Plan.of(Study.check(study, today=date(2026, 11, 1)))


def claims(plan: Plan) -> int:
    """How many of many requests one process may send."""
    limit, sent = RequestLimit(plan), 0
    for _ in range(TRIES):
        try:
            limit.claim()
        except OverLimit:
            continue
        sent += 1
    return sent


@pytest.mark.slow
def test_processes_together_send_exactly_what_is_allowed(plan: Plan) -> None:
    start_limit(plan)
    with ProcessPoolExecutor(PROCESSES, mp_context=get_context("spawn")) as pool:
        assert sum(pool.map(claims, [plan] * PROCESSES)) == ALLOWED


def test_without_a_limit_nothing_is_counted(plan: Plan) -> None:
    unlimited = Plan.of(Study.check(small_study(), today=date(2026, 11, 1)))
    assert claims(unlimited) == TRIES
    assert not FOLDER.requests.exists()


@responses.activate
def test_a_request_that_is_not_sent_costs_no_quota(plan: Plan) -> None:
    sent = api(page([1], 100, more=False), path="user/info")

    def refuse() -> None:
        raise OverLimit(["no more"])

    client = Client(API, credentials=Credentials("key", "secret"), before_request=refuse)
    with pytest.raises(OverLimit):
        client.call("user.info", {"username": "a"})
    assert sent() == []
    assert client.spent() == 0


def test_the_requests_of_refreshes_count_as_sent(plan: Plan) -> None:
    FOLDER.refreshes.mkdir()
    (FOLDER.refreshes / "tasks.ndjson.zst").write_bytes(b"".join(frame_of(b"{}") for _ in range(ALLOWED - 3)))
    start_limit(plan)
    assert claims(plan) == 3
