"""What is expected of searches and sources that are not collected yet, and what they cost at least and at most.

A search costs a request for every 100 videos that it finds, removed ones included, and one at least. How many there
are is unknown beforehand: the study may say `about` how many; what is collected is known.
"""

from collections.abc import Collection, Mapping
from math import ceil, sqrt

from ttdata.answers.windows import PAGE
from ttdata.plan.cost import Cost
from ttdata.plan.ids import missing_ids_of
from ttdata.plan.model import DatasetPlan, Slice, SourcePlan
from ttdata.plan.plan import Plan

# A window of which nothing is known is assumed to hold at most this many videos; a dataset usually has this many.
FULL_WINDOW, USUAL_VIDEOS = 10_000, 500
# Of 100 records that a page counts, at least this share is returned (needs.md: a study got 65 %).
LEAST_YIELD = 0.65
# Groups that are expected where nothing shows how many there are.
USUAL_GROUPS = 10
# Accounts per video of a search: some have posted several.
AUTHORS = 0.8
# `top_pages` of a kind of source are those of this share of its items.
TOP_SHARE = 0.01
_DAYS = {"day": 1, "week": 7, "month": 28}
# Of the ids in a list, one in this many is usually not found: as in the donations of arXiv 2506.09746.
USUALLY_MISSING = 8


def search(
    plan: Plan, dataset: DatasetPlan, slice_: Slice, records: int | None, pages: int | None
) -> tuple[Cost, Cost]:
    """The cost of one search that is not collected yet, and the videos that it finds.

    records, pages: what a search of the dataset returned on average, and its cost; None if none is collected.
    """
    if slice_.missing:
        return _search_for_missing(plan, dataset, slice_)
    if slice_.is_drawn:
        return Cost(1, 1, 1), Cost(0, PAGE, PAGE if records is None else records)
    if ids := slice_.number_of_ids:
        # A full page may be followed by another one, which is empty.
        return Cost(1, 1 + (ids >= PAGE), 1), Cost(0, ids, ids)
    share = len(dataset.slices)
    most = -(-2 * dataset.about // share) if dataset.about else FULL_WINDOW
    usual = (dataset.about or USUAL_VIDEOS) // share if records is None else records
    # Pages count removed videos, records do not: what is collected shows how many there are.
    return Cost(1, max(1, -(-most // PAGE)) + 1, pages or max(1, -(-usual // PAGE))), Cost(0, most, usual)


def is_bounded(dataset: DatasetPlan, slice_: Slice) -> bool:
    """Whether it is known how many videos a search finds at most."""
    return bool(slice_.missing or slice_.is_drawn or slice_.number_of_ids or dataset.about)


def _search_for_missing(plan: Plan, dataset: DatasetPlan, slice_: Slice) -> tuple[Cost, Cost]:
    """The cost of searching one window for the missing ids; how many those are is known only after the others."""
    ids, listed = missing_ids_of(plan, slice_), len(dataset.ids.video_ids) if dataset.ids else 0
    missing = Cost(0, listed, -(-listed // USUALLY_MISSING)) if ids is None else Cost(*[len(ids)] * 3)
    return Cost(*(-(-count // PAGE) for count in missing)), Cost(0, missing.max, 0)


def items(plan: Plan, dataset: DatasetPlan, source: SourcePlan, parents: Mapping[str, Cost]) -> Cost:
    """How many items a source requests, as long as they are not known. parents: the records of the sources before."""
    if source.names:
        return Cost(*[len(source.names)] * 3)
    kind, selection, (least, most, usual) = source.source_kind, source.selection, parents[source.of]
    # Many records may be about one account; in a list of accounts each occurs once.
    once = source.of == "accounts" and kind.item_key == "username"
    least = 0 if selection.where or kind.share < 1 else least if once else min(1, least)
    authors = AUTHORS if source.of == "videos" and kind.item_key == "username" and not dataset.handles else 1
    usual = ceil(usual * kind.share * authors / (2 if selection.where else 1))
    for part in (selection.top, selection.sample):
        if part:
            groups, most_groups = _groups(plan, dataset, source, part.per, parents[source.of])
            most_groups = max(1, parents[source.of].max) if most_groups is None else most_groups
            least = min(part.k, least)
            most, usual = min(part.k * most_groups, most), min(part.k * groups, usual)
    return Cost(least, most, usual)


def limits_items(plan: Plan, dataset: DatasetPlan, source: SourcePlan, rows: Cost) -> bool:
    """Whether a source requests only so many items, however many rows its parent has."""
    parts = [part for part in (source.selection.top, source.selection.sample) if part]
    return bool(source.names) or any(_groups(plan, dataset, source, part.per, rows)[1] is not None for part in parts)


def _groups(
    plan: Plan, dataset: DatasetPlan, source: SourcePlan, per: str | None, rows: Cost
) -> tuple[int, int | None]:
    """Of how many groups k rows each are selected: usually, and at most; None if each row of the parent can be one.

    rows: those of the parent.
    """
    if per is None:
        return 1, 1
    if per in _DAYS and source.of == "videos":
        slices = [dataset.days_of(plan.slice(name)) for name in dataset.slices]
        days = (max(each.end for each in slices) - min(each.start for each in slices)).days + 1
        return -(-days // _DAYS[per]), days // _DAYS[per] + 2
    if groups := _listed_groups(plan, dataset, source, per):
        return len(groups), len(groups)
    if per == "username":
        return ceil(rows.expected * AUTHORS), None
    if per == "video_id" and source.of != "videos":
        return max(1, rows.expected // dataset.source(source.of).source_kind.usual), None
    return USUAL_GROUPS, None


def _listed_groups(plan: Plan, dataset: DatasetPlan, source: SourcePlan, per: str) -> Collection[object]:
    """The groups that follow from the study's lists and conditions; none if they do not."""
    if source.of == "accounts":
        return {row.get(per) for row in dataset.accounts}
    if source.of != "videos":
        return ()
    if per == "username" and dataset.handles:
        return dataset.handles
    conditions = plan.slice(dataset.slices[0]).body.get("query", {}).get("and", [])
    return next((each["field_values"] for each in conditions if each["field_name"] == per), ())


def records(source: SourcePlan) -> Cost:
    """The records of one item."""
    kind = source.source_kind
    most = min(kind.most, source.max or kind.most)
    return Cost(0, most + (kind.page - 1 if source.max else 0), min(kind.usual, most))


def most_pages(source: SourcePlan) -> int:
    """The most requests that one item takes."""
    kind = source.source_kind
    if not kind.row.cursor:
        return 1
    # Removed records leave gaps, so that it takes more pages to have as many.
    return min(kind.requests(kind.most), kind.requests(int((source.max or kind.most) / LEAST_YIELD))) + 1


def usual_pages(source: SourcePlan, share: float, requests: int, items: int, *, rank_lower: bool = False) -> float:
    """The requests that one item takes on average; those of items that are answered show it, if there are any.

    share: how much of its parent's records the source selects; the fewer it selects, the longer are their lists
    rank_lower: all answered items rank higher, so that the others have shorter lists.
    """
    kind = source.source_kind
    pages = kind.usual_pages
    if source.selection.top and not rank_lower:
        pages = max(pages, kind.top_pages * sqrt(TOP_SHARE / max(share, TOP_SHARE)))
    pages = min(pages, kind.requests(source.max or kind.most))
    if not items:
        return pages
    return min(requests / items, pages) if rank_lower else requests / items


def further_pages(source: SourcePlan, pages: int, records: int) -> int:
    """The requests that a list still takes of which some pages are stored: lists that are long tend to be longer."""
    kind = source.source_kind
    return min(pages + 1, kind.requests(max(1, (source.max or kind.most) - records)))
