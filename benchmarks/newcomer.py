"""The minutes from nothing to the first figure, for someone who types the first block of the README.

    python benchmarks/newcomer.py

There is no release yet, so a wheel is built first, and pip finds it by name in a folder instead of the package index.
That is not part of the newcomer's time. Everything else is: pip starts with an empty cache, and the environment is new.
The aim is a figure within five minutes.
"""

import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from tempfile import TemporaryDirectory

from speed_study import ROOT, machine

EXTRAS = "ttdata[data,mock]"
# Prefixes of variables that would hand the newcomer something of whoever runs this.
OWN = ("PYTHON", "VIRTUAL_ENV", "TIKTOK_", "TTDATA_", "TTAPI_")


class Failed(Exception):
    """A step did not do what the newcomer expects."""


def run(words: tuple[str, ...], folder: Path, environment: Mapping[str, str]) -> None:
    done = subprocess.run(
        words, cwd=folder, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False
    )
    if done.returncode:
        raise Failed(f"{' '.join(words)} ended with status {done.returncode}:\n{done.stdout[-2_000:]}")


def build_wheel(folder: Path) -> None:
    pip = (sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation")
    run((*pip, "--wheel-dir", str(folder), str(ROOT)), folder, os.environ)


def newcomer(folder: Path, wheels: Path) -> dict[str, str]:
    """The environment variables of someone who has nothing but Python. Settings of pip stay: they name the index."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith(OWN)}
    links = " ".join(filter(None, (str(wheels), os.environ.get("PIP_FIND_LINKS"))))
    caches = {"XDG_CACHE_HOME": str(folder / "cache"), "PIP_CACHE_DIR": str(folder / "cache" / "pip")}
    path = os.pathsep.join([str(folder / "env" / "bin"), environment["PATH"]])
    return environment | caches | {"PIP_FIND_LINKS": links, "PATH": path}


def steps(folder: Path, environment: Mapping[str, str]) -> Iterator[tuple[str, float]]:
    """What the newcomer types, and the minutes that each command took."""
    commands = (
        ((sys.executable, "-m", "venv", "env"), folder, "python -m venv env"),
        (("pip", "install", "--quiet", EXTRAS), folder, f'pip install "{EXTRAS}"'),
        (("ttdata", "init", "climate"), folder, "ttdata init climate"),
        (("ttdata", "build"), folder / "climate", "ttdata build"),
    )
    for words, place, shown in commands:
        start = time.perf_counter()
        run(("env", *words), place, environment)  # env looks for the program on the newcomer's PATH, not on ours
        yield shown, (time.perf_counter() - start) / 60


def check_figure(report: Path) -> None:
    if not report.exists():
        raise Failed(f"There is no {report.name}.")
    if not re.search(r'<svg[^>]* role="img"', report.read_text("utf-8")):  # others are the keys of legends
        raise Failed(f"There is no figure in {report.name}.")


def main() -> None:
    with TemporaryDirectory() as name:
        folder, wheels = Path(name, "home"), Path(name, "wheels")
        folder.mkdir()
        wheels.mkdir()
        print(f"Machine: {machine()}\n\n  {'step':<34}minutes\n  {'-' * 33} -------")
        build_wheel(wheels)
        total = 0.0
        for shown, minutes in steps(folder, newcomer(folder, wheels)):
            print(f"  {shown:<34}{minutes:>7.2f}", flush=True)
            total += minutes
        check_figure(folder / "climate" / "reports" / "climate.html")
        print(f"  {'-' * 33} -------\n  {'first figure':<34}{total:>7.2f}")


if __name__ == "__main__":
    try:
        main()
    except Failed as failure:
        sys.exit(str(failure))
