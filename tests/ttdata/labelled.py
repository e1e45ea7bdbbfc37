"""Small datasets with labels, built from canned answers."""

from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import responses

from tests.support import small_study
from tests.ttdata.canned import api, connect, page
from ttdata.build.dataset import Built, build
from ttdata.collect.slices import collect_slice
from ttdata.plan.plan import Plan
from ttdata.study.study import Study

OUT = Path("datasets/small.duckdb")
EMPTY = {"data": {"videos": [], "cursor": 0, "has_more": False}, "error": {"code": "ok"}}


def collected(*records: dict[str, Any]) -> None:
    """Collect these videos for the small study, in the current folder."""
    answer = page([], len(records), more=False)
    answer["data"]["videos"] = list(records)
    plan = Plan.of(Study.check(_study({}), today=date(2026, 11, 1)))
    with responses.mock:
        responses.reset()
        api(answer, EMPTY)
        for slice_ in plan.slices:
            collect_slice(plan, slice_, connect).write(plan.raw.receipt("videos", slice_.name))


def built_with(table: str, **declared: Any) -> Built:
    """Build the collected videos with a file of labels. declared: keys of the labels, besides file and of."""
    Path("codes.csv").write_text(table, encoding="utf-8")
    study = _study({"labels": {"codes": {"file": "codes.csv", "of": "videos", **declared}}})
    plan = Plan.of(Study.check(study, today=date(2026, 11, 1)))
    return build(plan, "small", OUT, label_files=[Path("codes.csv")])


def rows(query: str) -> list[Any]:
    with duckdb.connect(str(OUT), read_only=True) as con:
        return con.execute(query).fetchall()


def _study(more: dict[str, Any]) -> dict[str, Any]:
    study = small_study()
    study["datasets"]["small"] = {"videos": study["datasets"]["small"]["videos"]} | more
    return study
