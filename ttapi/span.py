"""A search over any span: cut into windows, and into shorter ones where the API keeps failing."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date

from ttapi.answer import Page
from ttapi.client import Client
from ttapi.errors import SplitWindow
from ttapi.query import windows


def search(
    client: Client,
    query: Mapping[str, object],
    start: date,
    end: date,
    *,
    fields: Sequence[str] | None = None,
    max_count: int = 100,
) -> Iterator[Page]:
    """Yield the pages of all videos posted from start to end, both days included (UTC).

    query: `Query.to_body()`. A span of more than 31 days is asked for in windows; a window that keeps failing is asked
    for again in weeks, then in days, and the first page of that is marked `restarted`: records seen before come again.
    Raises what `Client.pages` raises; ServerError only for a single day that keeps failing.
    """
    # From one window to the next the end date is included, so 31 days fit into the 30 that may lie between.
    left = [(window, False) for window in windows(start, end, 31)]
    while left:
        (first, last), again = left.pop(0)
        body = {"query": query, "start_date": f"{first:%Y%m%d}", "end_date": f"{last:%Y%m%d}"}
        try:
            for page in client.pages("video.query", body, fields=fields, max_count=max_count):
                yield replace(page, restarted=page.restarted or again)
                again = False
        except SplitWindow as failed:
            left = [(window, number == 0) for number, window in enumerate(failed.windows)] + left
