"""The command line: the group of all commands, and its logging."""

import logging
from importlib import import_module

import click

# The commands of each group in the help: their modules, which are imported when a command runs (a build starts one
# process per job), and what each does, in at most 55 characters.
_GROUPS = {
    "Start": {
        "init": ("setup", "Start a study from a template."),
        "upgrade": ("setup", "Rewrite raw pages of an earlier version."),
    },
    "Build": {
        "plan": ("steps", "Check a study and print what it will cost."),
        "build": ("build", "Collect a study's data and build its datasets."),
        "run": ("build", "Build quietly, as often as you like: for a crontab."),
        "wait": ("build", "Sleep until the last build can continue."),
        "clean": ("build", "Delete what was built; keep the raw pages."),
    },
    "Look at the result": {
        "status": ("inspect", "Print how far a build is and what it has cost."),
        "summary": ("inspect", "Print what was built and what to do next."),
        "audit": ("inspect", "Check what was returned against what was requested."),
        "explain": ("inspect", "Print which request returned a record."),
        "digest": ("inspect", "Print the content digest of a dataset."),
    },
    "Use the data": {
        "show": ("publish", "Print tables, or the first rows of one."),
        "open": ("publish", "Print how to open a dataset in other programs."),
        "export": ("export", "Write CSV, Parquet, SQLite, Stata, Excel, networks."),
        "diff": ("publish", "Compare two datasets."),
        "coverage": ("coverage", "Print how much of a list of ids was found."),
        "sample-for-coding": ("labels", "Draw a random sample for coders."),
        "labels": ("labels", "Print labels, and how far coders agree."),
        "cite": ("publish", "Print how to describe and cite a dataset."),
    },
    "Keep": {
        "sync": ("sync", "Mirror the raw pages to a bucket, or restore them."),
    },
    "Replicate": {
        "package": ("package", "Make a replication package of a dataset."),
        "verify": ("package", "Check a package without running anything of it."),
        "replicate": ("package", "Rebuild what a package has without credentials."),
        "rehydrate": ("package", "Request the ids of a package again."),
    },
    "Comply": {
        "refresh": ("comply", "Check which records are still available, if due."),
        "purge": ("purge", "Erase records, and everything that was made of them."),
        "doctor": ("doctor", "Look for secrets, open files, and what is overdue."),
    },
    "Steps of a build, which its rules call": {
        "collect": ("steps", "Collect one search, or one part of a source."),
        "rank": ("steps", "List the items that a source requests."),
        "missing": ("steps", "List the ids that were not found."),
        "assemble": ("steps", "Turn collected pages into a DuckDB file."),
        "accept": ("steps", "Fail if an audit found a fault."),
    },
}
_MODULES = {name: module for commands in _GROUPS.values() for name, (module, _) in commands.items()}
_EXTRAS = 'pip install "ttdata[data,mock]"'


class _Commands(click.Group):
    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(_MODULES)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in _MODULES:
            return None
        try:
            command: click.Command = getattr(
                import_module(f"ttdata.cli.{_MODULES[cmd_name]}"), cmd_name.replace("-", "_")
            )
        except ModuleNotFoundError as error:
            raise _missing(error) from None
        return command

    def invoke(self, ctx: click.Context) -> object:
        try:
            return super().invoke(ctx)
        except ModuleNotFoundError as error:
            raise _missing(error) from None

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        for title, commands in _GROUPS.items():
            with formatter.section(title):
                formatter.write_dl([(name, summary) for name, (_, summary) in commands.items()])


def _missing(error: ModuleNotFoundError) -> click.ClickException:
    return click.ClickException(f"The package {error.name} is missing. Install what a build needs: {_EXTRAS}")


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.option(
    "-v",
    "--verbose",
    count=True,
    help="Log progress to standard error; -vv adds details. Logs can contain account names, but no secrets.",
)
@click.version_option(package_name="ttdata")
def main(verbose: int) -> None:
    """Datasets from TikTok's Research API, declared in a study and built by Snakemake."""
    if verbose:
        level = logging.DEBUG if verbose > 1 else logging.INFO
        logging.basicConfig(format="%(asctime)s %(levelname)s %(name)s: %(message)s", level=logging.WARNING)
        for package in ("ttdata", "ttapi"):
            logging.getLogger(package).setLevel(level)
