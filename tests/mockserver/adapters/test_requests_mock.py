"""The mock in process, without a socket, for clients that use requests and know only the API's address."""

import io
import socket
from typing import Any

import pytest
import requests
import responses
from requests.adapters import HTTPAdapter
from urllib3.util import Retry

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


# urllib3 retries by itself


def with_retries(api: Api, **arguments: Any) -> requests.Session:
    """A session with a token, whose adapter retries POST too."""
    session = requests.Session()
    session.mount("https://", HTTPAdapter(max_retries=Retry(**{"allowed_methods": None, "total": 3} | arguments)))
    session.headers["Authorization"] = f"Bearer {api.token}"
    return session


@pytest.mark.parametrize("fault", ["reset", "empty", "garbage", "stall"])
def test_a_broken_connection_is_retried(inside: Api, fault: str) -> None:
    inside.mock.play({"faults": [{"do": [fault, fault]}]})
    with with_retries(inside) as session:
        assert session.post(INFO, json=EMPTY, timeout=5).status_code == 200
    assert len(inside.mock.calls) == 3


@pytest.mark.parametrize("fault", ["reset", "garbage", "stall"])
def test_the_last_broken_connection_is_raised(inside: Api, fault: str) -> None:
    inside.mock.play({"faults": [{"do": [fault] * 2}]})
    with (
        with_retries(inside, total=1) as session,
        pytest.raises(requests.ConnectionError, match="Max retries exceeded"),
    ):
        session.post(INFO, json=EMPTY, timeout=5)


@pytest.mark.parametrize("fault", ["truncate", "bad_chunk"])
def test_a_body_that_breaks_off_is_not_retried(inside: Api, fault: str) -> None:
    # On a socket too: requests reads the body when urllib3 has already returned the answer.
    inside.mock.play({"faults": [{"do": fault}]})
    with with_retries(inside) as session, pytest.raises(requests.exceptions.ChunkedEncodingError):
        session.post(INFO, json=EMPTY, timeout=5)
    assert len(inside.mock.calls) == 1


def test_a_status_of_the_forcelist_is_retried(inside: Api) -> None:
    inside.mock.play({"faults": [{"do": ["internal_error", "gateway_timeout"]}]})
    with with_retries(inside, status_forcelist=[500, 504]) as session:
        assert session.post(INFO, json=EMPTY, timeout=5).status_code == 200


def test_the_last_status_of_the_forcelist_is_raised_or_returned(inside: Api) -> None:
    inside.mock.play({"faults": [{"do": ["internal_error"] * 4}]})
    with (
        with_retries(inside, total=1, status_forcelist=[500]) as session,
        pytest.raises(requests.exceptions.RetryError),
    ):
        session.post(INFO, json=EMPTY, timeout=5)
    with with_retries(inside, total=1, status_forcelist=[500], raise_on_status=False) as session:
        assert session.post(INFO, json=EMPTY, timeout=5).status_code == 500


def test_post_is_not_retried_unless_it_is_allowed(inside: Api) -> None:
    inside.mock.play({"faults": [{"do": ["internal_error", "reset"]}]})
    with with_retries(inside, allowed_methods=Retry.DEFAULT_ALLOWED_METHODS, status_forcelist=[500]) as session:
        assert session.post(INFO, json=EMPTY, timeout=5).status_code == 500
        with pytest.raises(requests.ConnectionError):
            session.post(INFO, json=EMPTY, timeout=5)


def test_the_pauses_between_retries_move_the_clock_within_virtual_sleep(inside: Api) -> None:
    inside.mock.play({"faults": [{"do": ["internal_error"] * 3}]})
    start = inside.tenant.now
    with with_retries(inside, status_forcelist=[500], backoff_factor=10) as session, inside.mock.virtual_sleep():
        assert session.post(INFO, json=EMPTY, timeout=5).status_code == 200
    assert inside.tenant.now - start >= 10 * (2 + 4)


# Together with the test's own `responses`


def refuse_lookups(*_: Any, **__: Any) -> Any:
    raise AssertionError("a name was looked up")


@pytest.fixture
def no_lookup(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(socket, "getaddrinfo", refuse_lookups)


def test_what_the_tests_own_responses_let_pass_reaches_the_mock(inside: Api, no_lookup: None) -> None:
    with responses.RequestsMock() as own:
        own.add("GET", "https://example.org/", "mine")
        own.add_passthru(BASE_URL)
        assert requests.get("https://example.org/", timeout=5).text == "mine"
        assert inside.post("user/info", EMPTY, USER).status_code == 200


def test_what_the_tests_own_responses_do_not_know_is_refused(inside: Api, no_lookup: None) -> None:
    with responses.RequestsMock(assert_all_requests_are_fired=False), pytest.raises(requests.ConnectionError):
        inside.post("user/info", EMPTY, USER)
    assert inside.post("user/info", EMPTY, USER).status_code == 200


def test_the_mock_within_the_tests_own_responses_is_reached(core: Core, no_lookup: None) -> None:
    with responses.RequestsMock() as own:
        own.add("GET", "https://example.org/", "mine")
        with InProcess(core) as mock:
            assert Api(mock).post("user/info", EMPTY, USER).status_code == 200
        assert requests.get("https://example.org/", timeout=5).text == "mine"
