"""The quick check of a page passes only pages that fit as they are, and then says the same as a look at each value."""

from copy import deepcopy
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ttapi import ENDPOINTS
from ttdata.store.fitting import _Fitting, _plain, fit
from ttdata.tables.received import record_type

EDGES = (-1, 2**63 - 1, 2**63, -(2**63), -(2**63) - 1, 253_402_300_799, 253_402_300_800, 1.0, float("inf"))
NUMBERS = st.integers(0, 10**6) | st.sampled_from([*EDGES, "7"])
ANYTHING = st.none() | NUMBERS | st.booleans() | st.text(max_size=3) | st.just([]) | st.just({"x": 1})


def values(good: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.one_of(good, good, good, good, ANYTHING)


VIDEOS = st.fixed_dictionaries(
    {"id": values(st.integers(1, 2**62))},
    optional={
        "create_time": values(st.integers(0, 2**31)),
        "username": values(st.text(max_size=4)),
        "view_count": values(NUMBERS),
        "is_stem_verified": values(st.booleans()),
        "hashtag_names": values(st.lists(values(st.text(max_size=4)), max_size=3)),
        "hashtag_info_list": values(
            st.lists(
                values(st.fixed_dictionaries({"hashtag_id": values(NUMBERS)}, optional={"new": ANYTHING})), max_size=3
            )
        ),
        "video_tag": values(st.fixed_dictionaries({"type": values(st.text(max_size=3)), "number": values(NUMBERS)})),
        "unknown": ANYTHING,
    },
)


@given(st.lists(values(VIDEOS), max_size=5), st.sampled_from([{}, {"username": "anna"}]))
def test_a_page_that_passes_is_fitted_as_value_by_value(videos: list[Any], request: dict[str, Any]) -> None:
    endpoint, data = ENDPOINTS["video.query"], {"videos": videos, "has_more": False, "cursor": 3}
    slowly = _Fitting("videos", request).fit(endpoint, deepcopy(data))
    assert fit(endpoint, request, deepcopy(data)) == slowly
    quickly = _plain(endpoint, "videos", request, data)
    assert quickly is None or (quickly == slowly and quickly.data == data and not slowly.oddities)


@pytest.mark.parametrize("value", [*EDGES, "7", "x", True, None, [], {"x": 1}])
@pytest.mark.parametrize("field", ["view_count", "create_time", "id", "username", "is_stem_verified", "video_tag"])
def test_a_single_value_passes_only_if_it_fits_as_it_is(field: str, value: Any) -> None:
    endpoint, data = ENDPOINTS["video.query"], {"videos": [{"id": 1} | {field: value}]}
    slowly = _Fitting("videos", {}).fit(endpoint, deepcopy(data))
    quickly = _plain(endpoint, "videos", {}, data)
    assert quickly is None or quickly == slowly


def test_a_page_as_the_api_sends_it_passes() -> None:
    infos = [
        {"hashtag_id": 7, "hashtag_name": "a"},
        {"hashtag_id": 8, "hashtag_name": "b", "hashtag_description": None},
    ]
    video = {
        "id": 1,
        "create_time": 5,
        "username": "a",
        "hashtag_names": ["a", "b"],
        "hashtag_info_list": infos,
        "n": {},
    }
    quickly = _plain(ENDPOINTS["video.query"], "videos", {}, {"videos": [video, {"id": 2}]})
    assert quickly
    assert (quickly.records, quickly.oddities) == (2, [])
    assert {"hashtag_info_list.hashtag_description", "n", "id"} < set(quickly.keys)
    assert "hashtag_id" not in record_type("videos").fields
