"""Understands a reply: by what its body holds first, and by its HTTP status second."""

import json
from typing import NamedTuple

from ttapi.answer import NO_ANSWER, OK, UNREADABLE, text_of
from ttapi.endpoints import Endpoint
from ttapi.transport import Reply


class Reading(NamedTuple):
    """A body, understood."""

    code: str
    message: str = ""
    log_id: str = ""
    data: dict[str, object] = {}  # noqa: RUF012
    is_json: bool = False
    """Whether the body is one JSON value in UTF-8, without a byte order mark."""


def read(endpoint: Endpoint, reply: Reply) -> Reading:
    """Understand a reply: by what its body holds, then by its status.

    Good data may come with status 500 (playlists nearly always, user endpoints at times), an error with status 200
    (wrong credentials at times), and a body may be HTML, cut off, empty, without `error` or without `data`.
    Source: tiktok-api-v2-error-handling, oauth-error-handling.
    """
    if reply.status is None:
        return Reading(NO_ANSWER, reply.reason)
    parsed, is_json = _parse(reply.raw)
    if isinstance(parsed, dict):
        reading = _read_object(endpoint, reply.status, parsed)
    elif endpoint.answers == "text" and reply.status == 200 and reply.whole:
        reading = _read_ids(reply.raw)
    else:
        reading = Reading(UNREADABLE, "the body is " + _what_it_is(reply.raw, reply.whole))
    return reading._replace(is_json=is_json)


def _parse(raw: bytes) -> tuple[object, bool]:
    """The JSON value in a body, None if there is none, and whether it is in UTF-8 without a byte order mark."""
    try:
        return json.loads(raw.decode()), True
    except (ValueError, RecursionError):
        pass
    try:
        return json.loads(raw), False  # other Unicode encodings
    except (ValueError, RecursionError):
        return None, False


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
