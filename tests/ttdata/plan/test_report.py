"""What `ttdata plan` prints: days, limits, what is stored already, what a change collects, what a refresh costs."""

import json
import re
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
import responses
import yaml
from click.testing import CliRunner

from tests.support import small_study
from tests.ttdata.canned import api, connect, page
from ttdata.cli.main import main
from ttdata.collect.slices import collect_slice
from ttdata.plan.budget import OverLimit, check, check_least
from ttdata.plan.change import Change
from ttdata.plan.cost import Cost, Costs
from ttdata.plan.counting import costs
from ttdata.plan.due_again import DueAgain
from ttdata.plan.plan import Plan
from ttdata.plan.refresh_cost import expected_refresh_cost, refresh_cost
from ttdata.plan.report import as_json, table
from ttdata.program import program
from ttdata.study.limits import Limits
from ttdata.study.study import Study

TODAY = date(2026, 6, 1)


def plan_of(**changes: Any) -> Plan:
    return Plan.of(Study.check(small_study(**changes), today=date(2026, 11, 1)))


def with_videos(**changes: Any) -> dict[str, Any]:
    datasets: dict[str, Any] = small_study()["datasets"]
    datasets["small"]["videos"] |= changes
    return datasets


def test_a_study_over_its_limits_is_stopped_with_the_numbers() -> None:
    limits = Limits(requests=100)
    with pytest.raises(OverLimit, match=r"250 requests \(at least 1\); limits.requests allows 100"):
        check(limits, Costs({"videos": Cost(1, 900, 250)}, {"general": 100}), TODAY)
    check(limits, Costs({"videos": Cost(1, 900, 100)}, {"general": 100}), TODAY)


def test_the_most_is_unknown_unless_the_study_says_how_many_videos_there_are_or_limits_the_requests() -> None:
    def printed(plan: Plan) -> str:
        return table(plan, costs(plan), Change.of(plan), TODAY)

    text = printed(plan_of())
    assert [line.split()[0] for line in text.splitlines() if line.endswith("unknown")] == ["videos", "all"]
    assert "write the number below videos, such as about: 20000" in " ".join(text.split())
    assert "unknown" not in printed(plan_of(datasets=with_videos(about=300)))
    limited = printed(plan_of(limits={"requests": 700}))
    assert [line.split()[0] for line in limited.splitlines() if line.endswith("unknown")] == ["videos"]
    assert re.search(r"all together .* 700$", limited, re.MULTILINE)


def test_the_smaller_the_selection_the_longer_its_lists_are_expected_to_be() -> None:
    def pages(k: int) -> float:
        comments = {"of": "videos", "top": {"by": "view_count", "k": k}}
        videos = with_videos()["small"]["videos"]
        plan = plan_of(datasets={"small": {"videos": videos, "comments": comments}})
        return costs(plan).sources["comments"].expected / k

    assert pages(5) > pages(50) > pages(400) >= 1


def test_while_a_build_is_running_only_certain_costs_stop_it() -> None:
    limits = Limits(requests=100)
    check_least(limits, Costs({"videos": Cost(100, 900, 250)}, {"general": 100}))
    with pytest.raises(OverLimit, match=r"at least 101 requests; limits.requests allows 100"):
        check_least(limits, Costs({"videos": Cost(101, 900, 250)}, {"general": 100}))


@pytest.mark.parametrize("deadline", ["2026-06-02", "2d"])
def test_a_study_that_cannot_meet_its_deadline_is_stopped(deadline: str) -> None:
    limits = Limits(deadline=deadline)
    with pytest.raises(OverLimit, match=r"take 3 days and to finish on 2026-06-03; limits.deadline is 2026-06-02"):
        check(limits, Costs({"videos": Cost(1, 900, 250)}, {"general": 100}), TODAY)
    check(limits, Costs({"videos": Cost(1, 900, 200)}, {"general": 100}), TODAY)


def test_limits_do_not_stop_a_build_that_has_nothing_left_to_send() -> None:
    limits = Limits(requests=1, deadline="2025-01-01")
    check(limits, Costs({"videos": Cost(9, 9, 9)}, {"general": 100}, {"videos": 9}), TODAY)


def test_the_json_has_the_last_day_and_whether_the_study_fits() -> None:
    estimate = Costs({"videos": Cost(1, 900, 250)}, {"general": 100})
    content = as_json(plan_of(limits={"requests": 200}), estimate, Change(0, 2, 0), TODAY)
    assert content["requests"] == {"min": 1, "max": 900, "expected": 250}
    assert content["days"] == {"min": 1, "max": 9, "expected": 3}
    assert content["finished_on"] == "2026-06-03"
    assert not content["fits"]
    assert len(content["reasons"]) == 1


@responses.activate
def test_a_changed_study_counts_what_is_stored_and_what_is_new() -> None:
    plan = plan_of()
    plan.write(Path("plan.json"))
    api(page([1], 1, more=False))
    collect_slice(plan, plan.slices[0], connect).write(plan.raw.receipt("videos", plan.slices[0].name))
    assert Change.of(plan) == Change(collected=1, waiting=1, dropped=0)
    longer = plan_of(datasets=with_videos(during=["2025-01-01", "2025-04-15"]))
    # The first window is the same, the second grows, two more follow.
    assert Change.of(longer) == Change(collected=1, waiting=3, dropped=1)


def test_a_refresh_costs_three_requests_per_ten_thousand_ids_and_one_per_account() -> None:
    records = {
        "videos": Cost(*[10_001] * 3),
        "comments": Cost(*[6_000] * 3),
        "replies": Cost(*[4_001] * 3),  # checked together with the comments
        "users_hop2": Cost(*[7] * 3),
        "followers": Cost(*[900] * 3),  # nothing can check these
    }
    cost = expected_refresh_cost([records])
    assert cost.requests.expected == 2 * 3 + 2 * 3 + 7
    assert str(cost) == "4 compliance tasks (at least 12 requests) and 7 requests for accounts"
    # Each dataset is refreshed by itself.
    assert expected_refresh_cost([{"videos": Cost(*[4_000] * 3)}] * 2).requests.expected == 2 * 3


@pytest.mark.parametrize(
    ("declared", "days", "sentence"),
    [
        ({}, None, "It is never due, since the data are invented and the study sets no terms."),
        (
            {"terms": {"refresh_days": 30, "version": "2026-01-22"}},
            30,
            "It is due every 30 days (version of the terms: 2026-01-22).",
        ),
        ({"terms": {"tombstone": "none"}}, 15, "It is due every 15 days (version of the terms: not stated)."),
        (
            {"api": {"base_url": "https://open.tiktokapis.com"}},
            15,
            "It is due every 15 days (assumed, since the study does not set terms).",
        ),
        ({"api": {"base_url": "http://127.0.0.1:8787"}}, None, "It is never due, since the data are invented"),
    ],
)
def test_a_plan_says_how_often_a_refresh_is_due(declared: dict[str, Any], days: int | None, sentence: str) -> None:
    plan = plan_of(**declared)
    assert sentence in " ".join(table(plan, costs(plan), Change(0, 2, 0), TODAY).split())
    assert as_json(plan, costs(plan), Change(0, 2, 0), TODAY)["refresh_days"] == days


def test_a_plan_warns_of_a_refresh_that_takes_longer_than_the_days_between_two() -> None:
    plan = plan_of(terms={"refresh_days": 2})
    estimate = Costs({}, {"general": 100}, records={"small": {"users": Cost(*[250] * 3)}})
    text = " ".join(table(plan, estimate, Change(0, 2, 0), TODAY).split())
    assert "One refresh takes 3 days at this quota, longer than the 2 days" in text


def test_the_table_fits_a_terminal() -> None:
    plan = plan_of(limits={"requests": 1, "deadline": "1d"}, datasets=with_videos(during=["2024-06-15", "2026-03-01"]))
    text = table(plan, costs(plan), Change(1, 1, 1), TODAY)
    assert "2024-07-01" in text
    assert "The study does not fit its limits: it is expected to" in " ".join(text.split())
    assert all(len(line) < 80 for line in text.splitlines())


def test_a_plan_sends_nothing_and_leaves_nothing_behind(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("a plan opened a connection")

    monkeypatch.setattr("socket.socket.connect", refuse)
    Path("study.yaml").write_text(yaml.safe_dump(small_study()))
    outcome = CliRunner().invoke(main, ["plan", "study.yaml", "--json"])
    assert json.loads(outcome.output)["searches"] == {"collected": 0, "waiting": 2, "dropped": 0}
    assert [each.name for each in Path().iterdir()] == ["study.yaml"]


MANY = Costs(
    {"videos": Cost(2, 400, 200), "users": Cost(0, 6000, 4000), "followers_of_users_long": Cost(1, 3, 2)},
    {"general": 500, "follow": 10_000},
    spent={"videos": 100},
    records={"small": {"videos": Cost(0, 20_001, 10_001), "users": Cost(0, 6, 6)}},
)
LATER = [
    DueAgain(TODAY + timedelta(days), "videos", days, Cost(days, 1300 * days, 1000 * days)) for days in range(1, 8)
]


def test_the_table_of_a_study_that_goes_on_says_everything_about_it() -> None:
    plan = plan_of(limits={"requests": 5000, "deadline": "2d"}, quota={"daily": 1000, "use": 0.5})
    assert table(plan, MANY, Change(1, 1, 1), TODAY, LATER) == (
        "small: 2 searches\n"
        "\n"
        "  requests for                 least   expected       most\n"
        "  videos                           2        200        400\n"
        "  users                            0      4,000      6,000\n"
        "  followers_of_users_long          1          2          3\n"
        "  all together                     3      4,202      5,000\n"
        "\n"
        "Requested again by the same command, from these days on:\n"
        "\n"
        "  2026-06-02 videos                1      1,000      1,300\n"
        "  2026-06-03 videos                2      2,000      2,600\n"
        "  2026-06-04 videos                3      3,000      3,900\n"
        "  2026-06-05 videos                4      4,000      5,200\n"
        "  3 more                          18     18,000     23,400\n"
        "\n"
        "At 500 requests per day: 9 days (13 at most), finishes on 2026-06-09.\n"
        "1 of 2 searches are already collected, 1 are left.\n"
        "1 search of the last build is no longer requested; the pages are kept.\n"
        "100 of these requests were already sent.\n"
        "Checking which records are still available (ttdata refresh) takes about 2\n"
        "compliance tasks (at least 6 requests) and 6 requests for accounts. It is never\n"
        "due, since the data are invented and the study sets no terms.\n"
        "Pages and datasets need up to 893 MB of disk space.\n"
        "The study does not fit its limits: it is expected to take 9 days and to finish\n"
        "on 2026-06-09; limits.deadline is 2026-06-02.\n"
        "What is due on 2026-06-02 takes 2 days at this quota, but the next requests are\n"
        "due on 2026-06-03.\n"
        "With all later rounds, it is expected to cost 32,202 requests; limits.requests\n"
        "allows 5,000, so a later day will not fit.\n"
    )


def test_the_table_of_a_new_study_says_what_nobody_knows() -> None:
    plan = plan_of()
    assert table(plan, costs(plan), Change.of(plan), TODAY) == (
        "small: 2 searches\n"
        "\n"
        "  requests for        least   expected       most\n"
        "  videos                  2          6    unknown\n"
        "  comments                0         30         44\n"
        "  users                   0          6          6\n"
        "  all together            2         42    unknown\n"
        "\n"
        "At 1,000 requests per day: 1 day, finishes on 2026-06-01.\n"
        "Checking which records are still available (ttdata refresh) takes about 2\n"
        "compliance tasks (at least 6 requests) and 6 requests for accounts. It is never\n"
        "due, since the data are invented and the study sets no terms.\n"
        "Pages and datasets need about 15 MB of disk space.\n"
        "Nobody knows how many videos a search finds before it is sent, and every 100 of\n"
        "them cost a request. The expected numbers assume 500 videos per dataset until\n"
        "some are collected. If you know better, write the number below videos, such as\n"
        "about: 20000. To stop at a cost, set limits: {requests: 2000}.\n"
    )


def test_the_json_has_everything_that_the_table_says() -> None:
    plan = plan_of(limits={"requests": 5000, "deadline": "2d"}, quota={"daily": 1000, "use": 0.5})
    assert as_json(plan, MANY, Change(3, 2, 1), TODAY, LATER[:1]) == {
        "requests": {"min": 3, "max": 6403, "expected": 4202},
        "sources": {
            "videos": {"min": 2, "max": 400, "expected": 200},
            "users": {"min": 0, "max": 6000, "expected": 4000},
            "followers_of_users_long": {"min": 1, "max": 3, "expected": 2},
        },
        "most_is_unknown": [],
        "buckets": {
            "general": {"min": 2, "max": 6400, "expected": 4200},
            "follow": {"min": 1, "max": 3, "expected": 2},
        },
        "days": {"min": 1, "max": 13, "expected": 9},
        "finished_on": "2026-06-09",
        "already_sent": 100,
        "searches": {"collected": 3, "waiting": 2, "dropped": 1},
        "later": [
            {
                "day": "2026-06-02",
                "source": "videos",
                "slices": 1,
                "requests": {"min": 1, "max": 1300, "expected": 1000},
            }
        ],
        "requests_with_later": {"min": 4, "max": 7703, "expected": 5202},
        "disk_bytes": 6403 * 138_000 + 10_000_000,
        "each_refresh": {"min": 0, "max": 15, "expected": 12},
        "refresh_days": None,
        "notes": [],
        "fits": False,
        "reasons": ["It is expected to take 9 days and to finish on 2026-06-09; limits.deadline is 2026-06-02."],
    }


def test_a_study_that_is_collected_says_so_and_how_many_searches_the_last_one_had() -> None:
    plan = plan_of()
    done = Costs({"videos": Cost(9, 9, 9)}, {"general": 100}, {"videos": 9})
    text = " ".join(table(plan, done, Change(2, 0, 3), TODAY).split())
    assert "Everything is collected: a build sends no request. 2 of 2 searches are already collected" in text
    assert "3 searches of the last build are no longer requested; the pages are kept." in text
    assert "takes about no request." in text
    assert "At " not in text


@pytest.mark.parametrize(
    ("limit", "unbounded", "most"),
    [(None, (), "900"), (None, ("videos",), "unknown"), (300, (), "300"), (5, ("videos",), "5"), (5, (), "20")],
)
def test_the_most_that_is_sent_is_limited_but_what_is_known_is_not(
    limit: int | None, unbounded: tuple[str, ...], most: str
) -> None:
    plan = plan_of(**({"limits": {"requests": limit}} if limit else {}))
    estimate = Costs({"videos": Cost(20, 900, 250)}, {"general": 100}, unbounded=frozenset(unbounded))
    (row,) = [line for line in table(plan, estimate, Change(0, 2, 0), TODAY).splitlines() if "all together" in line]
    assert row.split()[-1] == most


def test_what_does_not_fit_is_named_with_its_numbers() -> None:
    limits = Limits(requests=100, deadline="2026-06-02")
    with pytest.raises(OverLimit) as error:
        check(limits, Costs({"videos": Cost(1, 9000, 2500)}, {"general": 1000}), TODAY)
    assert str(error.value) == (
        "The study does not fit its limits, so nothing more was requested:\n"
        "  * It is expected to cost 2,500 requests (at least 1); limits.requests allows 100.\n"
        "  * It is expected to take 3 days and to finish on 2026-06-03; limits.deadline is 2026-06-02.\n"
        f"Request less ({program()} plan STUDY shows what each source costs), or raise limits."
    )
    assert len(error.value.reasons) == 2
    with pytest.raises(OverLimit) as error:
        check_least(limits, Costs({"videos": Cost(101, 900, 250)}, {"general": 100}))
    assert error.value.reasons == ["It costs at least 101 requests; limits.requests allows 100."]
    check_least(Limits(), Costs({"videos": Cost(101, 900, 250)}, {"general": 100}))


@pytest.mark.parametrize(
    ("numbers", "said"),
    [
        ({}, "no request"),
        ({"video": 1}, "1 compliance task (at least 3 requests)"),
        ({"video": 10_000, "comment": 10_001}, "3 compliance tasks (at least 9 requests)"),
        ({"user": 1}, "1 request for accounts"),
        ({"video": 3, "user": 20_000}, "1 compliance task (at least 3 requests) and 20,000 requests for accounts"),
    ],
)
def test_a_refresh_is_described_by_its_tasks_and_accounts(numbers: dict[str, int], said: str) -> None:
    assert str(refresh_cost(numbers)) == said
    assert refresh_cost({"video": 21}, batch=10).requests == Cost(9, 9, 9)


@pytest.mark.parametrize(("refresh_days", "warned"), [(2, True), (3, False)])
def test_a_plan_says_exactly_when_a_refresh_takes_too_long(refresh_days: int, warned: bool) -> None:
    plan = plan_of(terms={"refresh_days": refresh_days})
    estimate = Costs({}, {"general": 100}, records={"small": {"users": Cost(*[250] * 3)}})
    sentence = (
        f"One refresh takes 3 days at this quota, longer than the {refresh_days} days after which the next is due. "
        "Choose fewer accounts, or ask TikTok for more quota."
    )
    assert (sentence in " ".join(table(plan, estimate, Change(0, 2, 0), TODAY).split())) is warned


def test_a_plan_of_real_data_asks_for_the_terms() -> None:
    plan = plan_of(api={"base_url": "https://open.tiktokapis.com"})
    assert (
        "Read TikTok's terms and state what they say, such as terms: {refresh_days: 15, version: THEIR DATE}."
    ) in " ".join(table(plan, costs(plan), Change(0, 2, 0), TODAY).split())
