"""What the commands and programs of a page print: in this process where that is possible, which is faster."""

import os
import re
import runpy
import shlex
import subprocess
import sys
from contextlib import ExitStack, chdir, redirect_stdout
from io import StringIO
from pathlib import Path
from unittest.mock import patch

import matplotlib
from click.testing import CliRunner
from matplotlib import pyplot

from ttdata.cli.main import main
from ttdata.program import PROGRAM

HOME = "/home/you"
"""Stands on a page for the reader's home."""
PORT = "127.0.0.1:33883"
"""Stands for the address of the bundled server, whose port is another one each time."""
# These print from processes of their own.
_STARTS_PROCESSES = ("ttdata build", "ttdata run", "ttdata replicate")


def printed(command: str, folder: Path, shown_as: str) -> str:
    """What a command of ttdata prints in the current folder, with the page's name of a folder in place of its path."""
    words = shlex.split(command)
    assert words[0] == "ttdata", command
    with patch.dict(os.environ, {PROGRAM: "ttdata"}):
        outcome = CliRunner().invoke(main, words[1:])
    return outcome.output.replace(str(folder), shown_as)


def run(command: str, here: Path, home: Path) -> str:
    """What any command of a page prints in a folder. home: the reader's home."""
    plain = not re.search(r"[|&;<>$]", command)
    with chdir(here):
        if plain and command.startswith("python "):
            return _program(here / shlex.split(command)[1])
        if plain and command.startswith("ttdata ") and not command.startswith(_STARTS_PROCESSES):
            return printed(command, home, HOME)
    return _shell(command, here, home)


def _program(path: Path) -> str:
    """Run a Python program in this process, which has imported pandas and matplotlib already."""
    said = StringIO()
    with ExitStack() as stack:
        stack.enter_context(redirect_stdout(said))
        stack.enter_context(patch.object(sys, "argv", [path.name]))
        # A figure has the same bytes each time, and letters instead of their outlines.
        stack.enter_context(patch.dict(os.environ, {"SOURCE_DATE_EPOCH": "0"}))
        stack.enter_context(matplotlib.rc_context())
        pyplot.switch_backend("agg")
        matplotlib.rc("svg", hashsalt="ttdata", fonttype="none")
        runpy.run_path(str(path), run_name="__main__")
        pyplot.close("all")
    return said.getvalue()


def _shell(command: str, here: Path, home: Path) -> str:
    programs = Path(sys.executable).parent
    done = subprocess.run(
        ["bash", "-c", command],
        cwd=here,
        env=os.environ | {"HOME": str(home), "PATH": f"{programs}:{os.environ['PATH']}"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=600,
        check=False,
    )
    assert done.returncode == 0, f"{command}\n{done.stdout}"
    return re.sub(r"127\.0\.0\.1:\d+", PORT, done.stdout.replace(str(home), HOME))
