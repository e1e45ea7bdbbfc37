"""The kinds of sources as one table: the endpoint of each, its items, and the items in its own records.

A source is named by its kind, or by its kind and a suffix (`following_hop2`), so a dataset may have several of a kind.
An item is what one request of a source requests data about: a video's id, an account's handle, the name of a shop.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from ttapi import ENDPOINTS, Endpoint

# The parent of a source that has a list of names of its own.
NAMES = "names"


@dataclass(frozen=True)
class SourceKind:
    """A kind of source that requests data about the records of another, its parent.

    item_key      key of the request body that names the item
    table         table that its records become; `derived` are further ones made from it
    item_columns  as a parent: the columns that hold items of other sources, by the item key of these
    item_table    as a parent: the derived table with these columns, if they are not in its own table
    requestable   as a parent: condition on its rows; a request about any other row returns nothing
    most          records of one item that TikTok returns at most, as far as is known; `usual` those of a usual one
    usual_pages   requests that an item takes on average; long lists are rare, so it is little more than one
    top_pages     the same of the hundredth of the items that ranks highest; falls with the share that is selected
    share         share of the parent's rows that usually have an item; less than 1 where some have none
    cut           between how many records TikTok has been seen to end a long list without an indication
    """

    endpoint: str
    item_key: str
    table: str
    most: int
    usual: int
    usual_pages: float = 1.0
    top_pages: float = 1.0
    derived: tuple[str, ...] = ()
    item_columns: Mapping[str, str] = field(default_factory=dict)
    item_table: str | None = None
    requestable: str = "true"
    share: float = 1.0
    cut: tuple[int, int] | None = None

    @property
    def row(self) -> Endpoint:
        return ENDPOINTS[self.endpoint]

    @property
    def page(self) -> int:
        """The most records that a page holds."""
        return self.row.max_count or 1

    @property
    def takes_names(self) -> bool:
        """Whether a study may list the items in the source itself."""
        return self.item_key == "shop_name"

    def item(self, text: str) -> str | int:
        """An item of an id file as the API takes it."""
        return text if self.item_key in ("username", "shop_name") else int(text)

    def requests(self, records: int) -> int:
        """The fewest requests that return this many records of one item."""
        return max(1, -(-records // self.page)) if self.row.cursor else 1


# Lists of videos that an account liked, pinned or reposted.
_LINKS = {"video_id": "video_id", "username": "posted_by"}

KINDS: Mapping[str, SourceKind] = {
    "comments": SourceKind(
        *("video.comments", "video_id", "comments"), most=1000, usual=40, usual_pages=1.1, top_pages=7.5,
        cut=(1000, 1000), item_columns={"comment_id": "id"},
        requestable="parent_comment_id IS NULL AND reply_count IS DISTINCT FROM 0",
    ),
    "replies": SourceKind(
        *("video.comments", "comment_id", "comments"), most=1000, usual=5, share=0.2, cut=(1000, 1000)
    ),
    "users": SourceKind(
        "user.info", "username", "users", most=1, usual=1,
        item_columns={"username": "username"}, requestable="refused IS NULL",
    ),
    "followers": SourceKind(
        *("user.followers", "username", "followers"), most=5000, usual=100, usual_pages=1.25, top_pages=6.0,
        item_columns={"username": "follower"},
        cut=(4000, 5000),
    ),
    "following": SourceKind(
        "user.following", "username", "following", most=10_000, usual=100, usual_pages=1.5, top_pages=6.0,
        item_columns={"username": "followed"},
    ),
    "liked": SourceKind("user.liked", "username", "user_video_links", most=10_000, usual=20, item_columns=_LINKS),
    "pinned": SourceKind("user.pinned", "username", "user_video_links", most=3, usual=2, item_columns=_LINKS),
    "reposted": SourceKind("user.reposted", "username", "user_video_links", most=10_000, usual=50, item_columns=_LINKS),
    "playlists": SourceKind(
        *("playlist.info", "playlist_id", "playlists"), most=1000, usual=20, share=0.05,
        derived=("playlist_videos",), item_columns={"video_id": "video_id"}, item_table="playlist_videos",
    ),
    "shops": SourceKind(
        "shop.info", "shop_name", "shops", most=10, usual=1, item_columns={"shop_id": "shop_id"}, cut=(10, 10)
    ),
    "products": SourceKind(
        *("shop.products", "shop_id", "products"), most=10_000, usual=30, usual_pages=3.0, top_pages=3.0,
        item_columns={"product_id": "product_id"}, requestable="product_review_count IS DISTINCT FROM 0",
    ),
    "reviews": SourceKind(
        *("shop.reviews", "product_id", "reviews"), most=10_000, usual=50, usual_pages=5.0, top_pages=5.0
    ),
}  # fmt: skip

TABLES: Mapping[str, str] = {"video.query": "videos"} | {kind.endpoint: kind.table for kind in KINDS.values()}
"""The table that the records of an endpoint become."""

# The columns with items in the tables that a dataset starts from.
_ROOTS: Mapping[str, Mapping[str, str]] = {
    "accounts": {"username": "username", "shop_name": "shop_name"},
    "videos": {"video_id": "id", "username": "username", "playlist_id": "playlist_id"},
}

VIDEO_TABLES = ("videos", "video_hashtags")

# Tables of earlier observations, made from the same answers as another table.
HISTORY: Mapping[str, tuple[str, ...]] = {
    "videos": ("video_observations", "videos_gone"),
    "users": ("user_observations",),
}

ITEM_KEYS = tuple(dict.fromkeys(kind.item_key for kind in KINDS.values()))


def kind_of(source: str) -> str:
    """The kind of a source, by its name: following of following_hop2."""
    return source.partition("_")[0]


def item_column(kind: str, parent: str) -> str | None:
    """The column of a parent's table that holds a kind's items; None if that parent has none."""
    of = kind_of(parent)
    columns = _ROOTS[of] if of in _ROOTS else KINDS[of].item_columns if of in KINDS else {}
    return columns.get(KINDS[kind].item_key)


def requestable(parent: str) -> str:
    """The condition on the rows of a parent; a request about any other row returns nothing."""
    kind = kind_of(parent)
    return KINDS[kind].requestable if kind in KINDS else "true"


def item_tables(source: str) -> tuple[str, ...]:
    """The table that holds the items if a source is the parent, after those that it is made from."""
    kind = KINDS.get(kind_of(source))
    return (kind.table, kind.item_table) if kind and kind.item_table else (table_of(source),)


def table_of(source: str) -> str:
    """The table that the records of a source, or of accounts or videos, become."""
    kind = kind_of(source)
    return KINDS[kind].table if kind in KINDS else kind
