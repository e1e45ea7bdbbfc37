"""Your own rows: accounts, videos and comments that are added to the world can be searched, paged and deleted."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
import requests
from click.testing import CliRunner
from hypothesis import given, settings

from mockserver.__main__ import main
from mockserver.adapters.requests_mock import InProcess
from mockserver.core import Core
from mockserver.search.own_rows import Account, BadRows, Rows, Video
from mockserver.search.own_rows_reader import parse, read_rows
from mockserver.search.query import read_query
from mockserver.tenants.options import Options
from mockserver.world.timeline import is_synthetic
from mockserver.world.times import EPOCH
from tests.mockserver.conftest import COMMENT, USER, VIDEO, Api, where
from tests.mockserver.endpoints.test_compliance import create, result
from tests.mockserver.search.test_query import RECORDS, expected_hit, groups
from tests.support import ADMIN, PROJECT, start_mock_server

ANN = """
users:
  - username: ann_of_the_test
    bio_description: Three videos and a secret
    display_name: Ann
    region_code: DE
    followers: [bob_of_the_test, somebody]
    following: [bob_of_the_test]
    liked_videos: [3418]
    pinned_videos: [3418]
    videos:
      - {create_time: 2026-03-01T12:00:00Z, video_description: "the first #testklima", view_count: 10, like_count: 3}
      - {create_time: 2026-03-02, video_description: the second, view_count: 20, removed_at: 2026-06-02T00:00:00Z}
      - create_time: 2026-03-03
        video_description: "the third #testklima"
        view_count: 30
        id: 7612769577984003418
        comments:
          - {text: less liked, like_count: 1}
          - {text: most liked, like_count: 9, id: 7612770000000003418, replies: [{text: an answer}, {text: another}]}
          - {text: gone tomorrow, like_count: 5, removed_at: 2026-06-02T00:00:00Z}
  - {username: bob_of_the_test, private: true, videos: [{create_time: 2026-03-01, video_description: unseen}]}
videos:
  - {username: carl_of_the_test, create_time: 2026-03-04, id: 3418, comments_closed: true}
comments:
  - {video_id: 7612769577984003418, text: added by video_id}
"""
MARCH = {"start_date": "20260301", "end_date": "20260305"}
THIRD = 7612769577984003418


def set_rows(api: Api, text: str = ANN) -> None:
    answer = api.admin(
        "POST", "rows", {"tenant": api.key, "rows": json.loads(json.dumps(parse(text, "x"), default=str))}
    )
    assert answer.status_code == 200, answer.text


def search(api: Api, *conditions: dict[str, Any], **body: Any) -> list[dict[str, Any]]:
    videos: list[dict[str, Any]] = api.data("video/query", api.search(*conditions, **(MARCH | body)), VIDEO)["videos"]
    return videos


def by_user(name: str) -> dict[str, Any]:
    return where("username", "EQ", name)


def test_an_account_has_exactly_the_videos_of_its_rows(api: Api) -> None:
    set_rows(api)
    videos = search(api, by_user("ann_of_the_test"))
    assert [video["video_description"] for video in videos] == [
        "the third #testklima",
        "the second",
        "the first #testklima",
    ]
    assert {video["region_code"] for video in videos} == {"DE"}
    assert [video["view_count"] for video in videos] == [30, 20, 10]
    assert videos[0]["id"] == THIRD
    assert videos[0]["hashtag_names"] == ["testklima"]
    info = api.data("user/info", {"username": "@Ann_of_the_test"}, USER)
    assert info == {
        "display_name": "Ann",
        "bio_description": "Three videos and a secret",
        "follower_count": 2,
        "following_count": 1,
        "likes_count": 3,
        "video_count": 3,
    }


def test_every_id_of_a_row_has_the_watermark(api: Api) -> None:
    set_rows(api)
    assert all(is_synthetic(video["id"]) for video in search(api, by_user("ann_of_the_test")))


def pages(api: Api, size: int) -> list[int]:
    """The ids of all videos in the window, from pages of that size."""
    body, ids = api.search(**MARCH, max_count=size), []
    while True:
        data = api.data("video/query", body, "id")
        ids += [video["id"] for video in data["videos"]]
        body |= {"cursor": data["cursor"], "search_id": data["search_id"]}
        if not data["has_more"]:
            return ids


def test_pages_mix_your_own_rows_and_the_world_in_descending_order_of_ids(api: Api) -> None:
    without = pages(api, 100)
    set_rows(api)
    own = [video["id"] for name in ("ann", "carl") for video in search(api, by_user(f"{name}_of_the_test"))]
    assert len(own) == 4
    assert pages(api, 7) == pages(api, 100) == sorted(without + own, reverse=True)


def test_an_old_row_comes_after_newer_videos_of_the_world(inside: Api) -> None:
    inside.key = "mock:videos=100000"
    set_rows(inside)
    body = inside.search(start_date="20260301", end_date="20260330")
    body["search_id"] = inside.data("video/query", body, "id")["search_id"]
    ids = []
    for cursor in range(1_900, 2_500, 100):  # a search looks at 2,048 videos first
        ids += [video["id"] for video in inside.data("video/query", body | {"cursor": cursor}, "id")["videos"]]
    assert ids == sorted(ids, reverse=True)
    assert THIRD not in ids


def test_a_removed_video_is_not_returned_but_counted_by_the_cursor(api: Api) -> None:
    set_rows(api)
    api.admin("POST", "clock", {"tenant": api.key, "to": "2026-06-02T00:00:01Z"})
    api.tokens.clear()
    data = api.data("video/query", api.search(by_user("ann_of_the_test"), **MARCH), VIDEO)
    assert (len(data["videos"]), data["cursor"]) == (2, 3)
    assert api.data("user/info", {"username": "ann_of_the_test"}, USER)["video_count"] == 2


def test_a_video_in_the_virtual_future_is_not_found_yet(inside: Api) -> None:
    set_rows(inside, "videos: [{username: dora_of_the_test, create_time: 2026-06-03}]")
    june = {"start_date": "20260601", "end_date": "20260605"}
    assert search(inside, by_user("dora_of_the_test"), **june) == []
    inside.mock.move_clock("2026-06-03T00:00:01Z")
    inside.tokens.clear()
    assert len(search(inside, by_user("dora_of_the_test"), **june)) == 1


def test_a_private_account_is_refused_and_its_videos_are_never_search(api: Api) -> None:
    set_rows(api)
    assert "private" in api.refused("user/info", {"username": "bob_of_the_test"}, USER)["message"]
    assert search(api, by_user("bob_of_the_test")) == []
    assert search(api, where("keyword", "EQ", "unseen")) == []


@pytest.mark.parametrize(
    ("condition", "word"),
    [("missing", "cannot find the user"), ("refused", "cannot return this user's information"), ("private", "private")],
)
def test_accounts_of_rows_can_be_missing_refused_or_private(inside: Api, condition: str, word: str) -> None:
    set_rows(
        inside, f"users: [{{username: eve_of_the_test, {condition}: true, videos: [{{create_time: 2026-03-01}}]}}]"
    )
    assert word in inside.refused("user/info", {"username": "eve_of_the_test"}, USER)["message"]
    assert len(search(inside, by_user("eve_of_the_test"))) == (condition == "missing")


def test_hidden_lists_are_refused_though_the_account_is_shown(inside: Api) -> None:
    set_rows(inside, "users: [{username: eve_of_the_test, lists_hidden: true, liked_videos: [3418]}]")
    assert inside.post("user/info", {"username": "eve_of_the_test"}, USER).status_code == 200
    assert inside.post("user/liked_videos", {"username": "eve_of_the_test"}, "id").status_code != 200


def test_comments_of_rows_are_listed_most_liked_first_until_they_are_removed(api: Api) -> None:
    set_rows(api)
    data = api.data("video/comment/list", {"video_id": THIRD, "max_count": 100}, COMMENT)
    assert [comment["text"] for comment in data["comments"]][:3] == ["most liked", "gone tomorrow", "less liked"]
    assert len(data["comments"]) == 6
    assert data["comments"][0]["reply_count"] == 2
    assert {comment["parent_comment_id"] for comment in data["comments"]} == {THIRD, 7612770000000003418}
    replies = api.data("video/comment/list", {"comment_id": 7612770000000003418}, COMMENT)["comments"]
    assert {comment["text"] for comment in replies} == {"an answer", "another"}
    api.admin("POST", "clock", {"tenant": api.key, "to": "2026-06-02T00:00:01Z"})
    api.tokens.clear()
    later = api.data("video/comment/list", {"video_id": THIRD, "max_count": 100}, COMMENT)
    assert (len(later["comments"]), later["cursor"]) == (5, 6)


def test_comments_are_paged_and_can_be_closed(inside: Api) -> None:
    set_rows(inside)
    body = {"video_id": THIRD, "max_count": 4}
    first = inside.data("video/comment/list", body, "id")
    second = inside.data("video/comment/list", body | {"cursor": first["cursor"]}, "id")
    assert [len(first["comments"]), len(second["comments"])] == [4, 2]
    assert [first["has_more"], second["has_more"]] == [True, False]
    assert "comments" in inside.refused("video/comment/list", {"video_id": 3418}, "id")["message"]


def test_followers_and_lists_of_videos_are_those_of_the_rows(api: Api) -> None:
    set_rows(api)
    ann = {"username": "ann_of_the_test"}
    data = api.data("user/followers", ann | {"max_count": 1})
    assert [user["username"] for user in data["user_followers"]] == ["bob_of_the_test"]
    second = api.data("user/followers", ann | {"cursor": data["cursor"]})
    assert [user["username"] for user in second["user_followers"]] == ["somebody"]
    assert [data["has_more"], second["has_more"]] == [True, False]
    assert [video["id"] for video in api.data("user/liked_videos", ann, "id")["user_liked_videos"]] == [3418]
    assert [video["id"] for video in api.data("user/pinned_videos", ann, "id")["pinned_videos_list"]] == [3418]
    assert api.data("user/reposted_videos", ann, "id")["reposted_videos"] == []


def test_a_list_may_contain_videos_of_the_world(inside: Api) -> None:
    of_the_world = inside.sample["video_id"]
    set_rows(inside, f"users: [{{username: eve_of_the_test, reposted_videos: [{of_the_world}, 3418, 5]}}]")
    data = inside.data("user/reposted_videos", {"username": "eve_of_the_test"}, "id,username")
    assert [video["id"] for video in data["reposted_videos"]] == [of_the_world]


PLAYLISTS = """
users:
  - username: ann_of_the_test
    playlists:
      - {playlist_id: 7612769577984007514, playlist_name: Tours}
      - {playlist_id: 7612769577984011610, playlist_last_updated: 2026-03-05}
    videos:
      - {create_time: 2026-03-01, playlist_id: 7612769577984007514}
      - {create_time: 2026-03-02, playlist_id: 7612769577984007514, removed_at: 2026-06-02}
      - {create_time: 2026-03-03, playlist_id: 7612769577984007514}
  - {username: bob_of_the_test, private: true, playlists: [{playlist_id: 3418}]}
"""
TOURS = 7612769577984007514


def test_a_playlist_of_rows_has_the_public_videos_that_name_it_newest_first(api: Api) -> None:
    set_rows(api, PLAYLISTS)
    found = api.data("video/query", api.search(by_user("ann_of_the_test"), **MARCH), "id,create_time,playlist_id")
    assert {video["playlist_id"] for video in found["videos"]} == {TOURS}
    ids = [video["id"] for video in found["videos"]]
    first = api.data("playlist/info", {"playlist_id": TOURS, "max_count": 2})
    assert first == {
        "playlist_id": TOURS,
        "playlist_name": "Tours",
        "playlist_item_total": 3,
        "playlist_last_updated": found["videos"][0]["create_time"],
        "playlist_video_ids": ids[:2],
        "cursor": 2,
        "has_more": True,
    }
    second = api.data("playlist/info", {"playlist_id": str(TOURS), "cursor": 2})
    assert (second["playlist_video_ids"], second["has_more"]) == (ids[2:], False)
    api.admin("POST", "clock", {"tenant": api.key, "to": "2026-06-02T00:00:01Z"})
    api.tokens.clear()
    assert api.data("playlist/info", {"playlist_id": TOURS})["playlist_item_total"] == 2


def test_a_playlist_may_be_empty_and_that_of_a_private_account_is_not_found(inside: Api) -> None:
    set_rows(inside, PLAYLISTS)
    empty = inside.data("playlist/info", {"playlist_id": 7612769577984011610})
    assert (empty["playlist_item_total"], empty["playlist_last_updated"]) == (0, 1_772_668_800)
    hidden = inside.refused("playlist/info", {"playlist_id": 3418})
    unknown = inside.refused("playlist/info", {"playlist_id": 7514})
    assert hidden["message"].replace("3418", "7514") == unknown["message"]


SHOPS = """
shops:
  - shop_name: Shop of the Test
    shop_rating: "4.5"
    products:
      - product_name: Mug
        product_price: [9.90EUR]
        product_sold_count: 3
        reviews:
          - {review_rating: FIVE, review_text: very good, create_time: 2026-03-01T00:00:00Z}
          - {review_rating: TWO}
      - {product_name: Bag, product_id: 3418}
  - {shop_name: Shop of the Test 2, shop_id: 7514, item_sold_count: 9}
"""


def test_shops_of_rows_are_found_by_name_before_those_of_the_world(api: Api) -> None:
    set_rows(api, SHOPS)
    assert api.admin("GET", "tenant?tenant=mock").json()["rows"] == {"users": 0, "videos": 0, "shops": 2}
    found = api.data("tts/shop", {"shop_name": "OF THE TEST"})["shop_data"]
    assert [shop.pop("shop_name") for shop in found] == ["Shop of the Test", "Shop of the Test 2"]
    assert is_synthetic(found[0].pop("shop_id"))
    assert found == [
        {"shop_rating": "4.5", "shop_review_count": 2, "item_sold_count": 3},
        {"shop_id": 7514, "shop_review_count": 0, "item_sold_count": 9},
    ]
    every = api.data("tts/shop", {"shop_name": "shop", "limit": 5}, "shop_id,shop_name")["shop_data"]
    assert [shop["shop_name"].startswith("Shop of") for shop in every] == [True, True, False, False, False]
    assert api.data("tts/product", {"shop_id": every[2]["shop_id"]})["product_data"]


def test_products_and_reviews_of_rows_are_paged_and_add_up(api: Api) -> None:
    set_rows(api, SHOPS)
    shop_id = api.data("tts/shop", {"shop_name": "shop of the test"}, "shop_id")["shop_data"][0]["shop_id"]
    first, second = (
        api.data("tts/product", {"shop_id": shop_id, "page_start": page, "page_size": 1})["product_data"][0]
        for page in (1, 2)
    )
    assert (second["product_name"], second["product_id"], second["product_review_count"]) == ("Bag", 3418, 0)
    assert (first["shop_name"], first["product_price"], first["product_rating"]) == (
        *("Shop of the Test", ["9.90EUR"], "3.5"),
    )
    assert [first[f"product_rating_{stars}_count"] for stars in range(1, 6)] == [0, 1, 0, 0, 1]
    reviews = api.data("tts/review", {"product_id": first["product_id"]})["review_data"]
    assert [review["review_rating"] for review in reviews] == ["FIVE", "TWO"]
    assert (reviews[0]["create_time"], reviews[0]["product_name"]) == (1_772_323_200_000, "Mug")
    assert api.data("tts/review", {"product_id": 3418})["review_data"] == []
    api.mock.switch_on("reviews-by-shop")
    assert len(api.data("tts/review", {"shop_id": shop_id})["review_data"]) == 2
    assert api.data("tts/review", {"shop_id": 7514})["review_data"] == []


def test_rows_with_a_shop_a_product_or_a_playlist_of_the_world_are_refused(inside: Api) -> None:
    shop = inside.data("tts/shop", {"shop_name": inside.sample["shop_name"]})["shop_data"][0]["shop_id"]
    product = inside.data("tts/product", {"shop_id": shop})["product_data"][0]["product_id"]
    name = {"shop_name": "x"}
    for kind, number, rows in (
        ("shop", shop, {"shops": [name | {"shop_id": shop}]}),
        ("product", product, {"shops": [name | {"products": [{"product_name": "x", "product_id": product}]}]}),
        (
            "playlist",
            (playlist := inside.sample["playlist_id"]),
            {"users": [{"username": "ann", "playlists": [{"playlist_id": playlist}]}]},
        ),
    ):
        answer = inside.admin("POST", "rows", {"rows": rows})
        assert answer.json()["error"] == f"The invented world has a {kind} {number} already: choose another id."


def test_a_compliance_task_finds_your_own_rows(inside: Api) -> None:
    set_rows(inside)
    assert result(inside, create(inside, [3418, 5, THIRD])) == [3418, THIRD]
    assert result(inside, create(inside, [7612770000000003418, 5], "comment")) == [7612770000000003418]


def test_a_random_search_draws_from_your_own_rows_too(inside: Api) -> None:
    set_rows(inside)
    data = inside.data("video/query", inside.search(by_user("ann_of_the_test"), **MARCH, is_random=True), "id")
    assert len(data["videos"]) == 3


def test_a_snapshot_contains_the_rows(inside: Api) -> None:
    set_rows(inside)
    first = inside.data("video/query", inside.search(by_user("ann_of_the_test"), **MARCH, max_count=2), "id")
    state = inside.admin("GET", "state").json()
    inside.admin("POST", "reset", {"tenant": "mock"})
    inside.tokens.clear()
    assert search(inside, by_user("ann_of_the_test")) == []
    inside.admin("PUT", "state", state)
    inside.tokens.clear()
    body = inside.search(by_user("ann_of_the_test"), **MARCH, max_count=2, cursor=2, search_id=first["search_id"])
    assert len(inside.data("video/query", body, "id")["videos"]) == 1


def test_rows_can_be_removed_and_the_world_is_as_before(inside: Api) -> None:
    before = inside.videos(**MARCH)["videos"]
    set_rows(inside)
    assert inside.videos(**MARCH)["videos"] != before
    inside.admin("POST", "rows", {"rows": None})
    assert inside.videos(**MARCH)["videos"] == before


def test_rows_of_the_server_are_added_for_every_client_and_world() -> None:
    core = Core(defaults=Options(videos=2_000), rows=read_rows(parse(ANN, "rows.yaml")), admin_token=ADMIN)
    with InProcess(core) as mock:
        for key in ("mock", "mock:seed=5"):
            assert len(search(Api(mock, key), by_user("ann_of_the_test"))) == 3


def test_a_client_whose_world_does_not_fit_the_rows_gets_no_token(inside: Api) -> None:
    rows = read_rows({"users": [{"username": inside.sample["username"]}]})
    with InProcess(Core(defaults=Options(videos=20_000), rows=rows)) as mock:
        answer = Api(mock).token_answer().json()
    assert "already: choose another name" in answer["error_description"]


@settings(max_examples=60, deadline=None)
@given(groups.filter(lambda query: any(query.values())))
def test_a_query_finds_a_row_exactly_when_it_finds_the_same_video_of_the_world(query: dict[str, Any]) -> None:
    videos = [Video(record, record["id"], record["create_time"]) for record in RECORDS]
    rows = Rows([Account(record["username"], {}) for record in RECORDS], videos, {})
    hits = {rows.video(index).id for index in rows.find(read_query(query), (0, EPOCH), EPOCH).tolist()}
    for record in RECORDS:
        assert (record["id"] in hits) == expected_hit(query, record)


def test_the_rows_on_the_page_for_users_can_be_added(inside: Api) -> None:
    page = (PROJECT / "docs/mockserver.md").read_text("utf-8")
    examples = re.findall(r"```yaml\n(.*?)```", page, re.DOTALL)
    rows = [
        text for text in examples if not text.lstrip().startswith(("- ", "steps:", "jobs:")) and "uses:" not in text
    ]
    assert len(rows) == 2
    for text in rows:
        set_rows(inside, text)
    assert inside.data("playlist/info", {"playlist_id": TOURS})["playlist_item_total"] == 1
    assert inside.data("tts/shop", {"shop_name": "Shop of the Test"})["shop_data"][0]["shop_review_count"] == 1


def test_an_id_that_the_world_has_is_refused(inside: Api) -> None:
    rows = read_rows({"videos": [{"username": "ann_of_the_test", "id": inside.sample["video_id"]}]})
    with pytest.raises(BadRows, match="has a video"):
        rows.check_against(inside.tenant.world)


def test_a_server_reads_a_file_of_rows(tmp_path: Path) -> None:
    (tmp_path / "rows.yaml").write_text(ANN)
    server = start_mock_server("--rows", str(tmp_path / "rows.yaml"), "--videos", "1000")
    try:
        form = {"client_key": "mock", "client_secret": "mock-secret", "grant_type": "client_credentials"}
        token = requests.post(f"{server.url}/v2/oauth/token/", data=form, timeout=10).json()["access_token"]
        url, headers = (
            f"{server.url}/v2/research/user/info/?fields=bio_description",
            {"Authorization": f"Bearer {token}"},
        )
        answer = requests.post(url, json={"username": "ann_of_the_test"}, headers=headers, timeout=10)
        assert answer.json()["data"] == {"bio_description": "Three videos and a secret"}
    finally:
        server.process.terminate()
        server.process.communicate()


@pytest.mark.parametrize("content", [b"users: 5", b"\xff\xfe", b"users: [{username: \x00}]"])
def test_a_wrong_file_of_rows_is_reported_in_a_sentence(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "rows.yaml").write_bytes(content)
    result = CliRunner().invoke(main, ["--rows", str(tmp_path / "rows.yaml")])
    assert result.exit_code == 2
    assert "--rows" in result.output
    assert "Traceback" not in result.output
