"""A client for the tests of the mock server, in process and on a socket."""

import threading
from collections.abc import Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
import requests

from mockserver.adapters.mock import Mock
from mockserver.adapters.requests_mock import InProcess
from mockserver.adapters.threads import InThread
from mockserver.admin.sample import sample
from mockserver.core import Core
from mockserver.tenants.options import SECRET, Options
from mockserver.tenants.tenant import Tenant

ADMIN = "admin-of-the-tests"
VIDEO = "id,create_time,username,region_code,video_description,view_count,hashtag_names"
COMMENT = "id,video_id,text,like_count,reply_count,parent_comment_id,create_time"
USER = "display_name,bio_description,follower_count,following_count,likes_count,video_count"


@dataclass
class Api:
    """Sends requests as a client does. key: the client key."""

    mock: Mock
    key: str = "mock"
    tokens: dict[str, str] = field(default_factory=dict)

    def token_answer(self, key: str | None = None, secret: str = SECRET, **form: str) -> requests.Response:
        form = {"client_key": key or self.key, "client_secret": secret, "grant_type": "client_credentials"} | form
        return requests.post(self.mock.url + "/v2/oauth/token/", data=form, timeout=10)

    @property
    def token(self) -> str:
        if self.key not in self.tokens:
            self.tokens[self.key] = self.token_answer().json()["access_token"]
        return self.tokens[self.key]

    def post(self, path: str, body: Any = None, fields: str = "", **more: Any) -> requests.Response:
        base = more.pop("base", self.mock.url)
        url = f"{base}/v2/research/{path}/" + (f"?fields={fields}" if fields else "")
        headers = {"Authorization": f"Bearer {self.token}"} | more.pop("headers", {})
        return requests.post(url, json=body, headers=headers, timeout=10, **more)

    def data(self, path: str, body: Any, fields: str = "") -> dict[str, Any]:
        answer = self.post(path, body, fields)
        assert answer.status_code == 200, answer.text
        data: dict[str, Any] = answer.json()["data"]
        return data

    def refused(self, path: str, body: Any, fields: str = "") -> dict[str, Any]:
        answer = self.post(path, body, fields)
        assert answer.status_code != 200, answer.text
        error: dict[str, Any] = answer.json()["error"] | {"status": answer.status_code}
        return error

    def videos(self, **body: Any) -> dict[str, Any]:
        return self.data("video/query", self.search() | body, VIDEO)

    def search(self, *conditions: dict[str, Any], **body: Any) -> dict[str, Any]:
        """The body of a search in the window of the sample: by some conditions, or for all videos."""
        dates = {"start_date": self.sample["start_date"], "end_date": self.sample["end_date"]}
        return {
            "query": {"and": list(conditions) or [where("view_count", "GTE", "0")]},
            **dates,
            "max_count": 100,
        } | body

    @property
    def tenant(self) -> Tenant:
        client = self.mock.core.tenant(self.key)
        assert client
        return client[0]

    @property
    def sample(self) -> dict[str, Any]:
        return sample(self.tenant.options.seed, self.tenant.options.videos, int(self.tenant.options.now))

    def admin(self, method: str, path: str, body: Any = None, **headers: str) -> requests.Response:
        url = f"{self.mock.url}/__mock__/{path}"
        return requests.request(method, url, json=body, headers={"X-Mock-Admin-Token": ADMIN} | headers, timeout=10)


def where(field: str, operation: str, *values: str) -> dict[str, Any]:
    return {"field_name": field, "operation": operation, "field_values": list(values)}


@pytest.fixture
def core() -> Core:
    """A server with small worlds."""
    return Core(defaults=Options(videos=20_000), admin_token=ADMIN)


@pytest.fixture(params=["in process", "socket"])
def api(request: pytest.FixtureRequest, core: Core) -> Iterator[Api]:
    """A client, in process and on a socket: each test of a behaviour runs twice."""
    adapter: AbstractContextManager[Mock] = InProcess(core) if request.param == "in process" else InThread(core)
    with adapter as mock:
        yield Api(mock)


@dataclass
class OtherProgram:
    """A server that is not the mock, and the paths of the requests that it got."""

    url: str
    paths: list[str] = field(default_factory=list)


@pytest.fixture
def other_program() -> Iterator[OtherProgram]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            other.paths.append(self.path)
            self.send_response(404)
            self.end_headers()
            self.wfile.write(b"Not here.")

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        other = OtherProgram(f"http://127.0.0.1:{server.server_port}")
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        yield other
        server.shutdown()


@pytest.fixture
def inside(core: Core) -> Iterator[Api]:
    """A client in process only: for tests that do not check a behaviour of the API."""
    with InProcess(core) as mock:
        yield Api(mock)
