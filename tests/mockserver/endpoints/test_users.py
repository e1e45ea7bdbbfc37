"""The endpoints for one account, and playlists."""

from typing import Any

import numpy as np
import pytest

from mockserver.search.columns import LIST_COLUMNS, QUERY_COLUMNS
from mockserver.search.records import USER_FIELDS, video_records
from mockserver.world.times import EPOCH
from mockserver.world.world import world
from tests.mockserver.conftest import USER, VIDEO, Api, where

POPULATION = world(1, 20_000).population
USER_ENDPOINTS = {
    "user/info": USER,
    "user/followers": "",
    "user/following": "",
    "user/liked_videos": "id",
    "user/pinned_videos": "id",
    "user/reposted_videos": "id",
}


def listed(api: Api, path: str, key: str, fields: str = "", size: int = 100) -> list[dict[str, Any]]:
    pages: list[dict[str, Any]] = []
    while not pages or pages[-1]["has_more"]:
        cursor = {"cursor": pages[-1]["cursor"]} if pages else {}
        pages.append(api.data(path, {"username": api.sample["username"], "max_count": size} | cursor, fields))
    return [item for page in pages for item in page.get(key, ())]


def test_user_info_is_a_flat_object_without_the_username(api: Api) -> None:
    data = api.data("user/info", {"username": api.sample["username"]}, USER)
    assert set(data) == set(USER.split(","))


def test_user_info_has_every_documented_field(api: Api) -> None:
    names: set[str] = set()
    for name in POPULATION.names(np.arange(60)):
        answer = api.post("user/info", {"username": name}, ",".join(USER_FIELDS))
        names |= set(answer.json().get("data", {}))
    assert names == set(USER_FIELDS)


def test_the_counts_of_an_account_are_those_of_its_videos_and_lists(api: Api) -> None:
    data = api.data("user/info", {"username": api.sample["username"]}, USER)
    account = POPULATION.find(api.sample["username"])
    assert account is not None
    videos = world(1, 20_000).videos_of(account, EPOCH)
    assert data["video_count"] == len(videos) > 0
    assert data["likes_count"] == videos.counts("like", EPOCH).sum()
    followers = listed(api, "user/followers", "user_followers")
    assert 0.9 * data["follower_count"] - 3 <= len(followers) <= data["follower_count"]


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("mock_missing", "`username: mock_missing` is invalid: cannot find the user"),
        ("someuser", "`username: someuser` is invalid: cannot find the user"),
        ("mock_private", "`username: mock_private` is private"),
        ("mock_refused", "API cannot return this user's information"),
    ],
)
@pytest.mark.parametrize("path", USER_ENDPOINTS)
def test_an_account_that_cannot_be_shown_is_refused_with_the_known_message(
    api: Api, path: str, name: str, message: str
) -> None:
    error = api.refused(path, {"username": name}, USER_ENDPOINTS[path])
    assert (error["status"], error["code"], error["message"]) == (400, "invalid_params", message)


@pytest.mark.parametrize("path", USER_ENDPOINTS)
def test_an_account_that_hides_its_lists_still_shows_its_profile_followers_and_pinned_videos(
    api: Api, path: str
) -> None:
    answer = api.post(path, {"username": "mock_hidden"}, USER_ENDPOINTS[path])
    if path in ("user/following", "user/liked_videos", "user/reposted_videos"):
        error = answer.json()["error"]
        assert (answer.status_code, error["code"]) == (400, "invalid_params")
        assert error["message"] == "`username: mock_hidden` information cannot be returned"
    else:
        assert answer.status_code == 200


@pytest.mark.parametrize("cursor", [-1, "x", 10**30, {"a": 1}])
def test_pinned_videos_ignore_parameters_of_pages(api: Api, cursor: object) -> None:
    body = {"username": api.sample["username"]}
    pinned = api.data("user/pinned_videos", body, "id")
    assert api.data("user/pinned_videos", body | {"cursor": cursor, "max_count": cursor}, "id") == pinned


@pytest.mark.parametrize("path", USER_ENDPOINTS)
def test_a_username_is_required(api: Api, path: str) -> None:
    for body in ({}, {"username": ""}, {"username": None}):
        assert api.refused(path, body, USER_ENDPOINTS[path])["code"] == "invalid_params"


def test_the_empty_account_has_empty_lists(api: Api) -> None:
    empty = {"username": "mock_empty"}
    assert api.data("user/info", empty, USER)["follower_count"] == 0
    for path in ("user/followers", "user/following"):
        data = api.data(path, empty)
        assert set(data) == {"cursor", "has_more"}, "an empty list is left out"
    assert api.data("user/liked_videos", empty, "id")["user_liked_videos"] == []
    assert api.data("user/pinned_videos", empty, "id") == {"pinned_videos_list": []}
    assert api.data("user/reposted_videos", empty, "id")["reposted_videos"] == []


def test_user_info_finds_nearly_all_authors_of_videos(api: Api) -> None:
    names = {video["username"] for video in api.videos()["videos"]}
    answers = [api.post("user/info", {"username": name}, USER) for name in names]
    share = sum(answer.status_code != 200 for answer in answers) / len(answers)
    assert 0 < share < 0.12


@pytest.mark.parametrize(("path", "key"), [("user/followers", "user_followers"), ("user/following", "user_following")])
def test_relations_are_paged_by_the_second_at_which_they_began(api: Api, path: str, key: str) -> None:
    every = listed(api, path, key)
    small = listed(api, path, key, size=7)
    assert every == small != []
    assert set(every[0]) == {"display_name", "username"}
    first = api.data(path, {"username": api.sample["username"], "max_count": 1})
    assert 1_514_764_800 < first["cursor"] < EPOCH


@pytest.mark.parametrize("cursor", [None, 0, "0", ""])
def test_without_a_cursor_a_list_starts_with_the_latest(api: Api, cursor: object) -> None:
    body = {"username": api.sample["username"], "max_count": 5}
    assert api.data("user/followers", body | {"cursor": cursor}) == api.data("user/followers", body)


def test_followers_have_the_account_in_their_following_list() -> None:
    pool = POPULATION.pools[0]
    for account in range(0, 200, 9):
        for follower in pool.followers(account)[0][:20].tolist():
            assert account in pool.following(follower)[0]


def test_liked_videos_are_listed_latest_like_first_with_a_cursor_in_milliseconds(api: Api) -> None:
    first = api.data("user/liked_videos", {"username": api.sample["username"], "max_count": 2}, "id,create_time")
    assert first["cursor"] > 10**12
    every = listed(api, "user/liked_videos", "user_liked_videos", "id,create_time")
    assert len({video["id"] for video in every}) == len(every) > 2
    times = [video["create_time"] for video in every]
    assert times != sorted(times, reverse=True), "the order is that of the likes"
    assert every == listed(api, "user/liked_videos", "user_liked_videos", "id,create_time", size=3)


def test_few_accounts_make_their_likes_public() -> None:
    likes = sum(POPULATION.shows(account, "likes", 0.06) for account in range(2_000)) / 2_000
    assert 0.04 < likes < 0.08


def test_reposts_are_paged_by_an_index(api: Api) -> None:
    first = api.data("user/reposted_videos", {"username": api.sample["username"], "max_count": 3}, "id,username")
    assert first["cursor"] == 3
    every = listed(api, "user/reposted_videos", "reposted_videos", "id,username")
    assert [video["id"] for video in first["reposted_videos"]] == [video["id"] for video in every][
        : len(first["reposted_videos"])
    ]


def test_pinned_videos_are_up_to_three_videos_of_the_account(api: Api) -> None:
    data = api.data("user/pinned_videos", {"username": api.sample["username"]}, "id,username")
    assert set(data) == {"pinned_videos_list"}
    assert 1 <= len(data["pinned_videos_list"]) <= 3
    assert {video["username"] for video in data["pinned_videos_list"]} == {api.sample["username"]}


def test_lists_of_videos_accept_both_spellings_of_favourites_and_return_one(api: Api) -> None:
    assert {"favorites_count", "favourites_count"} <= set(LIST_COLUMNS)
    body = {"username": api.sample["username"], "max_count": 100}
    for video in api.data("user/reposted_videos", body, "favorites_count,favourites_count")["reposted_videos"]:
        assert set(video) == {"favorites_count"}


def test_video_tag_has_other_keys_and_numbers_in_lists() -> None:
    videos = world(1, 20_000).videos(range(3_000))
    searched, listed = (
        [record.get("video_tag") for record in video_records(videos, EPOCH, ("video_tag",), columns)]
        for columns in (QUERY_COLUMNS, LIST_COLUMNS)
    )
    pairs = {
        (a["type"], a["number"], b["video_tag_number"])
        for a, b in zip(searched, listed, strict=True)
        if isinstance(a, dict) and isinstance(b, dict)
    }
    assert pairs == {("AIGC", 1, 2), ("AIGC", 2, 1), ("Branded", 1, 1), ("Branded", 7, 7)}


def test_a_playlist_contains_videos_of_one_account_that_name_it(api: Api) -> None:
    playlist_id = api.sample["playlist_id"]
    data = api.data("playlist/info", {"playlist_id": playlist_id, "max_count": 100})
    assert data["playlist_id"] == playlist_id
    assert data["playlist_item_total"] == len(data["playlist_video_ids"]) == data["cursor"] > 0
    assert not data["has_more"]
    search = api.data(
        "video/query",
        api.search(where("video_id", "IN", *map(str, data["playlist_video_ids"]))),
        VIDEO + ",playlist_id",
    )
    assert {video["playlist_id"] for video in search["videos"]} <= {playlist_id}
    assert api.refused("playlist/info", {"playlist_id": 5})["code"] == "invalid_params"
