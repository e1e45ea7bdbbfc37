"""The content digest: it depends on what a dataset contains, and not on how its file came about."""

import hashlib
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from ttdata.build.digest import (
    PROVENANCE,
    TableDigest,
    data_tables,
    digest,
    digest_of,
    digests,
    label_tables,
    row_count,
    table_digest,
    table_digests_of,
    total,
)
from ttdata.errors import StorageFault

VIDEOS = """
CREATE TABLE videos (id BIGINT, create_time TIMESTAMP, "full text" VARCHAR, hashtag_names VARCHAR[]);
INSERT INTO videos VALUES
    (7302470379501604128, '2025-01-01 12:00:00', 'Grüße "aus" Wald & Wiese', ['fyp', 'wald']),
    (2, NULL, NULL, NULL);
"""
VIDEOS_DIGEST = "b61f3943da16587bbf5789427a535e7d5d1265996ec506d5e193514b253172b9"
MANY = "CREATE TABLE many AS SELECT range AS id, range % 7 AS likes FROM range(20_001)"
LABELLED = "CREATE TABLE labels (name VARCHAR); INSERT INTO labels VALUES ('topics'), ('moods')"


@pytest.fixture
def con() -> Iterator[duckdb.DuckDBPyConnection]:
    """A database in memory with one data table."""
    with database(VIDEOS) as con:
        yield con


def database(statements: str, path: Path | str = ":memory:") -> duckdb.DuckDBPyConnection:
    con = duckdb.connect(path)
    con.execute(statements)
    return con


def test_the_digest_of_a_table_is_the_same_in_every_version(con: duckdb.DuckDBPyConnection) -> None:
    """Digests are published: another one says that the data are others."""
    assert table_digest(con, "videos") == VIDEOS_DIGEST
    assert digests(con) == {"videos": VIDEOS_DIGEST}
    assert digest(con) == hashlib.sha256(bytes.fromhex(VIDEOS_DIGEST)).hexdigest()


def test_the_digest_of_a_dataset_is_that_of_its_tables_in_the_order_of_their_names() -> None:
    tables = {"videos": "ff", "comments": "00", "users": "a0"}
    assert total(tables) == total(dict(sorted(tables.items()))) == hashlib.sha256(b"\x00\xa0\xff").hexdigest()
    assert total({}) == hashlib.sha256(b"").hexdigest()


@pytest.mark.parametrize(
    "change",
    [
        "CREATE OR REPLACE TABLE many AS FROM many ORDER BY id DESC",
        "CREATE OR REPLACE TABLE many AS SELECT likes, id FROM many ORDER BY likes",
        "SET threads = 1",
        "COMMENT ON TABLE many IS 'others'; COMMENT ON COLUMN many.likes IS 'per second'",
        "ALTER TABLE many ALTER likes SET DEFAULT 5; CREATE INDEX ids ON many (id)",
        "ATTACH ':memory:' AS other; CREATE TABLE other.many (note VARCHAR); CREATE TABLE other.users (id BIGINT)",
        "CREATE VIEW few AS FROM many LIMIT 3",
        "CREATE TEMP TABLE stage AS FROM many",
        "CREATE TABLE oddities (id BIGINT); CREATE TABLE study (id BIGINT)",
        "CREATE TABLE video_observations (id BIGINT); CREATE TABLE videos_gone (id BIGINT)",
    ],
)
def test_equal_data_have_the_same_digest_however_they_are_stored(change: str) -> None:
    with database(MANY) as con:
        before = digest(con)
        con.execute(change)
        assert digest(con) == before


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE videos SET id = 3 WHERE id = 2",
        "UPDATE videos SET create_time = create_time + INTERVAL 1 MILLISECOND",
        'UPDATE videos SET "full text" = NULL WHERE id <> 2',
        'UPDATE videos SET "full text" = id WHERE id = 2',
        "UPDATE videos SET hashtag_names = ['wald', 'fyp'] WHERE id <> 2",
        "UPDATE videos SET hashtag_names = [] WHERE id = 2",
        "DELETE FROM videos WHERE id = 2",
        "INSERT INTO videos FROM videos WHERE id = 2",
        "ALTER TABLE videos ALTER id TYPE HUGEINT",
        "ALTER TABLE videos RENAME create_time TO created",
        "ALTER TABLE videos ADD COLUMN region_code VARCHAR",
        "ALTER TABLE videos RENAME TO films",
        "CREATE TABLE users (id BIGINT)",
    ],
)
def test_other_data_have_another_digest(con: duckdb.DuckDBPyConnection, change: str) -> None:
    before = digest(con)
    con.execute(change)
    assert digest(con) != before


def test_each_of_many_rows_counts() -> None:
    with database(MANY) as con:
        seen = {table_digest(con, "many")}
        for number in (0, 9_999, 10_000, 20_000):
            con.execute(f"UPDATE many SET likes = likes + 1 WHERE id = {number}")
            seen.add(table_digest(con, "many"))
    assert len(seen) == 5


def test_provenance_and_the_study_s_own_labels_are_no_data_tables(con: duckdb.DuckDBPyConnection) -> None:
    con.execute("CREATE TABLE topics (id BIGINT); CREATE TABLE moods (id BIGINT); CREATE TABLE comments (id BIGINT)")
    for table in PROVENANCE:
        if table != "labels":
            con.execute(f"CREATE TABLE {table} (id BIGINT)")
    assert data_tables(con) == list(digests(con)) == ["comments", "moods", "topics", "videos"]
    con.execute(LABELLED)
    assert label_tables(con) == ["moods", "topics"]
    assert data_tables(con) == list(digests(con)) == ["comments", "videos"]
    assert table_digest(con, "topics") != table_digest(con, "moods")


def test_a_dataset_file_has_the_digest_of_its_tables_and_their_rows(own_folder: Path) -> None:
    path = own_folder / "small.duckdb"
    with database(VIDEOS, path) as con:
        con.execute("CREATE TABLE comments (id BIGINT)")
        tables = digests(con)
        assert (row_count(con, "videos"), row_count(con, "comments")) == (2, 0)
    assert table_digests_of(path) == {
        "comments": TableDigest(0, tables["comments"]),
        "videos": TableDigest(2, VIDEOS_DIGEST),
    }
    assert digest_of(path) == total(tables)


def test_a_file_that_is_no_dataset_has_no_digest(own_folder: Path) -> None:
    path = own_folder / "small.duckdb"
    for compute in (digest_of, table_digests_of):
        with pytest.raises(StorageFault) as missing:
            compute(path)
        assert str(missing.value) == f"{path} does not exist."
    path.write_text("no database")
    for compute in (digest_of, table_digests_of):
        with pytest.raises(StorageFault, match="cannot be read as a dataset"):
            compute(path)
