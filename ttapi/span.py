"""A search over any span: cut into windows, and into shorter ones where the API keeps failing."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date

from ttapi.answer import Page
from ttapi.client import Client
from ttapi.errors import InvalidCursor, PagingStuck, SearchExpired, SplitWindow
from ttapi.query import narrower, windows


def search(
    client: Client,
    query: Mapping[str, object],
    start: date,
    end: date,
    *,
    fields: Sequence[str] | None = None,
) -> Iterator[Page]:
    """Yield the pages of all videos posted from start to end, both days included (UTC).

    query: `Query.to_body()`. A span of more than 31 days is asked for in windows. A window that keeps failing, or whose
    pages cannot be followed to the end, is asked for again in weeks, then in days; the first page of that is marked
    `restarted`: records seen before come again. Raises what `Client.pages` raises, and ServerError, SearchExpired,
    InvalidCursor and PagingStuck only for a single day.
    """
    # From one window to the next the end date is included, so 31 days fit into the 30 that may lie between.
    left = [(window, False) for window in windows(start, end, 31)]
    while left:
        (first, last), again = left.pop(0)
        body = {"query": query, "start_date": f"{first:%Y%m%d}", "end_date": f"{last:%Y%m%d}"}
        try:
            for page in client.pages("video.query", body, fields=fields):
                yield replace(page, restarted=page.restarted or again)
                again = False
        except (SplitWindow, SearchExpired, InvalidCursor, PagingStuck):
            parts = narrower(first, last)
            if not parts:
                raise
            left = [(part, number == 0) for number, part in enumerate(parts)] + left
