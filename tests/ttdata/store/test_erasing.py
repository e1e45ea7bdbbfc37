"""Erasing records from a stored answer leaves every other record as it is, byte for byte, and nothing of the erased."""

import json
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.ttdata.store.test_raw_files import answer
from ttapi import ENDPOINTS
from ttdata.store.erasing import ERASED, Targets, erase
from ttdata.store.handles import without_handles
from ttdata.store.raw_files import RawFile, frames

KEYS = {"video.query": "videos", "video.comments": "comments", "user.followers": "user_followers"}
TEXT = st.text(st.characters(blacklist_categories=("Cs",)), max_size=30)


def stored(endpoint: str, data: dict[str, Any], request: dict[str, Any] | None = None, spaces: bool = False) -> bytes:
    """An answer as a raw file stores it. spaces: JSON as people write it."""
    return stored_body(endpoint, json.dumps({"data": data, "error": {"code": "ok"}}, indent=spaces or None), request)


def stored_body(endpoint: str, body: str, request: dict[str, Any] | None = None) -> bytes:
    received = replace(
        answer(raw=body.encode()), endpoint=endpoint, body=request or {}, data=json.loads(body)["data"], is_json=True
    )
    with TemporaryDirectory() as folder:
        path = Path(folder, "a.ndjson.zst")
        with RawFile(path) as raw:
            raw.append(received)
        with path.open("rb") as file:
            ((_, line),) = frames(file, path)
    return line


@st.composite
def pages(draw: st.DrawFn) -> tuple[str, list[dict[str, Any]], set[int]]:
    endpoint = draw(st.sampled_from(["video.query", "video.comments"]))
    number = draw(st.integers(0, 8))
    records = [
        {
            "id": 7_000_000_000_000_000_000 + each,
            "text": draw(TEXT),
            "video_description": draw(TEXT),
            "like_count": each,
        }
        for each in range(number)
    ]
    return endpoint, records, draw(st.sets(st.integers(0, 8)))


@given(pages(), st.booleans())
def test_exactly_the_erased_records_are_missing(page: tuple[str, list[dict[str, Any]], set[int]], spaces: bool) -> None:
    endpoint, records, numbers = page
    ids = frozenset(str(7_000_000_000_000_000_000 + each) for each in numbers)
    line = stored(endpoint, {KEYS[endpoint]: records, "cursor": 1, "has_more": False}, spaces=spaces)
    erased = erase(line, Targets(videos=ids, comments=ids))
    kept = [each for each in records if str(each["id"]) not in ids]
    if len(kept) == len(records):
        assert erased is None
        return
    assert erased is not None
    assert erased.line.endswith(b"}\n")
    assert erased.line.count(b"\n") == 1
    new, old = json.loads(erased.line), json.loads(line)
    assert new["body"]["data"][KEYS[endpoint]] == kept
    assert (new["records"], new["erased"]) == (len(kept), len(records) - len(kept))
    assert not any(each in erased.line.decode() for each in ids & {str(each["id"]) for each in records})
    unchanged = {key: value for key, value in old.items() if key not in ("records", "body", "text")}
    assert {key: new[key] for key in unchanged} == unchanged
    assert erase(erased.line, Targets(videos=ids, comments=ids)) is None


def test_other_records_stay_byte_for_byte() -> None:
    first, second = '{"id": 1,  "like_count":100}', '{"id":\t2, "video_description": "\\u00fc"}'
    body = f'{{"data": {{"videos": [{first} , {second},{first}], "cursor": 3}}, "error": {{"code": "ok"}}}}'
    erased = erase(stored_body("video.query", body), Targets(videos=frozenset({"1"})))
    assert erased
    assert f'"videos": [{second}], "cursor": 3'.encode() in erased.line


def test_a_page_about_an_erased_record_keeps_only_that_it_was_requested() -> None:
    line = stored("user.info", {"display_name": "Anna", "bio_description": "hello"}, {"username": "anna"})
    erased = erase(line, Targets(accounts=frozenset({"anna"})))
    assert erased
    new = json.loads(erased.line)
    assert (new["code"], new["body"], new["request"], new["records"]) == (ERASED, None, {}, 0)
    assert new["charged"] == json.loads(line)["charged"]
    assert b"nna" not in erased.line
    assert erased.records["users"] == [{"display_name": "Anna", "bio_description": "hello"}]


def test_a_corrected_page_loses_the_record_in_both_of_its_forms() -> None:
    records = [{"id": 1, "like_count": 1.5, "video_description": "first"}, {"id": 2, "like_count": "no number"}]
    line = stored("video.query", {"videos": records})
    assert json.loads(line)["text"]
    erased = erase(line, Targets(videos=frozenset({"1"})))
    assert erased
    new = json.loads(erased.line)
    assert b"first" not in erased.line
    assert [each["value"] for each in new["oddities"]] == ["no number"]
    assert (new["records"], new["erased"]) == (1, 1)


def test_a_search_for_an_erased_account_no_longer_names_it() -> None:
    query = {"and": [{"field_name": "username", "operation": "IN", "field_values": ["anna.b1", "ben"]}]}
    line = stored("video.query", {"videos": []}, {"query": query})
    erased = erase(line, Targets(people=frozenset({"anna.b1"})))
    assert erased
    assert json.loads(erased.line)["request"]["query"]["and"][0]["field_values"] == ["ben"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('{"a": "with @anna and Anna"}', '{"a": "with @[erased] and Anna"}'),
        ('{"video_mention_list": ["anna", "Ben"]}', '{"video_mention_list": ["[erased]", "Ben"]}'),
        ('{"username": "anna\\u0000"}', '{"username": "[erased]"}'),
        ('{"text": "anna"}', '{"text": "anna"}'),
        ('{"anna": 1, "dot.name1": "a"}', '{"anna": 1, "dot.name1": "a"}'),
        ('{"a": "banana @anna.b @annab"}', '{"a": "banana @anna.b @annab"}'),
        ('{"a": "by dot.name1, and (Dot.Name1)."}', '{"a": "by [erased], and ([erased])."}'),
        ('{"a": "xdot.name1 dot.name12 dot.name1.x"}', '{"a": "xdot.name1 dot.name12 dot.name1.x"}'),
        ('{"a": "end @anna."}', '{"a": "end @[erased]."}'),
        (
            '{"hashtag_names": ["anna", "name_1"], "a": "#name_1"}',
            '{"hashtag_names": ["anna", "name_1"], "a": "#name_1"}',
        ),
        ('{"a": "quote \\" @anna \\n"}', '{"a": "quote \\" @[erased] \\n"}'),
    ],
)
def test_a_handle_is_masked_where_it_names_the_account_and_not_where_it_is_a_word_or_a_hashtag(
    text: str, expected: str
) -> None:
    names = ("anna", "dot.name1", "name_1", "anna\0")
    assert without_handles(text, lambda name: name.casefold() in names)[0] == expected


def test_a_search_keeps_a_hashtag_that_is_spelled_like_an_erased_account() -> None:
    query = {"and": [{"field_name": "hashtag_name", "operation": "IN", "field_values": ["love", "name_1"]}]}
    line = stored("video.query", {"videos": []}, {"query": query})
    assert erase(line, Targets(people=frozenset({"love", "name_1"}))) is None


def test_every_table_with_people_or_videos_is_known() -> None:
    """An endpoint with a list of videos, comments or accounts must not be forgotten here."""
    for name in ("user.liked", "user.pinned", "user.reposted", "video.query"):
        key = ENDPOINTS[name].list_keys[0]
        erased = erase(stored(name, {key: [{"id": 5}]}), Targets(videos=frozenset({"5"})))
        assert erased, name
    for name, key in (("user.followers", "user_followers"), ("user.following", "user_following")):
        erased = erase(stored(name, {key: [{"username": "anna"}]}), Targets(people=frozenset({"anna"})))
        assert erased, name
    listed = stored("playlist.info", {"playlist_id": 1, "playlist_video_ids": [5, 6]}, {"playlist_id": 1})
    erased = erase(listed, Targets(videos=frozenset({"5"})))
    assert erased
    assert json.loads(erased.line)["body"]["data"]["playlist_video_ids"] == [6]
