"""The log: each request with its outcome, and never a secret, a client key or a token."""

import json
import logging
from datetime import date

import pytest
from click.testing import CliRunner

from tests.ttapi.conftest import KEY, SECRET
from ttapi import AccessTokenInvalid, CredentialsRefused, ServerError, UserNotFound, search
from ttapi.__main__ import main

USER = {"username": "wald"}
SEARCH = {
    "query": {"and": [{"field_name": "keyword", "operation": "EQ", "field_values": ["klima"]}]},
    "start_date": "20250101",
    "end_date": "20250130",
}


@pytest.fixture
def log(caplog):
    caplog.set_level(logging.DEBUG)
    return lambda level: [record.getMessage() for record in caplog.records if record.levelno == level]


def test_each_request_is_logged_with_its_status_code_log_id_and_seconds(api, client, clock, log):
    def slowly():
        clock.seconds += 1.5

    api.answer({"video_count": 1}, before=slowly)
    client.call("user.info", USER)
    assert log(logging.INFO) == [
        "oauth.token: HTTP 200 in 0.00 s, ok, log_id none",
        "user.info: HTTP 200 in 1.50 s, ok, log_id LOG1",
    ]


def test_debug_adds_the_keys_of_the_body_but_not_of_a_token_request(api, client, log):
    api.answer_videos(cursor=0, more=False)
    list(client.pages("video.query", SEARCH))
    assert log(logging.DEBUG) == ["video.query: body keys end_date, max_count, query, start_date"]


def test_a_refused_request_is_logged_with_the_reason_that_the_api_gave(api, client, log):
    api.answer(status=400, code="invalid_params", message="`username: wald`\nis invalid: cannot find the user")
    with pytest.raises(UserNotFound):
        client.call("user.info", USER)
    assert log(logging.INFO)[-1] == (
        "user.info: HTTP 400 in 0.00 s, invalid_params, log_id LOG1: `username: wald` is invalid: cannot find the user"
    )


def test_waits_are_logged(api, client, log):
    api.answer_raw("<html>", 504)
    api.answer({})
    client.call("user.info", USER)
    assert "attempt 1 failed with ServerError; next attempt in 2.0 s" in log(logging.INFO)


def test_a_restarted_list_is_logged(api, client, log):
    api.answer(status=400, code="invalid_params", message="Search Id 77 is invalid or expired")
    api.answer_videos(cursor=0, more=False)
    list(client.pages("video.query", SEARCH, cursor=300, search_id="77"))
    assert "video.query: restarting the list after SearchExpired at 300" in log(logging.INFO)


def test_a_window_cut_into_shorter_ones_is_logged(api, client, log):
    for _ in range(4):
        api.answer(status=500, code="internal_error", message="Server Internal Error")
    for _ in range(2):
        api.answer_videos(cursor=0, more=False)
    list(search(client, SEARCH["query"], date(2025, 1, 1), date(2025, 1, 2)))
    assert "2025-01-01 to 2025-01-02 failed with SplitWindow; requesting 2 shorter windows" in log(logging.INFO)


def test_no_secret_key_or_token_is_logged_even_if_the_api_repeats_them(api, client, caplog):
    caplog.set_level(logging.DEBUG)
    secrets = [SECRET, KEY, "clt.001", "clt.002"]
    api.answer(status=401, code="access_token_invalid", message=f"{SECRET} {KEY} clt.001")
    api.answer(status=401, code="access_token_invalid", message=f"{SECRET} {KEY} clt.002")
    with pytest.raises(AccessTokenInvalid):
        client.call("user.info", USER)
    api.answer(status=500, code=f"{SECRET} {KEY} clt.002", message="x")
    api.answer_raw(json.dumps({"error": {"code": "x", "log_id": f"{SECRET} {KEY} clt.002"}}), 500)
    api.answer({})
    client.call("user.info", USER)
    assert len([record for record in caplog.records if record.levelno == logging.INFO]) == 9
    assert [secret for secret in secrets if secret in caplog.text] == []


def test_the_body_of_a_token_request_is_not_logged(api, client, caplog):
    caplog.set_level(logging.DEBUG)
    refusal = f'{{"error": "invalid_client", "error_description": "client_secret {SECRET} of {KEY} is wrong"}}'
    api.token_script.append((200, {}, refusal))
    with pytest.raises(CredentialsRefused):
        client.token()
    client.token()
    assert "oauth.token: HTTP 200" in caplog.text
    assert [
        text for text in (SECRET, KEY, "clt.", "client_key", "grant_type", "body keys") if text in caplog.text
    ] == []


def test_nothing_is_printed_where_logging_is_not_set_up(api, client, capfd):
    for _ in range(4):
        api.answer(status=500, code="internal_error")
    with pytest.raises(ServerError):
        client.call("user.info", USER)
    assert capfd.readouterr() == ("", "")


@pytest.fixture
def run(monkeypatch):
    monkeypatch.setenv("TIKTOK_CLIENT_KEY", KEY)
    monkeypatch.setenv("TIKTOK_CLIENT_SECRET", SECRET)
    return lambda *arguments: CliRunner().invoke(main, arguments)


@pytest.mark.parametrize("option", ["-v", "--verbose"])
def test_verbose_prints_each_request_beside_the_records(api, run, option):
    api.answer({"video_count": 1})
    result = run(option, "user", "wald")
    assert result.stdout == '{"username": "wald", "video_count": 1}\n'
    assert "Z INFO ttapi.client: user.info: HTTP 200 in 0.0" in result.stderr
    assert "DEBUG" not in result.stderr


def test_twice_verbose_prints_the_keys_of_the_body_and_no_secret(api, run):
    api.answer({"video_count": 1})
    result = run("-vv", "user", "wald")
    assert "Z DEBUG ttapi.client: user.info: body keys username\n" in result.stderr
    assert [secret for secret in (SECRET, KEY, "clt.001", "client_secret") if secret in result.stderr] == []


def test_the_log_ends_with_its_command(api, run):
    api.answer({})
    run("-v", "user", "wald")
    api.answer({})
    assert "INFO" not in run("user", "wald").stderr
    assert logging.getLogger("ttapi").handlers == []


def test_the_help_warns_that_verbose_logs_name_accounts(run):
    assert "Verbose logs can name accounts" in " ".join(run("--help").stdout.split())
