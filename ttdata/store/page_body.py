"""The body of an answer as a raw file stores it: JSON on one line, with nothing that DuckDB refuses."""

import json
import re

from ttdata.store.fitting import Fitted

_NEWLINES = re.compile(rb"[\r\n]+")
_ESCAPES = re.compile(
    rb"\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}"
    rb"|(?P<half>\\u[dD][89a-fA-F][0-9a-fA-F]{2})|\\."
)


def stored_body(raw: bytes, fitted: Fitted) -> tuple[bytes, str | None]:
    """A body that is JSON as it is stored in a line, and as received if that differs.

    Line breaks between JSON's tokens become blanks, since a line must stay one line. Half a surrogate pair, which
    DuckDB refuses, becomes U+FFFD, and a value that does not fit NULL.
    """
    received = _NEWLINES.sub(b" ", raw) if b"\n" in raw or b"\r" in raw else raw
    body = _corrected(fitted.data) if fitted.oddities else received
    whole = _ESCAPES.sub(_mend, body) if b"\\u" in body else body
    return whole, None if whole == received else raw.decode()


def _corrected(data: object) -> bytes:
    """The body with corrected data. 1e999, which Python reads as infinity, becomes null: JSON cannot express that."""
    finite = json.loads(json.dumps({"data": data}), parse_constant=lambda _: None)
    return json.dumps(finite).encode()


def _mend(escape: re.Match[bytes]) -> bytes:
    return rb"\ufffd" if escape["half"] else escape[0]
