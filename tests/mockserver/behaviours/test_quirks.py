"""Each reported quirk, off by default, and what it does when it is on."""

import re
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import requests

from mockserver.behaviours.quirks import ALWAYS, ELSEWHERE, QUIRKS, read_quirks
from mockserver.core import Request
from mockserver.endpoints.table import BY_NAME
from mockserver.world.hashing import ints
from mockserver.world.population import Population
from mockserver.world.times import read_time
from tests.mockserver.conftest import COMMENT, USER, VIDEO, Api, where
from tests.mockserver.endpoints.test_shops import products, shop
from tests.support import PROJECT

EMPTY = {"username": "mock_empty"}
Check = Callable[[Api], bool]


def on(api: Api, *names: str) -> Api:
    api.key = f"mock:quirks={'+'.join(names)}"
    return api


def code(api: Api, path: str, body: Any, fields: str = "") -> str:
    answer = api.post(path, body, fields)
    return str(answer.json()["error"]["message"])


def second(api: Api) -> dict[str, Any]:
    """The body of a second page."""
    return api.search(max_count=20, cursor=20, search_id=api.videos(max_count=20)["search_id"])


def tries(api: Api, body: Any, count: int) -> list[int]:
    return [api.post("video/query", body, VIDEO).status_code for _ in range(count)]


def share_500(api: Api) -> float:
    return [api.post("user/info", EMPTY, USER).status_code for _ in range(60)].count(500) / 60


def breaks(api: Api) -> bool:
    for _ in range(30):
        try:
            api.post("user/info", EMPTY, USER)
        except requests.RequestException:
            return True
    return False


def spent_at(api: Api, moment: str) -> bool:
    """Whether a quota that was spent at noon is still spent at this moment."""
    clock = api.tenant.clock
    clock.set(read_time("2026-06-01T12:00:00Z"))
    api.tenant.set_used({"general": 1_000})
    clock.set(read_time(moment))
    api.tokens.clear()  # a token is valid for two hours
    return api.post("user/info", EMPTY, USER).status_code == 429


def fewer(api: Api) -> bool:
    """Whether the tenant gets fewer videos than one without quirks."""
    key, count = api.key, len(api.videos()["videos"])
    api.key = "mock:seed=1"
    full_count = len(api.videos()["videos"])
    api.key = key
    return count < full_count


def any_video(api: Api, has: Callable[[dict[str, Any]], bool]) -> bool:
    fields = VIDEO + ",like_count,music_id,video_mention_list"
    return any(has(video) for video in api.data("video/query", api.search(), fields)["videos"])


def of_sample_user(api: Api, path: str) -> dict[str, Any]:
    return api.data(path, {"username": api.sample["username"]}, "" if "follow" in path else "id")


def old_views(api: Api) -> list[int]:
    dates = {"start_date": "20240401", "end_date": "20240430"}
    return [video["view_count"] for video in api.videos(**dates)["videos"]]


CHECKS: dict[str, Check] = {
    "fresh-search-id": lambda api: tries(api, second(api), 3) == [400, 400, 200],
    "cursor-refused": lambda api: tries(api, second(api), 2) == [400, 200],
    "dead-periods": lambda api: tries(api, api.search(start_date="20231010", end_date="20231011"), 2) == [500, 500],
    "long-windows": lambda api: tries(api, api.search(), 1) == [500],
    "empty-groups": lambda api: (
        tries(api, api.search() | {"query": {"and": [where("view_count", "GTE", "0")], "not": []}}, 2) == [500, 500]
        and tries(api, api.search() | {"query": {"and": [where("view_count", "GTE", "0")], "not": None}}, 1) == [200]
    ),
    "few-usernames": lambda api: (
        set(tries(api, api.search(where("username", "IN", *names(api)[:11])), 20)) == {200, 500}
        and set(tries(api, api.search(where("username", "IN", *names(api)[:10])), 20)) == {200}
    ),
    "mostly-down": lambda api: share_500(api) > 0.8,
    "tires": lambda api: share_500(api) == 55 / 60,
    "gateway-timeout": lambda api: any("<html>" in api.post("user/info", EMPTY, USER).text for _ in range(30)),
    "broken-bodies": breaks,
    "short-rate-limit": lambda api: any("rate limit" in code(api, "user/info", EMPTY, USER) for _ in range(30)),
    "first-page-only": lambda api: tries(api, second(api), 2) == [400, 400],
    "lists-hidden": lambda api: "information cannot be returned" in code(api, "user/liked_videos", EMPTY, "id"),
    "user-500": lambda api: api.post("user/info", EMPTY, USER).status_code == 500,
    "playlist-500": lambda api: (
        api.post("playlist/info", {"playlist_id": api.sample["playlist_id"]}).status_code == 500
    ),
    "playlist-cursor": lambda api: api.data("playlist/info", {"playlist_id": api.sample["playlist_id"]})["cursor"] == 0,
    "video-id-key": lambda api: any_video(api, lambda video: "video_id" in video and "id" not in video),
    "sparse": lambda api: any_video(api, lambda video: "music_id" not in video),
    "null-bytes": lambda api: any_video(api, lambda video: "\0" in video["username"]),
    "large-counts": lambda api: api.data("user/info", EMPTY, USER)["likes_count"] > 1 << 32,
    "comments-refused": lambda api: "disclosed" in code(api, "video/comment/list", {"video_id": 5}, COMMENT),
    "follow-scope": lambda api: api.refused("user/followers", EMPTY)["code"] == "scope_not_authorized",
    "no-keyword": lambda api: (
        not api.data("video/query", api.search(where("keyword", "EQ", api.sample["keyword"])), "id")["videos"]
    ),
    "reposted-key": lambda api: "user_reposted_videos" in of_sample_user(api, "user/reposted_videos"),
    "favourites-refused": lambda api: "favourites_count" in code(api, "user/liked_videos", EMPTY, "favourites_count"),
    "reviews-by-shop": lambda api: (
        len(api.data("tts/review", {"shop_id": shop(api)["shop_id"]})["review_data"]) == 10
        and api.refused("tts/review", {"product_id": products(api)[0]["product_id"]})["code"] == "invalid_params"
    ),
    "liked-seconds": lambda api: of_sample_user(api, "user/liked_videos")["cursor"] < 10**10,
    "default-count-10": lambda api: api.data("video/query", api.search() | {"max_count": None}, "id")["cursor"] == 10,
    "empty-pages": lambda api: any(api.videos(max_count=20)["videos"] == [] for _ in range(20)),
    "search-id-changes": lambda api: (
        (body := second(api))["search_id"] != api.data("video/query", body, "id")["search_id"]
    ),
    "duplicates": lambda api: (videos := api.videos()["videos"])[0] == videos[-1],
    "cold-cache": lambda api: tries(api, api.search(), 3) == [500, 500, 200],
    "yield-65": fewer,
    "one-in-eight-missing": fewer,
    "few-views": lambda api: max(old_views(api)) < 5_000,
    "wrong-users": lambda api: any(
        video["username"] == "somebody.else"
        for video in api.data("video/query", api.search({**where("username", "IN", *names(api))}), VIDEO)["videos"]
    ),
    "mention-text": lambda api: any_video(api, lambda video: " " in str(video.get("video_mention_list", ""))),
    "region-lower-case": lambda api: api.data("video/query", second(api), VIDEO)["videos"][0]["region_code"].islower(),
    "flicker": lambda api: api.videos()["videos"] != api.videos()["videos"],
    "empty-success": lambda api: api.videos() == {"videos": [], "cursor": 0, "has_more": False},
    "no-has-more": lambda api: "has_more" not in api.videos(),
    "renamed-has-more": lambda api: "hasMore" in api.videos(),
    "no-cursor": lambda api: "cursor" not in api.videos(),
    "no-list": lambda api: "videos" not in api.data("video/query", api.search(), "id"),
    "renamed-list": lambda api: "items" in api.data("video/query", api.search(), "id"),
    "odd-values": lambda api: any_video(api, lambda video: 1.5 in video.values()),
    "odd-records": lambda api: api.data("video/query", api.search(), "id")["videos"][-3:] == [5, {}, None],
    "late-reset": lambda api: spent_at(api, "2026-06-02T00:09:59Z") and not spent_at(api, "2026-06-02T00:10:01Z"),
    "echoed-secrets": lambda api: (
        code(api, "user/info", EMPTY, USER).count(api.token) == 1
        and api.token in api.data("user/info", EMPTY, USER)["debug"]
    ),
    "new-field": lambda api: any_video(api, lambda video: "mock_new_field" in video),
}
# Quirks with a separate test, by its name
SEPARATE_TESTS = {
    "follower-cap": "test_follower_lists_end_at_4500_with_the_quirk",
    "slow-comments": "test_slow_comments_take_five_seconds",
    "large-results": "test_a_search_that_finds_more_than_2000_videos_always_fails_and_shorter_windows_do_not",
}


def names(api: Api) -> list[str]:
    """Authors in the window of the sample, as a tenant without quirks gets them."""
    world = api.mock.tenant.world
    return world.population.names(
        world.videos(range(world.timeline.settled - 600, world.timeline.settled - 500)).author
    )


@pytest.mark.parametrize("name", CHECKS)
def test_a_quirk_shows_when_it_is_on_and_not_when_it_is_off(api: Api, name: str) -> None:
    try:
        assert not CHECKS[name](api), "off"
    except AssertionError as error:
        if "off" in str(error):
            raise
    assert CHECKS[name](on(api, name)), "on"


def test_every_quirk_has_a_check() -> None:
    assert set(CHECKS) | set(SEPARATE_TESTS) == set(QUIRKS)
    assert set(SEPARATE_TESTS.values()) <= set(globals())


@pytest.mark.slow
def test_follower_lists_end_at_4500_with_the_quirk(api: Api) -> None:
    lengths = []
    for api.key in ("mock:videos=100000", "mock:videos=100000,quirks=follower-cap"):
        population = api.mock.core.tenants[api.key].world.population if api.token else None
        assert population
        body: dict[str, Any] = {"username": population.names(ints(most_followed(population)))[0], "max_count": 100}
        pages = 1
        while (data := api.data("user/followers", body))["has_more"]:
            body["cursor"] = data["cursor"]
            pages += 1
        lengths.append(pages)
    assert lengths[1] == 45 < lengths[0]


def test_a_list_of_likes_is_whole_in_both_units_of_its_cursor(api: Api) -> None:
    lists = []
    for api.key in ("mock", "mock:quirks=liked-seconds"):
        body: dict[str, Any] = {"username": api.sample["username"], "max_count": 5}
        pages = [api.data("user/liked_videos", body, "id")]
        while pages[-1]["has_more"]:
            pages.append(api.data("user/liked_videos", body | {"cursor": pages[-1]["cursor"]}, "id"))
        assert len(pages) > 1
        lists.append([video["id"] for page in pages for video in page["user_liked_videos"]])
    assert lists[0] == lists[1]


def most_followed(population: Population) -> int:
    """The public account of the settled era with the longest list of followers."""
    accounts = np.arange(population.pools[0].size)
    public = population.visible(accounts[~population.refused(accounts)])
    list_lengths = np.diff(population.pools[0]._graph[0].ends, prepend=0)
    return public[list_lengths[public].argmax()]


def test_slow_comments_take_five_seconds(api: Api) -> None:
    core, token = api.mock.core, on(api, "slow-comments").token
    headers = {"authorization": f"Bearer {token}"}
    request = Request("POST", "/v2/research/video/comment/list/", {"fields": "id"}, headers, b'{"video_id": 5}')
    assert core.handle(request).delay == 5.0


def test_a_search_that_finds_more_than_2000_videos_always_fails_and_shorter_windows_do_not(api: Api) -> None:
    api.key = "mock:videos=100000,quirks=large-results"
    month = api.search(start_date="20250101", end_date="20250130")
    week = api.search(start_date="20250101", end_date="20250107")
    assert tries(api, month, 5) == [500] * 5
    assert tries(api, week, 1) == [200]


def test_every_reported_quirk_has_a_row_in_the_documents_and_is_shown_or_accounted_for() -> None:
    page = (PROJECT / "docs/quirks.md").read_text("utf-8")
    documented = [int(number) for number in re.findall(r"^\| (\d+) \|", page, re.MULTILINE)]
    assert documented == list(range(1, len(documented) + 1))
    switches = {number for quirk in QUIRKS.values() for number in quirk.numbers}
    assert switches | set(ALWAYS) | set(ELSEWHERE) == set(documented)
    assert not set(ALWAYS) & set(ELSEWHERE)
    assert all(quirk.source for quirk in QUIRKS.values())


def test_every_quirk_concerns_endpoints_that_exist() -> None:
    for name, quirk in QUIRKS.items():
        assert all(any(endpoint.startswith(beginning) for endpoint in BY_NAME) for beginning in quirk.endpoints), name


def test_observed_switches_on_what_a_patient_client_can_handle(api: Api) -> None:
    assert read_quirks(["observed"]) == {name for name, quirk in QUIRKS.items() if quirk.observed}
    api.key = "mock:quirks=observed"
    assert "access_token" in api.token_answer().json()


def test_an_unknown_quirk_is_refused_with_the_available_ones(api: Api) -> None:
    assert "null-bytes" in api.token_answer("mock:quirks=nul-bytes").json()["error_description"]


def test_quirks_can_be_switched_while_the_server_runs(api: Api) -> None:
    body = {"tenant": "mock", "on": ["large-counts"]}
    assert api.admin("POST", "quirks", body).json()["quirks"] == ["large-counts"]
    assert CHECKS["large-counts"](api)
    api.admin("POST", "quirks", {"tenant": "mock", "off": ["large-counts"]})
    assert not CHECKS["large-counts"](api)


def test_a_quirk_of_videos_meets_records_of_another_that_are_none(api: Api) -> None:
    videos = api.data("video/query", on(api, "odd-records", "new-field", "mention-text").search(), "id")["videos"]
    assert videos[-3:] == [5, {"mock_new_field": {"is_new": True}}, None]


def test_each_run_fails_at_other_requests(api: Api) -> None:
    failures = []
    for run in ("run=0", "run=1", "run=2"):
        api.key = f"mock:quirks=gateway-timeout,{run}"
        failures.append([api.post("user/info", EMPTY, USER).status_code for _ in range(40)])
    assert all(200 in each and 504 in each for each in failures)
    assert failures[0] != failures[1] != failures[2] != failures[0]
