"""The command line: the group of all commands, and its logging."""

import logging
from importlib import import_module

import click

# The module of each command, imported when the command runs: a build starts one process per job.
_MODULES = {
    "steps": ("plan", "collect", "rank", "missing", "build", "accept"),
    "build": ("init", "upgrade", "wait"),
    "run": ("run",),
    "inspect": ("status", "summary", "digest", "explain", "audit"),
}
_COMMANDS = {name: module for module, names in _MODULES.items() for name in names}


class _Commands(click.Group):
    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in _COMMANDS:
            return None
        command: click.Command = getattr(import_module(f"ttdata.cli.{_COMMANDS[cmd_name]}"), cmd_name)
        return command


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.option(
    "-v",
    "--verbose",
    count=True,
    help="Log progress to standard error; -vv adds details. Logs can contain account names, but no secrets.",
)
@click.version_option(package_name="ttdata")
def main(verbose: int) -> None:
    """Datasets from TikTok's Research API, declared in a study and built by Snakemake.

    A build runs these steps by itself (`make`, or `snakemake`); each can be run alone.
    """
    if verbose:
        level = logging.DEBUG if verbose > 1 else logging.INFO
        logging.basicConfig(format="%(asctime)s %(levelname)s %(name)s: %(message)s", level=logging.WARNING)
        for package in ("ttdata", "ttapi"):
            logging.getLogger(package).setLevel(level)
