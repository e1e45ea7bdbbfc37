"""The mock as a WSGI application, for test clients and interceptors that use one: `application(Core())`."""

from collections.abc import Iterable
from http import HTTPStatus
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

from mockserver.admin.admin import Admin
from mockserver.core import Core
from mockserver.messages import LARGEST_BODY, Request

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment


def application(core: Core) -> "WSGIApplication":
    """A WSGI application. A fault of the connection raises ConnectionError, or TimeoutError for a stall."""
    admin = Admin(core)

    def answer(environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        response = admin.answer(_request(environ))
        if response.fault:
            raise (TimeoutError if response.fault == "stall" else ConnectionError)(response.fault)
        status = HTTPStatus(response.status)
        headers = [*response.headers.items(), ("Content-Length", str(len(response.body)))]
        start_response(f"{status.value} {status.phrase}", headers)
        return [response.body]

    return answer


def _request(environ: dict[str, Any]) -> Request:
    headers = {name[5:].replace("_", "-").lower(): value for name, value in environ.items() if name[:5] == "HTTP_"}
    headers["content-type"] = environ.get("CONTENT_TYPE", "")
    length = environ.get("CONTENT_LENGTH") or "0"
    body = environ["wsgi.input"].read(min(int(length), LARGEST_BODY)) if length.isdecimal() else b""
    query = dict(parse_qsl(environ.get("QUERY_STRING", ""), keep_blank_values=True))
    return Request(environ["REQUEST_METHOD"], environ.get("PATH_INFO", ""), query, headers, body)
