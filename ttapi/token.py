"""Who asks: client key and secret, and the two-hour token that they are exchanged for. Neither is ever shown."""

import hashlib
import json
import os
from dataclasses import asdict, dataclass, field
from typing import Self

from ttapi.errors import CredentialsMissing

CREDENTIALS = ("TIKTOK_CLIENT_KEY", "TIKTOK_CLIENT_SECRET")
ENVIRONMENT_TOKEN = "TIKTOK_ACCESS_TOKEN"  # noqa: S105


@dataclass(frozen=True)
class Credentials:
    """Client key and secret of an approved Research API project."""

    key: str
    secret: str = field(repr=False)

    @classmethod
    def from_environment(cls) -> Self:
        """Read TIKTOK_CLIENT_KEY and TIKTOK_CLIENT_SECRET; CredentialsMissing if one is not set."""
        values = [os.environ.get(name, "").strip() for name in CREDENTIALS]
        if missing := [name for name, value in zip(CREDENTIALS, values, strict=True) if not value]:
            raise CredentialsMissing(f"{' and '.join(missing)} not set in the environment")
        return cls(*values)

    @property
    def fingerprint(self) -> str:
        """Stands for the key where the key itself must not: the first 16 hex digits of its sha256."""
        return hashlib.sha256(self.key.encode()).hexdigest()[:16]


@dataclass(frozen=True)
class Token:
    """A client access token, good for two hours by the server's clock."""

    access_token: str = field(repr=False)
    expires_at: float
    """Unix seconds, server's clock."""
    instance: str = ""
    """Which mock server gave it; "" on the real API."""
    clock_offset: float = 0.0
    """Server's clock minus local clock when it was given, so that a process that inherits it knows the time."""

    @classmethod
    def from_environment(cls) -> Self | None:
        """The token that a parent process handed over; None if there is none, or none that can be read."""
        try:
            held = json.loads(os.environ.get(ENVIRONMENT_TOKEN, ""))
            token, instance = str(held["access_token"]), str(held["instance"])
            return cls(token, float(held["expires_at"]), instance, float(held["clock_offset"]))
        except (ValueError, TypeError, KeyError):
            return None

    def to_environment(self) -> dict[str, str]:
        """The variable that hands this token to child processes."""
        return {ENVIRONMENT_TOKEN: json.dumps(asdict(self))}
