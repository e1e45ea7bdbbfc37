"""What a client sends and what it is sent back: requests, answers, responses, and reading the body of a request."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl

import orjson

from mockserver.behaviours.refusals import Refusal

LARGEST_BODY = 2 << 20  # bytes
DEEPEST_BODY = 32  # levels of arrays and objects
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"


@dataclass(frozen=True)
class Request:
    """A request. path: without the query string; query: decoded; headers: names in lower case."""

    method: str
    path: str
    query: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""

    @property
    def api_path(self) -> str:
        """The path with the last slash, which a client may leave out."""
        return self.path if self.path.endswith("/") else self.path + "/"

    @property
    def authorization(self) -> str:
        return self.headers.get("authorization", "")

    @property
    def bearer_token(self) -> str:
        """The token in the Authorization header, "" without one."""
        scheme, _, text = self.authorization.strip().partition(" ")
        return text.strip() if scheme.lower() == "bearer" else ""


@dataclass(frozen=True)
class Answer:
    """A response without the headers that all responses have in common.

    content: bytes are sent as plain text, everything else as JSON. fault: what the adapter does to the connection
    instead of sending the answer whole. delay: seconds before it is sent.
    """

    status: int
    content: Any
    headers: Mapping[str, str] = field(default_factory=dict)
    fault: str = ""
    delay: float = 0.0


@dataclass(frozen=True)
class Response:
    """A response as an adapter sends it. fault, delay: as in `Answer`."""

    status: int
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    fault: str = ""
    delay: float = 0.0


def read_form(request: Request) -> dict[str, str]:
    """The fields of a form. JSON is read as well, for clients that send it; a broken body is an empty form."""
    if request.body.lstrip().startswith(b"{"):
        try:
            content = orjson.loads(request.body)
        except orjson.JSONDecodeError:
            return {}
        return {name: str(value) for name, value in content.items() if isinstance(value, str)}
    return dict(parse_qsl(request.body.decode("utf-8", "replace"), keep_blank_values=True, max_num_fields=None))


def read_object(request: Request) -> Mapping[str, Any]:
    """The body as a JSON object, with any content type; an empty body is an empty object. Raises Refusal."""
    if not request.body.strip():
        return {}
    try:
        body = orjson.loads(request.body.removeprefix(_BYTE_ORDER_MARK))
    except orjson.JSONDecodeError:
        raise Refusal("not-json") from None
    if not isinstance(body, dict):
        raise Refusal("not-json")
    if _is_deeper(body, DEEPEST_BODY):
        raise Refusal("parameter", "The body is nested too deeply.")
    return body


def read_upload(request: Request) -> Mapping[str, Any]:
    """The body of a file upload, unread: its content type and its bytes."""
    return {"content_type": request.headers.get("content-type", ""), "raw": request.body}


def _is_deeper(value: object, levels: int) -> bool:
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return levels < 0 or any(_is_deeper(each, levels - 1) for each in inner if isinstance(each, dict | list))
