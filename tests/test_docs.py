"""The documents are held to what they document."""

import importlib.util
import re
from datetime import date
from pathlib import Path
from types import ModuleType

import yaml

from tests.support import PROJECT
from ttdata.study.study import Study


def script(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, PROJECT / "docs" / f"{name}.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_page_about_studies_follows_the_schema() -> None:
    assert (PROJECT / "docs/study.md").read_text() == script("make_study").page(), "run `make docs`"


def test_the_page_about_errors_follows_the_code() -> None:
    assert (PROJECT / "docs/errors.md").read_text() == script("make_errors").page(), "run `make docs`"


def test_every_fault_says_what_to_do() -> None:
    for fault in script("make_errors").faults():
        assert len(re.findall(r"[.;:] ", f"{fault.__doc__} ")) >= 2, f"{fault.__name__}: what happened. What to do."


def test_the_page_about_sources_follows_the_table_of_kinds() -> None:
    assert (PROJECT / "docs/sources.md").read_text() == script("make_sources").page(), "run `make docs`"


def test_the_study_on_the_page_about_sources_can_be_built(tmp_path: Path) -> None:
    (tmp_path / "shops.txt").write_text("Anna Lee Shop\n")
    shown = (PROJECT / "docs/sources.md").read_text().split("```yaml\n")[1].split("```")[0]
    study = Study.check({"study": "shown"} | yaml.safe_load(shown), today=date(2026, 11, 1), base=tmp_path)
    assert [each.source for each in study.datasets[0].sources][-1] == "users_hop2"


def test_the_page_about_the_audit_follows_its_checks_and_its_schema() -> None:
    assert (PROJECT / "docs/audit.md").read_text() == script("make_audit").page(), "run `make docs`"


def test_the_page_about_the_report_follows_the_table_of_figures() -> None:
    assert (PROJECT / "docs/report.md").read_text() == script("make_report").page(), "run `make docs`"


def test_the_codebook_follows_the_tables() -> None:
    assert (PROJECT / "docs/codebook.md").read_text() == script("make_codebook").page(), "run `make docs`"


def test_every_link_of_a_document_leads_somewhere() -> None:
    for document in [*PROJECT.glob("*.md"), *PROJECT.glob("docs/*.md")]:
        for target in re.findall(r"\]\((?!https?:|#)([^)#]+)", document.read_text()):
            assert (document.parent / target).exists(), f"{document.name}: {target}"
