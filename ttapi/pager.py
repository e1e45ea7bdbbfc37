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


@dataclass
class _Place:
    """Where in the list the pager stands."""

    cursor: int | None
    search_id: str | None
    from_before: bool
    """The search_id was given out in an earlier run: if it is refused, it has expired, and waiting will not help."""
    restarts: int = 0
    restarted: bool = False
    empty_pages: int = 0
    last_records: list[dict[str, object]] = field(default_factory=list)

    @property
    def is_start(self) -> bool:
        return self.cursor is None and self.search_id is None

    def begin_anew(self) -> None:
        self.cursor = self.search_id = None
        self.from_before = False
        self.last_records = []
        self.restarts += 1
        self.restarted = True


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
    body = dict(body)
    in_body = body.pop(endpoint.cursor_key, None), body.pop("search_id", None)
    search_id = search_id or text_of(in_body[1]) or None
    place = _Place(as_int(in_body[0]) if cursor is None else cursor, search_id, from_before=search_id is not None)
    count = as_int(body.get(endpoint.count_key)) or (endpoint.max_count and min(max_count, endpoint.max_count))
    if count:
        body[endpoint.count_key] = count
    while True:
        answer = _ask(call, endpoint, body, place, sleep)
        page = _page(endpoint, answer, place, count)
        yield page
        if not page.has_more or body.get("is_random"):
            return
        _advance(endpoint, place, page)


def _ask(
    call: Callable[[Mapping[str, object]], Answer],
    endpoint: Endpoint,
    body: Mapping[str, object],
    place: _Place,
    sleep: Callable[[float], None],
) -> Answer:
    """Ask for the page at this place: resend what is refused, then begin the search anew."""
    waits = iter(RESEND_WAITS)
    while True:
        try:
            return call(_with_place(endpoint, body, place))
        except (SearchExpired, InvalidCursor):
            if place.is_start:
                raise  # nothing that waiting could mend: the request itself is wrong
            wait = None if place.from_before else next(waits, None)
            if wait is None and (place.search_id is None or place.restarts == MAX_RESTARTS):
                raise
        if wait is not None:
            sleep(wait)
        else:
            place.begin_anew()
            waits = iter(RESEND_WAITS)


def _with_place(endpoint: Endpoint, body: Mapping[str, object], place: _Place) -> dict[str, object]:
    sent = dict(body)
    if endpoint.cursor == "page":
        sent[endpoint.cursor_key] = place.cursor or 1
    elif place.cursor is not None:
        sent[endpoint.cursor_key] = place.cursor
    if place.search_id is not None:
        sent["search_id"] = place.search_id
    return sent


def _page(endpoint: Endpoint, answer: Answer, place: _Place, count: int | None) -> Page:
    records = endpoint.records(answer.data)
    if endpoint.cursor == "page":  # these endpoints say nothing of more: a full page may be followed by another
        cursor: int | None = (place.cursor or 1) + 1
        has_more = len(records) == count
    else:
        cursor, has_more = answer.cursor, answer.has_more and endpoint.cursor is not None
    restarted, place.restarted = place.restarted, False
    return Page(answer, records, cursor, has_more, answer.search_id or place.search_id, restarted)


def _advance(endpoint: Endpoint, place: _Place, page: Page) -> None:
    """Go to the next page, or raise PagingStuck if there is no way on."""
    place.empty_pages = 0 if page.records else place.empty_pages + 1
    if page.cursor is None:
        reason = "the API says that more follows, but not where"
    elif not _moved(endpoint, place.cursor, page.cursor):
        reason = f"the cursor stands still at {page.cursor}"
    elif page.records == place.last_records and _tells_items_apart(page):
        reason = "the same page came twice, so the cursor has no effect"
    elif place.empty_pages >= MAX_EMPTY_PAGES:
        reason = f"{place.empty_pages} pages in a row were empty while the API says that more follows"
    else:
        place.cursor, place.search_id, place.last_records = page.cursor, page.search_id, page.records
        place.from_before = False
        return
    raise PagingStuck(f"{endpoint.name}: {reason}", answer=page.answer)


def _moved(endpoint: Endpoint, before: int | None, after: int) -> bool:
    if endpoint.cursor == "seconds":  # a time that falls; 0 or none means "from now"
        return not before or after < before
    return after > (before or 0)


def _tells_items_apart(page: Page) -> bool:
    """Whether an equal page can only be the same page: several records, and with ids."""
    return len(page.records) > 1 and "id" in page.records[0]
