"""Starting Snakemake on a study, with the Snakefile and the options that come with ttdata."""

import os
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import yaml

from ttdata.packaged import PROJECT
from ttdata.workflow.parse import check_readable


def build(study: Path, directory: Path, options: Sequence[str], environment: Mapping[str, str] | None = None) -> int:
    """Build a study in a folder, which is created. options: of Snakemake. Returns its exit status, 130 after Ctrl-C.

    A study that cannot be read ends this process with a sentence.
    """
    check_readable(study)  # before Snakemake reads it, which can run code in it
    directory.mkdir(parents=True, exist_ok=True)
    command = [sys.executable, "-m", "snakemake", "--snakefile", str(PROJECT / "Snakefile"), *_profile()]
    command += ["--directory", str(directory), "--configfile", str(study.absolute()), *options]
    with subprocess.Popen(command, env=os.environ | (environment or {})) as process:
        try:
            return process.wait()
        except KeyboardInterrupt:  # the terminal has sent it to Snakemake as well, whose jobs store their answers
            process.wait()
            return 130


def _profile() -> Iterator[str]:
    """The options of the default profile. Snakemake announces a profile on standard error, and there is no need to."""
    profile = yaml.safe_load((PROJECT / "profiles" / "default" / "profile.yaml").read_text("utf-8"))
    yield from ("--workflow-profile", "none")
    for name, value in profile.items():
        yield from (f"--{name}",) if value is True else (f"--{name}", str(value))
