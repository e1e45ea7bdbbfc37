"""Where credentials may be sent: to TikTok, to hosts that the user has named, and mock keys to this machine.

The same rules as those of ttapi, which this package cannot import; a test compares the two.
"""

import ipaddress
import os
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Self
from urllib.parse import urlsplit

import orjson

from mockserver.endpoints.addresses import API_HOST

TRUSTED_HOST = "TIKTOK_TRUSTED_HOST"
_KEY, _SECRET, _TOKEN = "TIKTOK_CLIENT_KEY", "TIKTOK_CLIENT_SECRET", "TIKTOK_ACCESS_TOKEN"
_LEAST_LIFE = 600  # seconds: a run takes less
_PORTS = {"http": 80, "https": 443}


class NotSent(Exception):
    """Nothing was sent; the text says why and what to do."""


@dataclass(frozen=True)
class Credentials:
    """Client key and secret. token: one that is still valid, "" without one."""

    key: str
    secret: str = field(repr=False)
    token: str = field(default="", repr=False)

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] = os.environ) -> Self:
        """Read them as ttapi does. Raises NotSent if one is not set."""
        values = {name: environment.get(name, "").strip() for name in (_KEY, _SECRET)}
        if missing := [name for name, value in values.items() if not value]:
            raise NotSent(
                f"{' and '.join(missing)} {'are' if len(missing) > 1 else 'is'} not set in the environment. Nothing "
                "was sent. Set the key and the secret of your project; for a mock server they are mock and mock-secret."
            )
        return cls(values[_KEY], values[_SECRET], _token_of(environment))


def _token_of(environment: Mapping[str, str]) -> str:
    """The token that ttapi left for child processes, "" if there is none or it has expired."""
    try:
        values = orjson.loads(environment.get(_TOKEN, ""))
        is_valid = float(values["expires_at"]) > time.time() + float(values["clock_offset"]) + _LEAST_LIFE
        return str(values["access_token"]) if is_valid else ""
    except (orjson.JSONDecodeError, ValueError, TypeError, KeyError):
        return ""


def check_destination(base_url: str, key: str, environment: Mapping[str, str] = os.environ) -> None:
    """Raise NotSent if a client key, and so its secret, must not be sent to this address."""
    try:
        parts = urlsplit(base_url)
        scheme, host, port = parts.scheme, (parts.hostname or "").lower(), parts.port or _PORTS.get(parts.scheme, 0)
    except ValueError:
        scheme, host, port, parts = "", "", 0, urlsplit("")
    if scheme not in _PORTS or not host or parts.username or parts.password or parts.query or parts.fragment:
        raise NotSent(f"The base URL must look like https://{API_HOST}. Nothing was sent.")
    if (scheme, host, port) == ("https", API_HOST, 443):
        return
    is_mock_key = key.startswith("mock")
    if _is_loopback(host):
        if is_mock_key:
            return
        raise NotSent(
            f"Your client key was not sent to {host}: a server on this machine gets only keys that begin with 'mock'. "
            "Set TIKTOK_CLIENT_KEY=mock and TIKTOK_CLIENT_SECRET=mock-secret, or correct --base-url."
        )
    name = f"[{host}]" if ":" in host else host
    trusted = {each.strip().lower() for each in environment.get(TRUSTED_HOST, "").split(",")}
    if not trusted & {f"{name}:{port}", *([name] if port == _PORTS[scheme] else [])}:
        shown = name if port == _PORTS[scheme] else f"{name}:{port}"
        raise NotSent(
            f"Your client key and secret were not sent to {shown}, which is not {API_HOST}. If you trust this server, "
            f"set {TRUSTED_HOST}={shown}. Otherwise correct --base-url."
        )
    if scheme == "http" and not is_mock_key:
        raise NotSent(
            f"Your client key and secret were not sent to {name}: with http everybody on the way could read them. Use "
            "https."
        )


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
