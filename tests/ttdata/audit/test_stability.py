"""Stability: the same searches are repeated, and the differences between their results are measured."""

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.support import FOLDER, journal, ttdata
from tests.ttdata.worlds import collect_study, mock_tenant
from ttapi import Answer, Client
from ttdata.audit import report, stability
from ttdata.audit.stability import NotComparable
from ttdata.build.dataset import build
from ttdata.plan.budget import OverLimit
from ttdata.plan.plan import Plan

US = {"where": {"all": [{"region_code": ["US"]}]}, "during": ["2024-11-01", "2024-12-15"]}
Connect = Callable[[Callable[[Answer], None]], Client]


@pytest.fixture
def built_copy(built: Path, tmp_path: Path) -> Path:
    """A copy of the folder in which the small study was built."""
    copy = tmp_path / "copy"
    shutil.copytree(built, copy, ignore=shutil.ignore_patterns(".snakemake"))
    return copy


def study(videos: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"study": "w", "datasets": {"w": {"videos": videos}}, **more}


def build_study(declared: dict[str, Any], connect: Connect) -> Plan:
    plan = collect_study(declared, connect)
    build(plan, "w", FOLDER.dataset("w"))
    return plan


def repeat(plan: Plan, times: int, connect: Connect) -> tuple[dict[str, Any], str]:
    """Repeat the searches. Returns the stability in the report, and the message before the first request."""
    messages: list[str] = []
    stability.repeat(plan, "w", times, say=messages.append, connect=lambda each: connect)
    return report.make_report("w", FOLDER)["stability"], messages[0]


def ids(plan: Plan) -> set[tuple[str, int]]:
    """All videos in the raw pages of a plan, by slice. Does not use the code under test."""
    pages = {each.name: journal(plan.raw.pages("videos", each.name)) for each in plan.slices}
    return {
        (name, video["id"])
        for name, lines in pages.items()
        for line in lines
        for video in line["body"]["data"]["videos"]
    }


@pytest.mark.slow
def test_the_jaccard_index_of_flickering_searches_is_exact() -> None:
    with mock_tenant("videos=1000000,quirks=flicker") as connect:
        plan = build_study(study(US), connect)
        result, _ = repeat(plan, 2, connect)
    one, two = ids(plan), ids(stability.further_passes(plan, "w", 2)[0])
    assert result["jaccard"] == pytest.approx(len(one & two) / len(one | two), abs=1e-6)
    # Each search returns nine in ten, so 0.81 of all are returned twice and 0.99 at least once.
    assert result["jaccard"] == pytest.approx(0.81 / 0.99, abs=0.01)
    assert (result["both"], result["lost"], result["added"]) == (len(one & two), len(one - two), len(two - one))
    assert result["changed"] == 0


@pytest.mark.slow
def test_each_slice_has_its_own_numbers_and_up_to_three_ids() -> None:
    with mock_tenant("quirks=flicker") as connect:
        plan = build_study(study(US), connect)
        result, _ = repeat(plan, 3, connect)
    assert [(row["pass"], row["slice"]) for row in result["slices"]] == [
        (n, each.name) for n in (2, 3) for each in plan.slices
    ]
    for row in result["slices"]:
        assert len(row["only_first"]) == min(3, row["lost"])
    one, three = ids(plan), ids(stability.further_passes(plan, "w", 3)[1])
    lost = {video for _, video in one - three}
    assert {each for row in result["slices"][2:] for each in row["only_first"]} <= lost


@pytest.mark.slow
def test_a_settled_world_without_faults_is_stable_and_the_first_pages_do_not_change() -> None:
    with mock_tenant() as connect:
        plan = build_study(study(US), connect)
        before = {path: path.read_bytes() for path in Path("raw").rglob("*") if path.is_file()}
        result, _ = repeat(plan, 2, connect)
    assert (result["jaccard"], result["lost"], result["added"], result["changed"]) == (1, 0, 0, 0)
    assert {path: path.read_bytes() for path in before} == before


@pytest.mark.slow
def test_videos_with_different_counts_are_reported_as_changed() -> None:
    views = iter(range(10**6))

    def edit(path: str, _: dict[str, Any], data: dict[str, Any]) -> None:
        for video in data.get("videos", [])[::10]:
            video["view_count"] += next(views)

    with mock_tenant(edit=edit) as connect:
        plan = build_study(study(US), connect)
        result, _ = repeat(plan, 2, connect)
    assert result["jaccard"] == 1
    assert result["changed"] == sum(
        -(-len(line["body"]["data"]["videos"]) // 10)
        for each in plan.slices
        for line in journal(plan.raw.pages("videos", each.name))
    )


@pytest.mark.slow
def test_the_cost_is_printed_first_and_a_complete_pass_costs_nothing() -> None:
    with mock_tenant() as connect:
        plan = build_study(study(US), connect)
        _, message = repeat(plan, 2, connect)
        (second,) = stability.further_passes(plan, "w", 2)
        sent = sum(len(journal(second.raw.pages("videos", each.name))) for each in plan.slices)
        assert f"at least {sent} requests" in message
        _, message = repeat(plan, 2, connect)
        assert "at least 0 requests" in message
        assert "2 searches" in message


@pytest.mark.slow
def test_a_stopped_pass_continues_where_it_was() -> None:
    def interrupt_after(answers: int, connect: Connect) -> Connect:
        left = answers

        def connect_and_count(on_answer: Callable[[Answer], None]) -> Client:
            def count_down(answer: Answer) -> None:
                nonlocal left
                on_answer(answer)
                left -= 1
                if not left:
                    raise KeyboardInterrupt

            return connect(count_down)

        return connect_and_count

    with mock_tenant("quirks=flicker") as connect:
        plan = build_study(study(US), connect)
        with pytest.raises(KeyboardInterrupt):
            repeat(plan, 2, interrupt_after(3, connect))
        result, message = repeat(plan, 2, connect)
    assert "at least 1 request." in message
    assert 0.7 < result["jaccard"] < 0.95


def test_random_draws_are_not_compared() -> None:
    with mock_tenant() as connect:
        plan = build_study(study(US | {"random": {"by": "month", "draws": 1}}), connect)
        with pytest.raises(NotComparable, match="draws at random"):
            repeat(plan, 2, connect)


def test_a_study_s_budget_is_not_exceeded() -> None:
    with mock_tenant() as connect:
        plan = build_study(study(US, limits={"requests": 4}), connect)
        with pytest.raises(OverLimit, match=r"3 requests were sent, 3 more are needed; limits\.requests is 4"):
            repeat(plan, 2, connect)
    assert not Path("raw/mock/repeats").exists()


def test_an_unknown_dataset_is_refused_with_the_available_ones() -> None:
    with mock_tenant() as connect:
        plan = build_study(study(US), connect)
    with pytest.raises(NotComparable, match=r"The study has no dataset other\. Available: w\."):
        stability.repeat(plan, "other", 2, say=print)


def test_a_pass_on_the_bundled_server_uses_another_organisation_because_the_answers_vary_by_it() -> None:
    with mock_tenant("quirks=flicker") as connect:
        plan = build_study(study(US), connect)
    (second,) = stability.further_passes(plan, "w", 2)
    assert second.tenant == "org=pass-2"
    with mock_tenant(f"quirks=flicker,{second.tenant}") as connect:
        stability.collect_pass(second, "w", connect)
    assert 0.7 < stability.compare("w", [second], "0" * 64)["jaccard"] < 0.95


@pytest.mark.slow
def test_the_stability_of_a_dataset_with_another_digest_is_not_reported() -> None:
    with mock_tenant() as connect:
        plan = build_study(study(US), connect)
        repeat(plan, 2, connect)
    assert report.make_report("w", FOLDER)["stability"]
    FOLDER.stability("w").write_text(FOLDER.stability("w").read_text().replace('"digest": "', '"digest": "0'))
    assert report.make_report("w", FOLDER)["stability"] is None


@pytest.mark.slow
def test_one_command_repeats_the_searches_on_the_bundled_server(built_copy: Path) -> None:
    outcome = ttdata("audit", "--dataset", "small", "--repeat", 2, directory=built_copy)
    assert outcome.status == 0
    assert "small: repeating 2 searches, 2 passes in all; this takes at least 5 requests." in outcome.said
    assert "requested 2 times: Jaccard 1.000 (0 lost, 0 added, 0 changed)" in outcome.said
    assert "Stability" in (built_copy / "reports/small.html").read_text("utf-8")
