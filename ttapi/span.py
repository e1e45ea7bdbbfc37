"""A search over any span of days: cut into windows, and into shorter ones where the API keeps failing."""

import logging
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date

from ttapi.answer import Page
from ttapi.client import Client
from ttapi.days import MAX_DAYS_SEARCHED, api_date, narrower, windows
from ttapi.errors import InvalidCursor, PagingStuck, SearchExpired, SplitWindow

logger = logging.getLogger(__name__)


def search(
    client: Client,
    query: Mapping[str, object],
    start: date,
    end: date,
    *,
    fields: Sequence[str] | None = None,
) -> Iterator[Page]:
    """Yield the pages of all videos posted from start to end, both days included (UTC).

    query: `Query.to_body()`. fields: names to request; None for all that are documented. A span of more than 31 days,
    the most that one request can search, is cut into windows. A window that keeps failing, or whose pages cannot be
    followed to the end, is requested again in weeks, then in days; the first page of these is marked `restarted`:
    earlier records come again. Raises what `Client.pages` raises, and ServerError, SearchExpired, InvalidCursor and
    PagingStuck only for a single day. Source: research-api-specs-query-videos.
    """
    remaining = [(window, False) for window in windows(start, end, MAX_DAYS_SEARCHED)]
    while remaining:
        (first, last), restarted = remaining.pop(0)
        body = {"query": query, "start_date": api_date(first), "end_date": api_date(last)}
        try:
            for page in client.pages("video.query", body, fields=fields):
                yield replace(page, restarted=page.restarted or restarted)
                restarted = False
        except (SplitWindow, SearchExpired, InvalidCursor, PagingStuck) as error:
            parts = narrower(first, last)
            if not parts:
                raise
            name = type(error).__name__
            logger.info("%s to %s failed with %s; requesting %d shorter windows", first, last, name, len(parts))
            remaining = [(part, index == 0) for index, part in enumerate(parts)] + remaining
