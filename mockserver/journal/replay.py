"""Replay: send the calls of a journal again, and find out which of them are answered differently now."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import orjson
import requests

from mockserver.behaviours.refusals import RULES, Refusal
from mockserver.endpoints.addresses import TOKEN_PATH
from mockserver.endpoints.table import BY_NAME, BY_PATH
from mockserver.journal.journal import HANDLES, summary
from mockserver.messages import BYTE_ORDER_MARK, Request, read_object
from mockserver.tenants.options import SECRET

_TIMEOUT = 60.0  # seconds
_OWN_TENANT = "org=replay"  # so that no tenant of the user is changed


class BadArchive(ValueError):
    """This is not an HTTP archive that can be replayed; the text says why."""


class NotReplayed(Exception):
    """The calls cannot be sent to this server; the text says why."""


@dataclass(frozen=True)
class Call:
    """A recorded call. Archives of other programs leave the defaults.

    time: when it was sent; used: requests of that day after it; answer: its summary, as in the journal.
    """

    endpoint: str
    fields: str
    body: str
    status: int
    code: str
    time: str = ""
    used: int = 0
    fault: str = ""
    is_cut: bool = False
    quirks: tuple[str, ...] = ()
    answer: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Outcome:
    """The result for one call. was, now: the answers, if they differ; skipped: why they cannot be compared."""

    number: int
    endpoint: str
    was: str = ""
    now: str = ""
    skipped: str = ""


def read_archive(text: str | bytes) -> tuple[str, list[Call]]:
    """The client key and the calls of an HTTP archive, from the mock or from another program. Raises BadArchive."""
    try:
        log = orjson.loads(text)["log"]
        key = str(log.get("_mock", {}).get("client_key", "mock"))
        calls = [call for entry in log["entries"] if (call := _read(entry))]
    except (orjson.JSONDecodeError, KeyError, TypeError, ValueError, AttributeError) as error:
        reason = f"it has no {error}" if isinstance(error, KeyError) else str(error)
        raise BadArchive(f"This is not an HTTP archive (HAR): {reason[:200]}") from None
    if not calls:
        raise BadArchive("The archive contains no call of a research endpoint.")
    return key, calls


def _read(entry: Mapping[str, Any]) -> Call | None:
    """The call of one entry; None for any other request, such as one for a token."""
    request, response, mock = entry["request"], entry["response"], entry.get("_mock", {})
    url = urlsplit(request["url"])
    endpoint = BY_PATH.get(url.path if url.path.endswith("/") else url.path + "/")
    if endpoint is None:
        return None
    fields, body = dict(parse_qsl(url.query)).get("fields", ""), str(request.get("postData", {}).get("text", ""))
    call = Call(
        endpoint.name, fields, body, int(response["status"]), _code(response.get("content", {}).get("text", ""))
    )
    if not mock:
        return call
    return replace(
        call,
        code=str(mock["code"]),
        time=str(entry["startedDateTime"]),
        used=int(mock["used"]),
        fault=str(mock["fault"]),
        is_cut=bool(mock["is_cut"]),
        quirks=tuple(map(str, mock["quirks"])),
        answer=dict(mock["answer"]),
    )


def _code(text: str) -> str:
    """The error code in a recorded body, "" if none can be read."""
    try:
        return str(orjson.loads(text)["error"]["code"])
    except (orjson.JSONDecodeError, KeyError, TypeError):
        return ""


class Replay:
    """A client of a mock server, with a tenant of its own whose clock, quota and quirks it sets for each call."""

    def __init__(self, url: str, admin_token: str, client_key: str) -> None:
        self._url, self._admin_token = url.rstrip("/"), admin_token
        self._is_mock = False  # until it has answered as one: the admin token is sent to mock servers only
        self._key = client_key + ("," if ":" in client_key else ":") + _OWN_TENANT
        self._session = requests.Session()
        self._session.trust_env = False  # no proxy
        self._quirks: set[str] = set()
        self._handles: dict[str, str] = {}  # a search_id or task_id in the archive: the same one now
        self._token = ""

    def run(self, calls: list[Call]) -> Iterator[Outcome]:
        """Send each call again, in order. Raises NotReplayed; a server that is not a mock gets none of them."""
        if self._request("GET", "/__mock__/health").get("status") != "ok":
            raise NotReplayed(f"No mock server answers at {self._url}. Nothing was sent to it.")
        self._is_mock = True
        self._change("reset")
        for number, call in enumerate(calls, 1):
            self._restore(call)
            yield self._compare(number, call)

    def _restore(self, call: Call) -> None:
        """Set the clock, the quota and the quirks to what they were before a call."""
        if call.time:
            self._change("clock", to=call.time, freeze=True)
            was_counted = call.code != RULES["daily-quota"].code
            self._change("quota", used={BY_NAME[call.endpoint].bucket: max(0, call.used - was_counted)})
        if self._quirks != set(call.quirks):
            self._change("quirks", off=sorted(self._quirks - set(call.quirks)), on=sorted(call.quirks))
            self._quirks = set(call.quirks)

    def _compare(self, number: int, call: Call) -> Outcome:
        body, has_unknown_handle = self._body(call)
        try:
            answer = self._send_with_token(call, body)
        except requests.RequestException as error:
            status, code, now = 0, type(error).__name__, {}
        else:
            status, code, now = answer.status_code, *_read_answer(answer, call.endpoint)
        for name in HANDLES:
            if name in call.answer and name in now:
                self._handles[str(call.answer[name])] = str(now[name])
        skipped = (
            f"the fault {call.fault} was sent instead of an answer" if call.fault
            else "its body was too long for the journal" if call.is_cut
            else "its random draw is different each time" if _is_random(call.body)
            else "its search or task is not in the file" if has_unknown_handle
            else ""
        )  # fmt: skip
        if skipped:
            return Outcome(number, call.endpoint, skipped=skipped)
        before = _describe(call.status, call.code, call.answer)
        after = _describe(status, code if call.code else "", now if call.answer else {})
        if before == after and call.answer and call.answer["digest"] != now["digest"]:
            after = "other data"
        return Outcome(number, call.endpoint, before, after) if before != after else Outcome(number, call.endpoint)

    def _body(self, call: Call) -> tuple[bytes, bool]:
        """The body with the search_id and task_id that are valid now; and whether it has an unknown one."""
        content = _parameters(call.body)
        handles = [str(content[name]) for name in HANDLES if content.get(name)]
        known = [handle for handle in handles if handle in self._handles]
        body = call.body
        for handle in known:
            body = body.replace(handle, self._handles[handle])
        is_unknown = bool(handles) and not known and call.status == 200  # a refused one can be refused again
        return body.encode(), is_unknown

    def _send_with_token(self, call: Call, body: bytes) -> requests.Response:
        answer = self._send(call, body)
        code, _ = _read_answer(answer, call.endpoint)
        if code == RULES["token-invalid"].code:  # no token yet, or one that has expired
            form = {"client_key": self._key, "client_secret": SECRET, "grant_type": "client_credentials"}
            content = self._request("POST", TOKEN_PATH, data=form)
            if "access_token" not in content:
                raise NotReplayed(f"The mock server refuses a token: {content.get('error_description', content)}")
            self._token = content["access_token"]
            answer = self._send(call, body)
        return answer

    def _send(self, call: Call, body: bytes) -> requests.Response:
        return self._session.post(
            self._url + BY_NAME[call.endpoint].path,
            params={"fields": call.fields} if call.fields else None,
            data=body,
            headers={"Authorization": f"Bearer {self._token}", "Content-Type": "application/json"},
            timeout=_TIMEOUT,
        )

    def _change(self, path: str, **body: object) -> None:
        self._request("POST", f"/__mock__/{path}", json={"tenant": self._key, **body})

    def _request(self, method: str, path: str, **content: Any) -> dict[str, Any]:
        headers = {"X-Mock-Admin-Token": self._admin_token} if self._is_mock else {}
        try:
            answer = self._session.request(method, self._url + path, headers=headers, timeout=_TIMEOUT, **content)
            result = answer.json()
        except requests.RequestException as error:
            raise NotReplayed(f"No mock server answers at {self._url} ({type(error).__name__}).") from None
        if not isinstance(result, dict) or (answer.status_code != 200 and path.startswith("/__mock__/")):
            reason = result.get("error", result) if isinstance(result, dict) else result
            raise NotReplayed(f"The mock server refuses {path}: {reason}")
        return result


def _read_answer(answer: requests.Response, endpoint: str) -> tuple[str, dict[str, Any]]:
    """The error code of an answer, and its summary. A file has none, so that its status tells whether it is good."""
    list_key = BY_NAME[endpoint].list_key
    try:
        content = orjson.loads(answer.content.removeprefix(BYTE_ORDER_MARK))
    except orjson.JSONDecodeError:
        content = None
    if not isinstance(content, dict):
        is_file = endpoint == "compliance.download" and answer.status_code == 200
        return "ok" if is_file else "", summary(answer.content, list_key)
    return str(content.get("error", {}).get("code", "")), summary(content.get("data", {}), list_key)


def _parameters(body: str) -> Mapping[str, Any]:
    """The parameters in a body; none if the API cannot read it."""
    try:
        return read_object(Request("POST", "", body=body.encode()), json_only=False)
    except Refusal:
        return {}


def _is_random(body: str) -> bool:
    return str(_parameters(body).get("is_random")).lower() == "true"


def _describe(status: int, code: str, answer: Mapping[str, Any]) -> str:
    records = answer.get("records")
    return f"{status} {code}".strip() + (f", {records} records" if records is not None else "")
