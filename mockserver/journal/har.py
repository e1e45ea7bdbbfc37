"""The journal as an HTTP archive (HAR 1.2), which browsers and other tools open. No token is in it.

What HAR has no place for stands under `_mock`: what a replay needs to ask again under the same conditions.
"""

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from mockserver.endpoints.addresses import API_HOST
from mockserver.endpoints.table import BY_NAME
from mockserver.tenants.tenant import Tenant
from mockserver.version import VERSION

_OWN = ("endpoint", "code", "message", "fault", "quirks", "is_cut", "used", "answer")
_EMPTY: dict[str, Any] = {"headers": [], "cookies": [], "headersSize": -1, "httpVersion": "HTTP/1.1"}


def archive(tenant: Tenant) -> dict[str, Any]:
    """A HAR document of the calls in a tenant's journal; bodies of answers are not kept, their error is the comment."""
    creator = {"name": "tiktok-mock", "version": VERSION}
    world = f"seed={tenant.options.seed},videos={tenant.options.videos}"
    key = f"{tenant.name}{',' if ':' in tenant.name else ':'}{world}"
    entries = [_entry(call) for call in tenant.journal]
    return {"log": {"version": "1.2", "creator": creator, "_mock": {"client_key": key}, "entries": entries}}


def _entry(call: Mapping[str, Any]) -> dict[str, Any]:
    fields, body = str(call["fields"]), str(call["body"])
    url = (
        f"https://{API_HOST}"
        + BY_NAME[call["endpoint"]].path
        + (f"?fields={quote(fields, safe=',')}" if fields else "")
    )
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
        "_mock": {name: call[name] for name in _OWN},
        "cache": {},
        "timings": {"send": 0, "wait": 0, "receive": 0},
    }
