"""Erasing records from a stored answer: what surrounds them stays byte for byte.

A page about an erased record, such as the comments on a video, keeps only that it was requested: its code is ERASED.
"""

import json
import re
from collections.abc import Callable, Container, Iterator, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from ttapi import ENDPOINTS
from ttdata.source_kinds import TABLES
from ttdata.store.fitting import fit
from ttdata.store.handles import without_handles, without_handles_in_text
from ttdata.store.page_body import stored_body

ERASED = "erased"
"""The code of an answer about an erased record."""

_TEXT, _BODY = ', "text": ', ', "body": '
_DECODER = json.JSONDecoder()
_BLANKS = re.compile(r"[ \t\r\n]*")
CATEGORIES: Mapping[str, str] = {"video_id": "video", "comment_id": "comment", "username": "user"}
"""The category of what a request is about, by its key; other items are of no person and no video."""


@dataclass(frozen=True)
class Targets:
    """What is erased: ids of videos and comments, and handles in lower case.

    accounts  of these, what was requested about them: profile, followers, lists
    people    of these, that, what they posted, and every text that names them
    """

    videos: Container[str] = frozenset()
    comments: Container[str] = frozenset()
    accounts: Container[str] = frozenset()
    people: Container[str] = frozenset()

    def has(self, category: str, record: object) -> bool:
        """Whether a record is erased by its own id or handle."""
        name = str(record)
        if category == "user":
            return name.replace("\0", "").casefold() in self.accounts or self.names(name)
        return name in (self.videos if category == "video" else self.comments)

    def names(self, handle: object) -> bool:
        """Whether a handle is that of a person of whom everything is erased."""
        # The API has been seen to send null bytes in handles; no account has them.
        return isinstance(handle, str) and handle.replace("\0", "").casefold() in self.people


@dataclass
class Erased:
    """An answer after erasing. records: the erased ones, as received, by table; items: erased records it was about.

    masked: how often a remaining text named an erased person.
    """

    line: bytes
    records: dict[str, list[Any]] = field(default_factory=dict)
    items: list[tuple[str, str]] = field(default_factory=list)
    masked: int = 0


def erase(line: bytes, targets: Targets) -> Erased | None:
    """A line of a raw file without what is erased; None if it has nothing of it."""
    text = line.decode()
    head = json.loads(text)
    body, received = head.pop("body"), head.pop("text")
    if item := _erased_item(head["request"], targets):
        return _blank(head, body, item)
    table = TABLES.get(head["endpoint"], "")
    whole = _raw_body(text) if received is None else received
    remaining, records = _without_records(whole, head["endpoint"], table, targets)
    request = _without_values(head["request"], targets)
    message, masked = head["message"], 0
    if targets.people:
        mask = without_handles_in_text if body is None else without_handles
        remaining, masked = mask(remaining, targets.names)
        message, _ = without_handles_in_text(message, targets.names)
    if not records and not masked and (message, request) == (head["message"], head["request"]):
        return None
    head |= {"request": request, "message": message}
    if records:
        head["records"] -= len(records)
        head["erased"] = head.get("erased", 0) + len(records)
    new: tuple[str, str | None] = remaining, None
    if received is None:
        pass
    elif body is None:
        new = "null", remaining
    else:
        new = _with_received(head, remaining)
    return Erased(_line(head, *new), {table: records} if records else {}, masked=masked)


def _erased_item(request: Mapping[str, Any], targets: Targets) -> tuple[str, str] | None:
    """The category and the id of the erased record that a request is about."""
    for key, category in CATEGORIES.items():
        if key in request and targets.has(category, request[key]):
            return category, str(request[key])
    return None


def _blank(head: dict[str, Any], body: Any, item: tuple[str, str]) -> Erased:
    """An answer of which only its cost is kept."""
    table = TABLES.get(head["endpoint"], "")
    data = body.get("data") if isinstance(body, dict) and head["code"] == "ok" else None
    erased = head["records"] + head.get("erased", 0)
    head["request"] = {key: value for key, value in head["request"].items() if key not in CATEGORIES}
    head |= {"code": ERASED, "message": "", "error": None, "refused": None, "records": 0, "keys": [], "oddities": []}
    head |= {"erased": erased} if erased else {}
    return Erased(_line(head, "null", None), {table: _records(data, table)} if data else {}, [item])


def _records(data: Mapping[str, Any], table: str) -> list[Any]:
    lists = [value for value in data.values() if isinstance(value, list)]
    return [dict(data)] if table in ("users", "playlists") or not lists else lists[0]


def without_values(query: str, targets: Targets) -> str:
    """A query as text without erased names and ids."""
    return json.dumps(_without_values(json.loads(query), targets), sort_keys=True)


def _without_values(value: Any, targets: Targets) -> Any:
    """The query of a search without erased names and ids."""
    if isinstance(value, dict):
        category = CATEGORIES.get(str(value.get("field_name")), "")
        if category and isinstance(value.get("field_values"), list):
            values = [each for each in value["field_values"] if not _is_left_out(category, each, targets)]
            return {**value, "field_values": values}
        return {key: _without_values(each, targets) for key, each in value.items()}
    return [_without_values(each, targets) for each in value] if isinstance(value, list) else value


def _is_left_out(category: str, value: object, targets: Targets) -> bool:
    """Whether a search names it no more. An account whose profile is gone stays in searches for its videos."""
    return targets.names(value) if category == "user" else str(value) in targets.videos


def _without_records(body: str, endpoint: str, table: str, targets: Targets) -> tuple[str, list[Any]]:
    """The text of a body without the erased elements of its list, and these."""
    kind = ENDPOINTS.get(endpoint)
    if kind is None or table not in _ERASED_IN or not body.startswith("{"):
        return body, []
    is_erased = _ERASED_IN[table]
    for array in _arrays(body, kind.list_keys or ("playlist_video_ids",)):
        elements = list(_elements(body, array))
        if records := [value for *_, value in elements if is_erased(value, targets)]:
            kept = ",".join(body[start:end] for start, end, value in elements if not is_erased(value, targets))
            return f"{body[: array + 1]}{kept}{body[elements[-1][1] :]}", records
    return body, []


def _of_video(record: Any, targets: Targets) -> bool:
    if not isinstance(record, dict):
        return False
    return any(str(record.get(key)) in targets.videos for key in ("id", "video_id")) or targets.names(
        record.get("username")
    )


def _of_comment(record: Any, targets: Targets) -> bool:
    return isinstance(record, dict) and (
        any(str(record.get(key)) in targets.comments for key in ("id", "parent_comment_id"))
        or any(str(record.get(key)) in targets.videos for key in ("video_id", "parent_comment_id"))
    )


def _of_account(record: Any, targets: Targets) -> bool:
    return isinstance(record, dict) and targets.names(record.get("username"))


def _is_video_id(record: Any, targets: Targets) -> bool:
    return str(record) in targets.videos


# Which elements of a table's list are erased.
_ERASED_IN: Mapping[str, Callable[[Any, Targets], bool]] = {
    "videos": _of_video,
    "user_video_links": _of_video,
    "comments": _of_comment,
    "followers": _of_account,
    "following": _of_account,
    "playlists": _is_video_id,
}


def _arrays(text: str, keys: tuple[str, ...]) -> Iterator[int]:
    """Where the lists with these keys begin in the `data` of a body."""
    for name, start in _members(text, 0):
        if name == "data" and text[start] == "{":
            yield from (at for key, at in _members(text, start) if key in keys and text[at] == "[")


def _members(text: str, start: int) -> Iterator[tuple[str, int]]:
    """The keys of the object that begins at `start`, and where their values begin."""
    at = _skip(text, start + 1)
    while text[at] == '"':
        key, at = _DECODER.raw_decode(text, at)
        at = _skip(text, _skip(text, at) + 1)
        yield key, at
        _, at = _DECODER.raw_decode(text, at)
        at = _skip(text, at)
        at = _skip(text, at + 1) if text[at] == "," else at


def _elements(text: str, start: int) -> Iterator[tuple[int, int, Any]]:
    """The elements of the list that begins at `start`: where each begins and ends, and its value."""
    at = _skip(text, start + 1)
    while text[at] != "]":
        value, end = _DECODER.raw_decode(text, at)
        yield at, end, value
        at = _skip(text, end)
        at = _skip(text, at + 1) if text[at] == "," else at


def _skip(text: str, at: int) -> int:
    match = _BLANKS.match(text, at)
    assert match
    return match.end()


def _raw_body(line: str) -> str:
    """The body in the text of a line: it is the last value."""
    at = line.index(_TEXT) + len(_TEXT)
    _, at = _DECODER.raw_decode(line, at)
    return line[at + len(_BODY) :].rstrip()[:-1]


def _with_received(head: dict[str, Any], received: str) -> tuple[str, str | None]:
    """The stored and the received form of a body that was corrected; the head is told what is now in it."""
    data = json.loads(received)["data"]
    fitted = fit(ENDPOINTS[head["endpoint"]], head["request"], data)
    head |= {"records": fitted.records, "keys": fitted.keys, "oddities": [asdict(each) for each in fitted.oddities]}
    stored, text = stored_body(received.encode(), fitted)
    return stored.decode(), text


def _line(head: Mapping[str, Any], body: str, received: str | None) -> bytes:
    text = json.dumps(received, ensure_ascii=False)
    return f"{json.dumps(head)[:-1]}{_TEXT}{text}{_BODY}{body}}}\n".encode()
