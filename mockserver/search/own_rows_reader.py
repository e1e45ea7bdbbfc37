"""Reading your own rows from YAML, JSON or NDJSON. Each value is checked, and each mistake named with its place."""

import re
from collections.abc import Callable, Iterator, Mapping
from datetime import date, datetime
from typing import Any

import orjson
import yaml

from mockserver.behaviours.magic_names import EMPTY, MAGIC
from mockserver.search.own_rows import CONDITIONS, Account, BadRows, Comment, Rows, Video
from mockserver.search.parameters import LARGEST
from mockserver.search.query import REGIONS
from mockserver.search.records import COMMENT_FIELDS, LIST_COLUMNS, QUERY_COLUMNS, USER_FIELDS
from mockserver.world.hashing import ints, key
from mockserver.world.timeline import is_synthetic, make_id, with_watermark
from mockserver.world.times import ClockError, read_time, within

MOST_ROWS = 10_000
LONGEST_TEXT = 10_000
_DELAY = 25  # seconds between the second in an id and the post
_NAME = re.compile(r"[A-Za-z0-9._]{1,24}")
_NDJSON = (".ndjson", ".jsonl")
_KINDS = ("users", "videos", "comments")


# Values: each reader returns the value as the API would, or raises ValueError with what it must be.


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise ValueError(f"must be a text, not {value!r:.40}: put it in quotes")
    if len(value) > LONGEST_TEXT:
        raise ValueError(f"must be a text of at most {LONGEST_TEXT:,} characters")
    return value.encode("utf-8", "replace").decode()


def _name(value: object) -> str:
    name = _text(value).lstrip("@")
    if not _NAME.fullmatch(name):
        raise ValueError("must be a name of up to 24 letters, digits, dots and underscores")
    return name


def _region(value: object) -> str:
    if _text(value).upper() not in REGIONS:
        raise ValueError(f"must be a region code of two letters, not {value!r:.40}")
    return _text(value).upper()


def _whole(value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= LARGEST:
        raise ValueError("must be a whole number, 0 or more")
    return value


def _flag(value: object) -> bool:
    if not isinstance(value, bool):
        raise ValueError("must be true or false")
    return value


def _time(value: object) -> int:
    if isinstance(value, int) and not isinstance(value, bool):
        try:
            return int(within(value))
        except ClockError as error:
            raise ValueError(f"must be a time: {error}") from None
    if isinstance(value, datetime | date):  # YAML reads them so
        value = value.isoformat()
    try:
        return int(read_time(_text(value)))
    except ClockError as error:
        raise ValueError(f"must be a time: {error}") from None


def _id(value: object) -> int:
    """Your own id. It must have the watermark, so that nobody can mistake it for a real one."""
    number = int(value) if isinstance(value, str) and re.fullmatch(r"[0-9]{1,19}", value) else _whole(value)
    if not is_synthetic(number):
        raise ValueError(f"must have the watermark of invented ids: leave it out, or use {with_watermark(number)}")
    return _whole(number)


def _each(read: Callable[[object], Any]) -> Callable[[object], list[Any]]:
    def read_list(value: object) -> list[Any]:
        if not isinstance(value, list):
            raise ValueError("must be a list")
        return [read(each) for each in value]

    return read_list


def _object(value: object) -> dict[str, object]:
    if not isinstance(value, dict) or not all(
        isinstance(name, str) and isinstance(each, str | int) for name, each in value.items()
    ):
        raise ValueError("must be an object of texts, numbers, true and false")
    return dict(value)


_Table = Mapping[str, Callable[[object], Any]]
_OF_KIND: _Table = {  # of a column of records.py
    "number": _whole,
    "text": _text,
    "flag": _flag,
    "texts": _each(_text),
    "object": _object,
    "objects": _each(_object),
    "id": _id,
    "time": _time,
    "name": _name,
    "region": _region,
}
_ROWS = _each(lambda row: row)  # rows inside a row are read later
_LIST_NAMES = {"followers": _name, "following": _name}
_LIST_IDS = dict.fromkeys(("liked_videos", "pinned_videos", "reposted_videos"), _whole)
_LISTS: _Table = {name: _each(read) for name, read in (_LIST_NAMES | _LIST_IDS).items()}
_USER: _Table = {
    "username": _name,
    **{name: _flag if name == "is_verified" else _whole if name.endswith("_count") else _text for name in USER_FIELDS},
    **dict.fromkeys(CONDITIONS, _flag),
    **_LISTS,
    "region_code": _region,
    "videos": _ROWS,
}
_VIDEO_COLUMNS = {**QUERY_COLUMNS, **LIST_COLUMNS}
_VIDEO: _Table = {
    **{name: _OF_KIND[column.kind] for name, column in _VIDEO_COLUMNS.items()},
    "comments_closed": _flag,
    "removed_at": _time,
    "comments": _ROWS,
}
_COMMENT: _Table = {
    "id": _id,
    "video_id": _id,
    "text": _text,
    "like_count": _whole,
    **dict.fromkeys(("create_time", "removed_at"), _time),
    "replies": _ROWS,
}


def parse(text: str, name: str) -> object:
    """The content of a file: NDJSON or JSON if its name ends in .ndjson, .jsonl or .json, else YAML. Raises BadRows."""
    try:
        if name.lower().endswith(".json"):
            return orjson.loads(text)
        if not name.lower().endswith(_NDJSON):
            return yaml.safe_load(text)
        content: dict[str, list[object]] = {kind: [] for kind in _KINDS}
        for line in filter(None, map(str.strip, text.splitlines())):
            ((kind, row),) = orjson.loads(line).items()
            content[f"{kind}s"].append(row)
        return content
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        raise BadRows(f"The rows cannot be read: {' '.join(str(error).split())}") from None
    except (KeyError, AttributeError):
        raise BadRows('Each line is an object with one key: {"user": …}, {"video": …} or {"comment": …}.') from None


def read_rows(content: object) -> Rows:
    """Rows as YAML or JSON has them: `users`, `videos` and `comments`, each a list. Raises BadRows."""
    reader = _Reader()
    try:
        reader.read(content)
        source: dict[str, Any] = orjson.loads(orjson.dumps(content))
    except RecursionError:
        raise BadRows("The rows are nested too deeply.") from None
    except TypeError as error:
        raise BadRows(f"The rows contain something that JSON cannot represent: {error}.") from None
    return Rows(reader.accounts.values(), reader.videos, source)


class _Reader:
    """The accounts and videos that were read so far. `_count` limits their number: YAML can repeat rows endlessly."""

    def __init__(self) -> None:
        self.accounts: dict[str, Account] = {}
        self.videos: list[Video] = []
        self._ids: set[int] = set()
        self._count = 0

    def read(self, content: object) -> None:
        tables = self._values(content, "The file", dict.fromkeys(_KINDS, _ROWS))
        for place, row in self._rows(tables, "users", ""):
            self._user(row, place)
        for place, row in self._rows(tables, "videos", ""):
            self._video(row, place, None)
        by_id = {video.id: video for video in self.videos}
        for place, row in self._rows(tables, "comments", ""):
            video_id = self._values(row, place, _COMMENT).get("video_id")
            if video_id not in by_id:
                raise BadRows(f"{place}: video_id must be the id of a video of these rows.")
            self._comment(row, place, by_id[video_id], None)

    def _rows(self, values: Mapping[str, Any], name: str, under: str) -> Iterator[tuple[str, object]]:
        for number, row in enumerate(values.get(name, []), 1):
            self._count += 1
            if self._count > MOST_ROWS:
                raise BadRows(f"There are more than {MOST_ROWS:,} rows. Use a larger world (--videos) instead.")
            yield f"{under}{name} row {number}", row

    def _values(self, row: object, place: str, table: _Table) -> dict[str, Any]:
        """The values of a row by name; null is the same as no value."""
        if not isinstance(row, dict):
            raise BadRows(f"{place} must be an object with {', '.join(table)}.")
        values = {}
        for name, value in row.items():
            if name not in table:
                raise BadRows(f"{place} has an unknown key {str(name)[:40]!r}; available: {', '.join(table)}.")
            if value is not None:
                try:
                    values[name] = table[name](value)
                except ValueError as error:
                    raise BadRows(f"{place}: {name} {str(error).rstrip('.')}.") from None
        return values

    def _user(self, row: object, place: str) -> None:
        values = self._values(row, place, _USER)
        name = values.get("username")
        if name is None:
            raise BadRows(f"{place} needs a username.")
        if name in MAGIC or name == EMPTY or name.casefold() in self.accounts:
            raise BadRows(f"{place}: there is an account {name} already: choose another name.")
        rules = [rule for condition, rule in CONDITIONS.items() if values.get(condition)]
        if len(rules) > 1:
            raise BadRows(f"{place}: an account can be only one of {', '.join(CONDITIONS)}.")
        profile = {field: values[field] for field in USER_FIELDS if field in values}
        lists = {each: values[each] for each in _LISTS if each in values}
        self.accounts[name.casefold()] = Account(name, profile, "".join(rules), lists)
        for video_place, video in self._rows(values, "videos", f"{place}, "):
            self._video(video, video_place, {"username": name, "region_code": values.get("region_code", "US")})

    def _video(self, row: object, place: str, author: dict[str, Any] | None) -> None:
        values: dict[str, Any] = (author or {"region_code": "US"}) | self._values(row, place, _VIDEO)
        name = values.get("username")
        if name is None:
            raise BadRows(f"{place} needs a username.")
        if author is None and name.casefold() not in self.accounts:
            self._user({"username": name}, place)
        if author and name != author["username"]:
            raise BadRows(f"{place}: the username must be {author['username']}, that of the user row.")
        number, time = self._id_and_time(values, place)
        description = values.get("video_description", "")
        record = {
            "view_count": 0,
            "share_count": 0,
            "comment_count": len(values.get("comments", [])),
            "video_duration": 15,
            "video_description": description,
            "hashtag_names": re.findall(r"#([^\s#]+)", description),
            **{name: value for name, value in values.items() if name in _VIDEO_COLUMNS},
            "id": number,
            "create_time": time,
            "username": self.accounts[name.casefold()].username,
        }
        removed_at, is_closed = values.get("removed_at", float("inf")), values.get("comments_closed", False)
        video = Video(record, number, time, removed_at, is_closed)
        self.videos.append(video)
        for comment_place, comment in self._rows(values, "comments", f"{place}, "):
            self._comment(comment, comment_place, video, None)

    def _comment(self, row: object, place: str, video: Video, parent: Comment | None) -> None:
        values = self._values(row, place, _COMMENT)
        above = parent.record if parent else video.record
        values.setdefault("create_time", above["create_time"] + 60 * (len(video.comments) + 1))
        number, time = self._id_and_time(values, place)
        record = {
            "id": number,
            "video_id": video.id,
            "parent_comment_id": above["id"],
            "text": values.get("text", ""),
            "like_count": values.get("like_count", 0),
            "create_time": time,
        }
        assert set(record) | {"reply_count"} == set(COMMENT_FIELDS)
        parent_removed_at = parent.removed_at if parent else float("inf")
        comment = Comment(record, min(parent_removed_at, values.get("removed_at", float("inf"))))
        video.comments.append(comment)
        for reply_place, reply in self._rows(values, "replies", f"{place}, "):
            if parent:
                raise BadRows(f"{reply_place}: a reply cannot have replies.")
            self._comment(reply, reply_place, video, comment)

    def _id_and_time(self, values: Mapping[str, Any], place: str) -> tuple[int, int]:
        """The id and the time of a row: each follows from the other. An id that is used twice is refused."""
        number, time = values.get("id"), values.get("create_time")
        if number is None and time is None:
            raise BadRows(f"{place} needs a create_time, such as 2026-01-31T12:00:00Z, or an id.")
        if time is None:
            assert number is not None
            try:
                time = _time((number >> 32) + _DELAY)
            except ValueError:
                raise BadRows(f"{place} needs a create_time: its id does not contain one.") from None
        if number is None:
            number = self._new_id(time - _DELAY, key("row", place))
        elif number in self._ids:
            raise BadRows(f"{place}: the id {number} is used twice.")
        self._ids.add(number)
        return number, time

    def _new_id(self, second: int, code: int) -> int:
        """An id in that second that is not used. A second has room for 32,000, more than there may be rows."""
        number = int(make_id(ints(second), ints(code % 32_000))[0])
        return number if number not in self._ids else self._new_id(second, code + 1)
