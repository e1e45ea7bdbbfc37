"""The sources of a dataset as one table: which endpoint each asks, about what, and whose ids can lead to it."""

from collections.abc import Mapping
from dataclasses import dataclass

from ttapi import ENDPOINTS, Endpoint


@dataclass(frozen=True)
class Source:
    """A source that asks about the records of another.

    asks: the key of the request body that names whom it asks about.
    parents: sources whose records it can ask about, and the column of their table that names whom.
    table: the table that its records become.
    """

    endpoint: str
    asks: str
    parents: Mapping[str, str]
    table: str

    @property
    def row(self) -> Endpoint:
        return ENDPOINTS[self.endpoint]

    def item(self, text: str) -> str | int:
        """An id of an id file as the API takes it."""
        return text if self.asks == "username" else int(text)


# Whose usernames can be asked about, and where they stand.
_ACCOUNTS = {
    "accounts": "username",
    "videos": "username",
    "users": "username",
    "followers": "follower",
    "following": "followed",
}

CHAINED: Mapping[str, Source] = {
    "comments": Source("video.comments", "video_id", {"videos": "id"}, "comments"),
    "users": Source("user.info", "username", _ACCOUNTS, "users"),
    "followers": Source("user.followers", "username", _ACCOUNTS, "followers"),
    "following": Source("user.following", "username", _ACCOUNTS, "following"),
}

ENDPOINT_OF: Mapping[str, str] = {"videos": "video.query"} | {name: each.endpoint for name, each in CHAINED.items()}

ITEM_KEYS = tuple(dict.fromkeys(each.asks for each in CHAINED.values()))
