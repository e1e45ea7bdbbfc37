"""The lines of raw files: what each says of its answer, without the body."""

import json
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from tests.support import journal
from tests.ttdata.store.test_raw_files import answer, write_pages
from ttapi import Answer
from ttdata.errors import StorageFault
from ttdata.store.raw_files import Line, RawFile, first_line, frame_of, has_answer, stored_answers, stored_lines

STORED: dict[str, Any] = {
    "format": 2,
    "seq": 0,
    "endpoint": "video.query",
    "request": {"max_count": 100},
    "fields": ["id", "username"],
    "sent_at": "2026-06-01T12:00:00.000+00:00",
    "status": 200,
    "code": "ok",
    "message": "",
    "log_id": "20260601120000AA",
    "charged": True,
    "error": None,
    "refused": None,
    "records": 1,
    "cursor": 100,
    "has_more": True,
    "search_id": "74",
    "keys": ["id", "username"],
    "oddities": [],
}
LINE = Line(
    seq=0,
    endpoint="video.query",
    request={"max_count": 100},
    sent_at=datetime(2026, 6, 1, 12, tzinfo=UTC),
    status=200,
    code="ok",
    message="",
    log_id="20260601120000AA",
    charged=True,
    error=None,
    refused=None,
    records=1,
    cursor=100,
    has_more=True,
    search_id="74",
    keys=("id", "username"),
    item=None,
    fields=("id", "username"),
    format=2,
)


def failed(code: str, message: str, status: int | None = 400, **changes: Any) -> Answer:
    body = {"error": {"code": code, "message": message}}
    return replace(
        answer(raw=json.dumps(body).encode(), code=code), message=message, status=status, is_json=True, **changes
    )


def appended(path: Path, *answers: Answer) -> list[Line]:
    with RawFile(path) as raw:
        for each in answers:
            raw.append(each)
    return raw.lines


def line(**changes: Any) -> Line:
    return Line.stored({**STORED, **changes})


def test_a_line_has_everything_about_an_answer_and_last_its_body(tmp_path: Path) -> None:
    path = tmp_path / "a.ndjson.zst"
    assert appended(path, answer()) == [LINE]
    (stored,) = journal(path)
    assert stored == {**STORED, "text": None, "body": json.loads(answer().raw)}
    assert list(stored) == [*STORED, "text", "body"]


def test_what_is_appended_is_what_every_reader_finds(tmp_path: Path) -> None:
    path = tmp_path / "a.ndjson.zst"
    refused = failed("invalid_params", "The API cannot find the user", endpoint="user.info", body={"username": "Ü"})
    lines = appended(path, failed("no_answer", "refused", None), refused, answer(1))
    assert [each.seq for each in lines] == [0, 1, 2]
    assert [each.item for each in lines] == [None, "Ü", None]
    assert [(each.error, each.refused) for each in lines] == [
        ("NoAnswer", None),
        ("UserNotFound", "UserNotFound"),
        (None, None),
    ]
    with RawFile(path) as raw:
        assert raw.lines == stored_lines(path) == [each for each, _ in stored_answers(path)] == lines
    assert first_line(path) == lines[0]
    assert has_answer(path)


def test_answers_are_read_with_their_bodies_or_the_text_of_those_that_are_no_json(tmp_path: Path) -> None:
    path = tmp_path / "a.ndjson.zst"
    appended(path, answer(), answer(raw=b"<html>", code="unreadable"), answer(raw=b"{}", code="unreadable"))
    assert [body for _, body in stored_answers(path)] == [json.loads(answer().raw), "<html>", "{}"]


def test_json_that_is_not_readable_is_kept_as_text_whatever_it_looks_like(tmp_path: Path) -> None:
    path = tmp_path / "a.ndjson.zst"
    appended(
        path,
        replace(answer(raw=b'{"a": 1, "a": 2}', code="unreadable"), is_json=True),
        replace(answer(raw=b'{"a": 1, "a": 2}'), is_json=False),
    )
    assert [(each["body"], each["text"]) for each in journal(path)] == [(None, '{"a": 1, "a": 2}')] * 2


def test_of_a_long_body_that_is_no_json_two_mib_are_kept(tmp_path: Path) -> None:
    path = tmp_path / "a.ndjson.zst"
    appended(path, answer(raw=b"x" * (2 << 20) + b"y", code="unreadable"))
    assert journal(path)[0]["text"] == "x" * (2 << 20)


def test_text_beyond_ascii_is_stored_as_it_is_received(tmp_path: Path) -> None:
    path = tmp_path / "a.ndjson.zst"
    appended(path, answer(raw="Grüße 👍".encode(), code="unreadable"))
    assert journal(path)[0]["text"] == "Grüße 👍"


def test_a_file_that_is_missing_or_empty_has_no_answers(tmp_path: Path) -> None:
    path = tmp_path / "a.ndjson.zst"
    assert stored_lines(path) == list(stored_answers(path)) == []
    path.touch()
    assert stored_lines(path) == list(stored_answers(path)) == []
    assert first_line(path) is None
    assert not has_answer(path)


def test_failed_connections_are_stored_and_are_no_answers(tmp_path: Path) -> None:
    path = tmp_path / "a.ndjson.zst"
    appended(path, failed("no_answer", "refused", None))
    assert not has_answer(path)
    appended(path, failed("internal_error", "Server Internal Error", 500))
    assert has_answer(path)


@pytest.mark.parametrize("length", [1, 20_000, 60_000])
def test_the_first_line_is_read_however_long_it_is(tmp_path: Path, length: int) -> None:
    path = tmp_path / "a.ndjson.zst"
    text = "".join(f"{number * number * 7919 % 1_000_003:x}" for number in range(length))
    lines = appended(path, answer(raw=text.encode(), code="unreadable"), answer(1))
    assert first_line(path) == lines[0]
    assert stored_lines(path) == lines
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 3])
    assert first_line(path) == (lines[0] if length == 1 and stored_lines(path) else None)


def test_what_is_no_raw_file_has_no_first_line(tmp_path: Path) -> None:
    (tmp_path / "a.ndjson.zst").write_bytes(b"no frame at all")
    assert first_line(tmp_path / "a.ndjson.zst") is None


@pytest.mark.parametrize("key", ["seq", "request", "endpoint", "sent_at", "keys", "records", "cursor", "error"])
def test_a_line_without_one_of_its_keys_is_not_read(key: str) -> None:
    with pytest.raises(KeyError):
        Line.stored({name: value for name, value in STORED.items() if name != key})


def test_a_line_of_an_earlier_format_is_read() -> None:
    earlier = {name: value for name, value in STORED.items() if name not in ("format", "fields", "oddities")}
    assert Line.stored(earlier) == replace(LINE, format=1, fields=())


def test_erased_records_count_as_received() -> None:
    assert (line(erased=3).erased, line(erased=3).received) == (3, 4)
    assert (line().erased, line().received) == (0, 1)


@pytest.mark.parametrize(
    ("request_", "item"),
    [
        ({"video_id": 7, "max_count": 100}, "7"),
        ({"comment_id": 8, "max_count": 100}, "8"),
        ({"username": "a"}, "a"),
        ({"query": {"and": []}}, None),
    ],
)
def test_a_line_names_the_item_that_a_shard_requested(request_: dict[str, Any], item: str | None) -> None:
    assert line(request=request_).item == item


@pytest.mark.parametrize(
    ("request_", "changes", "following"),
    [
        ({"page_size": 10}, {"records": 10}, (2, True)),
        ({"page_size": 10, "page_start": 3}, {"records": 9}, (4, False)),
        ({"page_size": 10, "page_start": 3}, {"records": 7, "erased": 3}, (4, True)),
        (
            {"page_size": 10, "page_start": 1},
            {"records": 8, "oddities": [{"action": "set_aside"}, {"action": "null"}, {"action": "set_aside"}]},
            (2, True),
        ),
        ({"page_size": 10, "page_start": 1}, {"records": 9, "oddities": [{"action": "null"}]}, (2, False)),
    ],
)
def test_another_page_follows_each_full_one_where_pages_have_numbers(
    request_: dict[str, Any], changes: dict[str, Any], following: tuple[int, bool]
) -> None:
    page = line(endpoint="shop.products", request=request_, cursor=None, has_more=False, **changes)
    assert (page.cursor, page.has_more) == following
    for other in ("video.query", "an.endpoint.of.later"):
        page = line(endpoint=other, request=request_, cursor=70, has_more=False, **changes)
        assert (page.cursor, page.has_more) == (70, False)


@pytest.mark.parametrize(
    ("changes", "capped"),
    [
        ({"request": {"cursor": 900, "max_count": 101}}, True),
        ({"request": {"cursor": 900, "max_count": 100}}, False),
        ({"request": {"cursor": 1001}}, True),
        ({"request": {"cursor": None, "max_count": 1001}}, True),
        ({"request": {}}, False),
        ({"request": {"cursor": 1001}, "error": "InvalidParams"}, False),
        ({"request": {"cursor": 1001}, "endpoint": "user.followers"}, False),
        ({"request": {"cursor": 1001}, "endpoint": "an.endpoint.of.later"}, False),
    ],
)
def test_a_list_is_capped_if_its_cursor_is_refused_beyond_the_cap(changes: dict[str, Any], capped: bool) -> None:
    refused = line(**{"endpoint": "video.comments", "error": "InvalidCursor", "code": "invalid_params"} | changes)
    assert (refused.capped, refused.failed, refused.good) == (capped, not capped, False)


@pytest.mark.parametrize(
    ("changes", "is_failed"),
    [
        ({}, False),
        ({"error": "QuotaExhausted"}, False),
        ({"error": "UserNotFound", "refused": "UserNotFound"}, False),
        ({"error": "ServerError"}, True),
    ],
)
def test_a_request_failed_if_it_brought_neither_data_nor_a_result(changes: dict[str, Any], is_failed: bool) -> None:
    assert line(**changes).failed is is_failed
    assert line().good


@pytest.mark.parametrize("content", [b"{}", b"[]", b"null", b"\xff", b"[" * 100_000])
def test_what_ttdata_did_not_write_is_refused_by_every_reader(tmp_path: Path, content: bytes) -> None:
    path = write_pages(tmp_path / "a.ndjson.zst", 0)
    path.write_bytes(frame_of(content))
    for read in (stored_lines, first_line, has_answer, lambda path: list(stored_answers(path))):
        with pytest.raises(StorageFault) as error:
            read(path)
        assert str(error.value) == (
            f"{path} contains something that ttdata did not write. Move it elsewhere, and build again."
        )
