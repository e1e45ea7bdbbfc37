"""The texts in a file, whatever its format: unpacked, decompressed, table by table, however deep.

What cannot be read is named, never passed over: an image's pixels, an encrypted archive.
"""

import base64
import binascii
import bz2
import gzip
import io
import lzma
import re
import sqlite3
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import duckdb
import zstandard

from ttdata.tables.declared import escaped, quoted

DEEPEST = 6
LARGEST = 4 << 30  # bytes that a file may have, unpacked
_BASE64 = re.compile(rb"[A-Za-z0-9+/]{32,}={0,2}")
_STREAM = re.compile(rb"stream\r?\n(.*?)endstream", re.DOTALL)
# No text in UTF-8 has these; one in UTF-16 without a mark at its beginning can have them.
_NO_TEXT = re.compile(rb"[\0-\x08]")


@dataclass(frozen=True)
class Piece:
    """A text in a file. where: the file, and the part of it; text: None if it cannot be read, with the reason."""

    where: str
    text: str | None
    reason: str = ""


def pieces(where: str, content: bytes, depth: int = 0) -> Iterator[Piece]:
    """All texts in a file."""
    if depth > DEEPEST:
        yield Piece(where, None, f"it is packed more than {DEEPEST} times")
        return
    read = next((function for matches, function in _READERS if matches(content)), _text)
    try:
        yield from read(where, content, depth)
    except (OSError, EOFError, ValueError, RuntimeError, NotImplementedError, MemoryError) as error:
        yield Piece(where, None, _sentence(error))
    except (zipfile.BadZipFile, tarfile.TarError, lzma.LZMAError, zlib.error, zstandard.ZstdError) as error:
        yield Piece(where, None, _sentence(error))
    except (duckdb.Error, sqlite3.Error) as error:
        yield Piece(where, None, _sentence(error))


def _sentence(error: Exception) -> str:
    return str(error).splitlines()[0] if str(error) else type(error).__name__


def _text(where: str, content: bytes, depth: int) -> Iterator[Piece]:
    """A file that is no archive: in each encoding that it may have."""
    for text in _decodings(content):
        yield Piece(where, text)
    for match in _BASE64.finditer(content):
        with suppress(binascii.Error, ValueError):
            inner = base64.b64decode(match[0] + b"=" * (-len(match[0]) % 4), validate=True)
            place = f"{where}, base64 at byte {match.start():,}"
            # Any long word can be read as base64: what is nothing then is no part of the file.
            yield from (piece for piece in pieces(place, inner, depth + 1) if piece.text is not None)


def _decodings(content: bytes) -> Iterator[str]:
    if content.startswith((b"\xff\xfe\0\0", b"\0\0\xfe\xff")):
        yield content.decode("utf-32", "replace")
    elif content.startswith((b"\xff\xfe", b"\xfe\xff")):
        yield content.decode("utf-16", "replace")
    else:
        try:
            yield content.decode("utf-8-sig")
        except UnicodeDecodeError:
            yield content.decode("utf-8", "ignore")
            yield content.decode("cp1252", "replace")
        if _NO_TEXT.search(content):
            for first in (0, 1):
                yield content[first:].decode("utf-16-le", "replace")


def _gzip(where: str, content: bytes, depth: int) -> Iterator[Piece]:
    with gzip.open(io.BytesIO(content)) as file:
        inner = file.read(LARGEST)
    # The header of a gzip file can hold a name and a comment.
    yield Piece(f"{where}, its header", content[:1024].decode("latin-1"))
    yield from pieces(where, inner, depth + 1)


def _bz2(where: str, content: bytes, depth: int) -> Iterator[Piece]:
    yield from pieces(where, bz2.decompress(content), depth + 1)


def _xz(where: str, content: bytes, depth: int) -> Iterator[Piece]:
    yield from pieces(where, lzma.decompress(content), depth + 1)


def _zstd(where: str, content: bytes, depth: int) -> Iterator[Piece]:
    reader = zstandard.ZstdDecompressor().stream_reader(io.BytesIO(content), read_across_frames=True)
    yield from pieces(where, reader.read(LARGEST), depth + 1)


def _zip(where: str, content: bytes, depth: int) -> Iterator[Piece]:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        yield Piece(f"{where}, its comment", archive.comment.decode("latin-1"))
        for each in archive.infolist():
            inside = f"{where}/{each.filename}"
            yield Piece(f"{inside}, its name", each.filename)
            if not each.is_dir():
                yield from pieces(inside, archive.read(each), depth + 1)


def _tar(where: str, content: bytes, depth: int) -> Iterator[Piece]:
    with tarfile.open(fileobj=io.BytesIO(content)) as archive:
        for each in archive:
            yield Piece(f"{where}/{each.name}, its name", f"{each.name} {each.linkname} {each.uname} {each.gname}")
            file = archive.extractfile(each) if each.isfile() else None
            if file:
                yield from pieces(f"{where}/{each.name}", file.read(), depth + 1)


def _parquet(where: str, content: bytes, depth: int) -> Iterator[Piece]:
    with _on_disk(content, "file.parquet") as path, duckdb.connect() as con:
        yield from _columns(con, where, f"read_parquet('{escaped(path)}')")
        metadata = con.execute(f"SELECT key, value FROM parquet_kv_metadata('{escaped(path)}')").fetchall()
    texts = (each.decode("utf-8", "replace") for pair in metadata for each in pair)
    yield Piece(f"{where}, its metadata", "\n".join(texts))


def pieces_of(path: Path, where: str) -> Iterator[Piece]:
    """All texts in a file on disk. A database is read in its place: it can be larger than the memory."""
    with path.open("rb") as file:
        if file.read(12)[8:] != b"DUCK":
            file.seek(0)
            yield from pieces(where, file.read())
            return
    try:
        yield from _tables(str(path), where)
    except duckdb.Error as error:
        yield Piece(where, None, _sentence(error))


def _duckdb(where: str, content: bytes, depth: int) -> Iterator[Piece]:
    with _on_disk(content, "file.duckdb") as path:
        yield from _tables(path, where)


def _tables(path: str, where: str) -> Iterator[Piece]:
    with duckdb.connect(path, read_only=True) as con:
        for (table,) in con.execute("SELECT table_name FROM duckdb_tables() ORDER BY ALL").fetchall():
            yield from _columns(con, f"{where}/{table}", quoted(table))
        comments = con.execute("SELECT table_name, column_name, comment FROM duckdb_columns()").fetchall()
        yield Piece(f"{where}, its columns", "\n".join(map(str, comments)))


def _columns(con: duckdb.DuckDBPyConnection, where: str, relation: str) -> Iterator[Piece]:
    """The values of each column, a line per row."""
    for name, *_ in con.execute(f"DESCRIBE FROM {relation}").fetchall():
        yield Piece(f"{where}, the name of a column", name)
        value = f"regexp_replace(coalesce({quoted(name)}::VARCHAR, ''), '[\\r\\n]+', ' ', 'g')"
        rows = con.execute(f"SELECT {value} FROM {relation}").fetchall()
        yield Piece(f"{where}, column {name}", "\n".join(row for (row,) in rows))


def _sqlite(where: str, content: bytes, depth: int) -> Iterator[Piece]:
    with _on_disk(content, "file.sqlite") as path, closing(sqlite3.connect(path)) as con:
        con.text_factory = lambda octets: octets.decode("utf-8", "replace")
        for name, statement in con.execute("SELECT name, coalesce(sql, '') FROM sqlite_master").fetchall():
            yield Piece(f"{where}/{name}, how it is made", f"{name} {statement}")
        for (table,) in con.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall():
            rows = con.execute(f"SELECT * FROM {quoted(table)}").fetchall()
            yield Piece(f"{where}/{table}", "\n".join(" | ".join(map(_one_line, row)) for row in rows))
    # Rows that were deleted are still in the file.
    yield Piece(f"{where}, its bytes", content.decode("utf-8", "ignore"))


def _one_line(value: object) -> str:
    text = value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)
    return " ".join(text.splitlines())


def _png(where: str, content: bytes, depth: int) -> Iterator[Piece]:
    """The texts of a PNG image, compressed or not."""
    at = 8
    while at + 8 <= len(content):
        length, kind = int.from_bytes(content[at : at + 4], "big"), content[at + 4 : at + 8]
        data = content[at + 8 : at + 8 + length]
        if kind in (b"tEXt", b"iTXt", b"zTXt", b"eXIf"):
            yield Piece(f"{where}, its {kind.decode()}", data.decode("utf-8", "replace"))
            for start in (match.end() for match in re.finditer(rb"\0", data)):
                with suppress(zlib.error):
                    yield from pieces(f"{where}, its {kind.decode()}", zlib.decompress(data[start:]), depth + 1)
        at += 12 + length
    yield Piece(where, None, "text that is drawn in an image cannot be searched")


def _jpeg(where: str, content: bytes, depth: int) -> Iterator[Piece]:
    yield Piece(f"{where}, its bytes", content.decode("latin-1"))
    yield Piece(where, None, "text that is drawn in an image cannot be searched")


def _pdf(where: str, content: bytes, depth: int) -> Iterator[Piece]:
    yield Piece(where, content.decode("latin-1"))
    for number, match in enumerate(_STREAM.finditer(content), 1):
        with suppress(zlib.error):
            yield Piece(f"{where}, stream {number}", zlib.decompressobj().decompress(match[1]).decode("latin-1"))
    yield Piece(where, None, "text that is set in a font of its own cannot be searched")


class _on_disk:  # noqa: N801 (a context manager that reads like a function)
    """A content as a file, for libraries that read nothing else."""

    def __init__(self, content: bytes, name: str) -> None:
        self._content, self._name = content, name

    def __enter__(self) -> str:
        self._folder = TemporaryDirectory()
        path = Path(self._folder.name, self._name)
        path.write_bytes(self._content)
        return str(path)

    def __exit__(self, *_: object) -> None:
        self._folder.cleanup()


def _begins(*starts: bytes) -> Callable[[bytes], bool]:
    return lambda content: content.startswith(starts)


_Reader = Callable[[str, bytes, int], Iterator[Piece]]
_READERS: tuple[tuple[Callable[[bytes], bool], _Reader], ...] = (
    (_begins(b"\x1f\x8b"), _gzip),
    (_begins(b"\x28\xb5\x2f\xfd"), _zstd),
    (_begins(b"BZh"), _bz2),
    (_begins(b"\xfd7zXZ\0"), _xz),
    (_begins(b"PK\x03\x04", b"PK\x05\x06"), _zip),
    (lambda content: content[257:262] == b"ustar", _tar),
    (_begins(b"PAR1"), _parquet),
    (lambda content: content[8:12] == b"DUCK", _duckdb),
    (_begins(b"SQLite format 3\0"), _sqlite),
    (_begins(b"\x89PNG\r\n\x1a\n"), _png),
    (_begins(b"\xff\xd8\xff"), _jpeg),
    (_begins(b"%PDF"), _pdf),
)
