"""The command line: NDJSON on stdout, everything else on stderr, exit statuses for scripts, and no traceback."""

import json
import re
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from ttapi import ENDPOINTS
from ttapi.__main__ import main
from ttapi.commands import commands
from ttapi.query import OPERATIONS


def records(result):
    return [json.loads(line) for line in result.stdout.splitlines()]


VIDEOS = ("videos", "--where", "hashtag_name=klima", "--from", "2025-01-01", "--to", "2025-01-31")


def test_videos_are_written_as_one_json_object_per_line(api, run):
    api.answer_videos(3, 2, cursor=100, more=True)
    api.answer_videos(2, 1, cursor=101, more=False)
    result = run(*VIDEOS, "--fields", "id")
    assert (result.exit_code, records(result)) == (0, [{"id": 3}, {"id": 2}, {"id": 1}])
    assert "Videos with the hashtag #klima, posted from 2025-01-01" in result.stderr
    assert "ttapi: videos: 3 records on 2 pages; 2 general requests counted today, 998 left.\n" in result.stderr
    body = api.requests[0]["body"]
    assert (body["start_date"], body["end_date"]) == ("20250101", "20250131")
    assert body["query"] == {"and": [{"operation": "EQ", "field_name": "hashtag_name", "field_values": ["klima"]}]}
    assert api.requests[0]["fields"] == "id"


def test_the_help_of_each_command_is_on_the_page_about_the_command_line():
    page = (Path(__file__).parents[2] / "docs/reference/command-line-ttapi.md").read_text("utf-8")
    program = click.Context(main, info_name="ttapi", terminal_width=80, max_content_width=80, **main.context_settings)
    names = []
    for command in commands():
        context = click.Context(command, program, command.name, terminal_width=80, max_content_width=80)
        assert f"## ttapi {command.name}\n\n```text\n{command.get_help(context)}\n```\n" in page
        names.append(command.name)
    assert names == ["quota", *(endpoint.command for endpoint in ENDPOINTS.values())]


@pytest.mark.parametrize(
    ("text", "operation", "values"),
    [
        ("region_code=DE, at", "IN", ["DE", "AT"]),
        ("view_count>=10", "GTE", ["10"]),
        ("view_count > 10", "GT", ["10"]),
        ("create_date<=2025-01-05", "LTE", ["20250105"]),
        ("create_date<20250105", "LT", ["20250105"]),
        ("keyword=a = b", "EQ", ["a = b"]),
    ],
)
def test_conditions_are_read_in_a_short_form(api, run, text, operation, values):
    api.answer_videos(cursor=0, more=False)
    run("videos", "--any", text, "--from", "20250101", "--to", "20250101")
    (condition,) = api.requests[0]["body"]["query"]["or"]
    assert (condition["operation"], condition["field_values"]) == (operation, values)


def test_a_query_can_be_given_as_json(api, run):
    api.answer_videos(cursor=0, more=False)
    query = {"not": [{"field_name": "keyword", "operation": "EQ", "field_values": ["x"]}]}
    result = run("videos", "--query", "-", "--from", "20250101", "--to", "20250101", input=json.dumps(query))
    assert result.exit_code == 0
    assert api.requests[0]["body"]["query"]["not"][0]["field_values"] == ["x"]


def test_a_long_span_is_requested_in_windows(api, run):
    for _ in range(2):
        api.answer_videos(cursor=0, more=False)
    run("videos", "--where", "keyword=x", "--from", "2025-01-01", "--to", "2025-03-01")
    windows = [(request["body"]["start_date"], request["body"]["end_date"]) for request in api.requests]
    assert windows == [("20250101", "20250131"), ("20250201", "20250301")]


def test_a_search_of_the_last_two_days_prints_a_warning(api, run):
    api.answer_videos(cursor=0, more=False)
    result = run("videos", "--where", "keyword=x", "--from", "2026-05-30", "--to", "2026-05-31")
    assert "The last two days are incomplete" in result.stderr


def test_a_search_ends_today_by_the_servers_clock(api, run):
    api.answer_videos(cursor=0, more=False)
    result = run("videos", "--where", "keyword=x", "--from", "2026-05-30", "--to", "2026-06-20")
    assert "Today is 2026-06-01 (UTC)." in result.stderr
    assert [request["body"]["end_date"] for request in api.requests] == ["20260601"]
    run("videos", "--where", "keyword=x", "--from", "2026-06-02", "--to", "2026-06-20")
    assert len(api.requests) == 1


def test_a_wait_is_reported_with_its_reason(api, run, monkeypatch):
    waits = []
    monkeypatch.setattr("ttapi.output.time.sleep", waits.append)
    api.answer_raw("<html>", 504)
    api.answer({"video_count": 1})
    api.token_script.append((503, {}, "<html>"))
    result = run("user", "a")
    assert re.findall(r"ttapi: (.*); trying again in \d s\.", result.stderr) == [
        "the token endpoint failed",
        "user.info: the body is HTML (HTTP 504)",
    ]
    assert len(waits) == 2


def test_a_wait_for_a_second_token_is_not_attributed_to_the_last_answer(api, run, monkeypatch):
    def expires():
        api.move_clock(hours=3)
        api.token_script.append((503, {}, "<html>"))

    monkeypatch.setattr("ttapi.output.time.sleep", lambda seconds: None)
    api.answer_raw('{"data": {"video_count": 1}}', before=expires)
    api.answer({"video_count": 2})
    assert "ttapi: the token endpoint failed; trying again in" in run("user", "a", "b").stderr


def test_explain_sends_nothing(run):
    result = run(*VIDEOS, "--explain")
    assert result.stdout.startswith("Videos with the hashtag #klima, posted from")


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (("videos", "--where", "klima", "--from", "20250101", "--to", "20250102"), "is not a condition"),
        (("videos", "--where", "regio=DE", "--from", "20250101", "--to", "20250102"), "is not a search field"),
        (("videos", "--where", "keyword=x", "--from", "20250103", "--to", "20250102"), "before it starts"),
        (("videos", "--from", "20250101", "--to", "20250102"), "The query is empty"),
        (("videos", "--where", "keyword=x", "--from", "20250101"), "Missing option '--to'"),
        (
            ("videos", "--where", "username=a b", "--from", "20250101", "--to", "20250102"),
            'must be a handle, not "a b". It contains a blank',
        ),
        (("videos", "--where", "view_count=1.5", "--from", "20250101", "--to", "20250102"), "a whole number"),
        (("videos", "--where", "view_count<0", "--from", "20250101", "--to", "20250102"), "No video can satisfy"),
        (("videos", "--where", "create_date>20250102", "--from", "20250101", "--to", "20250102"), "No video can sat"),
        (("videos", "--where", "keyword=x", "--from", "soon", "--to", "20250102"), "--from"),
        (("--base-url", "nowhere", "user", "x"), "must look like"),
        (("--use", "2", "user", "x"), "use must be above 0"),
        (("user",), "Missing argument"),
    ],
)
def test_wrong_usage_is_explained_and_costs_nothing(api, run, arguments, reason):
    result = run(*arguments)
    assert result.exit_code == 2
    assert reason in result.stderr
    assert "Traceback" not in result.stderr
    assert (result.stdout, api.requests) == ("", [])


def test_missing_credentials_are_reported_in_one_sentence():
    result = CliRunner().invoke(main, ["user", "x"])
    assert result.exit_code == 1
    assert result.stderr.startswith("ttapi: TIKTOK_CLIENT_KEY and TIKTOK_CLIENT_SECRET are not set in the environment.")


def test_an_unknown_field_is_reported_and_costs_nothing(api, run):
    result = run("user", "x", "--fields", "followers")
    assert result.exit_code == 2
    assert result.stderr.startswith("ttapi: user.info: Unknown field followers. Available: display_name")
    assert len(result.stderr.splitlines()) == 1
    assert api.requests == []


def test_the_items_after_a_refused_one_are_requested(api, run):
    api.answer({"video_count": 1})
    api.answer(status=400, code="invalid_params", message="`username: b` is invalid: cannot find the user")
    api.answer({"video_count": 3})
    result = run("user", "@a", "b", "c")
    assert result.exit_code == 3
    assert records(result) == [{"username": "a", "video_count": 1}, {"username": "c", "video_count": 3}]
    assert "cannot find the user" in result.stderr
    assert result.stderr.endswith("user: 2 records on 2 pages; 3 general requests counted today, 997 left.\n")


def test_a_spent_quota_ends_with_status_75_and_keeps_the_earlier_records(api, run):
    api.answer({"video_count": 1})
    api.answer(status=429, code="daily_quota_limit_exceeded")
    result = run("user", "a", "b")
    assert result.exit_code == 75
    assert records(result) == [{"username": "a", "video_count": 1}]
    assert "Run again after 2026-06-02 00:00 UTC (in 12 h 00 min)" in result.stderr


def test_a_failure_before_the_first_request_is_reported_without_a_summary(api, run):
    api.token_script.append((200, {}, '{"error": "invalid_client", "error_description": "Client key is incorrect."}'))
    result = run("user", "a")
    assert (result.exit_code, len(result.stderr.splitlines())) == (1, 1)
    assert result.stderr.startswith("ttapi: oauth.token: Client key is incorrect.")


def answer_that_the_quota_is_spent(api):
    api.answer(status=429, code="daily_quota_limit_exceeded")


def arguments_to_continue(result):
    return re.search(r"again, use (.*) and the same options", result.stderr)[1]


def test_a_stopped_list_can_be_continued_at_its_cursor(api, run):
    api.answer({"comments": [{"id": 1}], "cursor": 100, "has_more": False})
    api.answer({"comments": [{"id": 2}], "cursor": 100, "has_more": True})
    answer_that_the_quota_is_spent(api)
    stopped = run("comments", "5", "6", "7")
    assert (stopped.exit_code, arguments_to_continue(stopped)) == (75, "6 7 --cursor 100")
    api.move_clock(days=1)
    api.answer({"comments": [{"id": 3}], "cursor": 101, "has_more": False})
    api.answer({"comments": [], "cursor": 0, "has_more": False})
    assert records(run("comments", "6", "7", "--cursor", "100")) == [{"id": 3}]
    positions = [(request["body"]["video_id"], request["body"].get("cursor")) for request in api.requests]
    assert positions == [(5, None), (6, None), (6, 100), (6, 100), (7, None)]


def test_the_cursor_of_one_list_is_not_used_for_the_next(api, run):
    api.answer({"comments": [{"id": 1}], "cursor": 100, "has_more": True})
    answer_that_the_quota_is_spent(api)
    assert arguments_to_continue(run("comments", "5", "6", "--max", "1")) == "6"


def test_a_stopped_run_can_be_continued_with_the_remaining_items(api, run):
    api.answer({"video_count": 1})
    answer_that_the_quota_is_spent(api)
    assert arguments_to_continue(run("user", "a", "b", "c")) == "b c"


@pytest.mark.parametrize(("more", "day"), [(True, "2025-01-01"), (False, "2025-02-01")])
def test_a_stopped_search_can_be_continued_at_its_incomplete_window(api, run, more, day):
    api.answer_videos(1, cursor=100, more=more)
    answer_that_the_quota_is_spent(api)
    result = run("videos", "--where", "keyword=x", "--from", "2025-01-01", "--to", "2025-03-01")
    assert arguments_to_continue(result) == f"--from {day}"


def test_a_run_without_pages_suggests_no_way_to_continue(api, run):
    answer_that_the_quota_is_spent(api)
    assert "To continue" not in run("user", "a").stderr


def test_a_failing_request_is_sent_as_many_times_as_the_option_allows(api, run):
    api.answer(status=500, code="internal_error", message="Server Internal Error")
    result = run("--attempts", "1", "user", "a")
    assert result.exit_code == 1
    assert "try again later" in result.stderr
    assert len(api.requests) == 1


def test_quota_prints_what_is_spent_and_left_and_costs_nothing(api, run):
    api.answer({})
    run("user", "a")
    result = run("quota")
    day = {"day": "2026-06-01", "resets_at": "2026-06-02T00:00Z"}
    assert records(result) == [
        {"bucket": "general", "spent": 1, "left": 999, **day},
        {"bucket": "follow", "spent": 0, "left": 20000, **day},
    ]
    assert len(api.requests) == 1


def test_no_quota_is_left_after_the_api_has_reported_it_spent(api, run):
    api.answer(status=429, code="daily_quota_limit_exceeded")
    run("user", "a")
    assert records(run("quota"))[0]["left"] == 0


def test_a_list_stops_after_the_maximum_of_records(api, run):
    api.answer({"comments": [{"id": 1}, {"id": 2}, {"id": 3}], "cursor": 3, "has_more": True})
    result = run("comments", "5", "--max", "2")
    assert records(result) == [{"id": 1}, {"id": 2}]
    assert len(api.requests) == 1


def test_a_list_that_the_api_caps_is_reported(api, run):
    api.answer({"comments": [{"id": 1}], "cursor": 1000, "has_more": True})
    api.answer(status=400, code="invalid_params", message="Invalid count or cursor")
    result = run("comments", "5", "--cursor", "900")
    assert (result.exit_code, records(result)) == (0, [{"id": 1}])
    assert "The list ends at 1,000: the API has more and does not return it." in result.stderr


def test_replies_are_requested_by_comment_id(api, run):
    api.answer({"comments": [], "has_more": False})
    run("comments", "--replies", "5")
    assert api.requests[0]["body"] == {"comment_id": 5, "max_count": 100}


def test_records_of_several_accounts_name_their_account(api, run):
    api.answer({"user_followers": [{"username": "x"}], "has_more": False})
    api.answer({"user_followers": [{"username": "x"}], "has_more": False})
    assert [record["of"] for record in records(run("followers", "a", "b"))] == ["a", "b"]


def test_a_compliance_task_can_be_created_checked_and_downloaded(api, run, tmp_path):
    ids = tmp_path / "ids.txt"
    ids.write_bytes(b"\xef\xbb\xbf7456123456789012345\r\n7456123456789012346")
    api.answer({"task_id": 98765432109876543210})
    api.answer({"task_status": "Completed"})
    api.answer_raw("7456123456789012345\n")
    tasks = records(run("compliance-create", str(ids), "--category", "video"))
    assert tasks == [{"task_id": 98765432109876543210}]
    upload = api.requests[0]["body"]
    assert b'name="file_data"; filename="ids.txt"' in upload
    assert b"7456123456789012345\n7456123456789012346\n" in upload
    assert b'name="category"\r\n\r\nvideo' in upload
    assert records(run("compliance-status", "98765432109876543210"))[0]["task_status"] == "Completed"
    assert records(run("compliance-download", "98765432109876543210"))[0]["id"] == 7456123456789012345
    assert [request["body"] for request in api.requests[1:]] == [{"task_id": 98765432109876543210}] * 2


def test_an_id_that_is_not_a_number_costs_nothing(api, run):
    result = run("comments", "5", "https://www.tiktok.com/@x", "7.5")
    assert result.exit_code == 2
    for item in ("https://www.tiktok.com/@x", "7.5"):
        assert f'"{item}" is not the id of a video. Give its number, or its address' in result.stderr
    assert api.requests == []  # nor is the valid id before it requested


def test_a_repeated_item_is_requested_once(api, run):
    api.answer({"video_count": 1})
    assert len(records(run("user", "a", "a"))) == len(api.requests) == 1


def test_records_with_unusable_ids_are_written_unchanged(api, run):
    comments = [{"id": [1]}, {"id": [1]}, {"id": None}]
    api.answer({"comments": comments, "has_more": False})
    assert records(run("comments", "5")) == comments


def test_a_lone_surrogate_and_a_null_byte_are_written_as_json(api, run):
    api.answer_raw('{"data": {"bio_description": "\\ud800 \\u0000 \\u00e4"}}')
    result = run("user", "a")
    assert records(result)[0]["bio_description"] == "\ud800 \x00 ä"


def test_a_number_beyond_the_range_of_floats_is_written_as_text(api, run):
    api.answer_raw('{"data": {"video_count": 1e999, "x": [{"y": -1E400}], "likes_count": 1.5}}')
    line = run("user", "a").stdout
    assert json.loads(line, parse_constant=pytest.fail) == {
        "username": "a",
        "video_count": "inf",
        "x": [{"y": "-inf"}],
        "likes_count": 1.5,
    }


@pytest.mark.parametrize("endpoint", list(ENDPOINTS.values()), ids=list(ENDPOINTS))
def test_every_endpoint_has_a_command_whose_help_names_its_source_and_fields(run, endpoint):
    result = run(endpoint.command, "--help")
    assert result.exit_code == 0
    assert endpoint.source in result.stdout.replace("\n", "").replace(" ", "")
    assert all(field in result.stdout for field in endpoint.fields)


def test_help_has_examples(run):
    for arguments in (["--help"], ["videos", "--help"]):
        assert "Examples:" in run(*arguments).stdout
    fields = re.findall(r"^    (\w+) += ?(.*)$", run("videos", "--help").stdout, re.MULTILINE)
    assert {name: bool(signs) for name, signs in fields} == {
        name: "GT" in allowed for name, allowed in OPERATIONS.items()
    }


def test_a_user_record_contains_the_requested_username(api, run):
    api.answer({"video_count": 1})
    assert records(run("user", "wald")) == [{"username": "wald", "video_count": 1}]
