"""An API of canned answers, for what the mock server would not say by itself."""

import json
from collections.abc import Callable
from typing import Any

import responses

from ttapi import Client, Credentials
from ttdata.collect import OnAnswer

API = "http://api.test"
MIDNIGHT = {"Date": "Mon, 01 Jun 2026 12:00:00 GMT"}


def connect(on_answer: OnAnswer) -> Client:
    return Client(API, credentials=Credentials("key", "secret"), on_answer=on_answer, sleep=lambda seconds: None)


def page(ids: list[int], cursor: int, more: bool) -> dict[str, Any]:
    data = {"videos": [{"id": each} for each in ids], "cursor": cursor, "has_more": more, "search_id": "74"}
    return {"data": data, "error": {"code": "ok", "message": "", "log_id": "L"}}


def api(*answers: object, path: str = "video/query") -> Callable[[], list[dict[str, Any]]]:
    """Give these answers in order; the bodies of the requests that were sent can be read back."""
    token = {"access_token": "clt.x", "expires_in": 7200, "token_type": "Bearer"}
    responses.post(f"{API}/v2/oauth/token/", json=token, headers=MIDNIGHT)
    for answer in answers:
        if isinstance(answer, dict):
            responses.post(f"{API}/v2/research/{path}/", json=answer, headers=MIDNIGHT)
        else:
            responses.post(f"{API}/v2/research/{path}/", body=answer, headers=MIDNIGHT)
    return lambda: [json.loads(call.request.body) for call in responses.calls if "research" in call.request.url]
