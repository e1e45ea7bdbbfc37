"""What came back: an Answer of one HTTP attempt, read by its body first and its status second, and a Page of a list."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING

from ttapi.endpoints import ENDPOINTS, Endpoint

if TYPE_CHECKING:
    from ttapi.errors import TikTokError

OK = "ok"
UNREADABLE = "unreadable"
NO_ANSWER = "no_answer"


@dataclass(frozen=True)
class Answer:
    """One HTTP attempt and its outcome; failed attempts are Answers too."""

    endpoint: str
    body: dict[str, object]
    """The JSON body as sent (for an upload: the form)."""
    fields: tuple[str, ...]
    sent_at: datetime
    """UTC, by the server's clock."""
    status: int | None
    """HTTP status; None if no answer came."""
    raw: bytes = field(repr=False)
    """The body exactly as received, also when it is cut off or no JSON."""
    code: str
    """ "ok", the API's error code, "unreadable" or "no_answer"."""
    message: str
    log_id: str
    data: dict[str, object] = field(repr=False)
    """The parsed `data`, spelt as received; {} if there is none."""
    charged: bool
    """Whether it counts against the daily quota, as far as is known."""
    retry_after: float | None = None
    """Seconds that a Retry-After header asks to wait."""

    @property
    def records(self) -> list[dict[str, object]]:
        """The records of a good answer, other spellings of keys brought to one; [] if there are none."""
        endpoint = ENDPOINTS.get(self.endpoint)
        return endpoint.records(self.data) if endpoint else []

    @property
    def error(self) -> "TikTokError | None":
        """The typed error that this answer stands for; None if it is good."""
        from ttapi.errors import error_of  # errors are made of answers

        return error_of(self)

    @property
    def cursor(self) -> int | None:
        """Where the next page begins, in the endpoint's own unit; None if the answer does not say."""
        return as_int(self.data.get("cursor"))

    @property
    def has_more(self) -> bool:
        """Whether the API says that more follows."""
        return self.data.get("has_more") in (True, "true", 1)

    @property
    def search_id(self) -> str | None:
        """The id of the cached result set; absent when nothing was found."""
        return text_of(self.data.get("search_id")) or None


@dataclass(frozen=True)
class Page:
    """One page of a list, handed on as it arrived."""

    answer: Answer
    records: list[dict[str, object]]
    cursor: int | None
    """Where the next page begins."""
    has_more: bool
    search_id: str | None
    """The newest search_id; send it with the cursor."""
    restarted: bool = False
    """True on the first page after the search was begun anew: records seen before will come again."""


@dataclass(frozen=True)
class Reading:
    """A body, understood."""

    code: str
    message: str = ""
    log_id: str = ""
    data: dict[str, object] = field(default_factory=dict)


def as_int(value: object) -> int | None:
    """A JSON number or a numeric text as int; None for anything else."""
    if isinstance(value, bool) or not isinstance(value, int | str):
        return None
    try:
        return int(value)
    except ValueError:
        return None


def read(endpoint: Endpoint, status: int, raw: bytes, *, whole: bool = True) -> Reading:
    """Understand a body: by what it holds, then by its status.

    Good data may come with status 500 (playlists nearly always, user endpoints at times), an error with status 200
    (wrong credentials at times), and a body may be HTML, cut off, empty, without `error` or without `data`.
    Source: tiktok-api-v2-error-handling, oauth-error-handling.
    """
    try:
        parsed = json.loads(raw)
    except (ValueError, RecursionError):
        parsed = None
    if isinstance(parsed, dict):
        return _read_object(endpoint, status, parsed)
    if endpoint.answers == "text" and status == 200 and whole:
        return _read_ids(raw)
    return Reading(UNREADABLE, "the body is " + _what_it_is(raw, whole))


def _read_object(endpoint: Endpoint, status: int, parsed: dict[str, object]) -> Reading:
    flat = endpoint.answers == "flat"
    data, error = _grant(parsed) if flat else parsed.get("data"), parsed.get("error")
    data = data if isinstance(data, dict) else {}
    if isinstance(error, str):  # the shape of the token endpoint
        error = {"code": error, "message": parsed.get("error_description"), "log_id": parsed.get("log_id")}
    if not isinstance(error, dict):
        error = {}
    code, message = text_of(error.get("code")), text_of(error.get("message") or error.get("msg"))
    log_id = text_of(error.get("log_id"))
    refused = code not in (OK, "")
    if _usable(endpoint, data) and not (refused and message):
        return Reading(OK, message, log_id, data)
    if refused:
        return Reading(code, message, log_id, data)
    if 200 <= status < 300 and not flat and (code or "data" in parsed):
        return Reading(OK, message, log_id, data)
    if code:
        return Reading("internal_error", message, log_id, data)
    return Reading(UNREADABLE, "the body holds neither data nor an error", log_id)


def _grant(parsed: dict[str, object]) -> dict[str, object]:
    """The flat body of a token answer, if its token can stand in a header."""
    token = parsed.get("access_token")
    return parsed if isinstance(token, str) and token and token.isascii() and token.isprintable() else {}


def _usable(endpoint: Endpoint, data: Mapping[str, object]) -> bool:
    return any(key in data for key in endpoint.list_keys) if endpoint.list_keys else bool(data)


def _read_ids(raw: bytes) -> Reading:
    try:
        words = raw.decode("utf-8-sig").replace(",", " ").split()
        return Reading(OK, data={"ids": [int(word) for word in words]})
    except ValueError:
        return Reading(UNREADABLE, "the body is " + _what_it_is(raw, True) + ", not a list of ids")


def _what_it_is(raw: bytes, whole: bool) -> str:
    start = raw.lstrip()[:1]
    if not whole:
        return f"cut off after {len(raw):,} bytes"
    return {b"": "empty", b"<": "HTML", b"{": "JSON cut off"}.get(start, "no JSON object")


def text_of(value: object) -> str:
    """A JSON value as text; null as ""."""
    return value if isinstance(value, str) else "" if value is None else str(value)
