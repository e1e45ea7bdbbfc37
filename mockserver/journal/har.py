"""The journal as an HTTP archive (HAR 1.2), which browsers and other tools can open. It contains no token.

The key `_mock` has what HAR has no key for: what a replay needs to repeat a call under the same conditions.
"""

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from mockserver.endpoints.addresses import API_HOST
from mockserver.endpoints.table import BY_NAME
from mockserver.tenants.tenant import Tenant
from mockserver.version import VERSION

_MOCK_KEYS = ("endpoint", "code", "message", "fault", "quirks", "is_cut", "used", "answer")
_EMPTY: dict[str, Any] = {"headers": [], "cookies": [], "headersSize": -1, "httpVersion": "HTTP/1.1"}


def archive(tenant: Tenant) -> dict[str, Any]:
    """A HAR document of the calls in a tenant's journal. It has the errors of answers as comments, but no bodies."""
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
            "content": {"size": 0, "mimeType": "application/json" if call["code"] else "x-unknown"},
            "comment": f"{call['message']} {call['reason']}".strip(),
        },
        "_mock": {name: call[name] for name in _MOCK_KEYS},
        "cache": {},
        "timings": {"send": 0, "wait": 0, "receive": 0},
    }
