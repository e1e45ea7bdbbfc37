"""How errors end a command."""

import errno

import click
from click.testing import CliRunner

from ttdata.cli.messages import sentences


def test_a_command_whose_reader_has_closed_the_pipe_ends_without_a_message() -> None:
    @click.command()
    def command() -> None:
        with sentences():
            raise BrokenPipeError(errno.EPIPE, "Broken pipe")

    outcome = CliRunner().invoke(command)
    assert (outcome.exit_code, outcome.output) == (1, "")
