"""A study of one recent search, an API whose clock can be set, and the datasets built from it at different times."""

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
# The last week of May: indexed on 3 June, settled on 11 June.
DURING = ["2026-05-25", "2026-05-31"]
DAY_0 = datetime(2026, 6, 1, 12, tzinfo=UTC)
# A window that settled long ago.
OLD = ["2025-01-01", "2025-01-20"]
WEEKLY = {"every": "7d", "times": 3}
CANARY = {"where": {"all": [{"region_code": "US"}]}, "during": ["2025-01-01", "2025-01-10"], "at_least": 2}


def plan_of(dataset: dict[str, Any] | None = None, **changes: Any) -> Plan:
    """A plan of one search and of the sources in `dataset`; `changes` are keys of the study or of its videos."""
    videos = small_study()["datasets"]["small"]["videos"] | {"during": DURING}
    videos |= {key: changes.pop(key) for key in ("waves", "during") if key in changes}
    study = small_study(datasets={"small": {"videos": videos} | (dataset or {})}, **changes)
    return Plan.of(Study.check(study, today=date(2026, 11, 1)))


def clock_at(moment: datetime) -> Callable[[], datetime]:
    return lambda: moment


def api_at(now: datetime, *answers: object, path: str = "video/query") -> None:
    """An API whose clock shows `now` and that returns these answers in order."""
    responses.reset()
    headers = {"Date": f"{now:%a, %d %b %Y %H:%M:%S} GMT"}
    token = {"access_token": "clt.x", "expires_in": 7200, "token_type": "Bearer"}
    responses.post(f"{API}/v2/oauth/token/", json=token, headers=headers)
    for answer in answers:
        responses.post(f"{API}/v2/research/{path}/", json=answer, headers=headers)


def videos(counts: dict[int, int]) -> dict[str, Any]:
    answer = page([], len(counts), more=False)
    answer["data"]["videos"] = [{"id": each, "view_count": count} for each, count in counts.items()]
    return answer


def collect_search(plan: Plan, slice_: Slice, now: datetime, counts: dict[int, int]) -> None:
    """Collect one search, which returns videos with these view counts by id."""
    with responses.mock:
        api_at(now, videos(counts))
        collect_slice(plan, slice_, connect).write(plan.raw.receipt("videos", slice_.name))


def collect_due(plan: Plan, now: datetime, counts: dict[int, int]) -> Plan:
    """Collect what is due at that time; each search returns these videos. Returns the plan of that time."""
    due = current(plan, clock_at(now))
    for each in due.slices:
        if not due.raw.receipt("videos", each.name).exists():
            collect_search(due, each, now, counts)
    return due


def collect_and_build(plan: Plan, now: datetime, counts: dict[int, int]) -> Plan:
    """Collect what is due at that time, and build. Returns the plan of that time."""
    due = collect_due(plan, now, counts)
    build(due, "small", OUT)
    return due


def rows(query: str) -> list[Any]:
    with duckdb.connect(str(OUT), read_only=True) as con:
        return con.execute(query).fetchall()


def columns(table: str) -> list[Any]:
    return sorted((name, kind) for name, kind, *_ in rows(f"DESCRIBE FROM {table}"))


def raw_files() -> int:
    return len(list(Path("raw").rglob("*.zst")))


def rounds(plan: Plan) -> list[int]:
    """The round of each search in a plan."""
    return [round_of(each.name) for each in plan.slices]
