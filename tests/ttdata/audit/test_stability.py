"""Stability: the same searches asked again, and how much of what they find comes and goes."""

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.support import FOLDER, journal, ttdata
from tests.ttdata.worlds import collected, connected
from ttapi import Answer, Client
from ttdata.audit import report, stability
from ttdata.audit.stability import NotComparable
from ttdata.build.dataset import build
from ttdata.plan.budget import OverLimit
from ttdata.plan.plan import Plan

US = {"where": {"all": [{"region_code": ["US"]}]}, "during": ["2024-11-01", "2024-12-15"]}
Connect = Callable[[Callable[[Answer], None]], Client]


@pytest.fixture(autouse=True)
def in_a_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def built_copy(built: Path, tmp_path: Path) -> Path:
    """A copy of the folder in which the small study was built."""
    copy = tmp_path / "copy"
    shutil.copytree(built, copy, ignore=shutil.ignore_patterns(".snakemake"))
    return copy


def study(videos: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"study": "w", "datasets": {"w": {"videos": videos}}, **more}


def made(declared: dict[str, Any], connect: Connect) -> Plan:
    plan = collected(declared, connect)
    build(plan, "w", FOLDER.dataset("w"))
    return plan


def repeated(plan: Plan, times: int, connect: Connect) -> tuple[dict[str, Any], str]:
    """What asking again has shown, and what was said before."""
    said: list[str] = []
    stability.repeat(plan, "w", times, say=said.append, connect=lambda each: connect)
    return report.make_report("w", FOLDER)["stability"], said[0]


def ids(plan: Plan) -> set[tuple[str, int]]:
    """All videos in the raw pages of a plan, by slice; read without the code under test."""
    pages = {each.name: journal(plan.raw.pages("videos", each.name)) for each in plan.slices}
    return {
        (name, video["id"])
        for name, lines in pages.items()
        for line in lines
        for video in line["body"]["data"]["videos"]
    }


def test_the_jaccard_index_of_flickering_searches_is_the_truth() -> None:
    with connected("videos=1000000,quirks=flicker") as connect:
        plan = made(study(US), connect)
        told, _ = repeated(plan, 2, connect)
    one, two = ids(plan), ids(stability.further_passes(plan, "w", 2)[0])
    assert told["jaccard"] == pytest.approx(len(one & two) / len(one | two), abs=1e-6)
    # Nine in ten come each time, so 0.81 of all come twice and 0.99 at least once.
    assert told["jaccard"] == pytest.approx(0.81 / 0.99, abs=0.01)
    assert (told["both"], told["lost"], told["added"]) == (len(one & two), len(one - two), len(two - one))
    assert told["changed"] == 0


def test_each_slice_has_its_own_numbers_and_a_few_ids() -> None:
    with connected("quirks=flicker") as connect:
        plan = made(study(US), connect)
        told, _ = repeated(plan, 3, connect)
    assert [(row["pass"], row["slice"]) for row in told["slices"]] == [
        (n, each.name) for n in (2, 3) for each in plan.slices
    ]
    for row in told["slices"]:
        assert len(row["only_first"]) == min(3, row["lost"])
    one, three = ids(plan), ids(stability.further_passes(plan, "w", 3)[1])
    lost = {video for _, video in one - three}
    assert {each for row in told["slices"][2:] for each in row["only_first"]} <= lost


def test_a_clean_settled_world_is_stable_and_its_first_pages_stay_as_they_were() -> None:
    with connected() as connect:
        plan = made(study(US), connect)
        before = {path: path.read_bytes() for path in Path("raw").rglob("*") if path.is_file()}
        told, _ = repeated(plan, 2, connect)
    assert (told["jaccard"], told["lost"], told["added"], told["changed"]) == (1, 0, 0, 0)
    assert {path: path.read_bytes() for path in before} == before


def test_videos_whose_counts_moved_are_told_as_changed() -> None:
    views = iter(range(10**6))

    def edit(path: str, _: dict[str, Any], data: dict[str, Any]) -> None:
        for video in data.get("videos", [])[::10]:
            video["view_count"] += next(views)

    with connected(edit=edit) as connect:
        plan = made(study(US), connect)
        told, _ = repeated(plan, 2, connect)
    assert told["jaccard"] == 1
    assert told["changed"] == sum(
        -(-len(line["body"]["data"]["videos"]) // 10)
        for each in plan.slices
        for line in journal(plan.raw.pages("videos", each.name))
    )


def test_the_cost_is_told_before_and_a_pass_that_is_there_costs_nothing() -> None:
    with connected() as connect:
        plan = made(study(US), connect)
        _, said = repeated(plan, 2, connect)
        (second,) = stability.further_passes(plan, "w", 2)
        sent = sum(len(journal(second.raw.pages("videos", each.name))) for each in plan.slices)
        assert f"at least {sent} requests" in said
        _, said = repeated(plan, 2, connect)
        assert "at least 0 requests" in said
        assert "2 searches" in said


def test_a_pass_that_was_stopped_goes_on_where_it_was() -> None:
    def stopping(connect: Connect, left: list[int]) -> Connect:
        def connected(on_answer: Callable[[Answer], None]) -> Client:
            def hear(answer: Answer) -> None:
                on_answer(answer)
                left[0] -= 1
                if not left[0]:
                    raise KeyboardInterrupt

            return connect(hear)

        return connected

    with connected("quirks=flicker") as connect:
        plan = made(study(US), connect)
        with pytest.raises(KeyboardInterrupt):
            repeated(plan, 2, stopping(connect, [3]))
        told, said = repeated(plan, 2, connect)
    assert "at least 1 request." in said
    assert 0.7 < told["jaccard"] < 0.95


def test_random_draws_are_not_compared() -> None:
    with connected() as connect:
        plan = made(study(US | {"random": {"by": "month", "draws": 1}}), connect)
        with pytest.raises(NotComparable, match="draws at random"):
            repeated(plan, 2, connect)


def test_a_study_s_budget_is_not_exceeded() -> None:
    with connected() as connect:
        plan = made(study(US, limits={"requests": 5}), connect)
        with pytest.raises(OverLimit, match=r"4 requests were sent, 4 more are needed; limits\.requests is 5"):
            repeated(plan, 2, connect)
    assert not Path("raw/mock/repeats").exists()


def test_a_dataset_that_the_study_does_not_have_is_told() -> None:
    with connected() as connect:
        plan = made(study(US), connect)
    with pytest.raises(NotComparable, match=r"The study has no dataset other\. Available: w\."):
        stability.repeat(plan, "other", 2, say=print)


def test_a_pass_on_the_bundled_server_asks_as_another_organisation_since_each_meets_other_whims() -> None:
    with connected("quirks=flicker") as connect:
        plan = made(study(US), connect)
    (second,) = stability.further_passes(plan, "w", 2)
    assert second.tenant == "org=pass-2"
    with connected(f"quirks=flicker,{second.tenant}") as connect:
        stability.collect_pass(second, "w", connect)
    assert 0.7 < stability.compare("w", [second], "0" * 64)["jaccard"] < 0.95


def test_what_is_known_of_another_dataset_is_not_told() -> None:
    with connected() as connect:
        plan = made(study(US), connect)
        repeated(plan, 2, connect)
    assert report.make_report("w", FOLDER)["stability"]
    FOLDER.stability("w").write_text(FOLDER.stability("w").read_text().replace('"digest": "', '"digest": "0'))
    assert report.make_report("w", FOLDER)["stability"] is None


def test_one_command_asks_the_bundled_server_again_and_a_clean_world_is_stable(built_copy: Path) -> None:
    told = ttdata("audit", "--dataset", "small", "--repeat", 2, directory=built_copy)
    assert told.status == 0
    assert "small: repeating 2 searches, 2 passes in all; this takes at least 4 requests." in told.said
    assert "requested 2 times: Jaccard 1.000 (0 lost, 0 added, 0 changed)" in told.said
    assert "Stability" in (built_copy / "reports/small.html").read_text("utf-8")
