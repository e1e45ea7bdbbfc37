"""Chaos: a share of requests fails, in every run the same, and it is reported what happened."""

import re
import signal
import subprocess
import sys
from collections import Counter

import pytest
import requests

from mockserver import InProcess
from mockserver.behaviours.chaos import KINDS, Chaos, chaos_text
from mockserver.core import Core
from mockserver.tenants.options import Options
from tests.mockserver.conftest import USER, Api

EMPTY = {"username": "mock_empty"}


def outcome(api: Api, number: int) -> str:
    try:
        answer = api.post("user/info", EMPTY | {"number": number}, USER)
    except requests.RequestException as error:
        return type(error).__name__
    return str(answer.status_code)


def outcomes(key: str, count: int = 60) -> list[str]:
    with InProcess(Core(defaults=Options(videos=1_000))) as mock:
        api = Api(mock, key)
        return [outcome(api, number) for number in range(count)]


def test_a_share_of_requests_fails_in_several_ways_and_each_is_counted(api: Api) -> None:
    api.key = "mock:chaos=0.3"
    failed = [found for number in range(60) if (found := outcome(api, number)) != "200"]
    account = api.admin("GET", "tenant?tenant=mock:chaos=0.3").json()["chaos"]
    assert (account["share"], account["requests"]) == (0.3, 60)
    assert sum(account["failed"].values()) == len(failed)
    assert 8 < len(failed) < 30
    assert set(account["failed"]) <= set(KINDS)
    assert len(account["failed"]) > 3
    assert {row["fault"] for row in api.admin("GET", "journal?tenant=mock:chaos=0.3").json() if row["fault"]} <= set(
        KINDS
    )


def test_the_same_requests_fail_in_each_run_of_a_seed() -> None:
    assert outcomes("mock:chaos=0.3") == outcomes("mock:chaos=0.3")
    assert outcomes("mock:chaos=0.3") != outcomes("mock:chaos=0.3,run=1")
    assert set(outcomes("mock:chaos=0")) == {"200"}
    assert "200" not in outcomes("mock:chaos=1")


def test_a_request_that_is_sent_again_can_succeed(inside: Api) -> None:
    inside.key = "mock:chaos=0.5"
    assert "200" in {outcome(inside, 1) for _ in range(20)}


def test_a_snapshot_keeps_the_count(inside: Api) -> None:
    inside.key = "mock:chaos=1"
    for number in range(5):
        outcome(inside, number)
    before = inside.tenant.chaos.account()
    inside.admin("PUT", "state", inside.admin("GET", "state").json())
    assert inside.tenant.chaos.account() == before
    damaged = inside.admin("GET", "state").json()
    damaged["tenants"][0]["chaos"]["failed"] = {"nosuch": 1}
    assert inside.admin("PUT", "state", damaged).status_code == 400


@pytest.mark.parametrize("share", ["2", "-1", "many", "nan"])
def test_a_share_that_is_none_is_refused(inside: Api, share: str) -> None:
    assert "not a share between 0 and 1" in inside.token_answer(f"mock:chaos={share}").json()["error_description"]


def test_the_sentence_names_the_kinds() -> None:
    assert chaos_text([Chaos(0.1)]) == "Chaos: 0 of 0 requests failed."
    chaos = Chaos(1)
    chaos.restore(9, Counter(reset=2, internal_error=1))
    assert chaos_text([chaos]) == "Chaos: 3 of 9 requests failed: 1 internal_error, 2 reset."


def test_the_server_says_at_its_end_what_its_chaos_did() -> None:
    words = [sys.executable, "-m", "mockserver", "--port", "0", "--videos", "1000", "--chaos", "1"]
    server = subprocess.Popen(words, stdout=subprocess.PIPE, text=True)
    assert server.stdout
    url = server.stdout.readline().split()[-1]
    form = {"client_key": "mock", "client_secret": "mock-secret", "grant_type": "client_credentials"}
    token = requests.post(f"{url}/v2/oauth/token/", data=form, timeout=10).json()["access_token"]
    headers = {"Authorization": f"Bearer {token}"}
    for number in range(3):
        try:
            requests.post(f"{url}/v2/research/user/info/", json={"n": number}, headers=headers, timeout=10)
        except requests.RequestException:
            continue
    server.send_signal(signal.SIGTERM)
    assert re.search(r"(?m)^Chaos: 3 of 3 requests failed: .+\.\n$", server.communicate(timeout=20)[0])
