"""Days on which the API changed what it shows, from epochs.yaml, and the periods that span one."""

from dataclasses import dataclass
from datetime import date
from functools import cache

from ttdata.packaged import packaged_yaml


@dataclass(frozen=True)
class Epoch:
    """A change of the API from the day `since` on, and the page that reports it."""

    since: date
    changed: str
    source: str

    def __str__(self) -> str:
        return f"The videos are from before and after {self.since}: {self.changed}. Source: {self.source}."


@cache
def epochs() -> tuple[Epoch, ...]:
    """All known changes, oldest first."""
    rows = packaged_yaml(__package__, "epochs.yaml")
    return tuple(sorted((Epoch(**each) for each in rows), key=lambda epoch: epoch.since))


def spanned(start: date, end: date) -> list[Epoch]:
    """The changes within a period of posting, both ends included."""
    return [epoch for epoch in epochs() if start < epoch.since <= end]
