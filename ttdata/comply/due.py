"""When a dataset is due for a refresh: so many days after its oldest record was last known to be available.

The time is the API's, as the plan knows it, and never earlier than the newest stored answer: a clock of this machine
that was set back makes nothing less due.
"""

import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from ttdata.api.clock import declared_clock
from ttdata.comply.purge.journal import refuse_during_purge
from ttdata.comply.record import records
from ttdata.comply.subjects import ids_of
from ttdata.errors import Overdue
from ttdata.program import program
from ttdata.source_kinds import kind_of
from ttdata.store.paths import Folder
from ttdata.study.platform_terms import NEVER, PlatformTerms
from ttdata.tables.files import opened
from ttdata.text import count, say

# The kinds of sources whose records a refresh checks; videos are one, too.
CHECKED = ("videos", "comments", "replies", "users", "liked", "pinned", "reposted", "playlists")


@dataclass(frozen=True)
class Due:
    """When a dataset is due. checked: since when its oldest record has not been checked; None if it has no record.

    refreshed: when the last finished refresh began; None if there was none.
    """

    dataset: str
    terms: PlatformTerms
    now: datetime
    checked: datetime | None
    refreshed: datetime | None = None

    @property
    def moment(self) -> datetime | None:
        """When it is due; None if never."""
        if self.checked is None or self.terms.refresh_days is None:
            return None
        return self.checked + timedelta(self.terms.refresh_days)

    @property
    def is_overdue(self) -> bool:
        return self.moment is not None and self.moment <= self.now

    def __str__(self) -> str:
        if self.moment is None:
            why = NEVER if self.terms.refresh_days is None else "it has no records that could be checked"
            return f"{self.dataset}: no refresh is due, since {why}."
        word = "overdue since" if self.is_overdue else "due on"
        last = f"{self.checked:%Y-%m-%d %H:%M}"
        return (
            f"{self.dataset}: a refresh is {word} {self.moment:%Y-%m-%d %H:%M} UTC. Its oldest records were last "
            f"checked on {last}, and are to be checked {self.terms.duration}."
        )

    def as_json(self) -> dict[str, Any]:
        moments = {"due": self.moment, "checked": self.checked, "refreshed": self.refreshed, "now": self.now}
        return {
            "overdue": self.is_overdue,
            **{name: each and each.isoformat() for name, each in moments.items()},
            "terms": {"refresh_days": self.terms.refresh_days, "version": self.terms.version or None},
        }


def due(path: Path, folder: Folder | None = None) -> Due:
    """When the dataset in a file is due. folder: where it was built; by default as the path shows.

    Raises StorageFault if it cannot be read.
    """
    folder = folder or folder_of(path)
    with opened(path) as con:
        ((name, text),) = con.execute("SELECT dataset, declared::VARCHAR FROM study").fetchall()
        rounds = con.execute("SELECT source, raw, asked_at, finished_at FROM rounds WHERE records > 0").fetchall()
    declared = json.loads(text)
    finished = [each.start for each in records(folder, name) if each.is_finished]
    asked = {raw: _utc(asked_at) for source, raw, asked_at, _ in rounds if kind_of(source) in CHECKED and asked_at}
    for start in finished:
        asked |= {raw: max(asked[raw], start.moment) for raw in start.covers if raw in asked}
    answers = [_utc(last) for *_, last in rounds if last]
    newest = max([*answers, *(start.moment for start in finished)], default=datetime.min.replace(tzinfo=UTC))
    return Due(
        name,
        PlatformTerms.of(declared),
        max(declared_clock(declared, folder.clock)(), newest),
        min(asked.values(), default=None),
        max((start.moment for start in finished), default=None),
    )


def refuse_overdue(path: Path, what: str) -> None:
    """Raise Overdue if a dataset is, and Fault if a purge was not finished. what: what is refused, such as exported.

    Prints a note if it still has records that are gone.
    """
    refuse_during_purge(folder_of(path))
    state = due(path)
    if state.is_overdue:
        raise Overdue(f"{state} The dataset is built, but it was not {what}. Run: {program()} refresh {state.dataset}")
    if gone := gone_in(path):
        say(
            f"Note: {count(gone, 'record')} of {state.dataset} {'was' if gone == 1 else 'were'} no longer available "
            f"at the last refresh, and {'is' if gone == 1 else 'are'} {what} with the others."
        )


def gone_in(path: Path) -> int:
    """How many records of a dataset file the last refresh did not find, and are still in it."""
    with opened(path) as con:
        ((name,),) = con.execute("SELECT dataset FROM study").fetchall()
        finished = [each for each in records(folder_of(path), name) if each.is_finished]
        gone = finished[-1].gone_ids() if finished else {}
        return sum(len(some & set(ids_of(con, category))) for category, some in gone.items() if some)


def folder_of(dataset: Path) -> Folder:
    """The folder in which a dataset file was built: the one above datasets/, else its own."""
    place = dataset.resolve().parent
    return Folder(place.parent if place.name == "datasets" else place)


def _utc(moment: datetime) -> datetime:
    """A time of the tables, which is UTC."""
    return moment.replace(tzinfo=UTC)
