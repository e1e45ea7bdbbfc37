"""Snapshots: all that a server remembers, as JSON; the worlds are not in it, they are functions of their seeds."""

from typing import Any

from mockserver.core import Core
from mockserver.faults import Faults
from mockserver.quirks import read_quirks
from mockserver.rows_reader import read_rows
from mockserver.tenant import Tenant, Token, read_key

FORMAT = 1


class BadState(ValueError):
    """Not a snapshot of this server; the text says why."""


def snapshot(core: Core) -> dict[str, Any]:
    return {"format": FORMAT, "tenants": [_save(tenant) for tenant in core.tenants.values()]}


def _save(tenant: Tenant) -> dict[str, Any]:
    return {
        "tenant": tenant.name,
        "time": tenant.clock.time,
        "frozen": tenant.clock.is_frozen,
        "instance": tenant.instance,
        "meters": tenant.meters(),
        "members": tenant.members,
        "quirks": sorted(tenant.quirks),
        "rows": tenant.rows.source if tenant.rows else None,
        "faults": tenant.faults.state(),
        "attempts": tenant.attempts,
        "tokens": [[text, token.member, token.expires] for text, token in tenant.tokens.items()],
        "searches": [
            [search_id, cached.asked, cached.made]
            for search_id, cached in tenant.searches.items()
            if cached.asked != "random"
        ],
        "tasks": [[task_id, ready, result.decode()] for task_id, (ready, result) in tenant.tasks.items()],
        "journal": list(tenant.journal),
    }


def restore(core: Core, state: object) -> None:
    """Put a server back to a snapshot; tenants that are not in it are forgotten. Raises BadState."""
    if not isinstance(state, dict) or state.get("format") != FORMAT:
        raise BadState(f"A snapshot has format {FORMAT}.")
    try:
        tenants = [_load(core, saved) for saved in state["tenants"]]
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise BadState(f"The snapshot is damaged: {error}") from None
    core.tenants = {tenant.name: tenant for tenant in tenants}


def _load(core: Core, saved: dict[str, Any]) -> Tenant:
    options = read_key(saved["tenant"], core.defaults)
    if options is None:
        raise BadState(f"{saved['tenant']!r} is no client key.")
    tenant = core.new_tenant(saved["tenant"], options)
    tenant.clock.set(saved["time"])
    tenant.clock.freeze(bool(saved["frozen"]))
    tenant.instance = str(saved["instance"])
    tenant.set_used({bucket: int(meter["used"]) for bucket, meter in saved["meters"].items()})
    tenant.members = {str(name): bool(there) for name, there in saved["members"].items()}
    tenant.quirks = set(read_quirks(saved["quirks"]))
    tenant.faults = Faults.from_state(saved["faults"])
    tenant.attempts = {str(name): int(count) for name, count in saved["attempts"].items()}
    tenant.tokens = {str(text): Token(tenant, str(member), int(expires)) for text, member, expires in saved["tokens"]}
    tenant.lay(read_rows(rows) if (rows := saved.get("rows")) else None)
    for search_id, asked, made in saved["searches"]:
        tenant.restore_search(str(search_id), asked, int(made))
    tenant.tasks = {int(task_id): (int(ready), result.encode()) for task_id, ready, result in saved["tasks"]}
    tenant.journal.extend(saved["journal"])
    return tenant
