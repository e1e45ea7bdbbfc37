"""video/query: the content of pages, their order, and what is refused."""

from typing import Any

import pytest

from mockserver.search.columns import QUERY_COLUMNS
from mockserver.world.timeline import is_synthetic
from tests.mockserver.conftest import VIDEO, Api, where


def all_pages(api: Api, size: int, *conditions: dict[str, Any], **body: Any) -> list[dict[str, Any]]:
    """All pages of a search."""
    pages: list[dict[str, Any]] = []
    search = api.search(*conditions, **body) | {"max_count": size}
    while not pages or pages[-1]["has_more"]:
        position = {"cursor": pages[-1]["cursor"], "search_id": pages[-1]["search_id"]} if pages else {}
        pages.append(api.data("video/query", search | position, VIDEO))
    return pages


def ids(pages: list[dict[str, Any]]) -> list[int]:
    return [video["id"] for page in pages for video in page["videos"]]


def test_a_video_has_the_requested_fields_and_no_others(api: Api) -> None:
    for video in api.data("video/query", api.search(), "id,create_time, username")["videos"]:
        assert set(video) == {"id", "create_time", "username"}


def test_every_documented_field_can_be_requested_and_none_is_null(api: Api) -> None:
    cursor, search_id, fields = 0, None, set()
    for _ in range(6):
        body = api.search(cursor=cursor, search_id=search_id)
        data = api.data("video/query", body, ",".join(QUERY_COLUMNS))
        assert all(value is not None for video in data["videos"] for value in video.values())
        fields |= {name for video in data["videos"] for name in video}
        cursor, search_id = data["cursor"], data["search_id"]
    assert fields == set(QUERY_COLUMNS)


def test_ids_descend_within_and_across_pages_and_have_the_watermark(api: Api) -> None:
    video_ids = ids(all_pages(api, 100))
    assert len(video_ids) > 300
    assert video_ids == sorted(set(video_ids), reverse=True)
    assert all(is_synthetic(video_id) for video_id in video_ids)
    assert not is_synthetic(7456123456789012345)


def test_the_id_contains_a_second_shortly_before_the_post_except_for_scheduled_posts(api: Api) -> None:
    delays = [video["create_time"] - (video["id"] >> 32) for page in all_pages(api, 100) for video in page["videos"]]
    normal = [delay for delay in delays if 18 <= delay <= 135]
    assert len(normal) / len(delays) > 0.98
    assert all(delay < 3 * 86_400 for delay in delays)


def test_the_cursor_counts_removed_videos_too(api: Api) -> None:
    pages = all_pages(api, 50)
    assert [page["cursor"] for page in pages[:-1]] == list(range(50, 50 * len(pages), 50))
    delivered, counted = len(ids(pages)), pages[-1]["cursor"]
    assert 0.10 < 1 - delivered / counted < 0.25
    assert counted % 50


@pytest.mark.parametrize("size", [7, 33, 100])
def test_the_page_size_does_not_change_the_videos(api: Api, size: int) -> None:
    condition = where("region_code", "IN", "DE", "FR")
    assert ids(all_pages(api, size, condition)) == ids(all_pages(api, 64, condition))


def test_a_search_can_be_continued_from_any_cursor(api: Api) -> None:
    pages = all_pages(api, 20)
    body = api.search(max_count=20, cursor=40, search_id=pages[0]["search_id"])
    assert api.data("video/query", body, VIDEO)["videos"] == pages[2]["videos"]


def test_a_cached_search_does_not_grow_while_the_clock_runs(api: Api) -> None:
    dates = {"start_date": "20260520", "end_date": "20260601"}
    first = api.videos(**dates, max_count=20)
    api.admin("POST", "clock", {"tenant": "mock", "advance": 3_600})
    second = api.videos(**dates, max_count=100, cursor=0, search_id=first["search_id"])
    assert second["videos"][0]["id"] == first["videos"][0]["id"]


def test_the_search_id_has_19_digits_and_differs_for_each_search(api: Api) -> None:
    first, second = (api.videos()["search_id"] for _ in range(2))
    assert isinstance(first, str)
    assert len(first) == 19
    assert first != second
    assert (int(second) - int(first)) % 16_384 == 0


def test_a_search_without_hits_has_an_empty_list_and_no_search_id(api: Api) -> None:
    data = api.data("video/query", api.search(where("video_id", "EQ", "123456")), VIDEO)
    assert data == {"videos": [], "cursor": 0, "has_more": False}


@pytest.mark.parametrize("search_id", ["7378809778820092971", "x"])
def test_an_unknown_search_id_is_refused_with_the_recorded_message(api: Api, search_id: str) -> None:
    error = api.refused("video/query", api.search(search_id=search_id), VIDEO)
    assert (error["status"], error["code"]) == (400, "invalid_params")
    assert error["message"] == f"Search Id {search_id} is invalid or expired"


def test_a_page_can_be_requested_by_its_cursor_without_the_search_id(api: Api) -> None:
    first = api.videos(max_count=20)
    alone = api.videos(max_count=20, cursor=20)
    assert alone["videos"] == api.videos(max_count=20, cursor=20, search_id=first["search_id"])["videos"]
    assert alone["search_id"] != first["search_id"]


def test_a_search_id_is_valid_for_two_days(api: Api) -> None:
    search_id = api.videos()["search_id"]
    for advance, status in ((86_400, 200), (86_400 + 60, 400)):
        api.admin("POST", "clock", {"tenant": "mock", "advance": advance})
        api.tokens.clear()
        assert api.post("video/query", api.search(search_id=search_id), VIDEO).status_code == status


def test_a_search_id_is_valid_for_its_own_query_only(api: Api) -> None:
    search_id = api.videos()["search_id"]
    other = api.search(where("region_code", "EQ", "DE"), search_id=search_id)
    assert "is invalid or expired" in api.refused("video/query", other, VIDEO)["message"]


@pytest.mark.parametrize("body", [{"max_count": 0}, {"max_count": 101}, {"cursor": -1}, {"cursor": 10**9}])
def test_a_count_or_cursor_out_of_range_is_refused(api: Api, body: dict[str, int]) -> None:
    assert api.refused("video/query", api.search() | body, VIDEO)["message"] == "Invalid count or cursor"


def test_random_order_returns_one_page_that_differs_each_time(api: Api) -> None:
    first, second = (api.videos(is_random=True) for _ in range(2))
    assert not first["has_more"]
    assert 60 < len(first["videos"]) <= 100
    assert ids([first]) != ids([second])
    assert set(ids([first])) <= set(ids(all_pages(api, 100)))


def test_random_draws_repeat_in_the_same_run_and_differ_in_another(api: Api) -> None:
    drawn = []
    for run in ("run=1,org=a", "run=1,org=b", "run=2"):
        api.key = f"mock:{run}"
        drawn.append(ids([api.videos(is_random=True)]))
    assert drawn[0] == drawn[1]
    assert drawn[0] != drawn[2]


def test_the_end_date_is_included_and_days_are_utc(api: Api) -> None:
    pages = all_pages(api, 100, start_date="20260301", end_date="20260302")
    times = [video["create_time"] for page in pages for video in page["videos"]]
    assert min(times) >= 1_772_323_200  # 2026-03-01T00:00:00Z
    assert 1_772_409_600 < max(times) < 1_772_496_000
    halves = [ids(all_pages(api, 100, start_date=day, end_date=day)) for day in ("20260302", "20260301")]
    assert sorted(halves[0] + halves[1]) == sorted(ids(pages))


@pytest.mark.parametrize(
    ("start", "end", "word"),
    [
        ("20260101", "20260201", "30 days"),
        ("20260110", "20260101", "before"),
        ("2026-01-01", "20260102", "YYYYMMDD"),
        ("20260230", "20260301", "YYYYMMDD"),
        (None, "20260301", "start_date"),
    ],
)
def test_a_wrong_window_is_refused(api: Api, start: str | None, end: str, word: str) -> None:
    error = api.refused("video/query", api.search(start_date=start, end_date=end), VIDEO)
    assert error["code"] == "invalid_params"
    assert word in error["message"]


def test_thirty_days_apart_is_the_longest_window(api: Api) -> None:
    assert api.post("video/query", api.search(start_date="20260101", end_date="20260131"), VIDEO).status_code == 200


def test_what_clients_are_known_to_send_is_accepted(api: Api) -> None:
    body = api.search() | {"cursor": None, "search_id": "", "max_count": "20", "is_random": False}
    body["query"] = body["query"] | {"or": [], "not": []}
    text = {"Content-Type": "text/plain"}
    spaced = "id, create_time,%20is_stem_verified"
    assert api.post("video/query", body, spaced, headers=text).status_code == 200


@pytest.mark.parametrize("fields", ["", "id,nonsense"])
def test_missing_and_unknown_fields_are_refused(api: Api, fields: str) -> None:
    error = api.refused("video/query", api.search(), fields)
    assert (error["status"], error["code"]) == (400, "invalid_params")


def test_the_order_of_keys_changes_from_record_to_record(api: Api) -> None:
    orders = {tuple(video) for video in api.videos()["videos"]}
    assert len(orders) > 3


def test_errors_about_parameters_have_no_data(api: Api) -> None:
    content = api.post("video/query", {}, VIDEO).json()
    assert set(content) == {"error"}
    assert set(content["error"]) == {"code", "message", "log_id"}


def test_a_refusal_names_its_rule_and_the_source(api: Api) -> None:
    answer = api.post("video/query", api.search(start_date="20250101"), VIDEO)
    rule, kind, source = answer.headers["X-Mock-Reason"].split("; ")
    assert (rule, kind) == ("window", "documented")
    assert source.startswith("developers.tiktok.com/")
