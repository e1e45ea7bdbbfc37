"""What a refresh costs: three requests or more per compliance task, and one per account.

TikTok does not say whether the requests of compliance tasks count against the quota; each is counted.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from ttapi.endpoints import MAX_TASK_IDS
from ttdata.plan.cost import Cost, total
from ttdata.source_kinds import kind_of
from ttdata.text import count

# Create, status, download; a task that is not finished at the first poll costs one more request per poll.
TASK_REQUESTS = 3

# What the records of each kind of source are checked as.
_CATEGORIES = {
    "videos": "video",
    "liked": "video",
    "pinned": "video",
    "reposted": "video",
    "comments": "comment",
    "replies": "comment",
    "users": "user",
}


@dataclass(frozen=True)
class RefreshCost:
    """Compliance tasks, and accounts that are requested one by one."""

    tasks: Cost
    accounts: Cost

    @property
    def requests(self) -> Cost:
        """The fewest requests: each task is finished at its first poll."""
        return Cost(*(TASK_REQUESTS * tasks for tasks in self.tasks)).plus(self.accounts)

    def __str__(self) -> str:
        """In words, with the expected numbers."""
        parts = []
        if self.tasks.max:
            needs = f"at least {count(TASK_REQUESTS * self.tasks.expected, 'request')}"
            parts.append(f"{count(self.tasks.expected, 'compliance task')} ({needs})")
        if self.accounts.max:
            parts.append(f"{count(self.accounts.expected, 'request')} for accounts")
        return " and ".join(parts) or "no request"


def refresh_cost(numbers: Mapping[str, int], batch: int = MAX_TASK_IDS) -> RefreshCost:
    """The cost for known numbers of ids by category: video, comment, user."""
    tasks = sum(-(-number // batch) for category, number in numbers.items() if category != "user")
    return RefreshCost(Cost(tasks, tasks, tasks), Cost(*[numbers.get("user", 0)] * 3))


def expected_refresh_cost(datasets: Iterable[Mapping[str, Cost]]) -> RefreshCost:
    """The cost of checking every dataset once. datasets: of each, the records by source."""
    costs = []
    for records in datasets:
        numbers: dict[str, Cost] = {}
        for source, number in records.items():
            if category := _CATEGORIES.get(kind_of(source)):
                numbers[category] = numbers.get(category, Cost()).plus(number)
        costs.append([refresh_cost({name: each[at] for name, each in numbers.items()}) for at in range(len(Cost()))])
    tasks, accounts = (
        total(Cost(*(getattr(each, part).min for each in some)) for some in costs) for part in ("tasks", "accounts")
    )
    return RefreshCost(tasks, accounts)
