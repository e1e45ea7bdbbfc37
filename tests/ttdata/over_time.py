"""A study of one late search, an API whose clock can be set, and what was observed of it."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import duckdb
import responses

from tests.support import small_study
from tests.ttdata.canned import API, connect, page
from ttdata.build.dataset import build
from ttdata.collect.slices import collect_slice
from ttdata.plan.model import Slice
from ttdata.plan.names import round_of
from ttdata.plan.plan import Plan
from ttdata.plan.rounds import current
from ttdata.study.study import Study

OUT = Path("datasets/small.duckdb")
# The window is the last week of May: indexed on 3 June, settled on 11 June.
DURING = ["2026-05-25", "2026-05-31"]
DAY_0 = datetime(2026, 6, 1, 12, tzinfo=UTC)
# A window that has long settled.
OLD = ["2025-01-01", "2025-01-20"]
WEEKLY = {"every": "7d", "times": 3}
CANARY = {"where": {"all": [{"region_code": "US"}]}, "during": ["2025-01-01", "2025-01-10"], "at_least": 2}


def study(dataset: dict[str, Any] | None = None, **changes: Any) -> Plan:
    """A plan of one search, and of the sources of `dataset`; `changes` are keys of the study or of its videos."""
    videos = small_study()["datasets"]["small"]["videos"] | {"during": DURING}
    videos |= {key: changes.pop(key) for key in ("waves", "during") if key in changes}
    whole = small_study(datasets={"small": {"videos": videos} | (dataset or {})}, **changes)
    return Plan.of(Study.check(whole, today=date(2026, 11, 1)))


def at(moment: datetime) -> Callable[[], datetime]:
    return lambda: moment


def api_at(now: datetime, *answers: object, path: str = "video/query") -> None:
    """An API whose clock says `now`, with these answers in order."""
    responses.reset()
    heard = {"Date": f"{now:%a, %d %b %Y %H:%M:%S} GMT"}
    token = {"access_token": "clt.x", "expires_in": 7200, "token_type": "Bearer"}
    responses.post(f"{API}/v2/oauth/token/", json=token, headers=heard)
    for answer in answers:
        responses.post(f"{API}/v2/research/{path}/", json=answer, headers=heard)


def videos(counts: dict[int, int]) -> dict[str, Any]:
    answer = page([], len(counts), more=False)
    answer["data"]["videos"] = [{"id": each, "view_count": count} for each, count in counts.items()]
    return answer


def collect(plan: Plan, wanted: Slice, now: datetime, counts: dict[int, int]) -> None:
    with responses.mock:
        api_at(now, videos(counts))
        collect_slice(plan, wanted, connect).write(plan.raw.receipt("videos", wanted.name))


def asked(plan: Plan, now: datetime, counts: dict[int, int]) -> Plan:
    """Collect what is due at that time, each search with these videos; gives the plan of that time."""
    due = current(plan, at(now))
    for each in due.slices:
        if not due.raw.receipt("videos", each.name).exists():
            collect(due, each, now, counts)
    return due


def observed(plan: Plan, now: datetime, counts: dict[int, int]) -> Plan:
    """The same, and build."""
    due = asked(plan, now, counts)
    build(due, "small", OUT)
    return due


def rows(query: str) -> list[Any]:
    with duckdb.connect(str(OUT), read_only=True) as con:
        return con.execute(query).fetchall()


def columns(table: str) -> list[Any]:
    return sorted((name, kind) for name, kind, *_ in rows(f"DESCRIBE FROM {table}"))


def raw_files() -> int:
    return len(list(Path("raw").rglob("*.zst")))


def names(plan: Plan) -> list[int]:
    """The rounds of a plan's searches."""
    return [round_of(each.name) for each in plan.slices]
