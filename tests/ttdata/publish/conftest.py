"""One built dataset for all tests of this folder, which copy it before they change it."""

import shutil
from pathlib import Path

import pytest

from tests.support import small_study
from tests.ttdata.worlds import build_study


@pytest.fixture(scope="session")
def built_once(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A dataset with videos, comments and users. Tests do not change it."""
    folder = tmp_path_factory.mktemp("published")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        return build_study(small_study()).resolve()


@pytest.fixture
def dataset(built_once: Path, own_folder: Path) -> Path:
    """The same dataset as that of the study in the current folder."""
    path = Path("datasets/small.duckdb")
    path.parent.mkdir()
    shutil.copy(built_once, path)
    return path
