"""A scenario from recorded answers: the failures of each endpoint, in their order. It has nothing of their content."""

from collections import Counter
from collections.abc import Iterable
from typing import Any

from mockserver.behaviours.refusals import RULES
from mockserver.record.exchanges import Exchange

NAME = "recorded"
_BY_STATUS = {502: "bad_gateway", 503: "unavailable", 504: "gateway_timeout"}
_BY_CODE = (
    *("rate_limit_exceeded", "daily_quota_limit_exceeded", "access_token_invalid", "scope_not_authorized"),
    "scope_permission_missed",
)


def record_scenario(exchanges: Iterable[Exchange]) -> tuple[dict[str, Any], Counter[str]]:
    """The scenario as YAML has it, and how many failures of each kind it repeats."""
    steps: dict[str, list[str]] = {}
    for exchange in exchanges:
        steps.setdefault(exchange.endpoint, []).append(_action(exchange))
    faults = [{"match": {"endpoint": name}, "do": _until_last_failure(done)} for name, done in steps.items()]
    faults = [fault for fault in faults if fault["do"]]
    kinds = Counter(action for done in steps.values() for action in done if action != "pass")
    return {NAME: {"about": "the failures of a recorded run, in their order", "faults": faults}}, kinds


def _until_last_failure(actions: list[str]) -> list[str]:
    while actions and actions[-1] == "pass":
        actions = actions[:-1]
    return actions


def _action(exchange: Exchange) -> str:
    """The fault that repeats an answer; `pass` for one that the mock gives by itself."""
    code, message = str(exchange.error.get("code", "")), str(exchange.error.get("message", ""))
    if exchange.status == 0:
        return "reset"
    if code in _BY_CODE:
        return code
    if code == "internal_error":
        if exchange.data:
            return "status_500_with_data"
        known = {"": "internal_error_without_message", "Server Internal Error": "server_internal_error"}
        return known.get(message, "internal_error")
    if message == RULES["cursor"].message:
        return "invalid_cursor"
    if message.startswith(RULES["search-id"].message.split("{")[0]):
        return "search_id_invalid"
    if not exchange.content:
        return _of_status(exchange)
    return "pass"


def _of_status(exchange: Exchange) -> str:
    if exchange.status in _BY_STATUS:
        return _BY_STATUS[exchange.status]
    if exchange.endpoint == "compliance.download" and exchange.status == 200:
        return "pass"
    if not exchange.text:
        return "no_body" if exchange.status == 200 else "pass"
    return "html" if exchange.text.lstrip().startswith("<") else "not_json"
