"""docs/using.md: each command prints what the page shows."""

import re
import shutil
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.pages.commands import printed
from tests.support import PROJECT
from tests.ttdata.worlds import build_study
from ttdata.cli.main import _GROUPS

pytestmark = pytest.mark.slow

PAGE = (PROJECT / "docs/using.md").read_text("utf-8")
BLOCKS = [block for block in re.findall(r"```console\n(.*?)\n```", PAGE, re.DOTALL) if "--serve" not in block]
HOME = "/home/you/climate"


@pytest.fixture(scope="module")
def climate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the default study, built; before.duckdb is the dataset from before it had its last week."""
    folder = tmp_path_factory.mktemp("using")
    study = yaml.safe_load((PROJECT / "config.yaml").read_text())
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        shutil.move(build_study(_with_last_day(study, "2025-03-24")), "before.duckdb")
        shutil.rmtree("raw")
        build_study(_with_last_day(study, "2025-03-31"))
    return folder


def _with_last_day(study: dict[str, Any], day: str) -> dict[str, Any]:
    dataset = study["datasets"]["climate"]
    videos = dataset["videos"] | {"during": [dataset["videos"]["during"][0], day]}
    return study | {"datasets": {"climate": dataset | {"videos": videos}}}


@pytest.mark.parametrize("block", BLOCKS, ids=lambda block: block.splitlines()[0])
def test_a_command_prints_what_the_page_shows(block: str, climate: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(climate)
    command, *shown = block.splitlines()
    assert printed(command.removeprefix("$ "), climate, HOME).splitlines() == shown
    code = command.startswith("$ ttdata open")
    assert code or max(map(len, shown)) <= 80


def test_each_command_that_uses_a_dataset_is_on_the_page() -> None:
    for command in ["digest", *(name for name, (module, _) in _GROUPS["Use the data"].items() if module == "publish")]:
        assert f"ttdata {command}" in PAGE
