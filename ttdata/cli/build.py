"""Commands around a build: init, upgrade, wait."""

import time
from pathlib import Path

import click

from ttdata.cli.messages import sentences
from ttdata.cli.options import DIRECTORY, FILE
from ttdata.plan.plan import Plan
from ttdata.store.paths import Folder
from ttdata.store.stops import Stop
from ttdata.study.study import MOCK
from ttdata.text import count, say


@click.command()
@click.argument("template", required=False)
@click.option("--directory", type=FILE, help="The folder to create. Default: the template's name.")
def init(template: str | None, directory: Path | None) -> None:
    """Start a study of your own from TEMPLATE; without one, list the templates."""
    from ttdata.study.templates import copy_template, templates

    if template is None:
        for name, about in templates().items():
            print(f"{name:24}{about}")
        return
    folder = directory or Path(template)
    with sentences():
        files = copy_template(template, folder)
    print("\n".join(["Created", *(f"  {path}" for path in files), "", "Next:"]))
    print(f"  edit it           {files[0]}")
    print(f"  check its cost    python -m ttdata plan {files[0]}")
    print(f"  build it          snakemake --directory {folder}")


@click.command()
@DIRECTORY
def upgrade(directory: Path) -> None:
    """Rewrite the raw pages that an earlier version of ttdata stored. Sends no request, and loses no answer."""
    from ttdata.upgrade.upgrade import upgrade as upgrade_files

    with sentences():
        files = upgrade_files(Folder(directory))
    print(
        f"Upgraded {count(files, 'file')}. Build again: nothing is requested twice." if files else "Nothing to upgrade."
    )


@click.command()
def wait() -> None:
    """Sleep until what stopped the last build is over: a spent quota, or an API that was down. Holds no lock."""
    folder = Folder()
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
