"""One authorised call of a research endpoint, from its request to the data of its answer."""

from collections.abc import Callable, Mapping, Set
from dataclasses import dataclass
from typing import Any, Literal, Protocol

from mockserver.behaviours.refusals import Refusal
from mockserver.messages import Request, read_object
from mockserver.search import parameters
from mockserver.tenants.options import SECRET
from mockserver.tenants.tenant import Tenant
from mockserver.world.hashing import key
from mockserver.world.world import World

Data = dict[str, Any]


class ReadBody(Protocol):
    """Reads the parameters in the body of a request. json_only: a form is refused. Raises Refusal."""

    def __call__(self, request: Request, *, json_only: bool) -> Mapping[str, Any]: ...


@dataclass(frozen=True)
class Endpoint:
    """A row of the table of endpoints.

    answer: returns the data of a good answer, bytes for a file, or raises Refusal. source: the page that describes it.
    fields: the names that a request may list in `fields`, () if the endpoint takes none. list_key: the key of the
    records in the data, "" if there is no list. paged_by: the parameter of the body that names the page, "" if there is
    one page only. message: the error message of a good answer. bucket: the quota that a request counts against.
    default_count: the page size of a request without max_count.
    """

    name: str
    path: str
    answer: Callable[["Call"], Data | bytes]
    source: str
    fields: tuple[str, ...] = ()
    fields_required: bool = False
    list_key: str = ""
    paged_by: Literal["cursor", "page_start", ""] = ""
    message: str = "ok"
    bucket: str = "general"
    default_count: int = 20
    status_in_error: bool = False
    read_body: ReadBody = read_object


@dataclass
class Call:
    """What the function of an endpoint gets. now: the virtual time, the same for the whole call."""

    endpoint: Endpoint
    tenant: Tenant
    now: int
    body: Mapping[str, Any]
    token: str = ""
    fields: tuple[str, ...] = ()
    message: str = ""

    @property
    def world(self) -> World:
        return self.tenant.world

    # Parameters

    @property
    def default_count(self) -> int:
        """The page size if the body has no max_count."""
        is_ten = self.endpoint.name == "video.query" and self.has("default-count-10")
        return 10 if is_ten else self.endpoint.default_count

    @property
    def cursor(self) -> int:
        """The cursor as the endpoint reads it; 0 if it refuses it or takes none."""
        return self._number("cursor", 0) if self.endpoint.paged_by == "cursor" else 0

    @property
    def page(self) -> int:
        """The number of the page that the body names, counted from 1."""
        if self.endpoint.paged_by == "page_start":
            return self._number("page_start", 1)
        return self.cursor // max(1, self._number("max_count", self.default_count)) + 1

    def _number(self, name: str, default: int) -> int:
        try:
            return parameters.integer(self.body, name) or default
        except Refusal:
            return default

    def read_fields(self, request: Request) -> None:
        """Read `fields` from the query string or else the body. Raises Refusal, also for fields without a scope."""
        options = self.tenant.options
        if self.endpoint.fields:
            text = request.query.get("fields", "") or (parameters.text(self.body, "fields") or "")
            self.fields = parameters.fields(
                text, self.endpoint.fields, required=self.endpoint.fields_required, loose=options.loose
            )
        if missing := sorted(options.lacks & {self.endpoint.name, *self.fields}):
            raise Refusal("scope-missed", ", ".join(missing))

    # What the quirks know and change of a call (behaviours/quirks.py)

    @property
    def quirks(self) -> Set[str]:
        return self.tenant.quirks

    def has(self, quirk: str) -> bool:
        return quirk in self.quirks

    @property
    def seed(self) -> int:
        return self.tenant.options.seed

    @property
    def organisation(self) -> str:
        return self.tenant.options.org

    @property
    def secrets(self) -> str:
        """What a client sends to prove who it is."""
        return f"Authorization: Bearer {self.token}, client_key={self.tenant.name}, client_secret={SECRET}"

    def count_attempt(self, *parts: object) -> int:
        """How many calls of this endpoint had the same parts, this one included."""
        name = "|".join(map(str, (self.endpoint.name, *parts)))
        self.tenant.attempts[name] = self.tenant.attempts.get(name, 0) + 1
        return self.tenant.attempts[name]

    def is_drawn(self, purpose: str, share: float) -> bool:
        """True for that share of requests: each repetition is a new draw, and so is each run."""
        return self.draw(purpose) % 1_000_000 < share * 1_000_000

    def draw(self, purpose: str) -> int:
        """A random number of this request: another one at each repetition and in each run."""
        body = sorted((name, repr(value)) for name, value in self.body.items() if name != "search_id")
        run = [self.tenant.options.run] if self.tenant.options.run else []
        return key(self.seed, *run, purpose, self.endpoint.name, body, self.count_attempt(purpose, body))

    def new_search_id(self, search_id: str) -> str | None:
        """Another id for the same search; None if there is no such search."""
        cached = self.tenant.searches.get(search_id)
        return self.tenant.remember(cached.search, cached.fingerprint) if cached else None
