"""The pages under /__mock__/: what exists in the world, and what controls clients, clocks, quotas and faults."""

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
from mockserver.search.columns import QUERY_COLUMNS
from mockserver.search.own_rows import BadRows, Rows
from mockserver.search.own_rows_reader import read_rows
from mockserver.search.parameters import LARGEST_PAGE
from mockserver.search.records import video_records
from mockserver.tenants.options import UnknownOption
from mockserver.tenants.tenant import COLLABORATORS, Tenant
from mockserver.version import VERSION
from mockserver.world.times import ClockError, utc

logger = logging.getLogger(__name__)
PREFIX = "/__mock__/"
_MOST_FAILURES = 1_000  # of one request to /fail
_MEMBER = re.compile(r"[A-Za-z0-9._-]{1,40}")
_PAGE_POLICY = "default-src 'self'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; img-src data:"


class AdminError(Exception):
    """A request to /__mock__/ is refused; the text says why."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


def is_admin(path: str) -> bool:
    return path.startswith(PREFIX) or path == PREFIX.rstrip("/")


class Admin:
    """All pages under /__mock__/, for one core."""

    def __init__(self, core: Core) -> None:
        self.core = core

    def answer(self, request: Request) -> Response:
        """Answer any request, to /__mock__/ or to the API."""
        return self.handle(request) if is_admin(request.path) else self.core.handle(request)

    def handle(self, request: Request) -> Response:
        """Answer a request to /__mock__/."""
        route = _ROUTES.get((request.method, request.path.removeprefix(PREFIX).strip("/")))
        try:
            if route is None:
                raise AdminError(404, f"Unknown request: {request.method} {request.path[:100]}.")
            handler, is_open = route
            if not is_open:
                self._check_token(request)
            content = handler(self, request)
        except AdminError as error:
            logger.info("%s %s: %d %s", request.method, loggable(request.path), error.status, loggable(str(error)))
            return _json(error.status, {"error": str(error)})
        level = logging.DEBUG if request.method == "GET" else logging.INFO  # the control page reads every second
        logger.log(level, "%s %s: 200", request.method, loggable(request.path))
        return content if isinstance(content, Response) else _json(200, content)

    def is_token(self, token: str) -> bool:
        """Whether this is the admin token."""
        return secrets.compare_digest(token.encode("utf-8", "surrogateescape"), self.core.admin_token.encode())

    def _check_token(self, request: Request) -> None:
        if not self.is_token(request.headers.get("x-mock-admin-token", "")):
            raise AdminError(
                403, "Send the header X-Mock-Admin-Token with the admin token that the server printed when it started."
            )

    def tenant(self, body: dict[str, Any]) -> Tenant:
        try:
            client = self.core.tenant(str(body.get("tenant", "mock")))
        except UnknownOption as error:
            raise AdminError(400, f"{error}.") from None
        if client is None:
            raise AdminError(400, "`tenant` must be a client key: mock or mock:option=value,…")
        return client[0]

    def health(self, _: Request) -> dict[str, object]:
        return {"status": "ok", "version": VERSION}

    def sample(self, request: Request) -> dict[str, object]:
        """Names of things that exist in the world of a tenant. Query parameter: `tenant`, a client key."""
        options, now = self.core.defaults, self.core.now(None)
        if key := request.query.get("tenant"):
            tenant = self.tenant({"tenant": key})
            options, now = tenant.options, tenant.now
        return sample(options.seed, options.videos, now)

    def clock(self, request: Request) -> dict[str, object]:
        """Move a tenant's clock: `to` a time, `advance` by seconds, `freeze` (true or false), or set its `speed`."""
        body = _only(_read_body(request), "tenant", "to", "advance", "freeze", "speed")
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
            raise AdminError(400, str(error)) from None
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
            "chaos": tenant.chaos.account(),
            "rows": _describe_rows(tenant.rows) if tenant.rows else None,
            "seed": tenant.options.seed,
            "videos": tenant.options.videos,
        }

    def show(self, request: Request) -> dict[str, object]:
        return self._describe(self._tenant_of_query(request))

    def _tenant_of_query(self, request: Request) -> Tenant:
        return self.tenant({"tenant": request.query.get("tenant", "mock")})

    def reset(self, request: Request) -> dict[str, object]:
        """Forget a tenant with its clock, quota, tokens and journal. Answers what was forgotten."""
        tenant = self.tenant(_only(_read_body(request), "tenant"))
        self.core.drop(tenant)
        return {"tenant": tenant.name, "forgot": tenant.held()}

    def fail(self, request: Request) -> dict[str, object]:
        """Let the next requests fail, then succeed again: {"tenant", "do": an action, "times": 1, "endpoint": "*"}."""
        body = _only(_read_body(request), "tenant", "do", "times", "endpoint")
        tenant, times = self.tenant(body), body.get("times", 1)
        if type(times) is not int or not 0 < times <= _MOST_FAILURES:
            raise AdminError(400, f"`times` must be a whole number from 1 to {_MOST_FAILURES}.")
        plan = {"match": {"endpoint": body.get("endpoint", "*")}, "do": [body.get("do")] * times}
        try:
            tenant.faults.plans += checked_scenario({"faults": [plan]}).plans
        except ValueError as error:
            raise AdminError(400, f"{error}.") from None
        return self._describe(tenant)

    def journal(self, request: Request) -> list[dict[str, object]]:
        """The last calls of a tenant, oldest first. Query parameter: `last`, at most 1,000."""
        last = _whole_number(request, "last", 1_000)
        return list(self._tenant_of_query(request).journal)[-last:] if last else []

    def har(self, request: Request) -> dict[str, object]:
        """The journal as an HTTP archive."""
        return archive(self._tenant_of_query(request))

    def quota(self, request: Request) -> dict[str, object]:
        """Set how much of today's quota is used: {"tenant", "used": {"general": 990}}."""
        body = _only(_read_body(request), "tenant", "used")
        tenant, used = self.tenant(body), body.get("used")
        if not isinstance(used, dict) or not all(type(count) is int for count in used.values()):
            raise AdminError(400, "`used` must be an object with a number for general, follow or both.")
        try:
            tenant.set_used(used)
        except KeyError as error:
            raise AdminError(400, f"Unknown bucket {error}. Available: general, follow.") from None
        return self._describe(tenant)

    def switch(self, request: Request) -> dict[str, object]:
        """Switch quirks on and off: {"tenant", "on": [names], "off": [names]}."""
        body = _only(_read_body(request), "tenant", "on", "off")
        tenant = self.tenant(body)
        try:
            on, off = (read_quirks(_names(body.get(name))) for name in ("on", "off"))
        except ValueError as error:
            raise AdminError(400, f"{error}.") from None
        tenant.switch(on, off)
        return self._describe(tenant)

    def scenario(self, request: Request) -> dict[str, object]:
        """Start a scenario: {"tenant", "scenario": a name or {"faults", "quirks"}}. null ends it."""
        body = _only(_read_body(request), "tenant", "scenario")
        tenant, scenario = self.tenant(body), body.get("scenario")
        try:
            tenant.play(scenario_named(scenario) if isinstance(scenario, str) else checked_scenario(scenario or {}))
        except ValueError as error:
            raise AdminError(400, f"{error}.") from None
        return self._describe(tenant)

    def rows(self, request: Request) -> dict[str, object]:
        """Add your own rows to the world: {"tenant", "rows": {"users": [], "shops": []}}. null removes them."""
        body = _only(_read_body(request), "tenant", "rows")
        tenant, rows = self.tenant(body), body.get("rows")
        try:
            tenant.set_rows(read_rows(rows) if rows is not None else None)
        except BadRows as error:
            raise AdminError(400, str(error)) from None
        return self._describe(tenant)

    def collaborators(self, request: Request) -> dict[str, object]:
        """Give a collaborator access, or take it away: {"tenant", "add": name} or {"tenant", "remove": name}."""
        body = _only(_read_body(request), "tenant", "add", "remove")
        tenant = self.tenant(body)
        for name, has_access in ((body.get("add"), True), (body.get("remove"), False)):
            if name is None:
                continue
            if not isinstance(name, str) or not _MEMBER.fullmatch(name):
                raise AdminError(
                    400, "The name of a collaborator can have up to 40 letters, digits, dots, dashes and underscores."
                )
            if not tenant.set_access(name, has_access):
                raise AdminError(
                    400, f"An organisation can have up to {COLLABORATORS} collaborators: remove one first."
                )
        return self._describe(tenant)

    def get_state(self, _: Request) -> dict[str, object]:
        return snapshot(self.core)

    def put_state(self, request: Request) -> dict[str, object]:
        try:
            restore(self.core, _read_body(request))
        except BadState as error:
            raise AdminError(400, str(error)) from None
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
        """The public videos of a tenant's world, newest first. Query parameters: `from`, an index, and `count`."""
        tenant = self._tenant_of_query(request)
        world = tenant.world
        total = world.timeline.first_from(tenant.now)
        end, count = (_whole_number(request, name, default) for name, default in (("from", total), ("count", 20)))
        end = min(end, total)
        start = max(0, end - min(count, LARGEST_PAGE))
        index = world.found(np.arange(start, end, dtype=np.int64)[::-1], tenant.now)
        fields = ("id", "create_time", "username", "region_code", "video_description", "view_count", "comment_count")
        records = video_records(world.videos(index), tenant.now, fields, QUERY_COLUMNS)
        return {"videos": records, "next": start, "total": total}

    def panel(self, _: Request) -> Response:
        """The control page."""
        headers = {
            "Content-Type": "text/html; charset=utf-8",
            "Content-Security-Policy": _PAGE_POLICY,
            "X-Frame-Options": "DENY",
        }
        return Response(200, files(__package__).joinpath("panel.html").read_bytes(), headers)

    def openapi(self, _: Request) -> dict[str, object]:
        """The API as its documents describe it, in OpenAPI 3.1."""
        return _openapi_document()

    def rules(self, _: Request) -> dict[str, object]:
        """All reasons to refuse a request, by the name in the header X-Mock-Reason."""
        return {name: asdict(rule) for name, rule in RULES.items()}


Handler = Callable[[Admin, Request], Any]
# (method, path): the function, and whether it needs no admin token
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
    ("POST", "fail"): (Admin.fail, False),
    ("POST", "reset"): (Admin.reset, False),
}


@cache
def _openapi_document() -> dict[str, object]:
    text = files(__package__).joinpath("openapi.yaml").read_text("utf-8")
    document: dict[str, object] = yaml.safe_load(text)
    return document


def _describe_rows(rows: Rows) -> dict[str, int]:
    return {"users": len(rows.accounts), "videos": len(rows.videos), "shops": len(rows.shops)}


def _only(body: dict[str, Any], *names: str) -> dict[str, Any]:
    if unknown := sorted(set(body) - set(names)):
        raise AdminError(400, f"Unknown key {unknown[0]!r}. Available: {', '.join(names)}.")
    return body


def _whole_number(request: Request, name: str, default: int) -> int:
    text = request.query.get(name, "")
    if text and not (text.isascii() and text.isdigit() and len(text) < 12):
        raise AdminError(400, f"`{name}` must be a whole number.")
    return int(text) if text else default


def _names(value: object) -> list[str]:
    if value is None:
        return []
    if not isinstance(value, list) or not all(isinstance(name, str) for name in value):
        raise AdminError(400, "`on` and `off` must be lists of names of quirks.")
    return value


def _read_body(request: Request) -> dict[str, Any]:
    try:
        body = orjson.loads(request.body or b"{}")
    except orjson.JSONDecodeError:
        raise AdminError(400, "The body is not JSON.") from None
    if not isinstance(body, dict):
        raise AdminError(400, "The body is not a JSON object.")
    return body


def _seconds(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or value != value:
        raise AdminError(400, "`advance` must be a number of seconds, `speed` a number.")
    return float(value)


def _json(status: int, content: object) -> Response:
    headers = {"Content-Type": "application/json; charset=utf-8", "X-Mock-Server": VERSION, "Cache-Control": "no-store"}
    return Response(status, orjson.dumps(content), headers)
