"""On Windows, the commands that cannot run there say so in one sentence, before they import what Windows lacks."""

import subprocess
import sys
from importlib.metadata import entry_points

import pytest
from click.testing import CliRunner

from mockserver.__main__ import main as mock_main
from ttdata.__main__ import main

# As on Windows: no module of POSIX can be imported, and nothing heavy has been.
STARTED_ON_WINDOWS = """
import runpy, sys
sys.platform = "win32"
sys.modules |= dict.fromkeys(("fcntl", "click", "snakemake", "duckdb"))
sys.argv = ["ttdata", *sys.argv[1:]]
runpy.run_module("ttdata", run_name="__main__", alter_sys=False)
"""


@pytest.mark.parametrize("words", [[], ["--help"], ["build"], ["init", "climate"]])
def test_every_command_of_ttdata_names_wsl(words: list[str]) -> None:
    process = subprocess.run([sys.executable, "-c", STARTED_ON_WINDOWS, *words], capture_output=True, text=True)
    assert process.returncode == 1
    assert process.stdout == ""
    assert "`wsl --install`" in process.stderr
    assert process.stderr.count("\n") == 1


def test_the_installed_command_and_the_module_are_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    (installed,) = entry_points(group="console_scripts", name="ttdata")
    assert installed.load() is main
    monkeypatch.setattr(sys, "platform", "win32")
    with pytest.raises(SystemExit) as end:
        main()
    assert "WSL" in str(end.value)


def test_the_mock_server_does_not_start_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "win32")
    outcome = CliRunner().invoke(mock_main, ["--port", "0"])
    assert (outcome.exit_code, "`wsl --install`" in outcome.output) == (1, True)
    assert CliRunner().invoke(mock_main, ["fidelity"]).exit_code == 0
