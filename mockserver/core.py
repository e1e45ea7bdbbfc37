"""The whole server as one function: `Core.handle(request) -> response`, without any input or output of its own."""

import secrets
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from email.utils import formatdate
from typing import Any
from urllib.parse import parse_qsl

import orjson

from mockserver.behaviours.faults import Fault, Spoiled, planned
from mockserver.behaviours.refusals import RULES, Refusal
from mockserver.endpoints import own_rows, quirks
from mockserver.endpoints.addresses import TOKEN_PATH
from mockserver.endpoints.call import Call, Endpoint
from mockserver.endpoints.table import BY_PATH
from mockserver.journal import journal
from mockserver.search import parameters
from mockserver.search.own_rows import BadRows, Rows
from mockserver.tenants.clock import Clock
from mockserver.tenants.options import SECRET, Options, UnknownOption, read_key
from mockserver.tenants.tenant import TOKEN_LIFE, Tenant, Token
from mockserver.version import VERSION
from mockserver.world.times import utc

LARGEST_BODY = 2 << 20
DEEPEST_BODY = 32
MOST_TENANTS = 1_000  # beyond, the oldest is forgotten


@dataclass(frozen=True)
class Request:
    """path: without the query string; query: decoded; headers: names in lower case."""

    method: str
    path: str
    query: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""


@dataclass(frozen=True)
class Response:
    """fault: what the skin does to the connection instead of a clean answer; delay: seconds of waiting before."""

    status: int
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    fault: str = ""
    delay: float = 0.0


@dataclass(frozen=True)
class Answer:
    """A response before it is put into an envelope of headers."""

    status: int
    content: Any
    headers: Mapping[str, str] = field(default_factory=dict)
    fault: str = ""
    delay: float = 0.0


class Core:
    """All tenants, and the way of a request through the rules."""

    def __init__(
        self,
        *,
        defaults: Options | None = None,
        rows: Rows | None = None,
        admin_token: str | None = None,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self.defaults = defaults or Options()
        self.rows, self.monotonic = rows, monotonic
        self.admin_token = admin_token or secrets.token_urlsafe(18)
        self.instance = secrets.token_hex(8)
        self.tenants: dict[str, Tenant] = {}
        self._born = monotonic()

    # Tenants

    def tenant(self, client_key: str) -> tuple[Tenant, Options] | None:
        """The tenant of a client key, made at its first request; None if this server has no such client."""
        options = read_key(client_key, self.defaults)
        if options is None:
            return None
        shared = replace(options, member="")
        name = client_key if not options.member else _without_member(client_key)
        if name not in self.tenants:
            self.tenants[name] = self.new_tenant(name, shared)
            if len(self.tenants) > MOST_TENANTS:
                self.tenants.pop(next(iter(self.tenants)))
        return self.tenants[name], options

    def new_tenant(self, name: str, options: Options) -> Tenant:
        """A tenant without a past. Raises UnknownOption for a key that the endpoints, or the server's rows, refuse."""
        known = {name for endpoint in BY_PATH.values() for name in (endpoint.name, *endpoint.fields)}
        if unknown := sorted(options.lacks - known):
            raise UnknownOption(f"option lacks of the client key: there is no field or endpoint {unknown[0][:40]!r}")
        tenant = Tenant(name, options, Clock(options.now, self.monotonic))
        try:
            tenant.lay(self.rows)
        except BadRows as error:
            raise UnknownOption(f"the rows of this server do not fit into this world. {error}".rstrip(".")) from None
        return tenant

    def drop(self, tenant: Tenant) -> None:
        """Forget a tenant; its next request makes it anew."""
        self.tenants.pop(tenant.name, None)

    def _token(self, request: Request) -> Token | None:
        scheme, _, text = request.headers.get("authorization", "").strip().partition(" ")
        if scheme.lower() != "bearer":
            return None
        for tenant in self.tenants.values():
            token = tenant.tokens.get(text.strip())
            if token and token.expires > tenant.now and tenant.members.get(token.member, True):
                return token
        return None

    # Requests

    def handle(self, request: Request) -> Response:
        """Answer a request to the API. Requests to /__mock__/ are `admin.handle`'s."""
        path = request.path if request.path.endswith("/") else request.path + "/"
        if path == TOKEN_PATH:
            return self._seal(*self._answer_token(request))
        endpoint = BY_PATH.get(path)
        token = self._token(request)
        tenant = token.tenant if token else None
        try:
            if endpoint is None:
                raise Refusal("path", request.path[:200])
            if request.method != "POST":
                raise Refusal("method", headers={"Allow": "POST"})
            if token is None or tenant is None:
                raise Refusal("token-invalid")
            answer = self._answer(endpoint, tenant, request)
        except Refusal as refusal:
            answer = self._refuse(refusal, endpoint, tenant)
        except Fault as fault:
            reason = "planned fault" if fault.action else "quirk"
            headers = {"Content-Type": fault.content_type, "X-Mock-Reason": reason} | planned(fault.action)
            answer = Answer(fault.status, fault.body, headers)
        self._note(tenant, endpoint, request, answer)
        return self._seal(answer, tenant)

    def _answer(self, endpoint: Endpoint, tenant: Tenant, request: Request) -> Answer:
        if tenant.options.unapproved:
            raise Refusal("scope")
        tenant.spend(endpoint.bucket)
        call = Call(endpoint, tenant, tenant.now, _read_body(endpoint, request), message=endpoint.message)
        spoiled = Spoiled()
        try:
            tenant.faults.strike(tenant.options.seed, endpoint.name, call.body, cursor=call.cursor, page=call.page)
            quirks.before(call)
        except Spoiled as spoil:
            spoiled = spoil
        answer = self._good_answer(call, request)
        return replace(
            answer,
            status=spoiled.status or 200,
            headers=planned(spoiled.action),
            fault=spoiled.connection,
            delay=spoiled.delay,
        )

    def _good_answer(self, call: Call, request: Request) -> Answer:
        endpoint = call.endpoint
        asked = request.query.get("fields", "") or (parameters.text(call.body, "fields") or "")
        if endpoint.fields:
            call.fields = parameters.fields(
                asked, endpoint.fields, required=endpoint.fields_required, loose=call.tenant.options.loose
            )
        if missed := sorted(call.tenant.options.lacks & {endpoint.name, *call.fields}):
            raise Refusal("scope-missed", ", ".join(missed))
        rows = call.tenant.rows
        from_rows = own_rows.answer(call, rows) if rows else None
        data = endpoint.answer(call) if from_rows is None else from_rows
        if isinstance(data, bytes):
            return Answer(200, data)
        quirks.after(call, data)
        error: dict[str, Any] = {"code": "ok", "message": call.message, "log_id": self._log_id(call.tenant)}
        if endpoint.status_in_error:
            error["http_status_code"] = 200
        return Answer(200, {"data": data, "error": error})

    def _refuse(self, refusal: Refusal, endpoint: Endpoint | None, tenant: Tenant | None) -> Answer:
        rule = RULES[refusal.rule]
        error: dict[str, Any] = {"code": rule.code, "message": refusal.message, "log_id": self._log_id(tenant)}
        if endpoint and endpoint.status_in_error:
            error["http_status_code"] = rule.status
        content = {"error": error} if rule.bare else {"data": {}, "error": error}
        reason = f"{refusal.rule}; {rule.kind}; {rule.source}"
        return Answer(rule.status, content, {"X-Mock-Reason": reason} | refusal.headers)

    # The token endpoint

    def _answer_token(self, request: Request) -> tuple[Answer, Tenant | None]:
        form = _read_form(request)
        for name, words in (
            ("client_key", "Client key"),
            ("client_secret", "Client secret"),
            ("grant_type", "Grant type"),
        ):
            if not form.get(name):
                return self._token_error("invalid_request", f"{words} is missed in request."), None
        if request.method != "POST":
            return self._token_error("invalid_request", "Only POST is supported."), None
        if form["grant_type"] != "client_credentials":
            return self._token_error("unsupported_grant_type", "Only client_credentials is supported."), None
        try:
            found = self.tenant(form["client_key"])
        except UnknownOption as error:
            return self._token_error("invalid_client", f"Client key is incorrect: {error}."), None
        if found is None or not secrets.compare_digest(form["client_secret"].encode(), SECRET.encode()):
            return self._token_error("invalid_client", "Client key or secret is incorrect."), None
        tenant, options = found
        if options.removed or not tenant.admit(options.member):
            return self._token_error("invalid_client", "This collaborator has no access.", tenant), tenant
        content = {"access_token": tenant.issue(options.member), "expires_in": TOKEN_LIFE, "token_type": "Bearer"}
        return Answer(200, content), tenant

    def _token_error(self, code: str, description: str, tenant: Tenant | None = None) -> Answer:
        status = (tenant.options if tenant else self.defaults).token_status
        content = {"error": code, "error_description": description, "log_id": self._log_id(tenant)}
        return Answer(
            status, content, {"X-Mock-Reason": "token-error; reported; github.com/HohnerJulian/ResearchTikPy PR 28"}
        )

    # What every answer bears

    def _now(self, tenant: Tenant | None) -> float:
        return tenant.clock.time if tenant else self.defaults.now + self.monotonic() - self._born

    def _log_id(self, tenant: Tenant | None) -> str:
        """UTC time and 20 upper-case hexadecimal digits, as recorded."""
        return f"{utc(int(self._now(tenant))):%Y%m%d%H%M%S}{secrets.token_hex(10).upper()}"

    def _seal(self, answer: Answer, tenant: Tenant | None) -> Response:
        is_text = isinstance(answer.content, bytes)
        headers = {
            "Content-Type": "text/plain; charset=utf-8" if is_text else "application/json; charset=utf-8",
            "Date": formatdate(int(self._now(tenant)), usegmt=True),
            "Server": "tiktok-mock",
            "X-Mock-Server": VERSION,
            "X-Mock-Instance": tenant.instance if tenant else self.instance,
        }
        body = answer.content if is_text else orjson.dumps(answer.content)
        return Response(answer.status, body, headers | dict(answer.headers), answer.fault, answer.delay)

    def _note(self, tenant: Tenant | None, endpoint: Endpoint | None, request: Request, answer: Answer) -> None:
        if tenant and endpoint:
            call = journal.row(
                tenant,
                endpoint,
                fields=request.query.get("fields", ""),
                authorization=request.headers.get("authorization", ""),
                body=request.body,
                status=answer.status,
                content=answer.content,
                headers=answer.headers,
                connection_fault=answer.fault,
            )
            tenant.journal.append(call)


def _without_member(client_key: str) -> str:
    name, _, text = client_key.partition(":")
    parts = [part for part in text.split(",") if part.partition("=")[0].strip() != "member"]
    return f"{name}:{','.join(parts)}" if parts else name


def _read_form(request: Request) -> dict[str, str]:
    """The fields of a token request: a form, though JSON is read too."""
    if request.body.lstrip().startswith(b"{"):
        try:
            content = orjson.loads(request.body)
        except orjson.JSONDecodeError:
            return {}
        return {name: str(value) for name, value in content.items() if isinstance(value, str)}
    return dict(parse_qsl(request.body.decode("utf-8", "replace"), keep_blank_values=True, max_num_fields=None))


def _read_body(endpoint: Endpoint, request: Request) -> Mapping[str, Any]:
    """The body as a JSON object, whatever its content type says; nothing at all is an empty object."""
    if endpoint.body == "form":
        return {"content_type": request.headers.get("content-type", ""), "raw": request.body}
    if not request.body.strip():
        return {}
    try:
        body = orjson.loads(request.body.removeprefix(b"\xef\xbb\xbf"))
    except orjson.JSONDecodeError:
        raise Refusal("not-json") from None
    if not isinstance(body, dict):
        raise Refusal("not-json")
    if _is_deeper(body, DEEPEST_BODY):
        raise Refusal("parameter", "The body is nested too deeply.")
    return body


def _is_deeper(value: object, levels: int) -> bool:
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return levels < 0 or any(_is_deeper(each, levels - 1) for each in inner if isinstance(each, dict | list))
