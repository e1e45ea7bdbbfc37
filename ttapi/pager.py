"""Follows a list page by page, and stops with an error where its pages do not lead on."""

import logging
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

from tenacity import Retrying, retry_if_exception_type, stop_after_attempt, wait_chain, wait_fixed

from ttapi.answer import Answer, Page, as_bool, as_int, text_of
from ttapi.endpoints import Endpoint
from ttapi.errors import InvalidCursor, PagingStuck, SearchExpired

logger = logging.getLogger(__name__)

RESEND_WAITS = (5.0, 10.0, 15.0)
"""Seconds to wait before a refused cursor and search_id are sent again: cheaper than restarting a long search."""

MAX_RESTARTS = 2
MAX_EMPTY_PAGES = 10


@dataclass
class Pager:
    """The pages of one list, from the current cursor and search_id on. See Client.pages."""

    call: Callable[[Mapping[str, object]], Answer]
    endpoint: Endpoint
    body: dict[str, object]
    cursor: int | None
    search_id: str | None
    max_count: int | None
    sleep: Callable[[float], None]
    restarts: int = 0
    empty_pages: int = 0
    last_records: list[dict[str, object]] = field(default_factory=list)

    def __post_init__(self) -> None:
        cursor, search_id = self.body.pop(self.endpoint.cursor_key, None), self.body.pop("search_id", None)
        self.cursor = as_int(cursor) if self.cursor is None else self.cursor
        self.search_id = self.search_id or text_of(search_id) or None
        # A search_id of an earlier run that is refused has expired: waiting will not help.
        self.may_resend = self.search_id is None
        if most := self.endpoint.max_count:
            self.body.setdefault(self.endpoint.count_key, min(self.max_count or most, most))

    def pages(self) -> Iterator[Page]:
        """Yield the remaining pages."""
        while True:
            page = self._page()
            yield page
            if not page.has_more or as_bool(self.body.get(self.endpoint.one_page_if)):
                return
            self._advance(page)

    def _page(self) -> Page:
        restarts = self.restarts
        try:
            answer = self._request()
        except InvalidCursor as error:
            if error.answer is None or not self._is_capped():
                raise
            return Page(error.answer, [], self.cursor, False, self.search_id, capped=True)
        records = answer.records
        cursor, has_more = answer.cursor, answer.has_more and self.endpoint.cursor is not None
        if self.endpoint.cursor == "page":  # these answers have no has_more: another page may follow a full one
            cursor, has_more = (self.cursor or 1) + 1, len(records) == self._page_size()
        search_id = answer.search_id or self.search_id
        return Page(answer, records, cursor, has_more, search_id, restarted=self.restarts > restarts)

    def _request(self) -> Answer:
        """Request the next page; send it again if it is refused, then restart the search."""
        refusals = (SearchExpired, InvalidCursor)
        # Waiting cannot help on the first page or after the last one: there the request itself is wrong.
        may_resend = self.may_resend and (self.cursor or self.search_id) and not self._is_capped()
        resending = Retrying(
            retry=retry_if_exception_type(refusals),
            stop=stop_after_attempt(1 + len(RESEND_WAITS) if may_resend else 1),
            wait=wait_chain(*map(wait_fixed, RESEND_WAITS)),
            sleep=self.sleep,
            reraise=True,
        )
        try:
            return resending(self.call, self.body | self._position())
        except refusals as error:
            if self.search_id is None or self.restarts == MAX_RESTARTS:
                raise
            logger.info("%s: restarting the list after %s at %s", self.endpoint.name, type(error).__name__, self.cursor)
        self.cursor = self.search_id = None
        self.last_records, self.restarts = [], self.restarts + 1
        return self._request()

    def _position(self) -> dict[str, object]:
        cursor = self.cursor or 1 if self.endpoint.cursor == "page" else self.cursor
        position = {self.endpoint.cursor_key: cursor, "search_id": self.search_id}
        return {key: value for key, value in position.items() if value is not None}

    def _page_size(self) -> int:
        return as_int(self.body.get(self.endpoint.count_key)) or 0

    def _is_capped(self) -> bool:
        """Return whether the next page would go beyond the cap of the endpoint."""
        return self.endpoint.cap is not None and (self.cursor or 0) + self._page_size() > self.endpoint.cap

    def _advance(self, page: Page) -> None:
        """Move on to the page after this one. Raises PagingStuck if this page does not lead to another."""
        self.empty_pages = 0 if page.records else self.empty_pages + 1
        if page.cursor is None:
            reason = "the API says that another page follows, but returned no cursor"
        elif not _has_advanced(self.endpoint, self.cursor, page.cursor):
            reason = f"the cursor does not advance from {page.cursor}"
        elif page.records == self.last_records and _can_be_compared(page):
            reason = "the same page was returned twice, so the cursor has no effect"
        elif self.empty_pages >= MAX_EMPTY_PAGES:
            reason = f"{self.empty_pages} pages in a row were empty although the API says that another page follows"
        else:
            self.cursor, self.search_id, self.last_records = page.cursor, page.search_id, page.records
            self.may_resend = True
            return
        raise PagingStuck(f"{self.endpoint.name}: {reason}", answer=page.answer)


def _has_advanced(endpoint: Endpoint, before: int | None, after: int) -> bool:
    if endpoint.cursor == "seconds":  # a time that decreases; 0 or None in a request stands for now
        return after > 0 and (not before or after < before)
    return after > (before or 0)


def _can_be_compared(page: Page) -> bool:
    """Return whether equal records mean the same page: there are several, and they have ids."""
    return len(page.records) > 1 and "id" in page.records[0]
