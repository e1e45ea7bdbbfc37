"""The journal: each call of a research endpoint as one row, with the reason for its answer and without any secret."""

from collections.abc import Mapping
from hashlib import blake2b

import orjson

from mockserver.behaviours.quirks import concerning
from mockserver.behaviours.refusals import RULES
from mockserver.endpoints.call import Endpoint
from mockserver.tenants.tenant import Tenant
from mockserver.world.times import utc

KEPT_BODY = 8_000  # bytes of a request's body; a longer one is cut
HANDLES = ("search_id", "task_id")  # what an answer gives out for later calls to name

KEYS = (
    *("time", "endpoint", "client", "fields", "body", "is_cut", "status", "code", "message", "log_id", "answer"),
    *("used", "fault", "quirks", "reason", "because"),
)  # of a row


def row(
    tenant: Tenant,
    endpoint: Endpoint,
    *,
    fields: str,
    authorization: str,
    body: bytes,
    status: int,
    content: object,
    headers: Mapping[str, str],
    connection_fault: str,
) -> dict[str, object]:
    """One call and its answer. client: a hash of what it showed as its token; used: today's quota, after the call."""
    answer = content if isinstance(content, dict) else {}
    error = answer.get("error", {})
    reason = headers.get("X-Mock-Reason", "")
    return {
        "time": utc(tenant.now).isoformat(),
        "endpoint": endpoint.name,
        "client": blake2b(authorization.encode(), digest_size=4).hexdigest(),
        "fields": fields,
        "body": body[:KEPT_BODY].decode("utf-8", "replace"),
        "is_cut": len(body) > KEPT_BODY,
        "status": status,
        "code": error.get("code", "ok"),
        "message": error.get("message", ""),
        "log_id": error.get("log_id", ""),
        "answer": gist(answer.get("data", {}) if isinstance(content, dict) else content, endpoint.list_key),
        "used": tenant.meters()[endpoint.bucket]["used"],
        "fault": headers.get("X-Mock-Fault", connection_fault),
        "quirks": concerning(endpoint.name, tenant.quirks),
        "reason": reason,
        "because": _because(reason),
    }


def gist(data: object, list_key: str) -> dict[str, object]:
    """What an answer held, in short: the number of its records, what later calls name it by, a digest of the rest."""
    if not isinstance(data, dict):
        return {"digest": _digest(data if isinstance(data, bytes) else orjson.dumps(data))}
    handles = {name: str(data[name]) for name in HANDLES if name in data}
    rest = {name: value for name, value in data.items() if name not in HANDLES}
    records = {"records": len(data[list_key])} if isinstance(data.get(list_key), list) else {}
    return {**records, **handles, "digest": _digest(orjson.dumps(rest))}


def _digest(content: bytes) -> str:
    return blake2b(content, digest_size=8).hexdigest()


def _because(reason: str) -> str:
    rule = RULES.get(reason.partition(";")[0])
    return rule.because if rule else ""
