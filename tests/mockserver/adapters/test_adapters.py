"""One core, several adapters: a socket, a tunnel of the proxy, requests, httpx, WSGI. All return the same answers."""

import asyncio
from collections.abc import Callable
from typing import Any
from wsgiref.validate import validator

import httpx
import pytest

from mockserver.adapters.authority import Authority
from mockserver.adapters.httpx_transport import Transport
from mockserver.adapters.requests_mock import BASE_URL, InProcess
from mockserver.adapters.threads import InThread
from mockserver.adapters.wsgi import application
from mockserver.core import Core
from tests.mockserver.conftest import ADMIN, VIDEO, Api

FORM = {"client_key": "mock", "client_secret": "mock-secret", "grant_type": "client_credentials"}
INFO = f"{BASE_URL}/v2/research/user/info/?fields=display_name"
EMPTY = {"username": "mock_empty"}
Make = Callable[[Core], httpx.Client]


def by_transport(core: Core) -> httpx.Client:
    return httpx.Client(transport=Transport(core))


def by_wsgi(core: Core) -> httpx.Client:
    return httpx.Client(transport=httpx.WSGITransport(validator(application(core))))


@pytest.fixture(params=[by_transport, by_wsgi])
def client(request: pytest.FixtureRequest, core: Core) -> httpx.Client:
    """A client that hard-codes the API's address, with a token."""
    make: Make = request.param
    client = make(core)
    token = client.post(f"{BASE_URL}/v2/oauth/token/", data=FORM).json()["access_token"]
    client.headers["Authorization"] = f"Bearer {token}"
    return client


def plan(client: httpx.Client, *actions: str) -> None:
    answer = client.post(
        f"{BASE_URL}/__mock__/scenario",
        json={"tenant": "mock", "scenario": {"faults": [{"do": list(actions)}]}},
        headers={"X-Mock-Admin-Token": ADMIN},
    )
    assert answer.status_code == 200, answer.text


def test_all_adapters_return_the_same_page(core: Core, client: httpx.Client, monkeypatch: pytest.MonkeyPatch) -> None:
    pages = []
    with InProcess(core) as mock:
        search, api = Api(mock).search(), Api(mock)
        pages.append(api.post("video/query", search, VIDEO).json()["data"]["videos"])
    with Authority() as authority, InThread(core, tls=authority.context) as mock:
        pages.append(api.post("video/query", search, VIDEO, base=mock.url).json()["data"]["videos"])
        for name, value in authority.environment(mock.url).items():
            monkeypatch.setenv(name, value)
        pages.append(api.post("video/query", search, VIDEO, base=BASE_URL).json()["data"]["videos"])
    pages.append(
        client.post(f"{BASE_URL}/v2/research/video/query/?fields={VIDEO}", json=search).json()["data"]["videos"]
    )
    assert len(pages[0]) > 60
    assert pages == [pages[0]] * 4


def test_an_answer_has_the_same_headers_and_date(client: httpx.Client) -> None:
    answer = client.post(INFO, json=EMPTY)
    assert answer.json()["data"] == {"display_name": "Nobody yet"}
    assert answer.headers["Date"].startswith("Mon, 01 Jun 2026 12:00:0")
    assert answer.headers["Content-Type"] == "application/json; charset=utf-8"


def test_errors_of_the_api_are_answers(client: httpx.Client) -> None:
    answer = client.post(INFO, json={"username": "mock_private"})
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "invalid_params")
    assert client.get(INFO).status_code == 405
    assert client.post(f"{BASE_URL}/v2/research/nothing/").status_code == 404


def test_a_form_a_file_and_an_empty_body_are_accepted(client: httpx.Client) -> None:
    url = f"{BASE_URL}/v2/research/validation_task/create/"
    answer = client.post(url, data={"validation_type": "1"}, files={"file_data": ("ids.txt", b"1\n2\n")})
    assert answer.json()["error"]["code"] != "internal_error", answer.text
    assert client.post(INFO).status_code == 400


@pytest.mark.parametrize("action", ["reset", "empty", "truncate", "bad_chunk", "garbage", "stall"])
def test_a_broken_connection_is_an_error_and_the_next_answer_is_whole(client: httpx.Client, action: str) -> None:
    plan(client, action)
    late = (httpx.ReadTimeout, TimeoutError)
    broken = (httpx.ReadError, httpx.RemoteProtocolError, ConnectionError)
    with pytest.raises(late if action == "stall" else broken):
        client.post(INFO, json=EMPTY)
    assert client.post(INFO, json=EMPTY).status_code == 200


def test_a_late_answer_is_a_timeout_of_httpx_without_waiting(core: Core) -> None:
    client = by_transport(core)
    token = client.post(f"{BASE_URL}/v2/oauth/token/", data=FORM).json()["access_token"]
    client.headers["Authorization"] = f"Bearer {token}"
    plan(client, "slow", "slow")
    with pytest.raises(httpx.ReadTimeout):
        client.post(INFO, json=EMPTY, timeout=0.5)
    assert client.post(INFO, json=EMPTY, timeout=5).status_code == 200


def test_an_asynchronous_client_of_httpx_is_answered(core: Core) -> None:
    async def request_token() -> Any:
        async with httpx.AsyncClient(transport=Transport(core)) as client:
            return (await client.post(f"{BASE_URL}/v2/oauth/token/", data=FORM)).json()

    assert asyncio.run(request_token())["token_type"] == "Bearer"
