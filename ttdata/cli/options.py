"""Options that several commands have, and the folder that they mean."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from ttdata.store.paths import Folder
from ttdata.text import say

FILE = click.Path(path_type=Path)
PLAN = click.option("--plan", "plan_file", type=FILE, default="plan.json", show_default=True, help="The plan.")
DATASET = click.option("--dataset", required=True, help="Name of the dataset.")
JSON = click.option("--json", "as_json", is_flag=True, help="As a JSON object, for scripts.")
DIRECTORY = click.option("--directory", type=FILE, help="Where the study is built. Default: the folder of STUDY.")


def names_in(text: str) -> list[str]:
    """The names in an option such as --tables videos,users; each once."""
    return list(dict.fromkeys(name.strip() for name in text.split(",") if name.strip()))


def place(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command the argument STUDY and the option --directory; see `folder_of`."""
    return click.argument("study", type=FILE, required=False)(DIRECTORY(command))


def resources(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command the options --threads, --memory and --temporary: what DuckDB may use."""
    options = (
        click.option("--threads", default=2, show_default=True, help="Threads for DuckDB; no result depends on them."),
        click.option("--memory", default=2000, show_default=True, metavar="MB", help="Memory for DuckDB."),
        click.option(
            "--temporary", type=FILE, help="Folder for what does not fit into memory. Default: beside the file."
        ),
    )
    for option in reversed(options):
        command = option(command)
    return command


def folder_of(study: Path | None, directory: Path | None) -> Folder:
    """Where a study is built: in the given folder, else in its own. That is printed unless it is the current one."""
    if directory is not None:
        return Folder(directory)
    folder = study.parent if study else Path()
    if folder.resolve() != Path.cwd():
        say(f"In the folder {folder.resolve()}:")
    return Folder(folder)
