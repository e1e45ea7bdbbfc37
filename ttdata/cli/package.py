"""The commands of replication packages: package, verify, replicate, rehydrate."""

from pathlib import Path

import click

from ttdata.cli.messages import sentences
from ttdata.cli.options import FILE, resources
from ttdata.text import count, folded, say

HERE = click.option("--directory", type=FILE, default=Path(), help="Where the study was built. Default: here.")


@click.command()
@click.argument("dataset", required=False)
@click.option(
    "--profile",
    type=click.Choice(["public", "aggregate", "team", "self-archive"]),
    default="public",
    show_default=True,
    help="public: ids, no text, no names. aggregate: counts only. team, self-archive: everything; never publish these.",
)
@click.option("--out", type=FILE, help="The zip file. Default: packages/DATASET-PROFILE.zip.")
@click.option("--croissant", is_flag=True, help="Add croissant.json, for programs of machine learning.")
@click.option("--bagit", is_flag=True, help="Put everything into a bag (BagIt), as some archives require.")
@resources
@HERE
def package(
    dataset: str | None,
    profile: str,
    out: Path | None,
    croissant: bool,
    bagit: bool,
    threads: int,
    memory: int,
    temporary: Path | None,
    directory: Path,
) -> None:
    """Make a replication package of DATASET (a name, or a .duckdb file), and search it for leaks.

    Runs your analysis on invented data. Sends no request to TikTok. The same dataset gives the same file.
    """
    from ttdata.comply.due import refuse_overdue
    from ttdata.publish.choice import dataset_file
    from ttdata.publish.package.make import make_package
    from ttdata.publish.package.zip_file import sha256
    from ttdata.store.paths import Folder
    from ttdata.tables.files import Resources

    with sentences():
        folder = Folder(directory)
        file = dataset_file(dataset, folder)
        refuse_overdue(file, "packaged")
        target = out or folder.package(file.stem, profile)
        extras = [name for name, wanted in (("croissant", croissant), ("bagit", bagit)) if wanted]
        limits = Resources(threads, memory, temporary)
        made = make_package(file, folder, profile, target, extras=extras, resources=limits)
        for note in made.notes:
            say(f"Note: {note}")
        for part in made.unread:
            say(f"Look at it yourself: {part}.")
        print(f"{made.path}  {count(made.files, 'file')}, {made.size / 1e6:.1f} MB")
        print(f"sha256 {sha256(made.path)}")
        if profile in ("public", "aggregate"):
            print(
                f"Searched for {count(made.values, 'name and text', 'names and texts')} of the dataset: none is in it."
            )
        else:
            print(folded(f"It contains everything: texts, names, pages. Never publish it. (profile {profile})"))


@click.command()
@click.argument("file", type=FILE)
def verify(file: Path) -> None:
    """List what the package FILE contains, and check it. Runs nothing, writes nothing, sends nothing."""
    from ttdata.publish.package.replicate import listing
    from ttdata.publish.package.verify import verified

    with sentences():
        checked = verified(file)
        print(listing(checked))
    print(f"All checksums hold: {count(len(checked.sizes), 'file')}.")


@click.command()
@click.argument("file", type=FILE)
@click.option("--directory", type=FILE, required=True, help="A new folder for all that is made.")
@click.option("--run", is_flag=True, help="Also run the package's scripts. Look at them first: they can do anything.")
def replicate(file: Path, directory: Path, run: bool) -> None:
    """Replicate the package FILE without credentials: build its twin, run its analysis, and compare.

    Nothing of the package runs unless you say --run. Exit status 0 only if everything that can be reproduced was.
    """
    from ttdata.publish.package.replicate import REPORT
    from ttdata.publish.package.replicate import replicate as replicate_package

    with sentences():
        page = replicate_package(file, directory, run=run, say=lambda text: print(text, flush=True))
        print()
        print(page.text())
        print(f"This page: {(directory / REPORT).resolve()}.html")
    if not page.is_complete:
        raise SystemExit(1)


@click.command()
@click.argument("file", type=FILE)
@click.option("--directory", type=FILE, required=True, help="A new folder, or the one in which this was begun.")
@click.option("--yes", is_flag=True, help="Send the requests without asking.")
def rehydrate(file: Path, directory: Path, yes: bool) -> None:
    """Request the videos of the package FILE again by their ids, and report what came back.

    Needs credentials, unless the data are of the mock server. Prints the cost, and asks, before anything is sent. Exit
    status 75: the quota is spent, run the same command again later.
    """
    import sys

    from ttdata.publish.package import rehydrate as steps

    with sentences():
        package = steps.prepare(file, directory)
        print(steps.cost(directory), flush=True)
        if not yes and not (sys.stdin.isatty() and click.confirm("\nSend these requests?")):
            raise click.ClickException("Nothing was sent. To send the requests: the same command with --yes")
        if status := steps.build(directory):
            raise SystemExit(status)
        page = steps.report(package, directory)
        print()
        print(page.text())
        print(f"This page: {(directory / steps.REPORT).resolve()}.html")
