"""What the command line says: records to stdout, one JSON object a line, and everything else to stderr."""

import json
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import timedelta
from itertools import islice
from typing import Self

import click

from ttapi.answer import Answer, Page, as_int
from ttapi.cases import error_of
from ttapi.client import Client
from ttapi.endpoints import Endpoint
from ttapi.errors import PagingStuck, TikTokError, described
from ttapi.query import parse_date
from ttapi.text import count


class Output:
    """Records on stdout, each id of a list once; at the end one line on stderr: what came and what is counted."""

    def __init__(
        self, make: Callable[[], Client], endpoint: Endpoint, fields: Sequence[str] | None, most: int | None
    ) -> None:
        self.client, self.endpoint, self.fields, self._most = make(), endpoint, fields, most
        self._records = self._pages = 0
        self._left: Sequence[object] = ()
        self._last: Page | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        asked = not isinstance(error, TikTokError) or (error.answer and error.answer.endpoint == self.endpoint.name)
        if not (asked or self._pages):  # then there is nothing to sum up, and the error tells the rest
            return
        bucket = self.endpoint.bucket
        counted = (
            f"{count(self.client.spent(bucket), f'{bucket} request')} counted today, {self.client.left(bucket):,} left"
        )
        self._say(f"{self._so_far()}; {counted}.\n")
        stopped = isinstance(error, TikTokError | KeyboardInterrupt) and not isinstance(error, PagingStuck)
        if stopped and self._pages and (way_on := self._way_on()):
            tell(f"What came is good. To ask for nothing twice, go on with {way_on}, and the same options.")

    def begin(self, left: Sequence[object]) -> None:
        """Say which items are left, the first of which is asked for next."""
        self._left, self._last = left, None

    def ask(self, body: Mapping[str, object], cursor: int | None = None, **asked: object) -> None:
        """Ask for a list of the endpoint, from its beginning or from a cursor, and write it."""
        self.write(self.client.pages(self.endpoint, body, fields=self.fields, cursor=cursor), **asked)

    def _way_on(self) -> str:
        body = self._last.answer.body if self._last else {}
        start, end = (parse_date(body.get(key)) for key in ("start_date", "end_date"))
        if self._last and start and end:
            return f"--from {start if self._last.has_more else end + timedelta(days=1)}"
        cursor = f" --cursor {self._last.cursor}" if self._last and self._last.has_more else ""
        return " ".join(map(str, self._left)) + cursor

    def write(self, pages: Iterable[Page], **asked: object) -> None:
        """Write the records of a list as its pages arrive, so many of them, each with what was asked for."""
        written, seen = 0, set[object]()
        for page in pages:
            self._pages += 1
            for record in islice(_new(page.records, seen), None if self._most is None else self._most - written):
                line = json.dumps({**asked, **record}, ensure_ascii=False)
                # A lone surrogate, which JSON allows and UTF-8 does not, goes out as the escape it came as.
                sys.stdout.buffer.write(line.encode("utf-8", "backslashreplace") + b"\n")
                written += 1
                self._records += 1
            sys.stdout.buffer.flush()
            self._last = page
            if page.capped:
                tell(f"The list ends at {page.cursor:,}, where the API stops: it has more, and does not give it out.")
            if sys.stderr.isatty():
                self._say(self._so_far() + " …")
            if written == self._most:
                return

    def _so_far(self) -> str:
        return f"ttapi: {self.endpoint.command}: {count(self._records, 'record')} on {count(self._pages, 'page')}"

    def _say(self, text: str) -> None:
        click.echo(("\r" if sys.stderr.isatty() else "") + text, nl=False, err=True)


class Waiting:
    """Tells why and how long the client waits, while it does."""

    _reason = _AT_FIRST = "no token was given out"

    def hear(self, answer: Answer) -> None:
        self._reason = described(answer) if error_of(answer) else self._AT_FIRST

    def sleep(self, seconds: float) -> None:
        tell(f"{self._reason}; asked again in {seconds:.0f} s.")
        time.sleep(seconds)


def tell(text: str) -> None:
    """Say something beside the records; on a terminal in lines that fit, elsewhere in one."""
    text = f"ttapi: {text}"
    click.echo(click.wrap_text(text) if sys.stderr.isatty() else text, err=True)


def _new(records: Iterable[dict[str, object]], seen: set[object]) -> Iterator[dict[str, object]]:
    for record in records:
        key = as_int(record.get("id"))
        if key is None or key not in seen:
            seen.add(key)
            yield record
