"""Chaos: a share of all requests fails, each in one of several ways; the same requests in every run of a seed."""

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

from mockserver.behaviours.faults import exception_of

# What a patient client survives by sending the request again.
KINDS = ("internal_error", "rate_limit_exceeded", "gateway_timeout", "unavailable", "reset", "truncate")
_STEPS = 1_000_000  # of a share


class Chaos:
    """The chaos of one tenant. share: of its requests that fail; requests, failed: what has happened so far."""

    def __init__(self, share: float) -> None:
        self.share, self.requests, self.failed = share, 0, Counter[str]()

    def apply(self, draw: int, body: Mapping[str, Any]) -> None:
        """Let a request fail if its draw says so. Raises Refusal, Fault or DegradedAnswer."""
        self.requests += 1
        if draw % _STEPS < self.share * _STEPS:
            kind = KINDS[draw // _STEPS % len(KINDS)]
            self.failed[kind] += 1
            raise exception_of(kind, body)

    def account(self) -> dict[str, Any]:
        """What has happened, as JSON."""
        return {"share": self.share, "requests": self.requests, "failed": dict(sorted(self.failed.items()))}

    def restore(self, requests: int, failed: Mapping[str, int]) -> None:
        """Continue to count from here. Raises KeyError for a kind that does not exist."""
        if unknown := sorted(set(failed) - set(KINDS)):
            raise KeyError(unknown[0])
        self.requests, self.failed = requests, Counter(failed)


def chaos_text(tenants: Iterable[Chaos]) -> str:
    """What the chaos of all tenants did, in one sentence."""
    chaos = list(tenants)
    failed = sum((each.failed for each in chaos), Counter[str]())
    kinds = ", ".join(f"{count} {kind}" for kind, count in sorted(failed.items()))
    requests = sum(each.requests for each in chaos)
    return f"Chaos: {failed.total()} of {requests} requests failed{f': {kinds}' if kinds else ''}."
