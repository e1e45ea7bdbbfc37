"""Programs that are started for a package: without credentials, and without the settings of this machine."""

import os
import site
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

# All that a program is given. A list of what is removed would always lack a name.
_KEPT = (
    *("PATH", "LANG", "LC_ALL", "LC_CTYPE", "TMPDIR", "LD_LIBRARY_PATH", "R_HOME", "R_LIBS", "VIRTUAL_ENV"),
    # Without it, each program compiles all of its modules again where they are compiled elsewhere.
    "PYTHONPYCACHEPREFIX",
)
# Time and order of the outputs of common libraries do not depend on when and where they are made.
_FIXED = {
    "SOURCE_DATE_EPOCH": "315532800",
    "PYTHONHASHSEED": "0",
    "TZ": "UTC",
    "MPLBACKEND": "agg",
    "NO_COLOR": "1",
}
_SHOWN = 15


@dataclass(frozen=True)
class Ended:
    """The exit status of a program, and what it printed."""

    status: int
    said: str

    @property
    def last_lines(self) -> str:
        return "\n".join(self.said.strip().splitlines()[-_SHOWN:])


def run(command: Sequence[str], folder: Path, home: Path) -> Ended:
    """Run a program in a folder. home: an empty folder in the place of the user's, with its settings and secrets."""
    home.mkdir(parents=True, exist_ok=True)
    try:
        done = subprocess.run(
            command,
            cwd=folder,
            env=environment(home),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            check=False,
        )
    except OSError as error:
        return Ended(127, f"{command[0]} cannot be started: {error.strerror}.")
    return Ended(done.returncode, done.stdout)


def environment(home: Path, of: Mapping[str, str] = os.environ) -> dict[str, str]:
    """The environment of such a program."""
    kept = {name: of[name] for name in _KEPT if name in of}
    # Packages that were installed for the user are found although the home is another.
    own = {"HOME": str(home), "PYTHONUSERBASE": site.getuserbase(), "TTAPI_LEDGER": str(home / "quota.sqlite")}
    # An analysis finds the Python that has DuckDB under its usual name.
    path = os.pathsep.join([str(Path(sys.executable).parent), kept.get("PATH", os.defpath)])
    return {**kept, **_FIXED, **own, "PATH": path, "PYTHONDONTWRITEBYTECODE": "1"}


def ttdata(*arguments: str) -> list[str]:
    """The command line of this installation."""
    return [sys.executable, "-m", "ttdata", *arguments]
