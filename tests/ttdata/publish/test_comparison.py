"""Comparing datasets: every difference is found and no other, as the command says them."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import pytest
from click.testing import CliRunner, Result
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ttdata.build.digest import digest_of
from ttdata.cli.main import main
from ttdata.publish.comparison import Comparison, TableChange, compare

# How an edit changes a value of each kind of column, whatever it was.
CHANGES = {
    "view_count": "coalesce(view_count, 0) + 1",
    "video_description": "CASE WHEN video_description IS NULL THEN '' END",
    "hashtag_names": "list_append(coalesce(hashtag_names, []), 'new')",
    "effect_info_list": "CASE WHEN effect_info_list IS NULL THEN [] END",
    "video_tag": "CASE WHEN video_tag IS NULL THEN '{}'::JSON END",
    "create_time": "coalesce(create_time, TIMESTAMP '2025-01-01') + INTERVAL 1 MICROSECOND",
}


@pytest.fixture
def dataset(own_dataset: Path) -> Path:
    """A dataset of its own for each test."""
    return own_dataset


@pytest.fixture
def other(dataset: Path) -> Path:
    return Path(shutil.copy(dataset, "other.duckdb"))


def run(*words: object) -> Result:
    return CliRunner().invoke(main, [str(word) for word in words])


def edit(path: Path, *statements: str) -> None:
    with duckdb.connect(str(path)) as con:
        for statement in statements:
            con.execute(statement)


def table(comparison: Comparison, name: str) -> TableChange:
    (found,) = [each for each in comparison.tables if each.table == name]
    return found


@pytest.mark.slow
@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    removed=st.sets(st.integers(0, 9), max_size=4),
    added=st.integers(0, 3),
    changed=st.sets(st.tuples(st.integers(10, 19), st.sampled_from(sorted(CHANGES))), max_size=6),
    terms=st.lists(st.sampled_from("abc"), max_size=4),
    dropped=st.booleans(),
)
def test_a_comparison_reports_exactly_the_edits(
    dataset: Path, removed: set[int], added: int, changed: set[tuple[int, str]], terms: list[str], dropped: bool
) -> None:
    other = Path(shutil.copy(dataset, "edited.duckdb"))
    ordered = "SELECT id FROM videos ORDER BY id LIMIT 1 OFFSET"
    edit(
        other,
        # The places of the rows count before anything is removed.
        *(f"UPDATE videos SET {column} = {CHANGES[column]} WHERE id = ({ordered} {row})" for row, column in changed),
        *(f"DELETE FROM videos WHERE id = ({ordered} {row})" for row in sorted(removed, reverse=True)),
        *(f"INSERT INTO videos (id) VALUES ({number})" for number in range(added)),
        *(f"INSERT INTO terms (term) VALUES ('{term}')" for term in terms),
        *(["DELETE FROM terms WHERE term = 'fyp'"] if dropped else []),
    )
    comparison = compare(dataset, other)
    videos, listed = table(comparison, "videos"), table(comparison, "terms")
    rows = {row for row, _ in changed}
    assert (videos.added, videos.removed, videos.changed) == (added, len(removed), len(rows))
    by_column = {column: sum(each == column for _, each in changed) for column in {each for _, each in changed}}
    assert {each.column: each.rows for each in videos.columns} == by_column
    assert (listed.added, listed.removed, listed.changed) == (len(terms), int(dropped), None)
    assert table(comparison, "comments").is_equal
    assert comparison.is_equal == (digest_of(dataset) == digest_of(other))

    back = table(compare(other, dataset), "videos")
    assert (back.added, back.removed, back.changed) == (len(removed), added, len(rows))


def test_equal_datasets_end_with_status_0_and_the_file_itself_is_equal_too(dataset: Path, other: Path) -> None:
    for path in (dataset, other):
        outcome = run("diff", dataset, path)
        assert outcome.exit_code == 0, outcome.output
        assert outcome.stdout.endswith("\nEqual: all tables have the same data.\n")


def test_provenance_is_not_compared(dataset: Path, other: Path) -> None:
    edit(other, "DELETE FROM requests", "DELETE FROM table_digests", "UPDATE study SET name = 'another'")
    assert run("diff", dataset, other).exit_code == 0


def test_the_labels_of_the_study_are_not_compared(dataset: Path, other: Path) -> None:
    edit(other, "CREATE TABLE labels (name VARCHAR)", "INSERT INTO labels VALUES ('stance')")
    edit(other, "CREATE TABLE stance (video_id BIGINT, stance VARCHAR)")
    assert run("diff", dataset, other).exit_code == run("diff", other, dataset).exit_code == 0


def test_blanks_in_json_do_not_count(dataset: Path, other: Path) -> None:
    for path, text in ((dataset, '{"a":1}'), (other, '{"a":  1}')):
        edit(path, f"UPDATE videos SET video_tag = '{text}'")
    assert compare(dataset, other).is_equal
    assert digest_of(dataset) == digest_of(other)


def test_examples_have_the_key_and_both_values(dataset: Path, other: Path) -> None:
    edit(dataset, "UPDATE videos SET view_count = 7302470379501604128")
    edit(other, "UPDATE videos SET view_count = NULL WHERE id IN (SELECT id FROM videos ORDER BY id LIMIT 2)")
    edit(other, "UPDATE videos SET view_count = 7302470379501604128 WHERE view_count IS NOT NULL")
    with duckdb.connect(str(other), read_only=True) as con:
        first, second = (str(id_) for (id_,) in con.execute("SELECT id FROM videos ORDER BY id LIMIT 2").fetchall())
    outcome = run("diff", dataset, other, "--examples", "1")
    assert outcome.exit_code == 1
    assert f"    id {first}: 7302470379501604128 -> NULL\n" in outcome.stdout
    assert second not in outcome.stdout
    assert "  view_count: 2 rows changed\n" in outcome.stdout
    content = json.loads(run("diff", dataset, other, "--json").stdout)
    (videos,) = [each for each in content["tables"] if each["table"] == "videos"]
    assert [each["key"]["id"] for each in videos["columns"][0]["examples"]] == [first, second]
    assert content["equal"] is videos["equal"] is False


def test_of_long_values_the_part_that_differs_is_shown(dataset: Path, other: Path) -> None:
    edit(dataset, f"UPDATE comments SET text = '{'same ' * 20}old'")
    edit(other, f"UPDATE comments SET text = '{'same ' * 20}new'")
    assert "same old -> … same new\n" in run("diff", dataset, other).stdout


def test_other_types_other_columns_and_other_tables_are_differences(dataset: Path, other: Path) -> None:
    edit(other, "DROP VIEW video_terms", "ALTER TABLE videos ALTER view_count TYPE INTEGER")
    edit(
        other, "ALTER TABLE users DROP COLUMN bio_url", "DROP TABLE terms", 'CREATE TABLE "own \'notes" (note VARCHAR)'
    )
    outcome = run("diff", dataset, other)
    assert outcome.exit_code == 1
    assert "  view_count is BIGINT in A and INTEGER in B; its values are not compared\n" in outcome.stdout
    assert "  bio_url is only in A\n" in outcome.stdout
    assert "\nterms\n  only in A\n" in outcome.stdout
    assert "\nown 'notes\n  only in B\n" in outcome.stdout


def test_a_column_alone_or_a_row_removed_from_a_table_without_a_key_is_a_difference(dataset: Path, other: Path) -> None:
    edit(other, "ALTER TABLE users DROP COLUMN bio_url")
    assert run("diff", dataset, other).exit_code == 1
    third = Path(shutil.copy(dataset, "third.duckdb"))
    edit(third, "DELETE FROM terms")
    terms = table(compare(dataset, third), "terms")
    assert (terms.added, terms.removed, len(terms.examples_removed)) == (0, 1, 1)


def test_rows_are_compared_as_multisets_if_their_key_was_repeated_by_hand(dataset: Path, other: Path) -> None:
    edit(other, "INSERT INTO videos FROM videos LIMIT 1")
    videos = table(compare(dataset, other), "videos")
    assert (videos.key, videos.added, videos.removed, videos.changed) == ((), 1, 0, None)


def test_lines_fit_and_texts_cannot_control_the_terminal(dataset: Path, other: Path) -> None:
    edit(
        other,
        "UPDATE videos SET video_description = 'red' || chr(27) || '[31m' || chr(10) || chr(8238) || video_description",
    )
    edit(other, "UPDATE users SET username = chr(27) || ']0;title' || username")
    edit(other, "INSERT INTO terms (field, term) VALUES (repeat('long ', 50), repeat('long ', 50))")
    outcome = run("diff", dataset, other, "--examples", "20")
    assert "red\ufffd[31m \ufffd" in outcome.stdout
    assert not set(outcome.stdout) & {"\x1b", "\u202e"}
    assert max(map(len, outcome.stdout.splitlines()[3:])) <= 80


# A published digest


@pytest.mark.slow
def test_a_dataset_has_its_digest_as_an_argument_or_in_a_text(dataset: Path) -> None:
    digest = digest_of(dataset)
    Path("paper.txt").write_text(f"The digest is {digest.upper()}.\n")
    Path("tables.txt").write_text(run("digest", "--tables", dataset).stdout)
    for published in (digest, digest.upper(), "paper.txt", "tables.txt"):
        assert run("diff", dataset, published).exit_code == 0
    outcome = run("diff", dataset, "0" * 64)
    assert outcome.exit_code == 1
    assert digest in outcome.stdout


def test_published_digests_of_tables_tell_which_table_differs(dataset: Path, other: Path) -> None:
    Path("digest.json").write_text(run("digest", "--json", dataset).stdout)
    edit(other, "UPDATE comments SET text = 'edited'", "CREATE TABLE notes (note VARCHAR)", "DROP VIEW video_terms")
    edit(other, "DROP TABLE terms")
    outcome = run("diff", other, "digest.json")
    assert outcome.exit_code == 1
    for line in (
        "comments: different",
        "notes: only in the dataset",
        "terms: only in the published one",
        "users: equal",
    ):
        assert f"\n{line}\n" in outcome.stdout
    assert json.loads(run("diff", other, "digest.json", "--json").stdout)["tables"]["videos"] == "equal"
    assert run("diff", dataset, "digest.json").exit_code == 0


def test_the_digests_of_the_tables_are_printed(dataset: Path) -> None:
    printed = run("digest", "--tables", dataset).stdout
    tables = json.loads(run("digest", "--json", dataset).stdout)["tables"]
    assert printed.startswith(f"{digest_of(dataset)}\n\n")
    for name, each in tables.items():
        (line,) = [line for line in printed.splitlines() if line.startswith(f"{name} ")]
        assert line.split() == [name, f"{each['rows']:,}", f"{each['digest'][:32]}…"]
    assert max(map(len, printed.splitlines())) <= 80


# Not comparable


def no_dataset(path: Path) -> None:
    edit(path, "CREATE TABLE videos (id BIGINT)")


def other_tables(path: Path) -> None:
    edit(path, "CREATE TABLE study (digest VARCHAR)", "CREATE TABLE notes (note VARCHAR)")


UNUSABLE: dict[str, tuple[Callable[[Path], Any], str]] = {
    "missing": (lambda path: None, "b.duckdb does not exist"),
    "folder": (Path.mkdir, "b.duckdb cannot be"),
    "text": (lambda path: path.write_text("no digest"), "it has 0 numbers of 64 hex digits"),
    "other": (no_dataset, "not a dataset: it has no table study"),
    "disjoint": (other_tables, "have no table in common"),
}


@pytest.mark.parametrize("case", UNUSABLE)
def test_what_cannot_be_compared_ends_with_status_2_and_a_sentence(case: str, dataset: Path) -> None:
    make, sentence = UNUSABLE[case]
    make(Path("b.duckdb"))
    outcome = run("diff", dataset, "b.duckdb")
    assert (outcome.exit_code, outcome.stdout) == (2, "")
    assert sentence in " ".join(outcome.stderr.split())


def test_a_first_file_that_does_not_exist_ends_with_status_2(dataset: Path) -> None:
    for second in (str(dataset), "0" * 64):
        outcome = run("diff", "missing.duckdb", second)
        assert (outcome.exit_code, outcome.stderr) == (2, "missing.duckdb does not exist.\n")
