"""A search over any span: windows, and shorter ones where the API keeps failing."""

from datetime import date

import pytest

from ttapi import Condition, Query, SearchExpired, ServerError, search

QUERY = Query(all=[Condition("keyword", "EQ", "x")]).to_body()


def windows(api):
    return [(request["body"]["start_date"][4:], request["body"]["end_date"][4:]) for request in api.requests]


def fail(api, times=4):
    for _ in range(times):
        api.answer(status=500, code="internal_error", message="Server Internal Error")


def test_a_window_that_keeps_failing_is_requested_in_weeks_and_then_in_days(api, client):
    api.answer_videos(99, cursor=100, more=True)
    fail(api)  # the window, on its second page
    api.answer_videos(1, cursor=1, more=False)
    fail(api)  # its second week
    for n in range(2, 5):
        api.answer_videos(n, cursor=1, more=False)
    pages = list(search(client, QUERY, date(2025, 1, 1), date(2025, 1, 10)))
    assert [page.records[0]["id"] for page in pages] == [99, 1, 2, 3, 4]
    assert [page.restarted for page in pages] == [False, True, True, False, False]
    assert windows(api)[4:] == [("0101", "0110"), ("0101", "0107"), *[("0108", "0110")] * 4] + [
        (day, day) for day in ("0108", "0109", "0110")
    ]


def test_a_day_that_keeps_failing_ends_the_search_after_few_requests(api, client):
    fail(api, 12)
    with pytest.raises(ServerError):
        list(search(client, QUERY, date(2025, 1, 1), date(2025, 1, 31)))
    assert len(api.requests) == 12


def test_a_window_whose_pages_cannot_be_followed_is_requested_in_shorter_ones(api, client):
    def answer_broken_pages():
        for _ in range(3):
            api.answer_videos(1, cursor=100, more=True)
            for _ in range(4):
                api.answer(status=400, code="invalid_params", message="Search Id 77 is invalid or expired")

    answer_broken_pages()
    for n in range(2):
        api.answer_videos(n, cursor=1, more=False)
    pages = list(search(client, QUERY, date(2025, 1, 1), date(2025, 1, 2)))
    assert [page.restarted for page in pages] == [False, True, True, True, False]
    answer_broken_pages()
    with pytest.raises(SearchExpired):
        list(search(client, QUERY, date(2025, 1, 1), date(2025, 1, 1)))
