"""Every kind of source: its requests are planned, its records are stored, and its rows refer to rows that exist."""

import re
import shutil
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pytest

from mockserver.world.world import world
from tests.support import FOLDER
from tests.ttdata.tables.test_comments import UNCOMMENTED
from tests.ttdata.worlds import collect_study, mock_tenant
from ttdata.audit.checks import findings, prepared
from ttdata.build.dataset import build
from ttdata.build.explain import explain
from ttdata.plan.cost import Costs
from ttdata.plan.counting import costs
from ttdata.plan.plan import Plan
from ttdata.source_kinds import ITEM_KEYS, KINDS, VIDEO_TABLES, item_column, item_tables
from ttdata.study.schema import schema
from ttdata.study.study import Study
from ttdata.tables.declared import create, create_accounts, key_of, sql

DAYS = ["2025-01-01", "2025-02-15"]


def public_accounts() -> list[str]:
    """Accounts whose lists of following, likes and reposts are public."""
    population = world(1, 100_000).population
    accounts = [
        account
        for account in range(3000)
        if all(
            population.shows(account, what, share)
            for what, share in (("likes", 0.06), ("reposts", 0.3), ("user_following", 0.8))
        )
    ]
    return [str(name) for name in population.names(population.visible(np.array(accounts)))]


def full_study() -> dict[str, Any]:
    """A study with a source of every kind, and with two sources of some kinds."""
    sources: dict[str, Any] = {
        "accounts": [{"username": name, "shop_name": name.split(".")[0]} for name in public_accounts()[:8]],
        "videos": {"where": {"all": [{"region_code": ["US", "GB", "DE"]}, {"hashtag_name": ["fyp"]}]}, "during": DAYS},
        "comments": {"of": "videos", "where": "comment_count > 0", "top": {"by": "view_count", "k": 3}, "max": 300},
        "replies": {"of": "comments", "top": {"by": "reply_count", "k": 5}},
        "users": {"of": "videos", "sample": {"k": 6, "seed": 1}},
        "users_friends": {"of": "following_hop2", "sample": {"k": 3, "seed": 2}},
        "followers": {"of": "users", "top": {"by": "follower_count", "k": 2}, "max": 200},
        "following": {"of": "accounts", "max": 100},
        "following_hop2": {"of": "following", "sample": {"k": 2, "seed": 2, "per": "follower"}, "max": 100},
        "liked": {"of": "accounts"},
        "pinned": {"of": "accounts"},
        "reposted": {"of": "accounts", "max": 100},
        "comments_reposted": {"of": "reposted", "top": {"by": "view_count", "k": 2}, "max": 100},
        "playlists": {"of": "videos", "sample": {"k": 5, "seed": 3}},
        "comments_playlists": {"of": "playlists", "where": "position = 1", "sample": {"k": 2, "seed": 1}, "max": 100},
        "shops": {"names": ["Anna Lee Shop", "Ben Wolf Shop", "Clara Garcia Shop"]},
        "shops_own": {"of": "accounts", "sample": {"k": 3, "seed": 1}},
        "products": {"of": "shops"},
        "reviews": {"of": "products", "where": "product_review_count > 0", "sample": {"k": 3, "seed": 1}},
    }
    return {"study": "everything", "datasets": {"all": sources}}


def full_plan() -> Plan:
    return Plan.of(Study.check(full_study(), today=date(2026, 11, 1)))


@pytest.fixture(scope="module")
def full_build(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Costs]:
    """A folder in which the full study was built, and the costs in its plan. Tests do not change the folder."""
    folder = tmp_path_factory.mktemp("everything")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        estimate = costs(full_plan())
        with mock_tenant() as connect:
            build(collect_study(full_study(), connect), "all", FOLDER.dataset("all"))
    return folder, estimate


@pytest.fixture
def rows(full_build: tuple[Path, Costs]) -> Any:
    with duckdb.connect(str(full_build[0] / FOLDER.dataset("all")), read_only=True) as con:
        yield lambda query: con.execute(query).fetchall()


def test_every_source_returns_records_and_every_table_has_rows(rows: Any) -> None:
    empty = rows("SELECT source FROM slices GROUP BY source HAVING sum(records) = 0")
    assert empty == []
    tables = {table for (table,) in rows("SELECT table_name FROM duckdb_tables()")}
    assert {*VIDEO_TABLES, *(kind.table for kind in KINDS.values())} < tables
    for table in tables - {"videos_gone", "list_entries", "oddities", "removed"}:
        assert rows(f"SELECT true FROM {table} LIMIT 1"), table


def test_the_key_of_a_table_identifies_its_rows(rows: Any) -> None:
    keys = {table: ", ".join(key_of(table)) for (table,) in rows("SELECT table_name FROM duckdb_tables()")}
    for table in (table for table, key in keys.items() if key):
        assert rows(f"SELECT count(*) FROM {table}") == rows(f"SELECT count(DISTINCT ({keys[table]})) FROM {table}"), (
            table
        )
    tables = {*VIDEO_TABLES, *(kind.table for kind in KINDS.values())}
    assert [table for table in tables if not keys[table]] == []


def test_every_table_view_and_column_has_a_comment(rows: Any) -> None:
    assert rows(UNCOMMENTED) == []


@pytest.mark.parametrize(
    ("child", "parents"),
    [
        ("SELECT video_id FROM video_hashtags", "SELECT id FROM videos"),
        (
            "SELECT video_id FROM comments",
            "SELECT id FROM videos UNION FROM (SELECT video_id FROM user_video_links) "
            "UNION FROM (SELECT video_id FROM playlist_videos)",
        ),
        ("SELECT username FROM users", "SELECT username FROM videos UNION SELECT followed FROM following"),
        ("SELECT followed FROM followers", "SELECT username FROM users"),
        ("SELECT follower FROM following", "SELECT username FROM accounts UNION SELECT followed FROM following"),
        ("SELECT username FROM user_video_links", "SELECT username FROM accounts"),
        ("SELECT playlist_id FROM playlists", "SELECT playlist_id FROM videos"),
        ("SELECT playlist_id FROM playlist_videos", "SELECT playlist_id FROM playlists"),
        ("SELECT shop_id FROM products", "SELECT shop_id FROM shops"),
        ("SELECT product_id FROM reviews", "SELECT product_id FROM products"),
        ("SELECT (raw, seq) FROM seen", "SELECT (raw, seq) FROM requests"),
        ("SELECT raw FROM requests", "SELECT raw FROM slices"),
        ("SELECT source FROM seen", "SELECT source FROM slices"),
    ],
)
def test_every_row_refers_to_a_row_that_exists(rows: Any, child: str, parents: str) -> None:
    assert rows(f"({child}) EXCEPT ({parents})") == []


@pytest.mark.slow
def test_a_dataset_takes_only_its_own_items_from_the_pages_of_another(
    full_build: tuple[Path, Costs], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    few = full_study()["datasets"]["all"]
    for source, declared in few.items():
        if source not in ("accounts", "videos", "shops"):
            declared["sample"] = {"k": 2, "seed": 5}
    shared, alone = tmp_path / "shared", tmp_path / "alone"
    shutil.copytree(full_build[0], shared)
    alone.mkdir()
    digests = []
    for folder in (shared, alone):
        monkeypatch.chdir(folder)
        with mock_tenant() as connect:
            plan = collect_study({"study": "few", "datasets": {"few": few}}, connect)
        digests.append(build(plan, "few", FOLDER.dataset("few")).digest)
    assert digests[0] == digests[1]


def test_every_record_can_be_explained(rows: Any) -> None:
    # A playlist is part of the page with its first videos, and not a record of its own.
    assert (
        rows(
            "SELECT source, sum(records) + CASE WHEN source = 'playlists' THEN sum(items) - sum(refused) ELSE 0 END "
            "FROM slices GROUP BY source EXCEPT SELECT source, count(*) FROM seen GROUP BY source"
        )
        == []
    )


def test_the_audit_finds_nothing_in_a_world_without_faults(full_build: tuple[Path, Costs]) -> None:
    with prepared(full_build[0] / FOLDER.dataset("all")) as con:
        assert [(finding.check.name, finding.examples) for finding in findings(con)] == []


def test_each_source_costs_what_its_plan_says(
    full_build: tuple[Path, Costs], rows: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, estimate = full_build
    monkeypatch.chdir(folder)
    after = costs(full_plan())
    for source, sent in rows("SELECT source, sum(requests) FROM slices GROUP BY source"):
        assert estimate.sources[source].min <= sent <= estimate.sources[source].max, source
        assert set(after.sources[source]) == {sent}, source
    assert after.done == after.total.min == rows("SELECT count(*) FROM requests")[0][0]


def test_lists_with_page_numbers_are_requested_to_the_last_page(rows: Any) -> None:
    assert rows(
        "SELECT count(*) FROM products JOIN (SELECT product_id, count(*) AS got FROM reviews GROUP BY ALL) "
        "USING (product_id) WHERE got <> product_review_count"
    ) == [(0,)]
    assert rows("SELECT count(*) > 10 FROM products") == [(True,)]


@pytest.mark.parametrize("name", KINDS)
def test_every_documented_field_is_read_by_the_table_of_its_kind(name: str) -> None:
    kind = KINDS[name]
    read = sql(kind.table)
    assert [field.name for field in kind.row.codebook if field.by_default and field.name not in read] == []


@pytest.mark.parametrize("parent", ["accounts", "videos", *KINDS])
def test_the_items_of_a_kind_are_a_column_of_its_parent(parent: str) -> None:
    with duckdb.connect() as con:
        table = item_tables(parent)[-1]
        if parent == "accounts":
            create_accounts(con, [{"username": "a", "shop_name": "b"}])
        else:
            create(con, table)
        columns = {name for name, *_ in con.execute(f"DESCRIBE {table}").fetchall()}
    assert {item_column(kind, parent) for kind in KINDS} - {None} <= columns


def test_every_kind_is_in_the_schema_and_its_item_key_in_the_table_requests() -> None:
    patterns = schema()["properties"]["datasets"]["additionalProperties"]["patternProperties"]
    assert [pattern.strip("^$").split("(")[0] for pattern in patterns] == list(KINDS)
    assert all(f"request->>'{key}'" in sql("requests") for key in ITEM_KEYS)


# The column of each table by which `explain` finds its rows.
KNOWN_BY = {
    "videos": "id",
    "video_hashtags": "video_id",
    "comments": "id",
    "users": "username",
    "followers": "follower",
    "following": "followed",
    "user_video_links": "video_id",
    "playlists": "playlist_id",
    "shops": "shop_id",
    "products": "product_id",
}


@pytest.mark.parametrize("table", KNOWN_BY)
def test_explain_prints_the_source_slice_request_and_time_of_any_row(
    full_build: tuple[Path, Costs], rows: Any, table: str
) -> None:
    dataset = full_build[0] / FOLDER.dataset("all")
    for (record,) in rows(f"SELECT {KNOWN_BY[table]} FROM {table} USING SAMPLE 3 (reservoir, 7)"):
        returned, sent, stored = explain(dataset, str(record)).splitlines()[:3]
        assert re.match(rf"{re.escape(str(record))} was returned by \w+, (search|slice) \S+", returned)
        assert re.match(r"  sent 2026-06-01 \d\d:\d\d:\d\d UTC, log_id \w+", sent)
        assert re.match(r"  raw/\S+\.ndjson\.zst, answer \d+", stored)
