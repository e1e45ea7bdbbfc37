"""How to call ttdata from a shell: every printed command works as printed."""

import os
import shlex
import shutil
import sys
from pathlib import Path

PROGRAM = "TTDATA_PROGRAM"
"""Set for the jobs of a build, whose PATH is not that of the user's shell."""


def program() -> str:
    """The command in a new shell of the current folder: its name if it is on the PATH, else its path."""
    if known := os.environ.get(PROGRAM):
        return known
    own, found = Path(sys.prefix, "bin", "ttdata"), shutil.which("ttdata")
    if not own.exists() or (found and Path(found).resolve() == own.resolve()):
        return "ttdata"
    return shlex.quote(str(own.relative_to(Path.cwd()) if own.is_relative_to(Path.cwd()) else own))
