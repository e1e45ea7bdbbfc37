"""The endpoints as one table."""

from mockserver.endpoints import compliance, shops, users
from mockserver.endpoints.call import Endpoint
from mockserver.endpoints.comments import list_comments
from mockserver.endpoints.videos import query_videos
from mockserver.search.records import COMMENT_FIELDS, LIST_COLUMNS, QUERY_COLUMNS, USER_FIELDS

_BASE = "/v2/research/"
_DOC = "developers.tiktok.com/doc/research-api-specs-query-"
_BATCH = "developers.tiktok.com/doc/batch-compliance-apis"


def _videos_of_user(name: str, list_key: str) -> Endpoint:
    answer = getattr(users, name)
    source = f"{_DOC}user-{name.replace('_', '-')}"
    short = f"user.{name.removesuffix('_videos')}"
    return Endpoint(short, f"{_BASE}user/{name}/", answer, source, tuple(LIST_COLUMNS), True, list_key=list_key)


def _relation(name: str) -> Endpoint:
    answer = getattr(users, name)
    source = f"{_DOC}user-{name}"
    return Endpoint(f"user.{name}", f"{_BASE}user/{name}/", answer, source, bucket="follow", list_key=f"user_{name}")


def _shop(name: str, path: str, fields: tuple[str, ...], list_key: str) -> Endpoint:
    answer = getattr(shops, name)
    source = f"{_DOC}tiktok-shop-{'info' if name == 'shops' else name}"
    short = "shop.info" if name == "shops" else f"shop.{name}"
    return Endpoint(short, f"{_BASE}tts/{path}/", answer, source, fields, list_key=list_key, message="")


def _batch(name: str, path: str, body: str = "json") -> Endpoint:
    answer = getattr(compliance, name)
    return Endpoint(
        f"compliance.{name}", f"{_BASE}{path}/", answer, _BATCH, message="ok.", body=body, status_in_error=True
    )


ENDPOINTS = (
    Endpoint(
        "video.query", _BASE + "video/query/", query_videos, _DOC + "videos", tuple(QUERY_COLUMNS), True,
        list_key="videos", message="",
    ),
    Endpoint(
        "video.comments", _BASE + "video/comment/list/", list_comments, _DOC + "video-comments", COMMENT_FIELDS, True,
        list_key="comments", default_count=10,
    ),
    Endpoint(
        "user.info", _BASE + "user/info/", users.user_info, _DOC + "user-info", USER_FIELDS, True, message=""
    ),
    _relation("followers"),
    _relation("following"),
    _videos_of_user("liked_videos", "user_liked_videos"),
    _videos_of_user("pinned_videos", "pinned_videos_list"),
    _videos_of_user("reposted_videos", "reposted_videos"),
    Endpoint(
        "playlist.info", _BASE + "playlist/info/", users.playlist_info, _DOC + "playlist-info",
        list_key="playlist_video_ids",
    ),
    _shop("shops", "shop", shops.SHOP_FIELDS, "shop_data"),
    _shop("products", "product", shops.PRODUCT_FIELDS, "product_data"),
    _shop("reviews", "review", shops.REVIEW_FIELDS, "review_data"),
    _batch("create", "validation_task/create", body="form"),
    _batch("status", "validation_task_status/get"),
    _batch("download", "validation_task/download"),
)  # fmt: skip
BY_PATH = {endpoint.path: endpoint for endpoint in ENDPOINTS}
BY_NAME = {endpoint.name: endpoint for endpoint in ENDPOINTS}
