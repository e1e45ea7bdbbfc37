"""The token endpoint, and requests with a token."""

import pytest
import requests

from tests.mockserver.conftest import USER, Api


def test_client_credentials_get_a_token_for_two_hours(api: Api) -> None:
    answer = api.token_answer()
    assert answer.status_code == 200
    content = answer.json()
    assert content["access_token"].startswith("clt.")
    assert (content["expires_in"], content["token_type"]) == (7200, "Bearer")


@pytest.mark.parametrize(("key", "secret"), [("mock", "wrong"), ("nobody", "mock-secret"), ("mockery", "mock-secret")])
def test_wrong_credentials_are_refused_with_status_200(api: Api, key: str, secret: str) -> None:
    answer = api.token_answer(key, secret)
    assert answer.status_code == 200
    assert answer.json()["error"] == "invalid_client"
    assert answer.json()["error_description"] == "Client key or secret is incorrect."


def test_a_missing_parameter_is_an_invalid_request(api: Api) -> None:
    answer = api.token_answer(client_secret="")
    assert answer.json()["error"] == "invalid_request"
    assert answer.json()["error_description"] == "Client secret is missed in request."
    assert api.token_answer(grant_type="password").json()["error"] == "unsupported_grant_type"


@pytest.mark.parametrize("method", ["GET", "PUT", "PATCH", "DELETE"])
def test_the_token_endpoint_takes_post_requests_only(api: Api, method: str) -> None:
    form = {"client_key": "mock", "client_secret": "mock-secret", "grant_type": "client_credentials"}
    for data in (form, None):
        answer = requests.request(method, f"{api.mock.url}/v2/oauth/token/", data=data, timeout=10)
        assert (answer.status_code, answer.headers["Allow"]) == (405, "POST")
        assert answer.json()["error"] == "invalid_request"


def test_a_client_key_with_an_unknown_option_is_refused_with_the_available_ones(api: Api) -> None:
    content = api.token_answer("mock:quotta=3").json()
    assert content["error"] == "invalid_client"
    assert "quotta" in content["error_description"]
    assert "quota" in content["error_description"].split(";")[-1]
    assert "not a whole number" in api.token_answer("mock:quota=x").json()["error_description"]


def test_a_token_is_valid_for_two_hours_of_virtual_time_and_no_longer(api: Api) -> None:
    body = {"username": api.sample["username"]}
    assert api.post("user/info", body, USER).status_code == 200
    api.admin("POST", "clock", {"tenant": "mock", "advance": 7_190})
    assert api.post("user/info", body, USER).status_code == 200
    api.admin("POST", "clock", {"tenant": "mock", "to": "token-expiry"})
    answer = api.post("user/info", body, USER)
    assert answer.status_code == 401
    assert answer.json()["error"]["code"] == "access_token_invalid"
    assert answer.json()["error"]["message"] == "The access token is invalid or not found in the request."
    assert answer.json()["data"] == {}


@pytest.mark.parametrize("header", ["", "Bearer", "Bearer clt.wrong", "Basic bW9jazptb2Nr"])
def test_a_request_without_a_valid_token_is_refused_and_does_not_count(api: Api, header: str) -> None:
    answer = api.post("user/info", {"username": "x"}, USER, headers={"Authorization": header})
    assert answer.status_code == 401
    assert api.mock.tenant.meters()["general"]["used"] == 0


@pytest.mark.parametrize("scheme", ["Bearer", "bearer", "BEARER"])
def test_the_authorization_scheme_is_case_insensitive(api: Api, scheme: str) -> None:
    headers = {"Authorization": f"{scheme} {api.token}"}
    assert api.post("user/info", {"username": "mock_empty"}, USER, headers=headers).status_code == 200


def test_several_tokens_can_be_valid_at_the_same_time(api: Api) -> None:
    first, second = (api.token_answer().json()["access_token"] for _ in range(2))
    assert first != second
    for token in (first, second):
        headers = {"Authorization": f"Bearer {token}"}
        assert api.post("user/info", {"username": "mock_empty"}, USER, headers=headers).status_code == 200


def test_every_answer_has_the_header_of_the_mock_and_the_virtual_date(api: Api) -> None:
    api.admin("POST", "clock", {"tenant": "mock", "to": "2026-07-04T10:00:00Z"})
    answer = api.post("user/info", {"username": "mock_empty"}, USER)
    assert answer.headers["X-Mock-Server"]
    assert answer.headers["Date"].startswith("Sat, 04 Jul 2026 10:00:0")
    assert answer.json()["error"]["log_id"].startswith("20260704100")


def test_each_tenant_of_each_server_has_its_own_instance(api: Api) -> None:
    instances = [api.token_answer(key).headers["X-Mock-Instance"] for key in ("mock", "mock", "mock:seed=2")]
    assert instances[0] == instances[1] != instances[2]


def test_a_path_without_its_last_slash_is_the_same_path(api: Api) -> None:
    answer = requests.post(f"{api.mock.url}/v2/oauth/token", data={}, timeout=10)
    assert answer.json()["error"] == "invalid_request"
