"""What of a collected study is still to come: searches that have not settled, waves, and what each will cost."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from ttdata.plan.cost import Cost, Costs, total
from ttdata.plan.names import first_round
from ttdata.plan.plan import Plan
from ttdata.plan.rounds import Standing, standings
from ttdata.plan.waves import wave_notice
from ttdata.text import count


@dataclass(frozen=True)
class DueAgain:
    """Slices or shards of one source that are requested again from a day on, and the requests that it takes."""

    day: date
    source: str
    slices: int
    requests: Cost


def due_again(plan: Plan, costs: Costs, now: datetime) -> list[DueAgain]:
    """Everything that will be requested again, day by day, if the same command is run on each of these days.

    What was not requested yet is assumed to be requested now.
    """
    names: dict[tuple[date, str], set[str]] = {}
    for each in standings(plan, lambda: now):
        for moment in each.moments:
            names.setdefault((max(moment, now).date(), each.source), set()).add(each.name)
    return [
        DueAgain(day, source, len(some), total(costs.again[first_round(name)] for name in some))
        for (day, source), some in sorted(names.items())
    ]


def notices(plan: Plan) -> Iterator[str]:
    """Sentences about searches that have not settled, and about waves; none if there is nothing to report."""
    all_standings = standings(plan)
    unsettled = {each.name: each for each in all_standings if each.settled not in (None, "settled")}
    yield from _unsettled_notice(list(unsettled.values()))
    for dataset, source in dict.fromkeys((each.dataset, each.source) for each in all_standings if each.waves):
        of_source = [each for each in all_standings if (each.dataset, each.source) == (dataset, source)]
        yield wave_notice(plan, plan.dataset(dataset), source, of_source)


def settling(plan: Plan) -> Mapping[str, object]:
    """Searches by how settled they are, and when anything is due again, for scripts."""
    by_name = {each.name: each for each in standings(plan)}.values()
    settled = [each.settled for each in by_name if each.settled]
    due = min((each.due for each in by_name if each.due), default=None)
    return {
        **{state: settled.count(state) for state in ("settled", "unsettled", "unindexed")},
        "next_due": due and due.isoformat(),
    }


def _unsettled_notice(searches: list[Standing]) -> Iterator[str]:
    """What is wrong with counts and videos, and when the same command corrects it."""
    dues = [each.due for each in searches if each.due]
    if not dues:
        return
    unindexed = sum(each.settled == "unindexed" for each in searches)
    missing = f" In {unindexed:,} of them videos can be missing." if unindexed else ""
    first, last = min(dues).date(), max(moment for each in searches for moment in each.moments).date()
    when = f"on {first}" if first == last else f"on or after {first}, and once more on {last}"
    yield (
        f"Not settled: {count(len(searches), 'search was', 'searches were')} requested too early, so counts are not "
        f"up to date.{missing} Run the same command again {when} (UTC): only these are requested."
    )
