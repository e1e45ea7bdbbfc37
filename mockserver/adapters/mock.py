"""The mock as a test sees it while it runs in the same process, with any adapter."""

import threading
from contextlib import AbstractContextManager
from typing import Any

from mockserver.adapters.virtual_sleep import virtual_sleep
from mockserver.behaviours.faults import scenario_named
from mockserver.behaviours.quirks import read_quirks
from mockserver.core import Core
from mockserver.endpoints.scenarios import checked_scenario
from mockserver.search.own_rows_reader import read_rows
from mockserver.tenants.tenant import Tenant


class Mock:
    """The address and the credentials of a mock, and functions to control it.

    tls_port: the port of 127.0.0.1 where it answers as https://open.tiktokapis.com; None without one.
    """

    def __init__(self, core: Core, url: str, *, client_key: str = "mock", tls_port: int | None = None) -> None:
        self.core, self.url, self.client_key, self.client_secret = core, url, client_key, "mock-secret"
        self.tls_port = tls_port
        self._sleep_lock = threading.Lock()

    @property
    def tenant(self) -> Tenant:
        client = self.core.tenant(self.client_key)
        assert client is not None
        return client[0]

    @property
    def calls(self) -> list[dict[str, Any]]:
        """The calls of research endpoints by this client key, oldest first."""
        return list(self.tenant.journal)

    def move_clock(self, to: str) -> None:
        """Move the clock to `next-utc-midnight`, `token-expiry`, an interval such as `+48h`, or an ISO time."""
        self.tenant.clock.to(to, self.tenant.token_expiry)

    def sleep(self, seconds: float) -> None:
        """Let virtual time pass for all tenants. A client can call it instead of time.sleep; it returns at once.

        seconds: not negative. If two threads sleep at the same time, they sleep one after the other.
        """
        if not seconds >= 0:
            raise ValueError("sleep length must be non-negative")
        with self._sleep_lock:
            for tenant in {self.tenant, *self.core.tenants.values()}:
                tenant.clock.advance(seconds)

    def virtual_sleep(self) -> AbstractContextManager[None]:
        """Within the block, every time.sleep and asyncio.sleep of this process is a `sleep` of this mock."""
        return virtual_sleep(self.sleep)

    def play(self, scenario: str | dict[str, Any]) -> None:
        """Start a scenario: its name, or faults and quirks as in YAML. Raises ScenarioError."""
        self.tenant.play(scenario_named(scenario) if isinstance(scenario, str) else checked_scenario(scenario))

    def fail(self, action: str = "internal_error", times: int = 1, endpoint: str = "*") -> None:
        """Let the next requests fail, then succeed again; planned faults come first. Raises ScenarioError.

        action: as in a scenario, such as rate_limit_exceeded; endpoint: such as video.query, or user.*
        """
        scenario = checked_scenario({"faults": [{"match": {"endpoint": endpoint}, "do": [action] * times}]})
        self.tenant.faults.plans += scenario.plans

    def reset(self) -> dict[str, int]:
        """Forget this client with its clock, quota, tokens, faults and journal. Returns how much was forgotten."""
        tenant = self.tenant
        self.core.drop(tenant)
        return tenant.held()

    def report(self) -> dict[str, Any]:
        """What has happened: requests, quota, faults and chaos."""
        tenant = self.tenant
        return {
            "requests": sum(tenant.total.values()),
            "quota": tenant.meters(),
            "faults": tenant.faults.account(),
            "chaos": tenant.chaos.account(),
            "quirks": sorted(tenant.quirks),
        }

    def set_rows(self, rows: dict[str, Any]) -> None:
        """Add your own rows to the world: `users`, `videos`, `comments`, as in YAML. Raises BadRows."""
        self.tenant.set_rows(read_rows(rows))

    def switch_on(self, *quirks: str) -> None:
        """Switch quirks on, by name. Raises ValueError."""
        self.tenant.switch(read_quirks(quirks))

    def assert_all_faults_happened(self) -> None:
        """Fail if a planned fault has not happened."""
        left = {tenant.name: tenant.faults.account()["left"] for tenant in self.core.tenants.values()}
        assert not any(left.values()), f"Planned faults that did not happen, by tenant: {left}"
