"""The requests of a comparison, as one table in the order in which they are sent.

A later request can use what earlier answers held (`Found`). Some requests take several liberties at once; if one of
these is refused, requests that take one liberty each are sent too (`unless`).
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from mockserver.conform.answers import Answers
from mockserver.endpoints.addresses import TOKEN_PATH
from mockserver.endpoints.elsewhere import OTHER_PRODUCTS
from mockserver.endpoints.table import BY_NAME
from mockserver.world.times import utc

MOST = 40  # requests that are ever sent, those for tokens and repeated ones included
_RESEARCH = "/v2/research/"
_LEAST_COMMENTS = 1_200  # of a video whose comments go beyond the old limit of 1,000
_USERNAMES = 11  # one more than one report calls reliable
_SETTLED = 40  # days: a search that ends so long ago does not change any more
_NO_ID = 1
_REGIONS = ("US", "GB", "DE", "FR")


@dataclass(frozen=True)
class Found:
    """What the answers so far hold for later requests. account: a username that the user names, "" without one."""

    answers: Answers
    account: str = ""

    def day(self, days_ago: int) -> str:
        """A day as the API writes it, counted back from the server's own date."""
        first = next((answer.second for answer in self.answers.values() if answer.second), 0)
        return f"{utc(first) - timedelta(days=days_ago):%Y%m%d}"

    def week(self) -> dict[str, str]:
        return {"start_date": self.day(_SETTLED + 6), "end_date": self.day(_SETTLED)}

    def month(self) -> dict[str, str]:
        return {"start_date": self.day(_SETTLED + 30), "end_date": self.day(_SETTLED)}

    @property
    def authors(self) -> list[str]:
        """The accounts that posted the videos of the first search."""
        names = (video.get("username") for video in self.answers.of("search").records("videos"))
        return list(dict.fromkeys(name for name in names if isinstance(name, str) and name.isprintable()))

    @property
    def author(self) -> str:
        """An account of the first search whose video was watched most: it has followers. Not one that is refused."""
        videos = [each for each in self.answers.of("search").records("videos") if type(each.get("view_count")) is int]
        best = sorted(videos, key=lambda video: int(video["view_count"]), reverse=True)
        names = list(dict.fromkeys(video["username"] for video in best if video.get("username") in self.authors))
        refused = sum(400 <= answer.status < 500 for answer in self.answers.attempts("user"))
        return names[refused] if len(names) > refused else ""

    @property
    def search_id(self) -> str:
        return str(self.answers.of("search").data.get("search_id", ""))

    @property
    def cursor(self) -> int:
        """The cursor of the first page if more follows, else 0."""
        data = self.answers.of("search").data
        return data["cursor"] if type(data.get("cursor")) is int and data.get("has_more") is True else 0

    @property
    def most_commented(self) -> int:
        """The video with the most comments, 0 without one."""
        videos = [each for each in self.answers.videos() if type(each.get("comment_count")) is int and _id(each)]
        return _id(max(videos, key=lambda video: video["comment_count"])) if videos else 0

    @property
    def video_ids(self) -> list[int]:
        return [number for video in self.answers.of("search").records("videos")[:5] if (number := _id(video))]

    @property
    def playlist_id(self) -> int:
        ids = (video.get("playlist_id") for video in self.answers.videos())
        return next((each for each in ids if type(each) is int and each), 0)

    @property
    def shop_id(self) -> object:
        return next((shop.get("shop_id") for shop in self.answers.of("shop").records("shop_data")), None)

    @property
    def task_id(self) -> object:
        return self.answers.of("task").data.get("task_id")


def _id(video: dict[str, Any]) -> int:
    number = video.get("id", video.get("video_id"))
    return number if type(number) is int else 0


Body = dict[str, Any] | list[Any] | None


@dataclass(frozen=True)
class Row:
    """A request of the table.

    path: below /v2/research/, or a whole path. body: from what was found; None if it cannot be asked. fields: for the
    query string. form, upload: the body is a form, or a file. slash: whether the path ends with one. unless: sent only
    if this request was not answered. tries: attempts in all, if others depend on it. waits: seconds before it.
    """

    name: str
    path: str
    body: Callable[[Found], Body]
    fields: str = ""
    method: str = "POST"
    form: bool = False
    slash: bool = True
    upload: bool = False
    unless: str = ""
    tries: int = 1
    waits: float = 0.0

    @property
    def is_shared(self) -> bool:
        """Whether other requests stand in for this one."""
        return any(row.unless == self.name for row in ROWS)

    @property
    def url_path(self) -> str:
        path = self.path if self.path.startswith("/") else _RESEARCH + self.path + "/"
        return path if self.slash else path.rstrip("/")

    @property
    def endpoint(self) -> str:
        """The name of the endpoint, "token" or "elsewhere"."""
        if self.url_path == TOKEN_PATH:
            return "token"
        path = self.url_path if self.slash else self.url_path + "/"
        return next((name for name, endpoint in BY_NAME.items() if endpoint.path == path), "elsewhere")

    @property
    def bucket(self) -> str:
        """The quota that it counts against: general, follow, or token."""
        endpoint = BY_NAME.get(self.endpoint)
        return endpoint.bucket if endpoint else "token" if self.endpoint == "token" else "general"


def _condition(field: str, operation: str, *values: str) -> dict[str, object]:
    return {"field_name": field, "operation": operation, "field_values": list(values)}


def _every(*conditions: dict[str, object]) -> dict[str, object]:
    return {"query": {"and": list(conditions)}}


def _if(value: object, body: dict[str, Any]) -> Body:
    return body if value else None


_REGION = _condition("region_code", "IN", *_REGIONS)
_POPULAR = _condition("comment_count", "GTE", str(_LEAST_COMMENTS))
_TAG, _SIGN = _condition("hashtag_name", "EQ", "fyp"), _condition("hashtag_name", "EQ", "#fyp")
# 500 was reported for all searches of October 2023.
_DEAD = {"start_date": "20231010", "end_date": "20231016"}
GROUPS = {
    "and": [_condition("view_count", "GTE", "1000")],
    "or": [_condition("hashtag_name", "EQ", tag) for tag in ("fyp", "foryou", "viral")],
    "not": [_condition("region_code", "EQ", "US")],
}
KEYWORD = "climate"

_SEARCH = "video/query"
_FEW = "id,username,create_time,region_code,view_count,comment_count,like_count,playlist_id,video_mention_list"
_ALL = ",".join(BY_NAME["video.query"].fields)
_PROFILE = "display_name,follower_count,likes_count"
_COMMENT = "id,video_id,like_count,parent_comment_id,create_time"
_LISTED = "id,create_time,username"
_ADS = next(iter(OTHER_PRODUCTS))

# fmt: off
ROWS = (
    Row("token", TOKEN_PATH, lambda found: {}, form=True),
    Row("token-wrong", TOKEN_PATH, lambda found: {"client_secret": "mock-wrong-secret"}, form=True),
    Row("token-get", TOKEN_PATH, lambda found: None, method="GET"),
    Row("token-second", TOKEN_PATH, lambda found: {}, form=True),
    Row("search", _SEARCH, lambda found: _every(_REGION) | found.week() | {"max_count": 100}, _FEW, tries=3),
    Row("search-again", _SEARCH, lambda found: _every(_REGION) | found.week(), _ALL),
    Row("page-2", _SEARCH, lambda found: _if(found.cursor and found.search_id, _every(_REGION) | found.week() | {
        "max_count": 100, "cursor": found.cursor, "search_id": found.search_id}), _FEW),
    Row("page-2-again", _SEARCH, lambda found: _if(found.cursor and found.search_id, _every(_REGION) | found.week() | {
        "max_count": 100, "cursor": found.cursor, "search_id": found.search_id}), _FEW, unless="page-2"),
    Row("search-lenient", _SEARCH, lambda found: {"query": {"and": [_SIGN], "or": [], "not": []}} | found.week() | {
        "max_count": 10, "cursor": 10}, _FEW),
    Row("cursor-alone", _SEARCH, lambda found: _every(_TAG) | found.week() | {
        "max_count": 10, "cursor": 10}, _FEW, unless="search-lenient"),
    Row("sign", _SEARCH, lambda found: _every(_SIGN) | found.week() | {
        "max_count": 10}, _FEW, unless="search-lenient"),
    Row("empty-group", _SEARCH, lambda found: {"query": {"and": [_TAG], "or": [], "not": []}} | found.week() | {
        "max_count": 10}, _FEW, unless="search-lenient"),
    Row("usernames", _SEARCH, lambda found: _if(len(found.authors) >= _USERNAMES, _every(
        _condition("username", "IN", *found.authors[:_USERNAMES])) | found.week() | {"max_count": 100}), _FEW),
    Row("popular", _SEARCH, lambda found: _every(_POPULAR) | found.month() | {"max_count": 20}, _FEW),
    Row("broad", _SEARCH, lambda found: _every(_condition("view_count", "GTE", "0")) | found.month() | {
        "max_count": 100}, _FEW),
    Row("groups", _SEARCH, lambda found: {"query": GROUPS} | _DEAD | {"max_count": 100}, _FEW + ",hashtag_names"),
    Row("operation", _SEARCH, lambda found: _every(_condition("region_code", "GT", "US")) | found.week(), _LISTED),
    Row("two-values", _SEARCH, lambda found: _every(_condition("region_code", "EQ", "US", "GB")) | found.week(),
        _LISTED),
    Row("value", _SEARCH, lambda found: _every(_condition("view_count", "GTE", "many")) | found.week(), _LISTED),
    Row("dates", _SEARCH, lambda found: _every(_REGION) | {"start_date": "2026-01-05", "end_date": "2026-01-06"},
        _LISTED),
    Row("user-lenient", "user/info", lambda found: _if(found.author, {
        "username": found.author, "fields": _PROFILE, "mock_unknown": "1"}), form=True, slash=False),
    Row("user", "user/info", lambda found: _if(found.author, {"username": found.author}), _PROFILE,
        unless="user-lenient", tries=2),
    Row("user-form", "user/info", lambda found: _if(found.author, {"username": found.author}), _PROFILE,
        form=True, unless="user-lenient"),
    Row("user-fields", "user/info", lambda found: _if(found.author, {"username": found.author, "fields": _PROFILE}),
        unless="user-lenient"),
    Row("user-key", "user/info", lambda found: _if(found.author, {"username": found.author, "mock_unknown": "1"}),
        _PROFILE, unless="user-lenient"),
    Row("no-fields", "user/info", lambda found: _if(found.author, {"username": found.author})),
    Row("no-object", "user/info", lambda found: ["no object"], _PROFILE),
    Row("method", "user/info", lambda found: None, _PROFILE, method="GET"),
    Row("comments", "video/comment/list", lambda found: _if(found.most_commented, {
        "video_id": str(found.most_commented), "max_count": 10}), _COMMENT),
    Row("comments-number", "video/comment/list", lambda found: _if(found.most_commented, {
        "video_id": found.most_commented, "max_count": 10}), _COMMENT, unless="comments"),
    Row("comments-beyond", "video/comment/list", lambda found: _if(found.most_commented, {
        "video_id": found.most_commented, "max_count": 10, "cursor": 1_000}), _COMMENT),
    Row("comments-unknown", "video/comment/list", lambda found: {"video_id": _NO_ID}, _COMMENT),
    Row("word", "video/comment/list", lambda found: {"video_id": "many"}, _COMMENT),
    Row("followers", "user/followers", lambda found: _if(found.author, {"username": found.author})),
    Row("followers-oldest", "user/followers", lambda found: _if(found.author, {"username": found.author, "cursor": 1})),
    Row("liked", "user/liked_videos", lambda found: _if(found.account or found.author, {
        "username": found.account or found.author}), _LISTED),
    Row("pinned", "user/pinned_videos", lambda found: _if(found.author, {"username": found.author}),
        _LISTED + ",favourites_count"),
    Row("playlist", "playlist/info", lambda found: _if(found.playlist_id, {
        "playlist_id": found.playlist_id, "max_count": 1})),
    Row("no-playlist", "playlist/info", lambda found: {"playlist_id": _NO_ID}),
    Row("shop", "tts/shop", lambda found: {"shop_name": "shop", "limit": 1}, "shop_id,shop_rating"),
    Row("reviews-of-shop", "tts/review", lambda found: _if(found.shop_id, {"shop_id": found.shop_id}),
        "review_rating"),
    Row("task", "validation_task/create", lambda found: _if(found.video_ids, {"ids": found.video_ids}), upload=True),
    Row("ads", _ADS, lambda found: {"search_term": "mock"}),
    Row("keyword", _SEARCH, lambda found: _every(_condition("keyword", "EQ", KEYWORD)) | found.week() | {
        "max_count": 100}, _FEW + ",video_description"),
    Row("task-file", "validation_task/download", lambda found: _if(found.task_id, {"task_id": found.task_id}),
        waits=3.0),
)
# fmt: on
PLANNED = tuple(row for row in ROWS if not row.unless)
