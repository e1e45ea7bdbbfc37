"""The Dockerfile, without Docker: the lines of each target run in an empty folder, and then the target's command.

This differs from an image in four ways: an empty environment of the Python that runs the tests takes the place of the
image's Python, uv with its cache that of the image's pip, absolute paths are below the test's folder, and nothing runs
as another user.
"""

import json
import os
import shutil
import socket
import subprocess
import venv
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import requests
import yaml

from tests.installed import index_answers, write_pip
from tests.support import MOCK_SECRET, PROJECT, MockServer, checkout_files, small_study, until

TARGETS = ("mock", "build")
# Commands of RUN lines that are left out, and why.
LEFT_OUT = {"useradd": "it needs root and changes the machine"}
PORT = "8080"


@dataclass
class Image:
    """What the lines of one target made. root: the folder that stands for / of the image."""

    root: Path
    folder: Path
    environment: dict[str, str]
    entrypoint: list[str] = field(default_factory=list)
    health: list[str] = field(default_factory=list)

    def run(self, *words: str, **environment: str) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            words,
            cwd=self.folder,
            env=self.environment | environment,
            capture_output=True,
            text=True,
            timeout=500,
            check=False,
        )

    def inside(self, path: str) -> Path:
        """A path of the image, in the folder that stands for it."""
        return self.root / path.removeprefix("/") if path.startswith("/") else self.folder / path

    def has_module(self, name: str) -> bool:
        return self.run("python", "-c", f"import {name}").returncode == 0


def instructions(target: str) -> list[tuple[str, str]]:
    """The instructions of a target and of those that it is made from: name and the rest of the line."""
    stages: dict[str, list[tuple[str, str]]] = {}
    lines: list[tuple[str, str]] = []
    for line in (PROJECT / "Dockerfile").read_text().replace("\\\n", " ").splitlines():
        name, _, rest = line.strip().partition(" ")
        if name == "FROM":
            parent, _, stage = rest.partition(" AS ")
            lines = stages[stage] = list(stages.get(parent, [(name, parent)]))
        elif name and not name.startswith("#"):
            lines.append((name, rest.strip()))
    return stages[target]


def context(folder: Path) -> Path:
    """A copy of the checkout as .dockerignore lets it pass."""
    rules = [line for line in (PROJECT / ".dockerignore").read_text().splitlines() if line and line[0] != "#"]
    assert rules[0] == "*", "nothing gets into an image that is not named"
    assert {rule for rule in rules[1:] if rule[0] != "!"} == {"**/__pycache__"}, "a rule that this test does not know"
    for name in checkout_files():
        if f"!{name.split('/')[0]}" in rules:
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(PROJECT / name, folder / name)
    return folder


def make(target: str, source: Path, root: Path) -> Image:
    venv.create(root / "python")
    write_pip(root / "python" / "bin")
    # Settings of the tests' own Python do not reach the image. Those of pip do: they name the package index.
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "VIRTUAL_ENV"))}
    environment["PATH"] = os.pathsep.join([str(root / "python" / "bin"), os.environ["PATH"]])
    image = Image(root, root, environment)
    for name, rest in instructions(target):
        execute(image, name, rest, source)
    return image


def execute(image: Image, name: str, rest: str, source: Path) -> None:
    match name:
        case "WORKDIR":
            image.folder = image.inside(rest)
            image.folder.mkdir(parents=True, exist_ok=True)
        case "COPY":
            start, end = rest.split()
            shutil.copytree(source / start, image.inside(end), dirs_exist_ok=True)
        case "RUN":
            if rest.split()[0] not in LEFT_OUT:
                done = image.run("sh", "-c", rest)
                assert done.returncode == 0, f"{rest}\n{done.stdout}{done.stderr}"
        case "ENV":
            variable, _, value = rest.partition("=")
            image.environment[variable] = str(image.inside(value)) if value.startswith("/") else value
            if variable == "HOME":
                image.inside(value).mkdir(exist_ok=True)
        case "ENTRYPOINT":
            image.entrypoint = json.loads(rest)
        case "HEALTHCHECK":
            image.health = json.loads(rest.partition("CMD ")[2])
        case _:
            assert name in ("FROM", "USER", "EXPOSE"), f"{name} is an instruction that this test does not know"


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The build context. Skips the tests where no package index answers, as on a train."""
    if not index_answers():
        pytest.skip("no package index answers")
    return context(tmp_path_factory.mktemp("context") / "source")


@contextmanager
def started(image: Image, port: str) -> Iterator[None]:
    """The command of an image, with another port. It has to end when it is told to."""
    words = [port if word == PORT else word for word in image.entrypoint]
    process = subprocess.Popen(words, cwd=image.folder, env=image.environment, stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout
        assert process.stdout.readline().startswith("Mock of TikTok's Research API at ")
        yield
    finally:
        process.terminate()
        process.communicate(timeout=10)
    assert process.returncode == 0


def free_port() -> str:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return str(listener.getsockname()[1])


@pytest.mark.parametrize("target", TARGETS)
def test_an_image_has_a_python_that_the_packages_support_and_a_user_who_is_not_root(target: str) -> None:
    lines = instructions(target)
    assert lines[0] == ("FROM", "python:3.12-slim")
    assert [rest for name, rest in lines if name == "USER"] == ["ttdata"]
    assert any(rest.startswith("useradd ") and rest.endswith(" ttdata") for name, rest in lines if name == "RUN")


@pytest.mark.slow
def test_the_image_of_the_mock_server_answers_and_notices_when_it_does_not(source: Path, tmp_path: Path) -> None:
    image = make("mock", source, tmp_path)
    assert not image.has_module("duckdb")
    assert not image.has_module("snakemake")
    port = free_port()
    health = [word.replace(PORT, port) for word in image.health]
    assert image.run(*health).returncode != 0
    with started(image, port):
        until(lambda: image.run(*health).returncode == 0)
        # Another container calls it by the name of its service.
        address = f"http://127.0.0.1:{port}/__mock__/health"
        assert requests.get(address, headers={"Host": f"mock:{PORT}"}, timeout=10).json()["status"] == "ok"


def build(image: Image, base_url: str) -> "subprocess.CompletedProcess[str]":
    """Build the small study in the folder of an image, as a client of a mock server."""
    study = small_study(api={"base_url": base_url})
    (image.folder / "config.yaml").write_text(yaml.safe_dump(study, sort_keys=False))
    return image.run(*image.entrypoint, "build", TIKTOK_CLIENT_KEY="mock", TIKTOK_CLIENT_SECRET=MOCK_SECRET)


@pytest.mark.slow
def test_the_image_for_builds_builds_datasets_but_not_without_a_ledger_from_other_servers(
    source: Path, tmp_path: Path, mock_server: MockServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("TTAPI_LEDGER")
    image = make("build", source, tmp_path)
    for command in (image.entrypoint, ["python", "-m", "ttdata"]):
        shown = image.run(*command, "--help")
        assert shown.returncode == 0, shown.stderr
        assert "Datasets from TikTok's Research API" in shown.stdout
    assert "vaping-keywords" in image.run(*image.entrypoint, "init").stdout

    image.inside("/state").touch()  # a file, because root could make a folder; the user of the image cannot
    refused = build(image, mock_server.url)
    assert refused.returncode != 0
    assert "Nothing was sent." in " ".join(refused.stdout.split() + refused.stderr.split())

    built = build(image, "mock")
    assert built.returncode == 0, built.stdout + built.stderr
    assert (image.folder / "datasets" / "small.duckdb").exists()
