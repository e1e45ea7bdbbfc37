"""List files as editors and spreadsheets write them."""

import os
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from tests.support import small_study
from ttdata.errors import StudyFault
from ttdata.study.accounts import read_accounts
from ttdata.study.entries import Lists
from ttdata.study.lists import read_table
from ttdata.study.problems import Problems
from ttdata.study.study import Study


def study_with(terms: object) -> dict[str, Any]:
    study = small_study()
    study["datasets"]["small"]["videos"]["where"] = {"any": [{"hashtag_name": terms}]}
    return study


@pytest.mark.parametrize(
    "content",
    [
        b"klima\nwahl\n",
        b"\xef\xbb\xbfklima\r\nwahl\r\n",
        b"\n  #klima \n\nwahl\nklima\n",
        b"klima\rwahl",
    ],
)
def test_marks_line_ends_blanks_and_duplicates_do_not_matter(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "terms.txt").write_bytes(content)
    study = Study.check(study_with({"file": "terms.txt"}), today=date(2026, 11, 1), base=tmp_path)
    assert study.datasets[0].videos
    assert [each.term for each in study.datasets[0].videos.terms] == ["klima", "wahl"]


def test_a_list_file_equals_the_same_list_in_the_study(tmp_path: Path) -> None:
    (tmp_path / "terms.txt").write_text("klima\nwahl\nصورة\n")
    today = date(2026, 11, 1)
    from_file = Study.check(study_with({"file": "terms.txt"}), today=today, base=tmp_path)
    assert from_file == Study.check(study_with(["klima", "wahl", "صورة"]), today=today)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("accounts.csv", '\ufeffUsername,Party\r\n@anna,Greens\r\n\r\nben,"Left, the"\r\nanna,twice\r\n'),
        ("accounts.csv", "party;username\nGreens;anna\nLeft, the; ben\n"),
        ("accounts.tsv", "username\tparty\nanna\tGreens\nben\tLeft, the\n"),
    ],
)
def test_a_table_of_accounts_keeps_its_columns(tmp_path: Path, name: str, content: str) -> None:
    (tmp_path / name).write_text(content, newline="")
    lists = Lists()
    rows = read_accounts(read_table(tmp_path / name), lists, Problems())
    assert [(row["username"], row["party"]) for row in rows] == [("anna", "Greens"), ("ben", "Left, the")]
    assert len(lists.unused) == len(lists.warnings) == content.count("twice")


def test_terms_are_read_from_the_column_of_a_table_that_has_the_name_of_their_field(tmp_path: Path) -> None:
    (tmp_path / "terms.csv").write_text("topic,hashtag_name\nclimate,klima\nvote,#wahl\nvote,wahl\n,\n")
    today = date(2026, 11, 1)
    from_file = Study.check(study_with({"file": "terms.csv"}), today=today, base=tmp_path)
    assert from_file.datasets[0].videos
    assert [each.term for each in from_file.datasets[0].videos.terms] == ["klima", "wahl"]


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        ("name,party\nanna,Greens\n", "has no column 'username'; its first line has: name, party"),
        ("username\n", "has no username below its first line"),
        ("", "has no column 'username'; its first line has: "),
    ],
)
def test_a_table_without_accounts_is_refused(tmp_path: Path, content: str, sentence: str) -> None:
    (tmp_path / "accounts.csv").write_text(content)
    with pytest.raises(StudyFault, match=sentence):
        read_table(tmp_path / "accounts.csv")


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (None, "cannot be read: No such file"),
        (b"\n \r\n\n", "has no entries; write one per line"),
        (b"#\n# tags\n", "None of its entries can be used, for example '#'"),
        ("Müll".encode("latin-1"), "is not UTF-8; save it in that encoding"),
    ],
)
def test_a_list_file_that_cannot_be_used_is_refused(tmp_path: Path, content: bytes | None, sentence: str) -> None:
    if content is not None:
        (tmp_path / "terms.txt").write_bytes(content)
    with pytest.raises(StudyFault, match=sentence):
        Study.check(study_with({"file": "terms.txt"}), today=date(2026, 11, 1), base=tmp_path)


def in_study_folder(folder: Path, name: str) -> list[str]:
    """The problems of a study in a folder whose terms are in the file `name`."""
    with pytest.raises(StudyFault) as fault:
        Study.check(study_with({"file": name}), today=date(2026, 11, 1), base=folder)
    return fault.value.problems


@pytest.mark.parametrize("name", ["../terms.txt", "link.txt", "sub/../../terms.txt", "/proc/self/environ", "folder/x"])
def test_a_list_outside_the_folder_of_the_study_is_not_read(tmp_path: Path, name: str) -> None:
    folder = tmp_path / "study"
    folder.mkdir()
    (tmp_path / "terms.txt").write_text("a-secret")
    (folder / "link.txt").symlink_to(tmp_path / "terms.txt")
    (folder / "folder").symlink_to(tmp_path)
    (problem,) = in_study_folder(folder, name)
    assert "a-secret" not in problem
    assert "cannot be read" in problem or "is outside the study's folder; copy it into the study's folder" in problem


def test_a_list_in_the_folder_may_be_a_link_within_it(tmp_path: Path) -> None:
    (tmp_path / "lists").mkdir()
    (tmp_path / "lists/terms.txt").write_text("klima")
    (tmp_path / "terms.txt").symlink_to("lists/terms.txt")
    Study.check(study_with({"file": "terms.txt"}), today=date(2026, 11, 1), base=tmp_path)


def test_a_list_that_is_no_regular_file_is_not_opened(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.txt")
    (tmp_path / "loop.txt").symlink_to("loop.txt")
    assert "is not a file" in in_study_folder(tmp_path, "pipe.txt")[0]
    assert "is not a file" in in_study_folder(tmp_path, ".")[0]
    assert "loop.txt" in in_study_folder(tmp_path, "loop.txt")[0]
    assert "is not the name of a file" in in_study_folder(tmp_path, "\0")[0]


def test_a_list_that_is_too_large_is_not_read(tmp_path: Path) -> None:
    with (tmp_path / "terms.txt").open("wb") as file:
        file.truncate(65 << 20)
    assert in_study_folder(tmp_path, "terms.txt")[0].endswith("has 65 MB; a list may have up to 64 MB")
