"""What clients are known to send and must be accepted, and what must be refused."""

import json
from typing import Any

import pytest
import requests

from mockserver.endpoints.elsewhere import OTHER_PRODUCTS
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
    assert api.post("user/followers", EMPTY | {"fields": ["display_name"]}).status_code == 200


def test_a_byte_order_mark_and_a_missing_last_slash_are_accepted(api: Api) -> None:
    headers = {"Authorization": f"Bearer {api.token}"}
    url = f"{api.mock.url}/v2/research/user/info?fields={USER}"
    body = b'\xef\xbb\xbf{"username": "mock_empty"}'
    assert requests.post(url, data=body, headers=headers, timeout=10).status_code == 200


def send(api: Api, path: str, body: bytes | str | dict[str, object], kind: str = "application/json") -> Any:
    """Post a body as it is, with a content type. A dict is sent as a form."""
    headers = {"Authorization": f"Bearer {api.token}", "Content-Type": kind}
    return requests.post(f"{api.mock.url}/v2/research/{path}", data=body, headers=headers, timeout=10)


NOT_AN_OBJECT = "The request body is not a JSON object."


@pytest.mark.parametrize("body", [b"{", b"[1]", b"null", b"username", b"=x", b"--x\r\na=1", b"a=\xff", b"a=1&" * 101])
def test_a_body_that_is_not_an_object_is_refused(api: Api, body: bytes) -> None:
    answer = send(api, f"user/info/?fields={USER}", body)
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "invalid_params")
    assert answer.json()["error"]["message"] == NOT_AN_OBJECT


FORM = "application/x-www-form-urlencoded"


@pytest.mark.parametrize("kind", [FORM, "application/json"])
def test_a_body_may_be_a_form_in_which_the_query_is_json_text(api: Api, kind: str) -> None:
    assert send(api, f"user/info/?fields={USER}", "username=mock_empty", kind).json()["error"]["code"] == "ok"
    body = api.search(FYP, max_count=20)
    form = {name: json.dumps(value) if name == "query" else str(value) for name, value in body.items()}
    first = send(api, f"video/query/?fields={VIDEO}", form, kind).json()["data"]
    assert first["videos"] == api.data("video/query", body, VIDEO)["videos"]
    later = send(api, "video/query/", form | {"fields": "id", "search_id": first["search_id"], "cursor": "20"}, kind)
    assert later.json()["data"]["cursor"] == 40


def test_a_form_with_a_query_that_is_not_json_is_refused(api: Api) -> None:
    form = {"query": "{and", "start_date": "20260101", "end_date": "20260102"}
    assert "`query` is invalid" in send(api, "video/query/?fields=id", form, FORM).json()["error"]["message"]


def test_a_client_key_can_refuse_forms_and_still_accepts_json_that_is_labelled_as_a_form(api: Api) -> None:
    api.key = "mock:json_only"
    path = f"user/info/?fields={USER}"
    assert send(api, path, "username=mock_empty", FORM).json()["error"]["message"] == NOT_AN_OBJECT
    assert send(api, path, '{"username": "mock_empty"}', FORM).status_code == 200


@pytest.mark.parametrize(("path", "body"), [("video/query", None), ("user/info", EMPTY), ("user/liked_videos", EMPTY)])
def test_fields_may_be_in_the_body(api: Api, path: str, body: dict[str, Any] | None) -> None:
    fields = "id" if "video" in path else "display_name"
    assert api.post(path, (body or api.search()) | {"fields": fields}).status_code == 200


@pytest.mark.parametrize("value", [True, [1], {"a": 1}, 1.5, "ten", "--5", "٣", 10**30])
def test_a_value_that_is_not_a_number_is_refused(api: Api, value: object) -> None:
    assert api.refused("video/query", api.search() | {"max_count": value}, VIDEO)["code"] == "invalid_params"


@pytest.mark.parametrize("value", ["maybe", 2, []])
def test_is_random_is_true_or_false(api: Api, value: object) -> None:
    assert api.refused("video/query", api.search() | {"is_random": value}, VIDEO)["code"] == "invalid_params"


@pytest.mark.parametrize("method", ["GET", "PUT", "PATCH", "DELETE"])
def test_other_methods_are_refused_as_json(api: Api, method: str) -> None:
    headers = {"Authorization": f"Bearer {api.token}"}
    answer = requests.request(method, f"{api.mock.url}/v2/research/user/info/", headers=headers, timeout=10)
    assert (answer.status_code, answer.headers["Allow"]) == (405, "POST")
    assert answer.json()["error"]["code"] == "invalid_params"


@pytest.mark.parametrize("path", ["/v2/research/nothing/", "/v2/research/adlib/nothing/", "/v2/", "/v1/video/query/"])
@pytest.mark.parametrize("has_token", [True, False])
def test_an_unknown_path_is_answered_404_in_html_with_and_without_a_token(
    api: Api, path: str, *, has_token: bool
) -> None:
    headers = {"Authorization": f"Bearer {api.token}"} if has_token else {}
    answer = requests.post(api.mock.url + path, json={}, headers=headers, timeout=10)
    assert (answer.status_code, answer.headers["Content-Type"]) == (404, "text/html")
    assert answer.text.startswith("<html>")
    assert answer.headers["X-Mock-Reason"].startswith("unknown-path; ")


@pytest.mark.parametrize("path", OTHER_PRODUCTS)
def test_a_path_of_another_product_needs_a_scope_that_no_client_has(api: Api, path: str) -> None:
    headers = {"Authorization": f"Bearer {api.token}"}
    answers = [requests.post(api.mock.url + path, json={}, headers=each, timeout=10) for each in (headers, {})]
    assert [answer.status_code for answer in answers] == [401, 401]
    errors = [answer.json()["error"] for answer in answers]
    assert [error["code"] for error in errors] == ["scope_not_authorized", "access_token_invalid"]
    assert {error.get("http_status_code") for error in errors} == {401 if "adlib" in path else None}
    assert api.tenant.meters()["general"]["used"] == 0


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
