"""video/query: searches, their pages, and the rules of search_id and cursor."""

from collections.abc import Mapping

import numpy as np
import orjson

from mockserver.behaviours.refusals import Refusal
from mockserver.endpoints.call import Call, Data
from mockserver.endpoints.quirks import delivered
from mockserver.search import parameters
from mockserver.search.query import read_query, read_window
from mockserver.search.records import QUERY_COLUMNS, Column, Record, video_records
from mockserver.search.search import Search
from mockserver.world.hashing import Ints, key

LARGE = 2_000


def query_videos(call: Call) -> Data:
    """One page of a search. The cursor counts removed videos too: pages can be short, even empty."""
    body = call.body
    query = read_query(body.get("query"))
    window = read_window(body.get("start_date"), body.get("end_date"), loose=call.tenant.options.loose)
    most, cursor = parameters.count(body, default=call.default_count), parameters.start(body)
    search_id, is_random = parameters.text(body, "search_id"), parameters.flag(body, "is_random")
    asked = orjson.dumps([query.body(), window]).hex()
    if search_id:
        cached = call.tenant.recall(search_id, asked)
    else:
        search = Search(call.world, query, window, call.now, call.tenant.rows)
        if is_random:
            call.tenant.random_calls += 1
            return _random_page(call, search, most)
        if not len(search.hits(1)):
            return {"videos": [], "cursor": 0, "has_more": False}
        search_id = call.tenant.remember(search, asked)
        cached = call.tenant.searches[search_id]
    if call.has("large-results") and len(cached.search.hits(LARGE + 1)) > LARGE:
        raise Refusal("internal", "Server Internal Error")
    hits = cached.search.hits(cursor + most + 1)
    if cursor > len(hits):
        raise Refusal("cursor")
    return {
        "videos": shown(call, hits[cursor : cursor + most], QUERY_COLUMNS),
        "cursor": min(cursor + most, len(hits)),
        "has_more": len(hits) > cursor + most,
        "search_id": search_id,
    }


def _random_page(call: Call, search: Search, most: int) -> Data:
    """One page without an order or an end: another draw for each call, and others in another run."""
    chosen = search.sample(most, key(call.tenant.options.seed, call.tenant.options.run, call.tenant.random_calls))
    data: Data = {"videos": shown(call, chosen, QUERY_COLUMNS), "cursor": len(chosen), "has_more": False}
    return data | ({"search_id": call.tenant.remember(search, "random")} if len(chosen) else {})


def shown(call: Call, index: Ints, columns: Mapping[str, Column]) -> list[Record]:
    """Records of videos in their order, without those that are not public or that a quirk holds back."""
    rows = call.tenant.rows
    if rows is None:
        public = delivered(call, call.world.found(index, call.now))
        return video_records(call.world.videos(public), call.now, call.fields, columns)
    own = call.world.found(index[index >= 0], call.now)
    index = delivered(call, index[np.isin(index, own) | rows.public(index, call.now)])
    made = iter(video_records(call.world.videos(index[index >= 0]), call.now, call.fields, columns))
    return [next(made) if place >= 0 else rows.record(place, call.fields) for place in index.tolist()]
