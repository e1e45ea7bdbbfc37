"""A study with an analysis, built, and its public package: made once for all tests, which only read it."""

import shutil
import sys
from functools import partial
from pathlib import Path

import pytest
import yaml

from tests.support import Once, command, small_study, ttdata

FIGURE = """
import duckdb
con = duckdb.connect("datasets/small.duckdb", read_only=True)
rows = con.execute("SELECT region_code, count(*) FROM videos GROUP BY 1 ORDER BY 1").fetchall()
bars = "".join(f'<rect y="{12 * n}" width="{c}" height="10"/>' for n, (_, c) in enumerate(rows))
open("figure.svg", "w").write(f'<svg xmlns="http://www.w3.org/2000/svg">{bars}</svg>')
"""
PACKAGE = {
    "analysis": ["figure.py"],
    "outputs": ["figure.svg"],
    "authors": [{"family": "Example", "given": "Anna", "orcid": "https://orcid.org/0000-0002-1825-0097"}],
    "licence": "CC-BY-4.0",
    "contact": "data@example.org",
}


def declare(folder: Path, study: dict[str, object]) -> None:
    """Write a study and its analysis into a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "config.yaml").write_text(yaml.safe_dump(study, sort_keys=False))
    (folder / "figure.py").write_text(FIGURE)


def build(folder: Path, study: dict[str, object]) -> Path:
    """Build a study in a folder, with its analysis. Returns the folder."""
    declare(folder, study)
    outcome = ttdata("build", directory=folder)
    assert outcome.status == 0, outcome.said
    return folder


@pytest.fixture(scope="session")
def study_folder(once: Once) -> Path:
    return once("packaged", _packaged)


def _packaged(folder: Path) -> None:
    """Build the study, draw its figure, and make its public package."""
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("TIKTOK_CLIENT_KEY", raising=False)
        patch.setenv("TTAPI_LEDGER", str(folder.with_name("ledger of packaged.sqlite")))
        declare(folder, small_study(package=PACKAGE))
        python = partial(command, sys.executable, directory=folder)
        for step in (["-m", "ttdata.serial", "config.yaml"], ["figure.py"], ["-m", "ttdata", "package"]):
            outcome = python(*step)
            assert outcome.status == 0, outcome.said


@pytest.fixture(scope="session")
def public(study_folder: Path) -> Path:
    """The public package of the study."""
    return study_folder / "packages" / "small-public.zip"


@pytest.fixture
def copy(study_folder: Path, tmp_path: Path) -> Path:
    """The folder of the built study, without its package, to change."""
    shutil.copytree(study_folder, tmp_path / "copy", ignore=shutil.ignore_patterns("packages"))
    return tmp_path / "copy"
