"""The API's clock: its time is read, stored as a difference from ours, and used."""

import json
from datetime import UTC, datetime, timedelta

import pytest
import responses

from tests.support import FOLDER
from tests.ttdata.canned import API, connect
from tests.ttdata.over_time import (
    DAY_0,
    api_at,
    plan_of,
)
from ttdata.api import clock


def test_the_bundled_server_has_the_time_in_its_key(monkeypatch: pytest.MonkeyPatch) -> None:
    plan = plan_of()
    assert clock.clock(plan, plan.host, FOLDER.clock)() == DAY_0
    monkeypatch.setenv("TIKTOK_CLIENT_KEY", "mock:now=2026-06-15T08:00:00Z")
    assert clock.clock(plan, plan.host, FOLDER.clock)() == datetime(2026, 6, 15, 8, tzinfo=UTC)
    monkeypatch.setenv(clock.NOW, "2026-07-01T00:00:00+00:00")
    assert clock.clock(plan, plan.host, FOLDER.clock)() == datetime(2026, 7, 1, tzinfo=UTC)


def test_the_time_of_another_api_is_stored_as_its_difference_from_ours() -> None:
    plan = plan_of(api={"base_url": API})
    with responses.mock:
        api_at(datetime.now(UTC) + timedelta(days=400))
        client = connect(lambda answer: None)
        client.token()
        clock.remember(client, plan.host, FOLDER.clock)
    ahead = clock.clock(plan, plan.host, FOLDER.clock)() - datetime.now(UTC)
    assert timedelta(days=399) < ahead < timedelta(days=401)
    assert list(json.loads(FOLDER.clock.read_text())) == [plan.host]


def test_a_clock_file_that_cannot_be_read_is_ignored() -> None:
    plan = plan_of(api={"base_url": API})
    FOLDER.clock.parent.mkdir()
    FOLDER.clock.write_text("{")
    assert abs(clock.clock(plan, plan.host, FOLDER.clock)() - datetime.now(UTC)) < timedelta(hours=1)
