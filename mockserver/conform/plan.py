"""What a comparison costs and asks, as text; nothing is sent for it."""

from collections import Counter

from mockserver.conform.probes import PROBES, not_asked
from mockserver.conform.requests import MOST, PLANNED


def cost() -> str:
    buckets = Counter(row.bucket for row in PLANNED)
    return (
        f"{len(PLANNED)} requests: {buckets['general']} of the daily quota of 1,000, {buckets['follow']} of that for "
        f"followers, {buckets['token']} to the token endpoint. At most {MOST}, if some are refused or fail."
    )


def plan_text() -> str:
    """The cost, the probes with their requests and answers, and what is not asked."""
    width = max(len(probe.name) for probe in PROBES)
    lines = [cost(), "", f"{len(PROBES)} probes, each with its requests and the mock's answer:"]
    for probe in PROBES:
        requests = "all answers" if probe.requests == ("all",) else ", ".join(probe.requests)
        lines.append(f"  {probe.name:<{width}}  {requests}: {probe.mock}")
    lines += ["", f"{len(not_asked())} behaviours that are not asked, and why:"]
    lines += [f"  {name:<{width}}  {reason}" for name, reason in not_asked().items()]
    return "\n".join(lines)
