"""One authenticated call of a research endpoint, on its way from the request to the answer."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from mockserver.tenant import Tenant
from mockserver.world import World

Data = dict[str, Any]


@dataclass(frozen=True)
class Endpoint:
    """A row of the table of endpoints.

    fields: the names that `fields` may hold, () if the endpoint takes none; list_key: where its records stand;
    body: "json", or "form" for a file upload; message: what a good answer says.
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

    def has(self, quirk: str) -> bool:
        return quirk in self.tenant.quirks
