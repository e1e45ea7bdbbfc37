"""The API's current time, without sending a request: this machine's clock, corrected by the API's last answer.

The bundled server starts every build at the same moment, which the study may set (`now=2026-06-15`).
"""

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cache
from pathlib import Path

from ttapi import Client, TikTokError
from ttapi.destination import Destination
from ttdata.api.client import Connection, client
from ttdata.api.mock_key import host, setting
from ttdata.errors import Fault
from ttdata.files import read_json, write_json
from ttdata.study.study import MOCK

# Set by the workflow: the jobs of a build plan with the time at which the build was planned.
NOW = "TTDATA_NOW"
# When the bundled server's clock starts.
MOCK_NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)
_TIMEOUT = (1.0, 5.0)

Clock = Callable[[], datetime]


def clock(connection: Connection, host: str, path: Path) -> Clock:
    """A function that returns the API's time. It looks when it is first called, and never again.

    path: the file in which `remember` keeps the difference between the clocks.
    """

    @cache
    def now() -> datetime:
        if NOW in os.environ:
            return _moment(os.environ[NOW])
        if connection.base_url == MOCK:
            declared = setting(connection.tenant, "now")
            return _moment(declared) if declared else MOCK_NOW
        # The clock of a mock server can be moved at any time, and a request for its token is free.
        is_local = Destination.of(connection.base_url).is_loopback
        time = _time_of_local_server(connection) if is_local else None
        return time or datetime.now(UTC) + timedelta(seconds=_offsets(path).get(host, 0.0))

    return now


def today_of(declared: object, path: Path) -> date:
    """The API's date for a study that is not checked yet; this machine's date if it names no usable API.

    path: as of `clock`.
    """
    try:
        return declared_clock(declared, path)().date()
    except ValueError:
        return datetime.now(UTC).date()


def declared_clock(declared: object, path: Path) -> Clock:
    """The clock of the API that a study names; the study need not be checked. path: as of `clock`.

    Raises ValueError for an address that is none.
    """
    api = declared.get("api") if isinstance(declared, Mapping) else None
    api = api if isinstance(api, Mapping) else {}
    base_url, tenant = str(api.get("base_url", MOCK)).rstrip("/"), str(api.get("tenant", ""))
    return clock(_Declared(base_url, tenant), host(base_url, tenant), path)


@dataclass(frozen=True)
class _Declared:
    base_url: str
    tenant: str
    daily: int = 1
    use: float = 1.0
    shared_by: str = ""


def remember(client: Client, host: str, path: Path) -> None:
    """Store how far the API's clock is from this machine's; `client` has received an answer."""
    offset = round((client.now() - datetime.now(UTC)).total_seconds(), 3)
    write_json(path, {**_offsets(path), host: offset})


def knows(host: str, path: Path) -> bool:
    """Whether `remember` has stored the time of an API."""
    return host in _offsets(path)


def _offsets(path: Path) -> Mapping[str, float]:
    try:
        offsets: dict[str, float] = read_json(path)
    except (OSError, ValueError):
        return {}
    return offsets


def _time_of_local_server(connection: Connection) -> datetime | None:
    """The time of a server on this machine; None if it does not answer."""
    try:
        server = client(connection, attempts=1, timeout=_TIMEOUT)
        server.token()
    except (Fault, TikTokError):
        return None
    return server.now()


def _moment(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
