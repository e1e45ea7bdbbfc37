"""The canary as a study declares it: a search that is known to find something. collect/canary.py sends it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from ttapi import ENDPOINTS
from ttapi.query import MAX_DAYS_SEARCHED
from ttdata.study.entries import Lists
from ttdata.study.periods import Period
from ttdata.study.problems import Problems
from ttdata.study.searches import one_query
from ttdata.study.where import read_where

PAGE = ENDPOINTS["video.query"].max_count


@dataclass(frozen=True)
class Canary:
    """One request: its body, and how many videos it must find."""

    body: Mapping[str, Any]
    at_least: int

    @classmethod
    def read(cls, study: Mapping[str, Any], lists: Lists, today: date, problems: Problems) -> "Canary | None":
        if "canary" not in study:
            return None
        declared, problems = study["canary"], problems.below("canary")
        period = Period.read(declared["during"], problems)
        if period is None:
            return None
        if not period.start <= period.end <= today:
            problems.add("during", f"Give a first and a last day in order, not after today, {today} (UTC).")
        elif period.days > MAX_DAYS_SEARCHED:
            problems.add("during", f"The canary is one request, which covers at most {MAX_DAYS_SEARCHED} days.")
        where = read_where(declared["where"], lists, problems)
        query = one_query(where, "The canary", problems)
        body = {"query": query.to_body(), **period.request_dates(), "max_count": PAGE}
        return cls(body, declared.get("at_least", 1))
