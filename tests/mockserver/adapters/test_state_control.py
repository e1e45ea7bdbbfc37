"""What tests control: failures that end, a reset, and time travel; each says what it did."""

import asyncio
import logging

import pytest

from mockserver import InProcess, travel
from mockserver.behaviours.faults import ScenarioError
from mockserver.core import Core
from mockserver.tenants.options import Options
from mockserver.world.times import ClockError
from tests.mockserver.conftest import USER, Api

EMPTY = {"username": "mock_empty"}


def statuses(api: Api, count: int) -> list[int]:
    return [api.post("user/info", EMPTY, USER).status_code for _ in range(count)]


def now(api: Api) -> str:
    headers = {"X-Mock-Admin-Token": api.mock.core.admin_token}
    return str(api.admin("GET", "tenant", **headers).json()["now"])[:16]


# N failures, then success


def test_a_request_fails_so_often_and_then_succeeds(api: Api) -> None:
    api.mock.fail("rate_limit_exceeded", times=2, endpoint="user.*")
    api.mock.fail()
    assert statuses(api, 5) == [429, 429, 500, 200, 200]
    assert api.mock.report()["faults"]["left"] == 0
    assert api.mock.report()["requests"] == 5
    with pytest.raises(ScenarioError, match="unknown action 'nosuch'"):
        api.mock.fail("nosuch")


def test_failures_can_be_planned_while_the_server_runs(api: Api) -> None:
    answer = api.admin("POST", "fail", {"tenant": "mock", "do": "internal_error", "times": 2, "endpoint": "user.info"})
    assert answer.json()["faults"]["left"] == 2
    assert statuses(api, 3) == [500, 500, 200]
    for wrong in ({"times": 0}, {"do": "nosuch"}, {"endpoint": "nosuch"}, {"often": 3}):
        assert api.admin("POST", "fail", {"tenant": "mock", "do": "internal_error"} | wrong).status_code == 400


# Reset


def test_a_reset_says_what_was_forgotten(api: Api) -> None:
    api.videos()
    api.mock.fail(times=3)
    forgot = api.mock.reset()
    assert forgot == {"requests": 1, "tokens": 1, "searches": 1, "tasks": 0, "planned_faults": 3, "quirks": 0}
    api.tokens.clear()
    assert statuses(api, 1) == [200]
    answer = api.admin("POST", "reset", {"tenant": "mock"}).json()
    assert (answer["tenant"], answer["forgot"]["requests"]) == ("mock", 1)
    assert not api.mock.calls


# Time travel


def test_a_block_is_in_another_time_and_what_follows_is_not(api: Api, caplog: pytest.LogCaptureFixture) -> None:
    statuses(api, 1)
    with caplog.at_level(logging.INFO), travel("2026-06-17") as trip:
        assert now(api) == "2026-06-17T00:00"
        with travel("+48h"):
            assert now(api) == "2026-06-19T00:00"
        assert now(api) == "2026-06-17T00:00"
    assert now(api) == "2026-06-01T12:00"
    assert trip.moved["mock"][1] == "2026-06-17T00:00:00+00:00"
    assert "mock: the clock moves from 2026-06-01T12:00:0" in caplog.text


@travel("2026-06-17T08:00Z")
def test_a_decorated_test_is_in_another_time(api: Api) -> None:
    assert now(api) == "2026-06-17T08:00"


@travel("2026-06-17T08:00Z")
def test_a_mock_that_starts_meanwhile_is_there(core: Core) -> None:
    later = Core(defaults=Options(videos=1_000))
    with InProcess(later) as mock:
        assert now(Api(mock, "mock")) == "2026-06-17T08:00"
    assert later.now(None) == core.now(None)


def test_a_decorated_coroutine_is_in_another_time_while_it_runs(inside: Api) -> None:
    @travel("2026-06-17")
    async def when() -> str:
        await asyncio.sleep(0)
        return now(inside)

    assert asyncio.run(when()) == "2026-06-17T00:00"
    assert now(inside) == "2026-06-01T12:00"


def test_a_function_travels_at_each_call(inside: Api) -> None:
    @travel("+24h")
    def when() -> str:
        return now(inside)

    assert (when(), when()) == ("2026-06-02T12:00", "2026-06-02T12:00")


def test_a_time_outside_the_worlds_is_refused(inside: Api) -> None:
    with pytest.raises(ClockError), travel("1990-01-01"):
        pass
    assert now(inside) == "2026-06-01T12:00"


@pytest.mark.parametrize("number", [1, 2])
def test_tests_do_not_share_a_server(api: Api, number: int) -> None:
    assert not api.mock.calls
    assert not api.tenant.clock.is_frozen
    statuses(api, number)
    api.tenant.clock.freeze(True)
