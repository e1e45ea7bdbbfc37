"""The journal: each call of a research endpoint as one row, with the reason for its answer and without any token."""

from hashlib import blake2b
from zlib import crc32

from mockserver.behaviours.quirks import concerning
from mockserver.behaviours.refusals import RULES
from mockserver.endpoints.call import Endpoint
from mockserver.messages import Answer, Request
from mockserver.search.records import Records, encoded
from mockserver.tenants.tenant import Tenant
from mockserver.world.times import utc

KEPT_BODY = 8_000  # bytes of a request's body; a longer one is cut off
HANDLES = ("search_id", "task_id")  # ids in an answer that later calls name

KEYS = (  # of a row
    *("time", "endpoint", "client", "fields", "body", "is_cut", "status", "code", "message", "log_id", "answer"),
    *("used", "fault", "quirks", "reason", "because"),
)


def row(tenant: Tenant, endpoint: Endpoint, request: Request, answer: Answer) -> dict[str, object]:
    """One call and its answer.

    client: a hash of the Authorization header; code: as in `Answer`; used: today's quota after the call; answer: see
    `summary`.
    """
    content = answer.content if isinstance(answer.content, dict) else {}
    error = content.get("error", {})
    reason = answer.headers.get("X-Mock-Reason", "")
    return {
        "time": utc(tenant.now).isoformat(),
        "endpoint": endpoint.name,
        "client": blake2b(request.authorization.encode(), digest_size=4).hexdigest(),
        "fields": request.query.get("fields", ""),
        "body": request.body[:KEPT_BODY].decode("utf-8", "replace"),
        "is_cut": len(request.body) > KEPT_BODY,
        "status": answer.status,
        "code": answer.code,
        "message": error.get("message", ""),
        "log_id": error.get("log_id", ""),
        "answer": summary(content.get("data", {}) if content else answer.content, endpoint.list_key),
        "used": tenant.meters()[endpoint.bucket]["used"],
        "fault": answer.headers.get("X-Mock-Fault", answer.fault),
        "quirks": concerning(endpoint.name, tenant.quirks),
        "reason": reason,
        "because": _because(reason),
    }


def summary(data: object, list_key: str) -> dict[str, object]:
    """An answer in short: the number of its records, the ids that later calls name, a digest of the rest."""
    if not isinstance(data, dict):
        return {"digest": _digest(data if isinstance(data, bytes) else encoded(data))}
    handles = {name: str(data[name]) for name in HANDLES if name in data}
    rest = {name: value for name, value in data.items() if name not in (*HANDLES, list_key)}
    listed = data.get(list_key)
    records = {"records": len(listed)} if isinstance(listed, list | Records) else {}
    digest = _digest(encoded(rest), listed.json if isinstance(listed, Records) else encoded(listed))
    return {**records, **handles, "digest": digest}


def _digest(content: bytes, records: bytes = b"") -> str:
    """Tells two answers apart, not more: each call is waiting for it."""
    return f"{crc32(records, crc32(content)):08x}"


def _because(reason: str) -> str:
    rule = RULES.get(reason.partition(";")[0])
    return rule.because if rule else ""
