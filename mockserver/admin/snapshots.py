"""Snapshots: the whole state of a server as JSON, except the worlds, which are functions of their seeds."""

from typing import Any

from mockserver.behaviours.faults import Faults
from mockserver.behaviours.quirks import read_quirks
from mockserver.behaviours.refusals import Refusal
from mockserver.core import Core
from mockserver.endpoints.table import BY_NAME
from mockserver.journal.journal import KEYS
from mockserver.search.own_rows_reader import read_rows
from mockserver.tenants.options import read_key
from mockserver.tenants.tenant import Tenant, Token

FORMAT = 2


class BadState(ValueError):
    """This is not a snapshot of this server; the text says why."""


def snapshot(core: Core) -> dict[str, Any]:
    return {"format": FORMAT, "tenants": [_save(tenant) for tenant in core.tenants.values()]}


def _save(tenant: Tenant) -> dict[str, Any]:
    return {
        "tenant": tenant.name,
        "time": tenant.clock.time,
        "frozen": tenant.clock.is_frozen,
        "speed": tenant.clock.speed,
        "instance": tenant.instance,
        "meters": tenant.meters(),
        "members": tenant.members,
        "quirks": sorted(tenant.quirks),
        "quirks_played": sorted(tenant.scenario_quirks),
        "rows": tenant.rows.source if tenant.rows else None,
        "faults": tenant.faults.state(),
        "chaos": tenant.chaos.account(),
        "attempts": tenant.attempts,
        "tokens": [[text, token.member, token.expires] for text, token in tenant.tokens.items()],
        "search_count": tenant.search_count,
        "random_calls": dict(tenant.random_calls),
        "searches": [
            [search_id, cached.fingerprint, cached.created]
            for search_id, cached in tenant.searches.items()
            if cached.fingerprint != "random"
        ],
        "tasks": [[task_id, ready, result.decode()] for task_id, (ready, result) in tenant.tasks.items()],
        "journal": list(tenant.journal),
    }


def restore(core: Core, state: object) -> None:
    """Restore the state of a server. Tenants that are not in the snapshot are forgotten. Raises BadState."""
    if not isinstance(state, dict) or state.get("format") != FORMAT:
        raise BadState(f"A snapshot must have format {FORMAT}.")
    try:
        tenants = [_load(core, saved) for saved in state["tenants"]]
    except (LookupError, TypeError, ValueError, AttributeError, OverflowError, Refusal) as error:
        raise BadState(f"The snapshot is damaged: {error}") from None
    core.tenants = {tenant.name: tenant for tenant in tenants}


def _load(core: Core, saved: dict[str, Any]) -> Tenant:
    options = read_key(saved["tenant"], core.defaults)
    if options is None:
        raise BadState(f"{saved['tenant']!r} is not a client key.")
    tenant = core.new_tenant(saved["tenant"], options)
    tenant.clock.freeze(bool(saved["frozen"]))
    tenant.clock.run(saved["speed"])
    tenant.clock.set(saved["time"])
    tenant.instance = str(saved["instance"])
    tenant.set_used({bucket: _whole(meter["used"]) for bucket, meter in saved["meters"].items()})
    tenant.total |= {bucket: _whole(meter["total"]) for bucket, meter in saved["meters"].items()}
    tenant.members = {str(name): bool(has_access) for name, has_access in saved["members"].items()}
    tenant.quirks = set(read_quirks(saved["quirks"]))
    tenant.scenario_quirks = set(read_quirks(saved["quirks_played"]))
    tenant.faults = Faults.from_state(saved["faults"])
    if chaos := saved.get("chaos"):  # snapshots of earlier versions have none
        tenant.chaos.restore(_whole(chaos["requests"]), {str(kind): _whole(n) for kind, n in chaos["failed"].items()})
    tenant.attempts.update({str(name): _whole(count) for name, count in saved["attempts"].items()})
    for text, member, expires in saved["tokens"]:
        tenant.tokens[str(text)] = Token(str(member), _whole(expires))
    tenant.set_rows(read_rows(rows) if (rows := saved.get("rows")) else None)
    tenant.search_count = _whole(saved["search_count"])
    tenant.random_calls.update({str(search): _whole(calls) for search, calls in dict(saved["random_calls"]).items()})
    for search_id, fingerprint, created in saved["searches"]:
        tenant.restore_search(str(search_id), fingerprint, _whole(created))
    tenant.tasks.update({_whole(task): (_whole(ready), result.encode()) for task, ready, result in saved["tasks"]})
    tenant.journal.extend(map(_call, saved["journal"]))
    return tenant


def _whole(value: object) -> int:
    if type(value) is not int or not 0 <= value < 1 << 63:
        raise BadState(f"{str(value)[:40]!r} is not a count.")
    return value


def _call(call: object) -> dict[str, object]:
    if not isinstance(call, dict) or set(call) != set(KEYS) or call["endpoint"] not in BY_NAME:
        raise BadState("A call in the journal has unknown or missing keys.")
    return call
