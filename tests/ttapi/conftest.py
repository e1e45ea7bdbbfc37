"""A scripted API in this process: it returns the answers that a test has prepared, in their order."""

import json
import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import pytest
import responses
from click.testing import CliRunner, Result

from ttapi import Answer, Client, Credentials, Ledger
from ttapi.__main__ import main

NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)
HOST = "https://open.tiktokapis.com"
KEY = "key-of-the-client"
SECRET = "s3cret-of-the-client"


class Clock:
    """A local clock that moves only while someone sleeps. It is wrong by years."""

    def __init__(self) -> None:
        self.seconds = 1_000_000.0
        self.waits: list[float] = []

    def __call__(self) -> float:
        return self.seconds

    def sleep(self, seconds: float) -> None:
        self.waits.append(seconds)
        self.seconds += seconds


class Api:
    """The server: issues tokens, records the requests, and returns the prepared answers."""

    def __init__(self) -> None:
        self.now = NOON
        self.requests: list[dict[str, Any]] = []
        self.tokens = 0
        self.script: list[Any] = []
        self.token_script: list[Any] = []
        self.instance = ""

    def answer(self, data: Any = None, *, status: int = 200, code: str = "ok", message: str = "", **more: Any) -> None:
        """Prepare an answer in the API's JSON form."""
        body: dict[str, Any] = {"data": data} if data is not None else {}
        self.answer_raw(
            json.dumps(body | {"error": {"code": code, "message": message, "log_id": "LOG1"}}), status, **more
        )

    def answer_raw(
        self, body: Any, status: int = 200, headers: dict[str, str] | None = None, before: Any = None
    ) -> None:
        """Prepare an answer with any body, or an exception. before: called before it is returned."""
        self.script.append((status, headers or {}, body, before))

    def answer_videos(self, *ids: int, cursor: int, more: bool, search_id: str | None = "77") -> None:
        """Prepare a page of videos."""
        optional = {"search_id": search_id} if search_id else {}
        self.answer({"videos": [{"id": id_} for id_ in ids], "cursor": cursor, "has_more": more, **optional})

    def move_clock(self, **time: float) -> None:
        self.now += timedelta(**time)

    def respond(self, request: Any) -> tuple[int, dict[str, str], Any]:
        if request.path_url == "/v2/oauth/token/":
            self.tokens += 1
            good = {"access_token": f"clt.00{self.tokens}", "expires_in": 7200, "token_type": "Bearer"}
            status, more, body = self.token_script.pop(0) if self.token_script else (200, {}, json.dumps(good))
        else:
            path, _, fields = request.path_url.partition("?fields=")
            body = request.body
            content = json.loads(body) if request.headers["Content-Type"] == "application/json" else body
            authorization = request.headers["Authorization"]
            self.requests.append({"path": path, "fields": fields, "body": content, "auth": authorization})
            status, more, body, before = self.script.pop(0)
            if before:
                before()
        headers = {"Date": format_datetime(self.now, usegmt=True)}
        if self.instance:
            headers["X-Mock-Instance"] = self.instance
        if isinstance(body, KeyboardInterrupt):
            raise body
        return status, headers | more, body


@pytest.fixture
def api() -> Iterator[Api]:
    server = Api()
    with responses.RequestsMock(assert_all_requests_are_fired=False) as mock:
        mock.add_callback(responses.POST, re.compile(re.escape(HOST) + "/.*"), callback=server.respond)
        yield server


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def answers() -> list[Answer]:
    """The answers that the client has passed to on_answer."""
    return []


@pytest.fixture
def ledger(tmp_path: Any) -> Iterator[Ledger]:
    ledger = Ledger(tmp_path / "quota.sqlite")
    yield ledger
    ledger.close()


@pytest.fixture
def make_client(api: Api, clock: Clock, answers: list[Answer], ledger: Ledger) -> Callable[..., Client]:
    def make(**options: Any) -> Client:
        defaults: dict[str, Any] = {
            "credentials": Credentials(KEY, SECRET),
            "ledger": ledger,
            "sleep": clock.sleep,
            "clock": clock,
            "jitter": lambda: 0.0,
            "on_answer": answers.append,
        }
        return Client(**(defaults | options))

    return make


@pytest.fixture
def client(make_client: Callable[..., Client]) -> Client:
    return make_client()


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch) -> Callable[..., Result]:
    """Runs a command of `python -m ttapi` in this process."""
    monkeypatch.setenv("TIKTOK_CLIENT_KEY", "mock-key")
    monkeypatch.setenv("TIKTOK_CLIENT_SECRET", "secret")

    def run(*arguments: str, **more: Any) -> Result:
        return CliRunner().invoke(main, arguments, **more)

    return run
