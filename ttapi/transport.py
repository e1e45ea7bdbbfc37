"""One HTTP exchange: sends a POST, returns a Reply. No network error is raised, and no URL or header is repeated."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from traceback import walk_tb
from typing import Any

import requests
import urllib3.exceptions

from ttapi.clock import parse_http_date

MAX_BYTES = 4 * 1024 * 1024
"""Larger than any page (100 videos take about 50 kB, and at most a few MB with long transcripts). The rest of a longer
answer is not read, and what was read is not used."""

_REASONS: Sequence[tuple[type[Exception], str]] = (
    (requests.exceptions.ConnectTimeout, "connecting timed out"),
    (requests.exceptions.ReadTimeout, "waiting for an answer timed out"),
    (requests.exceptions.ProxyError, "the proxy could not be reached"),
    (requests.exceptions.SSLError, "the TLS connection failed (untrusted certificate, or connection lost)"),
    (urllib3.exceptions.NameResolutionError, "the host name is unknown"),
    (urllib3.exceptions.NewConnectionError, "the connection could not be established"),
    (ValueError, "this address and body do not form a valid request"),
    (Exception, "the connection was lost"),
)
"""Why an exchange failed, by exception; the first row that matches applies."""


@dataclass(frozen=True)
class Reply:
    """The outcome of one exchange. status is None if there was no HTTP answer."""

    status: int | None = None
    raw: bytes = field(default=b"", repr=False)
    """The body as received; if it is cut off, the part that was received."""
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    reason: str = ""
    """Why there was no answer, or why the body is cut off; "" if neither."""
    sent: bool = True
    """False only if the request certainly did not reach the server."""
    seconds: float = 0.0
    """Duration of the exchange, by the local clock."""

    @property
    def complete(self) -> bool:
        """Whether the body was received to its end."""
        return not self.reason

    def retry_after(self) -> float | None:
        """Return the seconds of the Retry-After header (a number, or a date relative to Date); None without one."""
        value = self.headers.get("Retry-After", "").strip()
        if value.isascii() and value.isdigit():
            return float(value)
        then, now = parse_http_date(value), parse_http_date(self.headers.get("Date"))
        return max(0.0, then - now) if then is not None and now is not None else None


def exchange(
    session: requests.Session,
    url: str,
    *,
    token: str = "",
    timeout: tuple[float, float],
    clock: Callable[[], float],
    **payload: Any,
) -> Reply:
    """Send a POST and read the body as far as possible. Redirects are not followed: they could leak the secret.

    token: sent as bearer token, if not "". timeout: seconds to connect, and to wait for data. clock: returns seconds;
    it measures the duration. payload: the body, as keyword arguments of requests.
    """

    def authorize(request: requests.PreparedRequest) -> requests.PreparedRequest:
        # Passed as `auth`, so that an entry in ~/.netrc cannot replace the token.
        request.headers.update({"Authorization": f"Bearer {token}"} if token else {})
        return request

    start = clock()
    raw = bytearray()
    response = None
    reason, sent = "", True
    try:
        with session.post(
            url, auth=authorize, timeout=timeout, stream=True, allow_redirects=False, **payload
        ) as response:
            # Unlike iter_content, read1 keeps the data that was received before an error.
            while chunk := response.raw.read1(65536, decode_content=True):
                raw += chunk
                if len(raw) > MAX_BYTES:
                    reason = "the answer is too long"
                    break
    except (requests.RequestException, urllib3.exceptions.HTTPError, OSError, UnicodeError) as error:
        reason, sent = _reason(error), not (isinstance(error, ValueError) or _was_connecting(error))
    if response is None:
        return Reply(reason=reason, sent=sent, seconds=clock() - start)
    return Reply(response.status_code, bytes(raw), response.headers, reason, seconds=clock() - start)


def _reason(error: Exception) -> str:
    # Never str(error): it can contain the URL, the proxy's password or the request with its headers.
    first = error.args[0] if error.args else None
    cause = getattr(first, "reason", first)  # the exception of urllib3 inside that of requests
    return next(text for kind, text in _REASONS if isinstance(error, kind) or isinstance(cause, kind))


def _was_connecting(error: BaseException | None) -> bool:
    """Return whether http.client's `connect` failed: host name, socket, proxy tunnel or TLS handshake.

    The class of an error does not show this: a TLS error can occur in the handshake or in the middle of an answer.
    """
    while error is not None:
        if any(frame.f_code.co_name == "connect" for frame, _ in walk_tb(error.__traceback__)):
            return True
        error = error.__cause__ or error.__context__
    return False
