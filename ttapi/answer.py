"""What the API returns: the Answer to one request, and a Page of a list."""

from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property

from ttapi.endpoints import ENDPOINTS, Endpoint

OK = "ok"
UNREADABLE = "unreadable"
NO_ANSWER = "no_answer"
MAX_DIGITS = 100
"""Digits of a text that is read as a number; the longest that the API is known to use has about 20."""
UNCHARGED = "access_token_invalid"
"""The only error code that is assumed to cost no quota: the API cannot charge a token that it does not know to anyone.
TikTok does not document this. If it is wrong, the ledger counts one request too few each time a token is refused."""


@dataclass(frozen=True)
class Answer:
    """One HTTP request and its outcome; a failed request has an Answer too."""

    endpoint: str
    """Name of the endpoint, such as "video.query"."""
    body: dict[str, object]
    """The JSON body as sent; for an upload the form fields."""
    fields: tuple[str, ...]
    """The field names requested."""
    sent_at: datetime
    """When the request was sent; UTC, by the server's clock."""
    status: int | None
    """HTTP status; None if there was no HTTP answer."""
    raw: bytes = field(repr=False)
    """The body exactly as received, even if it is cut off or not JSON; but see `masked`."""
    code: str
    """ "ok", the API's error code, "unreadable" or "no_answer"."""
    message: str
    """The API's message, or why there is no readable answer."""
    log_id: str
    """The id that TikTok's support asks for; "" if there is none."""
    data: dict[str, object] = field(repr=False)
    """The parsed `data`, with the keys as received; {} if there is none, or if the answer is unreadable."""
    charged: bool
    """Whether the request counts against the daily quota, as far as is known."""
    retry_after: float | None = None
    """Seconds to wait according to the Retry-After header; None if there is none."""
    is_json: bool = False
    """Whether `raw` is one JSON value in one unambiguous form (see ttapi.strict_json), which may be embedded in other
    JSON without parsing it again."""
    masked: bool = False
    """Whether the server repeated a secret; `raw`, `data`, `message` and `log_id` have *** in its place."""
    row: Endpoint | None = field(default=None, repr=False)
    """The row of the endpoint as requested; None stands for the row of that name in ENDPOINTS."""

    @cached_property
    def records(self) -> list[dict[str, object]]:
        """The records, one per entry of the list, with one spelling for each key; [] if there are none.

        An entry that should be an object and is not becomes {NOT_AN_OBJECT: entry}. The records are shared: do not
        modify them.
        """
        row = self.row or ENDPOINTS.get(self.endpoint)
        return row.records(self.data) if row else []

    @property
    def cursor(self) -> int | None:
        """Where the next page starts, in the unit of the endpoint; None if the answer has none."""
        return as_int(self.data.get("cursor"))

    @property
    def has_more(self) -> bool:
        """Whether the API says that another page follows."""
        return as_bool(self.data.get("has_more")) is True

    @property
    def search_id(self) -> str | None:
        """The id of the cached result set; None if nothing was found."""
        return text_of(self.data.get("search_id")) or None


@dataclass(frozen=True)
class Page:
    """One page of a list."""

    answer: Answer
    records: list[dict[str, object]]
    """`answer.records`; [] on a last page that is capped."""
    cursor: int | None
    """Where the next page starts, in the unit of the endpoint."""
    has_more: bool
    """Whether another page follows."""
    search_id: str | None
    """The newest search_id, to be sent with the cursor."""
    restarted: bool = False
    """True on the first page after the search was restarted: earlier records come again."""
    capped: bool = False
    """True on a last page without records: the API has more records and does not return them."""


def as_int(value: object) -> int | None:
    """Return a whole JSON number or a text of digits as int; None for anything else."""
    if isinstance(value, str):
        return int(value) if value.isascii() and value.isdigit() and len(value) <= MAX_DIGITS else None
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def as_bool(value: object) -> bool | None:
    """Return true, false, "true", "false", 1 or 0 as bool; None for anything else."""
    return True if value in (True, "true") else False if value in (False, "false") else None


def text_of(value: object) -> str:
    """Return a JSON value as text; "" for null."""
    return value if isinstance(value, str) else "" if value is None else str(value)
