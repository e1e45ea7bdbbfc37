"""The server's own pages under /__mock__/: health, what is in the world, and the hand on the clock."""

import logging
import re
import secrets
from collections.abc import Callable
from dataclasses import asdict
from functools import cache
from importlib.resources import files
from typing import Any

import numpy as np
import orjson
import yaml

from mockserver.admin.sample import sample
from mockserver.admin.snapshots import BadState, restore, snapshot
from mockserver.behaviours.faults import scenario_named, scenarios
from mockserver.behaviours.quirks import QUIRKS, read_quirks
from mockserver.behaviours.refusals import RULES
from mockserver.core import Core
from mockserver.endpoints.scenarios import checked_scenario
from mockserver.journal.har import archive
from mockserver.logs import loggable
from mockserver.messages import Request, Response
from mockserver.search.own_rows import BadRows
from mockserver.search.own_rows_reader import read_rows
from mockserver.search.records import QUERY_COLUMNS, video_records
from mockserver.tenants.options import UnknownOption
from mockserver.tenants.tenant import COLLABORATORS, Tenant
from mockserver.version import VERSION
from mockserver.world.times import ClockError, utc

logger = logging.getLogger(__name__)
PREFIX = "/__mock__/"
_MEMBER = re.compile(r"[A-Za-z0-9._-]{1,40}")
_PAGE_POLICY = "default-src 'self'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; img-src data:"


class Refused(Exception):
    """An admin request cannot be done: status, and why."""

    def __init__(self, status: int, why: str) -> None:
        super().__init__(why)
        self.status = status


def is_admin(path: str) -> bool:
    return path.startswith(PREFIX) or path == PREFIX.rstrip("/")


class Admin:
    """The door beside the API."""

    def __init__(self, core: Core) -> None:
        self.core = core

    def answer(self, request: Request) -> Response:
        """Answer any request: to /__mock__/… here, to the API by the core."""
        return self.handle(request) if is_admin(request.path) else self.core.handle(request)

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
            logger.info("%s %s: %d %s", request.method, loggable(request.path), refused.status, loggable(str(refused)))
            return _json(refused.status, {"error": str(refused)})
        level = logging.DEBUG if request.method == "GET" else logging.INFO  # the control page reads every second
        logger.log(level, "%s %s: 200", request.method, loggable(request.path))
        return content if isinstance(content, Response) else _json(200, content)

    def is_token(self, token: str) -> bool:
        """Whether this is the admin token."""
        return secrets.compare_digest(token.encode(), self.core.admin_token.encode())

    def _check_token(self, request: Request) -> None:
        if not self.is_token(request.headers.get("x-mock-admin-token", "")):
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
        """Move a tenant's clock: `to`, `advance` (seconds), `freeze` (true or false), `speed`."""
        body = _only(read_object(request), "tenant", "to", "advance", "freeze", "speed")
        tenant = self.tenant(body)
        try:
            if "to" in body:
                tenant.clock.to(str(body["to"]), tenant.token_expiry)
            if "advance" in body:
                tenant.clock.advance(_seconds(body["advance"]))
            if "speed" in body:
                tenant.clock.run(_seconds(body["speed"]))
            if "freeze" in body:
                tenant.clock.freeze(bool(body["freeze"]))
        except ClockError as error:
            raise Refused(400, str(error)) from None
        return {"tenant": tenant.name, "now": utc(tenant.now).isoformat(), "frozen": tenant.clock.is_frozen}

    def tenants(self, _: Request) -> list[dict[str, object]]:
        return [self._describe(tenant) for tenant in self.core.tenants.values()]

    def _describe(self, tenant: Tenant) -> dict[str, object]:
        return {
            "tenant": tenant.name,
            "now": utc(tenant.now).isoformat(),
            "frozen": tenant.clock.is_frozen,
            "quota": tenant.meters(),
            "collaborators": tenant.members,
            "quirks": sorted(tenant.quirks),
            "faults": tenant.faults.account(),
            "rows": {"users": len(tenant.rows.accounts), "videos": len(tenant.rows.videos)} if tenant.rows else None,
            "seed": tenant.options.seed,
            "videos": tenant.options.videos,
        }

    def show(self, request: Request) -> dict[str, object]:
        return self._describe(self._asked(request))

    def _asked(self, request: Request) -> Tenant:
        return self.tenant({"tenant": request.query.get("tenant", "mock")})

    def reset(self, request: Request) -> dict[str, object]:
        """Forget a tenant: clock, quota, tokens, journal."""
        tenant = self.tenant(_only(read_object(request), "tenant"))
        self.core.drop(tenant)
        return {"tenant": tenant.name}

    def journal(self, request: Request) -> list[dict[str, object]]:
        """The last calls of a tenant, `last` or 1,000 of them, oldest first."""
        last = _digits(request, "last", 1_000)
        return list(self._asked(request).journal)[-last:] if last else []

    def har(self, request: Request) -> dict[str, object]:
        """The journal as an HTTP archive."""
        return archive(self._asked(request))

    def quota(self, request: Request) -> dict[str, object]:
        """Say how much of today's quota is used: {"tenant", "used": {"general": 990}}."""
        body = _only(read_object(request), "tenant", "used")
        tenant, used = self.tenant(body), body.get("used")
        if not isinstance(used, dict) or not all(type(count) is int for count in used.values()):
            raise Refused(400, "`used` gives a number for general, follow or both.")
        try:
            tenant.set_used(used)
        except KeyError as error:
            raise Refused(400, f"There is no bucket {error}; there are general and follow.") from None
        return self._describe(tenant)

    def switch(self, request: Request) -> dict[str, object]:
        """Switch quirks: {"tenant", "on": [names], "off": [names]}."""
        body = _only(read_object(request), "tenant", "on", "off")
        tenant = self.tenant(body)
        try:
            on, off = (read_quirks(_names(body.get(name))) for name in ("on", "off"))
        except ValueError as error:
            raise Refused(400, f"{error}.") from None
        tenant.switch(on, off)
        return self._describe(tenant)

    def scenario(self, request: Request) -> dict[str, object]:
        """Begin a scenario: {"tenant", "scenario": a name or {"faults", "quirks"}}; null ends it."""
        body = _only(read_object(request), "tenant", "scenario")
        tenant, wanted = self.tenant(body), body.get("scenario")
        try:
            tenant.play(scenario_named(wanted) if isinstance(wanted, str) else checked_scenario(wanted or {}))
        except ValueError as error:
            raise Refused(400, f"{error}.") from None
        return self._describe(tenant)

    def rows(self, request: Request) -> dict[str, object]:
        """Lay rows over a tenant's world: {"tenant", "rows": {"users", "videos", "comments"}}; null takes them away."""
        body = _only(read_object(request), "tenant", "rows")
        tenant, wanted = self.tenant(body), body.get("rows")
        try:
            tenant.set_rows(read_rows(wanted) if wanted is not None else None)
        except BadRows as error:
            raise Refused(400, str(error)) from None
        return self._describe(tenant)

    def collaborators(self, request: Request) -> dict[str, object]:
        """Give a collaborator access, or take it away: {"tenant", "add": name} or {"tenant", "remove": name}."""
        body = _only(read_object(request), "tenant", "add", "remove")
        tenant = self.tenant(body)
        for name, has_access in ((body.get("add"), True), (body.get("remove"), False)):
            if name is None:
                continue
            if not isinstance(name, str) or not _MEMBER.fullmatch(name):
                raise Refused(400, "A collaborator's name has up to 40 letters, digits, dots, dashes and underscores.")
            if not tenant.set_access(name, has_access):
                raise Refused(400, f"An organisation has up to {COLLABORATORS} collaborators: remove one first.")
        return self._describe(tenant)

    def get_state(self, _: Request) -> dict[str, object]:
        return snapshot(self.core)

    def put_state(self, request: Request) -> dict[str, object]:
        try:
            restore(self.core, read_object(request))
        except BadState as error:
            raise Refused(400, str(error)) from None
        return {"tenants": len(self.core.tenants)}

    def quirks(self, _: Request) -> list[dict[str, object]]:
        return [
            {
                "name": name,
                "numbers": quirk.numbers,
                "about": quirk.about,
                "source": quirk.source,
                "observed": quirk.observed,
            }
            for name, quirk in QUIRKS.items()
        ]

    def scenarios(self, _: Request) -> list[dict[str, object]]:
        return [{"name": name, "about": content["about"]} for name, content in scenarios().items()]

    def browse(self, request: Request) -> dict[str, object]:
        """Videos of a tenant's world, newest first, as the API would show them now: `from` (an index), `count`."""
        tenant = self._asked(request)
        place = tenant.world
        top = place.timeline.first_from(tenant.now)
        start, count = (_digits(request, name, default) for name, default in (("from", top), ("count", 20)))
        stop = min(start, top)
        index = place.found(np.arange(max(0, stop - min(count, 100)), stop, dtype=np.int64)[::-1], tenant.now)
        fields = ("id", "create_time", "username", "region_code", "video_description", "view_count", "comment_count")
        records = video_records(place.videos(index), tenant.now, fields, QUERY_COLUMNS)
        return {"videos": records, "next": max(0, stop - min(count, 100)), "total": top}

    def panel(self, _: Request) -> Response:
        """The control page."""
        headers = {
            "Content-Type": "text/html; charset=utf-8",
            "Content-Security-Policy": _PAGE_POLICY,
            "X-Frame-Options": "DENY",
        }
        return Response(200, files(__package__).joinpath("panel.html").read_bytes(), headers)

    def openapi(self, _: Request) -> dict[str, object]:
        """The API as the documents describe it, in OpenAPI 3.1."""
        return _described()

    def rules(self, _: Request) -> dict[str, object]:
        """Every reason to refuse a request, as X-Mock-Reason names it."""
        return {name: asdict(rule) for name, rule in RULES.items()}


Handler = Callable[[Admin, Request], Any]
# (method, path): what answers, and whether it does so without the admin token.
_ROUTES: dict[tuple[str, str], tuple[Handler, bool]] = {
    ("GET", ""): (Admin.panel, True),
    ("GET", "health"): (Admin.health, True),
    ("GET", "sample"): (Admin.sample, True),
    ("GET", "quirks"): (Admin.quirks, True),
    ("GET", "scenarios"): (Admin.scenarios, True),
    ("GET", "rules"): (Admin.rules, True),
    ("GET", "openapi.json"): (Admin.openapi, True),
    ("GET", "tenants"): (Admin.tenants, False),
    ("GET", "tenant"): (Admin.show, False),
    ("GET", "journal"): (Admin.journal, False),
    ("GET", "videos"): (Admin.browse, False),
    ("GET", "journal.har"): (Admin.har, False),
    ("GET", "state"): (Admin.get_state, False),
    ("PUT", "state"): (Admin.put_state, False),
    ("POST", "clock"): (Admin.clock, False),
    ("POST", "quota"): (Admin.quota, False),
    ("POST", "quirks"): (Admin.switch, False),
    ("POST", "scenario"): (Admin.scenario, False),
    ("POST", "rows"): (Admin.rows, False),
    ("POST", "collaborators"): (Admin.collaborators, False),
    ("POST", "reset"): (Admin.reset, False),
}


@cache
def _described() -> dict[str, object]:
    text = files(__package__).joinpath("openapi.yaml").read_text("utf-8")
    document: dict[str, object] = yaml.safe_load(text)
    return document


def _only(body: dict[str, Any], *names: str) -> dict[str, Any]:
    if unknown := sorted(set(body) - set(names)):
        raise Refused(400, f"Unknown key {unknown[0]!r}: this takes {', '.join(names)}.")
    return body


def _digits(request: Request, name: str, default: int) -> int:
    text = request.query.get(name, "")
    if text and not (text.isascii() and text.isdigit() and len(text) < 12):
        raise Refused(400, f"`{name}` is a whole number.")
    return int(text) if text else default


def _names(value: object) -> list[str]:
    if value is None:
        return []
    if not isinstance(value, list) or not all(isinstance(name, str) for name in value):
        raise Refused(400, "`on` and `off` are lists of names of quirks.")
    return value


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
        raise Refused(400, "`advance` is a number of seconds, `speed` a number.")
    return float(value)


def _json(status: int, content: object) -> Response:
    headers = {"Content-Type": "application/json; charset=utf-8", "X-Mock-Server": VERSION, "Cache-Control": "no-store"}
    return Response(status, orjson.dumps(content), headers)
