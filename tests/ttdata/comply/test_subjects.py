"""Each id of a dataset is checked once, wherever it is, and nothing of which the dataset has no data."""

import duckdb

from ttdata.comply.subjects import ids_of, unchecked
from ttdata.comply.tasks import batches


def dataset() -> duckdb.DuckDBPyConnection:
    con = duckdb.connect()
    con.execute("CREATE TABLE videos AS SELECT unnest([7302470379501604128, 9, 10]) AS id")
    con.execute("CREATE TABLE videos_gone AS SELECT 11::BIGINT AS id")
    con.execute("CREATE TABLE user_video_links AS SELECT unnest([9, 12]) AS video_id")
    con.execute("CREATE TABLE users (username VARCHAR, refused VARCHAR)")
    con.execute("INSERT INTO users VALUES ('b', NULL), ('a', NULL), ('never disclosed', 'UserNotFound')")
    con.execute("CREATE TABLE user_observations (username VARCHAR, refused VARCHAR)")
    con.execute("INSERT INTO user_observations VALUES ('lost since', NULL), ('lost since', 'UserPrivate'), ('a', NULL)")
    con.execute("CREATE TABLE followers AS SELECT 'c' AS follower")
    con.execute("CREATE TABLE shops (shop_id BIGINT)")
    return con


def test_ids_are_exact_and_each_is_there_once() -> None:
    assert ids_of(dataset(), "video") == ["9", "10", "11", "12", "7302470379501604128"]
    assert ids_of(dataset(), "comment") == []


def test_an_account_that_was_never_disclosed_is_not_checked() -> None:
    assert ids_of(dataset(), "user") == ["a", "b", "lost since"]


def test_tables_that_nothing_can_check_are_named_with_their_rows() -> None:
    assert unchecked(dataset()) == {"followers": 1}


def test_batches_keep_categories_apart() -> None:
    ids = {"video": [str(each) for each in range(5)], "comment": ["7"], "user": ["a"]}
    assert [(each.category, each.ids) for each in batches(ids, 3)] == [  # type: ignore[arg-type]
        ("video", ("0", "1", "2")),
        ("video", ("3", "4")),
        ("comment", ("7",)),
    ]
