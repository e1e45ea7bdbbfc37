"""Templates: the example studies, from which a user can start."""

import shutil
from datetime import date
from pathlib import Path

import pytest
from click.testing import CliRunner

from tests.support import PROJECT
from ttdata.cli.main import main
from ttdata.study.study import Study
from ttdata.study.templates import templates


def run(*words: str) -> str:
    return CliRunner().invoke(main, ["init", *words]).output


def test_each_template_is_listed_on_a_line_that_fits_a_terminal() -> None:
    lines = run().splitlines()
    names = ["climate", *(each.stem for each in (PROJECT / "studies").glob("*.yaml"))]
    assert [line.split()[0] for line in lines] == sorted(names)
    assert len(lines) == 11
    assert all(len(line) < 80 for line in lines)


@pytest.mark.parametrize("name", templates())
def test_every_template_is_a_study_that_can_be_built(name: str) -> None:
    assert f"ttdata build {name}/config.yaml" in run(name)
    study = Study.read(Path(name, "config.yaml"), today=date(2026, 11, 1))
    assert study.name == {"climate": "climate-on-tiktok"}.get(name, name)


def test_nothing_is_overwritten() -> None:
    run("party-panel", "--directory", "mine")
    Path("mine/config.yaml").write_text("my own")
    assert "would be overwritten" in run("party-panel", "--directory", "mine")
    assert Path("mine/config.yaml").read_text() == "my own"


def test_an_unknown_template_is_refused_with_the_available_ones() -> None:
    assert "Available: climate, donated-ids-audit, eu27-election" in run("party").replace("\n", " ")


def test_editors_find_the_schema_from_the_new_folder() -> None:
    run("eu27-election", "--directory", "deep/er")
    first = Path("deep/er/config.yaml").read_text().splitlines()[0]
    assert Path("deep/er", first.partition("$schema=")[2]).resolve() == PROJECT / "ttdata/study/study.schema.yaml"
    shutil.rmtree("deep")
