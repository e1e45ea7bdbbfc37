"""The notebooks: each ends in a figure, as a script and cell by cell."""

import shutil
import subprocess
import sys
from pathlib import Path

import nbclient
import nbformat
import pytest

from tests.support import PROJECT, snakemake_on
from ttdata.publish.export import export
from ttdata.publish.formats.table import formats_of

pytestmark = pytest.mark.slow

NOTEBOOKS = PROJECT / "docs" / "notebooks"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the default study, built and exported."""
    directory = tmp_path_factory.mktemp("notebook")
    shutil.copy(PROJECT / "config.yaml", directory)
    outcome = snakemake_on(directory / "config.yaml", directory)
    assert outcome.status == 0, outcome.said
    export(directory / "datasets/climate.duckdb", directory / "exports/climate", formats_of(["sqlite"]))
    return directory


def run(*words: object, folder: Path) -> str:
    done = subprocess.run(list(map(str, words)), cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_the_python_notebook_runs_as_a_script(folder: Path) -> None:
    printed = run(sys.executable, NOTEBOOKS / "climate.py", "exports/climate/dataset.sqlite", "one.png", folder=folder)
    assert "279 videos of" in printed
    assert (folder / "one.png").read_bytes().startswith(b"\x89PNG")


def test_the_python_notebook_runs_cell_by_cell(folder: Path) -> None:
    cells = (NOTEBOOKS / "climate.py").read_text().split("\n# %%")
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(f"#{cell}") for cell in cells[1:]])
    nbclient.NotebookClient(notebook, resources={"metadata": {"path": str(folder)}}).execute()
    assert (folder / "climate.png").read_bytes().startswith(b"\x89PNG")


@pytest.mark.skipif(shutil.which("Rscript") is None, reason="R is not installed")
def test_the_r_notebook_ends_in_a_figure(folder: Path) -> None:
    if subprocess.run(["Rscript", "-e", "library(RSQLite)"], capture_output=True, check=False).returncode:
        pytest.skip("RSQLite is not installed")
    printed = run("Rscript", NOTEBOOKS / "climate.R", "exports/climate/dataset.sqlite", "r.svg", folder=folder)
    assert "279 videos of" in printed
    assert "<svg" in (folder / "r.svg").read_text()[:300]
