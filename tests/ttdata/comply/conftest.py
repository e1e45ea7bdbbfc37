"""A study that is collected and built once, and copied for each test."""

import shutil
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.ttdata.comply.lost import Lab, served

Labs = Callable[..., AbstractContextManager[Lab]]


@pytest.fixture(scope="session")
def built_once(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("comply")
    with pytest.MonkeyPatch.context() as patch, served() as lab:
        patch.chdir(folder)
        lab.build()
    return folder


@pytest.fixture
def lab(built_once: Path, own_folder: Path) -> Labs:
    """Laboratories whose dataset was built on 1 June 2026."""

    @contextmanager
    def made(**changes: Any) -> Iterator[Lab]:
        shutil.copytree(built_once, own_folder, dirs_exist_ok=True)
        with served(**changes) as one:
            yield one

    return made
