"""The command for a crontab: run."""

import os
import subprocess
import sys
from pathlib import Path

import click
import yaml

from ttdata.cli.options import FILE
from ttdata.store.paths import Folder
from ttdata.workflow.quiet import SCHEDULED

_PROJECT = Path(__file__).parents[2]


@click.command(context_settings={"ignore_unknown_options": True})
@click.argument("study", type=FILE, required=False)
@click.argument("options", nargs=-1, type=click.UNPROCESSED)
@click.option("--quiet", is_flag=True, help="Print nothing if nothing is due.")
def run(study: Path | None, options: tuple[str, ...], quiet: bool) -> None:
    """Build STUDY (default: ./config.yaml) in this folder, as often as you like: for a crontab.

    If nothing is due, it prints one line and sends nothing. OPTIONS are Snakemake's. Its status is that of the build: 0
    built or nothing due, 75 run it again later, 1 look at the message.
    """
    if not (_PROJECT / "Snakefile").exists():
        raise click.ClickException(f"There is no Snakefile in {_PROJECT}. Run it in a clone of the project.")
    before = _started()
    command = [sys.executable, "-m", "snakemake", "--snakefile", str(_PROJECT / "Snakefile"), *_profile()]
    command += ["--configfile", str(study)] if study else []
    status = subprocess.run([*command, *options], env=os.environ | {SCHEDULED: "1"}, check=False).returncode
    if status == 0 and _started() == before and not quiet:
        print("Nothing is due: everything is built, and nothing was sent.")
    sys.exit(status)


def _started() -> float:
    """When the last build in this folder started, 0 if none has."""
    file = Folder().study
    return file.stat().st_mtime if file.exists() else 0.0


def _profile() -> list[str]:
    """The options of the default profile. Snakemake announces a profile on standard error, and there is no need to."""
    profile = yaml.safe_load((_PROJECT / "profiles" / "default" / "profile.yaml").read_text("utf-8"))
    options = ["--workflow-profile", "none"]
    for name, value in profile.items():
        options += [f"--{name}"] if value is True else [f"--{name}", str(value)]
    return options
