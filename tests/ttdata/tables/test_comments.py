"""Every table, view and column of a dataset says what it is; test_source_kinds.py has a dataset with every source."""

from typing import Any

import pytest

from tests.ttdata.with_mock import build_small, mock, plan_of, rows

DAYS = ["2025-01-01", "2025-01-15"]
FYP = {"where": {"all": [{"region_code": ["US"]}, {"hashtag_name": ["fyp"]}]}, "during": DAYS}
DATASETS: dict[str, dict[str, Any]] = {
    "ids": {"ids": ["7455020555574824282", "n/a"], "videos": {"of": "ids", "during": DAYS}},
    "strata": {"videos": FYP | {"random": {"by": "month", "draws": 2}}},
    "users": {"videos": FYP, "users": {"of": "videos", "top": {"by": "view_count", "k": 2}}},
}
UNCOMMENTED = """
    SELECT table_name FROM duckdb_tables() WHERE NOT internal AND coalesce(comment, '') = ''
    UNION ALL
    SELECT view_name FROM duckdb_views() WHERE NOT internal AND coalesce(comment, '') = ''
    UNION ALL
    SELECT table_name || '.' || column_name FROM duckdb_columns() WHERE NOT internal AND coalesce(comment, '') = ''
"""


@pytest.mark.parametrize("kind", DATASETS)
def test_every_table_view_and_column_has_a_comment(kind: str) -> None:
    plan = plan_of(DATASETS[kind])
    with mock() as collector:
        collector.everything(plan)
    build_small(plan)
    assert (kind,) in rows("SELECT table_name FROM duckdb_tables()")
    assert rows(UNCOMMENTED) == []
