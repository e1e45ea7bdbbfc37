"""Values and records in an answer that do not fit: each is noted, and everything else is built as received."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ttapi import ENDPOINTS, Answer
from ttdata.build.fill import add_stage
from ttdata.source_kinds import KINDS
from ttdata.store.fitting import fit
from ttdata.store.raw_files import RawFile, stored_lines
from ttdata.tables.declared import create, filling, sql
from ttdata.tables.received import IDS, Type, record_type

JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**70), 2**70)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.sampled_from(["", "7", "-1", "7.0", "1e3", " 7", "true", "\0", "\ud83d", "\u0664", "x" * 300])
    | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=5), inner, max_size=2),
    max_leaves=4,
)
# One kind of source per table, and its endpoint.
ENDPOINT_OF = {"videos": "video.query"} | {kind.table: kind.endpoint for kind in KINDS.values()}
ITEMS = {"videos": {}} | {
    kind.table: {kind.item_key: kind.item("7")} for kind in KINDS.values() if kind.item_key != "comment_id"
}
REQUESTS: dict[str, dict[str, object]] = {
    table: {**item, "page_start": 1, "page_size": 100} if table == "reviews" else dict(item)
    for table, item in ITEMS.items()
}


def of_type(kind: Type) -> st.SearchStrategy[Any]:
    """Values of a type, mixed with others."""
    if kind.of:
        return st.lists(of_type(kind.of), max_size=2) | JSON
    if kind.fields:
        return records(kind) | JSON
    return JSON


def records(kind: Type) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries({}, optional={name: of_type(each) for name, each in kind.fields.items()})


@st.composite
def pages(draw: st.DrawFn) -> tuple[str, dict[str, Any]]:
    """A table, and the `data` of an answer with its records."""
    table = draw(st.sampled_from(sorted(REQUESTS)))
    endpoint, kind = ENDPOINTS[ENDPOINT_OF[table]], record_type(table)
    if table in ("users", "playlists"):
        data = draw(records(kind))
        if table == "playlists":
            data["playlist_video_ids"] = draw(st.lists(JSON, max_size=3))
        return table, data
    return table, {endpoint.list_keys[0]: draw(st.lists(records(kind) | JSON, max_size=3)), "has_more": False}


def answer(table: str, data: dict[str, Any], sent_at: datetime = datetime(2026, 6, 1, tzinfo=UTC)) -> Answer:
    return Answer(
        endpoint=ENDPOINT_OF[table], body=REQUESTS[table], fields=(), sent_at=sent_at, status=200,
        raw=json.dumps({"data": data, "error": {"code": "ok"}}).encode(), code="ok", message="", log_id="",
        data=data, charged=True, is_json=True,
    )  # fmt: skip


class Built:
    """A table, made from one raw file as a build makes it."""

    def __init__(self, folder: Path, table: str, *answers: Answer) -> None:
        path = folder / "a.ndjson.zst"
        path.unlink(missing_ok=True)
        with RawFile(path) as raw:
            for each in answers:
                raw.append(each)
        self.con = duckdb.connect()
        add_stage(self.con)
        self.con.execute("CREATE TEMP TABLE item_files (source VARCHAR, raw VARCHAR, item VARCHAR, most BIGINT)")
        self.con.execute("CREATE TEMP TABLE item_answers (source VARCHAR, raw VARCHAR, seq BIGINT)")
        self.con.execute("INSERT INTO item_files VALUES (?, ?, '7', NULL)", [table, str(path)])
        for variable in (table, "raw", "newest"):
            self.con.execute(f"SET VARIABLE {variable} = ?::VARCHAR[]", [[str(path)]])
        self.con.execute(sql("provenance"))
        create(self.con, "oddities")
        self.con.execute(sql("requests"))
        create(self.con, table)
        for statement in filling(table):
            self.con.execute(statement)
        self.records = sum(line.records for line in stored_lines(path))

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        return self.con.execute(query).fetchall()


@pytest.mark.slow
@given(page=pages())
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=60)
def test_whatever_an_answer_contains_it_can_be_built_and_every_record_is_counted(
    tmp_path: Path, page: tuple[str, dict[str, Any]]
) -> None:
    table, data = page
    built = Built(tmp_path, table, answer(table, data))
    ((counted,),) = built.rows("SELECT coalesce(sum(counted), 0) FROM staged")
    assert counted == built.records
    received = data.get(ENDPOINTS[ENDPOINT_OF[table]].list_keys[0]) if table != "users" else None
    if isinstance(received, list):
        ((aside,),) = built.rows("SELECT count(*) FROM oddities WHERE action = 'set_aside'")
        assert built.records + aside == len(received)


FITS: list[tuple[str, str, object, object]] = [
    ("videos", "view_count", 12, 12),
    ("videos", "view_count", "12", 12),
    ("videos", "view_count", 2**63 - 1, 2**63 - 1),
    ("videos", "view_count", None, None),
    ("videos", "username", 12, "12"),
    ("videos", "is_stem_verified", "true", True),
    ("videos", "create_time", 1735689600, datetime(2025, 1, 1)),
    ("shops", "shop_rating", "4.5", 4.5),
    ("shops", "shop_rating", 4, 4.0),
    ("reviews", "create_time", 1735689600000, datetime(2025, 1, 1)),
]


@pytest.mark.parametrize(("table", "field", "received", "value"), FITS)
def test_a_value_in_another_form_is_read_as_it_is_written(
    tmp_path: Path, table: str, field: str, received: object, value: object
) -> None:
    built = Built(tmp_path, table, answer(table, page(table, {field: received})))
    assert built.rows(f"SELECT {field} FROM {table}") == [(value,)]
    assert built.rows("FROM oddities") == []


ODD: list[tuple[str, str, object, str]] = [
    ("videos", "view_count", 1.5, "1.5"),
    ("videos", "view_count", 3.0, "3.0"),
    ("videos", "view_count", True, "true"),
    ("videos", "view_count", "1e3", "1e3"),
    ("videos", "view_count", "", ""),
    ("videos", "view_count", 2**63, str(2**63)),
    ("videos", "view_count", [1], "[1]"),
    ("videos", "is_stem_verified", 1, "1"),
    ("videos", "username", ["a"], '["a"]'),
    ("videos", "username", {"a": 1}, '{"a": 1}'),
    ("videos", "hashtag_names", "klima", "klima"),
    ("videos", "create_time", 10**15, str(10**15)),
    ("comments", "parent_comment_id", 7300000000000000001.0, "7.3e+18"),
    ("comments", "text", {}, "{}"),
    ("reviews", "create_time", 10**18, str(10**18)),
    ("shops", "shop_rating", "good", "good"),
    ("products", "product_price", 5, "5"),
    ("user_video_links", "like_count", "many", "many"),
    ("playlists", "playlist_last_updated", 1e30, "1e+30"),
    ("users", "follower_count", "1,000", "1,000"),
]


@pytest.mark.parametrize(("table", "field", "received", "value"), ODD)
def test_an_invalid_value_becomes_null_and_a_row(
    tmp_path: Path, table: str, field: str, received: object, value: str
) -> None:
    data = page(table, {field: received})
    built = Built(tmp_path, table, answer(table, data))
    assert built.rows(f"SELECT {field} FROM {table}") == [(None,)]
    assert built.rows("SELECT seq, position, table_name, field, value, action FROM oddities") == [
        (0, 1, table, field, value, "null")
    ]


def test_only_the_odd_element_of_a_list_is_lost(tmp_path: Path) -> None:
    infos = [{"hashtag_id": "1", "hashtag_name": "a"}, {"hashtag_id": 2.5, "hashtag_name": "b"}]
    built = Built(tmp_path, "videos", answer("videos", page("videos", {"hashtag_info_list": infos})))
    ((listed,),) = built.rows("SELECT hashtag_info_list FROM videos")
    assert [(each["hashtag_id"], each["hashtag_name"]) for each in listed] == [(1, "a"), (None, "b")]
    assert built.rows("SELECT field, value FROM oddities") == [("hashtag_info_list.hashtag_id", "2.5")]


@pytest.mark.parametrize("table", IDS)
@pytest.mark.parametrize("bad", [None, [], {}, "", "missing", "not an object"])
def test_a_record_without_an_id_is_set_aside_and_the_others_are_built(tmp_path: Path, table: str, bad: object) -> None:
    key = IDS[table][0]
    good = page(table, {})
    (list_key,) = (name for name, each in good.items() if isinstance(each, list))
    record = {name: each for name, each in good[list_key][0].items() if name not in IDS[table]}
    odd: object = record if bad == "missing" else 5 if bad == "not an object" else {**record, key: bad}
    good[list_key].insert(0, odd)
    built = Built(tmp_path, table, answer(table, good))
    assert built.rows(f"SELECT count(*) FROM {table}") == [(1,)]
    assert built.records == 1
    assert built.rows("SELECT position, action FROM oddities") == [(1, "set_aside")]


@pytest.mark.parametrize("bad", [7300000000000000001.0, 1.5, True, "x", "7.0", 2**64])
def test_an_id_that_is_not_a_whole_number_is_never_made_one(tmp_path: Path, bad: object) -> None:
    built = Built(tmp_path, "comments", answer("comments", {"comments": [{"id": bad}, {"id": "12"}]}))
    assert built.rows("SELECT id FROM comments") == [(12,)]
    assert built.rows("SELECT field, action FROM oddities") == [("id", "set_aside")]


def test_reviews_keep_their_places_and_a_playlist_its_other_videos(tmp_path: Path) -> None:
    reviews = [{"review_text": "a"}, 5, {"review_text": "c"}]
    built = Built(tmp_path, "reviews", answer("reviews", {"review_data": reviews}))
    assert built.rows("SELECT position, review_text FROM reviews") == [(1, "a"), (2, None), (3, "c")]
    data = {"playlist_name": "p", "playlist_video_ids": [11, 7.0, "13", None]}
    built = Built(tmp_path, "playlists", answer("playlists", data))
    assert built.rows("SELECT video_ids FROM playlists") == [([11, 13],)]
    assert built.rows("SELECT position, value, action FROM oddities") == [
        (2, "7.0", "set_aside"),
        (4, "null", "set_aside"),
    ]


def test_a_set_aside_record_does_not_end_a_list_that_is_paged_by_number(tmp_path: Path) -> None:
    full = [{"product_id": number} for number in range(9)] + ["odd"]
    request = {"shop_id": 7, "page_start": 1, "page_size": 10}
    odd = answer("products", {"product_data": full})
    with RawFile(tmp_path / "a.ndjson.zst") as raw:
        raw.append(Answer(**{**vars(odd), "body": request}))
        assert (raw.lines[0].records, raw.lines[0].has_more) == (9, True)


def test_an_answer_is_stored_as_received_beside_its_corrected_form(tmp_path: Path) -> None:
    odd = answer("videos", page("videos", {"view_count": 1.5, "video_description": "ä\n"}))
    built = Built(tmp_path, "videos", odd)
    ((text,),) = built.rows(
        "SELECT text FROM read_json(getvariable('raw'), format = 'newline_delimited', compression = 'zstd')"
    )
    assert text == odd.raw.decode()
    assert built.rows("SELECT video_description FROM videos") == [("ä\n",)]
    assert built.rows("SELECT repaired FROM requests") == [(True,)]


@pytest.mark.parametrize(
    "data", [{"videos": {"id": 1}}, [], {"videos": [{"id": 1}]}], ids=["no list", "no object", "no has_more"]
)
def test_an_unusable_answer_does_not_prevent_a_build(tmp_path: Path, data: Any) -> None:
    good = answer("videos", page("videos", {}))
    raw = json.dumps({"data": data}).encode()
    bad = Answer(**{**vars(good), "raw": raw, "code": "unreadable", "data": {}})
    built = Built(tmp_path, "videos", bad, good)
    assert built.rows("SELECT id FROM videos") == [(41,)]
    ((text,),) = built.rows(
        "SELECT text FROM read_json(getvariable('raw'), format = 'newline_delimited', compression = 'zstd') LIMIT 1"
    )
    assert text == raw.decode()


@pytest.mark.parametrize(
    "raw", [b"\xff" * (4 << 20), b'{"data": "' + "\u00e9".encode() * (2 << 20)], ids=["bytes", "text"]
)
def test_a_long_unusable_answer_can_be_read_again(tmp_path: Path, raw: bytes) -> None:
    good = answer("videos", page("videos", {}))
    bad = Answer(**{**vars(good), "raw": raw, "code": "unreadable", "data": {}, "is_json": False})
    assert Built(tmp_path, "videos", bad, good).rows("SELECT id FROM videos") == [(41,)]


def test_a_number_beyond_all_floats_does_not_prevent_a_build(tmp_path: Path) -> None:
    data = page("videos", {"view_count": 1.5, "video_label": {"score": float("inf")}})
    good = answer("videos", page("videos", {}))
    odd = Answer(
        **{**vars(good), "data": data, "raw": json.dumps({"data": data}).replace("Infinity", "1e999").encode()}
    )
    assert Built(tmp_path, "videos", odd).rows("SELECT id, view_count FROM videos") == [(41, None)]


def test_a_playlist_of_objects_sets_them_aside(tmp_path: Path) -> None:
    data = {"playlist_name": "p", "playlist_video_ids": [{"id": 11}, 12]}
    assert Built(tmp_path, "playlists", answer("playlists", data)).rows("SELECT video_ids FROM playlists") == [([12],)]


def test_fields_that_the_build_does_not_read_are_named_with_nested_ones(tmp_path: Path) -> None:
    record = {
        "id": 1,
        "mood": 1,
        "name": 2,
        "hashtag_info_list": [{"hashtag_id": 1, "color": 3}],
        "video_tag": {"z": 1},
    }
    keys = fit(ENDPOINTS["video.query"], {}, {"videos": [record]}).keys
    assert set(keys) - record_type("videos").paths() == {"mood", "name", "hashtag_info_list.color"}


def test_a_profile_of_another_account_than_the_requested_is_noted(tmp_path: Path) -> None:
    built = Built(tmp_path, "users", answer("users", {"display_name": "x", "username": "other"}))
    assert built.rows("SELECT field, value FROM oddities") == [("username", "other")]
    assert not fit(ENDPOINTS["user.info"], {"username": "anna"}, {"username": "Anna"}).oddities


def test_what_a_comment_does_not_say_is_taken_from_the_request(tmp_path: Path) -> None:
    comments: list[dict[str, Any]] = [
        {"id": 1, "parent_comment_id": 0},
        {"id": 2, "video_id": 0, "parent_comment_id": 7},
    ]
    built = Built(tmp_path, "comments", answer("comments", {"comments": comments}))
    assert built.rows("SELECT id, video_id, parent_comment_id FROM comments") == [(1, 7, None), (2, 7, None)]


def test_the_newest_answer_is_the_later_one_in_the_file_even_if_the_clock_ran_backwards(tmp_path: Path) -> None:
    times = [datetime(2026, 6, 1, 0, 0, 1, tzinfo=UTC), datetime(2026, 6, 1, 0, 0, 0, 900_000, tzinfo=UTC)]
    answers = [answer("videos", page("videos", {"view_count": n}), at) for n, at in enumerate(times)]
    assert Built(tmp_path, "videos", *answers).rows("SELECT view_count FROM videos") == [(1,)]


def page(table: str, fields: dict[str, Any]) -> dict[str, Any]:
    """The `data` of an answer with one record, which has an id and these fields."""
    ids: Iterator[str] = iter(IDS.get(table, ())[:1])
    record = {key: "anna" if key == "username" else 41 for key in ids} | fields
    endpoint = ENDPOINTS[ENDPOINT_OF[table]]
    if table in ("users", "playlists"):
        return record
    return {endpoint.list_keys[0]: [record], "has_more": False}
