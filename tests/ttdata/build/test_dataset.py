"""Building: typed tables from whatever the API returns, without losing anything."""

import json
import unicodedata
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import duckdb
import pytest
import responses

from tests.support import FOLDER, small_study
from tests.ttdata.canned import api, connect, page
from ttdata.build.dataset import Built, build
from ttdata.build.digest import digest_of, digests, total
from ttdata.build.explain import explain
from ttdata.build.rank import ranked_ids
from ttdata.collect.shards import collect_shard
from ttdata.collect.slices import collect_slice
from ttdata.errors import DamagedPages, Fault, NotCollected, StorageFault
from ttdata.plan.plan import Plan
from ttdata.source_kinds import KINDS
from ttdata.store.id_files import read_ids, write_ids
from ttdata.study.study import Study
from ttdata.tables.files import Resources

OUT = Path("datasets/small.duckdb")
EMPTY = {"data": {"videos": [], "cursor": 0, "has_more": False}, "error": {"code": "ok"}}


@pytest.fixture
def plan(own_folder: Path) -> Plan:
    """Videos of two windows, and no other source."""
    return plan_of()


def videos(*records: dict[str, Any]) -> dict[str, Any]:
    answer = page([], len(records), more=False)
    answer["data"]["videos"] = list(records)
    return answer


def collect(plan: Plan, *answers: object) -> None:
    """Collect both windows. A window without an answer here is empty."""
    with responses.mock:
        responses.reset()
        api(*answers, EMPTY)
        for slice_ in plan.slices:
            collect_slice(plan, slice_, connect).write(plan.raw.receipt("videos", slice_.name))


def collect_and_build(plan: Plan, *answers: object) -> Built:
    collect(plan, *answers)
    return build(plan, "small", OUT)


def rows(query: str) -> list[Any]:
    with duckdb.connect(str(OUT), read_only=True) as con:
        return con.execute(query).fetchall()


def test_an_id_beyond_53_bits_stays_exact(plan: Plan) -> None:
    collect_and_build(plan, videos({"id": 7302470379501604128, "music_id": 9223372036854775807}))
    assert rows("SELECT id, music_id FROM videos") == [(7302470379501604128, 9223372036854775807)]


def test_a_name_is_requested_without_null_bytes_and_one_with_a_line_break_stays_one(own_folder: Path) -> None:
    plan = plan_of(users={"of": "videos"})
    names = ["an\0na", "anna", "two\nlines", '"quoted"']
    collect(plan, videos(*({"id": number, "username": name} for number, name in enumerate(names, 1))))
    ids = ranked_ids(plan, "small", "users")
    assert sorted(ids) == ['"quoted"', "anna", "two\nlines"]
    write_ids(FOLDER.ids("small", "users"), ids, plan.selection("small", "users"))
    assert read_ids(FOLDER.ids("small", "users")) == ids


def test_a_video_may_match_a_term_that_is_composed_of_other_characters(own_folder: Path) -> None:
    study = small_study()
    composed, decomposed = (unicodedata.normalize(form, "café") for form in ("NFC", "NFD"))
    study["datasets"]["small"] = {"videos": study["datasets"]["small"]["videos"]}
    study["datasets"]["small"]["videos"]["where"]["any"] = [{"hashtag_name": decomposed}, {"keyword": composed}]
    plan = Plan.of(Study.check(study, today=date(2026, 11, 1)))
    found = [{"id": 1, "hashtag_names": [composed]}, {"id": 2, "video_description": f"un {decomposed}"}]
    collect_and_build(plan, videos(*found))
    assert rows("SELECT video_id, field FROM video_terms ORDER BY 1") == [(1, "hashtag_name"), (2, "keyword")]


def plan_of(**dataset: Any) -> Plan:
    """A plan with the small study's two windows and other sources."""
    study = small_study()
    study["datasets"]["small"] = {"videos": study["datasets"]["small"]["videos"]} | dataset
    return Plan.of(Study.check(study, today=date(2026, 11, 1)))


def collect_source(plan: Plan, name: str, answers: dict[str, object] | None = None) -> None:
    """Rank and collect a source. answers: by item."""
    answers = answers or {}
    ids = ranked_ids(plan, "small", name)
    write_ids(FOLDER.ids("small", name), ids, plan.selection("small", name))
    source = plan.datasets[0].source(name)
    for shard in source.shards:
        with responses.mock:
            responses.reset()
            shard_answers = [answers[item] for item in sorted(ids) if shard.holds(item) and item in answers]
            api(*shard_answers, path=KINDS[source.kind].row.path.removeprefix("/v2/research/").rstrip("/"))
            receipt = collect_shard(plan, source, shard, ids, connect)
        receipt.write(plan.raw.receipt(name, shard.receipt))


def test_a_dataset_without_records_has_all_tables_with_their_types(own_folder: Path) -> None:
    plan = plan_of(comments={"of": "videos"}, users={"of": "videos"})
    collect(plan)
    for source in ("comments", "users"):
        collect_source(plan, source)
    received = {table: count for table, count in build(plan, "small", OUT).rows.items() if table != "terms"}
    assert set(received.values()) == {0}
    types = dict(rows("SELECT table_name || '.' || column_name, data_type FROM duckdb_columns()"))
    assert types["videos.id"] == types["comments.id"] == types["users.follower_count"] == "BIGINT"
    assert types["videos.create_time"] == "TIMESTAMP"
    assert types["videos.hashtag_names"] == "VARCHAR[]"


def test_a_dataset_has_no_tables_of_kinds_that_it_does_not_declare(plan: Plan) -> None:
    collect_and_build(plan)
    tables = {name for (name,) in rows("SELECT table_name FROM duckdb_tables()")}
    data = {"videos", "video_hashtags", "video_observations", "videos_gone", "terms"}
    assert tables == data | {
        "codebook",
        "study",
        "slices",
        "rounds",
        "requests",
        "seen",
        "list_entries",
        "oddities",
        "removed",
        "table_digests",
    }


def test_every_table_view_and_column_has_a_comment(plan: Plan) -> None:
    collect_and_build(plan)
    for kind in ("table", "view", "column"):
        assert rows(f"SELECT {kind}_name FROM duckdb_{kind}s() WHERE comment IS NULL AND NOT internal") == []


@pytest.mark.slow
def test_the_codebook_in_the_file_describes_every_column_and_its_values(plan: Plan) -> None:
    first, second = datetime(2026, 3, 1, tzinfo=UTC), datetime(2026, 3, 2, tzinfo=UTC)
    times = {"create_time": int(first.timestamp())}, {"create_time": int(second.timestamp()), "view_count": 7}
    collect_and_build(plan, videos(*({"id": number, **some} for number, some in enumerate(times, 1))))
    columns = rows("SELECT table_name, column_name, data_type FROM duckdb_columns() WHERE NOT internal ORDER BY ALL")
    described = rows("SELECT table_name, column_name, type FROM codebook ORDER BY ALL")
    assert described == [row for row in columns if row[0] != "codebook"]
    assert rows("SELECT table_name, column_name FROM codebook WHERE description = ''") == []
    of_videos = (
        "SELECT unit, missing, minimum, maximum FROM codebook WHERE table_name = 'videos' AND column_name = '{}'"
    )
    assert rows(of_videos.format("view_count")) == [("views", 1, "7", "7")]
    assert rows(of_videos.format("create_time")) == [("UTC", 0, "2026-03-01 00:00:00", "2026-03-02 00:00:00")]
    assert rows(of_videos.format("id")) == [("", 0, None, None)]
    query = "SELECT source, joins FROM codebook WHERE table_name = 'video_hashtags' AND column_name = 'video_id'"
    assert rows(query) == [("ttdata", "videos.id")]
    ((source,),) = rows("SELECT source FROM codebook WHERE table_name = 'videos' AND column_name = 'view_count'")
    assert source.startswith("https://developers.tiktok.com/doc/")


def test_different_spellings_and_cases_of_the_api_become_one(plan: Plan) -> None:
    collect_and_build(
        plan,
        videos(
            {"video_id": 5, "region_code": "us", "favourites_count": 3, "hashtag_names": ["ABC", "abc"]},
            {"id": 4, "region_code": "US", "favorites_count": 2, "create_time": 1736035223},
        ),
    )
    assert rows("SELECT id, region_code, favorites_count, create_time FROM videos ORDER BY id") == [
        (4, "US", 2, datetime(2025, 1, 5, 0, 0, 23)),
        (5, "US", 3, None),
    ]
    assert rows("FROM video_hashtags") == [(5, "abc")]


def test_a_video_that_was_returned_twice_has_one_row(plan: Plan) -> None:
    dataset = collect_and_build(plan, videos({"id": 5, "view_count": 1}), videos({"id": 5, "view_count": 1}))
    assert dataset.rows["videos"] == 1
    assert rows("SELECT sum(records) FROM slices") == [(2,)]


def test_unusual_characters_are_kept(plan: Plan) -> None:
    text = "nul\x00 \U0001f1e9\U0001f1ea \u202e\u05d0\u05d1\u202c 'quoted'; DROP TABLE videos; --"
    answer = json.dumps(videos({"id": 5, "video_description": text, "username": "half\ud83d"})).encode()
    collect_and_build(plan, answer)
    assert rows("SELECT video_description, username FROM videos") == [(text, "half\ufffd")]
    assert rows("SELECT repaired FROM requests WHERE records > 0") == [(True,)]


def test_a_field_that_the_api_added_is_reported(plan: Plan) -> None:
    assert collect_and_build(plan, videos({"id": 5, "shiny": 1})).unknown == ("shiny",)
    assert rows("SELECT unknown FROM slices WHERE records > 0") == [(["shiny"],)]


def test_records_that_duckdb_does_not_read_stop_the_build(plan: Plan) -> None:
    # ttapi counts records under any spelling of their key; a table without them must not be built silently.
    collect(plan, videos({"id": 5}))
    raw = plan.raw.pages("videos", plan.slices[0].name)
    import zstandard

    line = zstandard.ZstdDecompressor().decompress(raw.read_bytes())
    raw.write_bytes(zstandard.ZstdCompressor().compress(line.replace(b'"videos": [', b'"Movies": [')))
    with pytest.raises(StorageFault, match="Of 1 videos received, only 0 could be read"):
        build(plan, "small", OUT)
    assert not OUT.exists()


@pytest.mark.parametrize("damage", ["torn", "missing"])
def test_a_raw_file_with_a_lost_page_stops_the_build_and_the_old_dataset_is_kept(plan: Plan, damage: str) -> None:
    collect_and_build(plan, videos({"id": 5}))
    before = OUT.read_bytes()
    raw = plan.raw.pages("videos", plan.slices[0].name)
    raw.write_bytes(raw.read_bytes()[:-3]) if damage == "torn" else raw.unlink()
    with pytest.raises(DamagedPages, match=r"Delete raw/.*receipt\.json and build again"):
        build(plan, "small", OUT)
    assert OUT.read_bytes() == before
    assert list(OUT.parent.iterdir()) == [OUT]


def test_nothing_is_built_without_a_receipt(plan: Plan) -> None:
    with pytest.raises(NotCollected, match="is not collected yet"):
        build(plan, "small", OUT)


def test_a_receipt_of_another_version_is_refused_with_a_sentence(plan: Plan) -> None:
    collect(plan)
    plan.raw.receipt("videos", plan.slices[0].name).write_text('{"pages": 3}')
    with pytest.raises(
        NotCollected, match=r"receipt\.json is damaged, or another version of ttdata wrote it\. Delete it"
    ):
        build(plan, "small", OUT)


def test_every_record_is_explained_by_the_requests_that_returned_it(plan: Plan) -> None:
    collect_and_build(plan, videos({"id": 5}, {"id": 6}), videos({"id": 5}))
    assert rows("SELECT count(*) FROM seen JOIN requests USING (raw, seq)") == [(3,)]
    explanation = explain(OUT, "5")
    assert explanation.count("5 was returned by videos, search") == 2
    assert f"search {plan.slices[1].name} from 2025-01-31 to 2025-02-15" in explanation
    assert "sent 2026-06-01 12:00:00 UTC, log_id L" in explanation
    with pytest.raises(Fault, match="has no record 7"):
        explain(OUT, "7")


@pytest.mark.slow
def test_the_digest_depends_on_the_data_and_not_on_their_order_or_on_threads(plan: Plan) -> None:
    records = [{"id": number, "hashtag_names": [str(number)]} for number in range(1, 50)]
    first = collect_and_build(plan, videos(*records)).digest
    assert digest_of(OUT) == first
    assert build(plan, "small", OUT, Resources(threads=1, memory_mb=500)).digest == first
    for file in Path("raw").rglob("*.zst"):
        file.unlink()
    assert collect_and_build(plan, videos(*reversed(records))).digest == first
    for file in Path("raw").rglob("*.zst"):
        file.unlink()
    assert collect_and_build(plan, videos(*records[1:])).digest != first


def test_the_digests_of_the_tables_are_stored_and_make_up_that_of_the_dataset(plan: Plan) -> None:
    built = collect_and_build(plan, videos({"id": 1, "hashtag_names": ["a", "b"]}))
    stored = rows("SELECT table_name, row_count, digest FROM table_digests")
    assert [row[:2] for row in stored] == [("terms", 1), ("video_hashtags", 2), ("videos", 1)]
    tables = {table: digest for table, _, digest in stored}
    with duckdb.connect(str(OUT), read_only=True) as con:
        assert digests(con) == tables
    assert total(tables) == built.digest == digest_of(OUT)


def test_the_top_videos_are_ranked_by_their_count_and_newer_ones_first(own_folder: Path) -> None:
    plan = Plan.of(Study.check(small_study(), today=date(2026, 11, 1)))
    counts = {1: 10, 2: 30, 3: 20, 4: 20, 5: None, 6: 20, 7: 5}
    collect(plan, videos(*({"id": each, "username": f"u{each % 2}", "view_count": n} for each, n in counts.items())))
    assert ranked_ids(plan, "small", "comments") == ["2", "3", "4", "6"]
    assert ranked_ids(plan, "small", "users") == ["u0", "u1"]


REFUSED = {"error": {"code": "invalid_params", "message": "`username: gone` is invalid: cannot find the user"}}
PROFILE = {"data": {"display_name": "Here"}, "error": {"code": "ok"}}


def follows(*names: str) -> dict[str, Any]:
    accounts = [{"username": name, "display_name": name.upper()} for name in names]
    return {"data": {"user_following": accounts, "has_more": False, "cursor": 1}, "error": {"code": "ok"}}


@pytest.mark.slow
def test_sources_follow_a_network_step_by_step(own_folder: Path) -> None:
    plan = plan_of(users={"of": "videos"}, following={"of": "users"}, following_hop2={"of": "following"})
    collect(plan, videos({"id": 1, "username": "gone"}, {"id": 2, "username": "here"}))
    collect_source(plan, "users", {"gone": REFUSED, "here": PROFILE})
    collect_source(plan, "following", {"here": follows("friend", "here")})
    collect_source(plan, "following_hop2", {"friend": follows("far")})  # "here" is answered already
    build(plan, "small", OUT)
    assert rows("SELECT username, refused FROM users") == [("gone", "UserNotFound"), ("here", None)]
    assert rows("FROM following") == [
        ("friend", "far", "FAR"),
        ("here", "friend", "FRIEND"),
        ("here", "here", "HERE"),
    ]
    assert rows("SELECT source, id FROM seen WHERE source LIKE 'following%' ORDER BY ALL") == [
        *[("following", name) for name in ("friend", "here")],
        *[("following_hop2", name) for name in ("far", "friend", "here")],
    ]
    assert rows("SELECT item, count(*) FROM requests WHERE endpoint = 'user.following' GROUP BY ALL ORDER BY 1") == [
        ("friend", 1),
        ("here", 1),
    ]


def test_a_dataset_takes_only_its_own_items_from_a_shared_shard(own_folder: Path) -> None:
    plan = plan_of(users={"of": "videos"})
    collect(plan, videos({"id": 1, "username": "ours", "view_count": 1}))
    source = plan.datasets[0].source("users")
    profile = {"data": {"display_name": "A", "avatar_url": "http://a/b.jpeg?x-expires=1"}, "error": {"code": "ok"}}
    with responses.mock:
        api(profile, path="user/info")
        for shard in source.shards:
            collect_shard(plan, source, shard, ["theirs"], connect)
            collect_shard(plan, source, shard, ["ours"], connect).write(plan.raw.receipt("users", shard.receipt))
    write_ids(FOLDER.ids("small", "users"), ["ours"], plan.selection("small", "users"))
    build(plan, "small", OUT)
    assert rows("SELECT username, display_name, avatar_url FROM users") == [("ours", "A", "http://a/b.jpeg")]


def test_a_shop_that_was_found_by_two_names_has_the_first_of_them(own_folder: Path) -> None:
    study = small_study(datasets={"small": {"shops": {"names": ["tea", "green", "coffee"]}}})
    plan = Plan.of(Study.check(study, today=date(2026, 11, 1)))
    shop = {"data": {"shop_data": [{"shop_id": 7, "shop_rating": "4.5"}]}, "error": {"code": "ok"}}
    no_shop = {"data": {"shop_data": []}, "error": {"code": "ok"}}
    collect_source(plan, "shops", {"tea": shop, "green": shop, "coffee": no_shop})
    build(plan, "small", OUT)
    assert rows("SELECT shop_id, shop_rating, searched FROM shops") == [(7, 4.5, "green")]
    assert rows("SELECT source, id, count(*) FROM seen GROUP BY ALL") == [("shops", "7", 2)]
