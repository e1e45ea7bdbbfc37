"""Commands before a build: init, upgrade."""

from pathlib import Path

import click

from ttdata.cli.messages import sentences
from ttdata.cli.options import FILE, folder_of, place
from ttdata.program import program
from ttdata.text import count


@click.command()
@click.argument("template", required=False, metavar="[TEMPLATE|FOLDER]")
@click.option("--directory", type=FILE, help="The folder to create. Default: the template's name.")
@click.option("--sample", is_flag=True, help="Build the datasets of all designs, with invented data, into FOLDER.")
def init(template: str | None, directory: Path | None, sample: bool) -> None:
    """Start a study of your own from TEMPLATE; without one, list the templates.

    With --sample, build a dataset of each design from the bundled mock server, for teaching and for applications for
    access, into FOLDER (default: samples). A stopped run continues.
    """
    from ttdata.study.templates import copy_template, templates

    if sample:
        _build_samples(directory or Path(template or "samples"))
        return
    if template is None:
        for name, about in templates().items():
            print(f"{name:24}{about}")
        return
    folder = directory or Path(template)
    with sentences():
        files = copy_template(template, folder)
    print("\n".join(["Created", *(f"  {path}" for path in files), "", "Next:"]))
    print(f"  edit it           {files[0]}")
    print(f"  check its cost    {program()} plan {files[0]}")
    print(f"  build it          {program()} build {files[0]}")


def _build_samples(folder: Path) -> None:
    from ttdata.samples.samples import build_samples, designs, summary

    print(f"Building {count(len(designs()), 'dataset')} from the bundled mock server. All data will be invented.")
    with sentences():
        samples = build_samples(folder, lambda line: print(f"  {line}", flush=True))
    print(summary(folder, samples))


@click.command()
@place
def upgrade(study: Path | None, directory: Path | None) -> None:
    """Rewrite the raw pages that an earlier version of ttdata stored. Sends no request, and loses no answer."""
    from ttdata.upgrade.upgrade import upgrade as upgrade_files

    with sentences():
        files = upgrade_files(folder_of(study, directory))
    print(
        f"Upgraded {count(files, 'file')}. Build again: nothing is requested twice." if files else "Nothing to upgrade."
    )
