"""Writes docs/errors.md, all errors that a user may see, from their classes. Run by `make docs`."""

import inspect
import pkgutil
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import TypeVar

import ttdata
from ttapi import TikTokError
from ttdata.errors import Fault

Kind = TypeVar("Kind")
PAGE = Path(__file__).with_name("errors.md")

HEAD = """# Errors, and what to do about them

Generated from the docstrings of the errors by `make docs`. Every message says what happened, what it cost, and what to
do. No message is a traceback. A command ends with status 1, or with status 75 if the same command will succeed later
without any change: when the quota is available again, or when TikTok's API is back.

## Errors of a build

No answer is lost: all of them are stored in `raw/`, and the next build continues after them.

| name | what happened, and what to do |
|---|---|
"""

API = """
## Errors of TikTok's API

Each message says whether the request counted against the quota. ttapi recognises an error by `error.code` in the body,
or else by the HTTP status, and raises it under one of these names.

| name | what happened | what to do |
|---|---|---|
"""


def page() -> str:
    """The whole page."""
    return HEAD + "".join(map(_row, faults())) + API + "".join(map(_api_row, _below(TikTokError)))


def faults() -> list[type[Fault]]:
    """All faults of ttdata, in any module, by name."""
    for module in pkgutil.walk_packages(ttdata.__path__, "ttdata."):
        if not module.name.endswith("__main__"):
            import_module(module.name)
    return sorted(_below(Fault), key=lambda fault: fault.__name__)


def _below(kind: type[Kind]) -> Iterator[type[Kind]]:
    for child in kind.__subclasses__():
        yield child
        yield from _below(child)


def _row(fault: type[Fault]) -> str:
    return f"| `{fault.__name__}` | {_cell(inspect.getdoc(fault) or '')} |\n"


def _api_row(kind: type[TikTokError]) -> str:
    return f"| `{kind.__name__}` | {_cell(inspect.getdoc(kind) or '')} | {_cell(kind.advice)} |\n"


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")


if __name__ == "__main__":
    PAGE.write_text(page(), "utf-8")
