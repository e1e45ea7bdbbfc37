"""Which rounds of which slices and shards a dataset is built from."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from ttdata.plan.model import DatasetPlan, Slice, SourcePlan
from ttdata.plan.names import first_round
from ttdata.plan.plan import Plan
from ttdata.plan.rounds import earlier_receipts
from ttdata.plan.scope import may_overlap, searched
from ttdata.store.receipts import Receipt
from ttdata.study.schedule import Settle, Settled


@dataclass(frozen=True)
class PieceRound:
    """One round of a slice or shard: its receipt, where that and the raw file are, and why it may be unfinished."""

    receipt: Receipt
    path: Path
    pages: Path
    slice: Slice | None
    waived: str | None
    is_newest: bool = True

    @property
    def raw(self) -> str:
        """Its raw file, as DuckDB names it."""
        return str(self.pages)

    def settled(self, settle: Settle) -> tuple[Settled | None, datetime | None]:
        """What can be wrong with a search, and when its answers are settled; nothing of a shard."""
        if self.slice is None or self.slice.missing or not self.receipt.asked_at:
            return None, None
        asked_at = datetime.fromisoformat(self.receipt.asked_at)
        return settle.state(self.slice.end, asked_at), settle.moments(self.slice.end)[1].replace(tzinfo=None)


def slice_rounds(plan: Plan, dataset: DatasetPlan) -> Iterator[PieceRound]:
    """The current round of each slice. Raises NotCollected if one has no receipt."""
    for name in dataset.slices:
        yield _round(plan, plan.raw.receipt("videos", name), plan.slice(name))


def shard_rounds(plan: Plan, dataset: DatasetPlan, *sources: SourcePlan) -> Iterator[PieceRound]:
    """The current round of each shard of some sources, or of all. Raises NotCollected if one has no receipt."""
    for source in sources or dataset.sources:
        for path in plan.receipts(dataset.name, source.source):
            yield _round(plan, path)


def earlier_rounds(plan: Plan, newest: Iterable[PieceRound]) -> Iterator[PieceRound]:
    """The rounds before these."""
    for each in newest:
        for path in earlier_receipts(plan, each.receipt.source, each.receipt.name):
            receipt = Receipt.read(path)
            yield replace(each, receipt=receipt, path=path, pages=plan.folder.root / receipt.raw, is_newest=False)


def other_rounds(plan: Plan, dataset: DatasetPlan, newest: Iterable[PieceRound]) -> Iterator[PieceRound]:
    """The rounds of other searches on disk, which can have found videos in the scope: of earlier wordings of the study,
    or for other datasets.
    """
    own = {first_round(each.receipt.name) for each in newest if each.slice}
    for path in sorted(plan.raw.receipt("videos", "x").parent.glob("*.receipt.json")):
        receipt = None if first_round(path.name.removesuffix(".receipt.json")) in own else Receipt.read(path)
        if receipt is None or receipt.search is None or not receipt.records:
            continue
        pages = plan.folder.root / receipt.raw
        query, period = searched(receipt.search)
        if pages.exists() and may_overlap(query, period, dataset.scope):
            slice_ = Slice(first_round(receipt.name), *period, {"query": query}, receipt.search.fields)
            yield PieceRound(receipt, path, pages, slice_, None, is_newest=False)


def superseded(rounds: Sequence[PieceRound]) -> dict[str, str]:
    """When the present searches of the same days were requested in the place of others, by the names of these.

    What they did not find then was gone, or out of scope. A search that still stands is left out.
    """
    searches = [(first_round(each.receipt.name), each.receipt, each.slice) for each in rounds if each.slice]
    newest = {first_round(each.receipt.name) for each in rounds if each.slice and each.is_newest}
    last: dict[str, str] = {}
    for name, receipt, _ in searches:
        last[name] = max(receipt.finished_at, last.get(name, ""))
    result = {}
    for name, _, slice_ in searches:
        if name not in newest:
            later: dict[str, str] = {}
            for own, receipt, other in searches:
                overlaps = own in newest and other.start <= slice_.end and slice_.start <= other.end
                if overlaps and receipt.asked_at > last[name]:
                    later[own] = min(receipt.asked_at, later.get(own, receipt.asked_at))
            result[name] = max(later.values(), default="")
    return {name: moment for name, moment in result.items() if moment}


def _round(plan: Plan, path: Path, slice_: Slice | None = None) -> PieceRound:
    receipt = Receipt.read(path)
    waived = plan.waiver(receipt.source, receipt.name)
    return PieceRound(receipt, path, plan.folder.root / receipt.raw, slice_, waived)
