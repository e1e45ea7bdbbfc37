"""Faults: planned ones in order and accounted for, random ones that repeat, broken connections on a real socket."""

import time
from typing import Any

import pytest
import requests

from mockserver.behaviours.faults import ACTIONS, scenarios
from tests.mockserver.conftest import USER, VIDEO, Api
from tests.mockserver.endpoints.test_shops import shop

EMPTY = {"username": "mock_empty"}


def play(api: Api, scenario: Any) -> dict[str, Any]:
    answer = api.admin("POST", "scenario", {"tenant": api.key, "scenario": scenario})
    assert answer.status_code == 200, answer.text
    content: dict[str, Any] = answer.json()
    return content


def statuses(api: Api, count: int) -> list[int]:
    return [api.post("user/info", EMPTY, USER).status_code for _ in range(count)]


def test_planned_faults_happen_in_order_and_then_no_more(api: Api) -> None:
    play(
        api, {"faults": [{"match": {"endpoint": "user.info"}, "do": ["internal_error", "pass", "rate_limit_exceeded"]}]}
    )
    assert statuses(api, 4) == [500, 200, 429, 200]


def test_a_plan_lists_what_happened_and_what_is_left(api: Api) -> None:
    play(api, {"faults": [{"do": ["internal_error", "gateway_timeout"]}]})
    statuses(api, 1)
    account = api.admin("GET", "tenant?tenant=mock").json()["faults"]
    assert account["left"] == 1
    assert account["plans"][0]["done"] == ["internal_error"]
    with pytest.raises(AssertionError, match="did not happen"):
        api.mock.assert_all_faults_happened()
    statuses(api, 1)
    api.mock.assert_all_faults_happened()


def test_a_snapshot_restores_a_plan_that_is_half_done(api: Api) -> None:
    play(api, {"faults": [{"do": ["internal_error", "rate_limit_exceeded"]}]})
    assert statuses(api, 1) == [500]
    state = api.admin("GET", "state").json()
    assert statuses(api, 2) == [429, 200]
    assert api.admin("PUT", "state", state).status_code == 200
    assert statuses(api, 2) == [429, 200]


def test_a_plan_can_wait_for_a_page_a_cursor_or_the_nth_request(api: Api) -> None:
    play(api, {"faults": [{"match": {"endpoint": "video.query", "page": 2}, "do": "internal_error"}]})
    first = api.videos(max_count=20)
    later = api.search(max_count=20, cursor=20, search_id=first["search_id"])
    assert [api.post("video/query", later, VIDEO).status_code for _ in range(2)] == [500, 200]
    play(api, {"faults": [{"match": {"nth": 3}, "do": "internal_error"}]})
    assert statuses(api, 4) == [200, 200, 500, 200]


def test_a_plan_for_a_page_knows_by_which_parameter_an_endpoint_is_paged(api: Api) -> None:
    pinned = {"username": "mock_empty", "cursor": 20}
    shop_id = shop(api)["shop_id"]
    play(api, {"faults": [{"match": {"page": 2}, "do": "internal_error"}]})
    assert api.post("user/pinned_videos", pinned, "id").status_code == 200
    assert api.post("tts/product", {"shop_id": shop_id, "page_start": 2}).status_code == 500


def test_a_plan_for_a_cursor_matches_only_endpoints_that_take_one(api: Api) -> None:
    play(api, {"faults": [{"match": {"cursor": 20}, "do": "internal_error"}]})
    body = {"username": "mock_empty", "cursor": 20}
    assert [api.post(path, body, "id").status_code for path in ("user/pinned_videos", "user/liked_videos")] == [
        200,
        500,
    ]


def test_random_failures_are_the_same_in_every_run(api: Api) -> None:
    runs = []
    for _ in range(2):
        play(api, {"faults": [{"chance": 0.4, "do": "internal_error"}]})
        runs.append(statuses(api, 40))
    assert runs[0] == runs[1]
    assert 8 < runs[0].count(500) < 24


def test_planned_failures_count_against_the_quota(api: Api) -> None:
    play(api, "outage")
    statuses(api, 3)
    assert api.mock.tenant.meters()["general"]["used"] == 3


@pytest.mark.parametrize("name", [name for name in ACTIONS if name not in ("pass", "slow", "stall")])
def test_every_action_changes_one_answer_and_not_the_next(api: Api, name: str) -> None:
    play(api, {"faults": [{"do": name}]})
    try:
        answer = api.post("user/info", EMPTY, USER)
        is_changed = answer.status_code != 200 or "X-Mock-Fault" in answer.headers
    except requests.RequestException:
        is_changed = True
    assert is_changed
    assert statuses(api, 1) == [200]


EXCEPTIONS = {
    "reset": requests.ConnectionError,
    "empty": requests.ConnectionError,
    "truncate": (requests.exceptions.ChunkedEncodingError, requests.ConnectionError),
    "bad_chunk": requests.exceptions.ChunkedEncodingError,
    "garbage": requests.ConnectionError,
    "stall": requests.ReadTimeout,
}


@pytest.mark.parametrize(("name", "error"), EXCEPTIONS.items())
def test_a_broken_connection_raises_what_a_real_one_raises(api: Api, name: str, error: Any) -> None:
    play(api, {"faults": [{"do": name}]})
    url = f"{api.mock.url}/v2/research/user/info/?fields={USER}"
    start = time.monotonic()
    with pytest.raises(error):
        requests.post(url, json=EMPTY, headers={"Authorization": f"Bearer {api.token}"}, timeout=0.3)
    assert time.monotonic() - start < 2
    assert statuses(api, 1) == [200]


@pytest.mark.parametrize("name", scenarios())
def test_every_scenario_of_the_server_can_be_chosen_in_the_client_key(api: Api, name: str) -> None:
    api.key = f"mock:scenario={name}"
    assert api.token_answer().status_code == 200


@pytest.mark.parametrize(
    ("scenario", "word"),
    [
        ("nothing", "flaky"),
        ({"fault": []}, "faults"),
        ({"faults": [{"do": "explode"}]}, "internal_error"),
        ({"faults": [{"match": {"path": "x"}, "do": "reset"}]}, "endpoint"),
        ({"faults": [{"do": ["reset", "pass"], "chance": 0.5}]}, "chance"),
        ({"faults": [{"do": "reset", "chance": 2}]}, "between 0 and 1"),
        ({"quirks": ["no-such"]}, "unknown quirk"),
    ],
)
def test_a_wrong_scenario_is_refused_with_what_is_possible(api: Api, scenario: Any, word: str) -> None:
    answer = api.admin("POST", "scenario", {"scenario": scenario})
    assert answer.status_code == 400
    assert word in answer.json()["error"]
