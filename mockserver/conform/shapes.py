"""Answers reduced to their shape: names that are known, types, and nothing that could be about a person."""

import re
from collections.abc import Iterable
from functools import cache
from typing import Any

from mockserver.behaviours.refusals import RULES
from mockserver.conform.answers import Answer
from mockserver.endpoints.table import ENDPOINTS

_LONGEST = 80  # characters of the shape of a text
_LEAST_ORDERED = 5  # records whose order is no accident
_EXACT = 1 << 53  # above it, programs that read numbers as floats lose digits
# Names in answers that are no fields which a request can list
_ENVELOPE = (
    *("data", "error", "code", "message", "log_id", "http_status_code", "cursor", "has_more", "hasMore", "search_id"),
    *("access_token", "expires_in", "token_type", "error_description", "items", "task_id", "task_status", "type"),
    *("playlist_id", "playlist_name", "playlist_item_total", "playlist_last_updated", "number", "username", "video_id"),
)
_CODES = (
    *("ok", "invalid_file_upload", "invalid_client", "invalid_request", "invalid_grant", "unsupported_grant_type"),
    *("unauthorized_client", "access_denied", "server_error", "internal_error", "not_found"),
)
_HEADER = re.compile(r"[a-z0-9-]{1,40}")


@cache
def _known() -> frozenset[str]:
    fields = {name for endpoint in ENDPOINTS for name in (*endpoint.fields, endpoint.list_key)}
    return frozenset({*_ENVELOPE, *fields})


def text_shape(text: str) -> str:
    """Runs of letters as `a` and of digits as `9`, the rest as it is."""
    return re.sub(r"[^\W\d_]+", "a", re.sub(r"\d+", "9", text))[:_LONGEST]


def name_shape(name: str) -> str:
    """A key of an answer; one that is not known by its shape only, since an answer may have names as keys."""
    return name if name in _known() else text_shape(name)


def code_shape(code: str) -> str:
    return code if code in {*_CODES, *(rule.code for rule in RULES.values())} else text_shape(code)


def message_shape(message: str) -> str:
    """The name of the rule in refusals.py that has this message; otherwise its shape."""
    for name, rule in RULES.items():
        pattern = ".*".join(map(re.escape, rule.message.split("{what}")))
        if rule.message != "{what}" and re.fullmatch(pattern, message, re.DOTALL):
            return f"as {name}"
    return text_shape(message)


def value_shape(value: object) -> Any:
    """Types by key; of a list, those of all records together, how many have a key, and the order of numbers."""
    if isinstance(value, dict):
        return {name_shape(name): value_shape(each) for name, each in value.items()}
    if isinstance(value, list):
        return {"list": len(value), "of": _merged(value)}
    return _type(value)


def _merged(values: Iterable[object]) -> Any:
    records = [value for value in values if isinstance(value, dict)]
    others = sorted({_type(value) for value in values if not isinstance(value, dict)})
    fields: dict[str, list[object]] = {}
    for record in records:
        for name, value in record.items():
            field = fields.setdefault(name_shape(name), [])
            field.append(value)
    merged = {name: _field(each) for name, each in sorted(fields.items())}
    return {**merged, **({"values": others} if others else {})}


def _field(values: list[object]) -> dict[str, Any]:
    order = _order(values)
    return {"in": len(values), "types": sorted(set(map(_type, values))), **({"order": order} if order else {})}


def _order(values: list[object]) -> str:
    """Whether numbers go up or down through a list, "" if they do neither."""
    numbers = [value for value in values if type(value) is int]
    if len(numbers) < _LEAST_ORDERED or len(numbers) < len(values) or len(set(numbers)) == 1:
        return ""
    return (
        "descending" if numbers == sorted(numbers, reverse=True) else "ascending" if numbers == sorted(numbers) else ""
    )


def _type(value: object) -> str:
    if isinstance(value, bool) or value is None:
        return "null" if value is None else "true or false"
    if isinstance(value, int):
        return "integer beyond 2^53" if abs(value) > _EXACT else "integer"
    if isinstance(value, float):
        return "number"
    return "text" if isinstance(value, str) else "list" if isinstance(value, list) else "object"


def answer_shape(answer: Answer) -> dict[str, Any]:
    """What a report says of an answer."""
    if answer.failure:
        return {"failure": answer.failure}
    shape: dict[str, Any] = {"status": answer.status, "code": code_shape(answer.code), "seconds": answer.lag}
    if answer.code not in ("", "ok"):
        shape["message"] = message_shape(str(answer.error.get("message", "")))
    if answer.content:
        shape["keys"] = value_shape(answer.content)
    else:
        shape["body"] = "empty" if not answer.body else "text"
    # Codings and the kind of a body are words of the protocol
    shape["type"] = text_of_kind(answer.headers.get("content-type", ""))
    return shape | {"headers": sorted(name for name in answer.headers if _HEADER.fullmatch(name))}


def text_of_kind(kind: str) -> str:
    name = kind.partition(";")[0].strip()
    return name if name in ("application/json", "text/html", "text/plain", "application/octet-stream") else "other"
