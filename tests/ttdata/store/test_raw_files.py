"""Raw files keep their pages after crashes, damage, full disks and unusual bodies."""

import errno
import fcntl
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
from ttdata.errors import Fault, StorageFault
from ttdata.store.erasing import Targets
from ttdata.store.raw_files import (
    RESERVE_BYTES,
    RawFile,
    frame_of,
    frames,
    frames_with_bytes,
    number_of_frames,
    stored_lines,
)


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


@pytest.mark.slow
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


def full_disk(*_: object, **__: object) -> None:
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


def test_an_answer_is_written_to_the_disk_before_it_counts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    synced: list[int] = []
    path = tmp_path / "a.ndjson.zst"
    monkeypatch.setattr(os, "fsync", lambda file: synced.append(os.fstat(file).st_size))
    with RawFile(path) as raw:
        for number in range(2):
            raw.append(answer(number))
            assert synced[number:] == [path.stat().st_size]


def test_a_page_that_does_not_fit_on_the_disk_leaves_the_file_as_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write_pages(tmp_path / "a.ndjson.zst")
    whole, write = path.read_bytes(), os.write
    with RawFile(path) as raw:
        raw.reserve()
        with monkeypatch.context() as patch:
            patch.setattr(os, "write", lambda file, content: write(file, content[:-1]))
            with pytest.raises(StorageFault) as error:
                raw.append(answer(3))
        assert len(raw.lines) == 3
    assert str(error.value) == (
        f"The disk that holds {tmp_path} is full. All stored pages are kept. Free some space and run the same command "
        "again."
    )
    assert [line["seq"] for line in journal(write_pages(path, 1))] == [0, 1, 2, 3]
    assert path.read_bytes().startswith(whole)


@pytest.mark.parametrize(
    ("number", "said"),
    [
        (errno.ENOSPC, "The disk that holds {folder} is full. All stored pages are kept. Free some space and run the "),
        (errno.EDQUOT, "The disk that holds {folder} is full. All stored pages are kept. Free some space and run the "),
        (errno.EROFS, "{folder}/a.ndjson.zst cannot be written: Read-only file system. All stored pages are kept."),
    ],
)
def test_a_disk_that_cannot_be_written_is_named_before_anything_is_requested(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int, said: str
) -> None:
    def fail(*_: object) -> None:
        raise OSError(number, os.strerror(number))

    with RawFile(tmp_path / "a.ndjson.zst") as raw:
        monkeypatch.setattr(os, "posix_fallocate", fail)
        with pytest.raises(StorageFault) as error:
            raw.reserve()
    assert str(error.value).startswith(said.format(folder=tmp_path))
    assert list(tmp_path.iterdir()) == [tmp_path / "a.ndjson.zst"]


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "raw").write_text("")
    path = tmp_path / "raw" / "a.ndjson.zst"
    with pytest.raises(StorageFault) as error, RawFile(path):
        pass
    assert str(error.value) == f"{path} cannot be written: File exists. All stored pages are kept."


def test_the_folders_of_a_raw_file_are_made_and_may_be_there_already(tmp_path: Path) -> None:
    path = tmp_path / "raw" / "host" / "a.ndjson.zst"
    assert journal(write_pages(path, 1)) != []
    assert len(journal(write_pages(path, 1))) == 2


def test_space_for_a_page_is_reserved_while_a_file_is_open(tmp_path: Path) -> None:
    reserve = tmp_path / "a.ndjson.reserve"
    with RawFile(tmp_path / "a.ndjson.zst") as raw:
        assert not reserve.exists()
        for _ in range(2):
            raw.reserve()
            assert reserve.stat().st_size == RESERVE_BYTES
        raw.append(answer())
        assert reserve.stat().st_size == RESERVE_BYTES
    assert not reserve.exists()


def test_what_is_reserved_already_is_not_reserved_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with RawFile(tmp_path / "a.ndjson.zst") as raw:
        raw.reserve()
        monkeypatch.setattr(os, "posix_fallocate", full_disk)
        raw.reserve()


def test_a_reserve_that_cannot_be_removed_is_left_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a.ndjson.zst"
    with RawFile(path) as raw:
        raw.reserve()
        raw.append(answer())
        monkeypatch.setattr(Path, "unlink", full_disk)
    assert not is_locked(path)
    assert path.with_suffix(".reserve").exists()


def is_locked(path: Path) -> bool:
    with path.open("rb") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
    return False


def test_a_raw_file_is_locked_while_it_is_open_also_if_an_error_ends_that(tmp_path: Path) -> None:
    path = tmp_path / "a.ndjson.zst"

    def fail() -> None:
        with RawFile(path) as raw:
            raw.append(answer())
            assert is_locked(path)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert not is_locked(path)


class Told:
    """A permit that notes what it is asked for, and is refused at one of these."""

    def __init__(self, refused: str = "") -> None:
        self.asked: list[str] = []
        self.refused = refused

    def _ask(self, what: str) -> None:
        self.asked.append(what)
        if what == self.refused:
            raise Fault("Another host has it.")

    def take(self) -> None:
        self._ask("take")

    def check(self) -> None:
        self._ask("check")

    def release(self) -> None:
        self._ask("release")


def test_a_permit_is_taken_first_checked_before_each_step_and_released_last(tmp_path: Path) -> None:
    permit = Told()
    with RawFile(tmp_path / "a.ndjson.zst", permit) as raw:
        assert permit.asked == ["take"]
        raw.reserve()
        assert permit.asked == ["take", "check"]
        raw.append(answer())
        assert permit.asked == ["take", "check", "check"]
    assert permit.asked == ["take", "check", "check", "release"]


@pytest.mark.parametrize(("refused", "asked"), [("take", ["take"]), ("check", ["take", "check", "release"])])
def test_nothing_is_written_without_a_permit(tmp_path: Path, refused: str, asked: list[str]) -> None:
    permit, path = Told(refused), tmp_path / "a.ndjson.zst"
    for step in (RawFile.reserve, lambda raw: raw.append(answer())):
        permit.asked.clear()
        with pytest.raises(Fault, match=r"^Another host has it\.$"), RawFile(path, permit) as raw:
            step(raw)
        assert permit.asked == asked
        assert not is_locked(path)
    assert path.stat().st_size == 0


def test_a_permit_is_released_if_the_file_is_damaged(tmp_path: Path) -> None:
    permit, path = Told(), tmp_path / "a.ndjson.zst"
    path.write_bytes(frame_of(b"[]"))
    with pytest.raises(StorageFault), RawFile(path, permit):
        pass
    assert permit.asked == ["take", "release"]


def test_records_that_a_purge_has_barred_are_not_stored(tmp_path: Path) -> None:
    path = tmp_path / "a.ndjson.zst"
    erased = str(answer(1).data["videos"][0]["id"])
    with RawFile(path, barred=Targets(videos=frozenset({erased}))) as raw:
        raw.append(answer(0))
        raw.append(answer(1))
        assert [(line.records, line.erased) for line in raw.lines] == [(1, 0), (0, 1)]
        assert raw.lines == stored_lines(path)
    assert [len(line["body"]["data"]["videos"]) for line in journal(path)] == [1, 0]
    assert erased not in str(journal(path))


@pytest.mark.parametrize("at", [0, 1, 2])
def test_a_damaged_page_is_named_by_its_place_if_whole_ones_follow_it(tmp_path: Path, at: int) -> None:
    path = tmp_path / "a.ndjson.zst"
    first = frame_of(bytes(number * number % 251 for number in range(2_000)) + os.urandom(2_000))
    frames_ = [first, frame_of(b"{}"), frame_of(b"{}"), frame_of(b"{}")]
    start = sum(map(len, frames_[:at]))
    damaged = bytearray(b"".join(frames_))
    damaged[start + len(frames_[at]) - 1] ^= 0xFF
    path.write_bytes(damaged)
    read: list[bytes] = []
    with path.open("rb") as file, pytest.raises(StorageFault) as error:
        read.extend(line for _, line in frames(file, path))
    assert str(error.value) == (
        f"{path} is damaged at byte {start:,} with complete pages after it. Restore the file from a copy, or move it "
        "elsewhere: its slice is then requested from scratch."
    )
    assert number_of_frames(path) == 4


def test_frames_are_read_with_their_ends_and_their_bytes_up_to_one_that_is_torn(tmp_path: Path) -> None:
    path = tmp_path / "a.ndjson.zst"
    lines = [b"one", os.urandom(200_000), b"", os.urandom(1 << 16), b"five"]
    parts = [frame_of(line) for line in lines]
    ends = [sum(map(len, parts[: number + 1])) for number in range(len(parts))]
    path.write_bytes(b"".join(parts) + frame_of(b"torn")[:-1])
    with path.open("rb") as file:
        assert list(frames(file, path)) == list(zip(ends, lines, strict=True))
        file.seek(0)
        assert list(frames_with_bytes(file, path)) == list(zip(parts, lines, strict=True))


def test_a_frame_states_its_length_and_has_a_checksum() -> None:
    content = b"some text, some text, some text, some text"
    parameters = zstandard.get_frame_parameters(frame_of(content))
    assert (parameters.content_size, parameters.has_checksum) == (len(content), True)
    assert frame_of(content) == zstandard.ZstdCompressor(level=3, write_checksum=True).compress(content)
