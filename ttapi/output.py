"""What the command line prints: records on stdout, one JSON object per line, and everything else on stderr."""

import json
import logging
import math
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import timedelta
from itertools import islice
from typing import Self

import click

from ttapi.answer import Answer, Page, as_int
from ttapi.cases import error_of
from ttapi.client import Client
from ttapi.days import parse_date
from ttapi.endpoints import Endpoint
from ttapi.errors import PagingStuck, TikTokError, describe
from ttapi.text import count

CLEAR_LINE = "\r\x1b[K"


class Output:
    """Writes records to stdout, each id of a list once, and at the end one line of counts to stderr.

    make_client: makes the client of the requests. fields: field names to request; None for all that are documented.
    limit: records of a list after which it ends; None for all.
    """

    def __init__(
        self, make_client: Callable[[], Client], endpoint: Endpoint, fields: Sequence[str] | None, limit: int | None
    ) -> None:
        self.client, self.endpoint, self.fields, self._limit = make_client(), endpoint, fields, limit
        self._records = self._pages = 0
        self._remaining: Sequence[object] = ()
        self._last: Page | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        sent = not isinstance(error, TikTokError) or (error.answer and error.answer.endpoint == self.endpoint.name)
        if not (sent or self._pages):  # there is nothing to count, and the error says why
            return
        bucket = self.endpoint.bucket
        spent = count(self.client.spent(bucket), f"{bucket} request")
        _print(f"{self._progress()}; {spent} counted today, {self.client.left(bucket):,} left.")
        stopped = isinstance(error, TikTokError | KeyboardInterrupt) and not isinstance(error, PagingStuck)
        if stopped and self._pages and (arguments := self._arguments_to_continue()):
            report(
                f"The records written so far are complete. To continue without requesting them again, use {arguments} "
                "and the same options."
            )

    def start_item(self, remaining: Sequence[object]) -> None:
        """Note which items remain; the first of them is requested next."""
        self._remaining, self._last = remaining, None

    def request(self, body: Mapping[str, object], cursor: int | None = None, **label: object) -> None:
        """Request a list of the endpoint, from its start or from a cursor, and write it."""
        self.write(self.client.pages(self.endpoint, body, fields=self.fields, cursor=cursor), **label)

    def write(self, pages: Iterable[Page], **label: object) -> None:
        """Write the records of a list as its pages arrive, each with the keys and values of `label`."""
        total, known_ids = 0, set[object]()
        for page in pages:
            self._pages += 1
            for record in islice(_new(page.records, known_ids), None if self._limit is None else self._limit - total):
                sys.stdout.buffer.write(_line({**label, **record}))
                total += 1
                self._records += 1
            sys.stdout.buffer.flush()
            self._last = page
            if page.capped:
                report(f"The list ends at {page.cursor:,}: the API has more and does not return it.")
            if sys.stderr.isatty():
                click.echo(CLEAR_LINE + self._progress() + " …", nl=False, err=True)
            if total == self._limit:
                return

    def _progress(self) -> str:
        return f"ttapi: {self.endpoint.command}: {count(self._records, 'record')} on {count(self._pages, 'page')}"

    def _arguments_to_continue(self) -> str:
        body = self._last.answer.body if self._last else {}
        start, end = (parse_date(body.get(key)) for key in ("start_date", "end_date"))
        if self._last and start and end:
            return f"--from {start if self._last.has_more else end + timedelta(days=1)}"
        cursor = f" --cursor {self._last.cursor}" if self._last and self._last.has_more else ""
        return " ".join(map(str, self._remaining)) + cursor


class WaitReport:
    """Prints why and how long the client waits before it sends a request again."""

    _reason = _DEFAULT_REASON = "the token endpoint failed"

    def note(self, answer: Answer) -> None:
        """Remember the answer that a wait may follow."""
        self._reason = describe(answer) if error_of(answer) else self._DEFAULT_REASON

    def sleep(self, seconds: float) -> None:
        """Print the reason, and sleep."""
        report(f"{self._reason}; trying again in {seconds:.0f} s.")
        time.sleep(seconds)


class _LogHandler(logging.Handler):
    """Prints log records on stderr, each with its UTC time."""

    def __init__(self) -> None:
        super().__init__()
        formatter = logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s", "%Y-%m-%dT%H:%M:%SZ")
        formatter.converter = time.gmtime
        self.setFormatter(formatter)

    def emit(self, record: logging.LogRecord) -> None:
        _print(self.format(record))


@contextmanager
def log_on_stderr(verbosity: int) -> Iterator[None]:
    """Print the log of ttapi on stderr within this context. verbosity: 0 for nothing, 1 for INFO, 2 for DEBUG too."""
    package, handler = logging.getLogger("ttapi"), _LogHandler()
    level = package.level
    if verbosity:
        package.addHandler(handler)
        package.setLevel(logging.DEBUG if verbosity > 1 else logging.INFO)
    try:
        yield
    finally:
        package.removeHandler(handler)
        package.setLevel(level)


def report(text: str) -> None:
    """Print a message on stderr; on a terminal it is wrapped, elsewhere it is one line."""
    text = f"ttapi: {text}"
    _print(click.wrap_text(text) if sys.stderr.isatty() else text)


def _print(text: str) -> None:
    """Print on stderr; on a terminal in the place of the line of progress."""
    click.echo((CLEAR_LINE if sys.stderr.isatty() else "") + text, err=True)


def _line(record: Mapping[str, object]) -> bytes:
    try:
        line = json.dumps(record, ensure_ascii=False, allow_nan=False)
    except ValueError:  # a number such as 1e999, which JSON can write and a float cannot hold
        line = json.dumps(_without_infinity(record), ensure_ascii=False)
    # JSON allows a lone surrogate and UTF-8 does not: it is written as the escape that it was received as.
    return line.encode("utf-8", "backslashreplace") + b"\n"


def _without_infinity(value: object) -> object:
    if isinstance(value, Mapping):
        return {key: _without_infinity(each) for key, each in value.items()}
    if isinstance(value, list):
        return [_without_infinity(each) for each in value]
    return str(value) if isinstance(value, float) and math.isinf(value) else value


def _new(records: Iterable[dict[str, object]], known_ids: set[object]) -> Iterator[dict[str, object]]:
    for record in records:
        key = as_int(record.get("id"))
        if key is None or key not in known_ids:
            known_ids.add(key)
            yield record
