"""What the command `plan` prints: cost by source, days, whether the limits hold, and what a change requests."""

from collections.abc import Iterator, Sequence
from dataclasses import asdict
from datetime import date
from itertools import groupby, pairwise
from typing import Any

from ttdata.plan.budget import reasons
from ttdata.plan.change import Change
from ttdata.plan.cost import Cost, Costs, total
from ttdata.plan.due_again import DueAgain
from ttdata.plan.estimate import USUAL_VIDEOS
from ttdata.plan.plan import Plan
from ttdata.plan.refresh_cost import expected_refresh_cost
from ttdata.study.platform_terms import NEVER, PlatformTerms
from ttdata.text import count, folded

# Bytes on disk per request: its page takes 14 kB and its rows 62 kB (measured with studies/random-72-months.yaml, whose
# pages have 84 videos on average); per dataset, whose tables take 5 MB with hardly a row in them. A build that replaces
# a dataset has it twice.
DISK_OF_REQUEST, DISK_OF_DATASET = 14_000 + 2 * 62_000, 2 * 5_000_000
# Days of what is due again that have a row of their own in the table.
SHOWN = 4


def as_json(plan: Plan, costs: Costs, change: Change, today: date, later: Sequence[DueAgain] = ()) -> dict[str, Any]:
    """What `ttdata plan --json` prints; `later` is what the same command will request again."""
    misfits = reasons(plan.limits, costs, today)
    return {
        "requests": costs.total._asdict(),
        "sources": {name: cost._asdict() for name, cost in costs.sources.items()},
        "most_is_unknown": sorted(costs.unbounded),
        "buckets": {name: costs.bucket(name)._asdict() for name in costs.limits},
        "days": costs.days._asdict(),
        "finished_on": f"{costs.finished_on(today)}",
        "already_sent": costs.done,
        "searches": asdict(change),
        "later": [
            {"day": f"{each.day}", "source": each.source, "slices": each.slices, "requests": each.requests._asdict()}
            for each in later
        ],
        "requests_with_later": total([costs.total, *(each.requests for each in later)])._asdict(),
        "disk_bytes": _disk(plan, costs),
        "each_refresh": expected_refresh_cost(costs.records.values()).requests._asdict(),
        "refresh_days": PlatformTerms.of(plan.declared).refresh_days,
        "notes": [*plan.notes, *(note for dataset in plan.datasets for note in dataset.notes)],
        "fits": not misfits,
        "reasons": misfits,
    }


def table(plan: Plan, costs: Costs, change: Change, today: date, later: Sequence[DueAgain] = ()) -> str:
    """The same for a person, at most 80 columns wide."""
    rows = [(name, cost, None if name in costs.unbounded else cost.max) for name, cost in costs.sources.items()]
    rows.append(("all together", costs.total, _most_in_total(costs, plan.limits.requests)))
    width = max(14, *(len(name) for name, *_ in rows), *(len(each.source) + 11 for each in later))
    lines = [f"{plan.study}: {count(len(plan.slices), 'search', 'searches')}", ""]
    lines += [f"  {'requests for':{width}} {'least':>10} {'expected':>10} {'most':>10}"]
    lines += [f"  {name:{width}} {_numbers(cost, most)}" for name, cost, most in rows]
    if later:
        lines += ["", "Requested again by the same command, from these days on:", ""]
        lines += [
            f"  {each.day} {each.source:{width - 11}} {_numbers(each.requests, each.requests.max)}"
            for each in later[:SHOWN]
        ]
        more = total(each.requests for each in later[SHOWN:])
        lines += [f"  {f'{len(later) - SHOWN:,} more':{width}} {_numbers(more, more.max)}"] if later[SHOWN:] else []
    sentences = [*_sentences(plan, costs, change, today), *_misfits_later(plan, costs, later)]
    return "\n".join([*lines, "", *map(folded, sentences), ""])


def _sentences(plan: Plan, costs: Costs, change: Change, today: date) -> Iterator[str]:
    if any(costs.left(name).max for name in costs.limits):
        yield (
            f"At {plan.daily * plan.use:,.0f} requests per day: {_days(costs)}, finishes on {costs.finished_on(today)}."
        )
    else:
        yield "Everything is collected: a build sends no request."
    if change.collected:
        searches = count(change.collected + change.waiting, "search", "searches")
        yield f"{change.collected:,} of {searches} are already collected, {change.waiting:,} are left."
    if change.dropped:
        yield (
            f"{count(change.dropped, 'search', 'searches')} of the last build "
            f"{'is' if change.dropped == 1 else 'are'} no longer requested; the pages are kept."
        )
    if costs.done:
        yield f"{costs.done:,} of these requests were already sent."
    yield from _refresh_sentences(plan, costs)
    need = "about" if costs.unbounded else "up to"
    yield f"Pages and datasets need {need} {_disk(plan, costs) // 1_000_000:,} MB of disk space."
    if costs.unbounded:
        yield unknown_most()
    yield from plan.notes
    for dataset in plan.datasets:
        yield from dataset.notes
        if dataset.ids:
            has_period = any(plan.slice(name).missing for name in dataset.slices)
            yield from dataset.ids.notes(has_period=has_period, today=today)
        yield from map(str, plan.epochs(dataset.name))
    for reason in reasons(plan.limits, costs, today):
        yield f"The study does not fit its limits: {reason[0].lower()}{reason[1:]}"


def _refresh_sentences(plan: Plan, costs: Costs) -> Iterator[str]:
    """What it costs to check which records are still available, and how often the study does."""
    terms, cost = PlatformTerms.of(plan.declared), expected_refresh_cost(costs.records.values())
    when = f"It is due {terms.duration}." if terms.duration else f"It is never due, since {NEVER}."
    yield f"Checking which records are still available (ttdata refresh) takes about {cost}. {when}"
    if not terms.is_declared and terms.refresh_days is not None:
        yield (
            "Read TikTok's terms and state what they say, such as "
            f"terms: {{refresh_days: {terms.refresh_days}, version: THEIR DATE}}."
        )
    days = -(-cost.requests.expected // costs.limits["general"])
    if terms.refresh_days is not None and days > terms.refresh_days:
        yield (
            f"One refresh takes {days:,} days at this quota, longer than the {terms.refresh_days} days after which the "
            "next is due. Choose fewer accounts, or ask TikTok for more quota."
        )


def unknown_most() -> str:
    """What a plan says if nobody knows how many videos its searches find."""
    return (
        f"Nobody knows how many videos a search finds before it is sent, and every 100 of them cost a request. The "
        f"expected numbers assume {USUAL_VIDEOS:,} videos per dataset until some are collected. If you know better, "
        f"write the number below videos, such as about: 20000. To stop at a cost, set limits: {{requests: 2000}}."
    )


def _disk(plan: Plan, costs: Costs) -> int:
    """Bytes that the pages and datasets of a plan can take; what is expected, if the most is unknown."""
    requests = costs.total.expected if costs.unbounded else costs.total.max
    return requests * DISK_OF_REQUEST + len(plan.datasets) * DISK_OF_DATASET


def _misfits_later(plan: Plan, costs: Costs, later: Sequence[DueAgain]) -> Iterator[str]:
    """What of later requests does not fit into the time between two of their days, or into the budget."""
    days = [
        (day, sum(each.requests.expected for each in some)) for day, some in groupby(later, key=lambda each: each.day)
    ]
    for (day, requests), (following, _) in pairwise(days):
        takes = -(-requests // costs.limits["general"])
        if takes > (following - day).days:
            yield (
                f"What is due on {day} takes {takes:,} days at this quota, but the next requests are due on "
                f"{following}."
            )
            break
    whole = total([costs.total, *(each.requests for each in later)]).expected
    if plan.limits.requests is not None and costs.total.expected <= plan.limits.requests < whole:
        yield (
            f"With all later rounds, it is expected to cost {count(whole, 'request')}; "
            f"limits.requests allows {plan.limits.requests:,}, so a later day will not fit."
        )


def _most_in_total(costs: Costs, limit: int | None) -> int | None:
    """The most that a build sends; None if neither the study nor its limit says. What is sent already counts."""
    most = None if costs.unbounded else costs.total.max
    if limit is None:
        return most
    return limit if most is None else min(most, max(limit, costs.total.min))


def _numbers(cost: Cost, most: int | None) -> str:
    return f"{cost.min:10,} {cost.expected:10,} {'unknown' if most is None else f'{most:,}':>10}"


def _days(costs: Costs) -> str:
    days = costs.days
    expected = count(days.expected, "day")
    return expected if costs.unbounded or days.max == days.expected else f"{expected} ({days.max:,} at most)"
