"""What came back: an Answer of one HTTP attempt, read by its body first and its status second, and a Page of a list."""

import json
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, NamedTuple

from ttapi.endpoints import ENDPOINTS, Endpoint
from ttapi.transport import Reply

if TYPE_CHECKING:
    from ttapi.errors import TikTokError

OK = "ok"
UNREADABLE = "unreadable"
NO_ANSWER = "no_answer"
UNCHARGED = "access_token_invalid"
"""The one code that is taken to cost no quota: a token that the API does not know cannot be charged to anyone. TikTok
does not say so; if it is wrong, the ledger counts one request too few each time that a token is refused."""


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
    capped: bool = False
    """True on a last page without records: the API has more, and does not give it out."""


class Reading(NamedTuple):
    """A body, understood."""

    code: str
    message: str = ""
    log_id: str = ""
    data: dict[str, object] = {}  # noqa: RUF012


def as_int(value: object) -> int | None:
    """A JSON number or a numeric text as int; None for anything else."""
    if isinstance(value, bool) or not isinstance(value, int | str):
        return None
    try:
        return int(value)
    except ValueError:
        return None


def read(endpoint: Endpoint, reply: Reply) -> Reading:
    """Understand a reply: by what its body holds, then by its status.

    Good data may come with status 500 (playlists nearly always, user endpoints at times), an error with status 200
    (wrong credentials at times), and a body may be HTML, cut off, empty, without `error` or without `data`.
    Source: tiktok-api-v2-error-handling, oauth-error-handling.
    """
    if reply.status is None:
        return Reading(NO_ANSWER, reply.reason)
    try:
        parsed = json.loads(reply.raw)
    except (ValueError, RecursionError):
        parsed = None
    if isinstance(parsed, dict):
        return _read_object(endpoint, reply.status, parsed)
    if endpoint.answers == "text" and reply.status == 200 and reply.whole:
        return _read_ids(reply.raw)
    return Reading(UNREADABLE, "the body is " + _what_it_is(reply.raw, reply.whole))


def _read_object(endpoint: Endpoint, status: int, parsed: dict[str, object]) -> Reading:
    flat = endpoint.answers == "flat"
    data, error = _grant(parsed) if flat else parsed.get("data"), parsed.get("error")
    if isinstance(error, str):  # the shape of the token endpoint
        error = {"code": error, "message": parsed.get("error_description"), "log_id": parsed.get("log_id")}
    data, error = (value if isinstance(value, dict) else {} for value in (data, error))
    code, log_id = text_of(error.get("code")), text_of(error.get("log_id"))
    message = text_of(error.get("message") or error.get("msg"))
    refused = code not in (OK, "")
    usable = any(key in data for key in endpoint.list_keys) if endpoint.list_keys else bool(data)
    fine = 200 <= status < 300 and not flat and (code or "data" in parsed)
    if (usable and not (refused and message)) or (fine and not refused):
        code = OK
    elif code == OK:
        code = "internal_error"
    elif not code:
        code, message = UNREADABLE, "the body holds neither data nor an error"
    return Reading(code, message, log_id, data)


def _grant(parsed: dict[str, object]) -> dict[str, object]:
    """The flat body of a token answer, if its token can stand in a header."""
    token = parsed.get("access_token")
    return parsed if isinstance(token, str) and token and token.isascii() and token.isprintable() else {}


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
