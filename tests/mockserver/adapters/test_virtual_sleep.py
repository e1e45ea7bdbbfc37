"""A sleep of a client moves the virtual clock, so that tests reach midnight or the end of a token in milliseconds."""

import asyncio
import importlib
import importlib.util
import subprocess
import sys
import threading
import time
from asyncio import sleep as imported_async_sleep
from collections.abc import Callable, Iterator
from email.utils import parsedate_to_datetime
from pathlib import Path
from time import sleep as imported_sleep

import pytest
import requests

from mockserver.adapters.threads import InThread
from mockserver.adapters.virtual_sleep import virtual_sleep
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


# Which sleeps are replaced

DAY = 86_400


@pytest.fixture
def slept() -> Iterator[list[float]]:
    """The seconds of each sleep, which takes no time."""
    seconds: list[float] = []
    with virtual_sleep(seconds.append):
        yield seconds


@pytest.fixture
def new_module(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The name of a module that has imported its sleep, and is not imported yet."""
    name = "module_of_the_test_that_sleeps"
    (tmp_path / f"{name}.py").write_text("from time import sleep\n")
    monkeypatch.syspath_prepend(tmp_path)
    yield name
    sys.modules.pop(name, None)


def test_names_that_modules_imported_are_reached(slept: list[float]) -> None:
    imported_sleep(DAY)
    asyncio.run(imported_async_sleep(DAY))
    assert slept == [DAY, DAY]


def test_a_module_that_is_imported_within_the_block_sleeps_really_after_it(new_module: str) -> None:
    seconds: list[float] = []
    with virtual_sleep(seconds.append):
        module = importlib.import_module(new_module)
        module.sleep(DAY)
    assert seconds == [DAY]
    assert module.sleep is time.sleep


def test_a_function_that_was_stored_within_the_block_sleeps_really_after_it() -> None:
    seconds: list[float] = []
    with virtual_sleep(seconds.append):
        stored, stored_async = time.sleep, asyncio.sleep
    stored(0.001)
    assert asyncio.run(stored_async(0.001, "awake")) == "awake"
    assert seconds == []


def test_blocks_can_be_nested() -> None:
    outer: list[float] = []
    inner: list[float] = []
    with virtual_sleep(outer.append):
        with virtual_sleep(inner.append):
            imported_sleep(DAY)
        imported_sleep(2 * DAY)
    assert (sum(inner), sum(outer)) == (DAY, 2 * DAY)


def test_a_module_that_is_loaded_when_it_is_first_used_is_not_loaded(new_module: str) -> None:
    spec = importlib.util.find_spec(new_module)
    assert spec
    assert spec.loader
    spec.loader = importlib.util.LazyLoader(spec.loader)
    module = sys.modules[new_module] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    with virtual_sleep(lambda _: None):
        assert "sleep" not in object.__getattribute__(module, "__dict__")


def test_a_slow_answer_of_the_server_is_really_slow() -> None:
    with InThread() as mock, mock.virtual_sleep():
        api = Api(mock)
        headers = {"Authorization": f"Bearer {api.token}"}
        mock.play({"faults": [{"do": "slow"}]})
        url = f"{mock.url}/v2/research/user/info/?fields={USER}"
        with pytest.raises(requests.ReadTimeout):
            requests.post(url, json=EMPTY, headers=headers, timeout=0.2)


def test_waiting_for_a_program_is_no_sleep(slept: list[float]) -> None:
    assert subprocess.Popen([sys.executable, "-c", ""]).wait(30) == 0
    assert slept == []


def test_waits_that_are_no_sleep_and_stored_functions_are_not_reached() -> None:
    def wait(sleep: Callable[[float], None] = time.sleep) -> None:
        sleep(0.001)

    seconds: list[float] = []
    with virtual_sleep(seconds.append):
        wait()
        threading.Event().wait(0.001)
    assert seconds == []
