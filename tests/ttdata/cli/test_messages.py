"""How errors end a command."""

import errno
from datetime import UTC, datetime

import click
import pytest
from click.testing import CliRunner

from tests.support import FOLDER
from ttapi import QuotaExhausted
from ttdata.cli.messages import sentences
from ttdata.errors import StorageFault
from ttdata.store.builds import hold
from ttdata.store.stops import Stop

NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)


def test_a_command_whose_reader_has_closed_the_pipe_ends_without_a_message() -> None:
    @click.command()
    def command() -> None:
        with sentences():
            raise BrokenPipeError(errno.EPIPE, "Broken pipe")

    outcome = CliRunner().invoke(command)
    assert (outcome.exit_code, outcome.output) == (1, "")


@pytest.mark.parametrize(
    "error", [StorageFault("The disk is full."), QuotaExhausted(bucket="general", spent=5, limit=5, now=NOON)]
)
def test_a_job_whose_build_has_ended_stops_no_later_build_and_says_nothing(
    error: Exception, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("TTDATA_BUILD", "ended")
    with pytest.raises(SystemExit) as end, sentences(stops_build=True):
        raise error
    assert end.value.code == 75
    assert not FOLDER.stop.exists()
    assert capsys.readouterr() == ("", "")


def test_a_job_of_a_running_build_stops_it(monkeypatch: pytest.MonkeyPatch) -> None:
    held = hold(FOLDER.build)
    assert held
    monkeypatch.setenv("TTDATA_BUILD", held.build.id)
    with pytest.raises(SystemExit), sentences(stops_build=True):
        raise StorageFault("The disk is full.")
    stop = Stop.of_this_build(FOLDER.stop)
    assert stop == Stop("fault", build=held.build.id)
    held.release()
