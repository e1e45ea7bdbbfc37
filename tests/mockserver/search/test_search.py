"""Pages of a search: the same records however they are cut, and with their counts at the moment of the request."""

import numpy as np
import orjson
import pytest

from mockserver.search.columns import QUERY_COLUMNS
from mockserver.search.query import Condition, Query
from mockserver.search.records import as_list, project, video_records
from mockserver.search.search import Search
from mockserver.world.hashing import Ints
from mockserver.world.times import DAY, EPOCH
from mockserver.world.world import world

WORLD = world(1, 400_000)
FIELDS = tuple(QUERY_COLUMNS)
QUERY = Query((Condition("region_code", "IN", ("US", "DE")),), (), ())
WINDOW = (EPOCH - 32 * DAY, EPOCH - 2 * DAY)
SEARCH = Search(WORLD, QUERY, WINDOW, EPOCH)


def made_singly(hits: Ints, now: int = EPOCH) -> list[dict[str, object]]:
    """The same records, from a table of their own."""
    videos = WORLD.videos(hits)
    return video_records(videos.where(videos.kept(now)), now, FIELDS, QUERY_COLUMNS)


def records(start: int, stop: int, now: int = EPOCH) -> list[dict[str, object]]:
    """The records of those of some hits that are not removed, as the endpoint makes them."""
    members = [each for table, rows in SEARCH.tables(start, stop, now) for each in table.records(rows, now, FIELDS)]
    return as_list(members).decoded()


@pytest.mark.parametrize("size", [1, 77, 100, 999, 1_300])
def test_records_do_not_depend_on_how_the_hits_are_cut_into_pages(size: int) -> None:
    hits = SEARCH.hits(2_300)[:2_300]
    assert len(hits) == 2_300, "more than the first three tables"
    first = hits[: 3 * size] if size < 100 else hits
    cut = [record for start in range(0, len(first), size) for record in records(start, min(start + size, len(first)))]
    assert cut == made_singly(first)
    assert len(cut) < len(first) or size == 1, "some are removed"


def test_pages_can_be_requested_in_any_order() -> None:
    later, earlier = records(1_500, 1_600), records(50, 150)
    other = Search(WORLD, QUERY, WINDOW, EPOCH)
    hits = other.hits(1_600)
    assert made_singly(hits[1_500:1_600]) == later
    assert made_singly(hits[50:150]) == earlier


def test_counts_and_removals_are_those_of_the_moment_of_each_request() -> None:
    later = EPOCH + 20 * DAY
    before, after, again = (records(0, 1_000, now) for now in (EPOCH, later, EPOCH))
    assert before == again == made_singly(SEARCH.hits(1_000)[:1_000])
    assert after == made_singly(SEARCH.hits(1_000)[:1_000], later)
    views = {record["id"]: record["view_count"] for record in before}
    assert any(record["id"] not in views for record in after), "some were private for a while"
    assert len(views.keys() & {record["id"] for record in after}) < len(views), "some were removed"
    grown = [(views[record["id"]], record["view_count"]) for record in after if record["id"] in views]
    assert all(int(str(early)) <= int(str(late)) for early, late in grown)
    assert any(early != late for early, late in grown)


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
