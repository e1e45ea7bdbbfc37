"""Faults: planned in order and accounted for, or with a chance that is the same in every run."""

import fnmatch
import logging
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field, replace
from functools import cache
from importlib.resources import files
from typing import Any

import yaml

from mockserver.behaviours.recent import Recent
from mockserver.behaviours.refusals import Refusal
from mockserver.world.hashing import ONE, key

logger = logging.getLogger(__name__)
MOST_COUNTED = 10_000  # requests whose repetitions are counted
GATEWAY_TIMEOUT = (
    b"<html><head><title>504 Gateway Time-out</title></head><body><h1>504 Gateway Time-out</h1></body></html>\n"
)

# Faults of the connection itself. The adapter does them: to the socket, or by raising what requests would raise.
CONNECTION = ("reset", "empty", "truncate", "bad_chunk", "garbage", "stall")


@dataclass
class Fault(Exception):
    """Something else is sent instead of an answer of the API.

    code: the error code that a client can read in the body. action: the name of the fault, if it was planned.
    """

    status: int = 200
    body: bytes = b""
    content_type: str = "application/json; charset=utf-8"
    code: str = ""
    action: str = ""


@dataclass
class DegradedAnswer(Exception):
    """The right answer is sent, but broken (`connection`), late (`delay`, in seconds), or with something else changed.

    status: another HTTP status. prefix: bytes before the body.
    """

    connection: str = ""
    delay: float = 0.0
    status: int = 0
    prefix: bytes = b""
    action: str = ""


# What a fault can do, by name.
ACTIONS: Mapping[str, Exception | None] = {
    "pass": None,
    "internal_error": Refusal("internal", "Something is wrong. Please try again later."),
    "server_internal_error": Refusal("internal", "Server Internal Error"),
    "internal_error_without_message": Refusal("internal", ""),
    "rate_limit_exceeded": Refusal("rate-limit"),
    "daily_quota_limit_exceeded": Refusal("daily-quota"),
    "access_token_invalid": Refusal("token-invalid"),
    "scope_not_authorized": Refusal("scope"),
    "scope_permission_missed": Refusal("scope-missed", "research.data.u18eu"),
    "invalid_cursor": Refusal("cursor"),
    "search_id_invalid": Refusal("search-id", "{search_id}"),
    "gateway_timeout": Fault(504, GATEWAY_TIMEOUT, "text/html"),
    "unavailable": Fault(503, b"upstream connect error\n", "text/plain"),
    "bad_gateway": Fault(502, b"", "text/plain"),
    "html": Fault(200, GATEWAY_TIMEOUT.replace(b"504 Gateway Time-out", b"Please wait"), "text/html"),
    "not_json": Fault(200, b'{"data": {"videos": [{"id": 7'),
    "no_body": Fault(200, b""),
    "no_error_object": Fault(200, b'{"data": {}}'),
    "no_data": Fault(200, b'{"error": {"code": "ok", "message": "", "log_id": ""}}', code="ok"),
    "status_500_with_data": DegradedAnswer(status=500),
    "byte_order_mark": DegradedAnswer(prefix=b"\xef\xbb\xbf"),
    "slow": DegradedAnswer(delay=1.0),
    **{name: DegradedAnswer(connection=name) for name in CONNECTION},
}


class ScenarioError(ValueError):
    """A scenario has something that the server does not know; the text says what it knows."""


@dataclass
class Plan:
    """Which requests match, and what happens to them.

    steps: done in order, one per matching request, then no more. chance: instead, one action for a fixed share of them.
    """

    endpoint: str
    steps: list[str]
    nth: int | None = None
    page: int | None = None
    cursor: int | None = None
    chance: float | None = None
    seen: int = 0
    done: list[str] = field(default_factory=list)

    @property
    def left(self) -> list[str]:
        return [] if self.chance is not None else self.steps[len(self.done) :]

    def matches(self, endpoint: str, cursor: int, page: int) -> bool:
        return (
            fnmatch.fnmatchcase(endpoint, self.endpoint) and self.cursor in (None, cursor) and self.page in (None, page)
        )

    def next(self, fingerprint: int, attempt: int) -> str:
        """The action for a matching request."""
        self.seen += 1
        if self.chance is not None:
            draw = key("chance", fingerprint, attempt, self.endpoint, self.steps[0]) >> 32
            action = self.steps[0] if draw < self.chance * ONE else "pass"
        elif not self.left or (self.nth is not None and self.seen < self.nth):
            return "pass"
        else:
            action = self.left[0]
        if action != "pass" or self.chance is None:
            self.done.append(action)
            del self.done[: -max(MOST_COUNTED, len(self.steps))]
        return action


@dataclass
class Scenario:
    """Plans and quirks under one name."""

    plans: list[Plan]
    quirks: list[str]


def read_scenario(content: object) -> Scenario:
    """A scenario as YAML or JSON has it; its quirks and endpoints are not checked. Raises ScenarioError."""
    if not isinstance(content, dict) or set(content) - {"faults", "quirks", "about"}:
        raise ScenarioError("a scenario has the lists `faults` and `quirks`, and perhaps `about`, a description")
    faults, quirks = (content.get(name) or [] for name in ("faults", "quirks"))
    if not isinstance(faults, list) or not isinstance(quirks, list):
        raise ScenarioError("`faults` and `quirks` must be lists")
    return Scenario([_read_plan(each) for each in faults], [str(name) for name in quirks])


def _read_plan(content: object) -> Plan:
    if not isinstance(content, dict) or "do" not in content or set(content) - {"match", "do", "chance"}:
        raise ScenarioError("a fault has `do` (what happens), and perhaps `match` (to which requests) and `chance`")
    match = content.get("match") or {}
    if not isinstance(match, dict) or set(match) - {"endpoint", "nth", "page", "cursor"}:
        raise ScenarioError("`match` can have endpoint, nth, page and cursor")
    steps = content["do"] if isinstance(content["do"], list) else [content["do"]]
    for step in steps:
        if not isinstance(step, str) or step not in ACTIONS:
            raise ScenarioError(f"unknown action {str(step)[:40]!r}; available: {', '.join(ACTIONS)}")
    chance = content.get("chance")
    if chance is not None and (type(chance) not in (int, float) or not 0 <= chance <= 1 or len(steps) != 1):
        raise ScenarioError("`chance` must be a number between 0 and 1, with one action only")
    numbers = {name: match[name] for name in ("nth", "page", "cursor") if name in match}
    if not all(type(value) is int for value in numbers.values()):
        raise ScenarioError("nth, page and cursor must be whole numbers")
    return Plan(str(match.get("endpoint", "*")), steps, chance=chance, **numbers)


@cache
def scenarios() -> dict[str, Any]:
    """The scenarios by name, as YAML has them: those that come with the server, and those that were added."""
    content: dict[str, Any] = yaml.safe_load(files(__package__).joinpath("scenarios.yaml").read_text("utf-8"))
    return content


def scenario_named(name: str) -> Scenario:
    """One of `scenarios`. Raises ScenarioError."""
    if name not in scenarios():
        raise ScenarioError(f"unknown scenario {name[:40]!r}; available: {', '.join(scenarios())}")
    return read_scenario(scenarios()[name])


class Faults:
    """The plans of one tenant."""

    def __init__(self, plans: Iterable[Plan] = ()) -> None:
        self.plans = list(plans)
        self._attempts = Recent[int, int](MOST_COUNTED)

    def apply(self, seed: int, endpoint: str, body: Mapping[str, Any], *, cursor: int, page: int) -> None:
        """Do what the first plan with something left to do has for this request.

        cursor, page: as the endpoint reads them from the body; pages are counted from 1.
        Raises Refusal, Fault or DegradedAnswer, unless nothing is planned.
        """
        if not self.plans:
            return
        fingerprint = key(seed, endpoint, sorted((name, repr(value)) for name, value in body.items()))
        attempt = self._attempts[fingerprint] = self._attempts.get(fingerprint, 0) + 1
        for plan in self.plans:
            if plan.matches(endpoint, cursor, page):
                action = plan.next(fingerprint, attempt)
                if action != "pass":
                    logger.debug("%s: %s, as planned; %d steps are left", endpoint, action, len(plan.left))
                    raise exception_of(action, body)

    def state(self) -> dict[str, Any]:
        """Everything that is needed to continue from here, as JSON."""
        return {"plans": [asdict(plan) for plan in self.plans], "attempts": list(self._attempts.items())}

    @classmethod
    def from_state(cls, state: Mapping[str, Any]) -> "Faults":
        """Faults as `state` saved them. Raises ScenarioError, TypeError or KeyError for anything else."""
        faults = cls(_restored(plan) for plan in state["plans"])
        faults._attempts.update({int(number): int(count) for number, count in state["attempts"]})
        return faults

    def account(self) -> dict[str, Any]:
        """What was planned, what was done, what is left."""
        plans = [
            {"endpoint": plan.endpoint, "chance": plan.chance, "done": plan.done, "left": plan.left}
            for plan in self.plans
        ]
        return {"plans": plans, "left": sum(len(plan.left) for plan in self.plans)}


def _restored(saved: Mapping[str, Any]) -> Plan:
    """A plan as `asdict` returns it, checked like one in a scenario. Raises ScenarioError or KeyError."""
    match = {name: saved[name] for name in ("endpoint", "nth", "page", "cursor") if saved[name] is not None}
    plan = _read_plan({"match": match, "do": saved["steps"], "chance": saved["chance"]})
    seen, done = saved["seen"], saved["done"]
    if type(seen) is not int or not isinstance(done, list) or not set(done) <= set(ACTIONS):
        raise ScenarioError("a plan must have a number `seen` and a list of actions `done`")
    return replace(plan, seen=seen, done=done)


def exception_of(action: str, body: Mapping[str, Any]) -> Exception:
    """What is raised to do an action, other than `pass`, to a request."""
    exception = ACTIONS[action]
    assert exception is not None
    if isinstance(exception, Refusal):
        what = exception.what.replace("{search_id}", str(body.get("search_id", ""))[:40])
        return Refusal(exception.rule, what, fault_header(action))
    assert isinstance(exception, Fault | DegradedAnswer)
    return replace(exception, action=action)


def fault_header(action: str) -> dict[str, str]:
    """The header that tells a planned fault from what the server answers by itself; none without an action."""
    return {"X-Mock-Fault": action} if action else {}
