"""The canary: a search that is known to find something, asked before anything else on each day of the API.

TikTok's search has answered "ok" and found nothing for days. One request tells, before a whole study is asked for in
vain and believed to be empty.
"""

import hashlib
import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ttapi import Answer, Client
from ttdata.errors import EmptySuccess
from ttdata.rawfile import Line, RawFile, stored_lines
from ttdata.searches import query_of
from ttdata.text import count

if TYPE_CHECKING:
    from ttdata.layout import Layout

SOURCE = "canary"
# The most days that one search can reach over, first and last included.
LONGEST = 31

Connect = Callable[[Callable[[Answer], None]], Client]


@dataclass(frozen=True)
class Canary:
    """One request: its body, and how many videos it must find."""

    body: Mapping[str, Any]
    at_least: int

    @classmethod
    def of(cls, study: Mapping[str, Any]) -> "Canary | None":
        """What a checked study declares."""
        declared = study.get("canary")
        if declared is None:
            return None
        start, end = (date.fromisoformat(day) for day in declared["during"])
        query = query_of(declared["where"]).to_body()
        body = {"query": query, "start_date": f"{start:%Y%m%d}", "end_date": f"{end:%Y%m%d}", "max_count": 100}
        return cls(body, declared.get("at_least", 1))

    def raw(self, place: "Layout", day: date) -> Path:
        """The answers of one day."""
        return place.raw(SOURCE, f"{self._name}-{day}")

    def is_well(self, place: "Layout", day: date) -> bool:
        """Whether it was asked on a day, and found enough."""
        return self._found_enough(stored_lines(self.raw(place, day)))

    def _found_enough(self, lines: Iterable[Line]) -> bool:
        return any(line.good and line.records >= self.at_least for line in lines)

    def ask(self, place: "Layout", connect: Connect) -> None:
        """Ask once a day, until it is answered well. Raises EmptySuccess, and what ttapi raises."""
        kept: list[RawFile] = []
        client = connect(lambda answer: kept[0].append(answer))
        client.token()  # Its answer tells the day.
        with RawFile(self.raw(place, client.now().date())) as raw:
            kept.append(raw)
            if self._found_enough(raw.lines):
                return
            raw.reserve()
            found = len(client.call("video.query", self.body, fields=["id"]).records)
        if found < self.at_least:
            raise EmptySuccess(
                f"The canary, a search that is known to find {count(self.at_least, 'video')} or more, "
                f"found {count(found, 'video')}. "
                "TikTok's search does not work as it should, so nothing else was asked. It cost 1 request. "
                "All that was collected and built before is as it was. Run the same command again later; "
                "each run asks the canary first."
            )

    @property
    def _name(self) -> str:
        return hashlib.sha256(json.dumps([self.body, self.at_least], sort_keys=True).encode()).hexdigest()[:16]


def sent(place: "Layout") -> int:
    """Requests that canaries have cost so far."""
    return sum(len(stored_lines(path)) for path in place.raw(SOURCE, "").parent.glob("*.zst"))


def problems(study: Mapping[str, Any], today: date) -> Iterator[tuple[str, str]]:
    """What the schema cannot say of a canary: each key with a sentence."""
    if "canary" not in study:
        return
    declared = study["canary"]
    try:
        start, end = (date.fromisoformat(day) for day in declared["during"])
    except ValueError as error:
        yield "canary.during", f"{declared['during']} holds a day that does not exist ({error})."
        return
    if not start <= end <= today:
        yield "canary.during", f"Give a first and a last day up to today, {today} (UTC), in this order."
    elif (end - start).days >= LONGEST:
        yield "canary.during", f"The canary is one request, which reaches over {LONGEST} days at most."
    for problem in query_of(declared["where"]).problems():
        yield "canary.where", problem
