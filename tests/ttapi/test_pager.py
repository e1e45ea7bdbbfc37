"""The pager: the end of a list, the newest search_id, refused cursors, and lists that do not end."""

import json
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ttapi import ENDPOINTS, Answer, CommentsNotDisclosed, InvalidCursor, InvalidParams, PagingStuck, SearchExpired
from ttapi.pager import Pager

SEARCH = {
    "query": {"and": [{"field_name": "keyword", "operation": "EQ", "field_values": ["klima"]}]},
    "start_date": "20250101",
    "end_date": "20250130",
}
NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)
EXPIRED = "Search Id 7378809778820092971 is invalid or expired"
CURSOR = "Invalid count or cursor"


def refuse(api, message):
    api.answer(status=400, code="invalid_params", message=message)


def positions(api):
    return [(request["body"].get("cursor"), request["body"].get("search_id")) for request in api.requests]


def test_pages_follow_the_cursor_and_the_newest_search_id(api, client):
    api.answer_videos(9, 8, cursor=100, more=True, search_id="77")
    api.answer_videos(7, cursor=200, more=True, search_id="78")
    api.answer_videos(6, cursor=245, more=False, search_id=None)
    pages = list(client.pages("video.query", SEARCH))
    assert [[record["id"] for record in page.records] for page in pages] == [[9, 8], [7], [6]]
    assert positions(api) == [(None, None), (100, "77"), (200, "78")]
    assert [page.search_id for page in pages] == ["77", "78", "78"]
    assert all(request["body"]["max_count"] == 100 for request in api.requests)
    assert len(pages) == len(api.requests)


def test_a_search_resumes_at_a_given_cursor(api, client):
    api.answer_videos(1, cursor=345, more=False)
    list(client.pages("video.query", SEARCH, cursor=300, search_id="77"))
    assert positions(api) == [(300, "77")]


def test_a_search_resumes_at_a_cursor_in_the_body(api, client):
    api.answer_videos(2, cursor=400, more=True, search_id="78")
    api.answer_videos(1, cursor=401, more=False, search_id="78")
    list(client.pages("video.query", SEARCH | {"cursor": 300, "search_id": "77"}))
    assert positions(api) == [(300, "77"), (400, "78")]


def test_an_empty_page_is_not_the_end(api, client):
    api.answer_videos(cursor=100, more=True)
    api.answer_videos(1, cursor=101, more=False)
    assert [len(page.records) for page in client.pages("video.query", SEARCH)] == [0, 1]


def test_a_search_without_hits_is_one_empty_page(api, client):
    api.answer({"videos": [], "has_more": False})
    (page,) = client.pages("video.query", SEARCH)
    assert (page.records, page.has_more, page.search_id, page.cursor) == ([], False, None, None)


def test_a_random_sample_is_one_page(api, client):
    api.answer_videos(1, 2, cursor=100, more=True)
    assert len(list(client.pages("video.query", SEARCH | {"is_random": True}))) == 1


@pytest.mark.parametrize("message", [EXPIRED, CURSOR])
def test_a_refused_cursor_is_sent_again_after_five_ten_and_fifteen_seconds(api, client, clock, message):
    api.answer_videos(2, cursor=100, more=True)
    for _ in range(3):
        refuse(api, message)
    api.answer_videos(1, cursor=101, more=False)
    pages = list(client.pages("video.query", SEARCH))
    assert clock.waits == [5.0, 10.0, 15.0]
    assert positions(api)[1:] == [(100, "77")] * 4
    assert not any(page.restarted for page in pages)


def test_a_cursor_that_is_still_refused_restarts_the_search(api, client):
    api.answer_videos(3, 2, cursor=100, more=True)
    for _ in range(4):
        refuse(api, EXPIRED)
    api.answer_videos(3, 2, cursor=100, more=True, search_id="88")
    api.answer_videos(1, cursor=101, more=False, search_id="88")
    pages = list(client.pages("video.query", SEARCH))
    assert positions(api)[5:] == [(None, None), (100, "88")]
    assert [page.restarted for page in pages] == [False, True, False]


@pytest.mark.parametrize("message", [EXPIRED, CURSOR])
def test_a_refused_search_id_of_an_earlier_run_restarts_the_search_at_once(api, client, clock, message):
    refuse(api, message)
    api.answer_videos(2, cursor=100, more=True, search_id="88")
    refuse(api, message)
    api.answer_videos(1, cursor=101, more=False, search_id="88")
    pages = list(client.pages("video.query", SEARCH, cursor=300, search_id="77"))
    assert positions(api) == [(300, "77"), (None, None), (100, "88"), (100, "88")]
    assert [page.restarted for page in pages] == [True, False]
    assert clock.waits == [5.0]  # for the search_id issued in this run


def test_after_two_restarts_the_refusal_is_raised(api, client):
    for _ in range(3):
        api.answer_videos(2, cursor=100, more=True)
        for _ in range(4):
            refuse(api, EXPIRED)
    pages = client.pages("video.query", SEARCH)
    assert [next(pages).restarted for _ in range(3)] == [False, True, True]
    with pytest.raises(SearchExpired):
        next(pages)
    assert len(api.requests) == 15


def test_a_cursor_refused_on_the_first_page_is_raised_at_once(api, client, clock):
    refuse(api, CURSOR)
    with pytest.raises(InvalidCursor):
        list(client.pages("video.query", SEARCH))
    assert clock.waits == []


def test_a_list_without_search_id_is_not_restarted(api, client):
    api.answer({"comments": [{"id": 1}], "cursor": 100, "has_more": True})
    for _ in range(4):
        refuse(api, CURSOR)
    with pytest.raises(InvalidCursor):
        list(client.pages("video.comments", {"video_id": 5}))
    assert len(api.requests) == 5


def comments(api, *, up_to, more):
    for cursor in range(100, up_to + 1, 100):
        records = [{"id": cursor - n} for n in range(100)]
        api.answer({"comments": records, "cursor": cursor, "has_more": more or cursor < up_to})


def test_the_cap_of_a_thousand_comments_is_the_end_of_the_list_after_one_refusal(api, client, clock):
    comments(api, up_to=1000, more=True)
    refuse(api, CURSOR)
    *pages, last = client.pages("video.comments", {"video_id": 5})
    assert sum(len(page.records) for page in pages) == 1000
    assert not any(page.capped for page in pages)
    assert (last.records, last.has_more, last.capped, last.cursor) == ([], False, True, 1000)
    assert (len(api.requests), client.spent(), clock.waits) == (11, 11, [])


def test_a_list_of_exactly_a_thousand_comments_costs_ten_requests(api, client):
    comments(api, up_to=1000, more=False)
    pages = list(client.pages("video.comments", {"video_id": 5}))
    assert [page.capped for page in pages] == [False] * 10
    assert len(api.requests) == 10


def test_comments_beyond_the_old_cap_are_read_if_the_api_returns_them(api, client):
    comments(api, up_to=1200, more=False)
    assert sum(len(page.records) for page in client.pages("video.comments", {"video_id": 5})) == 1200


def test_a_refused_page_that_would_exceed_the_cap_ends_the_list(api, client):
    refuse(api, CURSOR)
    (last,) = client.pages("video.comments", {"video_id": 5}, cursor=990, max_count=30)
    assert (last.capped, len(api.requests)) == (True, 1)


STUCK = (
    r"^\w+\.\w+: {}\. The request counts against the quota\. The earlier pages are complete\. Request a "
    r"shorter window, or use the list as it is\.$"
)


def test_endless_empty_pages_end_with_an_error_after_ten(api, client):
    for n in range(1, 12):
        api.answer_videos(cursor=100 * n, more=True)
    with pytest.raises(
        PagingStuck, match=STUCK.format("10 pages in a row were empty although the API says that another page follows")
    ):
        list(client.pages("video.query", SEARCH))
    assert len(api.requests) == 10


@pytest.mark.parametrize("endpoint", ["video.query", "user.liked"])
def test_a_cursor_that_does_not_advance_is_an_error_after_its_page(api, client, endpoint):
    (key,) = ENDPOINTS[endpoint].list_keys
    api.answer({key: [{"id": 1}], "cursor": 0, "has_more": True})
    pages = client.pages(endpoint, SEARCH if endpoint == "video.query" else {"username": "x"})
    assert len(next(pages).records) == 1
    with pytest.raises(PagingStuck, match=STUCK.format("the cursor does not advance from 0")):
        next(pages)


def test_a_playlist_whose_cursor_has_no_effect_is_not_read_endlessly(api, client):
    for cursor in (2, 4):
        api.answer({"playlist_id": 5, "playlist_video_ids": [11, 12], "cursor": cursor, "has_more": True}, status=500)
    pages = client.pages("playlist.info", {"playlist_id": 5})
    assert [next(pages).records for _ in range(2)] == [[{"id": 11}, {"id": 12}]] * 2
    with pytest.raises(
        PagingStuck, match=STUCK.format("the same page was returned twice, so the cursor has no effect")
    ):
        next(pages)


def test_equal_pages_without_ids_are_not_taken_for_the_same_page(api, client):
    for cursor in (100, 200):
        api.answer({"videos": [{"region_code": "DE"}] * 2, "cursor": cursor, "has_more": True})
    api.answer({"videos": [], "cursor": 250, "has_more": False})
    assert len(list(client.pages("video.query", SEARCH, fields=["region_code"]))) == 3


def test_followers_are_paged_by_decreasing_seconds(api, client):
    api.answer({"user_followers": [{"username": "a"}], "cursor": 1_736_000_000, "has_more": True})
    api.answer({"user_followers": [{"username": "b"}], "cursor": 1_735_000_000, "has_more": True})
    api.answer({"user_followers": [{"username": "c"}], "cursor": 1_735_000_000, "has_more": True})
    pages = client.pages("user.followers", {"username": "x"})
    assert [next(pages).records[0]["username"] for _ in range(3)] == ["a", "b", "c"]
    with pytest.raises(PagingStuck, match=STUCK.format("the cursor does not advance from 1735000000")):
        next(pages)


def test_an_ok_answer_without_a_list_is_an_empty_list(api, client):
    api.answer({"has_more": False, "cursor": 0})
    assert [page.records for page in client.pages("user.following", {"username": "x"})] == [[]]


def test_shop_pages_are_numbered_and_end_with_a_short_one(api, client):
    api.answer_raw(json.dumps({"data": {"product_data": [{"product_id": n} for n in range(10)]}}))
    api.answer_raw('{"data": {"product_data": [{"product_id": 10}]}}')
    pages = list(client.pages("shop.products", {"shop_id": 1}, fields=["product_id", "product_name"]))
    assert [request["body"]["page_start"] for request in api.requests] == [1, 2]
    assert {request["body"]["page_size"] for request in api.requests} == {10}
    assert {request["body"]["fields"] for request in api.requests} == {"product_id,product_name"}
    assert [page.cursor for page in pages] == [2, 3]


def test_an_endpoint_without_pages_yields_one(api, client):
    api.answer({"pinned_videos_list": [{"id": 1}]})
    assert [page.records for page in client.pages("user.pinned", {"username": "x"})] == [[{"id": 1}]]
    assert "max_count" not in api.requests[0]["body"]


def test_a_page_of_more_than_100_is_not_requested(api, client):
    api.answer_videos(cursor=0, more=False)
    list(client.pages("video.query", SEARCH, max_count=1000))
    assert api.requests[0]["body"]["max_count"] == 100


def test_a_page_size_in_the_body_is_kept(api, client):
    api.answer_videos(cursor=0, more=False)
    list(client.pages("video.query", SEARCH | {"max_count": 20}))
    assert api.requests[0]["body"]["max_count"] == 20


def test_a_wrong_query_costs_nothing(api, client):
    with pytest.raises(InvalidParams, match="Nothing was sent"):
        list(client.pages("video.query", SEARCH | {"end_date": "20250201"}))
    assert api.requests == []


@pytest.mark.parametrize("unit", [1, 1000])
def test_pages_of_likes_follow_the_cursor_in_any_unit(api, client, unit):
    api.answer({"user_liked_videos": [{"id": 2}], "cursor": 1_706_457_371 * unit, "has_more": True})
    api.answer({"user_liked_videos": [{"id": 1}], "cursor": 1_706_400_000 * unit, "has_more": False})
    assert len(list(client.pages("user.liked", {"username": "x"}))) == 2
    assert api.requests[1]["body"]["cursor"] == 1_706_457_371 * unit


def test_a_refused_comment_list_is_reported_as_such(api, client):
    refuse(api, "The comments of this video are not allowed to be disclosed")
    with pytest.raises(CommentsNotDisclosed):
        list(client.pages("video.comments", {"video_id": 5}))
    assert len(api.requests) == 1


@settings(deadline=None)
@given(st.lists(st.booleans(), max_size=450), st.integers(50, 100))
def test_every_available_item_is_returned_once_with_the_fewest_requests(is_available, max_count):
    """The cursor counts items that are withheld, and the pages do not contain them."""
    requests = []

    def server(body):
        requests.append(body)
        start = body.get("cursor", 0)
        end = min(start + body["max_count"], len(is_available))
        data = {
            "videos": [{"id": n} for n in range(start, end) if is_available[n]],
            "cursor": end,
            "has_more": end < len(is_available),
        }
        return Answer("video.query", body, (), NOON, 200, b"", "ok", "", "", data, charged=True)

    row = ENDPOINTS["video.query"]
    pager = Pager(server, row, {}, None, None, max_count, sleep=pytest.fail)
    ids = [record["id"] for page in pager.pages() for record in page.records]
    assert ids == [n for n, available in enumerate(is_available) if available]
    assert len(requests) == max(1, -(-len(is_available) // max_count))
