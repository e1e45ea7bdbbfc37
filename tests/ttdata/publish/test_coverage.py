"""Coverage of a list of ids: the counts are those of id_status, and the intervals are Wilson's."""

from collections.abc import Iterator

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ttdata.errors import StorageFault
from ttdata.publish.coverage import Share, coverage, wilson

OLD, NEW = 1_704_067_200 << 32, 1_767_225_600 << 32  # posted on 2024-01-01 and 2026-01-01


@pytest.fixture
def con() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as con:
        con.execute("CREATE TABLE requests AS SELECT TIMESTAMP '2026-06-01 12:00:00' AS sent_at")
        con.execute("CREATE TABLE ids (listed VARCHAR, video_id BIGINT, donor VARCHAR, title VARCHAR)")
        con.execute("CREATE TABLE id_status (listed VARCHAR, video_id BIGINT, status VARCHAR, searches INTEGER)")
        states = ["found"] * 6 + ["gone"] * 2 + ["missing"] * 2 + ["not_an_id"]
        for number, state in enumerate(states):
            video_id = None if state == "not_an_id" else (OLD if number % 2 else NEW) + number
            donor = None if number == 0 else "ab"[number % 2]
            con.execute(
                "INSERT INTO ids VALUES (?, ?, ?, ?)", [f"{number}", video_id, donor, f"{number} of {number}" * 3]
            )
            con.execute("INSERT INTO id_status VALUES (?, ?, ?, 1)", [f"{number}", video_id, state])
        for number in range(100, 125):
            con.execute("INSERT INTO ids VALUES (?, ?, 'b', ?)", [f"{number}", OLD + number, f"title {number}"])
            con.execute("INSERT INTO id_status VALUES (?, ?, 'found', 1)", [f"{number}", OLD + number])
        yield con


def test_the_counts_are_those_of_the_list_in_all_by_age_and_by_stratum(con: duckdb.DuckDBPyConnection) -> None:
    shares = coverage(con)
    assert shares[0] == Share("all", "all", 36, 31, 2, 2, 1)
    assert [(each.by, each.value, each.listed) for each in shares[1:]] == [
        *(("age in years", value, count) for value, count in (("0", 5), ("2", 30), ("unknown", 1))),
        *(("donor", value, count) for value, count in (("a", 5), ("b", 30), ("not given", 1))),
    ]
    assert shares[0].share == pytest.approx(31 / 35)
    assert shares[3].interval is None


def test_a_column_that_the_list_does_not_have_is_named(con: duckdb.DuckDBPyConnection) -> None:
    with pytest.raises(StorageFault, match=r"no column 'party'\. Columns beside the id: donor, title"):
        coverage(con, ["party"])
    con.execute("DROP TABLE ids")
    with pytest.raises(StorageFault, match="not built from a list of ids"):
        coverage(con)


def test_wilsons_interval_has_the_published_values() -> None:
    # As in table 1 of Newcombe 1998 (Statistics in Medicine 17, 857-872), method 3.
    for hits, tries, low, high in ((81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0, 0.1611)):
        assert wilson(hits, tries) == pytest.approx((low, high), abs=5e-5)


@given(st.integers(1, 10**6).flatmap(lambda tries: st.tuples(st.integers(0, tries), st.just(tries))))
def test_an_interval_contains_its_share_and_is_one_of_shares(counts: tuple[int, int]) -> None:
    low, high = wilson(*counts)
    assert 0 <= low <= counts[0] / counts[1] + 1e-12
    assert counts[0] / counts[1] - 1e-12 <= high <= 1
