"""What `ttdata plan` prints: days, limits, what is stored already, what a change collects, what a refresh costs."""

import json
import re
from datetime import date
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
from ttdata.plan.plan import Plan
from ttdata.plan.refresh_cost import expected_refresh_cost
from ttdata.plan.report import as_json, table
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
