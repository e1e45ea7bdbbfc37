"""The kinds of sources as one table: which endpoint each asks, about what, and what its own records lead to.

A source is called by its kind, or by its kind and a suffix (`following_hop2`), so a kind may stand more than once.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from ttapi import ENDPOINTS, Endpoint


@dataclass(frozen=True)
class Kind:
    """A kind of source that asks about the records of another.

    asks      key of the request body that names whom it asks about
    table     table that its records become; `derived` are further ones made from it
    leads_to  what its own rows can be asked about: a request's key, and the column that holds its values
    most      records that TikTok gives of one item at most; `usual` those of a usual one
    """

    endpoint: str
    asks: str
    table: str
    most: int
    usual: int
    derived: tuple[str, ...] = ()
    leads_to: Mapping[str, str] = field(default_factory=dict)

    @property
    def row(self) -> Endpoint:
        return ENDPOINTS[self.endpoint]

    def item(self, text: str) -> str | int:
        """An id of an id file as the API takes it."""
        return text if self.asks == "username" else int(text)


KINDS: Mapping[str, Kind] = {
    "comments": Kind("video.comments", "video_id", "comments", most=1000, usual=150),
    "users": Kind("user.info", "username", "users", most=1, usual=1, leads_to={"username": "username"}),
    "followers": Kind(
        "user.followers", "username", "followers", most=5000, usual=1000, leads_to={"username": "follower"}
    ),
    "following": Kind(
        "user.following", "username", "following", most=10_000, usual=300, leads_to={"username": "followed"}
    ),
}

# What a dataset begins with.
_LEADS_TO: Mapping[str, Mapping[str, str]] = {
    "accounts": {"username": "username"},
    "videos": {"video_id": "id", "username": "username"},
}

VIDEO_TABLES = ("videos", "video_hashtags")

ITEM_KEYS = tuple(dict.fromkeys(kind.asks for kind in KINDS.values()))


def kind_of(source: str) -> str:
    """The kind of a source, by its name: following of following_hop2."""
    return source.partition("_")[0]


def asked_column(kind: str, parent: str) -> str | None:
    """The column of a parent's table whose values a kind asks about; None if that parent does not lead to it."""
    of = kind_of(parent)
    leads_to = _LEADS_TO[of] if of in _LEADS_TO else KINDS[of].leads_to if of in KINDS else {}
    return leads_to.get(KINDS[kind].asks)


def table_of(source: str) -> str:
    """The table that the records of a source, or of accounts or videos, become."""
    kind = kind_of(source)
    return KINDS[kind].table if kind in KINDS else kind
