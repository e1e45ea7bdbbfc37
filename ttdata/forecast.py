"""What a plan tells its reader: cost by source, days, whether the limits hold, and what a change asks for anew."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from itertools import groupby, pairwise
from pathlib import Path
from textwrap import fill
from typing import Any

from ttdata import layout
from ttdata.cost import Cost, Costs, total
from ttdata.errors import NotCollected
from ttdata.hydration import note
from ttdata.outlook import Refresh
from ttdata.plan import Plan
from ttdata.source_kinds import kind_of
from ttdata.text import count

# A compliance task takes this many ids and three calls: create, status, download.
TASK_IDS = 10_000
TASK_CALLS = 3
# Days of what is asked again later that stand in the table by themselves.
SHOWN = 4


@dataclass(frozen=True)
class Change:
    """Searches of a plan against the disk: there already, still to be asked, and asked for by the last plan alone."""

    collected: int
    waiting: int
    dropped: int

    @classmethod
    def of(cls, plan: Plan, last: Path = layout.PLAN) -> "Change":
        """Compare a plan with the receipts on the disk and with the plan that was built last."""
        there = sum(plan.layout.receipt("videos", each.name).exists() for each in plan.slices)
        try:
            before = {layout.first_round(each.name) for each in Plan.read(last).slices}
        except NotCollected:
            before = set()
        asked = {layout.first_round(each.name) for each in plan.slices}
        return cls(there, len(plan.slices) - there, len(before - asked))


def refresh(records: Mapping[str, Cost]) -> Cost:
    """What it costs to ask once which records are still available, as TikTok's terms want it done regularly.

    Videos and comments go in compliance tasks of 10,000 ids, accounts one by one.
    """
    costs = []
    for source, found in records.items():
        if kind_of(source) in ("videos", "comments"):
            costs.append(Cost(*(TASK_CALLS * -(-each // TASK_IDS) for each in found)))
        elif kind_of(source) == "users":
            costs.append(found)
    return total(costs)


def as_json(plan: Plan, estimate: Costs, change: Change, today: date, later: Sequence[Refresh] = ()) -> dict[str, Any]:
    """What `python -m ttdata plan --json` prints; `later` is what the same command will ask again."""
    reasons = plan.limits.reasons(estimate, today)
    return {
        "requests": estimate.total._asdict(),
        "sources": {name: cost._asdict() for name, cost in estimate.sources.items()},
        "buckets": {name: estimate.bucket(name)._asdict() for name in estimate.limits},
        "days": estimate.days._asdict(),
        "finished_on": f"{estimate.finished_on(today)}",
        "already_sent": estimate.done,
        "searches": asdict(change),
        "later": [
            {"day": f"{each.day}", "source": each.source, "slices": each.slices, "requests": each.requests._asdict()}
            for each in later
        ],
        "requests_with_later": total([estimate.total, *(each.requests for each in later)])._asdict(),
        "each_refresh": refresh(estimate.records)._asdict(),
        "fits": not reasons,
        "reasons": reasons,
    }


def table(plan: Plan, estimate: Costs, change: Change, today: date, later: Sequence[Refresh] = ()) -> str:
    """The same for a person, at most 80 columns wide."""
    searches = count(len(plan.slices), "search", "searches")
    rows = [*estimate.sources.items(), ("all together", estimate.total)]
    width = max(14, *(len(name) for name, _ in rows), *(len(each.source) + 11 for each in later))
    lines = [f"{plan.study}: {searches}", "", f"  {'requests for':{width}} {'least':>10} {'expected':>10} {'most':>10}"]
    lines += [f"  {name:{width}} {_numbers(cost)}" for name, cost in rows]
    if later:
        lines += ["", "Asked again by the same command, from these days on:", ""]
        lines += [f"  {each.day} {each.source:{width - 11}} {_numbers(each.requests)}" for each in later[:SHOWN]]
        more = total(each.requests for each in later[SHOWN:])
        lines += [f"  {f'{len(later) - SHOWN:,} more':{width}} {_numbers(more)}"] if later[SHOWN:] else []
    told = [*_sentences(plan, estimate, change, today), *_too_dear(plan, estimate, later)]
    lines += ["", *(fill(each, 79) for each in told), ""]
    return "\n".join(lines)


def _sentences(plan: Plan, estimate: Costs, change: Change, today: date) -> Iterator[str]:
    if any(estimate.left(name).max for name in estimate.limits):
        yield (
            f"At {plan.daily * plan.use:,.0f} requests a day: {_of_days(estimate.days)}, "
            f"finished on {estimate.finished_on(today)}."
        )
    else:
        yield "Everything is collected: a build sends no request."
    if change.collected:
        yield f"{change.collected:,} of the searches are collected already, {change.waiting:,} are still to be asked."
    if change.dropped:
        yield f"{change.dropped:,} searches of the last build are not asked for any more; their pages are kept."
    if estimate.done:
        yield f"{estimate.done:,} of the requests are sent already, and are not sent again."
    requests = count(refresh(estimate.records).expected, "request")
    yield f"Asking what is still available costs about {requests} each time."
    for dataset in plan.datasets:
        if dataset.listed is not None:
            declared = plan.declared["datasets"][dataset.name]
            yield from note(declared["ids"], has_period="during" in declared["videos"], today=today)
        yield from map(str, plan.epochs(dataset.name))
    for reason in plan.limits.reasons(estimate, today):
        yield f"It does not fit. {reason}"


def _too_dear(plan: Plan, estimate: Costs, later: Sequence[Refresh]) -> Iterator[str]:
    """What will not fit of what is asked again: into the time between two days of it, or into the budget."""
    days = [
        (day, sum(each.requests.expected for each in some)) for day, some in groupby(later, key=lambda each: each.day)
    ]
    for (day, requests), (following, _) in pairwise(days):
        takes = -(-requests // estimate.limits["general"])
        if takes > (following - day).days:
            yield f"What is due on {day} takes {takes:,} days at this quota, but more is due on {following} already."
            break
    whole = total([estimate.total, *(each.requests for each in later)]).expected
    if plan.limits.requests is not None and estimate.total.expected <= plan.limits.requests < whole:
        yield (
            f"With all that is asked again it is expected to cost {count(whole, 'request')}; limits.requests allows "
            f"{plan.limits.requests:,}, so a later day will not fit."
        )


def _numbers(cost: Cost) -> str:
    return f"{cost.min:10,} {cost.expected:10,} {cost.max:10,}"


def _of_days(days: Cost) -> str:
    expected = count(days.expected, "day")
    return expected if days.max == days.expected else f"{expected} ({days.max:,} at most)"
