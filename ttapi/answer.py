"""What came back: an Answer of one HTTP attempt, and a Page of a list."""

from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property

from ttapi.endpoints import ENDPOINTS, Endpoint

OK = "ok"
UNREADABLE = "unreadable"
NO_ANSWER = "no_answer"
UNCHARGED = "access_token_invalid"
"""The one code that is taken to cost no quota: a token that the API does not know cannot be charged to anyone. TikTok
does not say so; if it is wrong, the ledger counts one request too few each time that a token is refused."""


@dataclass(frozen=True)
class Answer:
    """One HTTP attempt and its outcome; failed attempts are Answers too."""

    endpoint: str
    body: dict[str, object]
    """The JSON body as sent (for an upload: the form)."""
    fields: tuple[str, ...]
    sent_at: datetime
    """UTC, by the server's clock."""
    status: int | None
    """HTTP status; None if no answer came."""
    raw: bytes = field(repr=False)
    """The body exactly as received, also when it is cut off or no JSON."""
    code: str
    """ "ok", the API's error code, "unreadable" or "no_answer"."""
    message: str
    log_id: str
    data: dict[str, object] = field(repr=False)
    """The parsed `data`, spelt as received; {} if there is none."""
    charged: bool
    """Whether it counts against the daily quota, as far as is known."""
    retry_after: float | None = None
    """Seconds that a Retry-After header asks to wait."""
    is_json: bool = False
    """Whether `raw` is one JSON value in UTF-8, which may be embedded in other JSON without parsing it again."""
    row: Endpoint | None = field(default=None, repr=False)
    """The row of the endpoint as requested; None: the row of that name in ENDPOINTS."""

    @cached_property
    def records(self) -> list[dict[str, object]]:
        """The records of a good answer, other spellings of keys brought to one; [] if there are none. Do not modify."""
        row = self.row or ENDPOINTS.get(self.endpoint)
        return row.records(self.data) if row else []

    @property
    def cursor(self) -> int | None:
        """Where the next page begins, in the endpoint's own unit; None if the answer does not say."""
        return as_int(self.data.get("cursor"))

    @property
    def has_more(self) -> bool:
        """Whether the API says that more follows."""
        return self.data.get("has_more") in (True, "true", 1)

    @property
    def search_id(self) -> str | None:
        """The id of the cached result set; absent when nothing was found."""
        return text_of(self.data.get("search_id")) or None


@dataclass(frozen=True)
class Page:
    """One page of a list, handed on as it arrived."""

    answer: Answer
    records: list[dict[str, object]]
    cursor: int | None
    """Where the next page begins."""
    has_more: bool
    search_id: str | None
    """The newest search_id; send it with the cursor."""
    restarted: bool = False
    """True on the first page after the search was begun anew: records seen before will come again."""
    capped: bool = False
    """True on a last page without records: the API has more, and does not give it out."""


def as_int(value: object) -> int | None:
    """A JSON number or a numeric text as int; None for anything else."""
    if isinstance(value, bool) or not isinstance(value, int | str):
        return None
    try:
        return int(value)
    except ValueError:
        return None


def text_of(value: object) -> str:
    """A JSON value as text; null as ""."""
    return value if isinstance(value, str) else "" if value is None else str(value)
