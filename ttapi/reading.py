"""Reads a reply: the content of its body decides first, its HTTP status second.

Absent is not empty: data that lacks its list, or that does not state whether another page follows, is an invalid
answer and never an empty list or a last page.
"""

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from ttapi import strict_json, transport
from ttapi.answer import NO_ANSWER, OK, UNREADABLE, as_bool, as_int, text_of
from ttapi.endpoints import Endpoint
from ttapi.strict_json import InvalidJson
from ttapi.text import one_line
from ttapi.transport import Reply

_NO_BODY: Mapping[str, object] = {}


class Reading(NamedTuple):
    """The content of a body; the attributes are those of Answer."""

    code: str
    message: str = ""
    log_id: str = ""
    data: dict[str, object] = {}  # noqa: RUF012
    is_json: bool = False


def read(endpoint: Endpoint, reply: Reply, request: Mapping[str, object] = _NO_BODY) -> Reading:
    """Return the content of a reply to a request of this endpoint. request: the body that was sent.

    Good data can come with status 500 (playlists nearly always, user endpoints sometimes), an error with status 200
    (wrong credentials sometimes), and a body can be HTML, cut off, empty, without `error` or without `data`.
    Source: tiktok-api-v2-error-handling, oauth-error-handling.
    """
    if reply.status is None:
        return Reading(NO_ANSWER, reply.reason)
    value, problem = _parse(reply)
    if isinstance(value, dict):
        reading = _read_object(endpoint, reply.status, value, request)
    elif endpoint.answers == "text" and reply.status == 200 and reply.complete:
        reading = _read_ids(reply.raw, problem or "is a JSON value")
    else:
        reading = Reading(UNREADABLE, f"the body {problem or 'is not a JSON object'}")
    return reading._replace(is_json=not problem)


def _parse(reply: Reply) -> tuple[object, str]:
    """Return the JSON value of a body and "", or None and why there is none, as the end of a sentence."""
    if len(reply.raw) > transport.MAX_BYTES:
        return None, f"is longer than {transport.MAX_BYTES:,} bytes"
    try:
        return strict_json.parse(reply.raw), ""
    except InvalidJson as error:
        return None, str(error) if reply.complete else f"is cut off after {len(reply.raw):,} bytes"


def _read_object(endpoint: Endpoint, status: int, body: dict[str, object], request: Mapping[str, object]) -> Reading:
    flat = endpoint.answers == "flat"
    data, error = _token_data(body) if flat else body.get("data"), body.get("error")
    if isinstance(error, str):  # the form of the token endpoint
        error = {"code": error, "message": body.get("error_description"), "log_id": body.get("log_id")}
    data, error = (value if isinstance(value, dict) else {} for value in (data, error))
    code, log_id = text_of(error.get("code")), text_of(error.get("log_id"))
    message = text_of(error.get("message") or error.get("msg"))
    refused = code not in (OK, "")
    usable = any(key in data for key in endpoint.list_keys) if endpoint.list_keys else bool(data)
    successful = 200 <= status < 300 and not flat and (code or "data" in body)
    if (usable and not (refused and message)) or (successful and not refused):
        if problem := "" if flat else next(_problems(endpoint, request, body.get("data")), ""):
            return Reading(UNREADABLE, problem, log_id)
        code = OK
    elif code == OK:
        code = "internal_error"
    elif not code:
        code, message = UNREADABLE, "the body contains neither data nor an error"
    return Reading(code, message, log_id, data)


def _token_data(body: dict[str, object]) -> dict[str, object]:
    """Return the body of a token answer; {} if its token cannot be sent in a header."""
    token = body.get("access_token")
    return body if isinstance(token, str) and token and token.isascii() and token.isprintable() else {}


def _problems(endpoint: Endpoint, request: Mapping[str, object], data: object) -> Iterator[str]:
    """Yield why an answer without an error is nevertheless not a good one."""
    if not isinstance(data, dict):
        yield "the answer has no data"
        return
    yield from (f"the answer has no {key}" for key in endpoint.answer_keys if key not in data)
    if endpoint.list_keys:
        yield from _list_problems(endpoint, data)
    if endpoint.states_end and as_bool(request.get(endpoint.one_page_if)) is not True:
        yield from _paging_problems(endpoint, data)


def _list_problems(endpoint: Endpoint, data: Mapping[str, object]) -> Iterator[str]:
    keys = [key for key in endpoint.list_keys if key in data]
    key = (keys or endpoint.list_keys)[0]
    if len(keys) > 1:
        yield f"the answer has both {' and '.join(keys)}"
    elif data.get(key) is None:  # many servers write an empty list as null
        others = [other for other, value in data.items() if isinstance(value, list)]
        if others:
            yield f'the answer has no {key}, but a list called "{one_line(others[0])}"'
        elif not keys and not (endpoint.omits_empty_list and as_bool(data.get("has_more")) is False):
            yield f"the answer has no {key}"
    elif not isinstance(data[key], list):
        yield f"{key} is not a list in the answer"


def _paging_problems(endpoint: Endpoint, data: Mapping[str, object]) -> Iterator[str]:
    if "has_more" not in data:
        if not _is_whole(endpoint, data):
            yield "the answer has no has_more"
        return
    has_more = as_bool(data["has_more"])
    if has_more is None:
        yield "has_more is neither true nor false in the answer"
    elif has_more and "cursor" not in data:
        yield "the answer has no cursor although another page follows"
    elif has_more and as_int(data["cursor"]) is None:
        yield "cursor is not a whole number in the answer although another page follows"


def _is_whole(endpoint: Endpoint, data: Mapping[str, object]) -> bool:
    """Return whether an answer without has_more has the whole list, by the length that it states itself."""
    total = as_int(data.get(endpoint.total_key)) if endpoint.total_key and "cursor" not in data else None
    return total is not None and len(endpoint.records(data)) >= total


def _read_ids(raw: bytes, kind: str) -> Reading:
    """Return a text of ids, which may begin with a byte order mark. kind: what else the body is."""
    ids = [as_int(word) for word in raw.decode("utf-8-sig", "replace").replace(",", " ").split()]
    if None in ids:
        return Reading(UNREADABLE, f"the body {kind}, and not a list of ids")
    return Reading(OK, data={"ids": ids})
