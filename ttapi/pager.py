"""The one pager: walks a list page by page, hands each on as it arrives, and never walks in circles."""

import logging
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

from tenacity import Retrying, retry_if_exception_type, stop_after_attempt, wait_chain, wait_fixed

from ttapi.answer import Answer, Page, as_int, text_of
from ttapi.endpoints import Endpoint
from ttapi.errors import InvalidCursor, PagingStuck, SearchExpired

logger = logging.getLogger(__name__)

RESEND_WAITS = (5.0, 10.0, 15.0)
"""Seconds to wait before the same cursor and search_id are sent again: cheaper than to begin a long search anew."""

MAX_RESTARTS = 2
MAX_EMPTY_PAGES = 10


@dataclass
class Walk:
    """A walk through one list, and the place that it has reached; see Client.pages."""

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
        # One that was given out in an earlier run and is refused has expired: waiting will not help.
        self.may_resend = self.search_id is None
        if most := self.endpoint.max_count:
            self.body.setdefault(self.endpoint.count_key, min(self.max_count or most, most))

    def pages(self) -> Iterator[Page]:
        """Yield the pages from this place on."""
        while True:
            page = self._page()
            yield page
            if not page.has_more or self.body.get("is_random"):
                return
            self._advance(page)

    def _page(self) -> Page:
        restarts = self.restarts
        try:
            answer = self._ask()
        except InvalidCursor as refused:
            if refused.answer is None or not self._is_capped():
                raise
            return Page(refused.answer, [], self.cursor, False, self.search_id, capped=True)
        records = answer.records
        cursor, has_more = answer.cursor, answer.has_more and self.endpoint.cursor is not None
        if self.endpoint.cursor == "page":  # these say nothing of more: a full page may be followed by another
            cursor, has_more = (self.cursor or 1) + 1, len(records) == self._count()
        search_id = answer.search_id or self.search_id
        return Page(answer, records, cursor, has_more, search_id, restarted=self.restarts > restarts)

    def _ask(self) -> Answer:
        """Resend what is refused, then begin the search anew."""
        refused = (SearchExpired, InvalidCursor)
        # On a first page there is nothing that waiting could mend, nor behind the last: the request itself is wrong.
        may_resend = self.may_resend and (self.cursor or self.search_id) and not self._is_capped()
        resending = Retrying(
            retry=retry_if_exception_type(refused),
            stop=stop_after_attempt(1 + len(RESEND_WAITS) if may_resend else 1),
            wait=wait_chain(*map(wait_fixed, RESEND_WAITS)),
            sleep=self.sleep,
            reraise=True,
        )
        try:
            return resending(self.call, self.body | self._place())
        except refused as error:
            if self.search_id is None or self.restarts == MAX_RESTARTS:
                raise
            logger.info("%s: restarting the list after %s at %s", self.endpoint.name, type(error).__name__, self.cursor)
        self.cursor = self.search_id = None
        self.last_records, self.restarts = [], self.restarts + 1
        return self._ask()

    def _place(self) -> dict[str, object]:
        cursor = self.cursor or 1 if self.endpoint.cursor == "page" else self.cursor
        place = {self.endpoint.cursor_key: cursor, "search_id": self.search_id}
        return {key: value for key, value in place.items() if value is not None}

    def _count(self) -> int:
        return as_int(self.body.get(self.endpoint.count_key)) or 0

    def _is_capped(self) -> bool:
        """Whether the page at this place reaches over the endpoint's cap."""
        return self.endpoint.cap is not None and (self.cursor or 0) + self._count() > self.endpoint.cap

    def _advance(self, page: Page) -> None:
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
            self.may_resend = True
            return
        raise PagingStuck(f"{self.endpoint.name}: {reason}", answer=page.answer)


def _moved(endpoint: Endpoint, before: int | None, after: int) -> bool:
    if endpoint.cursor == "seconds":  # a time that falls; 0 or none means "from now"
        return not before or after < before
    return after > (before or 0)


def _tells_items_apart(page: Page) -> bool:
    """Whether an equal page can only be the same page: several records, and with ids."""
    return len(page.records) > 1 and "id" in page.records[0]
