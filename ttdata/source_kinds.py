"""The kinds of sources as one table: which endpoint each asks, about what, and what its own records lead to.

A source is called by its kind, or by its kind and a suffix (`following_hop2`), so a kind may stand more than once.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from ttapi import ENDPOINTS, Endpoint

# What a source asks about that has a list of names of its own instead of a parent.
NAMES = "names"


@dataclass(frozen=True)
class Kind:
    """A kind of source that asks about the records of another.

    asks      key of the request body that names whom it asks about
    table     table that its records become; `derived` are further ones made from it
    leads_to  what its own rows can be asked about: a request's key, and the column that holds its values
    led_by    the derived table whose rows these are, if they are not those of its table
    askable   condition on its own rows without which asking about one would bring nothing
    most      records that TikTok gives of one item at most, as far as is known; `usual` those of a usual one
    share     of the parent's rows usually so many have what is asked about; less than 1 where some have not
    cut       between how many records TikTok has been seen to end a long list, without a word
    """

    endpoint: str
    asks: str
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
        """Records on a page at most."""
        return self.row.max_count or 1

    @property
    def asks_by_name(self) -> bool:
        """Whether a study may list whom to ask about in the source itself."""
        return self.asks == "shop_name"

    def item(self, text: str) -> str | int:
        """An id of an id file as the API takes it."""
        return text if self.asks in ("username", "shop_name") else int(text)

    def requests(self, records: int) -> int:
        """The fewest requests that bring this many records of one item."""
        return max(1, -(-records // self.page)) if self.row.cursor else 1


# Lists of videos that an account liked, pinned or reposted.
_LINKS = {"video_id": "video_id", "username": "posted_by"}

KINDS: Mapping[str, Kind] = {
    "comments": Kind(
        *("video.comments", "video_id", "comments"), most=1000, usual=150, cut=(1000, 1000),
        leads_to={"comment_id": "id"}, askable="parent_comment_id IS NULL AND reply_count IS DISTINCT FROM 0",
    ),
    "replies": Kind("video.comments", "comment_id", "comments", most=1000, usual=5, share=0.2, cut=(1000, 1000)),
    "users": Kind(
        "user.info", "username", "users", most=1, usual=1, leads_to={"username": "username"}, askable="refused IS NULL"
    ),
    "followers": Kind(
        *("user.followers", "username", "followers"), most=5000, usual=1000, leads_to={"username": "follower"},
        cut=(4000, 5000),
    ),
    "following": Kind("user.following", "username", "following", 10_000, 300, leads_to={"username": "followed"}),
    "liked": Kind("user.liked", "username", "user_video_links", 10_000, 20, leads_to=_LINKS),
    "pinned": Kind("user.pinned", "username", "user_video_links", 3, 2, leads_to=_LINKS),
    "reposted": Kind("user.reposted", "username", "user_video_links", 10_000, 50, leads_to=_LINKS),
    "playlists": Kind(
        *("playlist.info", "playlist_id", "playlists"), most=1000, usual=20, share=0.05,
        derived=("playlist_videos",), leads_to={"video_id": "video_id"}, led_by="playlist_videos",
    ),
    "shops": Kind("shop.info", "shop_name", "shops", 10, 1, leads_to={"shop_id": "shop_id"}, cut=(10, 10)),
    "products": Kind(
        *("shop.products", "shop_id", "products"), most=10_000, usual=30,
        leads_to={"product_id": "product_id"}, askable="product_review_count IS DISTINCT FROM 0",
    ),
    "reviews": Kind("shop.reviews", "product_id", "reviews", most=10_000, usual=50),
}  # fmt: skip

# What a dataset begins with.
_LEADS_TO: Mapping[str, Mapping[str, str]] = {
    "accounts": {"username": "username", "shop_name": "shop_name"},
    "videos": {"video_id": "id", "username": "username", "playlist_id": "playlist_id"},
}

VIDEO_TABLES = ("videos", "video_hashtags")

# Tables of what was observed before, made from the same answers as another.
HISTORY: Mapping[str, tuple[str, ...]] = {
    "videos": ("video_observations", "videos_gone"),
    "users": ("user_observations",),
}

ITEM_KEYS = tuple(dict.fromkeys(kind.asks for kind in KINDS.values()))


def kind_of(source: str) -> str:
    """The kind of a source, by its name: following of following_hop2."""
    return source.partition("_")[0]


def asked_column(kind: str, parent: str) -> str | None:
    """The column of a parent's table whose values a kind asks about; None if that parent does not lead to it."""
    of = kind_of(parent)
    leads_to = _LEADS_TO[of] if of in _LEADS_TO else KINDS[of].leads_to if of in KINDS else {}
    return leads_to.get(KINDS[kind].asks)


def askable(parent: str) -> str:
    """The condition without which asking about a row of a parent would bring nothing."""
    kind = kind_of(parent)
    return KINDS[kind].askable if kind in KINDS else "true"


def tables_asked_about(source: str) -> tuple[str, ...]:
    """The table whose rows are asked about where a source is the parent, behind those that it is made from."""
    kind = KINDS.get(kind_of(source))
    return (kind.table, kind.led_by) if kind and kind.led_by else (table_of(source),)


def table_of(source: str) -> str:
    """The table that the records of a source, or of accounts or videos, become."""
    kind = kind_of(source)
    return KINDS[kind].table if kind in KINDS else kind
