"""The journal as an HTTP archive (HAR 1.2), which browsers and other tools open. No token is in it."""

from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import quote

from mockserver import VERSION
from mockserver.endpoints import BY_NAME

_HOST = "https://open.tiktokapis.com"
_EMPTY: dict[str, Any] = {"headers": [], "cookies": [], "headersSize": -1, "httpVersion": "HTTP/1.1"}


def archive(journal: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    """A HAR document of the calls in a journal; bodies of answers are not kept, their error is the comment."""
    creator = {"name": "tiktok-mock", "version": VERSION}
    return {"log": {"version": "1.2", "creator": creator, "entries": [_entry(call) for call in journal]}}


def _entry(call: Mapping[str, Any]) -> dict[str, Any]:
    fields, body = str(call["fields"]), str(call["body"])
    url = _HOST + BY_NAME[call["endpoint"]].path + (f"?fields={quote(fields, safe=',')}" if fields else "")
    return {
        "startedDateTime": call["time"],
        "time": 0,
        "request": {
            **_EMPTY,
            "method": "POST",
            "url": url,
            "queryString": [{"name": "fields", "value": fields}] if fields else [],
            "bodySize": len(body.encode()),
            "postData": {"mimeType": "application/json", "text": body},
        },
        "response": {
            **_EMPTY,
            "status": call["status"],
            "statusText": call["code"],
            "redirectURL": "",
            "bodySize": -1,
            "content": {"size": 0, "mimeType": "application/json"},
            "comment": f"{call['message']} {call['reason']}".strip(),
        },
        "cache": {},
        "timings": {"send": 0, "wait": 0, "receive": 0},
    }
