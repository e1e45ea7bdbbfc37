"""The GitHub action and the workflow to copy, without GitHub: their steps run as shells, as a runner does it."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import requests
import yaml

from tests.installed import EXTRAS, links, write_pip
from tests.support import PROJECT, command, until

ACTION: dict[str, Any] = yaml.safe_load((PROJECT / "action.yml").read_text())
STEPS: list[dict[str, Any]] = ACTION["runs"]["steps"]
WORKFLOW: dict[str, Any] = yaml.safe_load((PROJECT / "docs/mock-ci.yml").read_text())
# A python3 that makes environments whose pip is uv with its cache: nothing here is about pip.
PYTHON = """#!/bin/bash
[ "$1 $2" = "-m venv" ] && "{tests}" -m venv --without-pip "$3" && cp "{pip}" "$3/bin/pip"
"""


def settings(folder: Path, wheel: Path) -> dict[str, str]:
    """The variables that a runner sets, for an index that has the wheel."""
    write_pip(folder)
    (folder / "python3").write_text(PYTHON.format(tests=Path(sys.executable).resolve(), pip=folder / "pip"))
    (folder / "python3").chmod(0o755)
    own = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "VIRTUAL_ENV"))}
    files = {name: str(folder / name) for name in ("GITHUB_OUTPUT", "GITHUB_ENV")}
    path = f"{folder}:/usr/bin:/bin"
    return own | links(wheel) | files | {"RUNNER_TEMP": str(folder), "PATH": path}


def run(step: dict[str, Any], inputs: dict[str, str], folder: Path, environment: dict[str, str]) -> Any:
    """Run a step as a runner does: with its variables filled in, in bash, which ends at the first error."""
    assert step["shell"] == "bash"
    assert "${{" not in step["run"], "an input could be code there"
    values = {name: each.get("default", "") for name, each in ACTION["inputs"].items()} | inputs
    known = {f"${{{{ inputs.{name} }}}}": value for name, value in values.items()}
    known["${{ github.action_path }}"] = str(PROJECT)
    variables = {name: known[expression] for name, expression in step.get("env", {}).items()}
    script = folder / "step.sh"
    script.write_text(step["run"])
    return subprocess.run(
        ["bash", "--noprofile", "--norc", "-eo", "pipefail", str(script)],
        cwd=folder,
        env=environment | variables,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def written(file: str) -> dict[str, str]:
    return dict(line.split("=", 1) for line in Path(file).read_text().splitlines())


@contextmanager
def started(inputs: dict[str, str], folder: Path, environment: dict[str, str]) -> Iterator[dict[str, str]]:
    """Run the second step, and stop what it started. Yields the outputs of the action."""
    done = run(STEPS[1], inputs, folder, environment)
    assert done.returncode == 0, done.stdout + done.stderr
    of_step = {
        f"${{{{ steps.{STEPS[1]['id']}.outputs.{name} }}}}": value
        for name, value in written(environment["GITHUB_OUTPUT"]).items()
    }
    outputs = {name: of_step[each["value"]] for name, each in ACTION["outputs"].items()}
    try:
        yield outputs
    finally:
        os.kill(int(outputs["pid"]), signal.SIGTERM)


def answers(url: str) -> bool:
    try:
        return requests.get(f"{url}/__mock__/health", timeout=10).ok
    except requests.ConnectionError:
        return False


@pytest.mark.slow
def test_the_steps_start_a_server_that_gives_out_tokens(wheel: Path, installed: Path, tmp_path: Path) -> None:
    environment = settings(tmp_path, wheel)
    inputs = {"source": EXTRAS.replace("data,", ""), "port": "0", "key": "mock:quota=1", "quirks": "empty-pages"}
    done = run(STEPS[0], inputs, tmp_path, environment)
    assert done.returncode == 0, done.stdout + done.stderr
    with started(inputs, tmp_path, environment) as outputs:
        url, client = outputs["url"], written(environment["GITHUB_ENV"])
        form = {"client_key": client["TIKTOK_CLIENT_KEY"], "client_secret": client["TIKTOK_CLIENT_SECRET"]}
        answer = requests.post(f"{url}/v2/oauth/token/", data=form | {"grant_type": "client_credentials"}, timeout=10)
        assert answer.json()["token_type"] == "Bearer"
        # The variables are all that ttapi needs; the second request is one more than the key allows.
        words = [str(installed / "ttapi"), "user", "mock_empty", "--fields", "display_name"]
        outcomes = [command(*words, **client) for _ in range(2)]
        assert [("quota" in outcome.said, outcome.status == 0) for outcome in outcomes] == [
            (False, True),
            (True, False),
        ]
    until(lambda: not answers(url))


@pytest.mark.slow
@pytest.mark.parametrize("inputs", [{"scenario": "nosuch"}, {"quirks": "nosuch"}, {"port": "nosuch"}])
def test_a_wrong_input_ends_the_job_and_is_named(inputs: dict[str, str], installed: Path, tmp_path: Path) -> None:
    (tmp_path / "tiktok-mock").symlink_to(installed.parent)
    files = {name: str(tmp_path / name) for name in ("GITHUB_OUTPUT", "GITHUB_ENV")}
    done = run(STEPS[1], {"port": "0"} | inputs, tmp_path, os.environ | files | {"RUNNER_TEMP": str(tmp_path)})
    assert done.returncode == 1
    assert "nosuch" in done.stdout
    assert not any(Path(file).exists() for file in files.values())


def test_without_a_source_the_action_installs_itself(tmp_path: Path) -> None:
    (tmp_path / "python3").symlink_to("/bin/true")
    pip = tmp_path / "tiktok-mock" / "bin" / "pip"
    pip.parent.mkdir(parents=True)
    pip.write_text('#!/bin/sh\necho "$@"\n')
    pip.chmod(0o755)
    done = run(STEPS[0], {}, tmp_path, {"RUNNER_TEMP": str(tmp_path), "PATH": f"{tmp_path}:/usr/bin:/bin"})
    assert done.stdout == f"install {PROJECT}[mock]\n"


def steps_to(do: str) -> list[dict[str, Any]]:
    """The steps that a runner does not skip."""
    return [step for step in STEPS if step["if"] == f"inputs.do == '{do}'"]


def test_every_step_either_starts_or_stops() -> None:
    assert steps_to("start") == STEPS[:2]
    assert steps_to("stop") == STEPS[2:]


@pytest.mark.slow
def test_the_stop_step_ends_the_server_and_prints_what_it_printed(installed: Path, tmp_path: Path) -> None:
    (tmp_path / "tiktok-mock").symlink_to(installed.parent)
    files = {name: str(tmp_path / name) for name in ("GITHUB_OUTPUT", "GITHUB_ENV")}
    environment = os.environ | files | {"RUNNER_TEMP": str(tmp_path)}
    done = run(STEPS[1], {"port": "0", "chaos": "0.5"}, tmp_path, environment)
    assert done.returncode == 0, done.stdout + done.stderr
    exported = written(files["GITHUB_ENV"])
    assert answers(exported["TTAPI_BASE_URL"])
    (stop,) = steps_to("stop")
    done = run(stop, {"do": "stop"}, tmp_path, environment | exported)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "Chaos: 0 of 0 requests failed." in done.stdout
    assert "admin token" not in done.stdout
    assert not answers(exported["TTAPI_BASE_URL"])


JOB = """
import os

import requests


def test_the_mock_gives_a_token():
    form = {"client_key": os.environ["TIKTOK_CLIENT_KEY"], "client_secret": os.environ["TIKTOK_CLIENT_SECRET"]}
    form["grant_type"] = "client_credentials"
    answer = requests.post(os.environ["TTAPI_BASE_URL"] + "/v2/oauth/token/", form)
    assert answer.json()["expires_in"] == 7200
"""


@pytest.mark.slow
def test_the_workflow_to_copy_has_five_lines_and_its_steps_run(wheel: Path, installed: Path, tmp_path: Path) -> None:
    assert len((PROJECT / "docs/mock-ci.yml").read_text().splitlines()) == 5
    (job,) = WORKFLOW["jobs"].values()
    checkout, use, test = job["steps"]
    assert checkout == {"uses": "actions/checkout@v4"}
    assert use["uses"].startswith("OWNER/REPOSITORY@v")
    (tmp_path / "test_job.py").write_text(JOB)
    (tmp_path / "tiktok-mock").symlink_to(installed.parent)
    files = {name: str(tmp_path / name) for name in ("GITHUB_OUTPUT", "GITHUB_ENV")}
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    environment = (
        os.environ | files | {"RUNNER_TEMP": str(tmp_path), "PATH": path, "PYTEST_ADDOPTS": "-p no:cacheprovider"}
    )
    # The default port may be in use here.
    with started(use.get("with", {}) | {"port": "0"}, tmp_path, environment):
        step = test | {"shell": "bash"}
        done = run(step, {}, tmp_path, environment | written(files["GITHUB_ENV"]))
    assert done.returncode == 0, done.stdout + done.stderr
    assert "1 passed" in done.stdout
