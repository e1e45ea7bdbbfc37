"""Commands that build a study: build, run (from a crontab), wait, clean."""

import shutil
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import click

from ttdata.cli.messages import sentences
from ttdata.cli.options import DIRECTORY, folder_of, place
from ttdata.plan.plan import Plan
from ttdata.program import program
from ttdata.store import builds
from ttdata.store.paths import Folder
from ttdata.store.stops import TEMPORARY_FAILURE, Stop
from ttdata.study.study import MOCK
from ttdata.study.templates import STUDY
from ttdata.text import count, folded, say
from ttdata.workflow import start
from ttdata.workflow.quiet import SCHEDULED, already_running


class _WithSnakemake(click.Command):
    """A command whose words after -- are options of Snakemake."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        try:
            return super().parse_args(ctx, args)
        except click.NoSuchOption as error:
            hint = f"Options of Snakemake come after --, as in {program()} {self.name} -- {error.option_name}"
            raise click.UsageError(f"{error.format_message()} {hint}", ctx) from None


DRY = frozenset(("-n", "--dry-run", "--dryrun"))
"""Snakemake's spellings of the option."""
WORDS = click.argument("words", nargs=-1, type=click.UNPROCESSED, metavar="[STUDY] [-- OPTIONS]")

PROFILE = click.option(
    "--profile", metavar="NAME|FOLDER", help="A profile of Snakemake, for a cluster: slurm, or a folder with yours."
)


@click.command(cls=_WithSnakemake)
@WORDS
@DIRECTORY
@PROFILE
@click.option("--dry-run", is_flag=True, help="List the jobs, and start none.")
@click.option("--wait", "waits", is_flag=True, help="After the quota is spent, wait for the next day and continue.")
def build(words: tuple[str, ...], directory: Path | None, profile: str | None, dry_run: bool, waits: bool) -> None:
    """Collect what STUDY (default: ./config.yaml) declares, and build its datasets and reports.

    Stop it at any time: the same command continues. OPTIONS after -- are Snakemake's.

    Exit status: 0 built, 75 run the same command again later (the quota is spent, or the API is down), 1 look at the
    message, 2 wrong usage, 130 Ctrl-C.
    """
    study, options = _study_and_options(words)
    file, folder = _study_and_folder(study, directory)
    dry_run = dry_run or not DRY.isdisjoint(options)
    options += ["--dry-run"] if dry_run else []
    while (status := start.build(file, folder.root, options, profile=profile)) == TEMPORARY_FAILURE and waits:
        _wait(folder)
    if status == 0 and not dry_run:
        from ttdata.workflow.summary import summary

        with sentences():
            print(summary(Plan.read(folder.plan, folder)))
    sys.exit(status)


@click.command(cls=_WithSnakemake)
@WORDS
@DIRECTORY
@PROFILE
@click.option("--quiet", is_flag=True, help="Print nothing if nothing is due.")
def run(words: tuple[str, ...], directory: Path | None, profile: str | None, quiet: bool) -> None:
    """Build STUDY as often as you like: for a crontab.

    If nothing is due, it prints one line and sends nothing. OPTIONS after -- are Snakemake's. Its status is that of
    `build`.
    """
    study, options = _study_and_options(words)
    file, folder = _study_and_folder(study, directory)
    before = _started(folder)
    status = start.build(file, folder.root, options, {SCHEDULED: "1"}, profile)
    if status == 0 and _started(folder) == before and not quiet:
        print("Nothing is due: everything is built, and nothing was sent.")
    sys.exit(status)


@click.command()
@place
def wait(study: Path | None, directory: Path | None) -> None:
    """Sleep until what stopped the last build is over: a spent quota, or an API that was down. Holds no lock."""
    _wait(folder_of(study, directory))


@click.command()
@place
def clean(study: Path | None, directory: Path | None) -> None:
    """Delete what a build wrote, except the raw pages, which cost quota."""
    folder = folder_of(study, directory)
    if not folder.is_of_a_build:
        print("Nothing was built here, so nothing is deleted.")
        return
    if running := builds.running(folder.build):
        raise click.ClickException(already_running(running))
    made = [path for path in folder.made if path.exists()]
    for path in made:
        shutil.rmtree(path) if path.is_dir() and not path.is_symlink() else path.unlink()
    kept = " The raw pages are kept." if folder.raw_pages.exists() else ""
    print(f"Deleted {count(len(made), 'file or folder', 'files and folders')}.{kept}")


def _study_and_options(words: Sequence[str]) -> tuple[Path | None, list[str]]:
    """The study of a command, if the first word is none of Snakemake's options; and these."""
    named = 1 if words and not words[0].startswith("-") else 0
    return (Path(words[0]) if named else None), list(words[named:])


def _study_and_folder(study: Path | None, directory: Path | None) -> tuple[Path, Folder]:
    """The file of a study, and the folder in which it is built, as absolute paths."""
    places = [study] if study else [folder / STUDY for folder in (Path(), directory) if folder]
    file = next((place for place in places if place.exists()), places[0])
    if file.is_dir():
        file /= STUDY
    if not file.exists():
        raise click.ClickException(
            folded(
                f"{file} does not exist. Name a study, such as {program()} build studies/mine.yaml, or start one: "
                f"{program()} init climate"
            )
        )
    return file.absolute(), Folder(folder_of(file, directory).root.absolute())


def _wait(folder: Folder) -> None:
    stop = Stop.read(folder.stop)
    if stop is None or not stop.passes:
        print("Nothing to wait for: the last build was not stopped by the quota or an outage.")
        return
    with sentences():
        is_bundled = Plan.read(folder.plan).base_url == MOCK
    left = folder.stop.stat().st_mtime + stop.seconds + 60 - time.time()
    if left > 0 and not (is_bundled and stop.reason == "quota"):
        what = "the quota" if stop.reason == "quota" else "TikTok's API"
        say(f"Waiting {left / 3600:.1f} h for {what}. Press Ctrl-C to stop waiting; nothing is lost.")
        time.sleep(left)


def _started(folder: Folder) -> float:
    """When the last build in a folder started, 0 if none has."""
    return folder.study.stat().st_mtime if folder.study.exists() else 0.0
