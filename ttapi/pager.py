"""The one pager: walks a list page by page, hands each on as it arrives, and never walks in circles."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

from ttapi.answer import Answer, Page, as_int, text_of
from ttapi.endpoints import Endpoint
from ttapi.errors import InvalidCursor, PagingStuck, SearchExpired

RESEND_WAITS = (5.0, 10.0, 15.0)
"""Seconds to wait before the same cursor and search_id are sent again: cheaper than to begin a long search anew."""

MAX_RESTARTS = 2
MAX_EMPTY_PAGES = 10


def pages(
    call: Callable[[Mapping[str, object]], Answer],
    endpoint: Endpoint,
    body: Mapping[str, object],
    *,
    cursor: int | None,
    search_id: str | None,
    max_count: int,
    sleep: Callable[[float], None],
) -> Iterator[Page]:
    """Yield the pages of one list; see Client.pages."""
    rest = dict(body)
    in_body = as_int(rest.pop(endpoint.cursor_key, None)), text_of(rest.pop("search_id", None))
    cursor, search_id = in_body[0] if cursor is None else cursor, search_id or in_body[1] or None
    count = as_int(rest.get(endpoint.count_key)) or (endpoint.max_count and min(max_count, endpoint.max_count))
    if count:
        rest[endpoint.count_key] = count
    walk = _Walk(call, endpoint, rest, count, sleep, cursor, search_id, from_before=search_id is not None)
    while True:
        page = walk.page()
        yield page
        if not page.has_more or body.get("is_random"):
            return
        walk.advance(page)


@dataclass
class _Walk:
    """A walk through a list, and the place that it has reached."""

    call: Callable[[Mapping[str, object]], Answer]
    endpoint: Endpoint
    body: dict[str, object]
    count: int | None
    sleep: Callable[[float], None]
    cursor: int | None
    search_id: str | None
    from_before: bool
    """The search_id was given out in an earlier run: if it is refused, it has expired, and waiting will not help."""
    restarts: int = 0
    empty_pages: int = 0
    last_records: list[dict[str, object]] = field(default_factory=list)

    def page(self) -> Page:
        """Ask for the page at this place."""
        restarts = self.restarts
        answer = self._ask()
        records = self.endpoint.records(answer.data)  # by this row, which may be one's own
        cursor, has_more = answer.cursor, answer.has_more and self.endpoint.cursor is not None
        if self.endpoint.cursor == "page":  # these say nothing of more: a full page may be followed by another
            cursor, has_more = (self.cursor or 1) + 1, len(records) == self.count
        return Page(
            answer, records, cursor, has_more, answer.search_id or self.search_id, restarted=self.restarts > restarts
        )

    def _ask(self) -> Answer:
        """Resend what is refused, then begin the search anew."""
        waits = iter(RESEND_WAITS)
        while True:
            try:
                return self.call(self.body | self._place())
            except (SearchExpired, InvalidCursor):
                if self.cursor is None and self.search_id is None:
                    raise  # nothing that waiting could mend: the request itself is wrong
                wait = None if self.from_before else next(waits, None)
                if wait is None and (self.search_id is None or self.restarts == MAX_RESTARTS):
                    raise
            if wait is not None:
                self.sleep(wait)
            else:
                self.cursor = self.search_id = None
                self.from_before, self.last_records = False, []
                self.restarts += 1

    def _place(self) -> dict[str, object]:
        cursor = self.cursor or 1 if self.endpoint.cursor == "page" else self.cursor
        place = {self.endpoint.cursor_key: cursor, "search_id": self.search_id}
        return {key: value for key, value in place.items() if value is not None}

    def advance(self, page: Page) -> None:
        """Go to the next page, or raise PagingStuck if there is no way on."""
        self.empty_pages = 0 if page.records else self.empty_pages + 1
        if page.cursor is None:
            reason = "the API says that more follows, but not where"
        elif not _moved(self.endpoint, self.cursor, page.cursor):
            reason = f"the cursor stands still at {page.cursor}"
        elif page.records == self.last_records and _tells_items_apart(page):
            reason = "the same page came twice, so the cursor has no effect"
        elif self.empty_pages >= MAX_EMPTY_PAGES:
            reason = f"{self.empty_pages} pages in a row were empty while the API says that more follows"
        else:
            self.cursor, self.search_id, self.last_records = page.cursor, page.search_id, page.records
            self.from_before = False
            return
        raise PagingStuck(f"{self.endpoint.name}: {reason}", answer=page.answer)


def _moved(endpoint: Endpoint, before: int | None, after: int) -> bool:
    if endpoint.cursor == "seconds":  # a time that falls; 0 or none means "from now"
        return not before or after < before
    return after > (before or 0)


def _tells_items_apart(page: Page) -> bool:
    """Whether an equal page can only be the same page: several records, and with ids."""
    return len(page.records) > 1 and "id" in page.records[0]
