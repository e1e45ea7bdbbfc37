"""Rows of the user's own, laid over the invented world: accounts, their videos, and the comments under these.

They live beside the world and never mix with its accounts. A video of theirs goes by a negative index where the
world's own have theirs from 0 on, so that searches and lists hold both.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from mockserver.search.query import COMPARISONS, LENGTHS, Condition, Query, day_of, says
from mockserver.search.records import Record, project
from mockserver.world.hashing import Ints, Mask, ints
from mockserver.world.world import World

# What a row says of its account: the rule by which the API refuses to speak of it.
CONDITIONS: Mapping[str, str] = {
    "private": "user-private",
    "refused": "user-refused",
    "missing": "user-missing",
    "lists_hidden": "list-hidden",
}
_HIDES_VIDEOS = ("user-private", "user-refused")


class BadRows(ValueError):
    """Rows that cannot be laid over a world; the text says which, and why."""


@dataclass(frozen=True)
class Comment:
    """A comment: its record as the API gives it, without reply_count."""

    record: dict[str, Any]
    removed_at: float = float("inf")

    def written(self, now: int) -> bool:
        return bool(self.record["create_time"] <= now)


@dataclass(frozen=True)
class Video:
    """A video: its record as the API gives it, and what is not in the record."""

    record: dict[str, Any]
    id: int
    create_time: int
    removed_at: float = float("inf")
    comments_closed: bool = False
    comments: list[Comment] = field(default_factory=list)


@dataclass(frozen=True)
class Account:
    """An account. rule: why the API does not speak of it, "" if it does; lists: names or video ids, newest first."""

    username: str
    profile: Mapping[str, Any]
    rule: str = ""
    lists: Mapping[str, list[Any]] = field(default_factory=dict)


class Rows:
    """All rows of a tenant. source: what they were read from, as JSON."""

    def __init__(self, accounts: Iterable[Account], videos: Iterable[Video], source: Mapping[str, Any]) -> None:
        self.accounts = {account.username.casefold(): account for account in accounts}
        self.videos = sorted(videos, key=lambda video: -video.id)
        self.source = source
        self._index = {video.id: -1 - place for place, video in enumerate(self.videos)}
        self._threads = {comment.record["id"]: video for video in self.videos for comment in video.comments}

    def check_against(self, world: World) -> None:
        """Raise BadRows where the world that these are laid over has the same name or id."""
        for account in self.accounts.values():
            if world.population.find(account.username) is not None:
                raise BadRows(f"The invented world has an account {account.username} already: choose another name.")
        taken = world.timeline.find(ints([video.id for video in self.videos])) >= 0
        for place in np.nonzero(taken)[0].tolist():
            raise BadRows(f"The invented world has a video {self.videos[place].id} already: choose another id.")

    def account(self, username: object) -> Account | None:
        return self.accounts.get(str(username).strip().lstrip("@").casefold())

    def find_video(self, video_id: int) -> int | None:
        """The index of a video, None if it is no row's."""
        return self._index.get(video_id)

    def video(self, index: int) -> Video:
        return self.videos[-1 - index]

    def commented(self, comment_id: int) -> Video | None:
        """The video that a comment stands under, None if it is no row's."""
        return self._threads.get(comment_id)

    def author(self, video: Video) -> Account:
        return self.accounts[str(video.record["username"]).casefold()]

    def of(self, account: Account, now: int) -> list[Video]:
        """The public videos of an account at a moment, newest id first."""
        return [video for video in self.videos if self.author(video) is account and self._is_public(video, now)]

    def _is_public(self, video: Video, now: int) -> bool:
        return video.create_time <= now < video.removed_at and self._is_shown(video)

    def _is_shown(self, video: Video) -> bool:
        return self.author(video).rule not in _HIDES_VIDEOS

    def public(self, index: Ints, now: int) -> Mask:
        """Which of some videos by their indices are public; those of the world are not."""
        return np.array([place < 0 and self._is_public(self.video(place), now) for place in index.tolist()], dtype=bool)

    def public_comments(self, comment_ids: Ints, now: int) -> Mask:
        """Which of some comments are there at a moment; those of the world are not."""
        there = {
            comment.record["id"]
            for video in self.videos
            if self._is_public(video, now)
            for comment in video.comments
            if comment.written(now) and now < comment.removed_at
        }
        return np.array([comment_id in there for comment_id in comment_ids.tolist()], dtype=bool)

    def found(self, query: Query, window: tuple[int, int], now: int) -> Ints:
        """Indices of the videos that a search finds, newest id first. Removed ones count. They are indexed at once."""
        start, end = window[0], min(window[1], now + 1)
        return ints(
            [
                -1 - place
                for place, video in enumerate(self.videos)
                if start <= video.create_time < end and self._is_shown(video) and _matches(video.record, query)
            ]
        )

    def ids(self, index: Ints) -> Ints:
        return ints([self.video(place).id for place in index.tolist()])

    def record(self, index: int, fields: tuple[str, ...]) -> Record:
        video = self.video(index)
        return project(video.record, fields, video.id >> 32)


# What a query finds, told by looking at one record


def _matches(record: Mapping[str, Any], query: Query) -> bool:
    return (
        all(_holds(record, each) for each in query.all)
        and (not query.any or any(_holds(record, each) for each in query.any))
        and not any(_holds(record, each) for each in query.none)
    )


def _holds(record: Mapping[str, Any], condition: Condition) -> bool:
    name, wanted = condition.field, condition.values
    if name == "keyword":
        return any(says(record["video_description"], value.lstrip("#@")) for value in wanted)
    if name == "video_length":
        return any(LENGTHS[value][0] <= record["video_duration"] <= LENGTHS[value][1] for value in wanted)
    if name in ("create_date", "view_count", "comment_count"):
        there = record["create_time"] // 86_400 if name == "create_date" else record[name]
        numbers = [day_of(value) if name == "create_date" else int(value) for value in wanted]
        return (
            there in numbers
            if condition.operation == "IN"
            else bool(COMPARISONS[condition.operation](there, numbers[0]))
        )
    value = record.get({"video_id": "id", "effect_id": "effect_ids", "hashtag_name": "hashtag_names"}.get(name, name))
    texts = {str(each).casefold() for each in (value if isinstance(value, list) else [value])}
    return any(each.lstrip("#@").casefold() in texts for each in wanted)
