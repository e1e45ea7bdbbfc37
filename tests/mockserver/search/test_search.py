"""Pages of a search: the same records however they are cut, and with their counts at the moment of the request."""

import numpy as np
import orjson
import pytest

from mockserver.search.columns import QUERY_COLUMNS
from mockserver.search.query import Condition, Query
from mockserver.search.records import as_list, project, video_records
from mockserver.search.search import Search
from mockserver.world.times import DAY, EPOCH
from mockserver.world.world import world

WORLD = world(1, 400_000)
FIELDS = tuple(QUERY_COLUMNS)
QUERY = Query((Condition("region_code", "IN", ("US", "DE")),), (), ())
WINDOW = (EPOCH - 32 * DAY, EPOCH - 2 * DAY)
SEARCH = Search(WORLD, QUERY, WINDOW, EPOCH)


def records(start: int, stop: int, now: int = EPOCH) -> list[dict[str, object]]:
    """The records of some hits, as the endpoint makes them."""
    members = [each for table, rows in SEARCH.tables(start, stop) for each in table.records(rows, now, FIELDS)]
    return as_list(members).decoded()


@pytest.mark.parametrize("size", [1, 77, 100, 999, 1_300])
def test_records_do_not_depend_on_how_the_hits_are_cut_into_pages(size: int) -> None:
    hits = SEARCH.hits(2_300)[:2_300]
    assert len(hits) == 2_300, "more than the first three tables"
    first = hits[: 3 * size] if size < 100 else hits
    cut = [record for start in range(0, len(first), size) for record in records(start, min(start + size, len(first)))]
    assert cut == video_records(WORLD.videos(first), EPOCH, FIELDS, QUERY_COLUMNS)


def test_pages_can_be_requested_in_any_order() -> None:
    later, earlier = records(1_500, 1_600), records(50, 150)
    other = Search(WORLD, QUERY, WINDOW, EPOCH)
    hits = other.hits(1_600)
    assert video_records(WORLD.videos(hits[1_500:1_600]), EPOCH, FIELDS, QUERY_COLUMNS) == later
    assert video_records(WORLD.videos(hits[50:150]), EPOCH, FIELDS, QUERY_COLUMNS) == earlier


def test_counts_are_those_of_the_moment_of_each_request() -> None:
    earlier, later, again = (records(0, 100, now) for now in (EPOCH, EPOCH + 20 * DAY, EPOCH))
    assert earlier == again
    assert [each["id"] for each in earlier] == [each["id"] for each in later]
    assert sum(int(str(each["view_count"])) for each in earlier) < sum(int(str(each["view_count"])) for each in later)


def test_the_order_of_keys_changes_from_record_to_record() -> None:
    assert len({tuple(record) for record in records(0, 40)}) > 8


@pytest.mark.parametrize("fields", [(), ("effect_ids",), ("id",), ("id", "playlist_id")])
def test_a_record_has_only_the_requested_fields_that_have_a_value(fields: tuple[str, ...]) -> None:
    videos = WORLD.videos(np.arange(3_000))
    whole = video_records(videos, EPOCH, FIELDS, QUERY_COLUMNS)
    assert video_records(videos, EPOCH, fields, QUERY_COLUMNS) == [project(each, fields, 0) for each in whole]


def test_hashtags_are_those_of_the_caption_each_once() -> None:
    for record in records(0, 1_000):
        caption, names, infos = (record.get(key) for key in ("video_description", "hashtag_names", "hashtag_info_list"))
        assert isinstance(caption, str)
        assert isinstance(names, list)
        assert sorted(names) == sorted(word[1:] for word in caption.split() if word.startswith("#"))
        assert [info["hashtag_name"] for info in infos or []] == names  # type: ignore[attr-defined]
        assert len(set(names)) == len(names)
        assert orjson.loads(orjson.dumps(record)) == record
