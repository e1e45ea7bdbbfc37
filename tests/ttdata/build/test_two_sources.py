"""Two sources of one kind that request the same items: one row per item, and nothing twice."""

from pathlib import Path
from typing import Any

import duckdb
import pytest

from tests.ttdata.worlds import build_study


@pytest.mark.slow
@pytest.mark.parametrize("other", [{"max": 100}, {"max": 200}, {}])
def test_two_sources_of_playlists_have_each_playlist_and_each_of_its_videos_once(other: dict[str, Any]) -> None:
    videos = {"where": {"all": [{"region_code": ["US"]}]}, "during": ["2024-11-01", "2024-12-15"]}
    sources: dict[str, Any] = {"videos": videos, "playlists": {"of": "videos"}}
    alone = lists(build_study({"study": "one", "datasets": {"one": sources}}))
    both = lists(
        build_study({"study": "two", "datasets": {"two": {**sources, "playlists_b": {"of": "videos"} | other}}})
    )
    assert both == alone
    assert all(len(ids) == len(set(ids)) for ids in both.values())


def lists(dataset: Path) -> dict[int, list[int]]:
    with duckdb.connect(str(dataset), read_only=True) as con:
        return dict(con.execute("SELECT playlist_id, video_ids FROM playlists").fetchall())
