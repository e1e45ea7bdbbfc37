"""What of a collected study is still to come: searches that have not settled, waves, and what each will cost."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from math import ceil

from ttdata.plan.cost import Cost, Costs, total
from ttdata.plan.model import DatasetPlan
from ttdata.plan.names import first_round
from ttdata.plan.plan import Plan
from ttdata.plan.rounds import Standing, standings, wave_days
from ttdata.plan.waves import wave_notice
from ttdata.text import count

# Of the videos of a search, the share that it finds only when it is requested again: the archive is 48 hours late.
NEW = 0.05


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
    searches: dict[tuple[date, str], set[str]] = {}
    for each in standings(plan, lambda: now):
        for moment in each.moments:
            day = max(moment, now).date()
            names.setdefault((day, each.source), set()).add(each.name)
            if each.source == "videos":
                searches.setdefault((day, each.dataset), set()).add(each.name)
    due = [
        DueAgain(day, source, len(some), total(costs.again[first_round(name)] for name in some))
        for (day, source), some in names.items()
    ]
    follows = [
        each
        for (day, name), some in searches.items()
        for each in _following(plan.dataset(name), costs, day, NEW * len(some) / len(plan.dataset(name).slices))
    ]
    return _by_day([*due, *follows, *_coming(plan, costs, now)])


def _following(dataset: DatasetPlan, costs: Costs, day: date, share: float) -> Iterator[DueAgain]:
    """What follows from new videos: authors and comments that were not requested yet, and other videos at the top.

    share: how many videos are new, of those that the dataset has.
    """
    for source in dataset.sources:
        if source.of == "videos" and source.waves is None:
            cost = costs.sources[source.source]
            yield DueAgain(day, source.source, 0, Cost(0, ceil(cost.max * share), ceil(cost.expected * share)))


def _coming(plan: Plan, costs: Costs, now: datetime) -> Iterator[DueAgain]:
    """The windows whose days are not over: requested then, when they have settled, and in each wave after that."""
    for dataset in plan.datasets:
        known = [costs.again[first_round(name)] for name in dataset.slices]
        usual = Cost(*(round(sum(column) / len(known)) for column in zip(*known, strict=True))) if known else Cost()
        waves = wave_days(plan, lambda: now, dataset, "videos") if dataset.waves else []
        for window in dataset.coming:
            over = datetime.combine(window.end + timedelta(1), time(), UTC)
            for moment in {over, *plan.settle.moments(window.end), *(each for each in waves if each > over)}:
                requests = usual.times(window.searches, window.searches, window.searches)
                yield DueAgain(moment.date(), "videos", window.searches, requests)
            yield from _following(dataset, costs, over.date(), window.searches / max(1, len(dataset.slices)))


def _by_day(due: Iterable[DueAgain]) -> list[DueAgain]:
    """One row per day and source, where there is something to request."""
    rows: dict[tuple[date, str], DueAgain] = {}
    for each in due:
        key = each.day, each.source
        before = rows.get(key, DueAgain(*key, 0, Cost()))
        rows[key] = DueAgain(*key, before.slices + each.slices, before.requests.plus(each.requests))
    return [rows[key] for key in sorted(rows) if rows[key].requests.max]


def notices(plan: Plan) -> Iterator[str]:
    """Sentences about searches that have not settled, and about waves; none if there is nothing to report."""
    all_standings = standings(plan)
    unsettled = {each.name: each for each in all_standings if each.settled not in (None, "settled")}
    yield from _unsettled_notice(list(unsettled.values()))
    for dataset, source in dict.fromkeys((each.dataset, each.source) for each in all_standings if each.waves):
        of_source = [each for each in all_standings if (each.dataset, each.source) == (dataset, source)]
        yield wave_notice(plan, plan.dataset(dataset), source, of_source)


def due_now(plan: Plan, now: datetime) -> str:
    """What has become due since it was requested, in words; "" if nothing has."""
    due = {(each.source, each.name) for each in standings(plan) if each.due and each.due <= now}
    return count(len(due), "part") if due else ""


def settling(plan: Plan) -> Mapping[str, object]:
    """Searches by how settled they are, and when anything is due again, for scripts."""
    by_name = list({each.name: each for each in standings(plan)}.values())
    settled = [each.settled for each in by_name if each.settled]
    moments = {
        "next_due": min((each.due for each in by_name if each.due), default=None),
        "next_wave": min((each.next_wave for each in by_name if each.next_wave), default=None),
        "next_settling": min((each for some in map(_settling_moments, by_name) for each in some), default=None),
    }
    return {
        **{state: settled.count(state) for state in ("settled", "unsettled", "unindexed")},
        **{key: moment and moment.isoformat() for key, moment in moments.items()},
    }


def _settling_moments(each: Standing) -> list[datetime]:
    """When a search is requested again because it has settled, and not for a wave."""
    return [moment for moment in each.moments if moment.date() not in each.days]


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
