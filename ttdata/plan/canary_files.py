"""Where the canary's answers are stored, and how many requests they cost."""

import json
from collections.abc import Iterable
from datetime import date
from pathlib import Path

from ttdata.plan.names import short_hash
from ttdata.plan.plan import Plan
from ttdata.store.raw_files import Line, stored_lines
from ttdata.study.canary import Canary

SOURCE = "canary"


def canary_pages(plan: Plan, canary: Canary, day: date) -> Path:
    """The raw file with the answers of one day."""
    name = short_hash(json.dumps([canary.body, canary.at_least], sort_keys=True))
    return plan.raw.pages(SOURCE, f"{name}-{day}")


def found_enough_on(plan: Plan, day: date) -> bool:
    """Whether the study's canary was requested on this day, and found enough."""
    canary = plan.canary
    return canary is not None and found_enough(canary, stored_lines(canary_pages(plan, canary, day)))


def found_enough(canary: Canary, lines: Iterable[Line]) -> bool:
    """Whether one of these answers has as many videos as the canary must find."""
    return any(line.good and line.received >= canary.at_least for line in lines)


def canary_requests(plan: Plan) -> int:
    """The requests that canaries have cost so far."""
    return sum(len(stored_lines(path)) for path in plan.raw.pages(SOURCE, "").parent.glob("*.zst"))
