"""The endpoints of the Research API, one row each: path, fields, paging, quota bucket and source page."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Literal

from ttapi import fields as f
from ttapi.days import MAX_DAYS_SEARCHED

DEFAULT_BASE_URL = "https://open.tiktokapis.com"
DOCS = "https://developers.tiktok.com/doc/"

LIMITS = {"general": 1000, "follow": 20000}
"""Requests per UTC day, by quota bucket. Source: research-api-faq."""

MAX_TASK_IDS = 10_000
"""Ids per compliance task. Source: batch-compliance-apis."""

OTHER_SPELLINGS = {"video_id": "id", "favourites_count": "favorites_count"}
OTHER_TAG_KEYS = {"video_tag_type": "type", "video_tag_number": "number"}

NOT_AN_OBJECT = "not_an_object"
"""Key of the record that stands for an entry of a list that should be an object and is not: {NOT_AN_OBJECT: entry}."""

Cursor = Literal["index", "seconds", "page"]


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One endpoint: its request, its answer, its paging and its quota bucket."""

    name: str
    """Name in ttapi, such as "video.query"."""
    command: str
    """Command of `python -m ttapi`, such as "videos"."""
    summary: str
    """One sentence for help texts."""
    path: str
    """Path of the URL."""
    codebook: tuple[f.Field, ...]
    """The documented fields of a record."""
    required: tuple[str, ...]
    """Body keys that are all required."""
    source: str
    """The page of TikTok's documentation that this row follows, without DOCS."""
    list_keys: tuple[str, ...] = ()
    """Keys of `data` that can contain the records, the usual one first; none if `data` itself is the record. A good
    answer has exactly one of them, and it is a list."""
    omits_empty_list: bool = False
    """Whether an answer after which nothing follows may leave out an empty list. Clients report that for followers and
    following only."""
    lists_ids: bool = False
    """Whether the entries of the list are documented as ids instead of objects."""
    answer_keys: tuple[str, ...] = ()
    """Keys that `data` must have although it is no list: without them the answer means nothing."""
    one_page_if: str = ""
    """Key of a request body that makes the answer a single page, so that its has_more and cursor mean nothing."""
    total_key: str = ""
    """Key of `data` with the length of the list. An answer of an older form, with neither has_more nor cursor, is
    complete if its list is that long."""
    one_of: tuple[str, ...] = ()
    """Body keys of which exactly one is required."""
    fields_in: tuple[Literal["query", "body"], ...] = ("query",)
    """Where the field names are sent: query string of the URL, body, both, or neither."""
    cursor: Cursor | None = None
    """index: number of hits so far; seconds: a Unix time that decreases; page: page number; None: no pages."""
    cursor_key: str = "cursor"
    """Body key of the cursor."""
    count_key: str = "max_count"
    """Body key of the page size."""
    max_count: int | None = None
    """The largest page size, in records; None if no page size can be requested."""
    cap: int | None = None
    """Records per list according to older documentation. A cursor refused after these ends the list without error."""
    bucket: str = "general"
    """Quota bucket: a key of LIMITS."""
    sends: Literal["json", "form", "multipart"] = "json"
    """Form of the request body."""
    answers: Literal["json", "flat", "text"] = "json"
    """json: an object with `data` and `error`; flat: an object without these two levels; text: ids, one per line."""

    @property
    def fields(self) -> tuple[str, ...]:
        """The field names that can be requested."""
        return tuple(field.name for field in self.codebook) if self.fields_in else ()

    @property
    def default_fields(self) -> tuple[str, ...]:
        """The field names that are requested when the caller names none."""
        return tuple(field.name for field in self.codebook if field.by_default) if self.fields_in else ()

    @property
    def states_end(self) -> bool:
        """Whether each page states with has_more whether another one follows. Numbered pages do not."""
        return self.cursor in ("index", "seconds")

    @property
    def url_of_source(self) -> str:
        """URL of `source`."""
        return DOCS + self.source

    def records(self, data: Mapping[str, object]) -> list[dict[str, object]]:
        """Return the records in `data`, one per entry of the list, with one spelling for each key.

        A bare id becomes {"id": id} where ids are documented. Elsewhere an entry that is no object becomes
        {NOT_AN_OBJECT: entry}.
        """
        if not self.list_keys:
            return [dict(data)] if data else []
        items = next((data[key] for key in self.list_keys if isinstance(data.get(key), list)), [])
        assert isinstance(items, list)
        key = "id" if self.lists_ids else NOT_AN_OBJECT
        renames = _renames(self.codebook)
        return [_one_spelling(item, renames) if isinstance(item, dict) else {key: item} for item in items]


@cache
def _renames(codebook: tuple[f.Field, ...]) -> dict[str, str]:
    """The documented names of keys that have another spelling.

    A comment has both an id and a video_id: only keys that the endpoint does not document are renamed.
    """
    documented = {field.name for field in codebook if field.by_default}
    return {old: new for old, new in OTHER_SPELLINGS.items() if old not in documented and new in documented}


def _one_spelling(record: dict[str, object], renames: Mapping[str, str]) -> dict[str, object]:
    """The record itself if it has no other spelling."""
    if not renames.keys().isdisjoint(record):
        record = {
            new if (new := renames.get(key)) and new not in record else key: value for key, value in record.items()
        }
    tag = record.get("video_tag")
    if isinstance(tag, dict):
        record = {**record, "video_tag": {OTHER_TAG_KEYS.get(key, key): value for key, value in tag.items()}}
    return record


_ROWS: Sequence[Endpoint] = (
    Endpoint(
        "video.query",
        command="videos",
        summary=f"Search public videos by a query and dates; one request covers at most {MAX_DAYS_SEARCHED} days.",
        path="/v2/research/video/query/",
        codebook=f.VIDEO,
        required=("query", "start_date", "end_date"),
        list_keys=("videos",),
        # A random draw is one page: no client requests a second one, and whether it has has_more was never recorded.
        one_page_if="is_random",
        cursor="index",
        max_count=100,
        source="research-api-specs-query-videos",
    ),
    Endpoint(
        "video.comments",
        command="comments",
        summary="Comments on a video, most liked first, or replies to a comment.",
        path="/v2/research/video/comment/list/",
        codebook=f.COMMENT,
        required=(),
        one_of=("video_id", "comment_id"),
        list_keys=("comments",),
        cursor="index",
        max_count=100,
        cap=1000,
        source="research-api-specs-query-video-comments",
    ),
    Endpoint(
        "user.info",
        command="user",
        summary="Profile and live counts of an account.",
        path="/v2/research/user/info/",
        codebook=f.USER,
        required=("username",),
        source="research-api-specs-query-user-info",
    ),
    Endpoint(
        "user.followers",
        command="followers",
        summary="Followers of an account, newest first; the API returns about 5,000 at most.",
        path="/v2/research/user/followers/",
        codebook=f.RELATION,
        required=("username",),
        fields_in=(),
        list_keys=("user_followers",),
        omits_empty_list=True,
        cursor="seconds",
        max_count=100,
        bucket="follow",
        source="research-api-specs-query-user-followers",
    ),
    Endpoint(
        "user.following",
        command="following",
        summary="Accounts that an account follows, newest first, if it made that list public.",
        path="/v2/research/user/following/",
        codebook=f.RELATION,
        required=("username",),
        fields_in=(),
        list_keys=("user_following",),
        omits_empty_list=True,
        cursor="seconds",
        max_count=100,
        bucket="follow",
        source="research-api-specs-query-user-following",
    ),
    Endpoint(
        "user.liked",
        command="liked",
        summary="Videos that an account liked, if it made its likes public (rare).",
        path="/v2/research/user/liked_videos/",
        codebook=f.LISTED_VIDEO,
        required=("username",),
        list_keys=("user_liked_videos",),
        cursor="seconds",
        max_count=100,
        source="research-api-specs-query-user-liked-videos",
    ),
    Endpoint(
        "user.pinned",
        command="pinned",
        summary="Videos that an account pinned to its profile.",
        path="/v2/research/user/pinned_videos/",
        codebook=f.LISTED_VIDEO,
        required=("username",),
        list_keys=("pinned_videos_list",),
        source="research-api-specs-query-user-pinned-videos",
    ),
    Endpoint(
        "user.reposted",
        command="reposted",
        summary="Videos that an account reposted, if it made its reposts public.",
        path="/v2/research/user/reposted_videos/",
        codebook=f.LISTED_VIDEO,
        required=("username",),
        list_keys=("reposted_videos", "user_reposted_videos"),
        cursor="index",
        max_count=100,
        source="research-api-specs-query-user-reposted-videos",
    ),
    Endpoint(
        "playlist.info",
        command="playlist",
        summary="Name, size and video ids of a playlist.",
        path="/v2/research/playlist/info/",
        codebook=f.PLAYLIST,
        required=("playlist_id",),
        fields_in=(),
        list_keys=("playlist_video_ids",),
        lists_ids=True,
        # A client of December 2024 knows an answer without cursor and has_more; newer documentation has both.
        total_key="playlist_item_total",
        cursor="index",
        max_count=100,
        source="research-api-specs-query-playlist-info",
    ),
    Endpoint(
        "shop.info",
        command="shop",
        summary="TikTok shops with a given name (EU only).",
        path="/v2/research/tts/shop/",
        codebook=f.SHOP,
        required=("shop_name",),
        fields_in=("query", "body"),
        list_keys=("shop_data",),
        count_key="limit",
        max_count=10,
        source="research-api-specs-query-tiktok-shop-info",
    ),
    Endpoint(
        "shop.products",
        command="products",
        summary="Products of a shop (EU only).",
        path="/v2/research/tts/product/",
        codebook=f.PRODUCT,
        required=("shop_id",),
        fields_in=("query", "body"),
        list_keys=("product_data",),
        cursor="page",
        cursor_key="page_start",
        count_key="page_size",
        max_count=10,
        source="research-api-specs-query-tiktok-shop-products",
    ),
    Endpoint(
        "shop.reviews",
        command="reviews",
        summary="Reviews of a product (EU only).",
        path="/v2/research/tts/review/",
        codebook=f.REVIEW,
        required=("product_id",),
        fields_in=("query", "body"),
        list_keys=("review_data",),
        cursor="page",
        cursor_key="page_start",
        count_key="page_size",
        max_count=10,
        source="research-api-specs-query-tiktok-shop-reviews",
    ),
    Endpoint(
        "compliance.create",
        command="compliance-create",
        summary=f"Upload up to {MAX_TASK_IDS:,} video or comment ids to learn which are still available.",
        path="/v2/research/validation_task/create/",
        codebook=f.TASK,
        required=("file_data", "category"),
        fields_in=(),
        answer_keys=("task_id",),
        sends="multipart",
        source="batch-compliance-apis",
    ),
    Endpoint(
        "compliance.status",
        command="compliance-status",
        summary="Status of a compliance task: Processing, Completed or Failed.",
        path="/v2/research/validation_task_status/get/",
        codebook=f.TASK_STATUS,
        required=("task_id",),
        fields_in=(),
        answer_keys=("task_status",),
        source="batch-compliance-apis",
    ),
    Endpoint(
        "compliance.download",
        command="compliance-download",
        summary="The ids of a completed compliance task that are still available.",
        path="/v2/research/validation_task/download/",
        codebook=f.TASK_RESULT,
        required=("task_id",),
        fields_in=(),
        list_keys=("ids",),
        lists_ids=True,
        answers="text",
        source="batch-compliance-apis",
    ),
)

TOKEN = Endpoint(
    "oauth.token",
    command="",
    summary="A token, valid for two hours, for a client key and secret. Costs no quota.",
    path="/v2/oauth/token/",
    codebook=(),
    required=("client_key", "client_secret", "grant_type"),
    fields_in=(),
    list_keys=("access_token",),
    sends="form",
    answers="flat",
    source="client-access-token-management",
)

ENDPOINTS: Mapping[str, Endpoint] = {row.name: row for row in _ROWS}
