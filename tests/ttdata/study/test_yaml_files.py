"""YAML without surprises: duplicates and numbers in other bases are rejected before anything is sent."""

from itertools import pairwise
from pathlib import Path

import pytest

from tests.support import ttdata
from ttdata.errors import StudyFault
from ttdata.study.study import Study


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("study: a\nstudy: b\n", "the key 'study' occurs twice"),
        ("study: a\ndatasets: {climate: {}, climate: {}}\n", "the key 'climate' occurs twice"),
        ("study: a\nstreams: 012\n", "YAML reads 012 as 10; write that number, or put it in quotes"),
        ("study: a\nids: [12:30]\n", "YAML reads 12:30 as 750"),
    ],
)
def test_what_yaml_would_read_as_something_else_is_rejected_with_its_line(
    tmp_path: Path, text: str, sentence: str
) -> None:
    (tmp_path / "study.yaml").write_text(text)
    with pytest.raises(StudyFault) as fault:
        Study.load(tmp_path / "study.yaml")
    assert sentence in str(fault.value)
    assert "line" in str(fault.value)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("study.yaml", "__use_yte__: true\n"),
        ("study.yaml", "<<: {__use_yte__: 1}\n"),
        ("study.json", '\ufeff{"__use_yte__": true}\n'),
    ],
)
def test_a_template_is_rejected_because_snakemake_would_run_its_code(tmp_path: Path, name: str, text: str) -> None:
    (tmp_path / name).write_text(text, "utf-8")
    with pytest.raises(StudyFault, match="remove __use_yte__ and the code"):
        Study.load(tmp_path / name)


def test_merge_keys_and_plain_numbers_work(tmp_path: Path) -> None:
    (tmp_path / "study.yaml").write_text("a: &a {k: 1_000, n: -3}\nb: {<<: *a, k: 0}\n")
    assert Study.load(tmp_path / "study.yaml") == {"a": {"k": 1000, "n": -3}, "b": {"k": 0, "n": -3}}


@pytest.mark.parametrize(
    ("table", "sentence"),
    [
        ("username,party,Party\nanna,A,B\n", "has the column 'party' twice"),
        ("username,party\nanna,A,B\n", "row 2 has 3 cells, but the first line has 2"),
    ],
)
def test_a_table_with_more_than_its_head_says_is_rejected(tmp_path: Path, table: str, sentence: str) -> None:
    (tmp_path / "accounts.csv").write_text(table)
    (tmp_path / "study.yaml").write_text(
        "study: a\ndatasets:\n  a:\n    accounts: {file: accounts.csv}\n    users: {of: accounts}\n"
    )
    outcome = ttdata("plan", tmp_path / "study.yaml")
    assert outcome.status == 1
    assert sentence in " ".join(outcome.said.split())


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("a: &a [x, x, x, x, x, x, x, x, x, x]\n", "it has more than 1,000,000 values; each use of an alias"),
        ("a: &a [*a]\n", "nested too deeply, or contains itself by an alias"),
        ("a: " + "[" * 5_000, "nested too deeply"),
    ],
    ids=["a billion values", "itself", "brackets"],
)
def test_a_file_that_would_fill_the_memory_is_rejected(tmp_path: Path, text: str, sentence: str) -> None:
    levels = [f"{new}: &{new} [{', '.join([f'*{old}'] * 10)}]\n" for old, new in pairwise("abcdefghij")]
    (tmp_path / "study.yaml").write_text(text + "".join(levels) if "x, x" in text else text)
    with pytest.raises(StudyFault, match=sentence):
        Study.load(tmp_path / "study.yaml")
