"""What is still to come of a collected study: searches that have not settled, waves, and what each will cost."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from ttdata import layout
from ttdata.cost import Cost, Costs, total
from ttdata.plan import Plan
from ttdata.rounds import Standing, standings
from ttdata.text import count


@dataclass(frozen=True)
class Refresh:
    """What is asked again from a day on: slices or shards of one source, and the requests that it takes."""

    day: date
    source: str
    slices: int
    requests: Cost


def refreshes(plan: Plan, estimate: Costs, now: datetime) -> list[Refresh]:
    """All that will be asked again, day by day, if the same command is run on each of these days.

    What was not asked for yet is taken to be asked for now.
    """
    found: dict[tuple[date, str], set[str]] = {}
    for each in standings(plan, lambda: now):
        for moment in each.moments:
            found.setdefault((max(moment, now).date(), each.source), set()).add(each.name)
    return [
        Refresh(day, source, len(names), total(estimate.again[layout.first_round(name)] for name in names))
        for (day, source), names in sorted(found.items())
    ]


def outlook(plan: Plan) -> Iterator[str]:
    """Sentences on what is not settled, and on waves; none if there is nothing to say."""
    found = standings(plan)
    searches = {each.name: each for each in found if each.settled not in (None, "settled")}.values()
    yield from _unsettled(list(searches))
    for key in dict.fromkeys((each.dataset, each.source) for each in found if each.waves):
        yield _wave(*key, [each for each in found if (each.dataset, each.source) == key])


def settling(plan: Plan) -> Mapping[str, object]:
    """Searches by how settled they are, and when anything is due again, for scripts."""
    found = {each.name: each for each in standings(plan)}.values()
    settled = [each.settled for each in found if each.settled]
    due = min((each.due for each in found if each.due), default=None)
    return {
        **{state: settled.count(state) for state in ("settled", "unsettled", "unindexed")},
        "next_due": due and due.isoformat(),
    }


def _unsettled(searches: list[Standing]) -> Iterator[str]:
    """What is wrong with the counts, and with the videos, and when that is mended."""
    dues = [each.due for each in searches if each.due]
    if not dues:
        return
    unindexed = sum(each.settled == "unindexed" for each in searches)
    missing = f" In {unindexed:,} of them videos can be missing." if unindexed else ""
    first, last = min(dues).date(), max(moment for each in searches for moment in each.moments).date()
    when = f"on {first}" if first == last else f"from {first} on, and last on {last}"
    number = count(len(searches), "search was", "searches were")
    yield (
        f"Not settled: {number} asked for too early, so counts are not up to date.{missing} "
        f"Run the same command again {when} (UTC): it asks for these alone."
    )


def _wave(dataset: str, source: str, parts: list[Standing]) -> str:
    """How many waves there were, and when the next is due."""
    number, times = min(each.wave for each in parts), parts[0].waves
    due = min((each.due for each in parts if each.due), default=None)
    missed = min(each.missed for each in parts)
    told = f"{source} of {dataset}: wave {number} of {times}" + (f", {missed} of them missed" if missed else "")
    if number == times or due is None:
        return f"{told}, the last one."
    return f"{told}; next due {due.date()} (UTC): run the same command then."
