"""The command line: the group of all commands, and its logging."""

import logging

import click

from ttdata.cli import build, inspect, run, steps


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
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


for _command in (*steps.COMMANDS, *build.COMMANDS, *run.COMMANDS, *inspect.COMMANDS):
    main.add_command(_command)
