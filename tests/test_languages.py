"""docs/mock-in-tests.md: each example does what the page says, in its own language, against a server on a socket."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import mockserver
from mockserver import InThread, Mock
from mockserver.adapters.authority import Authority
from tests.support import PROJECT

PAGE = (PROJECT / "docs/mock-in-tests.md").read_text("utf-8")
PRINTED = "65 75"
# By the language of a block: the name of its file, and the command.
LANGUAGES = {
    "sh": ("search.sh", ["sh"]),
    "js": ("search.js", ["node"]),
    "go": ("search.go", ["go", "run"]),
    "php": ("search.php", ["php"]),
    "ruby": ("search.rb", ["ruby"]),
    "r": ("search.R", ["Rscript", "--vanilla"]),
}
# What finds the proxy and its authority by the printed lines alone.
BY_PROXY = ("sh", "go", "php", "ruby")
NEEDS = {
    "php": ["php", "-r", "exit(function_exists('curl_init') ? 0 : 1);"],
    "r": ["Rscript", "-e", "library(httr2); library(jsonlite)"],
}


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", PAGE, re.DOTALL | re.MULTILINE)


def run(language: str, folder: Path, **environment: str) -> str:
    name, command = LANGUAGES[language]
    if not shutil.which(command[0]):
        pytest.skip(f"{command[0]} is not installed")
    if language in NEEDS and subprocess.run(NEEDS[language], capture_output=True, check=False).returncode:
        pytest.skip(f"{command[0]} lacks a package: {NEEDS[language][-1]}")
    (code,) = blocks(language)
    (folder / name).write_text(code)
    # Go caches what it compiles in the home of its user.
    caches = {"GOCACHE": os.environ.get("GOCACHE", str(Path.home() / ".cache/go-build"))}
    done = subprocess.run(
        [*command, name],
        cwd=folder,
        env=os.environ | caches | environment,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout.strip()


@pytest.fixture
def server() -> Iterator[Mock]:
    with InThread() as mock:
        yield mock


@pytest.mark.parametrize("language", LANGUAGES)
def test_an_example_finds_what_the_page_says(server: Mock, tmp_path: Path, language: str) -> None:
    assert run(language, tmp_path, TTAPI_BASE_URL=server.url) == PRINTED


@pytest.mark.parametrize("language", BY_PROXY)
def test_an_example_reaches_the_mock_by_the_printed_lines_at_the_real_address(tmp_path: Path, language: str) -> None:
    with Authority() as authority, InThread(tls=authority.context) as mock:
        lines = authority.environment(mock.url)
        assert run(language, tmp_path, TTAPI_BASE_URL="https://open.tiktokapis.com", **lines) == PRINTED


@pytest.mark.slow
@pytest.mark.parametrize(("number", "tests"), [(0, 2), (1, 2)])
def test_the_python_examples_pass(tmp_path: Path, number: int, tests: int) -> None:
    (tmp_path / "test_mine.py").write_text(blocks("python")[number])
    words = (
        ["pytest", "-q", "-s", "-p", "no:cacheprovider", "-p", "no:xdist"] if number == 0 else ["unittest", "test_mine"]
    )
    done = subprocess.run(
        [sys.executable, "-m", *words], cwd=tmp_path, capture_output=True, text=True, timeout=120, check=False
    )
    said = done.stdout + done.stderr
    assert done.returncode == 0, said
    assert PRINTED in said
    assert re.search(rf"{tests} passed|Ran {tests} tests", said)


def test_the_page_has_the_workflow_to_copy() -> None:
    assert (PROJECT / "docs/mock-ci.yml").read_text() in PAGE


def test_the_page_names_every_public_name() -> None:
    table = PAGE.partition("## Public names")[2]
    assert all(re.search(rf"`{name}\b", table) for name in mockserver.__all__)
    members = {name for name in vars(Mock) if not name.startswith("_")} | {"url", "client_key", "client_secret"}
    assert all(f"`{name}`" in table for name in members)
