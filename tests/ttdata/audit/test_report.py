"""Reports of an audit: valid JSON, a safe HTML page that needs no other file, and short text for a terminal."""

import json
import re
import shutil
import zipfile
from datetime import date
from html.parser import HTMLParser
from importlib.resources import files
from pathlib import Path
from typing import Any

import duckdb
import pytest
import yaml
from jsonschema import Draft202012Validator

from tests.support import FOLDER, small_study, snakemake, ttdata
from tests.ttdata.audit.test_checks import ACROSS, COMMENTS, MANY, TERMS, US, each_video, of_authors, study
from tests.ttdata.worlds import Edit, build_study, collect_study, mock_tenant
from ttdata.audit import report, stability
from ttdata.build.dataset import build
from ttdata.plan.plan import Plan
from ttdata.publish.contents import INVENTED
from ttdata.study.study import Study

pytestmark = pytest.mark.slow

HOSTILE = "<script>alert(1)</script>"
RANDOM = study({"all": [{"region_code": ["US"]}]})
RANDOM["datasets"]["w"]["videos"]["random"] = {"by": "month", "draws": 2}


def report_of(declared: dict[str, Any], settings: str = "", edit: Edit | None = None) -> report.Report:
    build_study(declared, settings, edit)
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
    "paging broken": (MANY, "quirks=first-page-only", None),
    "nothing found": (US, "quirks=empty-success", None),
    "random": (RANDOM, "", None),
}


@pytest.mark.parametrize("case", CASES)
def test_the_flow_adds_up_and_ends_with_the_rows_of_the_table(case: str) -> None:
    content = report_of(*CASES[case])
    Draft202012Validator(schema()).validate(json.loads(FOLDER.report("w").read_text("utf-8")))
    flow = {step["step"]: step["count"] for step in content["flow"]}
    previous = None
    for step in content["flow"]:
        assert previous is None or previous + sum(change["count"] for change in step["changes"]) == step["count"]
        previous = step["count"]
    with duckdb.connect(str(FOLDER.dataset("w")), read_only=True) as con:
        ((rows, received),) = con.execute(
            "SELECT (SELECT count(*) FROM videos), (SELECT sum(records) FROM slices WHERE source = 'videos')"
        ).fetchall()
    assert (flow["unique"], flow["received"]) == (rows, received)
    assert flow["matched"] >= flow["unique"] >= flow["in scope"] >= flow["settled"] == flow["analysed"]
    off_query = sum(each["count"] for each in content["findings"] if each["check"] in ("wrong_region", "wrong_user"))
    assert flow["unique"] - flow["in scope"] == off_query


def test_listed_accounts_are_counted_and_only_those_without_videos_are_named() -> None:
    content = report_of(of_authors())
    assert content["queries"][0]["query"]["and"][0]["field_values"] == ["one of 50 accounts"]
    with duckdb.connect(str(FOLDER.dataset("w")), read_only=True) as con:
        names = [name for (name,) in con.execute("SELECT DISTINCT username FROM videos").fetchall()]
    assert not any(name in FOLDER.report("w").read_text("utf-8") for name in names)
    assert "Videos posted by one of 50 accounts." in FOLDER.page("w").read_text("utf-8")


def test_a_report_with_stability_waivers_and_epochs_is_valid() -> None:
    declared = study({"all": [{"hashtag_name": ["fyp"]}]}, ["2022-07-02", "2022-08-29"])
    failing_slice = Plan.of(Study.check(declared, today=date(2026, 11, 1))).slices[0].name
    declared |= {"waive": [{"slice": f"videos/{failing_slice}", "reason": "dead"}]}
    with mock_tenant("quirks=dead-periods") as connect:
        plan = collect_study(declared, connect)
        build(plan, "w", FOLDER.dataset("w"))
        content = report.make_report("w", FOLDER)
    Draft202012Validator(schema()).validate(json.loads(FOLDER.report("w").read_text("utf-8")))
    assert content["waivers"]
    with mock_tenant() as connect:
        plan = collect_study(ACROSS, connect)
        build(plan, "w", FOLDER.dataset("w"))
        stability.repeat(plan, "w", 2, say=print, connect=lambda _: connect)
        content = report.make_report("w", FOLDER)
    Draft202012Validator(schema()).validate(json.loads(FOLDER.report("w").read_text("utf-8")))
    assert content["stability"]["jaccard"] == 1
    assert content["epochs"]
    assert "2026-02-26" in FOLDER.page("w").read_text("utf-8")


def test_equal_datasets_have_equal_reports_byte_for_byte() -> None:
    report_of(US, "quirks=sparse+duplicates")
    first = FOLDER.report("w").read_bytes(), FOLDER.page("w").read_bytes()
    report.make_report("w", FOLDER)
    assert (FOLDER.report("w").read_bytes(), FOLDER.page("w").read_bytes()) == first


class Page(HTMLParser):
    """The tags of an HTML page with their attributes."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def values(self, attribute: str) -> list[str]:
        return [value for _, attrs in self.tags if (value := attrs.get(attribute))]


def test_the_page_escapes_all_data_and_contains_no_caption_and_no_value_of_the_own_list() -> None:
    def edit(path: str, _: dict[str, Any], data: dict[str, Any]) -> None:
        for video in data.get("videos", []):
            wrong_rows(video)
            video |= {"video_description": f"private words {HOSTILE} fyp", HOSTILE: 1, "username": "somebody.private"}

    terms = {"any": [{"hashtag_name": ["fyp", HOSTILE]}, {"keyword": "\"'><img src=x onerror=alert(1)>"}]}
    declared = study({"all": [{"region_code": ["US"]}], **terms})
    declared["datasets"]["w"]["accounts"] = [{"username": "own.account", "party": "own column"}]
    content = report_of(declared, "", edit)
    assert {each["check"] for each in content["findings"]} == {"outside_window", "wrong_region", "unknown_fields"}
    html = FOLDER.page("w").read_text("utf-8")
    assert HOSTILE not in html
    assert "&lt;script&gt;alert(1)" in html
    tags = {tag for tag, _ in Page(html).tags}
    assert not tags & {"script", "img", "iframe", "object", "form"}
    assert not [attribute for _, attrs in Page(html).tags for attribute in attrs if attribute.startswith("on")]
    assert "somebody.private" in html  # handles are in the figures, and nowhere else
    for private in ("private words", "own.account", "own column"):
        assert private not in html
    for private in ("private words", "somebody.private", "own.account", "own column"):
        assert private not in FOLDER.report("w").read_text("utf-8")


def test_the_page_needs_no_other_file_and_its_links_work() -> None:
    report_of(TERMS, "quirks=sparse")
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


def test_the_text_report_fits_80_columns_and_the_summary_has_one_line() -> None:
    content = report_of(US, "quirks=sparse+duplicates+new-field")
    text = report.text(content)
    assert max(map(len, text.splitlines())) <= 80
    assert "WARNING: Missing values that every video should have. 16 of 215 videos." in text
    assert report.one_line(content, FOLDER) == "audit: 1 warning, 2 notes: reports/w.html"


def test_a_clean_dataset_has_nothing_to_report() -> None:
    assert report.one_line(report_of(US), FOLDER) == "audit: nothing to report"


def test_a_strict_study_accepts_no_fault(built: Path, tmp_path: Path) -> None:
    good = built / "reports/small.audit.json"
    assert ttdata("accept", good).status == 0
    failing = json.loads(good.read_text("utf-8"))
    fault = {"severity": "fault", "title": "Videos of accounts that were not requested", "count": 3, "of": 50}
    fault |= {"check": "wrong_user", "unit": "videos", "means": "…", "do": "…", "examples": []}
    failing |= {"counts": {"fault": 1, "warning": 0, "note": 0}, "findings": [fault]}
    (tmp_path / "bad.json").write_text(json.dumps(failing))
    refused = ttdata("accept", tmp_path / "bad.json")
    assert refused.status == 1
    assert "Videos of accounts that were not requested: 3 of 50 videos" in refused.said
    assert "reports/small.html" in refused.said
    dry = snakemake(small_study(audit={"strict": True}), tmp_path / "strict", "--dry-run")
    assert re.search(r"accept +1", dry.said)


def test_every_build_writes_its_reports_and_the_summary_has_their_result(built: Path) -> None:
    assert (built / "reports/small.html").exists()
    assert "audit: nothing to report" in ttdata("summary", directory=built).said
    header = (built / "reports/small.html").read_text().partition("<header>")[2]
    assert re.sub(r"<[^>]*>", "", header).split("\n\n")[0].strip().startswith(INVENTED)
    outcome = ttdata("audit", "--dataset", "small", directory=built)
    assert outcome.said.splitlines()[0] == INVENTED
    assert outcome.said.splitlines()[2] == "small: nothing to report"


def test_a_report_of_snakemake_contains_the_page(built: Path, tmp_path: Path) -> None:
    shutil.copytree(built, tmp_path / "copy")
    outcome = snakemake(small_study(), tmp_path / "copy", "--report", "snakemake.zip")
    assert outcome.status == 0, outcome.said
    with zipfile.ZipFile(tmp_path / "copy/snakemake.zip") as archive:
        (name,) = [name for name in archive.namelist() if name.endswith("small.html")]
        assert archive.read(name) == (built / "reports/small.html").read_bytes()
