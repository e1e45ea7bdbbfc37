"""The Makefile makes an environment once, and again where the checkout was moved or copied.

A script takes the place of Python and pip: it makes the files that they would make, and notes what it was told.
"""

import shutil
from pathlib import Path

import pytest

from tests.support import PROJECT, Outcome, command

# Like an environment's own programs, `ttdata` knows the folder in which it was installed.
PYTHON = """#!/bin/bash
echo "$*" >>calls.txt
case "$*" in
  "-m venv .venv") mkdir -p .venv/bin .venv/lib/python3.11/site-packages && cp "$0" .venv/bin/python ;;
  "-m pip install "*"--editable .")
    printf '#!/bin/bash\\necho "the build of %s"\\n' "$PWD" >.venv/bin/ttdata && chmod +x .venv/bin/ttdata ;;
  "-m pip freeze --exclude-editable") [ ! -e .venv/broken ] && cat .venv/added ;;
esac
"""
ADDED = "mine==1.0"


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A folder in which `make` has run, and whose owner has then added a package to the environment."""
    folder = tmp_path / "first place"  # make and blanks are no friends
    folder.mkdir()
    for name in ("Makefile", ".requirements-build.lock", "requirements.lock", "pyproject.toml"):
        shutil.copy(PROJECT / name, folder)
    (folder / "python3").write_text(PYTHON)
    (folder / "python3").chmod(0o755)
    assert make(folder).status == 0
    (folder / ".venv" / "added").write_text(f"{ADDED}\n")
    (folder / ".venv" / "lib" / "python3.11" / "site-packages" / "mine-1.0.dist-info").mkdir()
    (folder / "calls.txt").unlink()
    return folder


def make(folder: Path, *targets: str) -> Outcome:
    # `make test` runs these tests: they must not take part in its own make.
    apart = ("env", "-u", "MAKEFLAGS", "-u", "MFLAGS", "-u", "MAKELEVEL")
    return command(*apart, "make", "PYTHON=./python3", *targets, directory=folder)


def calls(folder: Path) -> list[str]:
    path = folder / "calls.txt"
    return path.read_text().splitlines() if path.exists() else []


def test_an_environment_that_is_ready_is_left_alone(checkout: Path) -> None:
    outcome = make(checkout)
    assert outcome.said == f"the build of {checkout}\n"
    assert calls(checkout) == []
    assert (checkout / ".venv" / "added").exists()


@pytest.mark.parametrize("how", ["moved", "copied"])
def test_in_another_place_it_is_made_again_once_and_added_packages_are_listed(
    checkout: Path, tmp_path: Path, how: str
) -> None:
    place = tmp_path / "second place"
    if how == "moved":
        checkout.rename(place)
    else:
        shutil.copytree(checkout, place)
    outcome = make(place)
    assert outcome.status == 0, outcome.said
    assert f"This folder was moved or copied from {checkout}: its environment is made again." in outcome.said
    assert "Packages that you added to it are listed in .venv-added.txt." in outcome.said
    assert outcome.said.endswith(f"the build of {place}\n"), "the program of the old place was run"
    assert "-m venv .venv" in calls(place)
    assert (place / ".venv-added.txt").read_text() == f"{ADDED}\n"
    if how == "copied":
        assert (checkout / ".venv" / "added").exists()
    assert make(place).said == f"the build of {place}\n"


def test_added_packages_are_listed_even_if_the_old_environment_does_not_run(checkout: Path, tmp_path: Path) -> None:
    (checkout / ".venv" / "broken").touch()
    place = checkout.rename(tmp_path / "on another machine")
    assert make(place).status == 0
    assert (place / ".venv-added.txt").read_text() == f"{ADDED}\n"


def test_the_tests_environment_is_made_again_too(checkout: Path, tmp_path: Path) -> None:
    assert make(checkout, ".venv/.tests-ready").status == 0
    place = checkout.rename(tmp_path / "second place")
    (place / "calls.txt").unlink()
    assert make(place, ".venv/.tests-ready").status == 0
    installed = [call.split()[-1] for call in calls(place) if call.startswith("-m pip install")]
    assert installed == [".requirements-build.lock", ".", "requirements.lock"]
