"""The checks of the audit: each fault of the mock server is found by its check, and nothing is found without one."""

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pytest

from mockserver.world.world import world
from tests.ttdata.test_source_kinds import public_accounts
from tests.ttdata.worlds import Edit, build_study
from ttdata.audit.checks import Finding, audit, checks, findings, prepared
from ttdata.errors import StorageFault
from ttdata.plan.plan import Plan
from ttdata.study.study import Study

Data = dict[str, Any]
DAYS = ["2024-11-01", "2024-12-15"]


def study(where: Data, during: list[str] = DAYS, **more: Data) -> Data:
    return {"study": "w", "datasets": {"w": {"videos": {"where": where, "during": during}, **more}}}


US = study({"all": [{"region_code": ["US"]}]})
MANY = study({"all": [{"view_count": {"gte": 0}}]})
TERMS = study({"any": [{"hashtag_name": ["fyp"]}, {"keyword": "coffee"}]})
KEYWORD = study({"all": [{"keyword": "coffee"}]})
EARLIER = study({"all": [{"region_code": ["US"]}]}, ["2024-05-01", "2024-05-30"])
YOUNG = study({"all": [{"region_code": ["US"]}]}, ["2026-05-01", "2026-05-28"])
ACROSS = study({"all": [{"region_code": ["AT"]}]}, ["2026-02-01", "2026-03-02"])
COMMENTS = study({"all": [{"region_code": ["US"]}]}, comments={"of": "videos", "top": {"by": "comment_count", "k": 4}})
REPLIES = study(
    {"all": [{"region_code": ["US"]}]},
    comments={"of": "videos", "top": {"by": "comment_count", "k": 2}},
    replies={"of": "comments", "where": "reply_count > 0"},
)
PLAYLISTS = study({"all": [{"region_code": ["US"]}]}, playlists={"of": "videos"})
SHOPS = {
    "study": "w",
    "datasets": {
        "w": {
            "shops": {"names": ["Anna Lee Shop", "Ben Wolf Shop", "Clara Garcia Shop"]},
            "products": {"of": "shops"},
            "reviews": {"of": "products", "top": {"by": "product_review_count", "k": 2}},
        }
    },
}
USERS = study({"all": [{"region_code": ["US"]}]}, users={"of": "videos", "top": {"by": "view_count", "k": 8}})
FOLLOWERS = study(
    {"all": [{"region_code": ["US"]}]},
    users={"of": "videos", "top": {"by": "view_count", "k": 8}},
    followers={"of": "users"},
)
WHOLE = study(
    {"all": [{"region_code": ["DE", "AT", "CH"]}], "any": [{"hashtag_name": ["fyp", "klima"]}, {"keyword": "heute"}]},
    comments={"of": "videos", "top": {"by": "view_count", "k": 2}},
    users={"of": "videos", "top": {"by": "view_count", "k": 3}},
    following={"of": "users", "max": 300},
)


def of_authors() -> Data:
    """A panel of accounts that posted in the window."""
    mock_world = world(1, 100_000)
    start, end = (int(np.datetime64(day).astype("datetime64[s]").astype(int)) for day in DAYS)
    authors = np.unique(mock_world.videos(np.arange(*map(mock_world.timeline.first_from, (start, end)))).author)[:90]
    names = mock_world.population.names(mock_world.population.visible(authors))
    return {"study": "w", "datasets": {"w": {"accounts": names, "videos": {"of": "accounts", "during": DAYS}}}}


def most_followed() -> Data:
    """An account with more followers than the API returns."""
    population = world(1, 100_000).population
    accounts = np.arange(population.pools[0].size)
    available = population.visible(accounts[~population.refused(accounts)])
    account = max(available.tolist(), key=lambda each: len(population.pools[0]._graph[0].of(each)))
    name = population.names(np.array([account]))[0]
    dataset = {"accounts": [name], "users": {"of": "accounts"}, "followers": {"of": "accounts"}}
    return {"study": "w", "datasets": {"w": dataset}}


def findings_of(dataset: Path) -> dict[str, Finding]:
    """What the checks find in a dataset, by the name of the check."""
    with prepared(dataset) as con:
        return {each.check.name: each for each in findings(con)}


QUIRKS = {
    "fresh-search-id": (US, "failed_requests"),
    "cursor-refused": (US, "failed_requests"),
    "gateway-timeout": (COMMENTS, "failed_requests"),
    "broken-bodies": (COMMENTS, "failed_requests"),
    "cold-cache": (US, "failed_requests"),
    "long-windows": (US, "failed_requests"),
    "first-page-only": (US, "failed_requests"),
    "short-rate-limit": (COMMENTS, "failed_requests"),
    "sparse": (US, "field_missing"),
    "null-bytes": (TERMS, "null_bytes"),
    "large-counts": (USERS, "large_numbers"),
    "follower-cap": (most_followed, "capped_list"),
    "comments-refused": (COMMENTS, "mostly_refused"),
    "no-keyword": (KEYWORD, "nothing_found"),
    "empty-success": (US, "nothing_found"),
    "empty-pages": (US, "empty_pages"),
    "duplicates": (US, "duplicates"),
    "yield-65": (MANY, "low_yield"),
    "one-in-eight-missing": (MANY, "low_yield"),
    "flicker": (MANY, "low_yield"),
    "few-views": (EARLIER, "counts_above_views"),
    "wrong-users": (of_authors, "wrong_user"),
    "new-field": (US, "unknown_fields"),
}
SCENARIOS = {
    "flaky": (COMMENTS, "failed_requests"),
    "bursts": (US, "failed_requests"),
    "connection": (US, "failed_requests"),
    "expired-token": (US, "failed_requests"),
}
# With these quirks, a build has the same data as without them.
HARMLESS = "video-id-key+search-id-changes+mention-text+region-lower-case+default-count-10+slow-comments"


@pytest.mark.slow
@pytest.mark.parametrize("quirk", QUIRKS)
def test_each_quirk_causes_its_finding_and_no_other(quirk: str) -> None:
    declared, finding = QUIRKS[quirk]
    found = set(findings_of(build_study(declared() if callable(declared) else declared, f"quirks={quirk}")))
    # Accounts of a panel may have no video in its days without any quirk.
    assert found - ({"accounts_without_videos"} if declared is of_authors else set()) == {finding}


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_each_scenario_causes_its_finding_and_no_other(scenario: str) -> None:
    declared, finding = SCENARIOS[scenario]
    assert set(findings_of(build_study(declared, f"scenario={scenario}"))) == {finding}


@pytest.mark.parametrize("seed", [1, 2, *(pytest.param(each, marks=pytest.mark.slow) for each in range(3, 11))])
def test_a_world_without_faults_causes_no_finding(seed: int) -> None:
    assert findings_of(build_study(WHOLE, f"seed={seed}")) == {}


@pytest.mark.slow
def test_quirks_that_do_not_change_data_cause_no_finding() -> None:
    assert findings_of(build_study(COMMENTS, f"quirks={HARMLESS}")) == {}


@pytest.mark.slow
def test_a_waived_slice_is_reported_with_its_reason() -> None:
    declared = study({"all": [{"hashtag_name": ["fyp"]}]}, ["2022-07-02", "2022-08-29"])
    failing_slice = Plan.of(Study.check(declared, today=date(2026, 11, 1))).slices[0].name
    waiver = {"slice": f"videos/{failing_slice}", "reason": "<b>500</b> since 2021"}
    dataset = build_study(declared | {"waive": [waiver]}, "quirks=dead-periods")
    assert set(findings_of(dataset)) == {"waived_slices"}
    (reported,) = audit(dataset)["waivers"]
    assert (reported["slice"], reported["reason"]) == (failing_slice, "<b>500</b> since 2021")


# Faults that no quirk produces: good answers of the mock server are edited.


def each_video(change: Callable[[Data], None], every: int = 1) -> Edit:
    def edit(path: str, _: Data, data: Data) -> None:
        for video in data.get("videos", [])[::every] if "video/query" in path else []:
            change(video)

    return edit


def of_path(path: str, change: Callable[[Data, Data], None]) -> Edit:
    return lambda request_path, body, data: change(body, data) if path in request_path else None


def without(day: str, last: str) -> Edit:
    start, end = (int(np.datetime64(each).astype("datetime64[s]").astype(int)) for each in (day, last))

    def change(_: Data, data: Data) -> None:
        data["videos"] = [video for video in data["videos"] if not start <= video["create_time"] < end]

    return of_path("video/query", change)


def one_in_ten(key: str) -> Callable[[Data, Data], None]:
    return lambda _, data: data.update({key: data.get(key, [])[::10]})


def no_end_after_a_thousand(_: Data, data: Data) -> None:
    data["has_more"] &= data["cursor"] < 1000


def no_transcript_in_the_us(video: Data) -> None:
    if video["region_code"] == "US":
        video.pop("voice_to_text", None)


LONG_THREAD = study(
    {"all": [{"region_code": ["US", "BR", "ID", "MX", "GB"]}]},
    ["2024-10-01", "2024-11-29"],
    comments={"of": "videos", "top": {"by": "comment_count", "k": 1}},
)


def reply_to_another(body: Data, data: Data) -> None:
    for comment in data.get("comments", [])[:1] if "comment_id" in body else []:
        comment["parent_comment_id"] = 5


EDITS: dict[str, tuple[Data, str, Edit]] = {
    "outside_window": (US, "", each_video(lambda video: video.update(create_time=1_700_000_000), every=50)),
    "wrong_region": (US, "", each_video(lambda video: video.update(region_code="FR"), every=20)),
    "wrong_parent": (COMMENTS, "", of_path("comment", lambda _, data: data["comments"][0].update(video_id=5))),
    "wrong_reply": (REPLIES, "", of_path("comment", reply_to_another)),
    "impossible_comment_time": (
        COMMENTS, "", of_path("comment", lambda _, data: data["comments"][0].update(create_time=5)),
    ),
    "impossible_review_time": (
        SHOPS, "", of_path("review", lambda _, data: data["review_data"][0].update(create_time=5_000_000_000_000)),
    ),
    "impossible_playlist_time": (
        PLAYLISTS, "", of_path("playlist", lambda _, data: data.update(playlist_last_updated=5_000_000_000)),
    ),
    "oddities": (US, "", each_video(lambda video: video.update(video_mention_list="x"), every=50)),
    "missing_days": (MANY, "", without("2024-11-18", "2024-11-21")),
    "field_missing_in_group": (MANY, "videos=1000000", each_video(no_transcript_in_the_us)),
    "field_missing_everywhere": (US, "", each_video(lambda video: video.pop("music_id"))),
    "comments_short": (COMMENTS, "", of_path("comment", one_in_ten("comments"))),
    "list_short": (FOLLOWERS, "", of_path("followers", one_in_ten("user_followers"))),
    "more_videos_than_counted": (USERS, "", of_path("user/info", lambda _, data: data.update(video_count=-2))),
    "no_term_found": (TERMS, "", each_video(lambda video: video.update(video_description="x", hashtag_names=[]))),
    "term_not_found": (
        TERMS, "", each_video(lambda video: video.update(video_description="x", hashtag_names=[]), every=10),
    ),
    "capped_comments": (LONG_THREAD, "videos=1000000", of_path("comment", no_end_after_a_thousand)),
    "repaired_text": (US, "", each_video(lambda video: video.update(video_description="\ud83d"), every=100)),
    "unsettled_slices": (YOUNG, "", each_video(lambda _: None)),
    "api_epochs": (ACROSS, "", each_video(lambda _: None)),
}  # fmt: skip


@pytest.mark.slow
def test_listed_accounts_without_videos_are_named() -> None:
    panel = of_authors()
    panel["datasets"]["w"]["accounts"] = [panel["datasets"]["w"]["accounts"][0], "nobody_has_this_name"]
    finding = findings_of(build_study(panel))["accounts_without_videos"]
    assert [example.id for example in finding.examples] == ["nobody_has_this_name"]


@pytest.mark.slow
@pytest.mark.parametrize("check", EDITS)
def test_each_fault_in_an_answer_is_found_by_its_check_and_no_other(check: str) -> None:
    assert set(findings_of(build_study(*EDITS[check]))) == {check}


DAMAGE = {
    "unclosed_paging": "UPDATE requests SET has_more = true WHERE seq = 1",
    "unfinished_slice": "UPDATE slices SET state = 'partial' WHERE source = 'videos'",
}


@pytest.mark.slow
@pytest.mark.parametrize("check", DAMAGE)
def test_a_dataset_that_is_incomplete_is_reported(check: str) -> None:
    dataset = build_study(US)
    with duckdb.connect(str(dataset)) as con:
        con.execute(DAMAGE[check])
    assert set(findings_of(dataset)) == {check}


def test_lists_that_are_mostly_absent_are_reported() -> None:
    names = public_accounts()[:5]
    declared = {"study": "w", "datasets": {"w": {"accounts": names, "following": {"of": "accounts", "max": 100}}}}

    def without_a_list(_: dict[str, Any], data: dict[str, Any]) -> None:
        data.pop("user_following", None)
        data["has_more"] = False

    assert set(findings_of(build_study(declared, "", of_path("following", without_a_list)))) == {"absent_list"}


def test_every_check_has_a_test_that_causes_its_finding() -> None:
    tested = (
        {"waived_slices", "accounts_without_videos", "absent_list", "removed_from_scope", "accounts_lost"}
        | {finding for _, finding in [*QUIRKS.values(), *SCENARIOS.values()]}
        | set(EDITS)
        | set(DAMAGE)
    )
    assert tested == {check.name for check in checks()}


def test_a_dataset_of_another_version_is_refused_with_a_sentence() -> None:
    dataset = build_study(US)
    with duckdb.connect(str(dataset)) as con:
        con.execute("ALTER TABLE requests DROP COLUMN cursor")
    with pytest.raises(
        StorageFault, match=r"was not built by this version of ttdata, .* build again: it costs no request"
    ):
        audit(dataset)


def test_a_finding_counts_its_cases_and_has_some_examples() -> None:
    dataset = build_study(US, edit=each_video(lambda video: video.update(region_code="FR"), every=20))
    finding = findings_of(dataset)["wrong_region"]
    with duckdb.connect(str(dataset), read_only=True) as con:
        ((wrong, videos),) = con.execute("SELECT count_if(region_code = 'FR'), count(*) FROM videos").fetchall()
        assert (finding.count, finding.of) == (wrong, videos)
        for example in finding.examples:
            assert con.execute("SELECT region_code FROM videos WHERE id = ?", [int(example.id or 0)]).fetchall() == [
                ("FR",)
            ]
            assert con.execute("SELECT count(*) FROM slices WHERE slice = ?", [example.slice]).fetchall() == [(1,)]
    assert len(finding.examples) == 3


@pytest.mark.slow
@pytest.mark.parametrize("gap", [("2024-11-01", "2024-11-06"), ("2024-12-10", "2024-12-16")])
def test_gaps_at_the_beginning_and_at_the_end_are_not_missing_days(gap: tuple[str, str]) -> None:
    assert "missing_days" not in findings_of(build_study(MANY, edit=without(*gap)))


def test_a_dataset_without_videos_is_checked_for_the_tables_that_it_has() -> None:
    accounts = {"accounts": ["mock_missing"], "users": {"of": "accounts"}}
    assert findings_of(build_study({"study": "w", "datasets": {"w": accounts}})) == {}
