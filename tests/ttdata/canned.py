"""An API with canned answers, for cases that the mock server does not produce."""

import json
from collections.abc import Callable
from typing import Any

import responses

from ttapi import Client, Credentials
from ttdata.answers.windows import GIVE_UP
from ttdata.api.client import OnAnswer

API = "https://open.tiktokapis.com"
Sent = Callable[[], list[dict[str, Any]]]
NOON = {"Date": "Mon, 01 Jun 2026 12:00:00 GMT"}


def connect(on_answer: OnAnswer) -> Client:
    credentials = Credentials("key", "secret")
    return Client(API, credentials=credentials, on_answer=on_answer, sleep=lambda seconds: None, attempts=GIVE_UP)


def page(ids: list[int], cursor: int, more: bool) -> dict[str, Any]:
    data = {"videos": [{"id": each} for each in ids], "cursor": cursor, "has_more": more, "search_id": "74"}
    return {"data": data, "error": {"code": "ok", "message": "", "log_id": "L"}}


def failure(message: str = "Server Internal Error") -> dict[str, Any]:
    return {"error": {"code": "internal_error", "message": message, "log_id": "L500"}}


def answering(answer: Callable[[dict[str, Any]], object], path: str = "video/query") -> Sent:
    """Answer each request with a function of its body. Returns a function that lists the bodies sent so far."""

    def respond(request: Any) -> tuple[int, dict[str, str], str]:
        content = answer(json.loads(request.body))
        return 200, NOON, content if isinstance(content, str) else json.dumps(content)

    sent = api()
    responses.add_callback(responses.POST, f"{API}/v2/research/{path}/", respond)
    return sent


def api(*answers: object, path: str = "video/query") -> Sent:
    """Return these answers in order. Returns a function that lists the bodies sent so far."""
    token = {"access_token": "clt.x", "expires_in": 7200, "token_type": "Bearer"}
    responses.post(f"{API}/v2/oauth/token/", json=token, headers=NOON)
    for answer in answers:
        if isinstance(answer, dict):
            responses.post(f"{API}/v2/research/{path}/", json=answer, headers=NOON)
        else:
            responses.post(f"{API}/v2/research/{path}/", body=answer, headers=NOON)
    return lambda: [json.loads(call.request.body) for call in responses.calls if "research" in call.request.url]
