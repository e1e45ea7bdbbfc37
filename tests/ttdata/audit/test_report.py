"""Reports of an audit: true for programs, safe and whole for people, short for a terminal."""

import json
import re
from datetime import date, timedelta
from html.parser import HTMLParser
from importlib.resources import files
from pathlib import Path
from typing import Any

import duckdb
import pytest
import yaml
from jsonschema import Draft202012Validator

from tests.support import FOLDER, small_study, snakemake, ttdata
from tests.ttdata.audit.test_checks import ACROSS, COMMENTS, FIVE, TERMS, US, each_video, in_a_folder, of_authors, study
from tests.ttdata.worlds import Edit, built, collected, connected
from ttdata.audit import report, stability
from ttdata.audit.heat_map import heat_map
from ttdata.build.dataset import build
from ttdata.plan.plan import Plan
from ttdata.study.study import Study

HOSTILE = "<script>alert(1)</script>"
RANDOM = study({"all": [{"region_code": ["US"]}]})
RANDOM["datasets"]["w"]["videos"]["random"] = {"by": "month", "draws": 2}
_ = in_a_folder


def made(declared: dict[str, Any], settings: str = "", edit: Edit | None = None) -> report.Report:
    built(declared, settings, edit)
    return report.make_report("w", FOLDER)


def wrong_rows(video: dict[str, Any]) -> None:
    video.update(region_code="FR", create_time=1_700_000_000)


def schema() -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load(files("ttdata.audit").joinpath("audit.schema.yaml").read_text("utf-8"))
    return loaded


CASES: dict[str, tuple[dict[str, Any], str, Edit | None]] = {
    "clean": (COMMENTS, "", None),
    "duplicates": (US, "quirks=duplicates", None),
    "wrong rows": (US, "", each_video(wrong_rows, every=10)),
    "wrong users": (of_authors(), "quirks=wrong-users", None),
    "paging broken": (FIVE, "quirks=first-page-only", None),
    "nothing found": (US, "quirks=empty-success", None),
    "random": (RANDOM, "", None),
}


@pytest.mark.parametrize("case", CASES)
def test_the_flow_adds_up_and_ends_with_the_rows_of_the_table(case: str) -> None:
    told = made(*CASES[case])
    Draft202012Validator(schema()).validate(json.loads(FOLDER.report("w").read_text("utf-8")))
    flow = {step["step"]: step["count"] for step in told["flow"]}
    before = None
    for step in told["flow"]:
        assert before is None or before + sum(change["count"] for change in step["changes"]) == step["count"]
        before = step["count"]
    with duckdb.connect(str(FOLDER.dataset("w")), read_only=True) as con:
        ((rows, received),) = con.execute(
            "SELECT (SELECT count(*) FROM videos), (SELECT sum(records) FROM slices WHERE source = 'videos')"
        ).fetchall()
    assert (flow["unique"], flow["received"]) == (rows, received)
    assert flow["matched"] >= flow["unique"] >= flow["in scope"] >= flow["settled"] == flow["analysed"]
    out = sum(each["count"] for each in told["findings"] if each["check"] in ("wrong_region", "wrong_user"))
    assert flow["unique"] - flow["in scope"] == out


def test_accounts_of_a_list_are_counted_and_not_named() -> None:
    declared = of_authors()
    names = declared["datasets"]["w"]["accounts"]
    told = made(declared)
    assert told["queries"][0]["query"]["and"][0]["field_values"] == ["one of 50 accounts"]
    assert not any(name in FOLDER.report("w").read_text("utf-8") for name in names)
    assert "Videos posted by one of 50 accounts." in FOLDER.page("w").read_text("utf-8")


def test_a_report_with_stability_waivers_and_epochs_follows_the_schema() -> None:
    declared = study({"all": [{"hashtag_name": ["fyp"]}]}, ["2022-07-02", "2022-08-29"])
    dead = Plan.of(Study.check(declared, today=date(2026, 11, 1))).slices[0].name
    declared |= {"waive": [{"slice": f"videos/{dead}", "reason": "dead"}]}
    with connected("quirks=dead-periods") as connect:
        plan = collected(declared, connect)
        build(plan, "w", FOLDER.dataset("w"))
        told = report.make_report("w", FOLDER)
    Draft202012Validator(schema()).validate(json.loads(FOLDER.report("w").read_text("utf-8")))
    assert told["waivers"]
    with connected() as connect:
        plan = collected(ACROSS, connect)
        build(plan, "w", FOLDER.dataset("w"))
        stability.repeat(plan, "w", 2, say=print, connect=lambda _: connect)
        told = report.make_report("w", FOLDER)
    Draft202012Validator(schema()).validate(json.loads(FOLDER.report("w").read_text("utf-8")))
    assert told["stability"]["jaccard"] == 1
    assert told["epochs"]
    assert "2026-02-26" in FOLDER.page("w").read_text("utf-8")


def test_equal_datasets_have_equal_reports_byte_for_byte() -> None:
    made(US, "quirks=sparse+duplicates")
    first = FOLDER.report("w").read_bytes(), FOLDER.page("w").read_bytes()
    report.make_report("w", FOLDER)
    assert (FOLDER.report("w").read_bytes(), FOLDER.page("w").read_bytes()) == first


class Page(HTMLParser):
    """What is on a page: its tags with their attributes, its headings, and what its labels and links point to."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def values(self, attribute: str) -> list[str]:
        return [value for _, attrs in self.tags if (value := attrs.get(attribute))]


def test_nothing_that_others_wrote_gets_onto_the_page_unescaped_and_no_text_of_theirs_at_all() -> None:
    def edit(path: str, _: dict[str, Any], data: dict[str, Any]) -> None:
        for video in data.get("videos", []):
            wrong_rows(video)
            video |= {"video_description": f"private words {HOSTILE} fyp", HOSTILE: 1, "username": "somebody.private"}

    terms = {"any": [{"hashtag_name": ["fyp", HOSTILE]}, {"keyword": "\"'><img src=x onerror=alert(1)>"}]}
    declared = study({"all": [{"region_code": ["US"]}], **terms})
    declared["datasets"]["w"]["accounts"] = [{"username": "own.account", "party": "own column"}]
    told = made(declared, "", edit)
    assert {each["check"] for each in told["findings"]} == {"outside_window", "wrong_region", "unknown_fields"}
    html = FOLDER.page("w").read_text("utf-8")
    assert HOSTILE not in html
    assert "&lt;script&gt;alert(1)" in html
    tags = {tag for tag, _ in Page(html).tags}
    assert not tags & {"script", "img", "iframe", "object", "form"}
    assert not [attribute for _, attrs in Page(html).tags for attribute in attrs if attribute.startswith("on")]
    for private in ("private words", "somebody.private", "own.account", "own column"):
        assert private not in html
        assert private not in FOLDER.report("w").read_text("utf-8")


def test_the_page_needs_nothing_beside_itself_and_leads_where_it_says() -> None:
    made(TERMS, "quirks=sparse")
    html = FOLDER.page("w").read_text("utf-8")
    page = Page(html)
    assert not re.search(r"url\(|@import|//[a-z]", html)
    ids = page.values("id")
    assert len(ids) == len(set(ids))
    assert [link for link in page.values("href") if link != "data:," and link.removeprefix("#") not in ids] == []
    assert set(page.values("aria-labelledby")) <= set(ids)
    wide = [attrs for tag, attrs in page.tags if tag == "div" and attrs.get("class") == "wide"]
    assert wide
    assert all(attrs["tabindex"] == "0" and attrs["role"] == "region" and attrs["aria-label"] for attrs in wide)


def test_the_terminal_is_told_in_80_columns_and_the_summary_in_one_line() -> None:
    told = made(US, "quirks=sparse+duplicates+new-field")
    text = report.text(told)
    assert max(map(len, text.splitlines())) <= 80
    assert "WARNING: Missing values that every video should have. 15 of 237 videos." in text
    assert report.one_line(told, FOLDER) == "audit: 1 warning, 2 notes: reports/w.html"


def test_a_clean_dataset_has_nothing_to_report() -> None:
    assert report.one_line(made(US), FOLDER) == "audit: nothing to report"


def test_a_strict_study_accepts_no_fault(built: Path, tmp_path: Path) -> None:
    good = built / "reports/small.audit.json"
    assert ttdata("accept", good).status == 0
    told = json.loads(good.read_text("utf-8"))
    fault = {"severity": "fault", "title": "Videos of accounts that were not requested", "count": 3, "of": 50}
    told |= {"counts": {"fault": 1, "warning": 0, "note": 0}, "findings": [fault | {"unit": "videos"}]}
    (tmp_path / "bad.json").write_text(json.dumps(told))
    refused = ttdata("accept", tmp_path / "bad.json")
    assert refused.status == 1
    assert "Videos of accounts that were not requested: 3 of 50 videos" in refused.said
    assert "reports/small.html" in refused.said
    dry = snakemake(small_study(audit={"strict": True}), tmp_path / "strict", "--dry-run")
    assert re.search(r"accept +1", dry.said)


def test_every_build_ends_with_its_reports_and_the_summary_says_what_they_found(built: Path) -> None:
    assert (built / "reports/small.html").exists()
    assert "audit: nothing to report" in ttdata("summary", directory=built).said
    told = ttdata("audit", "--dataset", "small", directory=built)
    assert told.said.startswith("small: nothing to report")


# Heat maps


def rows(unit: str, *found: tuple[str, str, int]) -> list[dict[str, Any]]:
    return [{"unit": unit, "start": start, "region": region, "videos": videos} for start, region, videos in found]


def test_a_heat_map_tells_nothing_found_from_not_asked_for() -> None:
    periods = [{"start": "2025-01-01", "end": "2025-01-02"}, {"start": "2025-01-04", "end": "2025-01-05"}]
    heat = heat_map({"coverage": rows("day", ("2025-01-02", "DE", 8), ("2025-01-05", "DE", 1)), "periods": periods})
    assert heat
    assert [(start[-2:], videos, level) for start, videos, level in heat.rows[0].cells] == [
        ("01", 0, 0), ("02", 8, 5), ("03", 0, None), ("04", 0, 0), ("05", 1, 1),
    ]  # fmt: skip


@pytest.mark.parametrize(("unit", "days"), [("day", 1), ("week", 7), ("month", 31)])
def test_a_heat_map_has_every_day_week_or_month_once(unit: str, days: int) -> None:
    first = date(2024, 1, 1)
    periods = [{"start": "2024-01-01", "end": str(first + timedelta(20 * days))}]
    heat = heat_map({"coverage": rows(unit, ("2024-01-01", "DE", 1)), "periods": periods})
    assert heat
    assert len(heat.bins) == len(set(heat.bins)) == 21
    assert heat.bins == sorted(heat.bins)


def test_regions_beyond_the_most_frequent_are_told_together() -> None:
    found = [("2025-01-01", f"R{number:02}", 30 - number) for number in range(30)]
    heat = heat_map({"coverage": rows("day", *found), "periods": [{"start": "2025-01-01", "end": "2025-01-01"}]})
    assert heat
    assert [row.region for row in heat.rows] == [*(f"R{number:02}" for number in range(13)), "17 others"]
    assert sum(row.total for row in heat.rows) == sum(range(1, 31))


@pytest.mark.parametrize("most", [1, 2, 7, 32, 243, 1000])
def test_the_legend_says_from_how_many_videos_on_a_level_is_shown(most: int) -> None:
    found = [(f"2025-01-{1 + n:02}", "DE", videos) for n, videos in enumerate(sorted({1, max(1, most // 3), most}))]
    periods = [{"start": "2025-01-01", "end": "2025-01-03"}]
    heat = heat_map({"coverage": rows("day", *found), "periods": periods})
    assert heat
    levels = {videos: level for _, videos, level in heat.rows[0].cells if videos}
    assert levels == {videos: sum(videos >= step for step in heat.steps) for videos in levels}
    assert (levels[most], heat.steps[0]) == (5, 1)
