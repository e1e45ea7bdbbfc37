"""Writes docs/errors.md, everything that a user may be told, from the classes that tell it. Run by `make docs`."""

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

HEAD = """# What you may be told

Made from the errors' own docstrings by `make docs`. Every message says what happened, what it cost, and what to do;
none is a traceback. A command ends with status 1, and with 75 where the same command succeeds later by itself: when the
quota is back, or when TikTok's API is.

## By a build

Nothing that was answered is lost: it lies in `raw/`, and the next build goes on behind it.

| name | what happened, and what to do |
|---|---|
"""

API = """
## By TikTok's API

The `error.code` in the body decides which of these errors ttapi raises; without one, the HTTP status does. The message
states whether the request counts against the quota.

| name | what happened | what to do |
|---|---|---|
"""


def page() -> str:
    """The whole page."""
    return HEAD + "".join(map(_row, faults())) + API + "".join(map(_api_row, _below(TikTokError)))


def faults() -> list[type[Fault]]:
    """Every kind of fault of ttdata, wherever it is defined, by name."""
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
