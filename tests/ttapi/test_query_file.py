"""The file of `--query`: a query or a whole request is read, everything else is refused with what to do."""

import json

import pytest

from tests.ttapi.test_command_line import records

GROUPS = {"and": [{"field_name": "keyword", "operation": "EQ", "field_values": ["x"]}]}
REQUEST = {
    "query": GROUPS,
    "start_date": "20250101",
    "end_date": "20250115",
    "max_count": 100,
    "cursor": 0,
    "search_id": "77",
    "is_random": False,
}
JANUARY = ("--from", "2025-01-01", "--to", "2025-01-15")


def test_a_whole_request_is_used_as_a_query(api, run):
    api.answer_videos(cursor=0, more=False)
    result = run("videos", "--query", "-", *JANUARY, input=json.dumps(REQUEST))
    assert result.exit_code == 0
    assert "Ignored in the query file: cursor and search_id. The search starts at its first page." in result.stderr
    assert api.requests[0]["body"] == {
        "query": GROUPS,
        "start_date": "20250101",
        "end_date": "20250115",
        "max_count": 100,
    }


@pytest.mark.parametrize("empty", [{}, {"cursor": None, "search_id": None}, {"search_id": ""}])
def test_a_whole_request_without_a_position_has_nothing_to_ignore(run, empty):
    request = {key: REQUEST[key] for key in ("query", "start_date")} | empty
    result = run("videos", "--query", "-", *JANUARY, "--explain", input=json.dumps(request))
    assert (result.exit_code, result.stderr) == (0, "")


def test_the_dates_of_a_whole_request_replace_the_options(run):
    result = run("videos", "--query", "-", "--explain", input=json.dumps(REQUEST))
    assert "posted from 2025-01-01 to 2025-01-15" in result.stdout


def test_a_query_without_dates_needs_the_options(api, run):
    result = run("videos", "--query", "-", "--to", "2025-01-15", input=json.dumps(GROUPS))
    assert (result.exit_code, "Missing option '--from'" in result.stderr) == (2, True)
    assert api.requests == []


def test_dates_that_differ_from_the_options_are_refused(api, run):
    arguments = ("videos", "--query", "-", "--from", "2025-01-02", "--to", "2025-01-16")
    result = run(*arguments, input=json.dumps(REQUEST))
    assert (result.exit_code, result.stdout, api.requests) == (2, "", [])
    assert "The start_date in the query file is 2025-01-01, and --from is 2025-01-02." in result.stderr
    assert "The end_date in the query file is 2025-01-15, and --to is 2025-01-16." in result.stderr


def test_a_request_of_a_random_draw_is_one_request(api, run):
    api.answer({"videos": [{"id": 2}, {"id": 1}], "has_more": True, "cursor": 20})
    request = REQUEST | {"is_random": True, "max_count": 20}
    result = run("videos", "--query", "-", *JANUARY, input=json.dumps(request))
    assert (result.exit_code, len(records(result))) == (0, 2)
    assert "A random draw: Videos with" in result.stderr
    assert [(each["body"]["is_random"], each["body"]["max_count"]) for each in api.requests] == [(True, 20)]


def test_a_random_draw_of_more_than_one_request_is_refused(api, run):
    request = {"query": GROUPS, "is_random": True}
    arguments = ("videos", "--query", "-", "--from", "2025-01-01", "--to", "2025-03-15")
    result = run(*arguments, input=json.dumps(request))
    assert (result.exit_code, api.requests) == (2, [])
    assert "too long" in result.stderr


MALFORMED = {
    "nothing": ("", "It is empty."),
    "text": ("klima", "It is not a JSON object."),
    "HTML": ("<html></html>", "It is HTML."),
    "a list": ("[1]", "It must contain one JSON object: a query with the groups and, or, not."),
    "null": ("null", "It must contain one JSON object"),
    "cut off": ('{"and": [', "It is incomplete JSON."),
    "single quotes": ("{'and': []}", "It is not valid JSON at line 1, column 2."),
    "a key twice": ('{"and": [], "and": []}', 'It has the key "and" twice in one object.'),
    "NaN": ('{"and": NaN}', "It contains NaN, which is not JSON."),
    "deep": ('{"and": ' + "[" * 5_000 + "]" * 5_000 + "}", "It is nested more than 64 levels deep."),
    "binary": (b"\xff\xfa\x81", "It is neither in UTF-8 nor in another encoding of Unicode."),
    "no groups": ("{}", "The query is empty"),
    "empty groups": ('{"and": []}', "The query is empty"),
    "an unknown group": ('{"AND": []}', '"AND" is not a group of a query. Available: and, or, not.'),
    "nulls": (
        json.dumps({"and": [{"field_name": "hashtag_name", "operation": "IN", "field_values": ["a", None, True]}]}),
        "hashtag_name has values that are neither text, whole numbers nor dates: null, true.",
    ),
    "a float": (
        json.dumps({"and": [{"field_name": "view_count", "operation": "GT", "field_values": [10.0]}]}),
        "view_count has values that are neither text, whole numbers nor dates: 10.0.",
    ),
    "an empty value": (
        json.dumps({"and": [{"field_name": "keyword", "operation": "EQ", "field_values": [""]}]}),
        "keyword has an empty value.",
    ),
    "a null query": ('{"query": null}', "A query must be an object with the groups and, or, not."),
    "dates beside groups": (json.dumps(GROUPS | {"start_date": "20250101"}), "It has start_date beside the groups"),
    "fields": (json.dumps(REQUEST | {"fields": "id"}), 'It has "fields" beside "query". Use --fields instead, or give'),
    "something else": (json.dumps(REQUEST | {"page": 1}), 'It has "page" beside "query". Remove it, or give only the'),
    "a date with dashes": (json.dumps(REQUEST | {"start_date": "2025-01-01"}), 'YYYYMMDD, not "2025-01-01".'),
    "a date as a number": (json.dumps(REQUEST | {"end_date": 20250115}), "YYYYMMDD, not 20250115."),
    "a random maybe": (json.dumps(REQUEST | {"is_random": "maybe"}), 'is_random must be true or false, not "maybe".'),
    "a random draw of many": (
        json.dumps(REQUEST | {"is_random": True, "max_count": 500}),
        "max_count must be 1 to 100, not 500.",
    ),
}


@pytest.mark.parametrize(("text", "reason"), MALFORMED.values(), ids=MALFORMED)
def test_a_malformed_query_file_ends_in_one_sentence_and_costs_nothing(api, run, text, reason):
    result = run("videos", "--query", "-", *JANUARY, input=text)
    assert (result.exit_code, result.stdout, api.requests) == (2, "", [])
    assert f" {reason}" in result.stderr
    assert "Traceback" not in result.stderr


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_a_query_file_can_be_in_the_encoding_of_any_editor(run, encoding):
    text = '{"and": [{"field_name": "keyword", "operation": "EQ", "field_values": ["wörter"]}]}'
    result = run("videos", "--query", "-", *JANUARY, "--explain", input=text.encode(encoding))
    assert "wörter" in result.stdout


def test_a_query_file_that_does_not_exist_is_wrong_usage(run, tmp_path):
    for path in (tmp_path / "no.json", tmp_path):
        result = run("videos", "--query", str(path), *JANUARY)
        assert (result.exit_code, "Traceback" in result.stderr) == (2, False)


@pytest.mark.parametrize("option", ["--where", "--any", "--none"])
def test_a_query_file_and_conditions_are_not_mixed(run, option):
    result = run("videos", "--query", "-", *JANUARY, option, "keyword=y", input=json.dumps(GROUPS))
    assert result.exit_code == 2
    assert "either in the file of --query or with --where, --any and --none" in result.stderr
