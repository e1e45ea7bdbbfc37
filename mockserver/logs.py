"""What the loggers of this package may say of a client, and printing them on stderr for the command line."""

import logging
import re
import time
from collections.abc import Iterator
from contextlib import contextmanager

import click

LONGEST = 2_000  # characters of a text from a client
_SECRETS = re.compile(
    r"""
    (clt\.|bearer\s+)[^\s"'&,}]+
    | ((?:secret|token)["']?\s*[:=]\s*)(?:"[^"]*"?|'[^']*'?|[^\s&,}]+)
    | mock-secret
    """,
    re.IGNORECASE | re.VERBOSE,
)


def loggable(text: str) -> str:
    """A text from a client as it may be logged: on one line, cut if it is long, without tokens and secrets."""
    text = _SECRETS.sub(lambda found: (found[1] or found[2] or "") + "…", text[: 2 * LONGEST])
    line = " ".join("".join(each if each.isprintable() else " " for each in text).split())
    return line if len(line) <= LONGEST else line[:LONGEST] + "…"


class _Handler(logging.Handler):
    """Prints records on stderr, each with its UTC time."""

    def __init__(self) -> None:
        super().__init__()
        formatter = logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s", "%Y-%m-%dT%H:%M:%SZ")
        formatter.converter = time.gmtime
        self.setFormatter(formatter)

    def emit(self, record: logging.LogRecord) -> None:
        click.echo(self.format(record), err=True)


@contextmanager
def log_on_stderr(verbosity: int) -> Iterator[None]:
    """Print the log of this package on stderr within the context. verbosity: 0 for nothing, 1 INFO, 2 DEBUG too."""
    package, handler = logging.getLogger("mockserver"), _Handler()
    level = package.level
    if verbosity:
        package.addHandler(handler)
        package.setLevel(logging.DEBUG if verbosity > 1 else logging.INFO)
    try:
        yield
    finally:
        package.removeHandler(handler)
        package.setLevel(level)
