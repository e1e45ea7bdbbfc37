"""An API of canned answers, for what the mock server would not say by itself."""

import json
from collections.abc import Callable
from typing import Any

import responses

from ttapi import Client, Credentials
from ttdata.answers.windows import GIVE_UP
from ttdata.api.client import OnAnswer

API = "http://api.test"
Sent = Callable[[], list[dict[str, Any]]]
MIDNIGHT = {"Date": "Mon, 01 Jun 2026 12:00:00 GMT"}


def connect(on_answer: OnAnswer) -> Client:
    credentials = Credentials("key", "secret")
    return Client(API, credentials=credentials, on_answer=on_answer, sleep=lambda seconds: None, attempts=GIVE_UP)


def page(ids: list[int], cursor: int, more: bool) -> dict[str, Any]:
    data = {"videos": [{"id": each} for each in ids], "cursor": cursor, "has_more": more, "search_id": "74"}
    return {"data": data, "error": {"code": "ok", "message": "", "log_id": "L"}}


def failure(message: str = "Server Internal Error") -> dict[str, Any]:
    return {"error": {"code": "internal_error", "message": message, "log_id": "L500"}}


def answering(answer: Callable[[dict[str, Any]], object], path: str = "video/query") -> Sent:
    """Let a function answer each body; the bodies of the requests that were sent can be read back."""

    def called(request: Any) -> tuple[int, dict[str, str], str]:
        said = answer(json.loads(request.body))
        return 200, MIDNIGHT, said if isinstance(said, str) else json.dumps(said)

    sent = api()
    responses.add_callback(responses.POST, f"{API}/v2/research/{path}/", called)
    return sent


def api(*answers: object, path: str = "video/query") -> Sent:
    """Give these answers in order; the bodies of the requests that were sent can be read back."""
    token = {"access_token": "clt.x", "expires_in": 7200, "token_type": "Bearer"}
    responses.post(f"{API}/v2/oauth/token/", json=token, headers=MIDNIGHT)
    for answer in answers:
        if isinstance(answer, dict):
            responses.post(f"{API}/v2/research/{path}/", json=answer, headers=MIDNIGHT)
        else:
            responses.post(f"{API}/v2/research/{path}/", body=answer, headers=MIDNIGHT)
    return lambda: [json.loads(call.request.body) for call in responses.calls if "research" in call.request.url]
