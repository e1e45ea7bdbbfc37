"""How the datasets of a study stand: when each is due, what is unfinished, and what is remembered of lost records."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from ttdata.comply import tombstones
from ttdata.comply.due import Due, due
from ttdata.comply.refresh import unfinished
from ttdata.plan.plan import Plan
from ttdata.program import program
from ttdata.study.platform_terms import PlatformTerms


@dataclass(frozen=True)
class Standing:
    """The built datasets, those whose refresh was stopped, and the tombstones by category and state."""

    dues: tuple[Due, ...]
    stopped: tuple[str, ...]
    remembered: Mapping[str, Mapping[str, int]]

    def sentences(self) -> Iterator[str]:
        """What a person should know; none if nothing is ever due."""
        for each in self.dues:
            if each.dataset in self.stopped:
                yield f"{each.dataset}: a refresh was stopped. To continue it: {program()} refresh {each.dataset}"
            elif each.is_overdue:
                yield f"{each} Until then it is neither exported nor packaged. Run: {program()} refresh {each.dataset}"
            elif each.moment:
                yield str(each)
        for category, states in self.remembered.items():
            numbers = [f"{states.get(state, 0):,} {words}" for state, words in _WORDS.items()]
            yield f"Tombstones of {category}s: {', '.join(numbers)}."

    def as_json(self) -> dict[str, Any]:
        datasets = {each.dataset: each.as_json() | {"stopped": each.dataset in self.stopped} for each in self.dues}
        return {"datasets": datasets, "tombstones": self.remembered}


_WORDS = {"missed": "missed once", "lost": "confirmed lost", "back": "came back"}


def overdue_since(plan: Plan, name: str) -> str:
    """Since when a dataset is overdue; "" if it is not, or not built. A rule that depends on it runs when it is due."""
    path = plan.folder.dataset(name)
    state = due(path, plan.folder) if path.exists() else None
    return f"{state.moment}" if state and state.is_overdue else ""


def standing(plan: Plan) -> Standing:
    """How the datasets of a plan stand. Sends no request, except for the time of a mock server on this machine."""
    memory = PlatformTerms.of(plan.declared).tombstone
    files = [plan.folder.dataset(dataset.name) for dataset in plan.datasets]
    return Standing(
        tuple(due(path, plan.folder) for path in files if path.exists()),
        tuple(dataset.name for dataset in plan.datasets if unfinished(plan, dataset.name)),
        tombstones.read(plan.folder, memory).counts() if plan.folder.tombstones.exists() else {},
    )
