"""The command `ttdata`, and `python -m ttdata`."""

import sys

WINDOWS = (
    "ttdata does not run on Windows itself: install the Windows Subsystem for Linux (WSL) with `wsl --install`, and "
    "use ttdata there."
)


def main(program: str | None = None) -> None:
    """Run the command line. program: how the user has called it, if not by its name."""
    if sys.platform == "win32":
        sys.exit(WINDOWS)
    # Only now: the commands need modules that Windows lacks.
    from ttdata.cli.main import main as commands

    commands(prog_name=program)


if __name__ == "__main__":
    main("python -m ttdata")
