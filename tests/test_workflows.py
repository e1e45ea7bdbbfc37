"""The workflows of .github, as far as they can be checked where they do not run."""

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from mockserver.version import VERSION
from tests.support import PROJECT

WORKFLOWS = sorted((PROJECT / ".github" / "workflows").glob("*.yml"))


def jobs(path: Path) -> dict[str, dict[str, Any]]:
    loaded: dict[str, dict[str, dict[str, Any]]] = yaml.safe_load(path.read_text())
    return loaded["jobs"]


def commands(job: dict[str, Any]) -> list[str]:
    return [step["run"] for step in job["steps"] if "run" in step]


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_a_workflow_names_files_and_targets_that_exist_and_shell_that_can_be_read(path: Path) -> None:
    stages = re.findall(r"^FROM .* AS (\w+)$", (PROJECT / "Dockerfile").read_text(), re.MULTILINE)
    for job in jobs(path).values():
        assert job["timeout-minutes"] <= 60
        for command in commands(job):
            assert subprocess.run(["bash", "-n", "-c", command], check=False).returncode == 0
            assert all((PROJECT / name).exists() for name in re.findall(r"\.ci/\w+", command))
            assert set(re.findall(r"--target (\w+)", command)) <= set(stages)


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_only_the_job_that_publishes_has_more_rights_than_to_read(path: Path) -> None:
    assert yaml.safe_load(path.read_text())["permissions"] == {"contents": "read"}
    rights = {name: job["permissions"] for name, job in jobs(path).items() if "permissions" in job}
    assert rights in ({}, {"publish": {"id-token": "write"}})


@pytest.mark.parametrize(("tag", "status"), [(f"v{VERSION}", 0), (f"v{VERSION}.1", 1), (VERSION, 1)])
def test_a_release_needs_a_tag_that_is_the_version(tag: str, status: int) -> None:
    (check,) = (each for each in commands(jobs(PROJECT / ".github/workflows/release.yml")["build"]) if "REF" in each)
    environment = {"GITHUB_REF_NAME": tag, "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"}
    assert subprocess.run(["bash", "-c", check], cwd=PROJECT, env=environment, check=False).returncode == status


def test_the_tests_run_on_the_oldest_python_that_is_supported() -> None:
    supported = re.search(r'requires-python = ">=(.*)"', (PROJECT / "pyproject.toml").read_text())
    assert supported
    assert supported[1] in jobs(PROJECT / ".github/workflows/ci.yml")["test"]["strategy"]["matrix"]["python"]
