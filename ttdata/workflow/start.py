"""Starting Snakemake on a study, with the Snakefile and the options that come with ttdata."""

import os
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import yaml

from ttdata.packaged import PROJECT
from ttdata.workflow.parse import check_readable


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
    """The named profile, or the options of the default one: Snakemake announces a profile on standard error."""
    yield from ("--workflow-profile", "none")
    profiles = PROJECT / "profiles"
    if name:
        yield from ("--profile", str(profiles / name if (profiles / name).is_dir() else Path(name).absolute()))
        return
    for key, value in yaml.safe_load((profiles / "default" / "profile.yaml").read_text("utf-8")).items():
        yield from (f"--{key}",) if value is True else (f"--{key}", str(value))
