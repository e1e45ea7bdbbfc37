"""Observations: every round is kept, and the dataset of an earlier day can be queried."""

from datetime import date, timedelta
from pathlib import Path

import duckdb
import pytest

from tests.ttdata.over_time import (
    DAY_0,
    OUT,
    collect_and_build,
    collect_due,
    columns,
    plan_of,
    rows,
)
from ttdata.build.digest import digest_of


def test_a_refreshed_dataset_equals_one_that_was_collected_only_then() -> None:
    collect_due(plan_of(), DAY_0, {1: 5, 2: 7})
    collect_and_build(plan_of(), DAY_0 + timedelta(12), {1: 50, 3: 9})
    refreshed = digest_of(OUT)
    for file in Path("raw").rglob("*.*"):
        if file.is_file():
            file.unlink()
    OUT.unlink()
    collect_and_build(plan_of(), DAY_0 + timedelta(12), {1: 50, 3: 9})
    assert digest_of(OUT) == refreshed


def test_every_observation_and_the_last_row_of_a_video_that_is_gone_are_kept() -> None:
    collect_due(plan_of(), DAY_0, {1: 5, 2: 7})
    collect_and_build(plan_of(), DAY_0 + timedelta(12), {1: 50, 3: 9})
    assert rows("SELECT id, view_count FROM videos") == [(1, 50), (3, 9)]
    assert rows("SELECT video_id, round, view_count FROM video_observations ORDER BY ALL") == [
        (1, 1, 5),
        (1, 2, 50),
        (2, 1, 7),
        (3, 2, 9),
    ]
    assert rows("SELECT id, view_count, last_seen::DATE FROM videos_gone") == [(2, 7, date(2026, 6, 1))]
    assert rows("SELECT round, settled FROM rounds ORDER BY ALL") == [(1, "unindexed"), (2, "settled")]


def test_videos_as_of_a_day_are_those_that_a_build_on_that_day_had() -> None:
    collect_due(plan_of(), DAY_0, {1: 5, 2: 7})
    collect_and_build(plan_of(), DAY_0 + timedelta(12), {1: 50, 3: 9})
    first, second = [(1, 5), (2, 7)], [(1, 50), (3, 9)]
    for moment, expected in [
        ("'2026-06-01'", first),
        ("DATE '2026-06-12'", first),
        ("'2026-06-13 11:59:59'", first),
        ("TIMESTAMP '2026-06-13 12:01:00'", second),
        ("'2026-06-13'", second),
    ]:
        assert rows(f"FROM videos_as_of({moment}) SELECT id, view_count ORDER BY id") == expected, moment
    assert columns("videos_as_of('2026-06-01')") == columns("videos")


def test_videos_as_of_a_day_before_the_first_request_is_an_error_and_not_an_empty_table() -> None:
    collect_and_build(plan_of(), DAY_0, {1: 5})
    with pytest.raises(
        duckdb.Error, match=r"No video had been requested by 2026-05-31: the first search .* 2026-06-01"
    ):
        rows("FROM videos_as_of('2026-05-31')")
