"""The documents are held to what they document."""

import importlib.util
import re
from collections.abc import Iterator, Mapping
from datetime import date
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import yaml

from tests.support import PROJECT
from ttdata.study.schema import schema
from ttdata.study.study import Study

SCRIPTS = sorted(path.stem for path in PROJECT.glob("docs/make_*.py"))
OURS = re.compile(r"""["']((?:TIKTOK|TTDATA|TTAPI)_[A-Z_]+)["']""")


def script(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, PROJECT / "docs" / f"{name}.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def written(module: ModuleType) -> dict[Path, str]:
    """What a script of docs/ writes: each file, and its text."""
    for name in ("pages", "drawings"):
        if hasattr(module, name):
            return dict(getattr(module, name)())
    return {module.PAGE: module.page()}


@pytest.mark.parametrize("name", SCRIPTS)
def test_what_is_generated_follows_its_source(name: str) -> None:
    for path, text in written(script(name)).items():
        assert path.read_text("utf-8") == text, f"{path.name}: run `make docs`"


def test_the_page_about_studies_has_every_key_of_the_schema() -> None:
    page = (PROJECT / "docs/study.md").read_text("utf-8")
    missing = [key for key in keys(schema()) if f"`{key}`" not in page and not re.search(rf"`[\w.\[\]]*\.{key}`", page)]
    assert missing == []
    rows = re.findall(r"^\| `(of|top|sample)` \|", page, re.MULTILINE)
    assert sorted(rows) == ["of", "of", "sample", "top"], "once for all sources, and `of` once more for videos"


def keys(node: Mapping[str, Any]) -> Iterator[str]:
    """The names of all keys below a part of the schema; `file` is explained in the text."""
    yield from (name for name in node.get("properties", {}) if name not in ("file", "gt", "gte", "lt", "lte"))
    for child in node.values():
        for part in child if isinstance(child, list) else [child]:
            if isinstance(part, Mapping):
                yield from keys(part)


def test_the_page_about_the_environment_has_every_variable_that_the_code_names() -> None:
    code = [path for room in ("ttapi", "ttdata", "mockserver") for path in (PROJECT / room).rglob("*.py")]
    named = {name for path in code for name in OURS.findall(path.read_text("utf-8"))}
    groups = yaml.safe_load((PROJECT / "docs/environment.yaml").read_text("utf-8"))["groups"]
    assert {name for group in groups for name in group["variables"]} == named


def test_the_page_about_exit_statuses_has_those_of_the_code() -> None:
    from ttapi.commands import FAILED, QUOTA_SPENT, REFUSED, USAGE
    from ttdata.store.stops import TEMPORARY_FAILURE

    programs = yaml.safe_load((PROJECT / "docs/exit_statuses.yaml").read_text("utf-8"))["programs"]
    statuses = {name: {row["status"] for row in rows} for name, rows in programs.items()}
    assert statuses["ttapi"] == {0, FAILED, USAGE, REFUSED, QUOTA_SPENT}
    assert TEMPORARY_FAILURE in statuses["ttdata"]


def test_every_fault_says_what_to_do() -> None:
    for fault in script("make_errors").faults():
        assert len(re.findall(r"[.;:] ", f"{fault.__doc__} ")) >= 2, f"{fault.__name__}: what happened. What to do."


def test_the_study_on_the_page_about_sources_can_be_built(tmp_path: Path) -> None:
    (tmp_path / "shops.txt").write_text("Anna Lee Shop\n")
    shown = (PROJECT / "docs/sources.md").read_text().split("```yaml\n")[1].split("```")[0]
    study = Study.check({"study": "shown"} | yaml.safe_load(shown), today=date(2026, 11, 1), base=tmp_path)
    assert [each.source for each in study.datasets[0].sources][-1] == "users_hop2"


def test_every_link_of_a_document_leads_somewhere() -> None:
    for document in [*PROJECT.glob("*.md"), *PROJECT.glob("docs/**/*.md")]:
        for target in re.findall(r"\]\((?!https?:|#)([^)#]+)", document.read_text()):
            assert (document.parent / target).exists(), f"{document.name}: {target}"
