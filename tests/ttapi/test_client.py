"""One call: tokens, counting before sending, errors by the body, repeated attempts."""

import json
import socket
from datetime import UTC, date, datetime
from typing import Any
from urllib.parse import parse_qsl

import pytest
import requests
import responses

from tests.ttapi.conftest import HOST, KEY, SECRET
from ttapi import (
    ENDPOINTS,
    AccessTokenInvalid,
    BadAnswer,
    Client,
    Condition,
    Credentials,
    CredentialsRefused,
    InvalidParams,
    Ledger,
    LedgerUnavailable,
    NoAnswer,
    Query,
    QuotaExhausted,
    RateLimited,
    ServerError,
    SplitWindow,
    Token,
    UserNotFound,
    error_of,
)

USER = {"username": "wald"}
SEARCH = {
    "query": {"and": [{"field_name": "keyword", "operation": "EQ", "field_values": ["klima"]}]},
    "start_date": "20250101",
    "end_date": "20250130",
}
TODAY = date(2026, 6, 1)


def test_a_call_sends_bearer_token_fields_and_json_and_returns_exact_integers(api, client, answers):
    api.answer({"follower_count": 2**53 + 1})
    answer = client.call("user.info", USER, fields=["follower_count", "bio_url"])
    assert answer.data == {"follower_count": 9007199254740993}
    assert answer.records == [answer.data]
    assert api.requests == [
        {
            "path": "/v2/research/user/info/",
            "fields": "follower_count,bio_url",
            "body": USER,
            "auth": "Bearer clt.001",
        }
    ]
    assert answers == [answer]
    assert answer.is_json
    assert (answer.sent_at, answer.charged, answer.log_id) == (datetime(2026, 6, 1, 12, tzinfo=UTC), True, "LOG1")


def test_by_default_all_documented_fields_are_requested_in_one_spelling(api, client):
    api.answer({"user_liked_videos": [], "has_more": False})
    client.call("user.liked", USER)
    fields = api.requests[0]["fields"].split(",")
    assert "favorites_count" in fields
    assert "favourites_count" not in fields
    assert fields == [field.name for field in ENDPOINTS["user.liked"].codebook if field.name != "favourites_count"]


@responses.activate
def test_a_token_is_requested_with_key_and_secret_as_a_form():
    answer = {"access_token": "clt.1", "expires_in": "3600"}
    responses.post(f"{HOST}/v2/oauth/token/", json=answer, headers={"Date": "Mon, 01 Jun 2026 12:00:00 GMT"})
    token = Client(credentials=Credentials(KEY, SECRET)).token()
    (call,) = responses.calls
    assert call.request.headers["Content-Type"] == "application/x-www-form-urlencoded"
    assert dict(parse_qsl(call.request.body)) == {
        "client_key": KEY,
        "client_secret": SECRET,
        "grant_type": "client_credentials",
    }
    noon = datetime(2026, 6, 1, 12, tzinfo=UTC).timestamp()
    assert (token.access_token, token.expires_at // 1, token.instance) == ("clt.1", noon + 3600, "")


def test_one_token_is_used_for_many_calls_and_renewed_before_it_expires(api, client, clock):
    for minutes in (0, 60, 58, 1.5):
        api.move_clock(minutes=minutes)
        clock.sleep(60 * minutes)
        api.answer({})
        client.call("user.info", USER)
    assert [request["auth"][-1] for request in api.requests] == ["1", "1", "1", "2"]


def test_a_refused_token_is_renewed_once_and_the_call_sent_again(api, client, answers):
    api.answer({}, status=401, code="access_token_invalid", message="The access token is invalid")
    api.answer({"video_count": 1})
    assert client.call("user.info", USER).data == {"video_count": 1}
    assert [request["auth"] for request in api.requests] == ["Bearer clt.001", "Bearer clt.002"]
    assert [answer.charged for answer in answers] == [False, True]
    assert client.spent() == 1


def test_a_second_refusal_of_a_token_raises(api, client):
    for _ in range(2):
        api.answer({}, status=401, code="access_token_invalid", message="The access token is invalid")
    with pytest.raises(AccessTokenInvalid):
        client.call("user.info", USER)
    assert len(api.requests) == 2


def test_a_token_from_another_process_is_used_and_carries_the_servers_time(api, client, make_client, monkeypatch):
    for name, value in client.token().to_environment().items():
        monkeypatch.setenv(name, value)
    child = make_client(token=Token.from_environment())
    assert child.now() == datetime(2026, 6, 1, 12, tzinfo=UTC)
    api.answer({})
    child.call("user.info", USER)
    assert api.tokens == 1


@pytest.mark.parametrize("value", ["", "no json", "[]", "{}", '{"access_token": 1}', "null"])
def test_an_unreadable_token_in_the_environment_is_ignored(value, monkeypatch):
    monkeypatch.setenv("TIKTOK_ACCESS_TOKEN", value)
    assert Token.from_environment() is None


@pytest.mark.parametrize("status", [200, 400, 401])
def test_refused_credentials_are_recognised_by_the_body_with_any_status(api, client, status):
    body = {"error": "invalid_client", "error_description": "Client key or secret is incorrect.", "log_id": "L"}
    api.token_script.append((status, {}, json.dumps(body)))
    with pytest.raises(CredentialsRefused, match=r"Client key or secret is incorrect. .*TIKTOK_CLIENT_KEY") as excinfo:
        client.call("user.info", USER)
    assert (excinfo.value.code, excinfo.value.log_id, api.requests) == ("invalid_client", "L", [])
    assert client.spent() == 0


def test_a_failed_token_request_is_repeated(api, client):
    api.token_script += [(503, {}, "<html>"), (200, {}, '{"error": "server_error"}'), (200, {}, "{")]
    assert client.token().access_token == "clt.004"


def test_a_token_request_is_sent_four_times_at_most(api, client, clock):
    api.token_script += [(503, {}, "<html>")] * 20
    with pytest.raises(ServerError, match=r"oauth\.token"):
        client.call("user.info", USER)
    assert api.tokens == 4
    assert client.spent() == 0


@pytest.mark.parametrize(
    "body", ["[]", '{"error": {"code": "ok"}}', '{"access_token": 1}', '{"access_token": "a\\r\\nHost: b"}']
)
def test_a_token_that_cannot_be_sent_in_a_header_is_an_error(api, make_client, body):
    api.token_script.append((200, {}, body))
    with pytest.raises((BadAnswer, ServerError), match=r"^oauth\.token: "):
        make_client(attempts=1).token()


@pytest.mark.parametrize("header", ["yesterday", "", "Fri, 31 Dec 9999 23:59:59 GMT", "Mon, 99 Foo 2026 00:00:00 GMT"])
def test_an_impossible_date_header_is_ignored(api, client, header):
    api.answer({}, headers={"Date": header})
    client.call("user.info", USER)
    assert client.now().year == 2026


def test_a_request_beyond_the_quota_is_refused_without_being_sent(api, make_client, tmp_path):
    client = make_client(ledger=Ledger(tmp_path / "small.sqlite", limits={"general": 1, "follow": 1}))
    api.answer({})
    client.call("user.info", USER)
    with pytest.raises(QuotaExhausted) as excinfo:
        client.call("user.info", USER)
    error = excinfo.value
    assert (error.sent, error.charged, error.spent, error.limit, error.bucket) == (False, False, 1, 1, "general")
    assert error.resets_at == datetime(2026, 6, 2, tzinfo=UTC)
    assert str(error) == (
        "Quota spent: 1 of 1 general requests counted for 2026-06-01 (UTC); nothing was sent. "
        "Run again after 2026-06-02 00:00 UTC (in 12 h 00 min)."
    )
    assert len(api.requests) == 1
    api.answer({"user_followers": [], "has_more": False})
    client.call("user.followers", USER)  # another bucket


def test_after_midnight_the_same_client_and_a_new_one_continue(api, make_client, tmp_path):
    path = tmp_path / "small.sqlite"
    client = make_client(ledger=Ledger(path, limits={"general": 1}))
    api.answer({})
    client.call("user.info", USER)
    token = client.token()
    api.move_clock(hours=12)
    api.answer({})
    client.call("user.info", USER)  # it requests a token, whose answer has the server's time, before it refuses
    assert client.now().date() == date(2026, 6, 2)
    api.move_clock(days=1)
    api.answer({})
    make_client(ledger=Ledger(path, limits={"general": 1}), token=token).call("user.info", USER)
    assert len(api.requests) == 3


SPENT = {"status": 429, "code": "daily_quota_limit_exceeded", "message": "Daily quota exceeded"}


def test_a_reset_that_is_late_is_waited_for_with_one_request_per_attempt(api, client, clock, caplog):
    api.move_clock(hours=12, minutes=2)
    for _ in range(3):
        api.answer(**SPENT)
    api.answer({})
    assert client.call("user.info", USER).code == "ok"
    assert [seconds for seconds in clock.waits if seconds >= 60] == [60, 120, 240]
    assert caplog.messages == [
        f"The API says that the quota is spent, 2 minutes after its reset. Attempt {number} of 5 in {wait} minutes."
        for number, wait in ((1, 1), (2, 2), (3, 4))
    ]
    assert (len(api.requests), client.spent()) == (4, 4)


def test_after_five_attempts_the_api_is_believed(api, client, clock):
    api.move_clock(hours=12, minutes=2)
    for _ in range(6):
        api.answer(**SPENT)
    with pytest.raises(QuotaExhausted):
        client.call("user.info", USER)
    assert sum(clock.waits) == 30 * 60
    with pytest.raises(QuotaExhausted):
        client.call("user.info", USER)
    assert len(api.requests) == 6


def test_a_quota_that_was_reset_and_is_spent_within_minutes_is_believed_at_once(api, client, make_client, clock):
    api.move_clock(hours=12, minutes=2)
    api.answer({})
    client.call("user.info", USER)
    api.answer(**SPENT)
    with pytest.raises(QuotaExhausted):
        make_client().call("user.info", USER)
    assert clock.waits == []


def test_a_quota_that_the_api_reports_as_spent_stops_the_next_process_too(api, client, make_client):
    api.answer(status=429, code="daily_quota_limit_exceeded", message="Daily quota exceeded")
    with pytest.raises(QuotaExhausted) as excinfo:
        client.call("user.info", USER)
    assert excinfo.value.sent
    assert excinfo.value.answer.status == 429
    assert isinstance(error_of(excinfo.value.answer), QuotaExhausted)
    with pytest.raises(QuotaExhausted) as excinfo:
        make_client().call("user.info", USER)
    assert not excinfo.value.sent
    assert str(excinfo.value) == (
        "Quota spent: 1 of 1,000 general requests counted for 2026-06-01 (UTC), and the API reports that the quota of "
        "the day is used up; nothing was sent. Run again after 2026-06-02 00:00 UTC (in 12 h 00 min)."
    )
    assert len(api.requests) == 1


def test_keys_of_one_organisation_can_share_a_count(api, make_client):
    spent = []
    for key, shared_by in [("mock-one", "lab"), ("mock-two", "lab"), ("mock-three", "")]:
        api.answer({"display_name": "A"})
        client = make_client(credentials=Credentials(key, "mock-secret"), shared_by=shared_by)
        client.call("user.info", USER)
        spent.append(client.spent())
    assert spent == [1, 2, 1]


def test_a_request_counts_for_the_day_on_which_the_server_received_it(api, make_client, ledger):
    local_time_only = Token("clt.old", expires_at=2e9)
    client = make_client(token=local_time_only)
    api.answer({})
    client.call("user.info", USER)
    assert ledger.spent(client.scope, "general", TODAY) == 1
    assert ledger.spent(client.scope, "general", date(1970, 1, 12)) == 0


@pytest.mark.parametrize(
    ("server", "day"), [("2026-06-02T00:00:00", 2), ("2026-06-01T23:59:59", 1), ("2026-06-02T00:00:03", 2)]
)
@pytest.mark.parametrize("time_is_known", [True, False])
def test_a_request_near_midnight_counts_for_the_day_of_the_date_header(
    api, make_client, ledger, clock, server, day, time_is_known
):
    api.now = datetime(2026, 6, 1, 23, 59, 58, tzinfo=UTC)
    client = make_client(token=None if time_is_known else Token("clt.of-unknown-time", expires_at=2e9))
    if time_is_known:
        client.token()
    api.now = datetime.fromisoformat(server).replace(tzinfo=UTC)
    api.answer({})
    client.call("user.info", USER)
    assert ledger.spent(client.scope, "general", date(2026, 6, day)) == 1


def test_a_slow_request_counts_for_the_day_on_which_it_was_sent(api, client, clock, ledger):
    api.now = datetime(2026, 6, 1, 23, 58, tzinfo=UTC)
    client.token()

    def four_minutes():
        clock.seconds += 240
        api.move_clock(minutes=4)

    api.answer({}, before=four_minutes)
    client.call("user.info", USER)
    assert ledger.spent(client.scope, "general", TODAY) == 1


@pytest.mark.parametrize(("hour", "minute"), [(12, 0), (23, 50), (23, 58)])
def test_at_any_time_of_a_day_a_request_counts_once_in_the_end(api, client, ledger, hour, minute):
    api.now = datetime(2026, 6, 1, hour, minute, tzinfo=UTC)
    api.answer({})
    client.call("user.info", USER)
    assert [ledger.spent(client.scope, "general", date(2026, 6, day)) for day in (1, 2)] == [1, 0]


def test_a_request_that_is_not_sent_just_before_midnight_counts_for_no_day(api, make_client, ledger):
    def refuse():
        raise RuntimeError

    client = make_client(before_request=refuse)
    api.now = datetime(2026, 6, 1, 23, 58, tzinfo=UTC)
    with pytest.raises(RuntimeError):
        client.call("user.info", USER)
    assert [ledger.spent(client.scope, "general", date(2026, 6, day)) for day in (1, 2)] == [0, 0]


def test_an_answer_after_midnight_counts_for_its_day_although_the_ledger_is_lost(api, client, ledger, monkeypatch):
    def lost(*values):
        raise LedgerUnavailable("The connection is lost")

    api.now = datetime(2026, 6, 1, 23, 59, 59, tzinfo=UTC)
    client.token()
    monkeypatch.setattr(ledger, "move", lost)
    api.answer({}, before=lambda: api.move_clock(seconds=3))
    with pytest.raises(LedgerUnavailable):
        client.call("user.info", USER)
    assert ledger.spent(client.scope, "general", date(2026, 6, 2)) == 1


def test_a_restarted_mock_has_a_fresh_quota(api, client):
    api.instance = "first"
    api.answer({})
    client.call("user.info", USER)
    assert client.scope.endswith("|first")
    api.instance = "second"
    api.answer({}, status=401, code="access_token_invalid")
    api.answer({})
    client.call("user.info", USER)
    assert client.scope.endswith("|second")
    assert client.spent() == 1


def test_failed_attempts_are_counted_and_reported_and_waits_grow(api, client, clock, answers):
    for _ in range(3):
        api.answer(status=500, code="internal_error", message="Server Internal Error")
    api.answer({"video_count": 3})
    client.call("user.info", USER)
    assert clock.waits == [2.0, 4.0, 8.0]
    assert [answer.status for answer in answers] == [500, 500, 500, 200]
    assert client.spent() == 4


def test_jitter_lengthens_a_wait_by_up_to_half(api, make_client, clock):
    api.answer(status=500, code="internal_error", message="x")
    api.answer({})
    make_client(jitter=lambda: 1.0).call("user.info", USER)
    assert clock.waits == [3.0]


def test_four_failures_are_enough(api, client):
    for _ in range(4):
        api.answer(status=500, code="internal_error", message="Server Internal Error")
    with pytest.raises(ServerError) as excinfo:
        client.call("user.info", USER)
    assert str(excinfo.value) == (
        "user.info: Server Internal Error (internal_error, HTTP 500, log_id LOG1). The request counts against the "
        "quota. The API has a problem: try again later. Failed requests also cost quota, so do not retry immediately."
    )
    assert len(api.requests) == 4


def test_the_client_waits_as_long_as_the_rate_limit_requires(api, client, clock):
    api.answer(status=429, code="rate_limit_exceeded", message="slow down", headers={"Retry-After": "17"})
    api.answer(status=429, code="rate_limit_exceeded", message="slow down")
    date_header = {"Retry-After": "Mon, 01 Jun 2026 12:00:30 GMT"}
    api.answer(status=429, code="rate_limit_exceeded", message="slow down", headers=date_header)
    api.answer({})
    client.call("user.info", USER)
    assert clock.waits == [17.0, 10.0, 30.0]


def test_a_wait_of_hours_is_an_error_at_once(api, client, clock):
    api.answer(status=429, code="rate_limit_exceeded", message="slow down", headers={"Retry-After": "7200"})
    with pytest.raises(RateLimited) as excinfo:
        client.call("user.info", USER)
    assert excinfo.value.retry_after == 7200
    assert clock.waits == []


@pytest.mark.parametrize(
    "kind", [requests.ReadTimeout, requests.ConnectionError, requests.exceptions.ChunkedEncodingError]
)
def test_a_request_whose_connection_broke_is_repeated_and_counted(api, client, answers, kind):
    api.answer_raw(kind("https://host/?secret in the text"))
    api.answer({})
    client.call("user.info", USER)
    assert (answers[0].code, answers[0].status, answers[0].charged) == ("no_answer", None, True)
    assert "secret" not in answers[0].message
    assert client.spent() == 2


def test_a_request_that_was_never_sent_costs_nothing(clock):
    with socket.create_server(("127.0.0.1", 0)) as closed_at_once:
        port = closed_at_once.getsockname()[1]
    client = Client(
        f"http://127.0.0.1:{port}",
        credentials=Credentials("mock-key", "s3cret"),
        token=Token("clt.x", expires_at=2e9),
        sleep=clock.sleep,
        clock=clock,
        jitter=lambda: 0.0,
    )
    with pytest.raises(NoAnswer, match=r"the connection could not be established. It cost no quota") as excinfo:
        client.call("user.info", USER)
    assert client.spent() == 0
    assert clock.waits == [2.0, 4.0, 8.0]
    assert excinfo.value.__context__ is None


@pytest.mark.parametrize("status", [500, 504])
def test_a_search_that_keeps_failing_advises_shorter_windows(api, client, status):
    for _ in range(8):
        api.answer_raw("<html>504 Gateway Time-out</html>", status)
    with pytest.raises(
        SplitWindow, match=r"quota\. Split the window: request 5 windows of up to 7 days instead\.$"
    ) as excinfo:
        client.call("video.query", SEARCH)
    assert (excinfo.value.status, excinfo.value.code, excinfo.value.message) == (
        status,
        "unreadable",
        "the body is HTML",
    )
    assert excinfo.value.windows[0] == (date(2025, 1, 1), date(2025, 1, 7))
    assert excinfo.value.windows[-1] == (date(2025, 1, 29), date(2025, 1, 30))
    with pytest.raises(SplitWindow, match="7 windows of up to 1 day instead"):
        client.call("video.query", SEARCH | {"end_date": "20250107"})


def test_a_single_day_that_keeps_failing_is_a_plain_server_error(api, client):
    for _ in range(4):
        api.answer_raw("", 504)
    with pytest.raises(ServerError) as excinfo:
        client.call("video.query", SEARCH | {"end_date": "20250101"})
    assert type(excinfo.value) is ServerError


@pytest.mark.parametrize(
    ("body", "fields", "reason"),
    [
        ({}, None, r"^user\.info: username is missing\. Nothing was sent\. "),
        (
            USER,
            ["cuont", "x"],
            r"^user\.info: Unknown field cuont, x\. Available: display_name, .*, bio_url\. Nothing was",
        ),
        (USER, [], r"^user\.info: At least one field must be requested\. Nothing was sent\. "),
    ],
)
def test_a_wrong_request_is_refused_before_it_costs_anything(api, client, body, fields, reason):
    with pytest.raises(InvalidParams, match=reason) as excinfo:
        client.call("user.info", body, fields=fields)
    assert (api.requests, client.spent(), excinfo.value.charged) == ([], 0, False)


def test_a_refused_item_is_reported_with_its_cost_and_its_log_id(api, client):
    api.answer(status=400, code="invalid_params", message="`username: wald` is invalid: cannot find the user")
    with pytest.raises(UserNotFound) as excinfo:
        client.call("user.info", USER)
    assert type(error_of(excinfo.value.answer)) is UserNotFound
    assert str(excinfo.value) == (
        "user.info: `username: wald` is invalid: cannot find the user (invalid_params, HTTP 400, log_id LOG1). "
        "The request counts against the quota. "
        "Record it as a result and continue with the next item. Repeating the request costs quota again."
    )


def test_a_redirect_is_not_followed(api, client):
    api.answer_raw("", 307, {"Location": "https://elsewhere.example/"})
    with pytest.raises(BadAnswer):
        client.call("user.info", USER)
    assert len(api.requests) == 1


def test_no_object_or_error_shows_a_secret(api, make_client, answers):
    secrets = ("s3cret-of-the-client", "clt.001")
    client = make_client()
    api.answer(status=400, code="invalid_params", message="you sent s3cret-of-the-client with clt.001")
    with pytest.raises(InvalidParams) as excinfo:
        client.call("user.info", USER)
    objects: list[Any] = [client, client.token(), client._credentials, excinfo.value, answers[0], client.scope]
    text = " ".join(f"{thing!r} {thing}" for thing in objects)
    assert not [secret for secret in secrets if secret in text]
    assert "key-of-the-client" not in client.scope


def test_netrc_cannot_replace_the_token(api, client, tmp_path, monkeypatch):
    netrc = tmp_path / "netrc"
    netrc.write_text("machine open.tiktokapis.com login x password y\n")
    monkeypatch.setenv("NETRC", str(netrc))
    api.answer({})
    client.call("user.info", USER)
    assert api.requests[0]["auth"] == "Bearer clt.001"


@pytest.mark.parametrize("url", ["open.tiktokapis.com", "ftp://x", "https://", "https://user:pw@host"])
def test_a_wrong_base_url_is_refused_in_one_sentence(url):
    with pytest.raises(ValueError, match="must look like") as excinfo:
        Client(url, credentials=Credentials("k", "s"))
    assert "pw" not in str(excinfo.value)


def test_an_exception_in_the_callback_ends_the_call_and_the_request_stays_counted(api, make_client):
    def full_disk(answer: object) -> None:
        raise OSError("No space left on device")

    api.answer(status=500, code="internal_error", message="x")
    client = make_client(on_answer=full_disk)
    with pytest.raises(OSError, match="No space left"):
        client.call("user.info", USER)
    assert client.spent() == 1


def test_records_keep_their_order_gaps_case_and_script(api, client):
    videos = [
        {"region_code": "us", "id": 7, "hashtag_names": ["TrollsBandTogether", "🇩🇪", "مناخ"]},
        {"id": 9, "region_code": "US", "username": ".a\x00b", "video_mention_list": ["two words"]},
    ]
    api.answer({"videos": videos, "cursor": 2, "has_more": False})
    assert client.call("video.query", SEARCH).records == videos


def test_hashtags_of_any_script_are_sent_unchanged(api, client):
    api.answer({"videos": [], "has_more": False})
    query = Query(all=[Condition("hashtag_name", "IN", ["🇩🇪", "مناخ", "#Klima"])])
    client.call("video.query", SEARCH | {"query": query})
    assert api.requests[0]["body"]["query"]["and"][0]["field_values"] == ["🇩🇪", "مناخ", "Klima"]


def test_an_interrupt_is_raised_and_its_request_stays_counted(api, client):
    api.answer_raw(KeyboardInterrupt())
    with pytest.raises(KeyboardInterrupt):
        client.call("user.info", USER)
    assert client.spent() == 1
    assert len(api.requests) == 1


def test_an_answer_reaches_the_callback_even_if_the_ledger_fails_afterwards(
    api, make_client, ledger, answers, monkeypatch
):
    def full_disk(*args):
        raise LedgerUnavailable("the disk is full")

    monkeypatch.setattr(ledger, "move", full_disk)
    api.answer({"video_count": 1})
    client = make_client(token=Token("clt.of-unknown-time", expires_at=2e9))
    with pytest.raises(LedgerUnavailable):
        client.call("user.info", USER)
    assert answers[0].data == {"video_count": 1}
