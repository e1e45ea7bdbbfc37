"""One authenticated call of a research endpoint, on its way from the request to the answer."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from mockserver.behaviours.refusals import Refusal
from mockserver.search import parameters
from mockserver.tenants.tenant import Tenant
from mockserver.world.world import World

Data = dict[str, Any]


@dataclass(frozen=True)
class Endpoint:
    """A row of the table of endpoints.

    fields: the names that `fields` may hold, () if the endpoint takes none; list_key: where its records stand;
    body: "json", or "form" for a file upload; message: what a good answer says; default_count: what a page holds at
    most if no max_count is given.
    """

    name: str
    path: str
    answer: Callable[["Call"], Data | bytes]
    source: str
    fields: tuple[str, ...] = ()
    fields_required: bool = False
    bucket: str = "general"
    list_key: str = ""
    message: str = "ok"
    body: str = "json"
    status_in_error: bool = False
    default_count: int = 20


@dataclass
class Call:
    """What a handler is given. `now` is the same for the whole call."""

    endpoint: Endpoint
    tenant: Tenant
    now: int
    body: Mapping[str, Any]
    fields: tuple[str, ...] = ()
    message: str = ""

    @property
    def world(self) -> World:
        return self.tenant.world

    @property
    def default_count(self) -> int:
        """The max_count of a body that gives none."""
        is_ten = self.endpoint.name == "video.query" and self.has("default-count-10")
        return 10 if is_ten else self.endpoint.default_count

    @property
    def cursor(self) -> int:
        """The cursor as the endpoints read it; 0 where they refuse it."""
        return self._number("cursor", 0)

    @property
    def page(self) -> int:
        """The number of the page, from 1 on, that cursor and max_count name."""
        return self.cursor // max(1, self._number("max_count", self.default_count)) + 1

    def _number(self, name: str, default: int) -> int:
        try:
            return parameters.integer(self.body, name) or default
        except Refusal:
            return default

    def has(self, quirk: str) -> bool:
        return quirk in self.tenant.quirks
