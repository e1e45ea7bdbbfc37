"""video/query: searches, their pages, and the rules of search_id and cursor."""

from collections.abc import Mapping

import numpy as np
import orjson

from mockserver.behaviours.quirks import delivered
from mockserver.behaviours.refusals import Refusal
from mockserver.endpoints.call import Call, Data
from mockserver.search import parameters
from mockserver.search.columns import QUERY_COLUMNS, Column
from mockserver.search.query import read_query, read_window
from mockserver.search.records import Record, Records, as_list, video_records
from mockserver.search.search import Search
from mockserver.world.hashing import Ints, key

LARGE_RESULT = 2_000  # videos


def query(call: Call) -> Data:
    """One page of a search. The cursor counts removed videos too: pages can be short, even empty."""
    body = call.body
    conditions = read_query(body.get("query"))
    window = read_window(body.get("start_date"), body.get("end_date"), loose=call.tenant.options.loose)
    size, cursor = parameters.count(body, default=call.default_count), parameters.start(body)
    search_id, is_random = parameters.text(body, "search_id"), parameters.flag(body, "is_random")
    fingerprint = orjson.dumps([conditions.body(), window]).hex()
    if search_id:
        cached = call.tenant.recall(search_id, fingerprint)
    else:
        search = Search(call.world, conditions, window, call.now, call.tenant.rows)
        if is_random:
            call.tenant.random_calls[fingerprint] = call.tenant.random_calls.get(fingerprint, 0) + 1
            return _random_page(call, search, size, fingerprint)
        if not len(search.hits(1)):
            return {"videos": [], "cursor": 0, "has_more": False}
        search_id = call.tenant.remember(search, fingerprint)
        cached = call.tenant.searches[search_id]
    if call.has("large-results") and len(cached.search.hits(LARGE_RESULT + 1)) > LARGE_RESULT:
        raise Refusal("internal", "Server Internal Error")
    hits = cached.search.hits(cursor + size + 1)
    if cursor > len(hits):
        raise Refusal("cursor")
    return {
        "videos": _hit_records(call, cached.search, cursor, min(cursor + size, len(hits))),
        "cursor": min(cursor + size, len(hits)),
        "has_more": len(hits) > cursor + size,
        "search_id": search_id,
    }


def _hit_records(call: Call, search: Search, start: int, stop: int) -> Records | list[Record]:
    """As `public_records`, for hits in a row of a search."""
    if call.tenant.rows:
        return public_records(call, search.hits(stop)[start:stop], QUERY_COLUMNS)
    records: list[bytes] = []
    for table, rows in search.tables(start, stop, call.now):  # a search finds no video of a hidden account
        index = table.videos.index[rows]
        kept = delivered(call, index)
        if len(kept) < len(index):
            rows = rows[np.isin(index, kept)]
        records += table.records(rows, call.now, call.fields)
    return as_list(records)


def _random_page(call: Call, search: Search, size: int, fingerprint: str) -> Data:
    """A page without order or end. Each call of a search draws other videos, and the Nth the same in each run."""
    options = call.tenant.options
    index = search.sample(size, key(options.seed, options.run, fingerprint, call.tenant.random_calls[fingerprint]))
    data: Data = {"videos": public_records(call, index, QUERY_COLUMNS), "cursor": len(index), "has_more": False}
    return data | ({"search_id": call.tenant.remember(search, "random")} if len(index) else {})


def public_records(call: Call, index: Ints, columns: Mapping[str, Column]) -> list[Record]:
    """The records of videos in the given order, without those that are not public or that a quirk withholds."""
    rows = call.tenant.rows
    if rows is None:
        public = delivered(call, call.world.found(index, call.now))
        return video_records(call.world.videos(public), call.now, call.fields, columns)
    of_world = call.world.found(index[index >= 0], call.now)
    index = delivered(call, index[np.isin(index, of_world) | rows.public(index, call.now)])
    records = iter(video_records(call.world.videos(index[index >= 0]), call.now, call.fields, columns))
    return [next(records) if number >= 0 else rows.record(number, call.fields) for number in index.tolist()]
