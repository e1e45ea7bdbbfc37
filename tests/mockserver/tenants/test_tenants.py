"""Client keys as configuration: each key is another tenant."""

import pytest

from tests.mockserver.conftest import USER, Api

EMPTY = {"username": "mock_empty"}


def used(api: Api, key: str) -> int:
    api.key = key
    return api.mock.core.tenants[key].meters()["general"]["used"]


def test_each_client_key_has_its_own_quota_journal_and_world(api: Api) -> None:
    samples = []
    for api.key in ("mock", "mock:seed=2,videos=5000"):
        api.post("user/info", EMPTY, USER)
        samples.append(api.sample["username"])
    assert [used(api, key) for key in ("mock", "mock:seed=2,videos=5000")] == [1, 1]
    assert samples[0] != samples[1]


def test_a_token_belongs_to_the_tenant_that_got_it(api: Api) -> None:
    api.key = "mock:quota=0"
    token = api.token
    api.key = "mock"
    answer = api.post("user/info", EMPTY, USER, headers={"Authorization": f"Bearer {token}"})
    assert answer.json()["error"]["code"] == "daily_quota_limit_exceeded"


def test_quotas_can_be_small(api: Api) -> None:
    api.key = "mock:quota=2,follow_quota=1"
    assert [api.post("user/info", EMPTY, USER).status_code for _ in range(3)] == [200, 200, 429]
    assert [api.post("user/followers", EMPTY).status_code for _ in range(2)] == [200, 429]


def test_a_rate_limit_can_be_set_besides_the_quota(api: Api) -> None:
    api.key = "mock:rate=2"
    assert api.admin("POST", "clock", {"tenant": api.key, "freeze": True}).status_code == 200
    assert [api.post("user/info", EMPTY, USER).status_code for _ in range(3)] == [200, 200, 429]
    assert api.refused("user/info", EMPTY, USER)["code"] == "rate_limit_exceeded"
    api.admin("POST", "clock", {"tenant": api.key, "advance": 61})
    assert api.post("user/info", EMPTY, USER).status_code == 200


def test_a_client_without_a_scope_cannot_use_the_fields_and_endpoints_that_need_it(api: Api) -> None:
    api.key = "mock:lacks=voice_to_text+user.followers"
    error = api.refused("video/query", api.search(), "id,voice_to_text")
    assert (error["status"], error["code"]) == (400, "scope_permission_missed")
    assert "voice_to_text" in error["message"]
    assert api.data("video/query", api.search(), "id")["videos"]
    assert api.refused("user/followers", EMPTY)["code"] == "scope_permission_missed"
    assert api.post("user/following", EMPTY).status_code == 200


def test_lacks_refuses_a_name_that_is_not_a_field(inside: Api) -> None:
    answer = inside.token_answer("mock:lacks=voice_to_txt").json()
    assert "unknown field or endpoint 'voice_to_txt'" in answer["error_description"]


def test_a_removed_client_gets_no_token(api: Api) -> None:
    assert api.token_answer("mock:removed").json()["error"] == "invalid_client"


@pytest.mark.parametrize("status", [400, 401])
def test_token_errors_can_have_another_status(api: Api, status: int) -> None:
    api.key = f"mock:removed,token_status={status}"
    assert api.token_answer().status_code == status


def test_a_loose_tenant_accepts_unknown_fields_and_long_windows(api: Api) -> None:
    body = api.search(start_date="20250101", end_date="20251231")
    assert api.post("video/query", body, "id").status_code == 400
    assert api.post("video/query", api.search(), "id,nonsense").status_code == 400
    api.key = "mock:loose"
    assert set(api.data("video/query", body, "id,nonsense")["videos"][0]) == {"id"}


def test_the_oldest_of_more_than_a_thousand_tenants_is_forgotten(api: Api) -> None:
    for seed in range(1_001):
        api.mock.core.tenant(f"mock:seed={seed}")
    assert len(api.mock.core.tenants) == 1_000
    assert "mock:seed=0" not in api.mock.core.tenants


def test_the_lifetime_of_a_search_id_can_be_set(api: Api) -> None:
    api.key = "mock:search_ttl=0"
    first = api.videos(max_count=20)
    api.admin("POST", "clock", {"tenant": api.key, "advance": 2})
    body = api.search(max_count=20, cursor=20, search_id=first["search_id"])
    assert "invalid or expired" in api.refused("video/query", body, "id")["message"]


@pytest.mark.parametrize(
    ("now", "date"),
    [("2026-06-15", "Mon, 15 Jun 2026 00:00:0"), ("2026-06-15T08:00Z", "Mon, 15 Jun 2026 08:00:0")],
)
def test_a_clock_can_start_at_another_time_in_the_same_world(api: Api, now: str, date: str) -> None:
    dates = {"start_date": "20260101", "end_date": "20260107"}
    first = api.videos(**dates)["videos"]
    api.key = f"mock:now={now}"
    assert api.post("user/info", EMPTY, USER).headers["Date"].startswith(date)
    second = api.videos(**dates)["videos"]
    assert [video["id"] for video in second] == [video["id"] for video in first]


def test_a_later_clock_finds_what_was_posted_since(api: Api) -> None:
    june = {"start_date": "20260603", "end_date": "20260610"}
    assert api.videos(**june)["videos"] == []
    api.key = "mock:now=2026-06-15"
    assert api.videos(**june)["videos"]


@pytest.mark.parametrize("now", ["soon", "2026-13-01", "", "2017-12-31", "0001-01-01", "9999-12-31"])
def test_a_clock_cannot_start_at_an_invalid_time_or_outside_the_world(api: Api, now: str) -> None:
    answer = api.token_answer(f"mock:now={now}").json()
    assert answer["error"] == "invalid_client"
    assert "option now" in answer["error_description"]
    assert "2018-01-01" in answer["error_description"] or "2026-06-15T08:00:00Z" in answer["error_description"]


@pytest.mark.parametrize("key", ["mock:videos=1e5", "mock:seed=7, quota=5", "mock:", "mock:unapproved,"])
def test_keys_are_read_leniently(api: Api, key: str) -> None:
    assert "access_token" in api.token_answer(key).json()


@pytest.mark.parametrize(
    "key", ["mock:videos=0", "mock:videos=1e99", "mock:unapproved=maybe", "mock:scenario=none", "mock:quota=-1"]
)
def test_values_out_of_range_are_refused_by_name(api: Api, key: str) -> None:
    answer = api.token_answer(key).json()
    assert answer["error"] == "invalid_client"
    assert key[5:].partition("=")[0] in answer["error_description"]
