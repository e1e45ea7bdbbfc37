"""The mock in process, without a socket, for clients that use requests and know only the API's address."""

import io
import socket
from typing import Any

import pytest
import requests

from mockserver.adapters.requests_mock import BASE_URL, InProcess
from mockserver.adapters.threads import InThread
from mockserver.core import Core
from tests.mockserver.conftest import USER, Api

INFO = f"{BASE_URL}/v2/research/user/info/?fields={USER}"
EMPTY = {"username": "mock_empty"}


def test_a_client_that_hard_codes_the_address_is_answered_and_no_socket_is_opened(
    core: Core, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: Any, **__: Any) -> Any:
        raise AssertionError("a socket was opened")

    monkeypatch.setattr(socket, "create_connection", refuse)
    monkeypatch.setattr(socket.socket, "connect", refuse)
    with InProcess(core) as mock:
        form = {"client_key": mock.client_key, "client_secret": mock.client_secret, "grant_type": "client_credentials"}
        token = requests.post("https://open.tiktokapis.com/v2/oauth/token/", data=form, timeout=5).json()
        answer = requests.post(
            INFO, json=EMPTY, headers={"Authorization": f"Bearer {token['access_token']}"}, timeout=5
        )
    assert answer.json()["data"]["display_name"] == "Nobody yet"


def test_sessions_are_answered_and_other_sites_are_not_reached(inside: Api) -> None:
    with requests.Session() as session:
        session.headers["Authorization"] = f"bearer {inside.token}"
        assert session.post(INFO, json=EMPTY, timeout=5).status_code == 200
        with pytest.raises(requests.ConnectionError):
            session.get("https://example.org/", timeout=5)


def test_both_adapters_return_the_same_data_and_headers(core: Core) -> None:
    answers = []
    for adapter in (InProcess(core), InThread(core)):
        with adapter as mock:
            answer = Api(mock).post("video/query", Api(mock).search(), "id,username,view_count")
            answers.append((answer.status_code, answer.json()["data"]["videos"], answer.headers["X-Mock-Instance"]))
    assert answers[0] == answers[1]


@pytest.mark.parametrize(
    "body",
    [
        '{"username": "mock_empty"}',
        b'{"username": "mock_empty"}',
        io.BytesIO(b'{"username": "mock_empty"}'),
        [b'{"username": ', b'"mock_empty"}'],
    ],
    ids=["text", "bytes", "file", "parts"],
)
def test_a_body_can_have_any_form_that_requests_accepts(inside: Api, body: Any) -> None:
    data = iter(body) if isinstance(body, list) else body
    answer = requests.post(INFO, data=data, headers={"Authorization": f"Bearer {inside.token}"}, timeout=5)
    assert answer.status_code == 200, answer.text


def test_a_late_answer_is_a_timeout_without_waiting(inside: Api) -> None:
    inside.mock.play({"faults": [{"do": ["slow", "slow"]}]})
    headers = {"Authorization": f"Bearer {inside.token}"}
    with pytest.raises(requests.ReadTimeout):
        requests.post(INFO, json=EMPTY, headers=headers, timeout=0.5)
    assert requests.post(INFO, json=EMPTY, headers=headers, timeout=5).status_code == 200


def test_the_real_address_is_used_again_after_the_mock(core: Core, monkeypatch: pytest.MonkeyPatch) -> None:
    with InProcess(core):
        pass
    monkeypatch.setattr(socket.socket, "connect", lambda *_: (_ for _ in ()).throw(OSError("no network in this test")))
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: (_ for _ in ()).throw(socket.gaierror("no network")))
    with pytest.raises(requests.ConnectionError):
        requests.post(INFO, json=EMPTY, timeout=5)
