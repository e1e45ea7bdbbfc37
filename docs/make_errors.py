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

## Messages that you will meet first

| message | meaning | what to do |
|---|---|---|
| `… cannot be built: …` | a key of the study is wrong; the message says what is allowed | correct it |
| `Quota spent: …` | today's requests are used up; nothing is lost | run the same command after 00:00 UTC |
| `TIKTOK_CLIENT_KEY and TIKTOK_CLIENT_SECRET are not set …` | the study uses the real API, and there are no \
credentials | export both |
| `Your client key … not sent to …` | the study names a server that is not TikTok's | correct `api.base_url`; if you \
trust the server, set `TIKTOK_TRUSTED_HOST` |
| `An earlier version of ttdata stored …` | the form of the stored pages has changed | run `ttdata upgrade`; it sends \
nothing |
| `Another build is running in this folder: …` | the message names its host and process | wait until it has ended |
| `… (scope_not_authorized, …` | your project is not approved for this endpoint | ask TikTok |
| `The disk that holds … is full. …` | the next request was not sent; all pages are kept | free some space, run again |
| `… has only 19 of 20 answers. …` | a raw file was cut off or replaced | delete the receipt that the message names, \
run again |

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
