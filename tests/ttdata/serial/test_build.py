"""A build in one process: the datasets of the rules, from the bundled mock server alone."""

import sys
from pathlib import Path

import pytest
import yaml

from tests.support import FOLDER, command, small_study, snakemake
from ttdata.build.digest import digest_of
from ttdata.serial.build import NotInvented, build_study

PANEL = {"accounts": ["account_of_test1"], "users": {"of": "accounts", "waves": {"every": "7d", "times": 3}}}
WAVES = small_study(datasets={"small": PANEL})


def written(study: dict[str, object], folder: Path) -> Path:
    folder.mkdir(exist_ok=True)
    (folder / "config.yaml").write_text(yaml.safe_dump(study))
    return folder / "config.yaml"


@pytest.mark.slow
@pytest.mark.parametrize("study", [small_study(), WAVES], ids=["small", "waves"])
def test_it_builds_what_the_rules_build(
    study: dict[str, object], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = written(study, tmp_path / "here")
    monkeypatch.chdir(file.parent)
    _, requests = build_study(file, FOLDER)
    outcome = snakemake(study, tmp_path / "there")
    assert outcome.status == 0, outcome.said
    assert digest_of(FOLDER.dataset("small")) == digest_of(tmp_path / "there/datasets/small.duckdb")
    assert requests > 0
    assert build_study(file, FOLDER)[1] == 0


def test_the_api_of_tiktok_is_never_asked(tmp_path: Path) -> None:
    study = written(small_study(api={"base_url": "https://open.tiktokapis.com"}), tmp_path)
    with pytest.raises(NotInvented, match="ttdata build"):
        build_study(study, FOLDER)
    outcome = command(sys.executable, "-m", "ttdata.serial", str(study), directory=tmp_path)
    assert (outcome.status, "Traceback" in outcome.said) == (1, False)
