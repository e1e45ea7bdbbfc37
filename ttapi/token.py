"""Client key and secret, and the token that they are exchanged for. Secret and token never appear in a repr."""

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
        """Read TIKTOK_CLIENT_KEY and TIKTOK_CLIENT_SECRET. Raises CredentialsMissing if one is not set."""
        values = [os.environ.get(name, "").strip() for name in CREDENTIALS]
        if missing := [name for name, value in zip(CREDENTIALS, values, strict=True) if not value]:
            are = "are" if len(missing) > 1 else "is"
            raise CredentialsMissing(f"{' and '.join(missing)} {are} not set in the environment")
        return cls(*values)

    @property
    def fingerprint(self) -> str:
        """The first 16 hex digits of the key's SHA-256, for places where the key itself must not appear."""
        return hashlib.sha256(self.key.encode()).hexdigest()[:16]


@dataclass(frozen=True)
class Token:
    """A client access token, valid for two hours. Source: client-access-token-management."""

    access_token: str = field(repr=False)
    expires_at: float
    """Unix seconds, by the server's clock."""
    instance: str = ""
    """The mock server that issued it; "" for the real API."""
    clock_offset: float = 0.0
    """Seconds, server's clock minus local clock when it was issued: a child process then knows the server's time."""

    @classmethod
    def from_environment(cls) -> Self | None:
        """Read the token of a parent process; None if there is none, or if it cannot be read."""
        try:
            values = json.loads(os.environ.get(ENVIRONMENT_TOKEN, ""))
            token, instance = str(values["access_token"]), str(values["instance"])
            return cls(token, float(values["expires_at"]), instance, float(values["clock_offset"]))
        except (ValueError, TypeError, KeyError):
            return None

    def to_environment(self) -> dict[str, str]:
        """Return the environment variable that passes this token to child processes."""
        return {ENVIRONMENT_TOKEN: json.dumps(asdict(self))}
