"""The API's present time, also where nothing may be asked: the host's clock, corrected by what was last heard.

The bundled server begins every build at the same moment, which the study may set (`now=2026-06-15`).
"""

import os
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from urllib.parse import urlsplit

from ttapi import Client, TikTokError
from ttapi.client import LOOPBACK
from ttdata import api, layout
from ttdata.errors import Fault
from ttdata.files import read_json, write_json
from ttdata.study import MOCK
from ttdata.tenant import setting

# Set by the workflow: the jobs of a build plan with the time at which the build was planned.
NOW = "TTDATA_NOW"
# When the bundled server's clock begins.
MOCK_NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)
_PATIENCE = (1.0, 5.0)

Clock = Callable[[], datetime]


def clock(asked: api.Asked, host: str) -> Clock:
    """What tells the API's time. It looks when it is first called, and never again."""

    @cache
    def now() -> datetime:
        if NOW in os.environ:
            return _time(os.environ[NOW])
        if asked.base_url == MOCK:
            declared = setting(asked.tenant, "now")
            return _time(declared) if declared else MOCK_NOW
        # The clock of a mock server can be moved at any time, and asking it costs nothing.
        heard = _heard(asked) if urlsplit(asked.base_url).hostname in LOOPBACK else None
        return heard or datetime.now(UTC) + timedelta(seconds=_known(layout.CLOCK).get(host, 0.0))

    return now


def remember(client: Client, host: str, path: Path = layout.CLOCK) -> None:
    """Keep how far the API's clock is from this machine's; `client` has been answered."""
    offsets = dict(_known(path)) | {host: round((client.now() - datetime.now(UTC)).total_seconds(), 3)}
    write_json(path, offsets)


def _known(path: Path) -> Mapping[str, float]:
    try:
        known: dict[str, float] = read_json(path)
    except (OSError, ValueError):
        return {}
    return known


def _heard(asked: api.Asked) -> datetime | None:
    """The time by a server on this machine; None if it does not answer."""
    try:
        client = api.client(asked, attempts=1, timeout=_PATIENCE)
        client.token()
    except (Fault, TikTokError):
        return None
    return client.now()


def _time(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
