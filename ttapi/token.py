"""Who asks: client key and secret, and the two-hour token that they are exchanged for. Neither is ever shown."""

import hashlib
import json
import os
from dataclasses import dataclass, field
from typing import NamedTuple, Self

from ttapi.answer import NO_ANSWER, UNREADABLE, Answer, Reading, text_of
from ttapi.errors import CredentialsMissing, CredentialsRefused, TikTokError, describe, error_of
from ttapi.transport import Reply

LIFETIME = 7200.0
"""Seconds that a token lives, if the answer does not say."""
TOKEN_NAME = "oauth.token"  # noqa: S105

ENVIRONMENT_KEY = "TIKTOK_CLIENT_KEY"
ENVIRONMENT_SECRET = "TIKTOK_CLIENT_SECRET"  # noqa: S105
ENVIRONMENT_TOKEN = "TIKTOK_ACCESS_TOKEN"  # noqa: S105


@dataclass(frozen=True)
class Credentials:
    """Client key and secret of an approved Research API project."""

    key: str
    secret: str = field(repr=False)

    @classmethod
    def from_environment(cls) -> Self:
        """Read TIKTOK_CLIENT_KEY and TIKTOK_CLIENT_SECRET; CredentialsMissing if one is not set."""
        names = (ENVIRONMENT_KEY, ENVIRONMENT_SECRET)
        values = [os.environ.get(name, "").strip() for name in names]
        missing = [name for name, value in zip(names, values, strict=True) if not value]
        if missing:
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
            return cls(
                str(held["access_token"]),
                float(held["expires_at"]),
                str(held.get("instance", "")),
                float(held.get("clock_offset", 0.0)),
            )
        except (ValueError, TypeError, KeyError, AttributeError):
            return None

    def to_environment(self) -> dict[str, str]:
        """The variable that hands this token to child processes."""
        held = {
            "access_token": self.access_token,
            "expires_at": self.expires_at,
            "instance": self.instance,
            "clock_offset": self.clock_offset,
        }
        return {ENVIRONMENT_TOKEN: json.dumps(held)}


class Grant(NamedTuple):
    """What a good token answer holds."""

    access_token: str
    expires_in: float


def read_token(reply: Reply) -> Grant | Reading:
    """Understand a token answer by its body: wrong credentials can come with HTTP 200.

    Good: `{"access_token", "expires_in", "token_type"}`; bad: `{"error", "error_description", "log_id"}`, both flat.
    Source: client-access-token-management, oauth-error-handling.
    """
    if reply.status is None:
        return Reading(NO_ANSWER, reply.reason)
    try:
        body = json.loads(reply.raw)
    except (ValueError, RecursionError):
        body = None
    if not isinstance(body, dict):
        return Reading(UNREADABLE, "the body of the token answer is no JSON object")
    token, error = body.get("access_token"), body.get("error")
    if isinstance(token, str) and token and token.isascii() and token.isprintable():
        return Grant(token, _seconds(body.get("expires_in")))
    if isinstance(error, dict):  # the shape of the research endpoints
        return Reading(text_of(error.get("code")), text_of(error.get("message")), text_of(error.get("log_id")))
    if error:
        return Reading(text_of(error), text_of(body.get("error_description")), text_of(body.get("log_id")))
    return Reading(UNREADABLE, "the token answer holds neither a token nor an error")


def token_error_of(answer: Answer) -> TikTokError:
    """The typed error of a token answer that holds no token."""
    if answer.code in _REFUSALS:
        return CredentialsRefused(describe(answer), answer=answer)
    error = error_of(answer)
    assert error is not None
    return error


_REFUSALS = {
    "invalid_client",
    "invalid_request",
    "invalid_grant",
    "invalid_scope",
    "unauthorized_client",
    "unsupported_grant_type",
    "unsupported_response_type",
    "access_denied",
    "invalid_params",
}


def _seconds(value: object) -> float:
    try:
        return float(value) if isinstance(value, int | float | str) else LIFETIME
    except ValueError:
        return LIFETIME
