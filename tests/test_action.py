"""The GitHub action, without GitHub: its steps run as shells in an empty folder, as a runner does it."""

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
    variables = {name: known[expression] for name, expression in step["env"].items()}
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
