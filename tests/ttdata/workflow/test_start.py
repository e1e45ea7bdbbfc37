"""Which options Snakemake is started with: those of a profile, and those of the default one that it leaves open."""

import subprocess
from itertools import pairwise
from pathlib import Path

import pytest
import yaml

from tests.support import small_study
from ttdata.workflow import start


@pytest.fixture
def commands(monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """The commands that would have been run."""
    run: list[list[str]] = []

    class Process:
        def __init__(self, command: list[str], **_: object) -> None:
            run.append(command)

        def __enter__(self) -> "Process":
            return self

        def __exit__(self, *_: object) -> None:
            pass

        def wait(self) -> int:
            return 0

    monkeypatch.setattr(subprocess, "Popen", Process)
    return run


def options(commands: list[list[str]], folder: Path, profile: str | None) -> dict[str, str]:
    study = folder / "config.yaml"
    study.write_text(yaml.safe_dump(small_study()))
    assert start.build(study, folder, [], profile=profile) == 0
    (command,) = commands
    return dict(pairwise(command))


def test_without_a_profile_the_default_options_are_given(commands: list[list[str]], tmp_path: Path) -> None:
    found = options(commands, tmp_path, None)
    assert (found["--cores"], found["--scheduler"], found["--workflow-profile"]) == ("2", "greedy", "none")
    assert "--profile" not in found


def test_a_profile_of_a_cluster_decides_how_many_cores_are_used(commands: list[list[str]], tmp_path: Path) -> None:
    found = options(commands, tmp_path, "slurm")
    assert Path(found["--profile"], "profile.yaml").is_file()
    assert "--cores" not in found
    assert {"--scheduler", "--rerun-incomplete", "--keep-going"} <= set(found)


def test_a_profile_s_own_options_are_not_given_twice(commands: list[list[str]], tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine/config.yaml").write_text("cores: 1\n")
    found = options(commands, tmp_path, str(tmp_path / "mine"))
    assert found["--profile"] == str(tmp_path / "mine")
    assert "--cores" not in found
    assert found["--scheduler"] == "greedy"


def test_a_folder_without_a_profile_is_named(commands: list[list[str]], tmp_path: Path) -> None:
    with pytest.raises(SystemExit, match="There is no profile"):
        options(commands, tmp_path, str(tmp_path / "other"))
    assert commands == []
