"""What is asked again, and when: once it has settled, and on the days of its waves; never for nothing."""

import json
import re
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest
import responses
from hypothesis import given
from hypothesis import strategies as st

from tests.support import small_study
from tests.ttdata.canned import API, connect, page
from ttdata import apiclock, layout
from ttdata.build import build, ranked_ids
from ttdata.canary import Canary, sent
from ttdata.collect import collect_shard, collect_slice
from ttdata.cost import Cost, costs
from ttdata.digest import digest_of
from ttdata.errors import EmptySuccess, NotDue, StudyFault
from ttdata.explain import explain
from ttdata.forecast import Change, table
from ttdata.outlook import outlook, refreshes, settling
from ttdata.plan import Plan, Slice
from ttdata.progress import progress
from ttdata.rounds import current
from ttdata.schedule import Settle, Waves, next_due
from ttdata.study import Study

OUT = Path("datasets/small.duckdb")
# The window is the last week of May: indexed on 3 June, settled on 11 June.
DURING = ["2026-05-25", "2026-05-31"]
DAY_0 = datetime(2026, 6, 1, 12, tzinfo=UTC)


@pytest.fixture(autouse=True)
def in_a_folder_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def study(dataset: dict[str, Any] | None = None, **changes: Any) -> Plan:
    """A plan of one search, and of the sources of `dataset`; `changes` are keys of the study or of its videos."""
    videos = small_study()["datasets"]["small"]["videos"] | {"during": DURING}
    videos |= {key: changes.pop(key) for key in ("waves", "during") if key in changes}
    whole = small_study(datasets={"small": {"videos": videos} | (dataset or {})}, **changes)
    return Plan.of(Study.check(whole, today=date(2026, 11, 1)))


def at(moment: datetime) -> Callable[[], datetime]:
    return lambda: moment


def api_at(now: datetime, *answers: object, path: str = "video/query") -> None:
    """An API whose clock says `now`, with these answers in order."""
    responses.reset()
    heard = {"Date": f"{now:%a, %d %b %Y %H:%M:%S} GMT"}
    token = {"access_token": "clt.x", "expires_in": 7200, "token_type": "Bearer"}
    responses.post(f"{API}/v2/oauth/token/", json=token, headers=heard)
    for answer in answers:
        responses.post(f"{API}/v2/research/{path}/", json=answer, headers=heard)


def videos(counts: dict[int, int]) -> dict[str, Any]:
    answer = page([], len(counts), more=False)
    answer["data"]["videos"] = [{"id": each, "view_count": count} for each, count in counts.items()]
    return answer


def collect(plan: Plan, wanted: Slice, now: datetime, counts: dict[int, int]) -> None:
    with responses.mock:
        api_at(now, videos(counts))
        collect_slice(plan, wanted, connect).write(plan.layout.receipt("videos", wanted.name))


def asked(plan: Plan, now: datetime, counts: dict[int, int]) -> Plan:
    """Collect what is due at that time, each search with these videos; gives the plan of that time."""
    due = current(plan, at(now))
    for each in due.slices:
        if not due.layout.receipt("videos", each.name).exists():
            collect(due, each, now, counts)
    return due


def observed(plan: Plan, now: datetime, counts: dict[int, int]) -> Plan:
    """The same, and build."""
    due = asked(plan, now, counts)
    build(due, "small", OUT)
    return due


def rows(query: str) -> list[Any]:
    with duckdb.connect(str(OUT), read_only=True) as con:
        return con.execute(query).fetchall()


def columns(table: str) -> list[Any]:
    return sorted((name, kind) for name, kind, *_ in rows(f"DESCRIBE FROM {table}"))


def raw_files() -> int:
    return len(list(Path("raw").rglob("*.zst")))


def names(plan: Plan) -> list[int]:
    """The rounds of a plan's searches."""
    return [layout.round_of(each.name) for each in plan.slices]


# --- settling ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("asked", "state"),
    [
        ("2026-05-31T23:00", "unindexed"),
        ("2026-06-02T23:59", "unindexed"),
        ("2026-06-03T00:00", "unsettled"),
        ("2026-06-10T23:59", "unsettled"),
        ("2026-06-11T00:00", "settled"),
    ],
)
def test_a_window_is_indexed_two_days_after_its_last_day_and_settled_after_ten(asked: str, state: str) -> None:
    moment = datetime.fromisoformat(asked).replace(tzinfo=UTC)
    assert Settle.of({}).state(date(2026, 5, 31), moment) == state


def test_what_was_asked_too_early_is_asked_again_once_indexed_and_once_settled_and_then_never() -> None:
    plan, days = study(), []
    for day in range(40):
        now = DAY_0 + timedelta(day)
        before = raw_files()
        asked(plan, now, {1: 5})
        if raw_files() > before:
            days.append(f"{now:%d %B}")
    assert days == ["01 June", "03 June", "11 June"]


def test_whoever_comes_back_late_asks_once_for_both_reasons() -> None:
    plan = study()
    asked(plan, DAY_0, {1: 5})
    late = asked(plan, DAY_0 + timedelta(30), {1: 9})
    assert names(late) == [2]
    assert current(plan, at(DAY_0 + timedelta(60))) == late


def test_a_build_at_the_same_time_asks_for_nothing_and_has_the_same_plan() -> None:
    plan = study()
    for now in (DAY_0, DAY_0 + timedelta(3), DAY_0 + timedelta(20)):
        first = asked(plan, now, {1: 5})
        assert current(plan, at(now)) == current(plan, at(now + timedelta(hours=1))) == first
        assert all(first.layout.receipt("videos", each.name).exists() for each in first.slices)


def test_a_study_of_settled_windows_never_looks_at_the_clock() -> None:
    plan = study(during=["2025-01-01", "2025-01-20"])

    def clock() -> datetime:
        raise AssertionError("the clock was looked at")

    assert names(current(plan, clock)) == [1]
    asked(plan, DAY_0, {1: 5})
    assert names(current(plan, clock)) == [1]


def test_a_round_that_a_wrong_clock_began_too_early_sends_nothing() -> None:
    plan = study()
    asked(plan, DAY_0, {1: 5})
    due = current(plan, at(DAY_0 + timedelta(30)))
    with responses.mock:
        api_at(DAY_0 + timedelta(1), videos({1: 5}))
        with pytest.raises(NotDue, match="It is due on 2026-06-03, but by the API's clock it is 2026-06-02 12:00 UTC"):
            collect_slice(due, due.slices[0], connect)
        assert all("research" not in str(call.request.url) for call in responses.calls)


@given(
    st.lists(st.integers(0, 60 * 24), min_size=1, max_size=20),
    st.lists(st.integers(0, 60 * 24), min_size=1, max_size=5),
)
def test_no_schedule_leads_to_more_askings_than_it_has_moments(builds: list[int], moments: list[int]) -> None:
    due = [DAY_0 + timedelta(hours=each) for each in moments]
    asked_at, asked = DAY_0, 0
    for now in sorted(DAY_0 + timedelta(hours=each) for each in builds):
        while (next_one := next_due(due, asked_at)) and next_one <= now:
            asked_at, asked = now, asked + 1
    assert asked <= len(set(due))


def test_what_has_not_settled_is_told_with_the_day_on_which_it_has() -> None:
    plan = observed(study(), DAY_0, {1: 5})
    (told,) = outlook(plan)
    assert "1 search was asked for too early, so counts are not up to date. In 1 of them videos can be missing." in told
    assert "from 2026-06-03 on, and last on 2026-06-11 (UTC)" in told
    assert settling(plan) == {"settled": 0, "unsettled": 0, "unindexed": 1, "next_due": "2026-06-03T00:00:00+00:00"}
    assert rows("SELECT settled, settled_on FROM slices") == [("unindexed", datetime(2026, 6, 11))]
    assert list(outlook(observed(study(), DAY_0 + timedelta(30), {1: 5}))) == []
    assert rows("SELECT settled FROM slices") == [("settled",)]


# --- observations -----------------------------------------------------------------------------------------------


def test_a_refreshed_dataset_equals_one_that_was_collected_then() -> None:
    asked(study(), DAY_0, {1: 5, 2: 7})
    observed(study(), DAY_0 + timedelta(12), {1: 50, 3: 9})
    refreshed = digest_of(OUT)
    for file in Path("raw").rglob("*.*"):
        if file.is_file():
            file.unlink()
    OUT.unlink()
    observed(study(), DAY_0 + timedelta(12), {1: 50, 3: 9})
    assert digest_of(OUT) == refreshed


def test_every_observation_stays_and_a_video_that_is_gone_keeps_its_row() -> None:
    asked(study(), DAY_0, {1: 5, 2: 7})
    observed(study(), DAY_0 + timedelta(12), {1: 50, 3: 9})
    assert rows("SELECT id, view_count FROM videos") == [(1, 50), (3, 9)]
    assert rows("SELECT video_id, round, view_count FROM video_observations ORDER BY ALL") == [
        (1, 1, 5),
        (1, 2, 50),
        (2, 1, 7),
        (3, 2, 9),
    ]
    assert rows("SELECT id, view_count, last_seen::DATE FROM videos_gone") == [(2, 7, date(2026, 6, 1))]
    assert rows("SELECT round, settled FROM rounds ORDER BY ALL") == [(1, "unindexed"), (2, "settled")]


def test_videos_as_of_a_day_are_those_that_a_build_of_that_day_had() -> None:
    asked(study(), DAY_0, {1: 5, 2: 7})
    observed(study(), DAY_0 + timedelta(12), {1: 50, 3: 9})
    first, second = [(1, 5), (2, 7)], [(1, 50), (3, 9)]
    for moment, had in [
        ("'2026-05-31'", []),
        ("'2026-06-01'", first),
        ("DATE '2026-06-12'", first),
        ("'2026-06-13 11:59:59'", first),
        ("TIMESTAMP '2026-06-13 12:01:00'", second),
        ("'2026-06-13'", second),
    ]:
        assert rows(f"FROM videos_as_of({moment}) SELECT id, view_count ORDER BY id") == had, moment
    assert columns("videos_as_of('2026-06-01')") == columns("videos")


# --- waves ------------------------------------------------------------------------------------------------------

WEEKLY = {"every": "7d", "times": 3}
OLD = ["2025-01-01", "2025-01-20"]


def test_waves_begin_on_the_day_of_the_first_collection_or_on_the_day_that_is_declared() -> None:
    def days(**declared: Any) -> list[str]:
        waves = Waves.of({"waves": WEEKLY | declared})
        assert waves
        return [f"{each:%m-%d %H:%M}" for each in waves.moments(DAY_0)]

    assert days() == ["06-01 00:00", "06-08 00:00", "06-15 00:00"]
    assert days(**{"from": "2026-06-03"}) == ["06-03 00:00", "06-10 00:00", "06-17 00:00"]


def test_a_wave_that_is_not_due_is_no_failure_and_three_waves_are_three_observations() -> None:
    plan = study(during=OLD, waves=WEEKLY)
    told = []
    for day in (0, 1, 8, 9, 14, 40):
        due = observed(plan, DAY_0 + timedelta(day), {1: 10 * day})
        told.append((names(due), *outlook(due)))
    assert (
        told[:2]
        == [
            ([1], "videos of small: wave 1 of 3; next due 2026-06-08 (UTC): run the same command then."),
        ]
        * 2
    )
    assert (
        told[2:4]
        == [
            ([2], "videos of small: wave 2 of 3; next due 2026-06-15 (UTC): run the same command then."),
        ]
        * 2
    )
    assert told[4:] == [([3], "videos of small: wave 3 of 3, the last one.")] * 2
    assert rows("SELECT view_count FROM video_observations ORDER BY round") == [(0,), (80,), (140,)]


def test_waves_that_were_missed_are_told_and_not_made_up_for() -> None:
    plan = study(during=OLD, waves=WEEKLY)
    asked(plan, DAY_0, {1: 1})
    late = asked(plan, DAY_0 + timedelta(60), {1: 2})
    assert (names(late), list(outlook(late))) == (
        [2],
        ["videos of small: wave 3 of 3, 1 of them missed, the last one."],
    )


PANEL = {"accounts": ["a", "b"], "users": {"of": "accounts"}}


def ask_users(plan: Plan, now: datetime, counts: dict[str, int]) -> int:
    """Ask about the accounts that are due; gives how many answers came."""
    step = plan.datasets[0].step("users")
    ids = ranked_ids(plan, "small", "users")
    layout.ids("small", "users").parent.mkdir(parents=True, exist_ok=True)
    layout.ids("small", "users").write_text("".join(f"{each}\n" for each in ids))
    before = progress(plan).sent
    for shard in step.shards:
        answers = [
            {"data": {"follower_count": counts.get(each)}, "error": {"code": "ok"}}
            for each in sorted(ids)
            if shard.holds(each)
        ]
        with responses.mock:
            api_at(now, *answers, path="user/info")
            collect_shard(plan, step, shard, ids, connect).write(plan.layout.receipt("users", shard.receipt))
    return progress(plan).sent - before


def accounts(*handles: str, **waves: Any) -> Plan:
    dataset = {"accounts": list(handles), "users": {"of": "accounts", "waves": waves or WEEKLY}}
    return Plan.of(Study.check(small_study(datasets={"small": dataset}), today=date(2026, 11, 1)))


def test_accounts_are_observed_in_waves_and_new_ones_join_at_the_next() -> None:
    plan = accounts("a", "b", "c")
    assert ask_users(current(plan, at(DAY_0)), DAY_0, {"a": 1, "b": 1, "c": 1}) == 3
    later = DAY_0 + timedelta(8)
    plan = accounts("a", "b", "c", "d")
    due = current(plan, at(later))
    assert ask_users(due, later, {"a": 2, "b": 2, "c": 2, "d": 2}) == 4
    due = current(plan, at(later))
    assert ask_users(due, later, {}) == 0
    build(due, "small", OUT)
    assert rows("SELECT username, follower_count FROM users ORDER BY 1") == [("a", 2), ("b", 2), ("c", 2), ("d", 2)]
    assert rows(
        "SELECT username, list(follower_count ORDER BY round) FROM user_observations GROUP BY 1 ORDER BY 1"
    ) == [
        ("a", [1, 2]),
        ("b", [1, 2]),
        ("c", [1, 2]),
        ("d", [2]),
    ]


def test_an_account_that_leaves_the_list_keeps_its_observations() -> None:
    ask_users(current(accounts("a", "b"), at(DAY_0)), DAY_0, {"a": 1, "b": 1})
    later = DAY_0 + timedelta(8)
    due = current(accounts("a"), at(later))
    ask_users(due, later, {"a": 2})
    build(due, "small", OUT)
    assert rows("SELECT username FROM users") == [("a",)]
    assert rows("SELECT username, round FROM user_observations ORDER BY ALL") == [("a", 1), ("a", 2), ("b", 1)]
    assert re.findall(r"slice small-\dof4(\S*),", explain(OUT, "a")) == ["", ".2"]


def test_waves_that_are_declared_later_count_what_was_observed_before() -> None:
    without = Plan.of(Study.check(small_study(datasets={"small": PANEL}), today=date(2026, 11, 1)))
    ask_users(without, DAY_0, {"a": 1, "b": 1})
    later = DAY_0 + timedelta(8)
    due = current(accounts("a", "b"), at(later))
    assert ask_users(due, later, {"a": 2, "b": 2}) == 2
    build(due, "small", OUT)
    assert rows("SELECT username, follower_count FROM user_observations ORDER BY ALL") == [
        ("a", 1),
        ("a", 2),
        ("b", 1),
        ("b", 2),
    ]


def test_the_plan_tells_what_every_later_wave_and_refresh_costs_and_when() -> None:
    plan = accounts(*map(str, range(400)), every="7d", times=13)
    later = refreshes(plan, costs(plan), DAY_0)
    assert [f"{each.day}" for each in later][:2] == ["2026-06-08", "2026-06-15"]
    assert [each.requests for each in later] == [Cost(400, 400, 400)] * 12
    plan = study()
    assert [(f"{each.day}", each.slices) for each in refreshes(plan, costs(plan), DAY_0)] == [
        ("2026-06-03", 1),
        ("2026-06-11", 1),
    ]
    asked(plan, DAY_0, {1: 5})
    due = current(plan, at(DAY_0 + timedelta(12)))
    assert refreshes(due, costs(due), DAY_0 + timedelta(12)) == []


def test_the_plan_says_which_waves_cannot_be_had() -> None:
    def told(**changes: Any) -> str:
        panel = {"accounts": list(map(str, range(400))), "users": {"of": "accounts", "waves": WEEKLY}}
        plan = Plan.of(Study.check(small_study(datasets={"small": panel}, **changes), today=date(2026, 11, 1)))
        estimate = costs(plan)
        later = refreshes(plan, estimate, DAY_0)
        return " ".join(table(plan, estimate, Change(0, 0, 0), DAY_0.date(), later).split())

    assert "is due on" not in told(quota={"daily": 100})
    assert "What is due on 2026-06-08 takes 8 days at this quota, but more is due on 2026-06-15" in told(
        quota={"daily": 50}
    )
    assert "with all" not in told(limits={"requests": 1200}).lower()
    assert "expected to cost 1,200 requests; limits.requests allows 500, so a later day" in told(
        limits={"requests": 500}
    )


def test_a_plan_counts_the_requests_of_earlier_rounds() -> None:
    asked(study(), DAY_0, {1: 5})
    due = current(study(), at(DAY_0 + timedelta(12)))
    before = costs(due)
    assert (before.done, before.total.min) == (1, 2)
    due = asked(study(), DAY_0 + timedelta(12), {1: 5})
    assert before.total.min <= progress(due).sent <= before.total.max
    assert costs(due).total == Cost(2, 2, 2)


# --- zero guard -------------------------------------------------------------------------------------------------

MANY = dict.fromkeys(range(1, 8), 1)


def test_a_later_round_that_finds_nothing_is_not_believed_and_changes_nothing() -> None:
    observed(study(), DAY_0, MANY)
    kept, later = digest_of(OUT), DAY_0 + timedelta(12)
    for attempt in (1, 2):
        with pytest.raises(
            EmptySuccess, match=r"^EmptySuccess: The search \w+\.2 .* found nothing, but 7 videos before"
        ):
            asked(study(), later, {})
        assert progress(current(study(), at(later))).sent == 1 + attempt
    assert digest_of(OUT) == kept
    observed(study(), later, MANY)
    assert rows("SELECT count(*) FROM videos") == [(7,)]


def test_a_search_that_is_collected_anew_and_finds_nothing_is_not_believed_either() -> None:
    plan = study(during=OLD)
    observed(plan, DAY_0, MANY)
    for file in [*Path("raw").rglob("*.zst"), *Path("raw").rglob("*.json")]:
        file.unlink()
    with pytest.raises(EmptySuccess, match="It cost 1 request"):
        observed(plan, DAY_0, {})
    assert rows("SELECT count(*) FROM videos") == [(7,)]


def test_a_few_videos_may_all_be_gone_if_the_search_works_for_others() -> None:
    plan = study(during=["2026-05-01", "2026-05-31"])
    first, second = plan.slices
    collect(plan, first, DAY_0, MANY)
    collect(plan, second, DAY_0, {10: 1, 11: 1})
    later = DAY_0 + timedelta(20)
    due = current(plan, at(later))
    # Nothing else was asked today: another search is asked first, at the cost of one request a day.
    with responses.mock:
        api_at(later, videos({}), videos({}))
        with pytest.raises(EmptySuccess, match="found nothing, but 2 videos before"):
            collect_slice(due, due.slices[1], connect)
    with responses.mock:
        api_at(later, videos({}), videos(MANY))
        assert collect_slice(due, due.slices[1], connect).state == "empty"
    assert progress(due).sent == 2 + 2 + 2
    collect(due, due.slices[0], later, MANY)
    collect(due, due.slices[1], later, {})
    build(due, "small", OUT)
    assert rows("SELECT id FROM videos_gone ORDER BY 1") == [(10,), (11,)]


def test_a_few_videos_of_the_only_search_are_not_believed_to_be_gone() -> None:
    asked(study(), DAY_0, {1: 1})
    with pytest.raises(EmptySuccess, match="found nothing, but 1 video before"):
        asked(study(), DAY_0 + timedelta(12), {})


def test_a_waiver_says_that_nothing_is_the_truth() -> None:
    observed(study(), DAY_0, MANY)
    waived = study(waive=[{"slice": study().slices[0].name, "reason": "the account closed"}])
    observed(waived, DAY_0 + timedelta(12), {})
    assert rows("SELECT (SELECT count(*) FROM videos), (SELECT count(*) FROM videos_gone)") == [(0, 7)]


# --- canary -----------------------------------------------------------------------------------------------------

CANARY = {"where": {"all": [{"region_code": "US"}]}, "during": ["2025-01-01", "2025-01-10"], "at_least": 2}


def test_a_canary_is_asked_once_a_day_of_the_api() -> None:
    plan = study(canary=CANARY)
    canary = Canary.of(plan.declared)
    assert canary
    for hours in (0, 3, 11, 12, 30):
        with responses.mock:
            api_at(DAY_0 + timedelta(hours=hours), videos({1: 1, 2: 1}))
            canary.ask(plan.layout, connect)
    assert sent(plan.layout) == progress(plan).sent == 2
    assert costs(plan).sources["canary"].min >= 2


def test_a_canary_that_finds_too_little_stops_the_build_and_is_asked_again() -> None:
    plan = study(canary=CANARY)
    canary = Canary.of(plan.declared)
    assert canary
    for _ in range(2):
        with responses.mock:
            api_at(DAY_0, videos({1: 1}))
            with pytest.raises(EmptySuccess, match="known to find 2 videos or more, found 1 video"):
                canary.ask(plan.layout, connect)
    assert sent(plan.layout) == 2


# --- the API's clock --------------------------------------------------------------------------------------------


def test_the_bundled_server_has_the_time_that_the_key_says(monkeypatch: pytest.MonkeyPatch) -> None:
    plan = study()
    assert apiclock.clock(plan, plan.host)() == DAY_0
    monkeypatch.setenv("TIKTOK_CLIENT_KEY", "mock:now=2026-06-15T08:00:00Z")
    assert apiclock.clock(plan, plan.host)() == datetime(2026, 6, 15, 8, tzinfo=UTC)
    monkeypatch.setenv(apiclock.NOW, "2026-07-01T00:00:00+00:00")
    assert apiclock.clock(plan, plan.host)() == datetime(2026, 7, 1, tzinfo=UTC)


def test_the_time_of_another_api_is_remembered_as_its_distance_from_ours() -> None:
    plan = study(api={"base_url": API})
    with responses.mock:
        api_at(datetime.now(UTC) + timedelta(days=400))
        client = connect(lambda answer: None)
        client.token()
        apiclock.remember(client, plan.host)
    ahead = apiclock.clock(plan, plan.host)() - datetime.now(UTC)
    assert timedelta(days=399) < ahead < timedelta(days=401)
    assert list(json.loads(layout.CLOCK.read_text())) == [plan.host]


def test_a_memory_of_the_time_that_cannot_be_read_is_forgotten() -> None:
    plan = study(api={"base_url": API})
    layout.CLOCK.parent.mkdir()
    layout.CLOCK.write_text("{")
    assert abs(apiclock.clock(plan, plan.host)() - datetime.now(UTC)) < timedelta(hours=1)


# --- mistakes ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"settle": {"index": "2"}}, "settle.index: '2' does not have the right form. Write a number of days, such as"),
        ({"settle": {"counts": 10}}, "settle.counts: 10 is a whole number, but this must be a text."),
        ({"settle": {"index": "12d"}}, "settle.index: Videos are found before their counts settle: 12d is more than"),
        ({"settle": {}}, "settle: This is empty"),
        ({"waves": {"every": "0d", "times": 3}}, "waves.every: '0d' does not have the right form."),
        ({"waves": {"every": "7d"}}, "waves: The key 'times' is missing."),
        ({"waves": {"every": "7d", "times": 1}}, "waves.times: 1 is too small; the least is 2."),
        ({"waves": WEEKLY | {"from": "2026-06-31"}}, "waves.from: 2026-06-31 is a day that does not exist"),
        ({"waves": WEEKLY | {"from": "June"}}, "waves.from: 'June' does not have the right form. Write a day as"),
        ({"canary": {"during": OLD}}, "canary: The key 'where' is missing."),
        ({"canary": {"where": CANARY["where"]}}, "canary: The key 'during' is missing."),
        ({"canary": CANARY | {"at_least": 0}}, "canary.at_least: 0 is too small; the least is 1."),
        ({"canary": CANARY | {"during": ["2025-01-01", "2025-03-01"]}}, "canary.during: The canary is one request,"),
        ({"canary": CANARY | {"during": ["2025-01-10", "2025-01-01"]}}, "canary.during: Give a first and a last day"),
        ({"canary": CANARY | {"during": ["2025-02-30", "2025-03-01"]}}, "holds a day that does not exist"),
        ({"canary": CANARY | {"where": {"all": [{"region_code": "XX"}]}}}, "canary.where:"),
    ],
)
def test_a_mistake_about_time_is_named_with_its_key(changes: dict[str, Any], sentence: str) -> None:
    with pytest.raises(StudyFault) as fault:
        study(**changes)
    assert sentence in str(fault.value)


def test_a_random_sample_has_no_waves() -> None:
    videos = small_study()["datasets"]["small"]["videos"] | {"random": {"by": "month", "draws": 2}, "waves": WEEKLY}
    with pytest.raises(StudyFault, match="A sample drawn again is another sample"):
        Study.check(small_study(datasets={"small": {"videos": videos}}), today=date(2026, 11, 1))
