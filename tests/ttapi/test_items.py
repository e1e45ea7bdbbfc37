"""The items of a command: read as people paste them, each requested once, and all named that cannot be requested."""

import pytest
from click.testing import CliRunner

from ttapi import ENDPOINTS
from ttapi.__main__ import main

OF_ACCOUNTS = ["user", "followers", "following", "liked", "pinned", "reposted"]


@pytest.mark.parametrize("command", OF_ACCOUNTS)
def test_an_account_can_be_given_by_its_address_and_is_requested_once(api, run, command):
    endpoint = next(row for row in ENDPOINTS.values() if row.command == command)
    api.answer({key: [] for key in endpoint.list_keys[:1]} | {"has_more": False})
    result = run(command, "https://www.tiktok.com/@Anna?lang=de", "@anna", "ANNA", "tiktok.com/@anna/video/5")
    assert result.exit_code == 0
    assert [request["body"]["username"] for request in api.requests] == ["anna"]


@pytest.mark.parametrize("command", OF_ACCOUNTS)
def test_all_items_that_cannot_be_handles_are_named_and_nothing_is_sent(api, run, command):
    wrong = ("Party of the Centre", "n/a", '"bruno",', "https://vm.tiktok.com/ZM1/", "")
    result = run(command, "berta", *wrong)
    assert (result.exit_code, result.stdout, api.requests) == (2, "", [])
    assert result.stderr.count(" is not a handle. It ") == len(wrong)
    assert all(f'"{item}" is not a handle. It ' in result.stderr for item in wrong)
    assert "berta" not in result.stderr


def test_wrong_items_are_named_even_without_credentials():
    result = CliRunner().invoke(main, ["user", "a b"])
    assert result.exit_code == 2
    assert '"a b" is not a handle. It contains a blank' in result.stderr


def test_a_video_can_be_given_by_its_address(api, run):
    api.answer({"comments": [], "has_more": False})
    assert run("comments", "https://www.tiktok.com/@x/video/5?lang=de", "5").exit_code == 0
    assert [request["body"]["video_id"] for request in api.requests] == [5]


def test_the_address_of_a_video_is_no_comment_id(api, run):
    result = run("comments", "--replies", "https://www.tiktok.com/@x/video/5")
    assert (result.exit_code, api.requests) == (2, [])
    assert "is not an id. An id is a whole number." in result.stderr


@pytest.mark.parametrize("command", ["playlist", "products", "reviews", "compliance-status", "compliance-download"])
def test_other_ids_are_whole_numbers(api, run, command):
    result = run(command, "5", "x", "1.5")
    assert (result.exit_code, api.requests) == (2, [])
    assert '"x" is not an id. An id is a whole number. "1.5" is not an id' in result.stderr


def test_the_id_of_a_product_is_sent_as_text(api, run):
    api.answer({"review_data": []})
    run("reviews", " 0123 ")
    assert api.requests[0]["body"]["product_id"] == "0123"


def test_an_empty_name_of_a_shop_is_refused(api, run):
    assert (run("shop", " ").exit_code, api.requests) == (2, [])


def test_warnings_are_printed_before_anything_is_sent(run):
    arguments = ("--any", "keyword=a AND b", "--any", "region_code=CA,CA", "--from", "20171231", "--to", "20180101")
    result = run("videos", *arguments, "--explain")
    assert result.exit_code == 0
    assert [line.split(" ")[1] for line in result.stderr.splitlines()] == ["The", "region_code", "Region", "The"]
    assert len(result.stdout.splitlines()) == 1
