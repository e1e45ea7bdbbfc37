"""What a changed study means for earlier searches: which are stored, still missing, or no longer requested."""

from dataclasses import dataclass

from ttdata.errors import NotCollected
from ttdata.plan.names import first_round
from ttdata.plan.plan import Plan


@dataclass(frozen=True)
class Change:
    """Searches of a plan: collected already, still waiting, and dropped, which only the last plan requested."""

    collected: int
    waiting: int
    dropped: int

    @classmethod
    def of(cls, plan: Plan) -> "Change":
        """Compare a plan with the receipts on disk and with the plan that was built last."""
        collected = sum(plan.raw.receipt("videos", slice_.name).exists() for slice_ in plan.slices)
        try:
            before = {first_round(slice_.name) for slice_ in Plan.read(plan.folder.plan).slices}
        except NotCollected:
            before = set()
        now = {first_round(slice_.name) for slice_ in plan.slices}
        return cls(collected, len(plan.slices) - collected, len(before - now))
