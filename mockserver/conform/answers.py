"""The answers of one run, as the probes read them."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from mockserver.messages import json_object, member

NOT_ASKED = "not asked"  # the failure of a request that needs something which no answer held
RATE, QUOTA = "rate_limit_exceeded", "daily_quota_limit_exceeded"
_NO_ANSWER_ABOUT_THE_REQUEST = (RATE, QUOTA, "access_token_invalid", "scope_not_authorized", "scope_permission_missed")
# A request to the same endpoint that every server of the API answers: if it fails too, the endpoint is down.
_CONTROLS = {"video.query": ("keyword",), "user.info": ("user-lenient", "user"), "video.comments": ("comments",)}


@dataclass(frozen=True)
class Answer:
    """One answer. failure: why there is none. second: the time in its Date header. echoed: it repeats a secret."""

    endpoint: str
    status: int = 0
    headers: Mapping[str, str] = field(default_factory=dict)
    body: str = ""
    failure: str = ""
    second: int = 0
    lag: float = 0.0
    echoed: bool = False

    @cached_property
    def content(self) -> dict[str, Any]:
        """The body as an object, empty if it is none."""
        return json_object(self.body)

    @property
    def data(self) -> dict[str, Any]:
        return member(self.content, "data")

    @property
    def error(self) -> dict[str, Any]:
        error = self.content.get("error")
        return error if isinstance(error, dict) else {"code": error} if isinstance(error, str) else {}

    @property
    def code(self) -> str:
        return str(self.error.get("code", ""))

    @property
    def is_good(self) -> bool:
        """Whether it has data, with any status: some endpoints answer 500 with good data."""
        return bool(self.data) and self.code in ("", "ok")

    @property
    def is_error_500(self) -> bool:
        """Whether the API itself failed; a page of HTML with such a status comes from a gateway before it."""
        return self.status >= 500 and bool(self.error) and not self.is_good

    def records(self, name: str) -> list[dict[str, Any]]:
        listed = self.data.get(name)
        return [each for each in listed if isinstance(each, dict) and each] if isinstance(listed, list) else []


class Answers(dict[str, Answer]):
    """The answers by the name of their request; NAME:1, NAME:2 are earlier attempts of a request that was repeated.

    names_account: whether the user named an account whose lists are public.
    """

    names_account = False

    def add(self, name: str, answer: Answer) -> None:
        """Add an answer; the one before stays as an earlier attempt, unless the quota was spent."""
        before = self.get(name)
        if before and before.code != QUOTA:
            self[f"{name}:{len(self.attempts(name))}"] = before
        self[name] = answer

    def of(self, name: str) -> Answer:
        return self.get(name, Answer(""))

    def attempts(self, name: str) -> list[Answer]:
        """All answers to a request, the first one first."""
        earlier = [self[f"{name}:{number}"] for number in range(1, 10) if f"{name}:{number}" in self]
        return [*earlier, self[name]] if name in self else earlier

    def is_healthy(self, endpoint: str) -> bool:
        """Whether a plain request to an endpoint was answered, so that another one's error 500 says something."""
        return any(self.of(name).is_good for name in _CONTROLS.get(endpoint, ()))

    def fails_twice(self, name: str) -> bool:
        """Whether a request failed whenever it was sent, more than once: one error 500 can come by chance."""
        attempts = self.attempts(name)
        return len(attempts) > 1 and all(answer.is_error_500 for answer in attempts)

    def outcome(self, name: str) -> str:
        """`answered`, or status and code of a refusal; "" if that says nothing about the request."""
        answer = self.of(name)
        if answer.is_good:
            return "answered"
        if answer.failure or not answer.status or answer.code in _NO_ANSWER_ABOUT_THE_REQUEST:
            return ""
        if answer.status >= 500:
            return str(answer.status) if self.fails_twice(name) and self.is_healthy(answer.endpoint) else ""
        return f"{answer.status} {answer.code}".strip()

    def is_down(self, endpoint: str) -> bool:
        """Whether another request to an endpoint has failed twice, so that it is not worth asking again."""
        names = [name for name, answer in self.items() if answer.endpoint == endpoint and ":" not in name]
        return any(map(self.fails_twice, names))

    def searches(self) -> Iterator[Answer]:
        """The good pages of searches."""
        for answer in self.values():
            if answer.endpoint == "video.query" and answer.is_good:
                yield answer

    def videos(self) -> list[dict[str, Any]]:
        """All videos that were found."""
        return [video for page in self.searches() for video in page.records("videos")]
