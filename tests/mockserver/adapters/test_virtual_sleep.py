"""A sleep of a client moves the virtual clock, so that tests reach midnight or the end of a token in milliseconds."""

import asyncio
import time
from collections.abc import Callable
from email.utils import parsedate_to_datetime

import pytest
import requests

from mockserver.adapters.threads import InThread
from mockserver.world.times import EPOCH
from tests.mockserver.conftest import USER, Api
from ttapi import Client, Credentials

EMPTY = {"username": "mock_empty"}


def until_midnight(answer: requests.Response) -> float:
    return 86_400 - parsedate_to_datetime(answer.headers["Date"]).timestamp() % 86_400


def collect(api: Api, count: int, wait: Callable[[float], None]) -> list[str]:
    """The dates of `count` good answers, from a client that waits for midnight when its quota is spent."""
    dates = []
    while len(dates) < count:
        if api.tenant.token_expiry is None or api.tenant.token_expiry <= api.tenant.now:
            api.tokens.clear()
        answer = api.post("user/info", EMPTY, USER)
        if answer.status_code == 429:
            wait(until_midnight(answer))
        else:
            dates.append(answer.headers["Date"][5:11])
    return dates


def test_a_client_that_sleeps_until_midnight_continues_at_once(api: Api) -> None:
    api.key = "mock:quota=2"
    start = time.perf_counter()
    with api.mock.virtual_sleep():
        assert collect(api, 5, time.sleep) == ["01 Jun", "01 Jun", "02 Jun", "02 Jun", "03 Jun"]
    assert time.perf_counter() - start < 5


def test_a_client_can_use_the_sleep_of_the_mock(api: Api) -> None:
    api.key = "mock:quota=1"
    assert collect(api, 3, api.mock.sleep) == ["01 Jun", "02 Jun", "03 Jun"]


def test_a_client_that_sleeps_for_two_hours_needs_a_new_token(api: Api) -> None:
    assert api.post("user/info", EMPTY, USER).status_code == 200
    with api.mock.virtual_sleep():
        time.sleep(7_201)
    assert api.refused("user/info", EMPTY, USER)["code"] == "access_token_invalid"


def test_an_asynchronous_client_does_not_wait_either(inside: Api) -> None:
    async def client() -> int:
        assert await asyncio.sleep(0, "nothing") == "nothing"
        await asyncio.sleep(7_201)
        return inside.post("user/info", EMPTY, USER).status_code

    inside.post("user/info", EMPTY, USER)
    with inside.mock.virtual_sleep():
        assert asyncio.run(client()) == 401


def test_a_client_that_uses_its_own_clock_works_with_a_mock_that_starts_at_the_real_time(inside: Api) -> None:
    inside.key = "mock:quota=1,now=real"
    assert inside.post("user/info", EMPTY, USER).status_code == 200
    assert inside.post("user/info", EMPTY, USER).status_code == 429
    with inside.mock.virtual_sleep():
        time.sleep(86_400 - time.time() % 86_400)
    inside.tokens.clear()
    assert inside.post("user/info", EMPTY, USER).status_code == 200


def test_the_retries_of_a_client_take_no_time() -> None:
    with InThread() as mock:
        mock.play({"faults": [{"do": ["internal_error", "gateway_timeout", "rate_limit_exceeded"]}]})
        client = Client(mock.url, credentials=Credentials(mock.client_key, mock.client_secret), sleep=mock.sleep)
        start = time.perf_counter()
        client.call("user.info", EMPTY, fields=["display_name"])
        duration = time.perf_counter() - start
        assert duration < 2 < mock.tenant.now - EPOCH
        mock.assert_all_faults_happened()


def test_time_passes_for_all_clients(inside: Api) -> None:
    for inside.key in ("mock:seed=2", "mock:seed=3"):
        inside.post("user/info", EMPTY, USER)
    inside.mock.sleep(7_201)
    for inside.key in ("mock:seed=2", "mock:seed=3"):
        assert inside.refused("user/info", EMPTY, USER)["code"] == "access_token_invalid"


def test_sleep_is_real_again_after_the_block(inside: Api) -> None:
    real = time.sleep, asyncio.sleep
    with inside.mock.virtual_sleep():
        assert time.sleep is not real[0]
    assert (time.sleep, asyncio.sleep) == real


@pytest.mark.parametrize("seconds", [-1, float("nan")])
def test_a_negative_sleep_is_refused(inside: Api, seconds: float) -> None:
    with inside.mock.virtual_sleep(), pytest.raises(ValueError, match="non-negative"):
        time.sleep(seconds)
