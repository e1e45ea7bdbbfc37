"""A search over any span: windows, and narrower ones where the API keeps failing."""

from datetime import date

import pytest

from ttapi import Condition, Query, SearchExpired, ServerError, search

QUERY = Query(all=[Condition("keyword", "EQ", "x")]).to_body()


def asked(api):
    return [(one["body"]["start_date"][4:], one["body"]["end_date"][4:]) for one in api.asked]


def fails(api, times=4):
    for _ in range(times):
        api.says(status=500, code="internal_error", message="Server Internal Error")


def test_a_window_that_keeps_failing_is_asked_for_in_weeks_and_then_in_days(api, client):
    api.videos(99, cursor=100, more=True)
    fails(api)  # the window, on its second page
    api.videos(1, cursor=1, more=False)
    fails(api)  # its second week
    for n in range(2, 5):
        api.videos(n, cursor=1, more=False)
    pages = list(search(client, QUERY, date(2025, 1, 1), date(2025, 1, 10)))
    assert [page.records[0]["id"] for page in pages] == [99, 1, 2, 3, 4]
    assert [page.restarted for page in pages] == [False, True, True, False, False]
    assert asked(api)[4:] == [("0101", "0110"), ("0101", "0107"), *[("0108", "0110")] * 4] + [
        (day, day) for day in ("0108", "0109", "0110")
    ]


def test_a_day_that_keeps_failing_ends_the_search_after_few_requests(api, client):
    fails(api, 12)
    with pytest.raises(ServerError):
        list(search(client, QUERY, date(2025, 1, 1), date(2025, 1, 31)))
    assert len(api.asked) == 12


def test_pages_that_cannot_be_followed_are_asked_for_in_shorter_windows(api, client):
    def broken():
        for _ in range(3):
            api.videos(1, cursor=100, more=True)
            for _ in range(4):
                api.says(status=400, code="invalid_params", message="Search Id 77 is invalid or expired")

    broken()
    for n in range(2):
        api.videos(n, cursor=1, more=False)
    pages = list(search(client, QUERY, date(2025, 1, 1), date(2025, 1, 2)))
    assert [page.restarted for page in pages] == [False, True, True, True, False]
    broken()
    with pytest.raises(SearchExpired):
        list(search(client, QUERY, date(2025, 1, 1), date(2025, 1, 1)))
