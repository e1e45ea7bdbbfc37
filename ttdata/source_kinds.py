"""The kinds of sources as one table: which endpoint each requests, about what, and what its own records lead to.

A source is named by its kind, or by its kind and a suffix (`following_hop2`), so a dataset may have several of a kind.
An item is what one request of a source asks about: a video's id, an account's handle, the name of a shop.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from ttapi import ENDPOINTS, Endpoint

# The parent of a source that has a list of names of its own.
NAMES = "names"


@dataclass(frozen=True)
class SourceKind:
    """A kind of source that asks about the records of another.

    item_key  key of the request body that names the item
    table     table that its records become; `derived` are further ones made from it
    leads_to  what its own rows can be asked about: an item key, and the column that holds its values
    led_by    the derived table whose rows these are, if they are not those of its table
    askable   condition on its own rows without which asking about one returns nothing
    most      records of one item that TikTok returns at most, as far as is known; `usual` those of a usual one
    share     share of the parent's rows that usually have an item; less than 1 where some have none
    cut       between how many records TikTok has been seen to end a long list without saying so
    """

    endpoint: str
    item_key: str
    table: str
    most: int
    usual: int
    derived: tuple[str, ...] = ()
    leads_to: Mapping[str, str] = field(default_factory=dict)
    led_by: str | None = None
    askable: str = "true"
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
        *("video.comments", "video_id", "comments"), most=1000, usual=150, cut=(1000, 1000),
        leads_to={"comment_id": "id"}, askable="parent_comment_id IS NULL AND reply_count IS DISTINCT FROM 0",
    ),
    "replies": SourceKind(
        *("video.comments", "comment_id", "comments"), most=1000, usual=5, share=0.2, cut=(1000, 1000)
    ),
    "users": SourceKind(
        "user.info", "username", "users", most=1, usual=1, leads_to={"username": "username"}, askable="refused IS NULL"
    ),
    "followers": SourceKind(
        *("user.followers", "username", "followers"), most=5000, usual=1000, leads_to={"username": "follower"},
        cut=(4000, 5000),
    ),
    "following": SourceKind(
        "user.following", "username", "following", most=10_000, usual=300, leads_to={"username": "followed"}
    ),
    "liked": SourceKind("user.liked", "username", "user_video_links", most=10_000, usual=20, leads_to=_LINKS),
    "pinned": SourceKind("user.pinned", "username", "user_video_links", most=3, usual=2, leads_to=_LINKS),
    "reposted": SourceKind("user.reposted", "username", "user_video_links", most=10_000, usual=50, leads_to=_LINKS),
    "playlists": SourceKind(
        *("playlist.info", "playlist_id", "playlists"), most=1000, usual=20, share=0.05,
        derived=("playlist_videos",), leads_to={"video_id": "video_id"}, led_by="playlist_videos",
    ),
    "shops": SourceKind(
        "shop.info", "shop_name", "shops", most=10, usual=1, leads_to={"shop_id": "shop_id"}, cut=(10, 10)
    ),
    "products": SourceKind(
        *("shop.products", "shop_id", "products"), most=10_000, usual=30,
        leads_to={"product_id": "product_id"}, askable="product_review_count IS DISTINCT FROM 0",
    ),
    "reviews": SourceKind("shop.reviews", "product_id", "reviews", most=10_000, usual=50),
}  # fmt: skip

# What the roots of a dataset lead to.
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
    leads_to = _ROOTS[of] if of in _ROOTS else KINDS[of].leads_to if of in KINDS else {}
    return leads_to.get(KINDS[kind].item_key)


def askable(parent: str) -> str:
    """The condition without which asking about a row of a parent returns nothing."""
    kind = kind_of(parent)
    return KINDS[kind].askable if kind in KINDS else "true"


def item_tables(source: str) -> tuple[str, ...]:
    """The table that holds the items where a source is the parent, after those that it is made from."""
    kind = KINDS.get(kind_of(source))
    return (kind.table, kind.led_by) if kind and kind.led_by else (table_of(source),)


def table_of(source: str) -> str:
    """The table that the records of a source, or of accounts or videos, become."""
    kind = kind_of(source)
    return KINDS[kind].table if kind in KINDS else kind
