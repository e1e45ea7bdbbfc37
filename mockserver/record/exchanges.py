"""The requests and answers of an HTTP archive (HAR), as far as they are about the Research API."""

import base64
import binascii
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import orjson

from mockserver.behaviours.refusals import Refusal
from mockserver.endpoints.table import BY_PATH
from mockserver.messages import Request, json_object, member, read_object


class NotAnArchive(ValueError):
    """This is not an HTTP archive with calls of the Research API; the text says why."""


@dataclass(frozen=True)
class Exchange:
    """A call and its answer. status: 0 if there was no answer; text: the body of the answer, as it was received."""

    endpoint: str
    body: Mapping[str, Any]
    status: int
    text: str

    @property
    def content(self) -> dict[str, Any]:
        """The body of the answer as an object, empty if it is none."""
        return json_object(self.text)

    @property
    def data(self) -> dict[str, Any]:
        return member(self.content, "data")

    @property
    def error(self) -> dict[str, Any]:
        return member(self.content, "error")

    def records(self, name: str) -> list[dict[str, Any]]:
        listed = self.data.get(name)
        return [each for each in listed if isinstance(each, dict)] if isinstance(listed, list) else []


def read_exchanges(archive: bytes) -> list[Exchange]:
    """The calls of research endpoints in an archive. Raises NotAnArchive."""
    try:
        exchanges = list(_read(orjson.loads(archive)["log"]["entries"]))
    except (orjson.JSONDecodeError, KeyError, TypeError, ValueError, AttributeError):
        raise NotAnArchive("This is not an HTTP archive (HAR).") from None
    if not exchanges:
        raise NotAnArchive("The archive contains no call of a research endpoint.")
    return exchanges


def _read(entries: list[Mapping[str, Any]]) -> Iterator[Exchange]:
    for entry in entries:
        request, response = entry["request"], entry["response"]
        path = urlsplit(request["url"]).path
        endpoint = BY_PATH.get(path if path.endswith("/") else path + "/")
        if endpoint:
            body = str((request.get("postData") or {}).get("text", ""))
            yield Exchange(
                endpoint.name, _parameters(body), int(response["status"]), _text(response.get("content") or {})
            )


def _parameters(body: str) -> Mapping[str, Any]:
    try:
        return read_object(Request("POST", "", body=body.encode()), json_only=False)
    except Refusal:
        return {}


def _text(content: Mapping[str, Any]) -> str:
    text = str(content.get("text", ""))
    if content.get("encoding") == "base64":
        try:
            return base64.b64decode(text).decode("utf-8", "replace")
        except binascii.Error:
            return ""
    return text
