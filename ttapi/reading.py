"""Reads a reply: the content of its body decides first, its HTTP status second."""

import json
from typing import NamedTuple

from ttapi.answer import NO_ANSWER, OK, UNREADABLE, text_of
from ttapi.endpoints import Endpoint
from ttapi.transport import Reply


class Reading(NamedTuple):
    """The content of a body; the attributes are those of Answer."""

    code: str
    message: str = ""
    log_id: str = ""
    data: dict[str, object] = {}  # noqa: RUF012
    is_json: bool = False


def read(endpoint: Endpoint, reply: Reply) -> Reading:
    """Return the content of a reply to a request of this endpoint.

    Good data can come with status 500 (playlists nearly always, user endpoints sometimes), an error with status 200
    (wrong credentials sometimes), and a body can be HTML, cut off, empty, without `error` or without `data`.
    Source: tiktok-api-v2-error-handling, oauth-error-handling.
    """
    if reply.status is None:
        return Reading(NO_ANSWER, reply.reason)
    value, is_json = _parse(reply.raw)
    if isinstance(value, dict):
        reading = _read_object(endpoint, reply.status, value)
    elif endpoint.answers == "text" and reply.status == 200 and reply.complete:
        reading = _read_ids(reply.raw)
    else:
        reading = Reading(UNREADABLE, "the body is " + _kind_of_body(reply.raw, reply.complete))
    return reading._replace(is_json=is_json)


def _parse(raw: bytes) -> tuple[object, bool]:
    """Return the JSON value of a body (None without one), and whether it is in UTF-8 without a byte order mark."""
    try:
        return json.loads(raw.decode()), True
    except (ValueError, RecursionError):
        pass
    try:
        return json.loads(raw), False  # in another Unicode encoding
    except (ValueError, RecursionError):
        return None, False


def _read_object(endpoint: Endpoint, status: int, body: dict[str, object]) -> Reading:
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


def _read_ids(raw: bytes) -> Reading:
    try:
        words = raw.decode("utf-8-sig").replace(",", " ").split()
        return Reading(OK, data={"ids": [int(word) for word in words]})
    except ValueError:
        return Reading(UNREADABLE, f"the body is {_kind_of_body(raw, complete=True)}, not a list of ids")


def _kind_of_body(raw: bytes, complete: bool) -> str:
    if not complete:
        return f"cut off after {len(raw):,} bytes"
    return {b"": "empty", b"<": "HTML", b"{": "incomplete JSON"}.get(raw.lstrip()[:1], "not a JSON object")
