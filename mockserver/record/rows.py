"""Rows for the mock's world from recorded answers, with everything replaced that could be about a person.

Names, texts, ids and hashtags are replaced by numbered ones, counts are rounded to two digits, and of a time only the
day and the order are kept. The words of the searches themselves are kept: the user chose them.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from mockserver.behaviours.refusals import RULES
from mockserver.record.exchanges import Exchange
from mockserver.search.own_rows_reader import MOST_ROWS
from mockserver.search.query import REGIONS
from mockserver.world.times import BEGIN, DAY, END
from mockserver.world.vocabulary import words

_VIDEO_LISTS = ("videos", "user_liked_videos", "pinned_videos_list", "reposted_videos", "user_reposted_videos")
_COUNTS = ("view_count", "share_count", "like_count", "comment_count", "favorites_count")
_PROFILE_COUNTS = ("follower_count", "following_count", "likes_count", "video_count")
_REFUSED = {"user-private": "private", "user-refused": "refused", "user-missing": "missing"}
_CHOSEN = ("hashtag_name", "keyword")  # fields of conditions whose values are words that the user chose


@dataclass
class Recording:
    """Rows, and what happened to make them. left_out: by reason."""

    users: list[dict[str, Any]] = field(default_factory=list)
    replaced: Counter[str] = field(default_factory=Counter)
    left_out: Counter[str] = field(default_factory=Counter)
    newest: int = 0

    @property
    def rows(self) -> dict[str, Any]:
        return {"users": self.users}


def record_rows(exchanges: Iterable[Exchange]) -> Recording:
    """The rows of recorded answers."""
    maker = _Maker(list(exchanges))
    return maker.recording


class _Maker:
    def __init__(self, exchanges: list[Exchange]) -> None:
        self.recording = Recording()
        self._exchanges = exchanges
        self._chosen = {word for each in exchanges for word in _chosen_words(each.body)}
        self._users: dict[str, dict[str, Any]] = {}
        self._videos: dict[int, dict[str, Any]] = {}
        self._comments: dict[int, dict[str, Any]] = {}
        self._tags: dict[str, str] = {}
        self._days: Counter[int] = Counter()
        self._count = 0
        self._add_videos()
        for exchange in exchanges:
            self._add_profile(exchange)
            self._add_relations(exchange)
        self._add_comments()

    # Accounts

    def _user(self, name: object) -> dict[str, Any] | None:
        """The row of an account, made at its first appearance; None if there is no room for it."""
        name = str(name).lstrip("@").casefold()
        if name not in self._users:
            if not self._has_room():
                return None
            self._users[name] = {"username": f"user_{len(self._users) + 1}"}
            self.recording.users.append(self._users[name])
            self.recording.replaced["usernames"] += 1
        return self._users[name]

    def _has_room(self) -> bool:
        self._count += 1
        if self._count > MOST_ROWS:
            self.recording.left_out[f"beyond {MOST_ROWS:,} rows"] += 1
        return self._count <= MOST_ROWS

    def _add_profile(self, exchange: Exchange) -> None:
        name = exchange.body.get("username")
        if exchange.endpoint != "user.info" or not name or not (row := self._user(name)):
            return
        if condition := _condition(str(exchange.error.get("message", ""))):
            row[condition] = True
            return
        data = exchange.data
        number = row["username"].removeprefix("user_")
        for field_, text in (("display_name", f"User {number}"), ("bio_description", f"Biography of user {number}")):
            if data.get(field_):
                row[field_] = text
                self.recording.replaced["profile texts"] += 1
        row |= _rounded(data, _PROFILE_COUNTS)
        if isinstance(data.get("is_verified"), bool):
            row["is_verified"] = data["is_verified"]

    def _add_relations(self, exchange: Exchange) -> None:
        for key, row_key in (("user_followers", "followers"), ("user_following", "following")):
            for record in exchange.records(key):
                owner, other = self._user(exchange.body.get("username", "")), self._user(record.get("username", ""))
                if owner and other and other["username"] not in owner.setdefault(row_key, []):
                    owner[row_key].append(other["username"])

    # Videos

    def _add_videos(self) -> None:
        found = {
            _whole(record.get("id", record.get("video_id"))): record
            for exchange in self._exchanges
            for name in _VIDEO_LISTS
            for record in exchange.records(name)
        }
        for number, record in sorted(found.items(), key=lambda item: (_whole(item[1].get("create_time")), item[0])):
            time = self._time(record.get("create_time"))
            if not time or "username" not in record:
                self.recording.left_out["videos without a time or a username"] += 1
            elif (user := self._user(record["username"])) and self._has_room():
                self._videos[number] = video = self._video(record, time)
                user.setdefault("videos", []).append(video)

    def _video(self, record: Mapping[str, Any], time: int) -> dict[str, Any]:
        tags = [self._tag(tag) for tag in record.get("hashtag_names") or () if isinstance(tag, str)]
        video: dict[str, Any] = {"create_time": time, "hashtag_names": tags}
        if text := str(record.get("video_description", "")):
            kept = [word for word in dict.fromkeys(words(text)) if word in self._chosen and word not in tags]
            caption = [f"Caption {len(self._videos) + 1}", *kept, *(f"#{tag}" for tag in tags)]
            video["video_description"] = " ".join(caption)
            self.recording.replaced["captions"] += 1
        if str(record.get("region_code", "")).upper() in REGIONS:
            video["region_code"] = str(record["region_code"]).upper()
        return video | _rounded(record, (*_COUNTS, "video_duration"))

    def _tag(self, tag: str) -> str:
        """A hashtag that was searched for, or else a numbered one."""
        name = tag.casefold()
        if name in self._chosen:
            return name
        if name not in self._tags:
            self._tags[name] = f"tag_{len(self._tags) + 1}"
            self.recording.replaced["hashtags"] += 1
        return self._tags[name]

    def _time(self, second: object) -> int:
        """A time on the same day, in the order of calls; 0 for none in the time of the mock's worlds."""
        day = _whole(second) // DAY
        if not BEGIN <= day * DAY < END - DAY:
            return 0
        self._days[day] += 1
        self.recording.newest = max(self.recording.newest, day * DAY)
        return day * DAY + min(60 * self._days[day], DAY - 1)

    # Comments

    def _add_comments(self) -> None:
        found = {_whole(record.get("id")): record for each in self._exchanges for record in each.records("comments")}
        for number, record in sorted(found.items(), key=lambda item: _is_reply(item[1])):
            video = self._videos.get(_whole(record.get("video_id")))
            if video is None or not self._has_room():
                if video is None:
                    self.recording.left_out["comments on videos that were not found"] += 1
                continue
            row: dict[str, Any] = {"text": f"Comment {len(self._comments) + 1}"} | _rounded(record, ("like_count",))
            self.recording.replaced["comments"] += 1
            # Rows have one level of replies: one to a reply is listed under the same comment.
            top = self._comments.get(_whole(record.get("parent_comment_id")))
            self._comments[number] = top or row
            if top is None:
                video.setdefault("comments", []).append(row)
            else:
                top.setdefault("replies", []).append(row)


def _is_reply(record: Mapping[str, Any]) -> bool:
    return record.get("parent_comment_id") not in (None, record.get("video_id"))


def _condition(message: str) -> str:
    """The condition of a row that makes the API refuse an account with this message, "" for none."""
    for rule, condition in _REFUSED.items():
        begin, _, end = RULES[rule].message.partition("{what}")
        if message.startswith(begin) and message.endswith(end):
            return condition
    return ""


def _chosen_words(body: Mapping[str, Any]) -> Iterable[str]:
    query = body.get("query")
    groups = query.values() if isinstance(query, dict) else ()
    for condition in (each for group in groups if isinstance(group, list) for each in group if isinstance(each, dict)):
        values = condition.get("field_values")
        if condition.get("field_name") in _CHOSEN and isinstance(values, list):
            for value in map(str, values):
                yield value.lstrip("#@").casefold()
                yield from words(value)


def _whole(value: object) -> int:
    """A whole number, 0 for anything else. Ids may be texts."""
    text = str(value)
    return int(text) if text.isascii() and text.isdigit() and len(text) < 20 else 0


def _rounded(record: Mapping[str, Any], names: Iterable[str]) -> dict[str, int]:
    """Counts with two digits that mean something: an exact count can identify a video."""
    counts = {name: record[name] for name in names if type(record.get(name)) is int and record[name] >= 0}
    return {name: round(count, 2 - len(str(count))) for name, count in counts.items()}
