"""A study with an analysis, built, and its public package: made once for all tests, which only read it."""

import shutil
import sys
from pathlib import Path

import pytest
import yaml

from tests.support import command, small_study, ttdata

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


def build(folder: Path, study: dict[str, object]) -> Path:
    """Build a study in a folder, with its analysis. Returns the folder."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "config.yaml").write_text(yaml.safe_dump(study, sort_keys=False))
    (folder / "figure.py").write_text(FIGURE)
    outcome = ttdata("build", directory=folder)
    assert outcome.status == 0, outcome.said
    return folder


@pytest.fixture(scope="session")
def study_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("TIKTOK_CLIENT_KEY", raising=False)
        patch.setenv("TTAPI_LEDGER", str(tmp_path_factory.mktemp("ledger") / "quota.sqlite"))
        folder = build(tmp_path_factory.mktemp("packaged") / "study", small_study(package=PACKAGE))
        outcome = command(sys.executable, "figure.py", directory=folder)
        assert outcome.status == 0, outcome.said
    return folder


@pytest.fixture(scope="session")
def public(study_folder: Path) -> Path:
    """The public package of the study."""
    outcome = ttdata("package", directory=study_folder)
    assert outcome.status == 0, outcome.said
    return study_folder / "packages" / "small-public.zip"


@pytest.fixture
def copy(study_folder: Path, tmp_path: Path) -> Path:
    """The folder of the built study, to change."""
    shutil.copytree(study_folder, tmp_path / "copy")
    return tmp_path / "copy"
