"""Raw files keep their pages after crashes, damage, full disks and unusual bodies."""

import errno
import json
import os
from datetime import UTC, datetime
from pathlib import Path

import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st

from tests.support import journal, small_study
from tests.ttdata.worlds import build_study
from ttapi import Answer
from ttdata.errors import StorageFault
from ttdata.store.raw_files import RawFile


def answer(number: int = 0, raw: bytes | None = None, code: str = "ok") -> Answer:
    videos = [{"id": 7302470379501604128 + number, "username": "wald.und.wiese"}]
    body = {"data": {"videos": videos, "cursor": 100, "has_more": True, "search_id": "74"}, "error": {"code": code}}
    return Answer(
        endpoint="video.query",
        body={"max_count": 100},
        fields=("id", "username"),
        sent_at=datetime(2026, 6, 1, 12, tzinfo=UTC),
        status=200,
        raw=json.dumps(body).encode() if raw is None else raw,
        code=code,
        message="",
        log_id="20260601120000AA",
        data=body["data"] if raw is None else {},
        charged=True,
        is_json=code == "ok",
    )


def write_pages(path: Path, pages: int = 3) -> Path:
    with RawFile(path) as raw:
        for number in range(pages):
            raw.append(answer(number))
    return path


def test_answers_are_read_in_order_with_their_bodies_as_received(tmp_path: Path) -> None:
    lines = journal(write_pages(tmp_path / "a.ndjson.zst"))
    assert [line["seq"] for line in lines] == [0, 1, 2]
    assert [line["body"]["data"]["videos"][0]["id"] for line in lines] == [7302470379501604128 + n for n in range(3)]
    with RawFile(tmp_path / "a.ndjson.zst") as raw:
        assert [(line.cursor, line.has_more, line.search_id, line.records) for line in raw.lines] == [
            (100, True, "74", 1)
        ] * 3


@given(st.data())
def test_a_file_that_was_cut_off_keeps_all_whole_pages_and_takes_new_ones(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    path = write_pages(tmp_path_factory.mktemp("raw") / "a.ndjson.zst")
    whole = path.read_bytes()
    cut = data.draw(st.integers(0, len(whole)))
    path.write_bytes(whole[:cut])
    with RawFile(path) as raw:
        kept = len(raw.lines)
        raw.append(answer(7))
    assert kept >= cut * 3 // len(whole) - 1
    assert [line["seq"] for line in journal(path)] == list(range(kept + 1))


def test_a_damaged_page_before_whole_ones_is_not_cut_off(tmp_path: Path) -> None:
    path = write_pages(tmp_path / "a.ndjson.zst")
    damaged = bytearray(path.read_bytes())
    damaged[len(damaged) // 2] ^= 0xFF
    path.write_bytes(damaged)
    with pytest.raises(StorageFault, match=r"is damaged at byte .* with complete pages after it"), RawFile(path):
        pass
    assert path.read_bytes() == damaged


@pytest.mark.parametrize("content", [b'{"a": 1}', b"[]", b"no json"])
def test_a_file_that_ttdata_did_not_write_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "a.ndjson.zst"
    path.write_bytes(zstandard.compress(content))
    with pytest.raises(StorageFault, match="contains something that ttdata did not write"), RawFile(path):
        pass


@pytest.mark.parametrize("raw", [b"<html>504 Gateway Time-out</html>", b'{"data": {"videos": [', b"", b"\xff\xfe"])
def test_an_answer_that_is_not_json_is_kept_as_text(tmp_path: Path, raw: bytes) -> None:
    with RawFile(tmp_path / "a.ndjson.zst") as file:
        file.append(answer(raw=raw, code="unreadable"))
    (line,) = journal(tmp_path / "a.ndjson.zst")
    assert line["body"] is None
    assert line["text"] == raw.decode("utf-8", "backslashreplace")


def test_line_breaks_between_json_tokens_do_not_split_the_line(tmp_path: Path) -> None:
    with RawFile(tmp_path / "a.ndjson.zst") as file:
        file.append(answer(raw=b'{\r\n  "data": {"videos": []},\n  "text": "one\\ntwo"\n}'))
    (line,) = journal(tmp_path / "a.ndjson.zst")
    assert line["body"] == {"data": {"videos": []}, "text": "one\ntwo"}


@given(st.lists(st.sampled_from([r"\ud83d", r"\udc4d", r"\ud83d\udc4d", r"\\", r"\\ud83d", r"\n", "u", "ü"])))
def test_half_surrogate_pairs_are_replaced_and_the_received_text_is_kept(
    tmp_path_factory: pytest.TempPathFactory, pieces: list[str]
) -> None:
    received = '{"text": "' + "".join(pieces) + '"}'
    path = tmp_path_factory.mktemp("raw") / "a.ndjson.zst"
    with RawFile(path) as file:
        file.append(answer(raw=received.encode()))
    (line,) = journal(path)
    text = json.loads(received)["text"]
    repaired = "".join("\ufffd" if 0xD800 <= ord(letter) <= 0xDFFF else letter for letter in text)
    assert line["body"]["text"] == repaired
    assert line["text"] == (received if repaired != text else None)


def full_disk(*_: object) -> None:
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def test_nothing_is_requested_if_the_disk_is_full(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with RawFile(tmp_path / "a.ndjson.zst") as raw:
        monkeypatch.setattr(os, "posix_fallocate", full_disk)
        with pytest.raises(StorageFault, match=r"is full\. All stored pages are kept\. Free some space"):
            raw.reserve()


def test_a_page_that_was_paid_for_is_stored_even_if_the_disk_has_filled_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write_pages(tmp_path / "a.ndjson.zst")
    write = os.write

    def write_while_reserved(file: int, content: bytes) -> int:
        # The disk is full except for the reserve.
        return (
            write(file, content[: len(content) // 2]) if path.with_suffix(".reserve").exists() else write(file, content)
        )

    monkeypatch.setattr(os, "write", write_while_reserved)
    with RawFile(path) as raw:
        raw.reserve()
        raw.append(answer(3))
    assert [line["seq"] for line in journal(path)] == [0, 1, 2, 3]
    assert list(tmp_path.iterdir()) == [path]


def test_secrets_that_a_server_repeats_are_masked_in_what_is_stored(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    study = small_study()
    del study["datasets"]["small"]["comments"], study["datasets"]["small"]["users"]
    build_study(study, "quirks=echoed-secrets")
    lines = [line for file in tmp_path.glob("raw/*/videos/*.zst") for line in journal(file)]
    assert {line["masked"] for line in lines} == {True}
    assert "Authorization: Bearer ***, client_key=***, client_secret=***" in str([line["message"] for line in lines])
    assert not any(secret in str(lines) for secret in ("clt.", "mock-secret", "quota=1000000"))
