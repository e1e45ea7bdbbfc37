"""Starting Snakemake on a study, with the Snakefile and the options that come with ttdata."""

import os
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml

from ttdata.packaged import PROJECT
from ttdata.text import folded
from ttdata.workflow.parse import check_readable

_PROFILE_FILES = ("profile.yaml", "config.yaml")


def build(
    study: Path,
    directory: Path,
    options: Sequence[str],
    environment: Mapping[str, str] | None = None,
    profile: str | None = None,
) -> int:
    """Build a study in a folder, which is created. options: of Snakemake. Returns its exit status, 130 after Ctrl-C.

    profile: the name of a profile that comes with ttdata, such as slurm, or a folder with one.
    A study that cannot be read ends this process with a sentence.
    """
    check_readable(study)  # before Snakemake reads it, which can run code in it
    directory.mkdir(parents=True, exist_ok=True)
    command = [sys.executable, "-m", "snakemake", "--snakefile", str(PROJECT / "Snakefile"), *_profile(profile)]
    command += ["--directory", str(directory), "--configfile", str(study.absolute()), *options]
    with subprocess.Popen(command, env=os.environ | (environment or {})) as process:
        try:
            return process.wait()
        except KeyboardInterrupt:  # the terminal has sent it to Snakemake as well, whose jobs store their answers
            process.wait()
            return 130


def _profile(name: str | None) -> Iterator[str]:
    """The options of a profile, and those of the default one that it leaves open.

    The default profile is not named to Snakemake, which would announce it on standard error.
    """
    profiles = PROJECT / "profiles"
    options = _options(profiles / "default")
    yield from ("--workflow-profile", "none")
    if name:
        folder = profiles / name if (profiles / name).is_dir() else Path(name).absolute()
        own = _options(folder)
        yield from ("--profile", str(folder))
        # Cores are those of this machine.
        options = {
            key: value
            for key, value in options.items()
            if key not in own and not (key == "cores" and "executor" in own)
        }
    for key, value in options.items():
        yield from (f"--{key}",) if value is True else (f"--{key}", str(value))


def _options(profile: Path) -> dict[str, Any]:
    """The options in a profile's file. Ends this process with a sentence if there is none."""
    path = next((path for name in _PROFILE_FILES if (path := profile / name).is_file()), None)
    if path is None:
        sys.exit(folded(f"There is no profile {profile}: a folder with a file profile.yaml, or the name slurm."))
    options: dict[str, Any] = yaml.safe_load(path.read_text("utf-8"))
    return options
