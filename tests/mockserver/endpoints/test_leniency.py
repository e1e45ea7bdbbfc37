"""What clients are known to send and must be accepted, and what must be refused."""

from typing import Any

import pytest
import requests

from tests.mockserver.conftest import COMMENT, USER, VIDEO, Api

EMPTY = {"username": "mock_empty"}


@pytest.mark.parametrize("kind", ["application/json", "text/plain", "application/x-www-form-urlencoded", ""])
def test_the_content_type_is_ignored(api: Api, kind: str) -> None:
    headers = {"Authorization": f"Bearer {api.token}", "Content-Type": kind}
    url = f"{api.mock.url}/v2/research/user/info/?fields={USER}"
    assert requests.post(url, data='{"username": "mock_empty"}', headers=headers, timeout=10).status_code == 200


@pytest.mark.parametrize(
    "fields", ["display_name,follower_count", "display_name%2Cfollower_count", "display_name, follower_count,"]
)
def test_fields_may_have_encoded_commas_and_blanks(api: Api, fields: str) -> None:
    assert set(api.data("user/info", EMPTY, fields)) == {"display_name", "follower_count"}


@pytest.mark.parametrize(
    "numbers", [{"max_count": "20", "cursor": "0"}, {"max_count": 20.0}, {"max_count": None, "cursor": ""}]
)
def test_numbers_may_be_sent_as_text_or_null(api: Api, numbers: dict[str, Any]) -> None:
    assert api.data("video/query", api.search() | numbers, VIDEO)["cursor"] == 20
    body = {"video_id": str(api.sample["video_id"])} | numbers
    assert api.post("video/comment/list", body, COMMENT).status_code == 200


def test_values_of_conditions_may_be_sent_as_numbers(api: Api) -> None:
    body = api.search({"field_name": "view_count", "operation": "GT", "field_values": [10]})
    assert api.data("video/query", body, VIDEO)["videos"]


def test_unknown_keys_of_a_body_are_ignored(api: Api) -> None:
    assert api.post("user/info", EMPTY | {"open_id": "x", "is_new": [1]}, USER).status_code == 200


def test_a_byte_order_mark_and_a_missing_last_slash_are_accepted(api: Api) -> None:
    headers = {"Authorization": f"Bearer {api.token}"}
    url = f"{api.mock.url}/v2/research/user/info?fields={USER}"
    body = b'\xef\xbb\xbf{"username": "mock_empty"}'
    assert requests.post(url, data=body, headers=headers, timeout=10).status_code == 200


@pytest.mark.parametrize("body", [b"{", b"[1]", b"null", b"username=x", b"\xff\xfe"])
def test_a_body_that_is_not_a_json_object_is_refused(api: Api, body: bytes) -> None:
    headers = {"Authorization": f"Bearer {api.token}"}
    answer = requests.post(
        f"{api.mock.url}/v2/research/user/info/?fields={USER}", data=body, headers=headers, timeout=10
    )
    assert answer.status_code == 400
    assert answer.json()["error"]["code"] == "invalid_params"


@pytest.mark.parametrize("value", [True, [1], {"a": 1}, 1.5, "ten", "--5", "٣", 10**30])
def test_a_value_that_is_not_a_number_is_refused(api: Api, value: object) -> None:
    assert api.refused("video/query", api.search() | {"max_count": value}, VIDEO)["code"] == "invalid_params"


@pytest.mark.parametrize("value", ["maybe", 2, []])
def test_is_random_is_true_or_false(api: Api, value: object) -> None:
    assert api.refused("video/query", api.search() | {"is_random": value}, VIDEO)["code"] == "invalid_params"


def test_other_methods_and_paths_are_refused_as_json(api: Api) -> None:
    headers = {"Authorization": f"Bearer {api.token}"}
    answer = requests.get(f"{api.mock.url}/v2/research/user/info/", headers=headers, timeout=10)
    assert (answer.status_code, answer.headers["Allow"]) == (405, "POST")
    assert answer.json()["error"]["code"] == "invalid_params"
    nowhere = requests.post(f"{api.mock.url}/v2/research/nothing/", json={}, headers=headers, timeout=10)
    assert (nowhere.status_code, nowhere.json()["error"]["code"]) == (404, "invalid_params")


def test_a_text_of_a_wrong_type_is_refused(api: Api) -> None:
    for value in (["x"], {"a": 1}, True):
        assert api.refused("user/info", {"username": value}, USER)["code"] == "invalid_params"


# What other projects' clients sent when they were run against this server (docs/mockserver.md lists them)

FYP = {"field_name": "hashtag_name", "operation": "IN", "field_values": ["fyp"]}


@pytest.mark.parametrize(
    "query",
    [
        {"and": None, "or": [FYP], "not": None},
        {"and": [], "or": [FYP], "not": []},
        {"or": [FYP, FYP | {"field_name": "keyword", "operation": "IN"}]},
        {"and": [FYP], "not": [{"field_name": "video_length", "operation": "EQ", "field_values": ["SHORT"]}]},
        {"and": [FYP | {"field_values": ["#FYP", "fyp"]}]},
    ],
    ids=["null groups", "empty groups", "keyword with IN", "not alone beside and", "a sign before a hashtag"],
)
def test_groups_of_a_query_may_be_null_empty_or_absent(api: Api, query: dict[str, Any]) -> None:
    assert api.data("video/query", api.search() | {"query": query}, VIDEO)["videos"]


def test_dates_and_ids_may_be_sent_as_numbers_or_text(api: Api) -> None:
    first = api.search(FYP, max_count=20)
    page = api.data("video/query", first, VIDEO)
    numbers = {"start_date": int(first["start_date"]), "search_id": int(page["search_id"]), "cursor": "20"}
    assert api.data("video/query", first | numbers, VIDEO)["cursor"] == 40
    for video_id in (api.sample["video_id"], str(api.sample["video_id"])):
        assert api.data("video/comment/list", {"video_id": video_id, "cursor": None}, COMMENT)["comments"]


def test_the_first_page_may_be_requested_with_a_null_cursor_and_search_id(api: Api) -> None:
    nothing = {"cursor": None, "search_id": None, "is_random": False}
    assert api.data("video/query", api.search() | nothing, VIDEO)["videos"]
    for path in ("user/followers", "user/following"):
        body = {"username": api.sample["username"], "max_count": 100, "cursor": None}
        assert api.post(path, body).status_code == 200


@pytest.mark.parametrize("fields", ["id,create_time,%20region_code", "id%2C+create_time", "id,%0Acreate_time", "id,id"])
def test_fields_may_have_blanks_of_all_kinds_and_repeated_names(api: Api, fields: str) -> None:
    assert "id" in api.data("video/query", api.search(), fields)["videos"][0]


def test_a_client_may_request_a_token_before_every_call(api: Api) -> None:
    for _ in range(3):
        api.tokens.clear()
        assert api.post("user/info", EMPTY, USER, headers={"Cache-Control": "no-cache"}).status_code == 200


def test_header_names_are_case_insensitive_and_a_content_type_may_have_a_charset(api: Api) -> None:
    headers = {"AUTHORIZATION": f"bearer  {api.token}", "content-type": "application/json; charset=UTF-8"}
    url = f"{api.mock.url}/v2/research/user/info/?fields={USER}"
    assert requests.post(url, json=EMPTY, headers=headers, timeout=10).status_code == 200
