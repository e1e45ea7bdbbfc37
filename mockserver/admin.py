"""The server's own pages under /__mock__/: health, what is in the world, and the hand on the clock."""

import secrets
from collections.abc import Callable
from typing import Any

import orjson

from mockserver import VERSION
from mockserver.clock import ClockError
from mockserver.core import Core, Request, Response
from mockserver.sample import sample
from mockserver.tenant import Tenant, UnknownOption
from mockserver.timeline import utc

PREFIX = "/__mock__/"


class Refused(Exception):
    """An admin request cannot be done: status, and why."""

    def __init__(self, status: int, why: str) -> None:
        super().__init__(why)
        self.status = status


class Admin:
    """The door beside the API."""

    def __init__(self, core: Core) -> None:
        self.core = core

    def handle(self, request: Request) -> Response:
        """Answer a request to /__mock__/…"""
        route = _ROUTES.get((request.method, request.path.removeprefix(PREFIX).strip("/")))
        try:
            if route is None:
                raise Refused(404, f"There is no {request.method} {request.path[:100]} here.")
            handler, is_open = route
            if not is_open:
                self._check_token(request)
            content = handler(self, request)
        except Refused as refused:
            return _json(refused.status, {"error": str(refused)})
        return content if isinstance(content, Response) else _json(200, content)

    def _check_token(self, request: Request) -> None:
        given = request.headers.get("x-mock-admin-token", "")
        if not secrets.compare_digest(given.encode(), self.core.admin_token.encode()):
            raise Refused(403, "Send the admin token that the server printed at its start as X-Mock-Admin-Token.")

    def tenant(self, body: dict[str, Any]) -> Tenant:
        try:
            found = self.core.tenant(str(body.get("tenant", "mock")))
        except UnknownOption as error:
            raise Refused(400, f"{error}.") from None
        if found is None:
            raise Refused(400, "A tenant is a client key: mock or mock:option=value,…")
        return found[0]

    def health(self, _: Request) -> dict[str, object]:
        return {"status": "ok", "version": VERSION}

    def sample(self, request: Request) -> dict[str, object]:
        """What certainly exists in the world of a tenant (query parameter `tenant`, a client key)."""
        options = self.core.defaults
        if key := request.query.get("tenant"):
            options = self.tenant({"tenant": key}).options
        return sample(options.seed, options.videos)

    def clock(self, request: Request) -> dict[str, object]:
        """Move a tenant's clock: `to`, `advance` (seconds), `freeze` (true or false)."""
        body = read_object(request)
        tenant = self.tenant(body)
        if unknown := sorted(set(body) - {"tenant", "to", "advance", "freeze"}):
            raise Refused(400, f"Unknown key {unknown[0]!r}: a clock takes tenant, to, advance, freeze.")
        try:
            if "to" in body:
                tenant.clock.to(str(body["to"]), tenant.token_expiry)
            if "advance" in body:
                tenant.clock.advance(_seconds(body["advance"]))
            if "freeze" in body:
                tenant.clock.freeze(bool(body["freeze"]))
        except ClockError as error:
            raise Refused(400, str(error)) from None
        return {"tenant": tenant.name, "now": utc(tenant.now).isoformat(), "frozen": tenant.clock.is_frozen}


Handler = Callable[[Admin, Request], Any]
_ROUTES: dict[tuple[str, str], tuple[Handler, bool]] = {
    ("GET", "health"): (Admin.health, True),
    ("GET", "sample"): (Admin.sample, True),
    ("POST", "clock"): (Admin.clock, False),
}


def read_object(request: Request) -> dict[str, Any]:
    try:
        body = orjson.loads(request.body or b"{}")
    except orjson.JSONDecodeError:
        raise Refused(400, "The body is not JSON.") from None
    if not isinstance(body, dict):
        raise Refused(400, "The body is not a JSON object.")
    return body


def _seconds(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or value != value:
        raise Refused(400, "`advance` is a number of seconds.")
    return float(value)


def _json(status: int, content: object) -> Response:
    headers = {"Content-Type": "application/json; charset=utf-8", "X-Mock-Server": VERSION, "Cache-Control": "no-store"}
    return Response(status, orjson.dumps(content), headers)
