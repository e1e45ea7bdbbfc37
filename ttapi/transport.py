"""One HTTP exchange: a POST out, a Reply in. It never raises for the network, and never repeats a URL or a header."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import requests
import urllib3.exceptions
from requests.auth import AuthBase

from ttapi.clock import moment_of

MAX_BYTES = 64 * 1024 * 1024
"""More than any page holds; an answer beyond it is not read on."""

_FAILURES: Sequence[tuple[type[Exception], str, bool]] = (
    (requests.exceptions.ConnectTimeout, "no connection within the time allowed", False),
    (requests.exceptions.ReadTimeout, "no answer within the time allowed", True),
    (requests.exceptions.ProxyError, "the proxy could not be reached", False),
    (requests.exceptions.SSLError, "no trusted TLS connection could be made", False),
    (urllib3.exceptions.NameResolutionError, "the host name is unknown", False),
    (urllib3.exceptions.NewConnectionError, "no connection could be made", False),
    (Exception, "the connection broke off", True),
)
"""What was raised, how it is told, and whether the server may have got the request."""


@dataclass(frozen=True)
class Reply:
    """What one exchange gave. status is None if no answer came."""

    status: int | None = None
    raw: bytes = field(default=b"", repr=False)
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    reason: str = ""
    """Why no answer came, or why the body is cut off; "" if all is well."""
    left: bool = True
    """False if the request certainly never reached the server."""
    seconds: float = 0.0
    """How long it took, by the local clock."""

    @property
    def whole(self) -> bool:
        """Whether the body came to its end."""
        return not self.reason

    def retry_after(self) -> float | None:
        """Seconds to wait by the Retry-After header (a number, or a date held against Date)."""
        value = self.headers.get("Retry-After", "").strip()
        if value.isascii() and value.isdigit():
            return float(value)
        then, now = moment_of(value), moment_of(self.headers.get("Date"))
        return max(0.0, then - now) if then is not None and now is not None else None


class Bearer(AuthBase):
    """Puts the token into the request; as `auth`, so that an entry in ~/.netrc cannot take its place."""

    def __init__(self, token: str = "") -> None:
        self._token = token

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        if self._token:
            request.headers["Authorization"] = f"Bearer {self._token}"
        return request


def exchange(
    session: requests.Session,
    url: str,
    *,
    token: str = "",
    timeout: tuple[float, float],
    clock: Callable[[], float],
    **payload: Any,
) -> Reply:
    """POST and read the body, as far as it comes. Redirects are not followed: they could carry the secret away."""
    began = clock()
    raw = bytearray()
    response = None
    reason, left = "", True
    try:
        with session.post(
            url, auth=Bearer(token), timeout=timeout, stream=True, allow_redirects=False, **payload
        ) as response:
            while piece := response.raw.read1(65536, decode_content=True):  # unlike iter_content, keeps what came
                raw += piece
                if len(raw) > MAX_BYTES:
                    reason = "the answer is too long"
                    break
    except (requests.RequestException, urllib3.exceptions.HTTPError, OSError, UnicodeError) as problem:
        reason, left = _told(problem)
    if response is None:
        return Reply(reason=reason, left=left, seconds=clock() - began)
    return Reply(response.status_code, bytes(raw), response.headers, reason, seconds=clock() - began)


def _told(problem: Exception) -> tuple[str, bool]:
    # Never str(problem): it can hold the URL, the proxy's password or the request with its headers.
    first = problem.args[0] if problem.args else None
    cause = getattr(first, "reason", first)  # what urllib3 raised, inside what requests made of it
    return next((text, left) for kind, text, left in _FAILURES if isinstance(problem, kind) or isinstance(cause, kind))
