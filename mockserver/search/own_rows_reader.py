"""Reading rows: from YAML, JSON or NDJSON, each value checked, each mistake told with its place."""

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
_DELAY = 25  # seconds between the making of an id and the post
_NAME = re.compile(r"[A-Za-z0-9._]{1,24}")
_NDJSON = (".ndjson", ".jsonl")
_KINDS = ("users", "videos", "comments")


# Values: each reader gives the value as the API would, or raises ValueError with what it must be.


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
        raise ValueError("must be a whole number from 0 on")
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
    """An id of one's own choice; it must bear the watermark, so that it can be told from a real one for ever."""
    number = int(value) if isinstance(value, str) and re.fullmatch(r"[0-9]{1,19}", value) else _whole(value)
    if not is_synthetic(number):
        raise ValueError(f"must bear the watermark of invented ids: leave it away, or take {with_watermark(number)}")
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
_ROWS = _each(lambda row: row)  # of another kind, read by themselves
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
_OBJECTS, _TEXTS = _each(_object), _each(_text)
_VIDEO: _Table = {
    **dict.fromkeys((*QUERY_COLUMNS, *LIST_COLUMNS), _whole),
    **dict.fromkeys(("video_description", "voice_to_text"), _text),
    **dict.fromkeys(("hashtag_names", "effect_ids", "video_mention_list"), _TEXTS),
    **dict.fromkeys(("hashtag_info_list", "sticker_info_list", "effect_info_list"), _OBJECTS),
    **dict.fromkeys(("video_label", "video_tag"), _object),
    **dict.fromkeys(("is_stem_verified", "comments_closed"), _flag),
    **dict.fromkeys(("create_time", "removed_at"), _time),
    "id": _id,
    "username": _name,
    "region_code": _region,
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
    """The content of a file: NDJSON or JSON if its name ends so, else YAML. Raises BadRows."""
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
    """Rows as they stand in YAML or JSON: `users`, `videos` and `comments`, each a list. Raises BadRows."""
    reader = _Reader()
    try:
        reader.read(content)
        source: dict[str, Any] = orjson.loads(orjson.dumps(content))
    except RecursionError:
        raise BadRows("The rows are nested too deeply.") from None
    except TypeError as error:
        raise BadRows(f"The rows hold what JSON cannot: {error}.") from None
    return Rows(reader.accounts.values(), reader.videos, source)


class _Reader:
    """Accounts and videos as they are read; `_count` keeps them from growing without end."""

    def __init__(self) -> None:
        self.accounts: dict[str, Account] = {}
        self.videos: list[Video] = []
        self._taken: set[int] = set()
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
                raise BadRows(f"There are more than {MOST_ROWS:,} rows. Take a larger world with --videos instead.")
            yield f"{under}{name} row {number}", row

    def _values(self, row: object, place: str, table: _Table) -> dict[str, Any]:
        """The values of a row by name; null is as good as nothing."""
        if not isinstance(row, dict):
            raise BadRows(f"{place} must be an object with {', '.join(table)}.")
        values = {}
        for name, value in row.items():
            if name not in table:
                raise BadRows(f"{place} has an unknown key {str(name)[:40]!r}; it may have {', '.join(table)}.")
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
            raise BadRows(f"{place}: an account is at most one of {', '.join(CONDITIONS)}.")
        profile = {field: values[field] for field in USER_FIELDS if field in values}
        lists = {each: values[each] for each in _LISTS if each in values}
        self.accounts[name.casefold()] = Account(name, profile, "".join(rules), lists)
        for where, video in self._rows(values, "videos", f"{place}, "):
            self._video(video, where, {"username": name, "region_code": values.get("region_code", "US")})

    def _video(self, row: object, place: str, author: dict[str, Any] | None) -> None:
        values: dict[str, Any] = (author or {"region_code": "US"}) | self._values(row, place, _VIDEO)
        name = values.get("username")
        if name is None:
            raise BadRows(f"{place} needs a username.")
        if author is None and name.casefold() not in self.accounts:
            self._user({"username": name}, place)
        if author and name != author["username"]:
            raise BadRows(f"{place}: the username is {author['username']}, as it stands above.")
        number, time = self._dated(values, place)
        said = values.get("video_description", "")
        record = {
            "view_count": 0,
            "share_count": 0,
            "comment_count": len(values.get("comments", [])),
            "video_duration": 15,
            "video_description": said,
            "hashtag_names": re.findall(r"#([^\s#]+)", said),
            **{column: value for column, value in values.items() if column in QUERY_COLUMNS or column in LIST_COLUMNS},
            "id": number,
            "create_time": time,
            "username": self.accounts[name.casefold()].username,
        }
        closed, removed = values.get("comments_closed", False), values.get("removed_at", float("inf"))
        video = Video(record, number, time, removed, closed)
        self.videos.append(video)
        for where, comment in self._rows(values, "comments", f"{place}, "):
            self._comment(comment, where, video, None)

    def _comment(self, row: object, place: str, video: Video, parent: Comment | None) -> None:
        values = self._values(row, place, _COMMENT)
        above = parent.record if parent else video.record
        values.setdefault("create_time", above["create_time"] + 60 * (len(video.comments) + 1))
        number, time = self._dated(values, place)
        record = {
            "id": number,
            "video_id": video.id,
            "parent_comment_id": above["id"],
            "text": values.get("text", ""),
            "like_count": values.get("like_count", 0),
            "create_time": time,
        }
        assert set(record) | {"reply_count"} == set(COMMENT_FIELDS)
        gone = parent.removed_at if parent else float("inf")
        comment = Comment(record, min(gone, values.get("removed_at", float("inf"))))
        video.comments.append(comment)
        for where, reply in self._rows(values, "replies", f"{place}, "):
            if parent:
                raise BadRows(f"{where}: a reply has no replies of its own.")
            self._comment(reply, where, video, comment)

    def _dated(self, values: Mapping[str, Any], place: str) -> tuple[int, int]:
        """The id and the time of a row; one follows from the other. Ids are there once."""
        number, time = values.get("id"), values.get("create_time")
        if number is None and time is None:
            raise BadRows(f"{place} needs a create_time, such as 2026-01-31T12:00:00Z, or an id.")
        if time is None:
            assert number is not None
            try:
                time = _time((number >> 32) + _DELAY)
            except ValueError:
                raise BadRows(f"{place} needs a create_time: its id holds none.") from None
        if number is None:
            number = self._fresh(time - _DELAY, key("row", place))
        elif number in self._taken:
            raise BadRows(f"{place}: the id {number} is there twice.")
        self._taken.add(number)
        return number, time

    def _fresh(self, made: int, code: int) -> int:
        """An id of that second that is not taken: 32,000 fit into one, more than there may be rows."""
        number = int(make_id(ints(made), ints(code % 32_000))[0])
        return number if number not in self._taken else self._fresh(made, code + 1)
