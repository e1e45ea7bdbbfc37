"""The leak guard: what is in a dataset is found in any file of a package; ordinary words do not stop it."""

import base64
import bz2
import csv
import gzip
import html
import io
import json
import lzma
import sqlite3
import tarfile
import zipfile
import zlib
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from urllib.parse import quote

import duckdb
import pytest
import yaml
import zstandard
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ttdata.matching import matcher
from ttdata.matching.matcher import PIECE, SHORTEST, TOKEN, Matcher
from ttdata.matching.plain_text import place_in, plain
from ttdata.publish.package.leaks import Guard
from ttdata.publish.package.private_values import NAME, TEXT, PrivateValues

CAPTION = 'Mein "Klima"-Tag & mehr:\nheute in Zürich, morgen\tin Wien 😀 #fürdich @anna.example'
COMMENT = "so schön hier"
HANDLE = "anna.example_7"


def _zip(content: bytes) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("inner/notes.txt", content)
    return file.getvalue()


def _tar(content: bytes) -> bytes:
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w:gz") as archive:
        info = tarfile.TarInfo("notes.txt")
        info.size = len(content)
        archive.addfile(info, io.BytesIO(content))
    return file.getvalue()


def _by_duckdb(form: str, text: str) -> bytes:
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, f"file.{form}")
        if form == "parquet":
            duckdb.connect().execute(
                f"COPY (SELECT 1 AS n, 'x' AS t UNION ALL SELECT 2, $1) TO '{path}' (FORMAT parquet)", [text]
            )
        elif form == "duckdb":
            with duckdb.connect(str(path)) as con:
                con.execute("CREATE TABLE t (n INTEGER, t VARCHAR)")
                con.execute("INSERT INTO t VALUES (1, ?)", [text])
        else:
            with closing(sqlite3.connect(path)) as other:
                other.execute("CREATE TABLE t (n, t)")
                other.execute("INSERT INTO t VALUES (1, ?)", [text])
                other.commit()
        return path.read_bytes()


def _csv(text: str) -> bytes:
    file = io.StringIO()
    csv.writer(file).writerows([["id", "text"], [1, text]])
    return file.getvalue().encode()


def _png(text: str) -> bytes:
    data = b"Comment\0\0" + zlib.compress(text.encode("latin-1", "replace"))
    chunk = len(data).to_bytes(4, "big") + b"zTXt" + data + b"\0\0\0\0"
    return b"\x89PNG\r\n\x1a\n" + chunk


def _base64(content: bytes) -> str:
    return base64.b64encode(content).decode()


FORMS: dict[str, Callable[[str], bytes]] = {
    "plain.txt": str.encode,
    "utf16.txt": lambda text: text.encode("utf-16"),
    "utf16-without-a-mark.bin": lambda text: b"\x07" + text.encode("utf-16-le"),
    "latin1.txt": lambda text: text.encode("latin-1", "xmlcharrefreplace"),
    "table.csv": _csv,
    "table.csv.gz": lambda text: gzip.compress(_csv(text)),
    "rows.json": lambda text: json.dumps({"rows": [{"text": text}]}).encode(),
    "rows.unicode.json": lambda text: json.dumps([text], ensure_ascii=False).encode(),
    "json-in-json.json": lambda text: json.dumps({"body": json.dumps({"text": text})}).encode(),
    "study.yaml": lambda text: yaml.safe_dump({"a": text}, allow_unicode=True, width=40).encode(),
    "study.ascii.yaml": lambda text: yaml.safe_dump({"a": text}).encode(),
    "figure.svg": lambda text: f"<svg><text>{html.escape(text)}</text></svg>".encode(),
    "numeric.svg": lambda text: "".join(f"&#{ord(each)};" for each in text).encode(),
    "address.txt": lambda text: f"https://example.org/?q={quote(text)}".encode(),
    "script.py": lambda text: f"title = {text!r}\n".encode(),
    "file.gz": lambda text: gzip.compress(text.encode()),
    "file.bz2": lambda text: bz2.compress(text.encode()),
    "file.xz": lambda text: lzma.compress(text.encode()),
    "file.zst": lambda text: zstandard.compress(text.encode()),
    "file.zip": lambda text: _zip(text.encode()),
    "file.tar.gz": lambda text: _tar(text.encode()),
    "deep.gz": lambda text: gzip.compress(_zip(gzip.compress(text.encode()))),
    "file.parquet": lambda text: _by_duckdb("parquet", text),
    "file.duckdb": lambda text: _by_duckdb("duckdb", text),
    "file.sqlite": lambda text: _by_duckdb("sqlite", text),
    "notebook.ipynb": lambda text: json.dumps({"image/png": _base64((text + " " * 60).encode())}).encode(),
    "page.html": lambda text: f"<img src='data:;base64,{_base64(gzip.compress(text.encode() + bytes(90)))}'>".encode(),
    "text.pdf": lambda text: b"%PDF-1.7\nstream\n" + zlib.compress(text.encode("latin-1", "replace")) + b"\nendstream",
    "image.png": _png,
}  # fmt: skip
# In these a letter that is not Latin-1 cannot be written.
LATIN = ("text.pdf", "image.png", "latin1.txt")


def archive_of(path: Path, files: dict[str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return path


def guard_for(*values: str, kind: str = TEXT, harmless: str = "", released: tuple[str, ...] = ()) -> Guard:
    texts = [plain(value).strip() for value in values]
    what = "a caption" if kind == TEXT else "the name of an account"
    return Guard(PrivateValues(texts, [what] * len(texts), [kind] * len(texts)), [harmless], released, {})


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("value", [CAPTION, COMMENT, HANDLE])
def test_a_planted_leak_is_found_in_every_form_with_file_and_position(tmp_path: Path, form: str, value: str) -> None:
    if form in LATIN:
        value = value.encode("latin-1", "ignore").decode("latin-1")
    archive = archive_of(tmp_path / "p.zip", {"README.md": b"fine", f"some/{form}": FORMS[form](value)})
    found = guard_for(value).search(archive).found
    assert found
    assert all(each.file.startswith(f"some/{form}") for each in found)
    assert all(each.line >= 1 and each.column >= 1 for each in found)


words = st.text(st.characters(codec="utf-8", exclude_categories=["Cs", "Cc", "Cn", "Co"]), min_size=1, max_size=120)
around = st.text(st.characters(codec="utf-8", exclude_categories=["Cs", "Cc"]), max_size=200)


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    value=words,
    before=around,
    after=around,
    form=st.sampled_from(sorted(set(FORMS) - {*LATIN, "file.duckdb", "file.sqlite", "file.parquet"})),
)
def test_any_value_is_found_anywhere(tmp_path: Path, value: str, before: str, after: str, form: str) -> None:
    searched = plain(value).strip()
    if len(searched) < SHORTEST or "&" in value or "%" in value:
        return
    archive = archive_of(tmp_path / "p.zip", {form: FORMS[form](f"{before} {value} {after}")})
    found = guard_for(value).search(archive).found
    assert found, (form, value)
    assert any(each.shown == searched[:PIECE] or len(searched) > TOKEN for each in found)


@settings(max_examples=200, deadline=None)
@given(
    values=st.lists(st.text("abc _é", min_size=SHORTEST, max_size=60), min_size=1, max_size=8, unique=True),
    text=st.text("abc _é", max_size=300),
)
def test_the_matcher_finds_what_a_plain_search_finds(values: list[str], text: str) -> None:
    hits = {(hit.value, hit.start) for hit in Matcher(values).hits(text)}
    for number, value in enumerate(values):
        start = text.find(value)
        while start >= 0:
            end = start + len(value)
            ends = [
                not (text[at - 1] + text[at]).replace("_", "a").isalnum() for at in (start, end) if 0 < at < len(text)
            ]
            if len(value) <= TOKEN:
                assert ((number, start) in hits) == all(ends)
            else:
                assert any(at == number for at, _ in hits)
            start = text.find(value, start + 1)


def test_a_cut_caption_is_found_and_a_common_phrase_is_not() -> None:
    guard = guard_for(CAPTION)
    form = plain(CAPTION)
    assert list(guard.in_text("a", f"… {form[10 : 10 + PIECE + 5]} …"))
    assert not list(guard.in_text("a", f"… {form[15:45]} …"))


def test_a_name_is_found_in_any_case() -> None:
    assert list(guard_for(HANDLE, kind=NAME).in_text("a", f"By {HANDLE.upper()}"))


@pytest.mark.parametrize(
    ("form", "part"), [("parquet", ", column t"), ("duckdb", "/t, column t"), ("sqlite", "/t"), ("csv.gz", "")]
)
def test_a_leak_in_a_table_is_reported_with_table_column_and_row(tmp_path: Path, form: str, part: str) -> None:
    content = gzip.compress(_csv(CAPTION)) if form == "csv.gz" else _by_duckdb(form, CAPTION)
    found = guard_for(CAPTION).search(archive_of(tmp_path / "p.zip", {"table": content})).found
    assert f"table{part}" in {each.file for each in found}
    row = {"parquet": 2, "csv.gz": 2}.get(form, 1)
    assert row in {each.line for each in found}


def test_in_excluded_members_values_do_not_count(tmp_path: Path) -> None:
    archive = archive_of(tmp_path / "p.zip", {"twin/a.txt": CAPTION.encode(), "b.txt": CAPTION.encode()})
    (found,) = guard_for(CAPTION).search(archive, lambda name: name.startswith("twin/")).found
    assert found.file == "b.txt"


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(value=st.text("abc é", min_size=SHORTEST, max_size=60), before=st.integers(0, 90))
def test_a_value_on_the_border_of_two_parts_of_a_text_is_found(
    monkeypatch: pytest.MonkeyPatch, value: str, before: int
) -> None:
    monkeypatch.setattr(matcher, "_AT_ONCE", 32)
    text = "x" * before + "-" + value + "-" + "x" * 40
    assert (before + 1) in {hit.start for hit in Matcher([value]).hits(text)}


def test_a_short_value_counts_only_as_a_whole_token() -> None:
    guard = guard_for("klima_anna", kind=NAME)
    assert list(guard.in_text("a", "by @klima_anna."))
    assert not list(guard.in_text("a", "by @klima_anna2 and xklima_anna"))


def test_the_position_is_that_in_the_file() -> None:
    text = 'first line\n{"x": "\\u00fc\\n", "text": "' + json.dumps(CAPTION)[1:-1] + '"}'
    (found,) = guard_for(CAPTION).in_text("rows.json", text)
    assert (found.line, found.column) == (2, text.splitlines()[1].index("Mein") + 1)
    assert place_in("a&amp;b\nc", plain("a&amp;b\nc").index("c")) == (2, 1)


@pytest.mark.parametrize("word", ["research", "climate", "snakefile", "duckdb"])
def test_ordinary_words_that_are_handles_stop_nothing_if_the_study_or_the_fixed_texts_have_them(word: str) -> None:
    harmless = "study: climate-on-tiktok\n# TikTok's research API, snakefile, duckdb\n"
    guard = guard_for(word, kind=NAME, harmless=harmless)
    assert not list(guard.in_text("README.md", f"The {word} of this study: {word}.csv, {word}"))
    assert list(guard_for(word, kind=NAME).in_text("README.md", f"The {word}"))


def test_a_word_inside_a_longer_one_of_the_study_is_not_harmless() -> None:
    assert list(guard_for("climate", kind=NAME, harmless="climatechange").in_text("a", "climate"))


def test_a_hashtag_of_many_accounts_is_no_comment_but_may_be_a_name() -> None:
    assert not list(guard_for("foryoupage", released=("foryoupage",)).in_text("a", "foryoupage,100"))
    assert list(guard_for("foryoupage", kind=NAME, released=("foryoupage",)).in_text("a", "foryoupage,100"))


SECRETS = {
    "a private key": "-----BEGIN RSA PRIVATE KEY-----",
    "an access token of TikTok": "clt.2.AbCdEfGhIjKlMnOpQrStUvWxYz0123456789",
    "a client secret": 'client_secret: "aB3dE5fG7hI9jK1lM"',
    "an access token": "Authorization: Bearer abcdefghijklmnopqrstuvwxyz012345",
    "a token of GitHub": "ghp_abcdefghijklmnopqrstuvwxyz0123456789",
    "a key of Amazon": "AKIAABCDEFGHIJKLMNOP",
    "a password in an address": "https://anna:hunter22@example.org/",
    "a path of a machine": "/home/anna/thesis/figure.py",
}


@pytest.mark.parametrize("what", SECRETS)
def test_secrets_and_paths_are_found_also_in_the_twin(tmp_path: Path, what: str) -> None:
    archive = archive_of(tmp_path / "p.zip", {"twin/notes.txt.gz": gzip.compress(f"a\n{SECRETS[what]}".encode())})
    found = guard_for().search(archive, lambda name: name.startswith("twin/")).found
    assert what in {each.what for each in found}
    assert {each.line for each in found} == {2}
    assert "hunter22" not in str(found)


def test_the_credentials_of_the_environment_are_found_whatever_they_look_like() -> None:
    guard = Guard(
        PrivateValues([], [], []), environment={"TIKTOK_CLIENT_SECRET": "plain-words-here", "PATH": "/usr/bin"}
    )
    (found,) = guard.in_text("a", "x plain-words-here y /usr/bin")
    assert found.what == "the value of TIKTOK_CLIENT_SECRET"
    assert "plain-words" not in str(found)


def test_what_people_wrote_can_look_like_a_path_but_a_secret_of_this_machine_is_found(tmp_path: Path) -> None:
    guard = Guard(PrivateValues([], [], []), environment={"TIKTOK_CLIENT_SECRET": "plain-words-here"})
    files = {"data/a.json": b'{"text": "look at /home/anna/x"}', "data/b.json": b"plain-words-here"}
    found = guard.search(archive_of(tmp_path / "p.zip", files), received=lambda name: name.startswith("data/")).found
    assert [each.file for each in found] == ["data/b.json"]


def test_names_of_files_are_searched(tmp_path: Path) -> None:
    archive = archive_of(tmp_path / "p.zip", {f"outputs/{HANDLE}.svg": b""})
    assert guard_for(HANDLE, kind=NAME).search(archive).found


def test_what_cannot_be_read_is_named(tmp_path: Path) -> None:
    damaged = gzip.compress(b"hello" * 99)[:-9]
    archive = archive_of(tmp_path / "p.zip", {"a.gz": damaged, "b.png": b"\x89PNG\r\n\x1a\n"})
    assert {each.partition(":")[0] for each in guard_for().search(archive).unread} == {"a.gz", "b.png"}
