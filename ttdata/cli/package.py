"""The commands of replication packages: package, verify, replicate, rehydrate."""

from pathlib import Path

import click

from ttdata.cli.messages import sentences
from ttdata.cli.options import FILE
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
@HERE
def package(dataset: str | None, profile: str, out: Path | None, croissant: bool, bagit: bool, directory: Path) -> None:
    """Make a replication package of DATASET (a name, or a .duckdb file), and search it for leaks.

    Runs your analysis on invented data. Sends no request to TikTok. The same dataset gives the same file.
    """
    from ttdata.publish.choice import dataset_file
    from ttdata.publish.package.make import make_package
    from ttdata.publish.package.zip_file import sha256
    from ttdata.store.paths import Folder

    with sentences():
        folder = Folder(directory)
        file = dataset_file(dataset, folder)
        target = out or folder.root / "packages" / f"{file.stem}-{profile}.zip"
        extras = [name for name, wanted in (("croissant", croissant), ("bagit", bagit)) if wanted]
        made = make_package(file, folder, profile, target, extras=extras)
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
