"""Every failure becomes one typed error: by the body first, by the status second."""

import json
import pickle
import re
from dataclasses import FrozenInstanceError, replace
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import ttapi
from ttapi import ENDPOINTS, Answer, TikTokError, error_of, errors
from ttapi.reading import read
from ttapi.transport import Reply

MOMENT = datetime(2026, 6, 1, 12, tzinfo=UTC)
HTML = b"<html><body><h1>504 Gateway Time-out</h1></body></html>"


def answer_of(raw, status=200, endpoint="user.info", reason=""):
    reading = read(ENDPOINTS[endpoint], Reply(status, raw, reason=reason))
    return Answer(endpoint, {}, (), MOMENT, status, raw, **reading._asdict(), charged=True, row=ENDPOINTS[endpoint])


def refusal(code, message="", **more):
    return json.dumps({"error": {"code": code, "message": message, "log_id": "L"}, **more}).encode()


@pytest.mark.parametrize(
    ("code", "message", "status", "name"),
    [
        ("access_token_invalid", "The access token is invalid or not found in the request.", 401, "AccessTokenInvalid"),
        ("scope_not_authorized", "The user did not authorize the scope required", 401, "ScopeNotAuthorized"),
        ("scope_permission_missed", "", 400, "ScopePermissionMissed"),
        ("invalid_params", "field is not allowed", 400, "InvalidParams"),
        ("invalid_param", "x", 400, "InvalidParams"),
        ("invalid_request", "x", 400, "InvalidParams"),
        ("invalid_params", "Search Id 7378809778820092971 is invalid or expired", 400, "SearchExpired"),
        ("invalid_params", "Invalid count or cursor", 400, "InvalidCursor"),
        ("invalid_params", "`username: some.user` is invalid: cannot find the user", 400, "UserNotFound"),
        ("invalid_params", "the account some.user is private", 400, "UserPrivate"),
        ("invalid_params", "API cannot return this user's information", 400, "UserNotAvailable"),
        ("invalid_params", "this user's information cannot be returned", 400, "ListNotPublic"),
        ("invalid_params", "The comments of this video are not allowed to be disclosed", 400, "CommentsNotDisclosed"),
        ("invalid_file_upload", "", 400, "InvalidFileUpload"),
        ("rate_limit_exceeded", "The API rate limit was exceeded. Please try again later.", 429, "RateLimited"),
        ("daily_quota_limit_exceeded", "", 429, "QuotaExhausted"),
        ("internal_error", "", 500, "ServerError"),
        ("timeout", "", 504, "ServerError"),
        ("invalid_params", "Something is wrong. Please try again later.", 400, "ServerError"),
        ("invalid_params", "Something went wrong. Please try again later.", 400, "ServerError"),
        ("invalid_params", "Server Internal Error", 400, "ServerError"),
        ("an_unknown_code", "", 400, "BadAnswer"),
        ("an_unknown_code", "", 503, "ServerError"),
    ],
)
def test_each_code_and_message_has_its_error(code, message, status, name):
    for more in ({}, {"data": {}}):
        error = error_of(answer_of(refusal(code, message, **more), status))
        assert type(error).__name__ == name
        assert (error.code, error.status, error.log_id) == (code, status, "L")


def test_the_code_decides_with_any_status():
    raw = refusal("rate_limit_exceeded", "slow")
    assert {type(error_of(answer_of(raw, status))).__name__ for status in (200, 400, 429, 500)} == {"RateLimited"}


@pytest.mark.parametrize(
    ("raw", "status", "name", "text"),
    [
        (HTML, 504, "ServerError", "HTML"),
        (HTML, 200, "BadAnswer", "HTML"),
        (b"", 200, "BadAnswer", "empty"),
        (b"", 502, "ServerError", "empty"),
        (b"slow down", 429, "RateLimited", "not a JSON object"),
        (b'{"data": {"display_na', 200, "BadAnswer", "incomplete JSON"),
        (b"[1, 2]", 200, "BadAnswer", "not a JSON object"),
        (b"null", 500, "ServerError", "not a JSON object"),
        (b"{}", 200, "BadAnswer", "neither data nor an error"),
        (b'{"error": {"code": "ok"}}', 500, "ServerError", "no reason given"),
        (b'{"error": "invalid_request", "error_description": "d"}', 400, "InvalidParams", "d"),
        (b'{"error": {"code": "internal_error", "msg": "in msg"}}', 500, "ServerError", "in msg"),
        (b'{"error": {"code": null, "message": null}, "data": null}', 400, "BadAnswer", "neither"),
        (b"\xff\xfe\x00", 200, "BadAnswer", "the body is in UTF-16, not in UTF-8"),
        (b"[" * 200_000, 200, "BadAnswer", "the body is nested more than 64 levels deep"),
        (b"1" * 5_000, 200, "BadAnswer", "the body contains a number with too many digits"),
    ],
)
def test_unreadable_bodies_are_classified_by_status_and_content(raw, status, name, text):
    error = error_of(answer_of(raw, status))
    assert type(error).__name__ == name
    assert text in str(error)


def test_a_body_that_is_cut_off_is_reported_as_such():
    error = error_of(answer_of(b'{"data": {"videos": [', reason="the connection was lost"))
    assert "cut off after 21 bytes" in str(error)


@pytest.mark.parametrize(
    ("endpoint", "data", "error", "status"),
    [
        ("playlist.info", {"playlist_video_ids": [1], "has_more": False}, {"code": "ok", "message": "ok"}, 500),
        ("user.info", {"video_count": 0}, {"code": "internal_error", "message": ""}, 500),
        ("user.liked", {"user_liked_videos": [], "has_more": False}, {"code": "internal_error"}, 500),
        ("user.info", {"video_count": 0}, {}, 500),
        ("shop.info", {"shop_data": []}, None, 200),
        ("video.query", {"videos": [], "has_more": False}, {"code": "ok"}, 200),
        ("user.followers", {"has_more": False}, {"code": "ok", "message": "ok"}, 200),
    ],
)
def test_good_data_is_accepted_with_any_status_and_error(endpoint, data, error, status):
    body = {"data": data} | ({} if error is None else {"error": error})
    answer = answer_of(json.dumps(body).encode(), status, endpoint)
    assert (answer.code, error_of(answer), answer.data) == ("ok", None, data)


def test_data_with_an_error_message_is_a_refusal():
    raw = refusal("rate_limit_exceeded", "slow down", data={"videos": [], "has_more": False})
    assert type(error_of(answer_of(raw, 429, "video.query"))).__name__ == "RateLimited"


def test_data_without_its_list_is_not_accepted_as_good():
    raw = json.dumps({"data": {"has_more": False}, "error": {"code": "internal_error"}}).encode()
    assert type(error_of(answer_of(raw, 500, "user.liked"))).__name__ == "ServerError"


@pytest.mark.parametrize(
    ("endpoint", "data", "records"),
    [
        ("user.reposted", {"user_reposted_videos": [{"id": 1}]}, [{"id": 1}]),
        ("user.reposted", {"reposted_videos": [{"video_id": 1}]}, [{"id": 1}]),
        ("video.query", {"videos": [{"id": 1, "video_id": 2}]}, [{"id": 1, "video_id": 2}]),
        ("user.liked", {"user_liked_videos": [{"favourites_count": 3}]}, [{"favorites_count": 3}]),
        (
            "user.pinned",
            {"pinned_videos_list": [{"video_tag": {"video_tag_type": "AIGC", "video_tag_number": 1}}]},
            [{"video_tag": {"type": "AIGC", "number": 1}}],
        ),
        ("video.comments", {"comments": [{"video_id": 5, "id": 6}]}, [{"video_id": 5, "id": 6}]),
        ("video.comments", {"comments": [{"video_id": 5}]}, [{"video_id": 5}]),
        ("playlist.info", {"playlist_video_ids": [7]}, [{"id": 7}]),
        ("user.info", {"video_count": 1}, [{"video_count": 1}]),
        ("user.info", {}, []),
        ("video.query", {"videos": None}, []),
    ],
)
def test_records_are_read_under_every_key_and_get_one_spelling(endpoint, data, records):
    end = {"has_more": False} if ENDPOINTS[endpoint].states_end else {}
    assert answer_of(json.dumps({"data": data | end}).encode(), endpoint=endpoint).records == records


def test_a_compliance_result_is_a_text_of_ids():
    answer = answer_of(b"\xef\xbb\xbf7456123456789012345\r\n7456123456789012346\n", endpoint="compliance.download")
    assert answer.records == [{"id": 7456123456789012345}, {"id": 7456123456789012346}]
    assert answer_of(b"7\n", endpoint="compliance.download").records == [{"id": 7}]
    assert error_of(answer_of(b"", endpoint="compliance.download")) is None
    assert "not a list of ids" in str(error_of(answer_of(HTML, endpoint="compliance.download")))
    assert answer_of(refusal("invalid_params"), 400, "compliance.download").code == "invalid_params"
    assert error_of(answer_of(b"", 500, endpoint="compliance.download")) is not None


def test_hidden_likes_can_be_an_empty_403():
    assert type(error_of(answer_of(b"", 403, "user.liked"))).__name__ == "ListNotPublic"
    assert type(error_of(answer_of(b"", 403, "user.info"))).__name__ == "BadAnswer"
    assert type(error_of(answer_of(HTML, 403, "user.liked"))).__name__ == "ListNotPublic"


@pytest.mark.parametrize("raw", [b"\xef\xbb\xbf" + refusal("scope_not_authorized"), b"{}", b'{"error": {"code": "sc'])
def test_json_that_cannot_be_read_does_not_mean_hidden_likes(raw):
    assert type(error_of(answer_of(raw, 403, "user.liked"))).__name__ == "BadAnswer"


@settings(deadline=None)
@given(
    st.binary(max_size=200),
    st.sampled_from([200, 204, 302, 400, 401, 404, 429, 500, 504]),
    st.sampled_from(list(ENDPOINTS)),
)
def test_no_body_breaks_the_reader(raw, status, endpoint):
    answer = answer_of(raw, status, endpoint)
    error = error_of(answer)
    assert error is None or str(error)
    assert isinstance(answer.records, list)


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["data", "error", "code", "videos"]), inner)
    ),
    max_leaves=8,
)


@settings(deadline=None)
@given(_JSON, st.sampled_from([200, 400, 500]))
def test_no_json_breaks_the_reader(body, status):
    answer = answer_of(json.dumps(body).encode(), status, "video.query")
    assert all(isinstance(record, dict) for record in answer.records)
    assert (answer.cursor, answer.has_more, answer.search_id) is not None
    error = error_of(answer)
    assert error is None or "\n" not in str(error)


def classes():
    kinds = [TikTokError]
    for kind in kinds:
        kinds += kind.__subclasses__()
    return {kind.__name__ for kind in kinds}


def test_the_tree_in_the_module_docstring_names_all_classes():
    names = re.findall(r"^[│├└─ ]*(\w+)(?: {2,}|$)", errors.__doc__, re.MULTILINE)
    assert set(names) == classes()


def test_every_error_is_exported_and_has_a_docstring():
    assert classes() <= set(ttapi.__all__)
    assert all(getattr(ttapi, name).__doc__ for name in classes())


def test_an_error_text_is_one_safe_line():
    raw = refusal("invalid_params", "a\x1b[31m\r\nb" + "x" * 2000)
    text = str(error_of(answer_of(raw, 400)))
    assert text.isprintable()
    assert len(text) < 600


@pytest.mark.parametrize(
    ("raw", "is_json"),
    [
        (b'{"data": {}}', True),
        (b' {"data": {}}\r\n', True),
        (b"null", True),
        (b"7\n", True),
        (refusal("invalid_params"), True),
        (b"", False),
        (HTML, False),
        (b'{"data": {', False),
        (b"{} {}", False),
        (b"[" * 200_000, False),
        (b'\xef\xbb\xbf{"data": {}}', False),
        ('{"data": {}}'.encode("utf-16"), False),
        (b'{"data": {"x": "\xff"}}', False),
    ],
)
def test_an_answer_knows_whether_its_body_is_json(raw, is_json):
    assert answer_of(raw).is_json is is_json
    assert answer_of(raw, 500, "compliance.download").is_json is is_json


def test_records_are_computed_once_per_answer_and_again_for_a_changed_copy():
    answer = answer_of(b'{"data": {"videos": [{"video_id": 1}], "has_more": false}}', endpoint="video.query")
    assert answer.records is answer.records
    assert replace(answer).records == [{"id": 1}]
    assert replace(answer, data={}).records == []
    assert answer == replace(answer)
    with pytest.raises(FrozenInstanceError):
        answer.records = []
    assert pickle.loads(pickle.dumps(answer)) == answer  # noqa: S301


def test_errors_can_be_pickled():
    for raw, status in ((refusal("daily_quota_limit_exceeded"), 429), (refusal("invalid_params", "is private"), 400)):
        error = error_of(answer_of(raw, status))
        copy = pickle.loads(pickle.dumps(error))  # noqa: S301
        assert (type(copy), str(copy), vars(copy)) == (type(error), str(error), vars(error))
