"""The command line: the group of all commands, and its logging."""

import logging
from importlib import import_module

import click

# The commands of each group in the help, and their modules, which are imported when a command runs: a build starts one
# process per job.
_GROUPS = {
    "Start": {"init": "setup", "upgrade": "setup"},
    "Build": {"plan": "steps", "build": "build", "run": "build", "wait": "build", "clean": "build"},
    "Look at the result": {
        "status": "inspect",
        "summary": "inspect",
        "audit": "inspect",
        "explain": "inspect",
        "digest": "inspect",
    },
    "Use the data": {
        "export": "export",
        "package": "package",
        "verify": "package",
        "replicate": "package",
        "rehydrate": "package",
    },
    "Steps of a build, which its rules call": {
        "collect": "steps",
        "rank": "steps",
        "missing": "steps",
        "assemble": "steps",
        "accept": "steps",
    },
}
_MODULES = {name: module for commands in _GROUPS.values() for name, module in commands.items()}
_EXTRAS = 'pip install "ttdata[data,mock]"'


class _Commands(click.Group):
    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(_MODULES)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in _MODULES:
            return None
        try:
            command: click.Command = getattr(import_module(f"ttdata.cli.{_MODULES[cmd_name]}"), cmd_name)
        except ModuleNotFoundError as error:
            raise _missing(error) from None
        return command

    def invoke(self, ctx: click.Context) -> object:
        try:
            return super().invoke(ctx)
        except ModuleNotFoundError as error:
            raise _missing(error) from None

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        width = formatter.width - 6 - max(map(len, _MODULES))
        for title, names in _GROUPS.items():
            commands = [(name, self.get_command(ctx, name)) for name in names]
            with formatter.section(title):
                formatter.write_dl([(name, each.get_short_help_str(width)) for name, each in commands if each])


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
