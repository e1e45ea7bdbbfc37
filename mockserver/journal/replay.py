"""Replay: the calls of a journal once more, to see which of them are answered differently now."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import orjson
import requests

from mockserver.behaviours.refusals import RULES
from mockserver.endpoints.table import BY_NAME, BY_PATH
from mockserver.journal.journal import HANDLES, summary
from mockserver.tenants.options import SECRET

_TIMEOUT = 60.0
_OWN_TENANT = "org=replay"  # so that nothing of the user's is touched


class BadArchive(ValueError):
    """Not an HTTP archive that can be replayed; the text says why."""


class NotReplayed(Exception):
    """The server cannot be asked; the text says why and what to do."""


@dataclass(frozen=True)
class Call:
    """A recorded call; what an archive of another program does not know has its default.

    time: when it was; used: the day's quota after it; answer: its summary, as in the journal.
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
    """What became of a call. was, now: in words, where they differ; skipped: why they cannot be compared."""

    number: int
    endpoint: str
    was: str = ""
    now: str = ""
    skipped: str = ""


def read_archive(text: str | bytes) -> tuple[str, list[Call]]:
    """The client key and the calls of an HTTP archive, ours or another program's. Raises BadArchive."""
    try:
        log = orjson.loads(text)["log"]
        key = str(log.get("_mock", {}).get("client_key", "mock"))
        calls = [call for entry in log["entries"] if (call := _read(entry))]
    except (orjson.JSONDecodeError, KeyError, TypeError, ValueError, AttributeError) as error:
        what = f"it lacks {error}" if isinstance(error, KeyError) else str(error)
        raise BadArchive(f"This is no HTTP archive (HAR): {what[:200]}") from None
    if not calls:
        raise BadArchive("The archive holds no call of a research endpoint.")
    return key, calls


def _read(entry: Mapping[str, Any]) -> Call | None:
    """One entry; None if it is no call of a research endpoint, such as one for a token."""
    sent, got, own = entry["request"], entry["response"], entry.get("_mock", {})
    url = urlsplit(sent["url"])
    endpoint = BY_PATH.get(url.path if url.path.endswith("/") else url.path + "/")
    if endpoint is None:
        return None
    fields, body = dict(parse_qsl(url.query)).get("fields", ""), str(sent.get("postData", {}).get("text", ""))
    call = Call(endpoint.name, fields, body, int(got["status"]), _code(got.get("content", {}).get("text", "")))
    if not own:
        return call
    return replace(
        call,
        code=str(own["code"]),
        time=str(entry["startedDateTime"]),
        used=int(own["used"]),
        fault=str(own["fault"]),
        is_cut=bool(own["is_cut"]),
        quirks=tuple(map(str, own["quirks"])),
        answer=dict(own["answer"]),
    )


def _code(text: str) -> str:
    """The error code in a recorded body, "" if none can be read."""
    try:
        return str(orjson.loads(text)["error"]["code"])
    except (orjson.JSONDecodeError, KeyError, TypeError):
        return ""


class Replay:
    """The hand on a mock server: a tenant of its own, whose clock and quirks are put to where they were."""

    def __init__(self, url: str, admin_token: str, client_key: str) -> None:
        self._url, self._admin_token = url.rstrip("/"), admin_token
        self._is_mock = False  # until it has said so; nothing else is shown the admin token
        self._key = client_key + ("," if ":" in client_key else ":") + _OWN_TENANT
        self._session = requests.Session()
        self._session.trust_env = False  # a proxy has no business here
        self._quirks: set[str] = set()
        self._handles: dict[str, str] = {}  # a search_id or task_id as recorded: as given out now
        self._token = ""

    def run(self, calls: list[Call]) -> Iterator[Outcome]:
        """Send each call again, in order. Raises NotReplayed before anything was sent to what is no mock server."""
        if self._ask("GET", "/__mock__/health").get("status") != "ok":
            raise NotReplayed(f"There is no mock server at {self._url}; nothing was sent to it.")
        self._is_mock = True
        self._admin("reset")
        for number, call in enumerate(calls, 1):
            self._restore(call)
            yield self._compared(number, call)

    def _restore(self, call: Call) -> None:
        """Bring back the moment of a call: the clock, the quota, and the quirks that were on."""
        if call.time:
            self._admin("clock", to=call.time, freeze=True)
            was_counted = call.code != RULES["daily-quota"].code
            self._admin("quota", used={BY_NAME[call.endpoint].bucket: max(0, call.used - was_counted)})
        if self._quirks != set(call.quirks):
            self._admin("quirks", off=sorted(self._quirks - set(call.quirks)), on=sorted(call.quirks))
            self._quirks = set(call.quirks)

    def _compared(self, number: int, call: Call) -> Outcome:
        body, unknown = self._body(call)
        try:
            answer = self._call(call, body)
        except requests.RequestException as error:
            status, code, now = 0, type(error).__name__, {}
        else:
            status, code, now = answer.status_code, *_read_answer(answer, BY_NAME[call.endpoint].list_key)
        for name in HANDLES:
            if name in call.answer and name in now:
                self._handles[str(call.answer[name])] = str(now[name])
        skipped = (
            f"the fault {call.fault} was sent in place of an answer" if call.fault
            else "its body was too long for the journal" if call.is_cut
            else "a random draw is another one each time" if '"is_random":true' in call.body.replace(" ", "").lower()
            else "it names a search or task that is not in the file" if unknown
            else ""
        )  # fmt: skip
        if skipped:
            return Outcome(number, call.endpoint, skipped=skipped)
        before = _words(call.status, call.code, call.answer)
        after = _words(status, code if call.code else "", now if call.answer else {})
        if before == after and call.answer and call.answer["digest"] != now["digest"]:
            after = "other data"
        return Outcome(number, call.endpoint, before, after) if before != after else Outcome(number, call.endpoint)

    def _body(self, call: Call) -> tuple[bytes, bool]:
        """The body with the search_id and task_id of today; and whether one is unknown."""
        try:
            content = orjson.loads(call.body)
        except orjson.JSONDecodeError:
            return call.body.encode(), False
        named = {name: str(content[name]) for name in HANDLES if isinstance(content, dict) and content.get(name)}
        changed = {name: self._handles[value] for name, value in named.items() if value in self._handles}
        if changed:
            return orjson.dumps(content | changed), False
        return call.body.encode(), bool(named) and call.status == 200  # one that was refused then may be refused now

    def _call(self, call: Call, body: bytes) -> requests.Response:
        answer = self._send(call, body)
        if _read_answer(answer, "")[0] == RULES["token-invalid"].code:  # none yet, or it ended with the virtual time
            form = {"client_key": self._key, "client_secret": SECRET, "grant_type": "client_credentials"}
            granted = self._ask("POST", "/v2/oauth/token/", data=form)
            if "access_token" not in granted:
                raise NotReplayed(f"The server gives no token: {granted.get('error_description', granted)}")
            self._token = granted["access_token"]
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

    def _admin(self, path: str, **body: object) -> None:
        self._ask("POST", f"/__mock__/{path}", json={"tenant": self._key, **body})

    def _ask(self, method: str, path: str, **content: Any) -> dict[str, Any]:
        headers = {"X-Mock-Admin-Token": self._admin_token} if self._is_mock else {}
        try:
            answer = self._session.request(method, self._url + path, headers=headers, timeout=_TIMEOUT, **content)
            told = answer.json()
        except requests.RequestException as error:
            raise NotReplayed(f"There is no mock server at {self._url} ({type(error).__name__}).") from None
        if not isinstance(told, dict) or (answer.status_code != 200 and path.startswith("/__mock__/")):
            why = told.get("error", told) if isinstance(told, dict) else told
            raise NotReplayed(f"The mock server refused {path}: {why}")
        return told


def _read_answer(answer: requests.Response, list_key: str) -> tuple[str, dict[str, Any]]:
    """The error code of an answer, and its summary."""
    try:
        content = orjson.loads(answer.content)
    except orjson.JSONDecodeError:
        return "ok", summary(answer.content, list_key)
    if not isinstance(content, dict):
        return "ok", summary(answer.content, list_key)
    return str(content.get("error", {}).get("code", "ok")), summary(content.get("data", {}), list_key)


def _words(status: int, code: str, answer: Mapping[str, Any]) -> str:
    records = answer.get("records")
    return f"{status} {code}".strip() + (f", {records} records" if records is not None else "")
