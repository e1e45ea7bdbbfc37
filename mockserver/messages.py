"""What a client sends and what it is sent back: requests, answers, responses, and reading the body of a request."""

import re
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl

import orjson

from mockserver.behaviours.refusals import Refusal

LARGEST_BODY = 2 << 20  # bytes
DEEPEST_BODY = 32  # levels of arrays and objects
BYTE_ORDER_MARK = b"\xef\xbb\xbf"
_FORM = re.compile(r"\w+=")  # how a form begins
_MOST_FIELDS = 100  # of a form


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

    content: bytes are sent as plain text, everything else as JSON. code: the error code that the client can read in it,
    "ok" for a good answer, "" if it can read none. fault: what the adapter does to the connection instead of sending
    the answer whole. delay: seconds before it is sent.
    """

    status: int
    content: Any
    headers: Mapping[str, str] = field(default_factory=dict)
    code: str = ""
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


def read_object(request: Request, *, json_only: bool) -> Mapping[str, Any]:
    """The body as an object, with any content type; an empty body is an empty object. Raises Refusal.

    It is read as JSON, and if it is none, as a form, in which `query` is JSON text. json_only: a form is refused.
    """
    text = request.body.removeprefix(BYTE_ORDER_MARK).strip()
    if not text:
        return {}
    try:
        body = orjson.loads(text)
    except orjson.JSONDecodeError:
        body = None if json_only else _read_parameters(text)
    if not isinstance(body, dict):
        raise Refusal("not-json")
    if _is_deeper(body, DEEPEST_BODY):
        raise Refusal("parameter", "The body is nested too deeply.")
    return body


def _read_parameters(body: bytes) -> dict[str, Any] | None:
    """The parameters in a form; None if it is none. Numbers stay text."""
    try:
        text = body.decode()
        form: dict[str, Any] = dict(parse_qsl(text, keep_blank_values=True, max_num_fields=_MOST_FIELDS))
    except ValueError:
        return None
    if not _FORM.match(text):
        return None
    with suppress(orjson.JSONDecodeError):
        form["query"] = orjson.loads(form.get("query", ""))
    return form


def read_upload(request: Request, *, json_only: bool) -> Mapping[str, Any]:
    """The body of a file upload, unread: its content type and its bytes."""
    return {"content_type": request.headers.get("content-type", ""), "raw": request.body}


def _is_deeper(value: object, levels: int) -> bool:
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return levels < 0 or any(_is_deeper(each, levels - 1) for each in inner if isinstance(each, dict | list))


def json_object(text: str) -> dict[str, Any]:
    """The object that a body is, empty if it is none."""
    try:
        content = orjson.loads(text.removeprefix("\ufeff"))
    except orjson.JSONDecodeError:
        return {}
    return content if isinstance(content, dict) else {}


def member(content: Mapping[str, Any], name: str) -> dict[str, Any]:
    """The object below a key, empty if there is none."""
    value = content.get(name)
    return value if isinstance(value, dict) else {}
