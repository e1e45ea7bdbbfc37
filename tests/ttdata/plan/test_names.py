"""Names of requests, shards and rounds: what they name is paid for, so they stay."""

import hashlib
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ttdata.plan.names import (
    canonical_query,
    first_round,
    in_round,
    later_raw,
    named_fields,
    request_name,
    round_of,
    shard_of,
    short_hash,
)

QUERY = {
    "and": [
        {"field_name": "region_code", "operation": "IN", "field_values": ["US", "DE"]},
        {"field_name": "keyword", "operation": "EQ", "field_values": ["ü"]},
    ],
    "not": [],
}
REORDERED = {
    "not": (),
    "and": [
        {"field_values": ("ü",), "operation": "EQ", "field_name": "keyword"},
        {"field_values": ["DE", "US"], "field_name": "region_code", "operation": "IN"},
    ],
}


def test_the_order_in_a_request_does_not_change_its_name() -> None:
    first = request_name("video.query", {"query": QUERY, "start_date": "20250101"}, ("id", "username"))
    assert first == request_name("video.query", {"start_date": "20250101", "query": REORDERED}, ("username", "id"))
    content = [
        "video.query",
        {
            "query": {
                "and": [
                    {"field_name": "keyword", "field_values": ["ü"], "operation": "EQ"},
                    {"field_name": "region_code", "field_values": ["DE", "US"], "operation": "IN"},
                ],
                "not": [],
            },
            "start_date": "20250101",
        },
        ["id", "username"],
    ]
    assert first == short_hash(json.dumps(content))
    assert canonical_query(QUERY) == canonical_query(REORDERED) == json.dumps(content[1]["query"], sort_keys=True)


@pytest.mark.parametrize(
    "other",
    [
        ("video.comments", {"query": QUERY}, ("id",)),
        ("video.query", {"query": {"and": []}}, ("id",)),
        ("video.query", {"query": QUERY, "max": 1}, ("id",)),
        ("video.query", {"query": QUERY}, ("id", "username")),
    ],
)
def test_whatever_else_a_request_asks_for_changes_its_name(other: tuple[str, dict[str, Any], tuple[str, ...]]) -> None:
    assert request_name(*other) != request_name("video.query", {"query": QUERY}, ("id",))


@given(st.text(), st.integers(1, 300))
def test_a_hash_and_a_shard_follow_from_the_text_alone(text: str, shards: int) -> None:
    digest = hashlib.sha256(text.encode("utf-8"))
    assert short_hash(text) == digest.hexdigest()[:16]
    assert shard_of(text, shards) == digest.digest()[0] % shards + 1


@pytest.mark.parametrize(
    ("name", "number", "in_round_"), [("ab", 1, "ab"), ("ab", 2, "ab.2"), ("small-1of4", 13, "small-1of4.13")]
)
def test_a_name_in_a_round_has_the_round_from_the_second_on(name: str, number: int, in_round_: str) -> None:
    assert in_round(name, number) == in_round_
    assert (first_round(in_round_), round_of(in_round_)) == (name, number)


@pytest.mark.parametrize(
    ("source", "number", "raw"),
    [
        ("users", 1, "x-1of4-small"),
        ("users", 2, "x-1of4-small.2"),
        ("users_hop2", 2, "x-1of4-small-users_hop2.2"),
    ],
)
def test_the_raw_file_of_a_later_round_is_the_source_s_own(source: str, number: int, raw: str) -> None:
    assert later_raw("x-1of4", "small", source, number) == raw


def test_default_requests_have_fields_in_their_names() -> None:
    fields = named_fields()
    assert {"video.query", "video.comments", "user.info"} <= fields.keys()
    assert {"id", "username"} <= set(fields["video.query"])
    assert all(isinstance(each, tuple) for each in fields.values())
