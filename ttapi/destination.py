"""Where credentials may be sent: to TikTok, to a host that the user has named, and mock keys to this machine.

A study is a file that anybody may have written, and it names the address of the API. So an address is checked here
before anything is sent to it.
"""

import ipaddress
import os
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Self

from ttapi.endpoints import DEFAULT_BASE_URL
from ttapi.errors import UntrustedHost

TRUSTED_HOST = "TIKTOK_TRUSTED_HOST"
"""The environment variable with hosts to which the user's credentials may be sent: HOST[:PORT], several with commas."""
MOCK = "mock"
"""The beginning of every key of a mock server."""

_ADDRESS = re.compile(
    r"(?P<scheme>https?)://(?P<host>[a-z0-9]([a-z0-9.-]*[a-z0-9])?|\[[0-9a-f:.]+\])(:(?P<port>[0-9]{1,5}))?(/[!-~]*)?",
    re.IGNORECASE | re.ASCII,
)
_PORTS = {"http": 80, "https": 443}


@dataclass(frozen=True)
class Destination:
    """The server at an address. host: in lower case, an IPv6 address without its brackets."""

    scheme: str
    host: str
    port: int

    @classmethod
    def of(cls, base_url: str) -> Self:
        """Read an address. Raises ValueError, with a sentence, for one that is not plainly that of one server."""
        match = _ADDRESS.fullmatch(base_url)
        if match is None:
            # Without the address itself, which can contain a password.
            raise ValueError(f"The base URL must look like {DEFAULT_BASE_URL}, with nothing but a host and a port.")
        scheme = match["scheme"].lower()
        port = int(match["port"] or _PORTS[scheme])
        if not 0 < port < 1 << 16:
            raise ValueError(f"The base URL has the port {port}; ports are 1 to 65535.")
        return cls(scheme, match["host"].lower().strip("[]"), port)

    @property
    def is_loopback(self) -> bool:
        """Whether it is this machine."""
        try:
            return ipaddress.ip_address(self.host).is_loopback
        except ValueError:
            return self.host == "localhost"

    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == _PORTS[self.scheme] else f"{host}:{self.port}"

    def is_among(self, hosts: Iterable[str]) -> bool:
        """Whether one of these is this server: HOST, or HOST:PORT if the port is not that of its scheme."""
        names = {str(self), f"{str(self).removesuffix(f':{self.port}')}:{self.port}"}
        return any(host.strip().lower() in names for host in hosts)


def trusted_hosts(environment: Mapping[str, str] = os.environ) -> list[str]:
    """The hosts in TIKTOK_TRUSTED_HOST."""
    return [host for host in environment.get(TRUSTED_HOST, "").split(",") if host.strip()]


def check_destination(destination: Destination, key: str, trusted: Iterable[str]) -> None:
    """Raise UntrustedHost if a client key, and so its secret, must not be sent to a server.

    trusted: the hosts that the user has named.
    """
    is_mock_key = key.startswith(MOCK)
    if destination == Destination.of(DEFAULT_BASE_URL) or (destination.is_loopback and is_mock_key):
        return
    if destination.is_loopback:
        raise UntrustedHost(
            f"Your client key was not sent to {destination}: a server on this machine gets only keys that begin with "
            f"{MOCK!r}",
            advice="Set TIKTOK_CLIENT_KEY=mock and TIKTOK_CLIENT_SECRET=mock-secret for a mock server, or correct the "
            "address of the API.",
        )
    if not destination.is_among(trusted):
        raise UntrustedHost(
            f"Your client key and secret were not sent to {destination}, which is not {_TIKTOK}",
            advice=f"If you trust this server, set {TRUSTED_HOST}={destination}. Otherwise correct the address of the "
            "API.",
        )
    if destination.scheme == "http" and not is_mock_key:
        raise UntrustedHost(
            f"Your client key and secret were not sent to {destination}: with http everybody on the way could read "
            "them",
            advice=f"Use https, or a key that begins with {MOCK!r}.",
        )


_TIKTOK = Destination.of(DEFAULT_BASE_URL).host
