"""A body that is ambiguous, and data that lacks what states its end, are invalid answers and never good data."""

import codecs
import json
import re
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ttapi import ENDPOINTS, AccessTokenInvalid, Answer, BadAnswer, PagingStuck, error_of, transport
from ttapi.endpoints import NOT_AN_OBJECT
from ttapi.reading import read
from ttapi.strict_json import MAX_DEPTH, InvalidJson, parse
from ttapi.transport import Reply

MOMENT = datetime(2026, 6, 1, 12, tzinfo=UTC)
GOOD = b'{"data": {"videos": [{"id": 7}], "cursor": 1, "has_more": false}}'
SEARCH = {
    "query": {"and": [{"field_name": "keyword", "operation": "EQ", "field_values": ["klima"]}]},
    "start_date": "20250101",
    "end_date": "20250130",
}


def answer_of(raw, endpoint="video.query", status=200, reason="", request=None):
    row = ENDPOINTS[endpoint]
    reading = read(row, Reply(status, raw, reason=reason), request or {})
    return Answer(endpoint, {}, (), MOMENT, status, raw, **reading._asdict(), charged=True, row=row)


def with_data(data, endpoint="video.query", request=None, **more):
    body = {"data": data, "error": {"code": "ok", "message": "", "log_id": "L"}}
    return answer_of(json.dumps(body).encode(), endpoint, request=request, **more)


def nested(levels):
    """A body of so many levels, with the good data in it."""
    return GOOD[:-2] + b', "x": ' + b"[" * (levels - 2) + b"]" * (levels - 2) + b"}}"


# Bodies

AMBIGUOUS = {
    "a byte order mark": (codecs.BOM_UTF8 + GOOD, "the body begins with a byte order mark"),
    "UTF-16": (GOOD.decode().encode("utf-16"), "the body is in UTF-16, not in UTF-8"),
    "UTF-16 without a mark": (GOOD.decode().encode("utf-16-le"), "the body is in UTF-16, not in UTF-8"),
    "UTF-32": (GOOD.decode().encode("utf-32-be"), "the body is in UTF-32, not in UTF-8"),
    "invalid UTF-8": (GOOD.replace(b"7", b'"\xff"'), "the body is not valid UTF-8 at byte 29"),
    "a surrogate in UTF-8": (GOOD.replace(b"7", b'"\xed\xa0\x80"'), "the body is not valid UTF-8 at byte 29"),
    "NaN": (GOOD.replace(b"7", b"NaN"), "the body contains NaN, which is not JSON"),
    "Infinity": (GOOD.replace(b"7", b"Infinity"), "the body contains Infinity, which is not JSON"),
    "-Infinity": (GOOD.replace(b"7", b"-Infinity"), "the body contains -Infinity, which is not JSON"),
    "a key twice": (GOOD.replace(b'"id": 7', b'"id": 7, "id": 8'), 'the body has the key "id" twice in one object'),
    "a key twice with one value": (GOOD.replace(b'"id": 7', b'"id": 7, "id": 7'), 'has the key "id" twice'),
    "an escaped key": (GOOD.replace(b'"id": 7', b'"id": 7, "\\u0069d": 7'), 'has the key "id" twice in one object'),
    "has_more twice": (GOOD[:-2] + b', "has_more": true}}', 'has the key "has_more" twice in one object'),
    "data twice": (GOOD[:-1] + b', "data": {}}', 'has the key "data" twice in one object'),
    "a deep list": (nested(MAX_DEPTH + 1), "the body is nested more than 64 levels deep"),
    "a very deep list": (nested(100_000), "the body is nested more than 64 levels deep"),
    "a number of 5,000 digits": (GOOD.replace(b"7", b"7" * 5_000), "the body contains a number with too many digits"),
    "a control character": (GOOD.replace(b"7", b'"\n"'), "the body is not valid JSON at line 1, column 30"),
    "two values": (GOOD + GOOD, "the body is not valid JSON at line 1, column 66"),
    "a comma too many": (GOOD.replace(b"7}", b"7,}"), "the body is not valid JSON at line 1"),
    "single quotes": (GOOD.replace(b'"', b"'"), "the body is not valid JSON at line 1, column 2"),
}


@pytest.mark.parametrize(("raw", "reason"), AMBIGUOUS.values(), ids=AMBIGUOUS)
@pytest.mark.parametrize("endpoint", ["video.query", "compliance.download"])
def test_an_ambiguous_body_is_an_invalid_answer_that_says_why(raw, reason, endpoint):
    answer = answer_of(raw, endpoint)
    assert (answer.code, answer.data, answer.records, answer.is_json) == ("unreadable", {}, [], False)
    assert reason in answer.message
    error = error_of(answer)
    assert type(error) is BadAnswer
    assert error.transient
    assert answer.raw == raw


def test_a_body_of_the_greatest_depth_is_read():
    answer = answer_of(nested(MAX_DEPTH))
    assert (answer.code, answer.is_json) == ("ok", True)


def test_a_body_that_is_too_long_is_not_used_even_if_its_beginning_is_json(monkeypatch):
    monkeypatch.setattr(transport, "MAX_BYTES", len(GOOD))
    assert answer_of(GOOD).code == "ok"
    answer = answer_of(GOOD + b" ", reason="the answer is too long")
    assert (answer.code, answer.is_json) == ("unreadable", False)
    assert answer.message == f"the body is longer than {len(GOOD)} bytes"


def test_an_ambiguous_answer_is_sent_again_counted_and_handed_over(api, client, answers):
    api.answer_raw(AMBIGUOUS["a key twice"][0])
    api.answer_raw(GOOD)
    assert client.call("video.query", SEARCH).records == [{"id": 7}]
    assert [(answer.code, answer.charged) for answer in answers] == [("unreadable", True), ("ok", True)]
    assert client.spent() == 2


def test_an_api_that_always_returns_ambiguous_answers_ends_with_the_reason(api, client):
    for _ in range(4):
        api.answer_raw(AMBIGUOUS["NaN"][0])
    with pytest.raises(BadAnswer, match=r"^video\.query: the body contains NaN, which is not JSON \(HTTP 200\)"):
        client.call("video.query", SEARCH)
    assert len(api.requests) == 4


def test_an_error_in_an_ambiguous_body_is_not_trusted(api, client):
    refusal = '{"error": {"code": "invalid_params", "code": "ok", "message": "cannot find the user"}}'
    for _ in range(4):
        api.answer_raw(refusal)
    with pytest.raises(BadAnswer, match='has the key "code" twice'):
        client.call("user.info", {"username": "a"})


def test_an_ambiguous_token_is_not_used(api, client):
    api.token_script.append((200, {}, '{"access_token": "clt.a", "access_token": "clt.b"}'))
    api.answer({"video_count": 1})
    client.call("user.info", {"username": "a"})
    assert (api.tokens, api.requests[0]["auth"]) == (2, "Bearer clt.002")


def test_a_long_key_of_the_api_is_shortened_in_the_reason():
    key = b'"' + b"k\\n" * 500 + b'"'
    answer = answer_of(b"{" + key + b": 1, " + key + b": 2}")
    assert answer.message == f'the body has the key "{"k " * 19}k" twice in one object'


@pytest.mark.parametrize("number", ["1.5", "1.0", "1e3", "-0.0", "7300000000000000001", str(10**400), "1E400"])
def test_numbers_are_kept_as_they_are(number):
    (record,) = answer_of(GOOD.replace(b"7", number.encode())).records
    expected = float(number) if set(number) & set(".eE") else int(number)
    assert (record["id"], type(record["id"])) == (expected, type(expected))


_TEXT = st.text(max_size=6)
_JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | _TEXT
    | st.text(st.characters(codec=None, categories=["Cs", "Cc", "Zl", "Zp"]), max_size=3),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(_TEXT, inner, max_size=4),
    max_leaves=20,
)
_NEWLINES = re.compile(rb"[\r\n]+")


@settings(deadline=None)
@given(_JSON, st.booleans(), st.sampled_from([None, 1, "\r\n"]))
def test_json_that_is_accepted_can_be_embedded_in_a_line_and_read_back_equal(value, ascii_only, indent):
    raw = json.dumps(value, ensure_ascii=ascii_only, indent=indent).encode("utf-8", "surrogatepass")
    is_utf8 = raw == raw.decode(errors="replace").encode()
    assert answer_of(raw).is_json is is_utf8
    if is_utf8:
        line = b'{"seq": 1, "body": ' + _NEWLINES.sub(b" ", raw) + b"}"
        assert b"\n" not in line
        assert json.dumps(json.loads(line)["body"]) == json.dumps(parse(raw)) == json.dumps(json.loads(raw))


@settings(deadline=None)
@given(st.binary(max_size=60) | st.text('{}[]:,"\\ab1.eN-+ \n', max_size=60).map(str.encode))
def test_no_bytes_are_accepted_that_a_plain_parser_refuses_or_reads_otherwise(raw):
    try:
        value = parse(raw)
    except InvalidJson:
        return
    assert json.loads(raw) == value
    assert json.loads(b"[" + raw + b"]") == [value]


@settings(deadline=None)
@given(st.integers(1, 80), st.lists(st.sampled_from("[{"), min_size=80, max_size=80))
def test_exactly_the_bodies_of_up_to_64_levels_are_accepted(depth, openers):
    text = "".join("[" if each == "[" else '{"a": ' for each in openers[:depth]) + '"[[[{{"'
    text += "".join("]" if each == "[" else "}" for each in reversed(openers[:depth]))
    assert answer_of(text.encode(), "user.info").is_json is (depth <= MAX_DEPTH)


# Data

LISTS = [name for name, row in ENDPOINTS.items() if row.list_keys and row.answers == "json"]
PAGED = [name for name in LISTS if ENDPOINTS[name].states_end]


def page_of(endpoint, *, more=False, entries=None, **change):
    """The data of a page, with changes; a key whose new value is ... is left out."""
    row = ENDPOINTS[endpoint]
    records = [1] if row.lists_ids else [{"id": 1}]
    data = {row.list_keys[0]: records if entries is None else entries, "search_id": "77"}
    if row.states_end:
        data |= {"has_more": more, "cursor": 100}
    return {key: value for key, value in (data | change).items() if value is not ...}


def test_the_endpoints_that_state_their_end_are_these():
    assert PAGED == [
        "video.query",
        "video.comments",
        "user.followers",
        "user.following",
        "user.liked",
        "user.reposted",
        "playlist.info",
    ]
    assert set(LISTS) - set(PAGED) == {"user.pinned", "shop.info", "shop.products", "shop.reviews"}


@pytest.mark.parametrize("endpoint", LISTS)
def test_a_complete_page_is_good(endpoint):
    answer = with_data(page_of(endpoint), endpoint)
    assert (answer.code, answer.records) == ("ok", [{"id": 1}])
    assert with_data(page_of(endpoint, entries=[]), endpoint).code == "ok"
    if endpoint in PAGED:
        assert with_data(page_of(endpoint, more=True), endpoint).has_more


@pytest.mark.parametrize("endpoint", PAGED)
@pytest.mark.parametrize("more", [True, False])
@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"has_more": ...}, "the answer has no has_more"),
        ({"has_more": ..., "hasMore": True}, "the answer has no has_more"),
        ({"has_more": None}, "has_more is neither true nor false in the answer"),
        ({"has_more": "yes"}, "has_more is neither true nor false in the answer"),
        ({"has_more": 2}, "has_more is neither true nor false in the answer"),
        ({"has_more": []}, "has_more is neither true nor false in the answer"),
    ],
)
def test_a_page_that_does_not_state_its_end_is_never_a_last_page(endpoint, more, change, reason):
    answer = with_data(page_of(endpoint, more=more, **change), endpoint)
    assert (answer.code, answer.message, answer.data, answer.has_more) == ("unreadable", reason, {}, False)
    assert answer.log_id == "L"
    assert answer.is_json
    assert type(error_of(answer)) is BadAnswer


@pytest.mark.parametrize("endpoint", PAGED)
@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"cursor": ...}, "the answer has no cursor although another page follows"),
        ({"cursor": ..., "next_cursor": 100}, "the answer has no cursor although another page follows"),
        *(
            ({"cursor": value}, "cursor is not a whole number in the answer although another page follows")
            for value in (None, "", "next", "1_0", " 5", "-5", "٣", 1.0, True, [5])
        ),
    ],
)
def test_a_page_without_a_cursor_is_invalid_if_another_follows(endpoint, change, reason):
    answer = with_data(page_of(endpoint, more=True, **change), endpoint)
    assert (answer.code, answer.message) == ("unreadable", reason)
    assert with_data(page_of(endpoint, more=False, **change), endpoint).code == "ok"


@pytest.mark.parametrize(("value", "flag"), [(True, True), ("true", True), (1, True), ("false", False), (0, False)])
def test_has_more_can_be_text_or_a_number(value, flag):
    answer = with_data(page_of("video.query", has_more=value))
    assert (answer.code, answer.has_more) == ("ok", flag)


@pytest.mark.parametrize("cursor", [100, "100", 2**70])
def test_a_cursor_can_be_a_number_or_digits(cursor):
    answer = with_data(page_of("video.query", more=True, cursor=cursor))
    assert (answer.code, answer.cursor) == ("ok", int(cursor))


@pytest.mark.parametrize("endpoint", LISTS)
def test_a_list_that_is_missing_is_not_an_empty_list(endpoint):
    (key, *_) = ENDPOINTS[endpoint].list_keys
    answer = with_data(page_of(endpoint, **{key: ...}), endpoint)
    omitted_if_empty = endpoint in ("user.followers", "user.following")
    assert (answer.code, answer.records) == ("ok" if omitted_if_empty else "unreadable", [])
    assert omitted_if_empty or answer.message == f"the answer has no {key}"


@pytest.mark.parametrize("endpoint", ["user.followers", "user.following"])
def test_a_list_that_is_missing_while_more_follow_is_not_an_empty_list(endpoint):
    (key, *_) = ENDPOINTS[endpoint].list_keys
    answer = with_data(page_of(endpoint, **{key: ...}) | {"has_more": True, "cursor": 5}, endpoint)
    assert (answer.code, answer.message) == ("unreadable", f"the answer has no {key}")


@pytest.mark.parametrize("endpoint", LISTS)
@pytest.mark.parametrize("entries", [[], [{"id": 1}]])
def test_a_list_under_another_key_is_not_an_empty_list(endpoint, entries):
    (key, *_) = ENDPOINTS[endpoint].list_keys
    for absent in (..., None):
        answer = with_data(page_of(endpoint, **{key: absent, "items": entries}), endpoint)
        assert (answer.code, answer.message) == ("unreadable", f'the answer has no {key}, but a list called "items"')


def test_a_list_that_is_null_is_empty():
    answer = with_data({"videos": None, "has_more": False})
    assert (answer.code, answer.records) == ("ok", [])


@pytest.mark.parametrize("endpoint", LISTS)
@pytest.mark.parametrize("value", [{}, "", 0, False, {"id": 1}])
def test_a_list_that_is_no_list_is_invalid(endpoint, value):
    (key, *_) = ENDPOINTS[endpoint].list_keys
    answer = with_data(page_of(endpoint, **{key: value}), endpoint)
    assert (answer.code, answer.message) == ("unreadable", f"{key} is not a list in the answer")


def test_two_lists_of_reposts_are_ambiguous():
    answer = with_data(page_of("user.reposted", user_reposted_videos=[{"id": 2}], entries=[]), "user.reposted")
    assert (answer.code, answer.message) == (
        "unreadable",
        "the answer has both reposted_videos and user_reposted_videos",
    )


@pytest.mark.parametrize("endpoint", list(ENDPOINTS))
@pytest.mark.parametrize("body", [{"error": {"code": "ok"}}, {"data": None}, {"data": [], "error": {"code": "ok"}}])
def test_an_answer_without_data_is_not_empty_data(endpoint, body):
    answer = answer_of(json.dumps(body).encode(), endpoint)
    assert (answer.code, answer.message) == ("unreadable", "the answer has no data")


@pytest.mark.parametrize(("endpoint", "key"), [("compliance.create", "task_id"), ("compliance.status", "task_status")])
def test_an_answer_about_a_task_names_it(endpoint, key):
    assert with_data({key: 1}, endpoint).code == "ok"
    assert with_data({"id": 1}, endpoint).message == f"the answer has no {key}"


def test_a_profile_without_any_value_is_good():
    assert with_data({}, "user.info").code == "ok"  # its only requested field may have no value


def test_a_page_without_has_more_is_requested_again_and_handed_over(api, client, answers):
    api.answer({"videos": [{"id": 2}], "cursor": 100})
    api.answer_videos(2, cursor=100, more=True)
    api.answer_videos(1, cursor=101, more=False)
    pages = list(client.pages("video.query", SEARCH))
    assert [page.records for page in pages] == [[{"id": 2}], [{"id": 1}]]
    assert [answer.code for answer in answers] == ["unreadable", "ok", "ok"]


def test_a_list_whose_pages_never_state_their_end_is_an_error_and_not_a_short_list(api, client):
    api.answer_videos(2, cursor=100, more=True)
    for _ in range(4):
        api.answer({"videos": [{"id": 1}], "cursor": 200})
    pages = client.pages("video.query", SEARCH)
    next(pages)
    with pytest.raises(BadAnswer, match=r"the answer has no has_more \(HTTP 200, log_id LOG1\)"):
        next(pages)


def test_a_random_draw_is_one_page_whether_or_not_it_has_has_more(api, client):
    draw = {"videos": [{"id": 1}, {"id": 2}]}
    assert with_data(draw, request={"is_random": True}).code == "ok"
    assert with_data(draw, request={"is_random": False}).code == "unreadable"
    assert with_data({"items": [], "has_more": False}, request={"is_random": True}).code == "unreadable"
    api.answer(draw)
    (page,) = client.pages("video.query", SEARCH | {"is_random": True})
    assert (len(page.records), page.has_more) == (2, False)


@pytest.mark.parametrize("value", [False, "false", None])
def test_a_search_that_is_not_random_is_followed_to_its_end(api, client, value):
    api.answer_videos(2, cursor=100, more=True)
    api.answer_videos(1, cursor=101, more=False)
    assert len(list(client.pages("video.query", SEARCH | {"is_random": value}))) == 2


@pytest.mark.parametrize(
    ("data", "code"),
    [
        ({"playlist_video_ids": [1, 2], "playlist_item_total": 2}, "ok"),
        ({"playlist_video_ids": [], "playlist_item_total": 0}, "ok"),
        ({"playlist_video_ids": [1, 2], "playlist_item_total": 3}, "unreadable"),
        ({"playlist_video_ids": [1, 2]}, "unreadable"),
        ({"playlist_video_ids": [1, 2], "playlist_item_total": None}, "unreadable"),
        ({"playlist_video_ids": [1, 2], "playlist_item_total": 2, "cursor": 2}, "unreadable"),
    ],
)
def test_a_playlist_of_the_older_form_is_complete_only_if_it_has_all_its_videos(data, code):
    answer = with_data(data, "playlist.info")
    assert (answer.code, answer.has_more) == (code, False)


@pytest.mark.parametrize("endpoint", LISTS)
def test_an_entry_that_is_no_object_is_a_record_of_its_own(endpoint):
    entries = [7, "8", None, [9], True, {"id": 1}]
    key = "id" if endpoint == "playlist.info" else NOT_AN_OBJECT
    records = with_data(page_of(endpoint, entries=entries), endpoint).records
    assert records == [*({key: entry} for entry in entries[:-1]), {"id": 1}]


@pytest.mark.parametrize("text", ["1_000", "+5", "-5", "٣", "1.0", "0x10", "7" * 200])
def test_a_compliance_result_has_ids_only(text):
    assert "not a list of ids" in answer_of(f"12\n{text}\n".encode(), "compliance.download").message


def test_a_decreasing_time_of_zero_is_no_next_page(api, client):
    api.answer({"user_followers": [{"username": "a"}], "cursor": 0, "has_more": True})
    pages = client.pages("user.followers", {"username": "x"})
    next(pages)
    with pytest.raises(PagingStuck, match="does not advance from 0"):
        next(pages)


# A 401 without JSON


@pytest.mark.parametrize("body", ["<html>401 Authorization Required</html>", "", "Unauthorized", "{}", '{"data": {'])
def test_a_401_without_json_is_an_expired_token_once(api, client, answers, body):
    api.answer_raw(body, 401)
    api.answer({"video_count": 1})
    assert client.call("user.info", {"username": "a"}).data == {"video_count": 1}
    assert [request["auth"] for request in api.requests] == ["Bearer clt.001", "Bearer clt.002"]
    assert [answer.code for answer in answers] == ["unreadable", "ok"]
    assert client.spent() == 2


def test_a_second_401_without_json_is_an_error(api, client, clock):
    for _ in range(2):
        api.answer_raw("<html>", 401)
    with pytest.raises(AccessTokenInvalid, match=r"the body is HTML \(HTTP 401\)"):
        client.call("user.info", {"username": "a"})
    assert (len(api.requests), clock.waits) == (2, [])


def test_a_401_of_the_token_endpoint_is_not_an_expired_token(api, client):
    api.token_script.append((401, {}, "<html>"))
    with pytest.raises(BadAnswer, match=r"^oauth\.token: the body is HTML"):
        client.token()
