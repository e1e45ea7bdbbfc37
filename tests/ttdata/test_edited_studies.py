"""Studies that are edited after they were collected: what is stored is not requested again, and the dataset is that of
a fresh collection."""

from pathlib import Path
from typing import Any

import pytest

from tests.ttdata.with_mock import build_small, fresh, mock, plan_of
from ttdata.build.digest import digest_of

WHERE = {"all": [{"region_code": ["US", "GB", "DE"]}], "any": [{"hashtag_name": ["fyp"]}]}
VIDEOS = {"where": WHERE, "during": ["2025-01-01", "2025-01-12"]}
KEY = "mock:videos=1e6"
TOP = {"by": "view_count", "k": 6}


def with_max(most: int | None, **sources: Any) -> dict[str, Any]:
    """A dataset with the followers of some accounts, `most` of each."""
    followers = {"of": "users"} | ({"max": most} if most else {})
    return {"videos": VIDEOS, "users": {"of": "videos", "top": TOP}, "followers": followers, **sources}


def test_a_smaller_max_costs_nothing(tmp_path: Path) -> None:
    with mock(KEY) as collector:
        collector.everything(plan_of(with_max(900)))
        for most in (300, 1):
            plan = plan_of(with_max(most))
            assert collector.everything(plan) == 0
            assert digest_of(build_small(plan)) == fresh(with_max(most), tmp_path / f"{most}", KEY)[1]


@pytest.mark.parametrize("most", [900, None])
def test_a_larger_max_costs_only_the_further_pages(tmp_path: Path, most: int | None) -> None:
    with mock(KEY) as collector:
        first = collector.everything(plan_of(with_max(100)))
        plan = plan_of(with_max(most))
        further = collector.everything(plan)
        assert further > 5
        assert (first + further, digest_of(build_small(plan))) == fresh(with_max(most), tmp_path / "fresh", KEY)
