"""Studies: what they may declare, and the messages about mistakes."""

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from tests.support import PROJECT, small_study
from ttdata.errors import StudyFault
from ttdata.study.study import Study

TODAY = date(2026, 11, 1)


def message_about(study: Any) -> str:
    with pytest.raises(StudyFault) as fault:
        Study.check(study, today=TODAY)
    return str(fault.value)


def with_videos(**changes: Any) -> dict[str, Any]:
    study = small_study()
    study["datasets"]["small"]["videos"] |= changes
    return study


def test_a_study_that_contains_itself_is_refused() -> None:
    study = with_videos()
    study["datasets"]["small"]["itself"] = study
    assert "contains itself by an alias" in message_about(study)


def test_bytes_are_refused_like_any_value_of_another_type() -> None:
    assert "quota.daily: b'1000' is" in message_about(small_study(quota={"daily": b"1000"}))


def test_the_default_study_is_valid() -> None:
    study = Study.read(PROJECT / "config.yaml", today=TODAY)
    assert study.base_url == "mock"
    assert [source.source for source in study.datasets[0].sources] == ["comments", "users"]


@pytest.mark.parametrize(
    ("study", "sentences"),
    [
        (
            small_study(qouta={}),
            ["Unknown key 'qouta'. Did you mean 'quota'?", "Allowed: study, api, quota,"],
        ),
        (small_study(quota={"daily": 0}), ["quota.daily: 0 is too small; the minimum is 1."]),
        (small_study(quota={"daily": "many"}), ["quota.daily: 'many' is text, but this must be a whole number."]),
        (small_study(quota={"use": 1.5}), ["quota.use: 1.5 is too large; the maximum is 1."]),
        (
            small_study(study="Two words"),
            ["study: 'Two words' has the wrong format. A name consists of up to 64 lower-case"],
        ),
        (small_study(api={"base_url": "tiktok.com"}), ["api.base_url:", 'Write "mock", "https://open.tiktokapis.com"']),
        (small_study(datasets={}), ["datasets: This is empty; it needs at least 1 key."]),
        ([], ["the file: [] is a list, but this must be a block of keys."]),
        (None, ["the file: There is no value, but this must be a block of keys."]),
        (
            with_videos(where={"any": [{"keyword": "\ud83dx"}]}),
            [r"'\ud83d' is half of a surrogate pair. Write the whole character"],
        ),
        (with_videos(where={}), ["datasets.small.videos.where: This is empty"]),
        (with_videos(where={"any": []}), ["datasets.small.videos.where.any: The list is too short (minimum 1)"]),
        (
            with_videos(where={"all": [{"hashtag": "klima"}]}),
            ["videos.where.all.0: Unknown key 'hashtag'. Did you mean 'hashtag_name'?"],
        ),
        (
            with_videos(where={"all": [{"region_code": ["Germany"]}]}),
            ["datasets.small.videos.where", "GERMANY", "of the 245 region codes"],
        ),
        (with_videos(where={"all": [{"region_code": [False]}]}), ["the country code NO", "Put it in quotes."]),
        (with_videos(during=["2025-02-15", "2025-01-01"]), ["The last day, 2025-01-01, is before the first"]),
        (
            with_videos(during=["2026-11-01", "open"]),
            ["2026-11-01 to 2026-11-07, is not over yet", "after 2026-11-07"],
        ),
        (with_videos(during={"last": "7d"}), ["need waves: {every: 7d, times: 26, from: DAY}"]),
        (with_videos(during=["2025-02-30", "2025-03-01"]), ["videos.during:", "a day that does not exist"]),
        (with_videos(during=["20250101", "2025-03-01"]), ["'20250101' has the wrong format", "YYYY-MM-DD"]),
        (with_videos(window=31), ["videos.window: 31 is too large; the maximum is 30."]),
        (with_videos(fields=["id", "view_counts"]), ["The API has no field 'view_counts'. Did you mean 'view_count'?"]),
        (with_videos(fields=["username", "view_count"]), ["The list must contain 'id'"]),
        (with_videos(fields=["id"]), ["comments: This needs the field 'view_count'", "users: This needs the field"]),
    ],
)
def test_a_mistake_is_reported_with_its_key_and_what_is_allowed(study: Any, sentences: list[str]) -> None:
    message = message_about(study)
    for sentence in sentences:
        assert sentence in message


def with_sources(**sources: Any) -> dict[str, Any]:
    study = small_study()
    study["datasets"]["small"] |= sources
    return study


@pytest.mark.parametrize(
    ("study", "sentence"),
    [
        (
            with_sources(comments={"of": "users"}),
            "comments.of: comments cannot have the parent 'users' here. Allowed: videos.",
        ),
        (with_sources(users={"of": "following"}), "users cannot have the parent 'following' here. Allowed: videos."),
        (
            with_sources(followers={"of": "following"}, following={"of": "followers"}),
            "followers and following are each other's parents; change one of them.",
        ),
        (
            with_sources(followers={"of": "users", "top": {"by": "view_count", "k": 3}}),
            "followers.top.by: users has no column 'view_count'. Did you mean 'video_count'? Allowed: follower_count,",
        ),
        (with_sources(followers={"of": "user"}), "followers cannot have the parent 'user' here. Did you mean 'users'?"),
        (with_sources(following_b={"of": "following_b"}), "following_b cannot have the parent 'following_b' here."),
        (with_sources(folowing_hop2={"of": "users"}), "Unknown key 'folowing_hop2'. Did you mean 'following'?"),
        (with_sources(**{"following-2": {"of": "users"}}), "Unknown key 'following-2'. Did you mean 'following'?"),
        (with_sources(folowing={"of": "users"}), "Another source of the same kind needs a suffix, such as comments_b."),
    ],
)
def test_a_source_with_an_impossible_parent_is_reported(study: Any, sentence: str) -> None:
    assert sentence in message_about(study)


def with_shops(**sources: Any) -> dict[str, Any]:
    return small_study(datasets={"small": {"shops": {"names": ["Anna's  Shop", "Anna's Shop", "\nTea"]}} | sources})


@pytest.mark.parametrize(
    ("study", "sentence"),
    [
        (with_shops(shops={"names": [" "]}), "small.shops.names: The list has no names."),
        (with_shops(shops={}), "small.shops: This needs either 'of' or 'names'."),
        (with_shops(shops={"of": "accounts", "names": ["a"]}), "small.shops: This needs either 'of' or 'names'"),
        (with_shops(shops={"of": "accounts"}), "small.shops.of: shops cannot have the parent 'accounts' here."),
        (
            with_shops(shops={"of": "accounts"}, accounts=["a"]),
            "shops: This needs a column 'shop_name' in the table of",
        ),
        (with_shops(products={}), "small.products: This needs the key 'of'."),
        (with_shops(products={"names": ["a"]}), "small.products: Unknown key 'names'."),
        (with_shops(reviews={"of": "shops"}), "reviews cannot have the parent 'shops' here. Allowed: none."),
        (
            with_shops(shops={"names": ["a"], "where": "true"}),
            "small.shops.where: All names of a list are requested",
        ),
    ],
)
def test_a_mistake_in_a_source_of_shops_is_reported(study: Any, sentence: str) -> None:
    assert sentence in message_about(study)


def test_names_of_shops_are_unique_and_have_one_line() -> None:
    (shops,) = Study.check(with_shops(), today=TODAY).datasets[0].sources
    assert shops.names == ("Anna's Shop", "Tea")


def test_videos_of_accounts_are_requested_for_fifty_accounts_per_search() -> None:
    study = small_study()
    study["datasets"]["small"] = {
        "accounts": [f"party{number}" for number in range(120)] + ["@party7"],
        "videos": {
            "of": "accounts",
            "where": {"none": [{"video_length": "SHORT"}]},
            "during": ["2025-01-01", "2025-02-15"],
        },
        "users": {"of": "accounts"},
    }
    checked = Study.check(study, today=TODAY).datasets[0]
    assert checked.videos
    queries = list(dict.fromkeys(search.query for search in checked.videos.searches))
    batches = [query.to_body()["and"][0]["field_values"] for query in queries]
    assert [len(batch) for batch in batches] == [50, 50, 20]
    assert [name for batch in batches for name in batch] == [row["username"] for row in checked.accounts]
    assert all("not" in query.to_body() for query in queries)


@pytest.mark.parametrize(
    ("dataset", "sentence"),
    [
        ({}, "datasets.small: This is empty"),
        ({"videos": {"of": "accounts", "during": ["2025-01-01", "2025-01-02"]}}, "This dataset has no accounts"),
        ({"videos": {"during": ["2025-01-01", "2025-01-02"]}}, "The key 'where' is missing"),
        ({"accounts": [{"party": "x"}]}, "accounts.0: The key 'username' is missing."),
        ({"accounts": ["a"], "comments": {"of": "videos"}}, "comments cannot have the parent 'videos' here."),
    ],
)
def test_a_dataset_without_a_parent_for_its_sources_is_refused(dataset: dict[str, Any], sentence: str) -> None:
    assert sentence in message_about(small_study(datasets={"small": dataset}))


def test_sources_come_after_their_parents() -> None:
    study = with_sources(followers={"of": "following"}, following={"of": "users"})
    sources = Study.check(study, today=TODAY).datasets[0].sources
    assert [each.source for each in sources] == ["comments", "users", "following", "followers"]


def test_a_dataset_may_have_several_sources_of_a_kind_and_one_may_be_the_parent_of_another() -> None:
    study = with_sources(
        following={"of": "users"}, following_hop2={"of": "following"}, users_hop2={"of": "following_hop2"}
    )
    sources = Study.check(study, today=TODAY).datasets[0].sources
    assert [(each.source, each.kind, each.of) for each in sources[2:]] == [
        ("following", "following", "users"),
        ("following_hop2", "following", "following"),
        ("users_hop2", "users", "following_hop2"),
    ]


def test_all_mistakes_are_reported_at_once() -> None:
    message = message_about(small_study(qouta={}, api={"base_url": 7}))
    assert "qouta" in message
    assert "api.base_url" in message


def test_unquoted_dates_and_quoted_dates_are_the_same(tmp_path: Path) -> None:
    text = (PROJECT / "config.yaml").read_text()
    (tmp_path / "bare.yaml").write_text(text.replace('"2025', "2025"))
    bare = Study.read(tmp_path / "bare.yaml", today=TODAY)
    assert bare.datasets == Study.read(PROJECT / "config.yaml", today=TODAY).datasets


@pytest.mark.parametrize(
    "content", [b"", b"- a", b"during: [2025-01-01, 2025-02-31]", b"study: [", b"\xff\xfe\x00broken", b"\tstudy: x"]
)
def test_a_file_that_is_not_yaml_is_refused_with_a_sentence(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "study.yaml").write_bytes(content)
    with pytest.raises(StudyFault, match=r"study\.yaml cannot be built:\n  \* (the file|study|during)"):
        Study.read(tmp_path / "study.yaml", today=TODAY)


def test_a_list_matches_any_of_its_values_and_bounds_are_comparisons() -> None:
    study = with_videos(
        where={
            "all": [{"region_code": ["DE", "AT"]}, {"view_count": {"gte": 100, "lt": 5000}}],
            "none": [{"video_length": "SHORT"}],
        }
    )
    videos = Study.check(study, today=TODAY).datasets[0].videos
    assert videos
    assert videos.searches[0].query.to_body() == {
        "and": [
            {"field_name": "region_code", "operation": "IN", "field_values": ["DE", "AT"]},
            {"field_name": "view_count", "operation": "GTE", "field_values": ["100"]},
            {"field_name": "view_count", "operation": "LT", "field_values": ["5000"]},
        ],
        "not": [{"field_name": "video_length", "operation": "EQ", "field_values": ["SHORT"]}],
    }
