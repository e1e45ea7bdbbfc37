"""Where the name of the API's host leads during a test: to the mock or nowhere, never to the real API."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from unittest.mock import patch

from mockserver.endpoints.addresses import API_HOST

_REFUSAL = (
    f"the fixtures of the mock let nothing reach the real {API_HOST}. Send requests to their `url`, or use the fixture "
    "tiktok_mock_proxy"
)


@contextmanager
def lookups_lead_to(tls_port: int | None) -> Iterator[None]:
    """Within the block, this process looks up the API's host as 127.0.0.1 with a TLS port; None: it is not found.

    Reaches all code that uses socket.getaddrinfo, such as http.client, urllib3, httpx, aiohttp and asyncio.
    """
    look_up = socket.getaddrinfo

    def getaddrinfo(host: Any, port: Any, *arguments: Any, **options: Any) -> Any:
        name = host.decode("ascii", "replace") if isinstance(host, bytes) else host
        if not isinstance(name, str) or name.lower().rstrip(".") != API_HOST:
            return look_up(host, port, *arguments, **options)
        if tls_port is None:
            raise socket.gaierror(socket.EAI_NONAME, _REFUSAL)
        return look_up("127.0.0.1", tls_port, *arguments, **options)

    with patch.object(socket, "getaddrinfo", getaddrinfo):
        yield
