"""One HTTP exchange: a POST out, a Reply in. It never raises for the network, and never repeats a URL or a header."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from traceback import walk_tb
from typing import Any

import requests
import urllib3.exceptions

from ttapi.clock import moment_of

MAX_BYTES = 64 * 1024 * 1024
"""More than any page holds; an answer beyond it is not read on."""

_FAILURES: Sequence[tuple[type[Exception], str]] = (
    (requests.exceptions.ConnectTimeout, "no connection within the time allowed"),
    (requests.exceptions.ReadTimeout, "no answer within the time allowed"),
    (requests.exceptions.ProxyError, "the proxy could not be reached"),
    (requests.exceptions.SSLError, "the TLS connection failed: a certificate that is not trusted, or a broken line"),
    (urllib3.exceptions.NameResolutionError, "the host name is unknown"),
    (urllib3.exceptions.NewConnectionError, "no connection could be made"),
    (ValueError, "no request can be made of this address and body"),
    (Exception, "the connection broke off"),
)
"""What was raised, and how it is told."""


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

    def signed(request: requests.PreparedRequest) -> requests.PreparedRequest:
        # As `auth`, so that an entry in ~/.netrc cannot take the token's place.
        request.headers.update({"Authorization": f"Bearer {token}"} if token else {})
        return request

    began = clock()
    raw = bytearray()
    response = None
    reason, left = "", True
    try:
        with session.post(url, auth=signed, timeout=timeout, stream=True, allow_redirects=False, **payload) as response:
            while piece := response.raw.read1(65536, decode_content=True):  # unlike iter_content, keeps what came
                raw += piece
                if len(raw) > MAX_BYTES:
                    reason = "the answer is too long"
                    break
    except (requests.RequestException, urllib3.exceptions.HTTPError, OSError, UnicodeError) as problem:
        reason, left = _told(problem), not (isinstance(problem, ValueError) or _was_connecting(problem))
    if response is None:
        return Reply(reason=reason, left=left, seconds=clock() - began)
    return Reply(response.status_code, bytes(raw), response.headers, reason, seconds=clock() - began)


def _told(problem: Exception) -> str:
    # Never str(problem): it can hold the URL, the proxy's password or the request with its headers.
    first = problem.args[0] if problem.args else None
    cause = getattr(first, "reason", first)  # what urllib3 raised, inside what requests made of it
    return next(text for kind, text in _FAILURES if isinstance(problem, kind) or isinstance(cause, kind))


def _was_connecting(problem: BaseException | None) -> bool:
    """Whether it failed in http.client's `connect`: the host's name, the socket, the proxy's tunnel or the handshake.

    The kind of an error does not tell: a TLS error may come in the handshake, or in the middle of an answer.
    """
    while problem is not None:
        if any(frame.f_code.co_name == "connect" for frame, _ in walk_tb(problem.__traceback__)):
            return True
        problem = problem.__cause__ or problem.__context__
    return False
