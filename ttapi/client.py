"""The client: one `call` for every endpoint. Requests are counted before they are sent, and repeated if that helps."""

import logging
import random
import time
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, date, datetime
from datetime import time as time_of_day
from functools import partial

import requests
from tenacity import RetryCallState, Retrying, retry_if_exception, stop_after_attempt

from ttapi.answer import OK, UNCHARGED, Answer, Page, as_int, text_of
from ttapi.cases import error_of
from ttapi.clock import ServerClock, next_midnight, time_of_sending
from ttapi.days import narrower, parse_date
from ttapi.destination import Destination, check_destination, trusted_hosts
from ttapi.endpoints import DEFAULT_BASE_URL, ENDPOINTS, TOKEN, Endpoint
from ttapi.errors import (
    QUOTA_SPENT,
    AccessTokenInvalid,
    BadAnswer,
    InvalidParams,
    QuotaExhausted,
    ServerError,
    SplitWindow,
    TikTokError,
)
from ttapi.ledgers.base import AnyLedger
from ttapi.ledgers.sqlite import Ledger
from ttapi.masking import Mask
from ttapi.pager import Pager
from ttapi.reading import read
from ttapi.request import Request, prepare
from ttapi.text import one_line
from ttapi.token import Credentials, Token
from ttapi.transport import exchange

logger = logging.getLogger(__name__)

INSTANCE_HEADER = "X-Mock-Instance"
RENEW_BEFORE = 60.0
"""Seconds before its expiry at which a token is renewed."""
LIFETIME = 7200
"""Seconds for which a token is valid, if its answer does not state it. Source: client-access-token-management."""
LATE_RESET = 30.0
"""Minutes after 00:00 UTC within which an answer that the quota is spent may be about the day before: TikTok documents
the time of the reset without a precision."""
EARLY_WAITS = (60.0, 120.0, 240.0, 480.0, 900.0)
"""Seconds before each attempt after such an answer; each costs one request."""
LONGEST_WAIT = 300.0
"""Seconds. If the API requires a longer wait, the error is raised at once."""


class Client:
    """A client of TikTok's Research API. Use one per thread; threads and processes can share a ledger.

    base_url: address of the API or of a mock server. credentials: client key and secret. ledger: counts the requests;
    without one they are counted in this process only. token: a token from another process. attempts: how many times a
    request is sent at most if the API fails; each attempt costs quota. on_answer: called with every Answer, good or
    bad, before anything else is done with it; an exception that it raises ends the call without another attempt.
    before_request: called before every attempt that costs quota; an exception that it raises keeps it from being sent.
    timeout: seconds to connect, and to wait for data (a search can take four minutes to fail). session, sleep, clock
    and jitter can be replaced in tests. trusted: hosts (HOST or HOST:PORT) to which the credentials may be sent, beside
    TikTok's and those in TIKTOK_TRUSTED_HOST. shared_by: a name that several client keys of one organisation have in
    common, so that the ledger counts their requests together. Raises UntrustedHost for any other host, and ValueError
    if base_url is not the address of a server; nothing was sent then.
    """

    def __init__(
        self,
        base_url: str = DEFAULT_BASE_URL,
        *,
        credentials: Credentials,
        ledger: AnyLedger | None = None,
        token: Token | None = None,
        session: requests.Session | None = None,
        sleep: Callable[[float], None] = time.sleep,
        clock: Callable[[], float] = time.time,
        jitter: Callable[[], float] = random.random,
        on_answer: Callable[[Answer], None] | None = None,
        before_request: Callable[[], None] | None = None,
        timeout: tuple[float, float] = (10.0, 300.0),
        attempts: int = 4,
        trusted: Collection[str] = (),
        shared_by: str = "",
    ) -> None:
        destination = Destination.of(base_url)
        check_destination(destination, credentials.key, [*trusted_hosts(), *trusted])
        self.base_url, self._host = base_url.rstrip("/"), str(destination)
        self._credentials = credentials
        self._ledger = ledger or Ledger(":memory:")
        self._token = token
        self._instance = token.instance if token else ""
        self._session = session or _session(destination)
        self._sleep, self._local_clock, self._jitter = sleep, clock, jitter
        self._clock = ServerClock(clock, token.clock_offset if token else 0.0)
        self._has_masked = False
        self._resets: set[tuple[str, date]] = set()  # those that this client knows to be over
        self._on_answer = on_answer or (lambda answer: None)
        self._before_request = before_request or (lambda: None)
        self._timeout, self._attempts = timeout, attempts
        self._shared_by = shared_by

    def __repr__(self) -> str:
        return f"Client({self.base_url!r})"

    @property
    def scope(self) -> str:
        """What the ledger counts by: host, fingerprint of the key or the name of those who share a quota, and mock
        instance ("" for the real API)."""
        owner = f"shared by {self._shared_by}" if self._shared_by else self._credentials.fingerprint
        return f"{self._host}|{owner}|{self._instance}"

    def now(self) -> datetime:
        """Return the time in UTC, by the server's Date header; before the first answer by the local clock."""
        return self._clock.now()

    def spent(self, bucket: str = "general") -> int:
        """Return how many requests the ledger has counted today (UTC day, by the server's clock)."""
        return self._ledger.spent(self.scope, bucket, self.now().date())

    def left(self, bucket: str = "general") -> int:
        """Return how many more requests this machine may send today (UTC day, by the server's clock)."""
        return self._ledger.left(self.scope, bucket, self.now().date())

    def token(self) -> Token:
        """Return a valid token; request a new one if there is none or it is about to expire. Costs no quota.

        Raises CredentialsRefused, and the other errors of a failed attempt. Source: client-access-token-management.
        """
        return self._retrying()(self._valid_token)

    def call(
        self, endpoint: str | Endpoint, body: Mapping[str, object], *, fields: Sequence[str] | None = None
    ) -> Answer:
        """Send one request and return its Answer, or raise a typed error with `.answer`.

        endpoint: a name in ENDPOINTS, or your own row. body: its JSON object, ids as integers; `query` may be a Query.
        fields: names to request; None for all that are documented. After a temporary failure (5xx, rate limit,
        unreadable body, broken connection) the request is sent again, `attempts` times in total; every attempt is
        counted before it is sent. Raises QuotaExhausted, a subclass of ItemRefused, SplitWindow, InvalidParams, and
        the other errors of ttapi.errors.
        Source: the page named in the endpoint's row; tiktok-api-v2-error-handling.
        """
        request = prepare(_row_of(endpoint), body, fields)
        try:
            return self._retrying()(self._attempt, request)
        except ServerError as error:
            windows = _shorter_windows(request)
            if not windows or error.answer is None or error.answer.endpoint != request.endpoint.name:
                raise
            raise SplitWindow(error.answer, windows) from error

    def pages(
        self,
        endpoint: str | Endpoint,
        body: Mapping[str, object],
        *,
        fields: Sequence[str] | None = None,
        cursor: int | None = None,
        search_id: str | None = None,
        max_count: int | None = None,
    ) -> Iterator[Page]:
        """Yield the pages of a list as they arrive; an endpoint without pages yields one.

        endpoint, body and fields: as in `call`. cursor and search_id: where to resume; the cursor is an index, a Unix
        time or a page number, as the endpoint counts. max_count: records per page, by default and at most what the
        endpoint allows. A page can be empty although more pages follow: removed items leave gaps. A refused search_id
        or cursor is sent again after 5, 10 and 15 s (not if it was given here); then the search is restarted without
        search_id (`page.restarted`), at most twice. A list that the API caps ends with an empty page (`page.capped`).
        Raises PagingStuck if a page does not lead to the next, and everything that `call` raises.
        Source: the page named in the endpoint's row.
        """
        row = _row_of(endpoint)
        call = partial(self.call, row, fields=fields)
        return Pager(call, row, dict(body), cursor, search_id, max_count, self._sleep).pages()

    def _retrying(self) -> Retrying:
        return Retrying(
            stop=stop_after_attempt(self._attempts),
            wait=self._wait,
            retry=retry_if_exception(_is_temporary),
            sleep=self._sleep,
            before_sleep=_log_wait,
            reraise=True,
        )

    def _wait(self, state: RetryCallState) -> float:
        error = state.outcome.exception() if state.outcome else None
        assert isinstance(error, TikTokError)
        if error.retry_after is not None:
            return error.retry_after + self._jitter()
        seconds: float = error.first_wait * 2 ** (state.attempt_number - 1)
        return min(seconds, LONGEST_WAIT) * (1 + self._jitter() / 2)

    def _attempt(self, request: Request) -> Answer:
        answer = self._send(request)
        if isinstance(error_of(answer), AccessTokenInvalid):
            self._new_token()
            answer = self._send(request)
        if error := error_of(answer):
            raise error
        return answer

    def _send(self, request: Request) -> Answer:
        """Make one attempt: count it, send it, pass the answer to on_answer, and only then look at it."""
        self._valid_token()  # before the claim: its answer has the server's date
        claim, spare = self._claim(request.endpoint), self._claim_for_tomorrow(request.endpoint)
        try:
            self._before_request()
        except BaseException:
            self._release(claim, spare)
            raise
        answer = self._exchange(request, self._valid_token().access_token)
        try:
            self._on_answer(answer)
        finally:
            if answer.charged:  # counted for the day and scope for which the server has counted it
                self._ledger.move(claim, self.scope, answer.sent_at.date())
                self._release(spare)
            else:
                self._release(claim, spare)
        bucket, today = request.endpoint.bucket, answer.sent_at.date()
        if answer.code == QUOTA_SPENT:
            if wait := self._wait_for_reset(bucket, answer.sent_at):
                self._sleep(wait)
                return self._send(request)
            self._ledger.mark_exhausted(self.scope, bucket, today)
            raise self._quota_error(bucket, answer)
        if answer.code == OK and (bucket, today) not in self._resets and _minutes(answer.sent_at) < LATE_RESET:
            self._ledger.confirm_reset(self.scope, bucket, today)
            self._resets.add((bucket, today))
        return answer

    def _wait_for_reset(self, bucket: str, now: datetime) -> float:
        """Seconds until another attempt if the quota may not be reset yet; 0 if the API has to be believed.

        All processes that share the ledger make these attempts together.
        """
        if _minutes(now) >= LATE_RESET:
            return 0.0
        number = self._ledger.count_early_refusal(self.scope, bucket, now.date())
        if number > len(EARLY_WAITS):
            return 0.0
        wait = EARLY_WAITS[number - 1]
        logger.warning(
            "The API says that the quota is spent, %d minutes after its reset. Attempt %d of %d in %d minutes.",
            *(_minutes(now), number, len(EARLY_WAITS), wait / 60),
        )
        return wait

    def _claim(self, endpoint: Endpoint) -> int:
        def claim_today() -> int | None:
            return self._ledger.claim(self.scope, endpoint.bucket, self.now().date(), endpoint.name)

        claim = claim_today()
        if claim is None:  # the server's day may have changed: the answer to a token request shows it, without quota
            with suppress(TikTokError):
                self._new_token()
            claim = claim_today()
        if claim is None:
            raise self._quota_error(endpoint.bucket, None)
        return claim

    def _claim_for_tomorrow(self, endpoint: Endpoint) -> int | None:
        """At the end of a day, also count a request for the next one; None at any other time.

        If the server counts it there, and the claim cannot be moved because the ledger or this process is lost by then,
        it is counted twice instead of for the wrong day only.
        """
        now = self.now()
        if (next_midnight(now) - now).total_seconds() > sum(self._timeout):
            return None
        return self._ledger.claim(self.scope, endpoint.bucket, next_midnight(now).date(), endpoint.name)

    def _release(self, *claims: int | None) -> None:
        for claim in claims:
            if claim is not None:
                self._ledger.release(claim)

    def _valid_token(self) -> Token:
        if self._token is None or self._clock.seconds() >= self._token.expires_at - RENEW_BEFORE:
            return self._new_token()
        return self._token

    def _new_token(self) -> Token:
        form: dict[str, object] = {
            "client_key": self._credentials.key,
            "client_secret": self._credentials.secret,
            "grant_type": "client_credentials",
        }
        answer = self._exchange(Request(TOKEN, form, ()))
        # An error keeps its answer: this copy has neither the secret that was sent nor the token that was received.
        public_answer = replace(answer, body={}, raw=b"", data={}, charged=False, is_json=False)
        if error := error_of(public_answer):
            raise error
        text, lifetime = text_of(answer.data["access_token"]), as_int(answer.data.get("expires_in")) or LIFETIME
        self._token = Token(text, answer.sent_at.timestamp() + lifetime, self._instance, self._clock.offset)
        return self._token

    def _exchange(self, request: Request, token: str = "") -> Answer:
        estimate = self.now()
        reply = exchange(
            self._session,
            self.base_url + request.path,
            token=token,
            timeout=self._timeout,
            clock=self._local_clock,
            **request.payload(),
        )
        received, mask = reply.raw, self._mask()
        if token:  # the answer to a request for a token has a token, and is not stored
            reply = replace(reply, raw=mask.body(received))
        self._clock.update(reply.headers.get("Date"))
        self._instance = reply.headers.get(INSTANCE_HEADER, self._instance)
        reading = read(request.endpoint, reply, request.body)
        answer = Answer(
            endpoint=request.endpoint.name,
            body=request.body,
            fields=request.fields,
            sent_at=time_of_sending(estimate, reply.headers.get("Date"), reply.seconds),
            status=reply.status,
            raw=reply.raw,
            code=reading.code,
            message=mask.text(reading.message),
            log_id=mask.text(reading.log_id),
            data=reading.data,
            charged=reply.sent and reading.code != UNCHARGED,
            retry_after=reply.retry_after(),
            is_json=reading.is_json,
            row=request.endpoint,
            masked=reply.raw != received,
        )
        self._log(answer, reply.seconds)
        return answer

    def _log(self, answer: Answer, seconds: float) -> None:
        """Log an answer: no value of its body, and nothing of the body of a token request, which holds the secret."""
        outcome = f"HTTP {answer.status}" if answer.status else "no HTTP answer"
        line = f"{answer.code}, log_id {answer.log_id or 'none'}"
        if answer.code != OK:
            line += f": {answer.message or 'no reason given'}"
        line = one_line(self._mask().text(line))
        logger.info("%s: %s in %.2f s, %s", answer.endpoint, outcome, seconds, line)
        if answer.masked:
            level = logging.DEBUG if self._has_masked else logging.WARNING  # one warning is enough
            logger.log(level, "%s: the server repeated a secret; *** replaces it in what is stored", answer.endpoint)
            self._has_masked = True
        if answer.row is not TOKEN:
            logger.debug("%s: body keys %s", answer.endpoint, ", ".join(sorted(answer.body)) or "none")

    def _mask(self) -> Mask:
        """A mask of the client key, the secret and the token."""
        token = self._token.access_token if self._token else ""
        return Mask((self._credentials.key, self._credentials.secret, token))

    def _quota_error(self, bucket: str, answer: Answer | None) -> QuotaExhausted:
        now = answer.sent_at if answer else self.now()
        spent = self._ledger.spent(self.scope, bucket, now.date())
        return QuotaExhausted(bucket=bucket, spent=spent, limit=self._ledger.limit(bucket), now=now, answer=answer)


def _minutes(moment: datetime) -> float:
    """Minutes since 00:00 UTC."""
    return (moment - datetime.combine(moment.date(), time_of_day(), UTC)).total_seconds() / 60


def _row_of(endpoint: str | Endpoint) -> Endpoint:
    if isinstance(endpoint, Endpoint):
        return endpoint
    if endpoint not in ENDPOINTS:
        raise InvalidParams(f"Unknown endpoint {endpoint}. Available: {', '.join(ENDPOINTS)}. Nothing was sent")
    return ENDPOINTS[endpoint]


def _session(destination: Destination) -> requests.Session:
    session = requests.Session()
    if destination.is_loopback:
        session.trust_env = False  # a proxy from the environment could not reach a mock server on this machine
    return session


def _log_wait(state: RetryCallState) -> None:
    error = state.outcome.exception() if state.outcome else None
    seconds = state.next_action.sleep if state.next_action else 0.0
    logger.info(
        "attempt %d failed with %s; next attempt in %.1f s", state.attempt_number, type(error).__name__, seconds
    )


def _is_temporary(error: BaseException) -> bool:
    """Return whether to send the request again: not if it is wrong, or if the failure lasts for hours."""
    if not isinstance(error, TikTokError) or not error.transient:
        return False
    if isinstance(error, BadAnswer) and error.status and 300 <= error.status < 500:
        return False
    return (error.retry_after or 0) <= LONGEST_WAIT


def _shorter_windows(request: Request) -> list[tuple[date, date]]:
    """Return the windows to request instead of a search that keeps failing; [] if there are no shorter ones."""
    start, end = (parse_date(request.body.get(key)) for key in ("start_date", "end_date"))
    return narrower(start, end) if request.endpoint.name == "video.query" and start and end else []
