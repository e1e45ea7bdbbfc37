"""Which rounds of which slices and shards a dataset is built from."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from ttdata.plan.model import DatasetPlan, Slice, SourcePlan
from ttdata.plan.plan import Plan
from ttdata.plan.rounds import earlier_receipts
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


def _round(plan: Plan, path: Path, slice_: Slice | None = None) -> PieceRound:
    receipt = Receipt.read(path)
    waived = plan.waiver(receipt.source, receipt.name)
    return PieceRound(receipt, path, plan.folder.root / receipt.raw, slice_, waived)
