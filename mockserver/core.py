"""The whole server as one function: `Core.handle(request) -> response`, without any input or output of its own."""

import logging
import secrets
import time
from collections.abc import Callable
from dataclasses import replace
from email.utils import formatdate
from functools import lru_cache
from typing import Any
from weakref import WeakSet

from mockserver.behaviours import quirks
from mockserver.behaviours.faults import DegradedAnswer, Fault, fault_header
from mockserver.behaviours.refusals import RULES, Refusal
from mockserver.endpoints import elsewhere, own_rows, token
from mockserver.endpoints.addresses import TOKEN_PATH
from mockserver.endpoints.call import Call, Endpoint
from mockserver.endpoints.table import BY_PATH
from mockserver.journal import journal
from mockserver.logs import loggable
from mockserver.messages import Answer, Request, Response
from mockserver.search.own_rows import BadRows, Rows
from mockserver.search.records import Records, encoded
from mockserver.tenants.clock import Clock
from mockserver.tenants.options import Options, UnknownOption, read_key, without_member
from mockserver.tenants.tenant import Tenant
from mockserver.version import VERSION
from mockserver.world.times import utc

__all__ = ["Core", "Request", "Response"]

MOST_TENANTS = 1_000  # one more, and the oldest is forgotten
logger = logging.getLogger(__name__)
# The servers of this process, and what is done to one when it starts: for time travel.
running: "WeakSet[Core]" = WeakSet()
on_start: list[Callable[["Core"], None]] = []
_JSON = {"Content-Type": "application/json; charset=utf-8"}
_TOKEN_ERROR = {"X-Mock-Reason": "token-error; reported; github.com/HohnerJulian/ResearchTikPy PR 28"}


class Core:
    """All tenants, and the path of a request to its response."""

    def __init__(
        self,
        *,
        defaults: Options | None = None,
        rows: Rows | None = None,
        admin_token: str | None = None,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        """defaults: of options that a client key does not give; rows: your own, in every world; monotonic: seconds."""
        self.defaults = defaults or Options()
        self.rows, self.monotonic = rows, monotonic
        self.admin_token = admin_token or secrets.token_urlsafe(18)
        self.instance = secrets.token_hex(8)
        self.tenants: dict[str, Tenant] = {}
        self._start = monotonic()
        running.add(self)
        for prepare in on_start:
            prepare(self)

    # The path of a request

    def handle(self, request: Request) -> Response:
        """Answer a request to the API. Requests to /__mock__/ are answered by `Admin.handle`."""
        if request.api_path == TOKEN_PATH:
            return self._grant_token(request)
        endpoint, tenant = BY_PATH.get(request.api_path), self._tenant_of_token(request)
        if endpoint is None:
            return self._answer_elsewhere(request, tenant)
        try:
            tenant = _authorise(request, endpoint, tenant)
            tenant.count_request(endpoint.bucket)
            body = endpoint.read_body(request, json_only=tenant.options.json_only)
            call = Call(endpoint, tenant, tenant.now, body, request.bearer_token, message=endpoint.message)
            degraded = _apply_faults(call)
            answer = _degrade(self._answer(call, request), degraded)
        except Refusal as refusal:
            answer = self._refuse(refusal, tenant, has_status=endpoint.status_in_error)
        except Fault as fault:
            answer = _answer_instead(fault)
        if tenant:
            tenant.journal.append(journal.row(tenant, endpoint, request, answer))
        _log(endpoint.name, tenant, answer, request)
        return self._envelope(answer, tenant)

    def _answer_elsewhere(self, request: Request, tenant: Tenant | None) -> Response:
        """Answer at a path that is not an endpoint of the Research API."""
        has_status = elsewhere.OTHER_PRODUCTS.get(request.api_path)
        if has_status is None:
            answer = elsewhere.NOT_FOUND
        else:
            answer = self._refuse(Refusal("scope" if tenant else "token-invalid"), tenant, has_status=has_status)
        _log(f"{request.method} {request.path}", tenant, answer, request)
        return self._envelope(answer, tenant)

    def _answer(self, call: Call, request: Request) -> Answer:
        """The answer of an endpoint without faults. Raises Refusal."""
        call.read_fields(request)
        data = own_rows.answer(call)
        if isinstance(data, bytes):
            return Answer(200, data, code="ok")
        records = data.get(call.endpoint.list_key)
        if isinstance(records, Records) and quirks.change_answers(call):
            data[call.endpoint.list_key] = records.decoded()
        quirks.after(call, data)
        error = self._error("ok", call.message, call.tenant, 200 if call.endpoint.status_in_error else None)
        return Answer(200, {"data": data, "error": error}, code="ok")

    def _refuse(self, refusal: Refusal, tenant: Tenant | None, *, has_status: bool) -> Answer:
        rule = RULES[refusal.rule]
        content = {"error": self._error(rule.code, refusal.message, tenant, rule.status if has_status else None)}
        headers = {"X-Mock-Reason": f"{refusal.rule}; {rule.kind}; {rule.source}"} | refusal.headers
        return Answer(rule.status, content if rule.bare else {"data": {}} | content, headers, code=rule.code)

    def _error(self, code: str, message: str, tenant: Tenant | None, status: int | None) -> dict[str, Any]:
        """The error object of an answer. status: the HTTP status, where the error object repeats it."""
        error = {"code": code, "message": message, "log_id": self._log_id(tenant)}
        return error | ({"http_status_code": status} if status else {})

    def _grant_token(self, request: Request) -> Response:
        tenant: Tenant | None
        try:
            tenant, content = token.grant(request, self.tenant)
            answer = Answer(200, content, code="ok")
        except token.TokenRefusal as refusal:
            tenant = refusal.tenant
            content = {"error": refusal.code, "error_description": refusal.description, "log_id": self._log_id(tenant)}
            status = refusal.status or (tenant.options if tenant else self.defaults).token_status
            answer = Answer(status, content, _TOKEN_ERROR | refusal.headers, code=refusal.code)
        _log("oauth.token", tenant, answer)
        return self._envelope(answer, tenant)

    def _envelope(self, answer: Answer, tenant: Tenant | None) -> Response:
        """An answer with the headers that all responses have."""
        is_text = isinstance(answer.content, bytes)
        headers = {
            **({"Content-Type": "text/plain; charset=utf-8"} if is_text else _JSON),
            "Date": _date(self.now(tenant)),
            "Server": "tiktok-mock",
            "X-Mock-Server": VERSION,
            "X-Mock-Instance": tenant.instance if tenant else self.instance,
        }
        body = answer.content if is_text else encoded(answer.content)
        return Response(answer.status, body, headers | dict(answer.headers), answer.fault, answer.delay)

    def now(self, tenant: Tenant | None) -> int:
        """The second that a client's clock shows, or that of a client that is not known yet."""
        return tenant.now if tenant else int(self.defaults.now + self.monotonic() - self._start)

    def _log_id(self, tenant: Tenant | None) -> str:
        """UTC time and 20 upper-case hexadecimal digits, as recorded."""
        return f"{utc(self.now(tenant)):%Y%m%d%H%M%S}{secrets.token_hex(10).upper()}"

    # Tenants

    def tenant(self, client_key: str) -> tuple[Tenant, Options] | None:
        """The tenant of a client key, created by its first request; None if this server has no such client.

        Raises UnknownOption for an option that does not exist or cannot have its value.
        """
        options = read_key(client_key, self.defaults)
        if options is None:
            return None
        name = without_member(client_key) if options.member else client_key
        if name not in self.tenants:
            self.tenants[name] = self.new_tenant(name, replace(options, member=""))
            logger.debug("new tenant %s", loggable(name))
            if len(self.tenants) > MOST_TENANTS:
                self.tenants.pop(next(iter(self.tenants)))
        return self.tenants[name], options

    def new_tenant(self, name: str, options: Options) -> Tenant:
        """A tenant as it is before its first request. Raises UnknownOption, also if the server's rows do not fit."""
        known = {name for endpoint in BY_PATH.values() for name in (endpoint.name, *endpoint.fields)}
        if unknown := sorted(options.lacks - known):
            raise UnknownOption(f"option lacks of the client key: unknown field or endpoint {unknown[0][:40]!r}")
        tenant = Tenant(name, options, Clock(options.now, self.monotonic))
        try:
            tenant.set_rows(self.rows)
        except BadRows as error:
            raise UnknownOption(f"the rows of this server cannot be added to this world. {error}".rstrip(".")) from None
        return tenant

    def drop(self, tenant: Tenant) -> None:
        """Forget a tenant; its next request creates it again."""
        self.tenants.pop(tenant.name, None)

    def _tenant_of_token(self, request: Request) -> Tenant | None:
        """The tenant whose valid token a request has; None if it has none."""
        token = request.bearer_token
        for tenant in reversed(self.tenants.values()):
            granted = tenant.tokens.get(token)
            if granted and granted.expires > tenant.now and tenant.members.get(granted.member, True):
                self.tenants[tenant.name] = self.tenants.pop(tenant.name)  # the oldest one is that used longest ago
                return tenant
        return None


@lru_cache(maxsize=16)
def _date(second: int) -> str:
    return formatdate(second, usegmt=True)


def _authorise(request: Request, endpoint: Endpoint, tenant: Tenant | None) -> Tenant:
    """The tenant of a request that may be answered. Raises Refusal."""
    if request.method != "POST":
        raise Refusal("method", headers={"Allow": "POST"})
    if tenant is None:
        raise Refusal("token-invalid")
    if tenant.options.unapproved:
        raise Refusal("scope")
    return tenant


def _apply_faults(call: Call) -> DegradedAnswer | None:
    """What planned faults and quirks do to the answer of a call. Raises Refusal or Fault if they replace it."""
    try:
        faults, seed = call.tenant.faults, call.tenant.options.seed
        faults.apply(seed, call.endpoint.name, call.body, cursor=call.cursor, page=call.page)
        if call.tenant.chaos.share:
            call.tenant.chaos.apply(call.draw("chaos"), call.body)
        quirks.before(call)
    except DegradedAnswer as degraded:
        return degraded
    return None


def _degrade(answer: Answer, degraded: DegradedAnswer | None) -> Answer:
    if degraded is None:
        return answer
    if degraded.prefix:
        content = degraded.prefix + encoded(answer.content)
        return replace(answer, content=content, headers=_JSON | fault_header(degraded.action))
    return replace(
        answer,
        status=degraded.status or answer.status,
        headers=fault_header(degraded.action),
        code="" if degraded.connection else answer.code,
        fault=degraded.connection,
        delay=degraded.delay,
    )


def _answer_instead(fault: Fault) -> Answer:
    reason = "planned fault" if fault.action else "quirk"
    headers = {"Content-Type": fault.content_type, "X-Mock-Reason": reason} | fault_header(fault.action)
    return Answer(fault.status, fault.body, headers, code=fault.code)


def _log(name: str, tenant: Tenant | None, answer: Answer, request: Request | None = None) -> None:
    """Log an answer with its reason, and at DEBUG what was requested. A request for a token is not logged itself."""
    if not logger.isEnabledFor(logging.INFO):
        return
    logger.info("%s: %s%s", loggable(name), _outcome(answer), f" [{loggable(tenant.name)}]" if tenant else "")
    if request and tenant:
        fields, body = request.query.get("fields", ""), request.body.decode("utf-8", "replace")
        logger.debug("%s: fields %s, body %s", loggable(name), loggable(fields) or "none", loggable(body) or "none")


def _outcome(answer: Answer) -> str:
    """The status of an answer, its error code, the reason for it, and its message."""
    content = answer.content if isinstance(answer.content, dict) else {}
    error = content.get("error", {})
    message = error.get("message", "") if isinstance(error, dict) else content["error_description"]  # of a token
    reason = answer.headers.get("X-Mock-Reason", "").partition(";")[0]
    fault = answer.headers.get("X-Mock-Fault", answer.fault)
    late = f"{answer.delay:g} s late" if answer.delay else ""
    return f"{answer.status} {', '.join(filter(None, (answer.code, reason, fault, late)))}" + (
        f": {loggable(message)}" if message and answer.code != "ok" else ""
    )
