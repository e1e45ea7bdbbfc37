"""Selections of a parent's rows: a condition, the top rows of each group, a reproducible sample."""

from datetime import date
from hashlib import sha256
from typing import Any

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support import small_study
from ttdata.errors import StudyFault
from ttdata.study.conditions import Refused, Selector
from ttdata.study.selections import Sample, Selection, Top
from ttdata.study.study import Study
from ttdata.tables.declared import create, create_accounts

# id, username, region_code, view_count, day of January
VIDEOS = [
    (1, "ana", "DE", 50, 1),
    (2, "ana", "DE", 40, 2),
    (3, "ben", "AT", 40, 2),
    (4, "ben", "AT", 30, 9),
    (5, "cem", None, None, 9),
    (6, "cem", "DE", 10, 31),
]


def select(
    selection: Selection, column: str = "id", videos: list[tuple[Any, ...]] = VIDEOS, requestable: str = "true"
) -> list[str]:
    with duckdb.connect() as con:
        create(con, "videos")
        con.execute(
            "INSERT INTO videos (id, username, region_code, view_count, create_time) "
            "SELECT v.id, v.username, v.region, v.views, make_timestamp(2025, 1, v.day, 12, 0, 0) FROM (SELECT unnest("
            "?::STRUCT(id BIGINT, username VARCHAR, region VARCHAR, views BIGINT, day BIGINT)[]) AS v)",
            [[dict(zip(("id", "username", "region", "views", "day"), each, strict=True)) for each in videos]],
        )
        return Selector(con, "videos").items(column, requestable, selection)


@pytest.mark.parametrize(
    ("where", "ids"),
    [
        ("region_code = 'DE'", "126"),
        ("view_count > 30 AND region_code IN ('AT', 'CH')", "3"),
        ("NOT (username = 'ana' OR view_count IS NULL)", "346"),
        ("create_time >= '2025-01-09' AND username LIKE 'b%'", "4"),
        ("date_part('day', create_time) BETWEEN 2 AND 9 -- in the first days", "2345"),
        ("length(username || region_code) = 5 AND view_count % 20 = 10", "146"),
        ("username ~ '^[ab]'", "1234"),
        ("coalesce(view_count, 0) < 20", "56"),
        ("false", ""),
    ],
)
def test_a_condition_selects_rows(where: str, ids: str) -> None:
    assert "".join(select(Selection(where=where))) == ids


def test_items_are_unique_and_never_empty() -> None:
    assert select(Selection(), "username") == ["ana", "ben", "cem"]
    assert select(Selection(), "region_code", [*VIDEOS, (7, "dua", "", 1, 1)]) == ["AT", "DE"]
    assert select(Selection(), requestable="view_count IS NOT NULL") == list("12346")


@pytest.mark.parametrize(
    ("top", "ids"),
    [
        (Top("view_count", 1), "1"),
        (Top("view_count", 2), "13"),  # 2 and 3 have equal views; 3 is newer
        (Top("create_time", 1), "6"),
        (Top("view_count", 1, per="region_code"), "135"),
        (Top("view_count", 1, per="username"), "136"),
        (Top("view_count", 1, per="day"), "1346"),
        (Top("view_count", 1, per="week"), "146"),
        (Top("view_count", 2, per="month"), "13"),
        (Top("view_count", 9), "123456"),
    ],
)
def test_the_top_rows_of_each_group_are_selected(top: Top, ids: str) -> None:
    assert "".join(select(Selection(top=top))) == ids


def test_of_equal_videos_the_newer_one_is_selected() -> None:
    equal = [(1, "zoe", "DE", 5, 1), (2, "amy", "DE", 5, 1)]
    assert select(Selection(top=Top("view_count", 1)), "username", equal) == ["amy"]


def test_the_condition_is_applied_first_then_the_top_then_the_sample() -> None:
    top, one = Top("view_count", 2), Sample(k=1, seed=4)
    assert select(Selection("view_count < 50", top)) == ["2", "3"]
    assert set(select(Selection("view_count < 50", top, one))) < {"2", "3"}
    # The sample is drawn from the accounts of the top videos.
    assert select(Selection(top=Top("view_count", 1), sample=one), "username") == ["ana"]


@pytest.mark.slow
def test_a_sample_draws_accounts_and_not_their_videos() -> None:
    videos = [(number, "loud" if number > 9 else f"quiet{number}", "DE", 1, 1) for number in range(1, 500)]
    draws = [select(Selection(sample=Sample(k=1, seed=seed)), "username", videos)[0] for seed in range(30)]
    assert draws.count("loud") < 15


def test_a_sample_depends_only_on_its_seed() -> None:
    rows = [(number, f"u{number}", "DE", 1, 1) for number in range(1, 101)]
    for seed in (7, 8):
        ranked = sorted(range(1, 101), key=lambda number: sha256(f"{seed}:{number}".encode()).hexdigest())
        assert {*select(Selection(sample=Sample(k=5, seed=seed)), videos=rows)} == set(map(str, ranked[:5]))


@pytest.mark.slow
@settings(max_examples=25, deadline=None)
@given(st.sets(st.integers(1, 10**6), max_size=25), st.integers(1, 30), st.integers(0, 30), st.integers(0, 2**63))
def test_a_larger_sample_contains_the_smaller_and_a_new_row_replaces_at_most_one(
    ids: set[int], k: int, more: int, seed: int
) -> None:
    rows = [(each, f"u{each}", "DE", 1, 1) for each in sorted(ids)]
    smaller = set(select(Selection(sample=Sample(k, seed)), videos=rows))
    assert len(smaller) == min(k, len(ids))
    assert smaller <= set(select(Selection(sample=Sample(k + more, seed)), videos=rows))
    with_new_row = set(select(Selection(sample=Sample(k, seed)), videos=[*rows, (10**7, "new", "DE", 1, 1)]))
    assert len(smaller - with_new_row) <= 1


def test_a_sample_is_drawn_from_each_group() -> None:
    ids = select(Selection(sample=Sample(k=1, seed=1, per="username")))
    assert [len({*ids} & group) for group in ({"1", "2"}, {"3", "4"}, {"5", "6"})] == [1, 1, 1]


@pytest.mark.parametrize(
    "where",
    [
        "id IN (SELECT 1)",
        "EXISTS (FROM read_csv('/etc/passwd'))",
        "id = 1) FROM read_csv('/etc/passwd') WHERE (true",
        "id = 1); COPY videos TO '/tmp/stolen'; SELECT (true",
        "id = 1) UNION SELECT (true",
        "read_text('/etc/passwd') IS NULL",
        "getvariable('raw') IS NULL",
        "current_setting('temp_directory') = ''",
        "getenv('HOME') = ''",
        "random() < 0.5",
        "now() > create_time",
        "current_date > create_time",
        "count(*) > 1",
        "row_number() OVER () = 1",
        "nextval('x') = 1",
        "query('SELECT 1') = 1",
        "COLUMNS(*) IS NULL",
        "$1 = 1",
        "id = ANY (SELECT 1)",
        "list_filter(hashtag_names, lambda each: each = 'x') = []",
        "main.lower(username) = 'a'",
        "true, false",
        "not " * 600 + "true",
        "id = 1\0",
        "/*",
        "-- nothing",
    ],
)
def test_nothing_but_a_condition_on_the_table_is_run(where: str) -> None:
    with pytest.raises(Refused):
        select(Selection(where=where))


def test_the_connection_that_runs_a_condition_cannot_open_files() -> None:
    with duckdb.connect() as con:
        create(con, "videos")
        Selector(con, "videos").items("id", "true", Selection())
        with pytest.raises(duckdb.PermissionException):
            con.execute("FROM read_text('/etc/passwd')")


def problem_of(**comments: Any) -> str:
    study = small_study()
    study["datasets"]["small"]["comments"] = {"of": "videos"} | comments
    with pytest.raises(StudyFault) as fault:
        Study.check(study, today=date(2026, 11, 1))
    (problem,) = fault.value.problems
    return problem


@pytest.mark.parametrize(
    ("selection", "sentence"),
    [
        (
            {"where": "coment_count > 0"},
            "comments.where: videos has no column 'coment_count'. Did you mean 'comment_count'? Allowed: id, ",
        ),
        ({"where": "comment_count > 'many'"}, "comments.where: The condition cannot be used: Could not convert string"),
        ({"where": "create_time > '2025-13-01'"}, "comments.where: The condition cannot be used: "),
        ({"where": "region_code > 5"}, "comments.where: The condition cannot be used: Cannot compare values of type"),
        ({"where": "comment_count"}, "comments.where: This is a value, not a condition. Compare it with something"),
        ({"where": "comment_count >"}, "comments.where: This is not an SQL condition: syntax error"),
        ({"where": "a > 1, b > 1"}, "comments.where: This is not a single condition. Write it as you would after"),
        (
            {"where": "id IN (SELECT id)"},
            "comments.where: A condition compares columns with values; it cannot contain a subquery",
        ),
        ({"where": "random() > 0.5"}, "comments.where: A condition cannot use the function 'random'."),
        ({"where": " "}, "comments.where: This is not a single condition."),
        ({"where": "x" * 2001}, "comments.where: The text is too long; the maximum is 2000 characters."),
        ({"top": {"by": "views", "k": 1}}, "comments.top.by: videos has no column 'views'. "),
        (
            {"top": {"by": "username", "k": 1}},
            "comments.top.by: 'username' is neither a number nor a time. Allowed: id,",
        ),
        ({"top": {"by": "view_count"}}, "comments.top: The key 'k' is missing."),
        (
            {"top": {"by": "view_count", "k": 1, "per": "regioncode"}},
            "comments.top.per: videos has no column 'regioncode'. Did you mean 'region_code'?",
        ),
        ({"sample": {"k": 5}}, "comments.sample: The key 'seed' is missing."),
        ({"sample": {"k": 5, "seed": 1, "per": "year"}}, "comments.sample.per: videos has no column 'year'."),
    ],
)
def test_a_mistake_is_reported_when_the_study_is_read(selection: dict[str, Any], sentence: str) -> None:
    assert sentence in problem_of(**selection)


def test_a_column_that_is_not_requested_cannot_be_used_in_a_selection() -> None:
    study = small_study()
    study["datasets"]["small"]["videos"]["fields"] = ["id", "username", "view_count"]
    study["datasets"]["small"]["comments"] = {"of": "videos", "where": "region_code = 'DE'"}
    study["datasets"]["small"]["users"] = {"of": "videos", "sample": {"k": 1, "seed": 1, "per": "week"}}
    with pytest.raises(StudyFault) as fault:
        Study.check(study, today=date(2026, 11, 1))
    assert fault.value.problems == [
        "datasets.small.comments: This needs the field 'region_code'; add it to videos.fields.",
        "datasets.small.users: This needs the field 'create_time'; add it to videos.fields.",
    ]


ACCOUNTS = [{"username": "anna", "Party": "Greens"}, {"username": "ben", "Party": 'the "Left"'}]


def test_the_columns_of_your_own_accounts_can_be_used() -> None:
    study = small_study(datasets={"small": {"accounts": ACCOUNTS, "users": {"of": "accounts", "where": "party > 'H'"}}})
    accounts = Study.check(study, today=date(2026, 11, 1)).datasets[0].accounts
    with duckdb.connect() as con:
        create_accounts(con, accounts)
        assert Selector(con, "accounts").items("username", "true", Selection("PARTY > 'H'")) == ["ben"]
    for declared in (["anna"], ACCOUNTS):
        study["datasets"]["small"] = {"accounts": declared, "users": {"of": "accounts", "where": "parti = 'x'"}}
        with pytest.raises(StudyFault, match=r"users\.where: accounts has no column 'parti'"):
            Study.check(study, today=date(2026, 11, 1))


def test_a_condition_that_fails_on_a_row_is_reported() -> None:
    with pytest.raises(Refused, match="The condition failed on a row: Could not convert string 'ana' to INT"):
        select(Selection(where="CAST(username AS INTEGER) > 1"))
