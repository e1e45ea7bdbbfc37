"""The table of endpoints, compared with the documented facts, and a request for each row through the client."""

from dataclasses import replace
from importlib.resources import files

import pytest
import yaml

from ttapi import ENDPOINTS, Field, InvalidFileUpload, InvalidParams

# Written by hand from TikTok's documentation for the mock server, independently of ttapi/fields.py.
DOCUMENT = yaml.safe_load(files("mockserver.admin").joinpath("openapi.yaml").read_text("utf-8"))
(SEARCH_FIELDS,) = (
    parameter["schema"]["items"]["enum"]
    for parameter in DOCUMENT["paths"]["/v2/research/video/query/"]["post"]["parameters"]
    if parameter.get("name") == "fields"
)
VIDEO_FIELDS = " ".join(SEARCH_FIELDS)
LISTED_FIELDS = " ".join(
    name for name in VIDEO_FIELDS.split() if name not in ("effect_ids", "playlist_id", "voice_to_text")
)
COMMENT_FIELDS = "id video_id text like_count reply_count parent_comment_id create_time"
USER_FIELDS = (
    "display_name bio_description avatar_url is_verified follower_count following_count likes_count video_count bio_url"
)
SHOP_FIELDS = "shop_name shop_rating shop_review_count item_sold_count shop_id shop_performance_value"
PRODUCT_FIELDS = (
    "product_id product_sold_count product_description product_price product_review_count product_name "
    "product_rating_1_count product_rating_2_count product_rating_3_count product_rating_4_count product_rating_5_count"
)
REVIEW_FIELDS = "product_name review_text review_like_count create_time review_rating"
QUERY = {"and": [{"operation": "EQ", "field_name": "keyword", "field_values": ["x"]}]}
SEARCH = {"query": QUERY, "start_date": "20250101", "end_date": "20250131"}

# name, path, fields in the query string, body of the test, what the pager adds, key of the records, bucket
FACTS = [
    ("video.query", "video/query", VIDEO_FIELDS, SEARCH, {"max_count": 100}, "videos", "general"),
    ("video.comments", "video/comment/list", COMMENT_FIELDS, {"video_id": 1}, {"max_count": 100}, "comments",
     "general"),
    ("user.info", "user/info", USER_FIELDS, {"username": "x"}, {}, None, "general"),
    ("user.followers", "user/followers", "", {"username": "x"}, {"max_count": 100}, "user_followers", "follow"),
    ("user.following", "user/following", "", {"username": "x"}, {"max_count": 100}, "user_following", "follow"),
    ("user.liked", "user/liked_videos", LISTED_FIELDS, {"username": "x"}, {"max_count": 100}, "user_liked_videos",
     "general"),
    ("user.pinned", "user/pinned_videos", LISTED_FIELDS, {"username": "x"}, {}, "pinned_videos_list", "general"),
    ("user.reposted", "user/reposted_videos", LISTED_FIELDS, {"username": "x"}, {"max_count": 100}, "reposted_videos",
     "general"),
    ("playlist.info", "playlist/info", "", {"playlist_id": 1}, {"max_count": 100}, "playlist_video_ids", "general"),
    ("shop.info", "tts/shop", SHOP_FIELDS, {"shop_name": "x"}, {"limit": 10}, "shop_data", "general"),
    ("shop.products", "tts/product", PRODUCT_FIELDS, {"shop_id": 1}, {"page_start": 1, "page_size": 10}, "product_data",
     "general"),
    ("shop.reviews", "tts/review", REVIEW_FIELDS, {"product_id": "1"}, {"page_start": 1, "page_size": 10},
     "review_data", "general"),
    ("compliance.status", "validation_task_status/get", "", {"task_id": 1}, {}, None, "general"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "path", "fields", "body", "extra", "key", "bucket"), FACTS, ids=[f[0] for f in FACTS])
def test_each_endpoint_sends_what_is_documented(api, client, name, path, fields, body, extra, key, bucket):
    record = {"id": 1} if name != "playlist.info" else 1
    single = {"task_status": "Completed"} if name == "compliance.status" else {"video_count": 1}
    end = {"has_more": False} if ENDPOINTS[name].states_end else {}
    api.answer({key: [record]} | end if key else single)
    (page,) = client.pages(name, body)
    (request,) = api.requests
    assert request["path"] == f"/v2/research/{path}/"
    assert set(request["fields"].split(",")) == set(fields.split() or [""])
    if path.startswith("tts/"):
        assert set(request["body"].pop("fields").split(",")) == set(fields.split())
    assert request["body"] == body | extra
    assert page.records == ([{"id": 1}] if key else [single])
    assert client.spent(bucket) == 1
    assert ENDPOINTS[name].bucket == bucket


def test_there_are_fifteen_endpoints_each_with_a_summary_and_a_source():
    assert len(ENDPOINTS) == 15
    assert {name for name, *_ in FACTS} | {"compliance.create", "compliance.download"} == set(ENDPOINTS)
    assert all(
        row.summary and row.url_of_source.startswith("https://developers.tiktok.com/") for row in ENDPOINTS.values()
    )


def test_every_field_has_a_type_and_a_meaning():
    assert all(field.type and field.meaning for row in ENDPOINTS.values() for field in row.codebook)
    assert all(row.codebook for row in ENDPOINTS.values())


def test_older_and_doubtful_spellings_can_be_requested_by_name(api, client):
    api.answer({"user_liked_videos": [{"favourites_count": 2}], "has_more": False})
    (page,) = client.pages("user.liked", {"username": "x"}, fields=["favourites_count"])
    assert page.records == [{"favorites_count": 2}]


@pytest.mark.parametrize(
    ("name", "body", "reason"),
    [
        ("video.comments", {}, "Exactly one of video_id and comment_id is required."),
        ("video.comments", {"video_id": 1, "comment_id": 2}, "Exactly one of video_id and comment_id is required."),
        ("video.comments", {"video_id": 1, "max_count": 101}, "max_count must be 1 to 100, not 101."),
        ("video.query", SEARCH | {"max_count": 0}, "max_count must be 1 to 100, not 0."),
        (
            "video.query",
            SEARCH | {"start_date": "2025-01-01"},
            'start_date must be text of the form YYYYMMDD, not "2025-01-01".',
        ),
        ("video.query", SEARCH | {"end_date": 20250202}, "end_date must be text of the form YYYYMMDD, not 20250202."),
        (
            "video.query",
            SEARCH | {"end_date": "20250202"},
            "The window 2025-01-01 to 2025-02-02 is too long: the end may be at most 30 days after the start.",
        ),
        (
            "video.query",
            SEARCH | {"end_date": "20241231"},
            "The window ends (2024-12-31) before it starts (2025-01-01).",
        ),
        (
            "video.query",
            SEARCH | {"query": {}},
            "The query is empty: it needs at least one condition in all, any or none.",
        ),
        ("video.query", SEARCH | {"query": "klima"}, "A query must be an object with the groups and, or, not."),
        (
            "video.query",
            SEARCH | {"query": {"all": []}},
            '"all" is not a group of a query. Available: and, or, not.',
        ),
        ("video.query", {"query": QUERY, "end_date": ""}, "start_date is missing. end_date is missing."),
        ("video.comments", {"video_id": "abc"}, 'video_id must be a whole number, not "abc".'),
        ("shop.reviews", {"product_id": "abc"}, 'product_id must be a whole number, not "abc".'),
        ("playlist.info", {"playlist_id": [1]}, "playlist_id must be a whole number, not [1]."),
        ("user.info", {"username": "@wald"}, 'username must be written without @, not "@wald".'),
        ("shop.info", {"shop_name": "x", "limit": 11}, "limit must be 1 to 10, not 11."),
    ],
)
def test_what_the_api_would_refuse_is_not_sent(api, client, name, body, reason):
    with pytest.raises(InvalidParams) as caught:
        client.call(name, body)
    assert str(caught.value) == (
        f"{name}: {reason} Nothing was sent. Correct the request. If it is sent unchanged, it will fail again."
    )
    assert api.requests == []


def test_an_unknown_endpoint_is_reported(api, client):
    with pytest.raises(
        InvalidParams, match=r"Unknown endpoint video\.quary\. Available: video\.query, .*Nothing was sent"
    ):
        client.pages("video.quary", {})
    assert api.requests == []


def test_a_changed_endpoint_can_be_used_with_a_custom_row(api, client):
    api.answer({"new_field": 1})
    row = replace(ENDPOINTS["user.info"], required=(), codebook=(Field("new_field", "int64", "new"),))
    assert client.call(row, {}).records == [{"new_field": 1}]
    assert api.requests[0]["fields"] == "new_field"


def test_a_new_endpoint_can_be_paged_with_a_custom_row(api, client):
    api.answer({"stories": [{"id": 2}], "cursor": 100, "has_more": True})
    api.answer({"stories": [{"id": 1}], "cursor": 101, "has_more": False})
    row = replace(ENDPOINTS["user.liked"], name="user.stories", list_keys=("stories",), cursor="index")
    pages = list(client.pages(row, {"username": "x"}))
    assert [record for page in pages for record in page.records] == [{"id": 2}, {"id": 1}]
    assert [page.answer.records for page in pages] == [page.records for page in pages]


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (
            {"file_data": [1] * 10_001, "category": "video"},
            "10,001 ids are too many for one task. The maximum is 10,000.",
        ),
        (
            {"file_data": f"12\nx1 x2 {'x' * 41} x4\n", "category": "video"},
            f'"x1" is not an id. "x2" is not an id. "{"x" * 40}" is not an id.',
        ),
        ({"file_data": [1], "category": "user"}, 'category must be video or comment, not "user".'),
        ({"file_data": [], "category": "video"}, "file_data is missing."),
    ],
)
def test_a_wrong_compliance_file_is_not_sent(api, client, body, reason):
    with pytest.raises(InvalidFileUpload) as caught:
        client.call("compliance.create", body)
    assert str(caught.value) == (
        f"compliance.create: {reason} Nothing was sent. Upload a text file of 1 to 10,000 video or comment ids, one "
        "per line."
    )
    assert api.requests == []


def test_ten_thousand_ids_can_be_uploaded_as_numbers(api, client):
    api.answer({"task_id": 1})
    client.call("compliance.create", {"file_data": range(10_000), "category": "comment"})
    assert api.requests[0]["body"].count(b"\n") > 10_000
