"""Your own rows: accounts, their videos, the comments under these, and shops, which a user adds to the invented world.

They exist beside the world and never mix with its accounts. Their videos have negative indices and those of the world
have indices from 0, so that searches and lists can hold both.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from mockserver.search.query import COMPARISONS, LENGTHS, Condition, Query, contains, day_of
from mockserver.search.records import Record, project
from mockserver.search.shops import find_product, find_shop
from mockserver.world.hashing import Ints, Mask, ints
from mockserver.world.world import World

# What a row can be, and the rule by which the API then refuses to show the account.
CONDITIONS: Mapping[str, str] = {
    "private": "user-private",
    "refused": "user-refused",
    "missing": "user-missing",
    "lists_hidden": "list-hidden",
}
_HIDES_VIDEOS = ("user-private", "user-refused")


class BadRows(ValueError):
    """Rows that cannot be added to a world; the text says which, and why."""


@dataclass(frozen=True)
class Comment:
    """A comment: its record as the API returns it, without reply_count."""

    record: dict[str, Any]
    removed_at: float = float("inf")

    def is_written(self, now: int) -> bool:
        return bool(self.record["create_time"] <= now)


@dataclass(frozen=True)
class Video:
    """A video: its record as the API returns it, and what the record does not have."""

    record: dict[str, Any]
    id: int
    create_time: int
    removed_at: float = float("inf")
    comments_closed: bool = False
    comments: list[Comment] = field(default_factory=list)


@dataclass(frozen=True)
class Playlist:
    """A playlist of an account. updated_at: None for the time of its newest video."""

    id: int
    name: str
    updated_at: int | None


@dataclass(frozen=True)
class Account:
    """An account. rule: why the API does not show it, "" if it does; lists: usernames or video ids, latest first."""

    username: str
    profile: Mapping[str, Any]
    rule: str = ""
    lists: Mapping[str, list[Any]] = field(default_factory=dict)
    playlists: Sequence[Playlist] = ()

    @property
    def shows_videos(self) -> bool:
        return self.rule not in _HIDES_VIDEOS


@dataclass(frozen=True)
class Product:
    """A product: its record and its reviews, as the API returns them."""

    record: dict[str, Any]
    reviews: list[dict[str, Any]]


@dataclass(frozen=True)
class Shop:
    """A shop: its record as the API returns it, and its products."""

    record: dict[str, Any]
    products: list[Product]

    @property
    def reviews(self) -> list[dict[str, Any]]:
        return [review for product in self.products for review in product.reviews]


class Rows:
    """All rows of a tenant. source: what they were read from, as JSON."""

    def __init__(
        self,
        accounts: Iterable[Account],
        videos: Iterable[Video],
        source: Mapping[str, Any],
        *,
        shops: Iterable[Shop] = (),
    ) -> None:
        self.accounts = {account.username.casefold(): account for account in accounts}
        self.videos = sorted(videos, key=lambda video: -video.id)
        self.source = source
        self._index = {video.id: -1 - number for number, video in enumerate(self.videos)}
        self.shops = {shop.record["shop_id"]: shop for shop in shops}
        self.products = {each.record["product_id"]: each for shop in self.shops.values() for each in shop.products}
        self._videos_of_comments = {comment.record["id"]: video for video in self.videos for comment in video.comments}

    def check_against(self, world: World) -> None:
        """Raise BadRows if the world has one of their usernames or ids."""
        for account in self.accounts.values():
            if world.population.find(account.username) is not None:
                raise BadRows(f"The invented world has an account {account.username} already: choose another name.")
            for playlist in account.playlists:
                if world.population.find_playlist(playlist.id) is not None:
                    raise BadRows(f"The invented world has a playlist {playlist.id} already: choose another id.")
        for kind, ids, find in (("shop", self.shops, find_shop), ("product", self.products, find_product)):
            for number in ids:
                if find(number) is not None:
                    raise BadRows(f"The invented world has a {kind} {number} already: choose another id.")
        is_taken = world.timeline.find(ints([video.id for video in self.videos])) >= 0
        for number in np.nonzero(is_taken)[0].tolist():
            raise BadRows(f"The invented world has a video {self.videos[number].id} already: choose another id.")

    def account(self, username: object) -> Account | None:
        return self.accounts.get(str(username).strip().lstrip("@").casefold())

    def find_video(self, video_id: int) -> int | None:
        """The index of a video; None if it is not in the rows."""
        return self._index.get(video_id)

    def video(self, index: int) -> Video:
        return self.videos[-1 - index]

    def video_of_comment(self, comment_id: int) -> Video | None:
        """The video of a comment; None if the comment is not in the rows."""
        return self._videos_of_comments.get(comment_id)

    def author(self, video: Video) -> Account:
        return self.accounts[str(video.record["username"]).casefold()]

    def playlist(self, playlist_id: int) -> Playlist | None:
        """The playlist with an id; None if the API shows none with it."""
        shown = (account.playlists for account in self.accounts.values() if account.shows_videos)
        return next((each for playlists in shown for each in playlists if each.id == playlist_id), None)

    def videos_in(self, playlist: Playlist, now: int) -> list[Video]:
        """The public videos that name a playlist, newest id first."""
        return [
            video
            for video in self.videos
            if video.record.get("playlist_id") == playlist.id and self._is_public(video, now)
        ]

    def videos_of(self, account: Account, now: int) -> list[Video]:
        """The public videos of an account at a moment, newest id first."""
        return [video for video in self.videos if self.author(video) is account and self._is_public(video, now)]

    def _is_public(self, video: Video, now: int) -> bool:
        return video.create_time <= now < video.removed_at and self._is_shown(video)

    def _is_shown(self, video: Video) -> bool:
        return self.author(video).shows_videos

    def public(self, index: Ints, now: int) -> Mask:
        """Which of some videos by their indices are in the rows and public."""
        flags = [number < 0 and self._is_public(self.video(number), now) for number in index.tolist()]
        return np.array(flags, dtype=bool)

    def public_comments(self, comment_ids: Ints, now: int) -> Mask:
        """Which of some comments are in the rows and public at a moment."""
        public = {
            comment.record["id"]
            for video in self.videos
            if self._is_public(video, now)
            for comment in video.comments
            if comment.is_written(now) and now < comment.removed_at
        }
        return np.array([comment_id in public for comment_id in comment_ids.tolist()], dtype=bool)

    def find(self, query: Query, window: tuple[int, int], now: int) -> Ints:
        """Indices of the videos that a search finds, newest id first, removed ones included. They are indexed at once.

        window: seconds [start, end).
        """
        start, end = window[0], min(window[1], now + 1)
        return ints(
            [
                -1 - number
                for number, video in enumerate(self.videos)
                if start <= video.create_time < end and self._is_shown(video) and _matches(video.record, query)
            ]
        )

    def ids(self, index: Ints) -> Ints:
        return ints([self.video(number).id for number in index.tolist()])

    def record(self, index: int, fields: tuple[str, ...]) -> Record:
        video = self.video(index)
        return project(video.record, fields, video.id >> 32)


# Whether a query finds a record


def _matches(record: Mapping[str, Any], query: Query) -> bool:
    return (
        all(_fulfils(record, each) for each in query.all)
        and (not query.any or any(_fulfils(record, each) for each in query.any))
        and not any(_fulfils(record, each) for each in query.none)
    )


def _fulfils(record: Mapping[str, Any], condition: Condition) -> bool:
    name, values = condition.field, condition.values
    if name == "keyword":
        return any(contains(record["video_description"], value.lstrip("#@")) for value in values)
    if name == "video_length":
        return any(LENGTHS[value][0] <= record["video_duration"] <= LENGTHS[value][1] for value in values)
    if name in ("create_date", "view_count", "comment_count"):
        number = record["create_time"] // 86_400 if name == "create_date" else record[name]
        numbers = [day_of(value) if name == "create_date" else int(value) for value in values]
        return (
            number in numbers
            if condition.operation == "IN"
            else bool(COMPARISONS[condition.operation](number, numbers[0]))
        )
    value = record.get({"video_id": "id", "effect_id": "effect_ids", "hashtag_name": "hashtag_names"}.get(name, name))
    texts = {str(each).casefold() for each in (value if isinstance(value, list) else [value])}
    return any(each.lstrip("#@").casefold() in texts for each in values)
