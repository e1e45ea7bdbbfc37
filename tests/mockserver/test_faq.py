"""What the FAQ of TikTok's Research API says about its behaviour, one test per statement."""

from datetime import UTC, datetime, timedelta

import numpy as np

from mockserver.world.times import DAY, EPOCH, SETTLED
from mockserver.world.world import world
from tests.mockserver.conftest import USER, VIDEO, Api, where

EMPTY = {"username": "mock_empty"}


def test_a_thousand_requests_may_be_sent_per_day(api: Api) -> None:
    api.admin("POST", "quota", {"tenant": "mock", "used": {"general": 998}})
    assert [api.post("user/info", EMPTY, USER).status_code for _ in range(3)] == [200, 200, 429]
    error = api.refused("user/info", EMPTY, USER)
    assert (error["status"], error["code"]) == (429, "daily_quota_limit_exceeded")


def test_a_request_returns_at_most_100_records(api: Api) -> None:
    assert len(api.videos(max_count=100)["videos"]) <= 100
    error = api.refused("video/query", api.search(max_count=101), VIDEO)
    assert (error["code"], error["message"]) == ("invalid_params", "Invalid count or cursor")


def test_followers_and_following_have_20_000_calls_in_a_separate_bucket(api: Api) -> None:
    api.admin("POST", "quota", {"tenant": "mock", "used": {"general": 1_000, "follow": 19_999}})
    assert api.post("user/info", EMPTY, USER).status_code == 429
    assert api.post("user/followers", EMPTY).status_code == 200
    assert api.refused("user/following", EMPTY)["code"] == "daily_quota_limit_exceeded"


def test_the_quota_resets_at_12_am_utc(api: Api) -> None:
    api.key = "mock:quota=1"
    assert [api.post("user/info", EMPTY, USER).status_code for _ in range(2)] == [200, 429]
    api.admin("POST", "clock", {"tenant": api.key, "to": "2026-06-01T23:59:50Z"})
    api.tokens.clear()
    assert api.post("user/info", EMPTY, USER).status_code == 429
    api.admin("POST", "clock", {"tenant": api.key, "to": "next-utc-midnight"})
    assert [api.post("user/info", EMPTY, USER).status_code for _ in range(2)] == [200, 429]


def test_failed_requests_count(api: Api) -> None:
    api.refused("user/info", {"username": "mock_missing"}, USER)
    api.refused("video/query", {}, VIDEO)
    assert api.mock.tenant.meters()["general"]["used"] == 2


def test_requests_for_tokens_cost_no_quota(api: Api) -> None:
    for _ in range(3):
        api.token_answer()
    assert api.mock.tenant.meters()["general"]["used"] == 0


def test_a_client_that_is_not_approved_gets_scope_not_authorized(api: Api) -> None:
    api.key = "mock:unapproved"
    error = api.refused("user/info", EMPTY, USER)
    assert (error["status"], error["code"]) == (401, "scope_not_authorized")


def test_collaborators_of_one_organisation_share_one_quota(api: Api) -> None:
    for member in ("ada", "grace", "joan"):
        api.key = f"mock:org=lab,quota=4,member={member}"
        api.post("user/info", EMPTY, USER)
    assert [api.post("user/info", EMPTY, USER).status_code for _ in range(2)] == [200, 429]


def test_an_organisation_has_up_to_nine_collaborators(api: Api) -> None:
    answers = [api.token_answer(f"mock:org=lab,member=person{number}").json() for number in range(10)]
    assert ["access_token" in answer for answer in answers] == [True] * 9 + [False]


def test_a_removed_collaborator_loses_access_and_the_others_keep_it(api: Api) -> None:
    api.key = "mock:org=lab,member=ada"
    assert api.post("user/info", EMPTY, USER).status_code == 200
    api.admin("POST", "collaborators", {"tenant": "mock:org=lab", "remove": "ada"})
    assert api.refused("user/info", EMPTY, USER)["code"] == "access_token_invalid"
    assert api.token_answer().json()["error"] == "invalid_client"
    api.key = "mock:org=lab,member=grace"
    assert api.post("user/info", EMPTY, USER).status_code == 200


def test_accounts_under_18_and_from_canada_are_never_returned(api: Api) -> None:
    population = world(1, 20_000).population
    accounts = np.arange(population.size)
    for is_hidden in (population.minors(accounts), population.canadians(accounts)):
        hidden = accounts[is_hidden & ~population.missing(accounts)][:3]
        assert len(hidden) == 3
        for name in population.names(hidden):
            error = api.refused("user/info", {"username": name}, USER)
            assert error["message"] == "API cannot return this user's information"


def test_no_video_of_a_minor_a_canadian_or_a_private_account_is_returned(api: Api) -> None:
    world_ = world(1, 20_000)
    cursor, search_id, names = 0, None, set()
    for _ in range(5):
        data = api.videos(cursor=cursor, search_id=search_id)
        names |= {video["username"] for video in data["videos"]}
        assert "CA" not in {video["region_code"] for video in data["videos"]}
        cursor, search_id = data["cursor"], data["search_id"]
    authors = np.array([world_.population.find(name) for name in names])
    assert not world_.population.hidden(authors).any()


def test_new_videos_can_be_searched_only_after_up_to_48_hours(api: Api) -> None:
    today = datetime.fromtimestamp(EPOCH, UTC)
    dates = {"start_date": f"{today - timedelta(days=4):%Y%m%d}", "end_date": f"{today:%Y%m%d}"}

    def searchable() -> set[int]:
        ids: set[int] = set()
        cursor, search_id, more = 0, None, True
        while more:
            data = api.videos(**dates, cursor=cursor, search_id=search_id)
            ids |= {video["id"] for video in data["videos"] if video["create_time"] < EPOCH}
            cursor, search_id, more = data["cursor"], data["search_id"], data["has_more"]
        return ids

    at_once = searchable()
    api.admin("POST", "clock", {"tenant": "mock", "advance": 2 * DAY})
    api.tokens.clear()
    later = searchable()
    assert len(later - at_once) > len(later) // 10
    api.admin("POST", "clock", {"tenant": "mock", "advance": DAY})
    api.tokens.clear()
    assert not searchable() - later


def test_counts_of_a_search_are_up_to_ten_days_old_while_user_info_is_live(api: Api) -> None:
    world_ = world(1, 20_000)
    videos = world_.videos(np.arange(world_.timeline.settled, world_.timeline.first_from(EPOCH - 20 * DAY)))
    age = EPOCH - videos.observed(EPOCH)
    assert age.min() >= 0
    assert 8 * DAY < age.max() <= 10 * DAY
    popular = int(videos.index[(videos.counts("like", EPOCH) * videos.public(EPOCH)).argmax()])
    author = world_.videos(popular).author
    likes = [world_.user(int(author[0]), EPOCH + day * DAY)["likes_count"] for day in range(3)]
    assert likes[0] < likes[1] < likes[2]


def test_the_settled_era_is_the_same_a_day_and_a_year_later(api: Api) -> None:
    world_ = world(1, 20_000)
    videos = world_.videos(np.arange(world_.timeline.settled - 2_000, world_.timeline.settled))
    for later in (EPOCH + DAY, EPOCH + 365 * DAY):
        assert (videos.removed(EPOCH) == videos.removed(later)).all()
        for what in ("view", "like", "comment"):
            counts = videos.counts(what, videos.observed(EPOCH))
            assert (counts == videos.counts(what, videos.observed(later))).all()
    assert videos.create_time.max() < SETTLED + 4 * DAY


def test_a_search_in_the_region_canada_finds_nothing(api: Api) -> None:
    data = api.data("video/query", api.search(where("region_code", "EQ", "CA")), VIDEO)
    assert data["videos"] == []
    assert "search_id" not in data
