"""The pages under /__mock__/: clock, quota, journal, quirks, snapshots."""

from contextlib import suppress
from typing import Any

import pytest
import requests

from mockserver.adapters.threads import InThread
from mockserver.core import Core
from mockserver.messages import LARGEST_BODY
from mockserver.tenants.clock import Clock
from mockserver.world.times import EPOCH
from tests.mockserver.conftest import USER, Api

EMPTY = {"username": "mock_empty"}
CLOSED = [
    *[("GET", path) for path in ("tenants", "tenant", "journal", "journal.har", "state", "videos")],
    *[("POST", path) for path in ("clock", "quota", "quirks", "scenario", "collaborators", "reset", "rows")],
    ("PUT", "state"),
]


def tenant(api: Api) -> dict[str, Any]:
    content: dict[str, Any] = api.admin("GET", f"tenant?tenant={api.key}").json()
    return content


def test_health_needs_no_token(api: Api) -> None:
    answer = api.admin("GET", "health", **{"X-Mock-Admin-Token": ""})
    assert (answer.status_code, answer.json()["status"]) == (200, "ok")


@pytest.mark.parametrize(("method", "path"), CLOSED)
def test_pages_that_show_or_change_clients_require_the_admin_token(api: Api, method: str, path: str) -> None:
    assert api.admin(method, path, {}, **{"X-Mock-Admin-Token": "wrong"}).status_code == 403


@pytest.mark.parametrize("token", ["\xff", "é", "a" * 5_000])
def test_any_other_text_as_admin_token_is_refused(api: Api, token: str) -> None:
    assert api.admin("GET", "tenants", {}, **{"X-Mock-Admin-Token": token}).status_code == 403


def test_everything_in_the_sample_exists(api: Api) -> None:
    sample = api.admin("GET", "sample").json()
    assert sample == api.sample
    assert int(sample["end_date"]) < 20260402
    assert api.videos()["videos"]
    for path, key in (
        ("liked_videos", "user_liked_videos"),
        ("reposted_videos", "reposted_videos"),
        ("pinned_videos", "pinned_videos_list"),
    ):
        assert api.data(f"user/{path}", {"username": sample["username"]}, "id")[key], path
    for path in ("followers", "following"):
        assert api.data(f"user/{path}", {"username": sample["username"]})[f"user_{path}"]
    for field, value in (
        ("username", "username"),
        ("hashtag_name", "hashtag"),
        ("keyword", "keyword"),
        ("region_code", "region"),
    ):
        condition = {"field_name": field, "operation": "EQ", "field_values": [sample[value]]}
        assert api.data("video/query", api.search(condition), "id")["videos"], field


def test_the_sample_follows_the_clock(api: Api) -> None:
    earlier = api.admin("GET", "sample?tenant=mock").json()
    api.admin("POST", "clock", {"tenant": "mock", "advance": 300 * 86_400})
    later = api.admin("GET", "sample?tenant=mock").json()
    assert (earlier["end_date"], later["end_date"]) == ("20260328", "20270122")
    api.tokens.clear()
    condition = {"field_name": "hashtag_name", "operation": "EQ", "field_values": [later["hashtag"]]}
    dates = {name: later[name] for name in ("start_date", "end_date")}
    assert api.data("video/query", {"query": {"and": [condition]}} | dates, "id")["videos"]
    assert api.data("user/reposted_videos", {"username": later["username"]}, "id")["reposted_videos"]


def test_the_clock_can_be_set_moved_and_stopped(api: Api) -> None:
    assert api.admin("POST", "clock", {"to": "2027-01-01T00:00:00+01:00"}).json()["now"] == "2026-12-31T23:00:00+00:00"
    assert api.admin("POST", "clock", {"advance": 60}).json()["now"].startswith("2026-12-31T23:01:0")
    frozen = api.admin("POST", "clock", {"freeze": True}).json()
    assert frozen["frozen"]
    assert api.admin("POST", "clock", {}).json()["now"] == frozen["now"]
    assert api.admin("POST", "clock", {"to": "next-utc-midnight"}).json()["now"] == "2027-01-01T00:00:00+00:00"
    assert api.admin("POST", "clock", {"to": "+48h"}).json()["now"] == "2027-01-03T00:00:00+00:00"


def test_the_clock_can_run_faster() -> None:
    real = 0.0
    clock = Clock(EPOCH, lambda: real)
    clock.run(3_600)
    real = 2.0
    assert clock.now == EPOCH + 7_200
    clock.run(1)
    real = 5.0
    assert clock.now == EPOCH + 7_203


def test_each_tenant_has_its_own_clock(api: Api) -> None:
    api.admin("POST", "clock", {"tenant": "mock:seed=2", "advance": 86_400})
    assert tenant(api)["now"].startswith("2026-06-01")


@pytest.mark.parametrize(
    ("body", "word"),
    [
        ({"to": "tomorrow"}, "next-utc-midnight"),
        ({"to": "1999-01-01"}, "2018"),
        ({"advance": "much"}, "seconds"),
        ({"advance": 1e300}, "A clock can be set from"),
        ({"speed": 0}, "above 0"),
        ({"pace": 2}, "pace"),
        ({"tenant": "nobody"}, "client key"),
        ({"tenant": "mock:x=1"}, "unknown option"),
    ],
)
def test_a_wrong_change_of_the_clock_is_refused_with_the_possible_ones(
    api: Api, body: dict[str, object], word: str
) -> None:
    answer = api.admin("POST", "clock", body)
    assert answer.status_code == 400
    assert word in answer.json()["error"]


def test_the_journal_has_each_call_and_the_reason_for_its_refusal(api: Api) -> None:
    api.post("user/info", EMPTY, USER)
    api.post("user/info", {"username": "mock_private"}, USER)
    good, refused = api.admin("GET", "journal").json()
    assert (good["endpoint"], good["status"], good["code"]) == ("user.info", 200, "ok")
    assert refused["reason"].startswith("user-private; reported; ")
    assert refused["because"] == "Only public accounts are shown."
    assert api.token not in str([good, refused])


# What is not an answer of the API, or cannot be read as one.
UNREADABLE = ("gateway_timeout", "unavailable", "bad_gateway", "html", "not_json", "no_body", "no_error_object")


@pytest.mark.parametrize(
    ("action", "code"),
    [
        *((name, "") for name in (*UNREADABLE, "reset", "truncate")),
        *((name, "ok") for name in ("no_data", "status_500_with_data", "byte_order_mark", "slow")),
        ("internal_error", "internal_error"),
    ],
)
def test_the_journal_has_the_error_code_that_the_client_can_read(api: Api, action: str, code: str) -> None:
    api.mock.play({"faults": [{"do": action}]})
    with suppress(requests.RequestException):
        api.post("user/info", EMPTY, USER)
    (call,) = api.admin("GET", "journal").json()
    (entry,) = api.admin("GET", "journal.har").json()["log"]["entries"]
    assert (call["code"], call["fault"]) == (code, action)
    assert entry["response"]["statusText"] == entry["_mock"]["code"] == code


def test_the_journal_can_be_exported_as_an_http_archive_without_a_token(api: Api) -> None:
    api.post("user/info", EMPTY, USER)
    archive = api.admin("GET", "journal.har").json()["log"]
    entry = archive["entries"][0]
    assert archive["version"] == "1.2"
    assert entry["request"]["url"] == f"https://open.tiktokapis.com/v2/research/user/info/?fields={USER}"
    assert entry["response"]["status"] == 200
    assert api.token not in str(archive)


def test_a_tenant_can_be_reset(api: Api) -> None:
    api.post("user/info", EMPTY, USER)
    first = tenant(api)
    api.admin("POST", "reset", {"tenant": "mock"})
    assert first["quota"]["general"]["used"] == 1
    assert tenant(api)["quota"]["general"]["used"] == 0
    assert api.post("user/info", EMPTY, USER).status_code == 401


def test_a_snapshot_restores_clock_quota_tokens_and_searches(api: Api) -> None:
    first = api.videos(max_count=20)
    state = api.admin("GET", "state").json()
    api.admin("POST", "clock", {"to": "2027-01-01"})
    api.admin("POST", "reset", {"tenant": "mock"})
    assert api.admin("PUT", "state", state).json() == {"tenants": 1}
    assert tenant(api)["quota"]["general"]["used"] == 1
    again = api.videos(max_count=20, cursor=0, search_id=first["search_id"])
    assert again["videos"] == first["videos"]


@pytest.mark.parametrize(
    "state", [{}, {"format": 2}, {"format": 2, "tenants": [{"tenant": "x"}]}, {"format": 2, "tenants": 5}]
)
def test_a_damaged_snapshot_is_refused_and_changes_nothing(api: Api, state: dict[str, object]) -> None:
    api.post("user/info", EMPTY, USER)
    assert api.admin("PUT", "state", state).status_code == 400
    assert tenant(api)["quota"]["general"]["used"] == 1


def test_a_collaborator_can_be_added_removed_and_added_again(api: Api) -> None:
    organisation, ada = "mock:org=lab", "mock:org=lab,member=ada"
    for change, answer in (
        ({"add": "ada"}, "access_token"),
        ({"remove": "ada"}, "error"),
        ({"add": "ada"}, "access_token"),
    ):
        assert api.admin("POST", "collaborators", {"tenant": organisation} | change).status_code == 200
        assert answer in api.token_answer(ada).json()


def test_a_tenth_collaborator_can_be_added_only_after_another_was_removed(api: Api) -> None:
    names = [f"m{number}" for number in range(9)]
    assert all(api.admin("POST", "collaborators", {"add": name}).status_code == 200 for name in names)
    assert "up to 9" in api.admin("POST", "collaborators", {"add": "tenth"}).json()["error"]
    assert api.admin("POST", "collaborators", {"remove": "m0", "add": None}).status_code == 200
    assert api.admin("POST", "collaborators", {"add": "tenth"}).json()["collaborators"]["tenth"] is True


@pytest.mark.parametrize("body", [{"add": ""}, {"add": "a,b"}, {"remove": 5}, {"add": "x" * 41}, {"let": "ada"}])
def test_a_collaborator_name_that_a_client_key_cannot_contain_is_refused(api: Api, body: dict[str, object]) -> None:
    assert api.admin("POST", "collaborators", body).status_code == 400


def test_a_snapshot_may_be_larger_than_other_requests(core: Core) -> None:
    with InThread(core) as mock:
        api = Api(mock)
        api.post("user/info", EMPTY, USER)
        state = api.admin("GET", "state").json()
        state["tenants"][0]["journal"] *= 6_000
        assert len(str(state)) > LARGEST_BODY
        assert api.admin("PUT", "state", state).status_code == 200
        assert api.admin("PUT", "state", state, **{"X-Mock-Admin-Token": "wrong"}).status_code == 413


def test_the_videos_of_the_world_can_be_browsed(api: Api) -> None:
    first = api.admin("GET", "videos?count=10").json()
    assert 5 <= len(first["videos"]) <= 10
    second = api.admin("GET", f"videos?count=10&from={first['next']}").json()
    assert second["videos"][0]["id"] < first["videos"][-1]["id"]
    assert api.admin("GET", "videos?from=x").status_code == 400


@pytest.mark.parametrize("path", ["nothing", "state/../../etc/passwd", "clock"])
def test_other_paths_are_not_found(api: Api, path: str) -> None:
    assert api.admin("GET", path).status_code == 404


def test_all_rules_of_refusals_are_listed(api: Api) -> None:
    rules = api.admin("GET", "rules").json()
    assert rules["scope"]["status"] == 401
    assert all({"documented", "recorded", "reported", "assumed"} >= {rule["kind"]} for rule in rules.values())
