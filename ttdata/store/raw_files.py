"""Raw pages on disk: every answer of one slice or shard, verbatim, in the order in which it came.

A raw file has one zstd frame per answer and one JSON line per frame. A line has the request, its time by the server's
clock, the answer, and last the body as received. An answer is on disk before the next request is sent; a process that
is killed leaves at most a torn frame at the end, which is cut off when the file is opened for writing.
"""

import errno
import fcntl
import io
import json
import os
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Any, BinaryIO, Protocol, Self

import zstandard

from ttapi import ENDPOINTS, Answer, InvalidCursor, ItemRefused, QuotaExhausted, error_of, stored_name
from ttapi.answer import OK, UNREADABLE
from ttdata.errors import StorageFault
from ttdata.source_kinds import ITEM_KEYS
from ttdata.store.erasing import Targets, erase
from ttdata.store.fitting import NOTHING, Fitted, fit
from ttdata.store.formats import FORMAT
from ttdata.store.page_body import stored_body

# Reserved beside each open raw file, so that a page that cost quota fits on a disk that fills up.
# A page of 100 videos takes about 30 kB.
RESERVE_BYTES = 2 << 20

_INVALID_CURSOR, _QUOTA_EXHAUSTED = stored_name(InvalidCursor), stored_name(QuotaExhausted)

# As much of a body that is not usable is kept. DuckDB reads lines of up to 16 MiB, and text can grow fivefold.
_KEPT_BYTES = 2 << 20

_MAGIC = b"\x28\xb5\x2f\xfd"
_PIECE = 1 << 16


@dataclass(frozen=True)
class Line:
    """One stored answer without its body.

    item    what a shard requested: a video's id, a handle, …; None of a search
    fields  the names of the fields requested; () if unknown, in an earlier format
    error   name of the class in ttapi.errors that the answer is, None if it is good; `refused` the same if the API
            refuses the item
    records usable records that are stored; erased: those that a purge has removed since
    """

    seq: int
    endpoint: str
    request: dict[str, Any]
    sent_at: datetime
    status: int | None
    code: str
    message: str
    log_id: str
    charged: bool
    error: str | None
    refused: str | None
    records: int
    cursor: int | None
    has_more: bool
    search_id: str | None
    keys: tuple[str, ...]
    item: str | None
    fields: tuple[str, ...]
    format: int
    erased: int = 0

    @classmethod
    def stored(cls, stored: dict[str, Any]) -> "Line":
        """The line of a stored JSON object. Raises KeyError, TypeError or ValueError for any other object."""
        request = stored["request"]
        item = next((request[key] for key in ITEM_KEYS if key in request), None)
        cursor, has_more = _next_page(stored)
        return cls(
            seq=stored["seq"],
            endpoint=stored["endpoint"],
            request=request,
            sent_at=datetime.fromisoformat(stored["sent_at"]),
            status=stored["status"],
            code=stored["code"],
            message=stored["message"],
            log_id=stored["log_id"],
            charged=stored["charged"],
            error=stored["error"],
            refused=stored["refused"],
            records=stored["records"],
            cursor=cursor,
            has_more=has_more,
            search_id=stored["search_id"],
            keys=tuple(stored["keys"]),
            item=None if item is None else str(item),
            fields=tuple(stored.get("fields", ())),
            format=stored.get("format", 1),
            erased=stored.get("erased", 0),
        )

    @property
    def received(self) -> int:
        """The usable records that the answer had when it came."""
        return self.records + self.erased

    @property
    def good(self) -> bool:
        return self.code == "ok"

    @property
    def capped(self) -> bool:
        """Whether there is no page because the API's cap is reached, although the list has more."""
        endpoint = ENDPOINTS.get(self.endpoint)
        if endpoint is None or endpoint.cap is None or self.error != _INVALID_CURSOR:
            return False
        return sum(self.request.get(key) or 0 for key in (endpoint.cursor_key, endpoint.count_key)) > endpoint.cap

    @property
    def failed(self) -> bool:
        """Whether the request failed: it brought no data, the item was not refused, and quota was left."""
        return self.error not in (None, _QUOTA_EXHAUSTED) and not self.refused and not self.capped


class Permit(Protocol):
    """The right of one process of all hosts to write a raw file. Each method raises Fault if another process has it."""

    def take(self) -> None: ...
    def check(self) -> None: ...
    def release(self) -> None: ...


class RawFile:
    """The answers of one slice or shard, opened for appending by one process at a time.

    with RawFile(path) as raw: raw.lines; raw.reserve(); raw.append(answer)
    permit: the right to write, where the kernel's lock is not enough: other hosts may not see it.
    Raises StorageFault if the disk is full or the file cannot be written.
    """

    def __init__(self, path: Path, permit: Permit | None = None, barred: Targets | None = None) -> None:
        self.path = path
        self._permit = permit
        self._barred = barred
        self.lines: list[Line] = []
        self._reserve = path.with_suffix(".reserve")

    def __enter__(self) -> Self:
        with ExitStack() as opened:
            try:
                self.path.parent.mkdir(parents=True, exist_ok=True)
                self._file = opened.enter_context(self.path.open("ab+"))
                # Two datasets may share a shard: the second waits until the first has what it needs.
                fcntl.flock(self._file, fcntl.LOCK_EX)
                if self._permit:
                    self._permit.take()
                    opened.callback(self._permit.release)
                self._cut_torn_tail()
            except OSError as error:
                raise _storage_fault(self.path, error) from None
            self._opened = opened.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        with suppress(OSError):
            self._reserve.unlink(missing_ok=True)
        self._opened.close()

    def reserve(self) -> None:
        """Make sure, before a request costs quota, that its answer can be stored, and will fit on the disk."""
        self._check()
        try:
            with self._reserve.open("ab") as reserve:
                if reserve.tell() < RESERVE_BYTES:
                    os.posix_fallocate(reserve.fileno(), 0, RESERVE_BYTES)
        except OSError as error:
            raise _storage_fault(self.path, error) from None

    def append(self, answer: Answer) -> None:
        """Store one answer; it is on disk when this returns."""
        self._check()
        text, line = _line_of(len(self.lines), answer)
        if self._barred and (erased := erase(text, self._barred)):
            text, line = erased.line, _line(erased.line, self.path)
        frame = frame_of(text)
        end = self._file.seek(0, os.SEEK_END)
        try:
            self._write(frame)
        except OSError as error:
            # The reserve was kept for this page.
            self._reserve.unlink(missing_ok=True)
            self._file.truncate(end)
            try:
                self._write(frame)
            except OSError:
                raise _storage_fault(self.path, error) from None
        self.lines.append(line)

    def _check(self) -> None:
        if self._permit:
            self._permit.check()

    def _write(self, frame: bytes) -> None:
        if os.write(self._file.fileno(), frame) < len(frame):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        os.fsync(self._file.fileno())

    def _cut_torn_tail(self) -> None:
        self._file.seek(0)
        whole = 0
        for end, line in frames(self._file, self.path):
            self.lines.append(_line(line, self.path))
            whole = end
        self._file.truncate(whole)
        self._file.seek(0, os.SEEK_END)


def frame_of(line: bytes) -> bytes:
    """A line as it is in a raw file."""
    return zstandard.ZstdCompressor(level=3, write_checksum=True, write_content_size=True).compress(line)


def stored_lines(path: Path) -> list[Line]:
    """The answers in a raw file, read without a lock; none if there is no file."""
    if not path.exists():
        return []
    with path.open("rb") as file:
        return [_line(line, path) for _, line in frames(file, path)]


def stored_answers(path: Path) -> Iterator[tuple[Line, Any]]:
    """The answers in a raw file with their bodies: JSON, or the text of one that is none."""
    if path.exists():
        with path.open("rb") as file:
            for _, text in frames(file, path):
                line, stored = _line(text, path), json.loads(text)
                yield line, stored["body"] if stored["body"] is not None else stored["text"]


def first_line(path: Path) -> Line | None:
    """The first answer in a raw file, read without the rest; None if there is none."""
    with path.open("rb") as file, suppress(zstandard.ZstdError):
        data = file.read(_PIECE)
        while (line := _frame(data, 0)) is None:
            if not (more := file.read(len(data))):
                return None
            data += more
        return _line(line[1], path)
    return None


def has_answer(path: Path) -> bool:
    """Whether the API answered a request in a raw file, with a page or an error; failed connections are stored, too."""
    with path.open("rb") as file:
        return any(_line(text, path).status is not None for _, text in frames(file, path))


def number_of_frames(path: Path) -> int:
    """How many frames a raw file has, damaged ones included. Reads none."""
    return path.read_bytes().count(_MAGIC)


def frames(file: BinaryIO, path: Path) -> Iterator[tuple[int, bytes]]:
    """The whole frames of a raw file: the end of each, and its line. A torn frame at the end is left out.

    Raises StorageFault if a frame is damaged with whole ones after it, which no crash can cause.
    """
    data = file.read()
    end = 0
    while end < len(data):
        line = _frame(data, end)
        if line is None:
            if any(_frame(data, at) for at in _frame_starts(data, end + 1)):
                raise StorageFault(
                    f"{path} is damaged at byte {end:,} with complete pages after it. Restore the file from a copy, "
                    "or move it elsewhere: its slice is then requested from scratch."
                )
            return
        end, text = line
        yield end, text


def frames_with_bytes(file: BinaryIO, path: Path) -> Iterator[tuple[bytes, bytes]]:
    """The same, each frame as it is in the file with its line."""
    data, start = file.read(), 0
    for end, line in frames(io.BytesIO(data), path):
        yield data[start:end], line
        start = end


def _frame(data: bytes, start: int) -> tuple[int, bytes] | None:
    """The frame that begins at `start`: its end and its text; None if it is torn or damaged."""
    decoder = zstandard.ZstdDecompressor().decompressobj()
    text = []
    try:
        # In pieces, since the decoder copies everything that it is given beyond the frame's end.
        for at in range(start, len(data), _PIECE):
            piece = data[at : at + _PIECE]
            text.append(decoder.decompress(piece))
            if decoder.eof:
                return at + len(piece) - len(decoder.unused_data), b"".join(text)
    except zstandard.ZstdError:
        pass
    return None


def _frame_starts(data: bytes, start: int) -> Iterator[int]:
    while (start := data.find(_MAGIC, start)) >= 0:
        yield start
        start += 1


def _line_of(seq: int, answer: Answer) -> tuple[bytes, Line]:
    """An answer as its JSON line, and the same without the body."""
    error = error_of(answer)
    fitted = fit(ENDPOINTS[answer.endpoint], answer.body, answer.data) if answer.code == OK else NOTHING
    name = stored_name(error) if error else None
    stored = {
        "format": FORMAT,
        "seq": seq,
        "endpoint": answer.endpoint,
        "request": answer.body,
        "fields": answer.fields,
        "sent_at": answer.sent_at.isoformat(timespec="milliseconds"),
        "status": answer.status,
        "code": answer.code,
        "message": answer.message,
        "log_id": answer.log_id,
        "charged": answer.charged,
        "error": name,
        "refused": name if isinstance(error, ItemRefused) else None,
        "records": fitted.records,
        "cursor": answer.cursor,
        "has_more": answer.has_more,
        "search_id": answer.search_id,
        "keys": fitted.keys,
        "oddities": [asdict(each) for each in fitted.oddities],
        **({"masked": True} if answer.masked else {}),
    }
    body, received = _body(answer, fitted)
    text = json.dumps(received, ensure_ascii=False).encode()
    line = json.dumps(stored).encode()[:-1] + b', "text": ' + text + b', "body": ' + body + b"}\n"
    return line, Line.stored(stored)


def _body(answer: Answer, fitted: Fitted) -> tuple[bytes, str | None]:
    """The body as it is stored in a line: JSON nearly as received, anything else as text."""
    if not answer.is_json or answer.code == UNREADABLE:
        return b"null", answer.raw[:_KEPT_BYTES].decode("utf-8", "backslashreplace")
    return stored_body(answer.raw, fitted)


def _line(text: bytes, path: Path) -> Line:
    try:
        return Line.stored(json.loads(text))
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        raise StorageFault(
            f"{path} contains something that ttdata did not write. Move it elsewhere, and build again."
        ) from None


def _next_page(stored: dict[str, Any]) -> tuple[int | None, bool]:
    """The next page's cursor, and whether there is one. With page numbers, another page may follow any full one."""
    endpoint = ENDPOINTS.get(stored["endpoint"])
    if endpoint is None or endpoint.cursor != "page":
        return stored["cursor"], stored["has_more"]
    page, size = (stored["request"].get(key) for key in (endpoint.cursor_key, endpoint.count_key))
    set_aside = sum(each["action"] == "set_aside" for each in stored.get("oddities", ()))
    return (page or 1) + 1, stored["records"] + stored.get("erased", 0) + set_aside == size


def _storage_fault(path: Path, error: OSError) -> StorageFault:
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return StorageFault(
            f"The disk that holds {path.parent} is full. All stored pages are kept. "
            "Free some space and run the same command again."
        )
    return StorageFault(f"{path} cannot be written: {error.strerror}. All stored pages are kept.")
