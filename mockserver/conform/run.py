"""One run: sends the rows of the table that have no answer yet, and stores each answer at once."""

import http.client
import time
from collections.abc import Callable
from email.utils import parsedate_to_datetime
from typing import Any

import orjson
import requests
from urllib3.exceptions import IncompleteRead, ProtocolError

from mockserver.conform.answers import NOT_ASKED, QUOTA, RATE, Answer, Answers
from mockserver.conform.destination import Credentials
from mockserver.conform.requests import MOST, PLANNED, ROWS, Body, Found, Row
from mockserver.conform.store import Store
from mockserver.world.times import DAY

_TIMEOUT = 60.0  # seconds
_LARGEST = 4 << 20  # characters of a body that are kept
_MASK = "(secret)"
NO_CONNECTION = "no connection"  # the failure of a request that did not reach the server
_FILE = "\r\n".join(
    (
        "--mock",
        'Content-Disposition: form-data; name="category"',
        "",
        "video",
        "--mock",
        'Content-Disposition: form-data; name="file_data"; filename="ids.txt"',
        "Content-Type: text/plain",
        "",
        "{ids}",
        "--mock--",
        "",
    )
)


class Stopped(Exception):
    """The run cannot go on now; the text says why, what it cost, and what to do. later: the same command continues."""

    def __init__(self, message: str, *, later: bool) -> None:
        super().__init__(message)
        self.later = later


class Run:
    """A comparison with one server. account: as in `Found`; sleep: waits some seconds."""

    def __init__(
        self,
        base_url: str,
        credentials: Credentials,
        store: Store,
        *,
        account: str = "",
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._base, self._credentials, self._store, self._sleep = base_url.rstrip("/"), credentials, store, sleep
        self._session = requests.Session()
        self._session.trust_env = not self._base.startswith("http://")  # a proxy cannot reach a server on this machine
        self._tokens = [credentials.token] if credentials.token else []
        self.answers = store.read()
        self._found = Found(self.answers, account)

    @property
    def sent(self) -> int:
        """Requests that were sent, in this run and before it was stopped."""
        return self._store.sent

    @property
    def left(self) -> list[str]:
        """Requests that were not sent because the limit was reached."""
        return [row.name for row in PLANNED if row.name not in self.answers and row.name != "token"]

    def forget(self) -> None:
        """Delete the stored answers, when the report is written."""
        self._store.delete()

    def run(self, on_answer: Callable[[str], None] = lambda name: None) -> Answers:
        """Send what has no answer yet. on_answer: called with the name of each request. Raises Stopped."""
        for row in ROWS:
            while self.sent < MOST and self._is_due(row):
                self._answer(row)
                on_answer(row.name)
        return self.answers

    def _is_due(self, row: Row) -> bool:
        attempts = self.answers.attempts(row.name)
        if row.unless:
            first = self.answers.of(row.unless)
            if first.is_good or not first.status or first.code == RATE:
                return False
        if self.answers.of(row.name).code == QUOTA:
            return True
        if row.name in self.answers:
            may_be_chance = len(attempts) == 1 and attempts[-1].is_error_500 and not self.answers.is_down(row.endpoint)
            return not attempts[-1].is_good and (len(attempts) < row.tries or (may_be_chance and not row.is_shared))
        return not (row.name == "token" and self._credentials.token)

    def _answer(self, row: Row) -> None:
        body = _body(row, self._found)
        if body is None and row.method == "POST":
            self.answers[row.name] = Answer(row.endpoint, failure=NOT_ASKED)
            return
        if row.endpoint != "token" and not self._tokens:
            self._new_token()
        if row.waits:
            self._sleep(row.waits)
        answer = self._send(row, body)
        self._check_connection(answer)
        if row.name == "token" and not self._tokens:
            self._store.add("", answer)
            raise self._no_token(answer)
        self.answers.add(row.name, answer)
        self._store.add(row.name, answer)
        if answer.code == "access_token_invalid":
            self._tokens = self._tokens[1:]
        self._check_quota(answer)

    def _check_connection(self, answer: Answer) -> None:
        """Raise Stopped for a request that did not reach the server: it cost nothing and will be sent later."""
        if answer.failure != NO_CONNECTION:
            return
        if not self.answers:
            raise Stopped(f"Nothing answers at {self._base}. {self._cost()} Correct --base-url.", later=False)
        raise Stopped(
            f"The server cannot be reached any more. {self._cost()} Nothing is lost: run the same command later.",
            later=True,
        )

    def _check_quota(self, answer: Answer) -> None:
        if answer.code == QUOTA:
            left = (DAY - answer.second % DAY) // 60
            raise Stopped(
                f"The quota is spent. {self._cost()} Nothing is lost: run the same command after 00:00 UTC, in "
                f"{left // 60} h {left % 60:02d} min by the server's clock, and it continues.",
                later=True,
            )

    def _cost(self) -> str:
        return f"{self.sent} of at most {MOST} requests were sent."

    def _new_token(self) -> None:
        """A token for a run that continues, or whose first token was refused."""
        answer = self._send(ROWS[0], {})
        self._check_connection(answer)
        self._store.add("", answer)
        if not self._tokens:
            raise self._no_token(answer)

    def _no_token(self, answer: Answer) -> Stopped:
        reason = answer.code or answer.failure or f"status {answer.status}"
        advice = "Check TIKTOK_CLIENT_KEY and TIKTOK_CLIENT_SECRET."
        return Stopped(f"The server gives no token: {reason}. {self._cost()} {advice}", later=False)

    def _send(self, row: Row, body: Body) -> Answer:
        options: dict[str, Any] = {"params": {"fields": row.fields}} if row.fields else {}
        headers = {"Accept-Encoding": "gzip"}
        if row.endpoint == "token":
            if body is not None:
                options["data"] = self._grant() | dict(body)
        elif row.upload:
            ids = "\n".join(map(str, dict(body or {})["ids"]))
            options["data"] = _FILE.format(ids=ids).encode()
            headers["Content-Type"] = "multipart/form-data; boundary=mock"
        elif row.form:
            options["data"] = dict(body or {})
        elif body is not None:
            options["data"] = orjson.dumps(body)
            headers["Content-Type"] = "application/json"
        token = self._tokens[0] if self._tokens and row.endpoint != "token" else ""
        start = time.monotonic()
        try:
            response = self._session.request(
                row.method,
                self._base + row.url_path,
                headers=headers,
                auth=_Bearer(token),
                timeout=_TIMEOUT,
                allow_redirects=False,
                **options,
            )
        except requests.RequestException as error:
            return Answer(row.endpoint, failure=_failure(error))
        return self._read(row, response, time.monotonic() - start)

    def _grant(self) -> dict[str, str]:
        key, secret = self._credentials.key, self._credentials.secret
        return {"client_key": key, "client_secret": secret, "grant_type": "client_credentials"}

    def _read(self, row: Row, response: requests.Response, lag: float) -> Answer:
        """An answer without secrets; a token in it is kept in memory only."""
        text = response.content.decode("utf-8", "replace")[:_LARGEST]
        own = [self._credentials.secret, *self._tokens]
        is_echo = row.endpoint != "token" and any(secret in text for secret in own)
        if row.endpoint == "token" and (token := _granted(text)):
            if row.name != "token-second" or not self._tokens:
                self._tokens.append(token)
            own.append(token)
        for secret in own:
            text = text.replace(secret, _MASK)
        headers = {name.lower(): value for name, value in response.headers.items()}
        kept = {name: headers[name] if name in ("content-encoding", "content-type") else "" for name in headers}
        return Answer(
            row.endpoint, response.status_code, kept, text, second=_second(headers), lag=round(lag, 1), echoed=is_echo
        )


class _Bearer(requests.auth.AuthBase):
    """Sends a token, or nothing; without it, requests would send what a .netrc file has for this host."""

    def __init__(self, token: str) -> None:
        self._token = token

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        if self._token:
            request.headers["Authorization"] = f"Bearer {self._token}"
        return request


def _body(row: Row, found: Found) -> Body:
    """The body of a request; None if it has none, or if earlier answers have a form that nobody expects."""
    try:
        return row.body(found)
    except (TypeError, ValueError, LookupError, AttributeError):
        return None


def _granted(text: str) -> str:
    try:
        return str(orjson.loads(text)["access_token"])
    except (orjson.JSONDecodeError, KeyError, TypeError):
        return ""


def _failure(error: requests.RequestException) -> str:
    causes = (*error.args, *(getattr(each, "reason", None) for each in error.args))
    if isinstance(error, requests.exceptions.ChunkedEncodingError) or any(
        isinstance(cause, IncompleteRead | http.client.IncompleteRead) for cause in causes
    ):
        return "cut off"
    if isinstance(error, requests.Timeout):
        return "timeout"
    return "connection lost" if any(isinstance(cause, ProtocolError) for cause in causes) else NO_CONNECTION


def _second(headers: dict[str, str]) -> int:
    """The time in the Date header, 0 without one."""
    try:
        return int(parsedate_to_datetime(headers.get("date", "")).timestamp())
    except (ValueError, TypeError):
        return 0
