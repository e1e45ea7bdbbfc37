"""The errors, as a tree. The message of each states what happened, what it cost and what to do.

TikTokError
├── CredentialsMissing            no client key or secret in the environment
├── UntrustedHost                 the credentials must not be sent to this host
├── CredentialsRefused            the token endpoint does not accept this key and secret
├── AccessTokenInvalid            a token was refused, and so was a new one
├── ScopeNotAuthorized            the application is not approved for this endpoint
├── ScopePermissionMissed         the token lacks a scope that a field needs
├── InvalidParams                 the request is wrong; if ttapi can see that, nothing is sent
│   ├── SearchExpired             "Search Id … is invalid or expired"
│   ├── InvalidCursor             "Invalid count or cursor"
│   └── ItemRefused               the API refuses one item: a result, not a failure
│       ├── UserNotFound          renamed, deleted or never existed
│       ├── UserPrivate           a private account
│       ├── UserNotAvailable      under 18, excluded, or not available for another reason
│       ├── CommentsNotDisclosed  the comments on this video are not disclosed
│       ├── ListNotPublic         likes, reposts or the following list are hidden
│       └── ItemNotFound          a playlist, shop or product that does not exist (any more)
├── InvalidFileUpload             the id file of a compliance task is not accepted
├── RateLimited                   too many requests at once; over in seconds
├── QuotaExhausted                the day's requests are spent; over at 00:00 UTC
├── ServerError                   the API failed (5xx, sometimes reported as 400)
│   └── SplitWindow               a search that keeps failing: request shorter windows
├── BadAnswer                     an answer that cannot be read: HTML, cut off, ambiguous, without its list
│   └── PagingStuck               the list cannot be followed to its end
├── NoAnswer                      no HTTP answer: refused, timed out, cut off
└── LedgerUnavailable             the quota ledger cannot be used, so nothing is sent
"""

from collections.abc import Sequence
from datetime import date, datetime
from typing import ClassVar

from ttapi.answer import NO_ANSWER, UNREADABLE, Answer
from ttapi.clock import next_midnight
from ttapi.endpoints import MAX_TASK_IDS
from ttapi.text import count, one_line, sentence

QUOTA_SPENT = "daily_quota_limit_exceeded"


class TikTokError(Exception):
    """Base class. `str()` is one plain paragraph: what happened, what it cost, what to do."""

    advice: str = ""
    """What to do."""
    transient: ClassVar[bool] = False
    """Whether the same request may succeed a little later."""
    first_wait: ClassVar[float] = 2.0
    """Seconds before the second attempt; doubled before each further one."""

    def __init__(self, summary: str, *, answer: Answer | None = None, advice: str | None = None) -> None:
        self.answer = answer
        self.code = answer.code if answer else ""
        self.status = answer.status if answer else None
        self.message = answer.message if answer else summary
        self.log_id = answer.log_id if answer else ""
        self.charged = answer.charged if answer else False
        self.retry_after = answer.retry_after if answer else None
        if advice is not None:
            self.advice = advice
        super().__init__(" ".join(part for part in (sentence(summary), self._cost(), self.advice) if part))

    def __reduce__(self) -> tuple[object, ...]:
        # Pickles every class alike, although the constructors differ.
        return TikTokError.__new__, (type(self), *self.args), vars(self)

    def _cost(self) -> str:
        if self.answer is None:
            return ""
        return "The request counts against the quota." if self.charged else "It cost no quota."


class CredentialsMissing(TikTokError):
    """No client key or secret in the environment."""

    advice = "Copy what is missing from your approved Research API project (developers.tiktok.com, Manage apps)."


class UntrustedHost(TikTokError):
    """The credentials must not be sent to this host. Nothing was sent."""


class CredentialsRefused(TikTokError):
    """The token endpoint refused the client key or secret; it can do so with HTTP 200."""

    advice = "Check TIKTOK_CLIENT_KEY and TIKTOK_CLIENT_SECRET for typing errors, spaces and swapped values."


class AccessTokenInvalid(TikTokError):
    """401 access_token_invalid, or a 401 without JSON, also for a new token."""

    advice = "Check that the project is still approved, and that no proxy rewrites the requests of this machine."


class ScopeNotAuthorized(TikTokError):
    """401 scope_not_authorized: the application is not approved for this endpoint.

    Approved projects have received it for followers and following (April 2026).
    """

    advice = "Apply for the Research API, or ask TikTok's support to add this endpoint to your approved project."


class ScopePermissionMissed(TikTokError):
    """400 scope_permission_missed: a requested field needs a scope that the token lacks."""

    advice = "Request fewer fields, or apply for the missing scope."


class InvalidParams(TikTokError):
    """400 invalid_params: the request is wrong. If ttapi can see that, nothing is sent."""

    advice = "Correct the request. If it is sent unchanged, it will fail again."


class SearchExpired(InvalidParams):
    """400 "Search Id … is invalid or expired"; the API sometimes refuses a new search_id for a few seconds."""

    advice = "Wait a few seconds and send it again; if it is still refused, restart the search without search_id."


class InvalidCursor(InvalidParams):
    """400 "Invalid count or cursor", also for cursors that the API itself returned."""

    advice = (
        "Wait a few seconds and send it again; if it is still refused, restart the search with an allowed page size."
    )


class ItemRefused(InvalidParams):
    """The API refuses this one item. That is a result, not a failure."""

    advice = "Record it as a result and continue with the next item. Repeating the request costs quota again."


class UserNotFound(ItemRefused):
    """The account was renamed, deleted or never existed."""


class UserPrivate(ItemRefused):
    """The account is private."""


class UserNotAvailable(ItemRefused):
    """The API does not return this account: under 18, excluded, or not available for research."""


class CommentsNotDisclosed(ItemRefused):
    """The API does not disclose the comments on this video."""


class ListNotPublic(ItemRefused):
    """The account does not make this list (likes, reposts, following) public."""


class ItemNotFound(ItemRefused):
    """The playlist, shop or product was deleted, is hidden or never existed."""


class InvalidFileUpload(TikTokError):
    """400 invalid_file_upload: the id file of a compliance task is not accepted."""

    advice = f"Upload a text file of 1 to {MAX_TASK_IDS:,} video or comment ids, one per line."


class RateLimited(TikTokError):
    """429 rate_limit_exceeded: too many requests in a short time; not the daily quota."""

    advice = "Wait a few seconds, or send fewer requests at the same time."
    transient = True
    first_wait = 5.0


class QuotaExhausted(TikTokError):
    """429 daily_quota_limit_exceeded; or the ledger refused the request and nothing was sent (`sent` is False)."""

    def __init__(self, *, bucket: str, spent: int, limit: int, now: datetime, answer: Answer | None = None) -> None:
        self.bucket, self.spent, self.limit = bucket, spent, limit
        self.now = now
        """UTC, by the server's clock."""
        self.resets_at = resets_at = next_midnight(now)
        """The next 00:00 UTC, by the server's clock."""
        self.sent = answer is not None
        hours, minutes = divmod(max(0, int((resets_at - now).total_seconds() + 59)) // 60, 60)
        summary = f"Quota spent: {spent:,} of {limit:,} {bucket} requests counted for {now:%Y-%m-%d} (UTC)"
        if self.sent or spent < limit:  # other machines have spent the rest
            summary += ", and the API reports that the quota of the day is used up"
        summary += "" if self.sent else "; nothing was sent"
        advice = f"Run again after {resets_at:%Y-%m-%d %H:%M} UTC (in {hours} h {minutes:02d} min)."
        super().__init__(summary, answer=answer, advice=advice)
        self.code = QUOTA_SPENT


class ServerError(TikTokError):
    """500 internal_error and other 5xx, HTML pages of a gateway, and 400 with "Something is wrong"."""

    advice = "The API has a problem: try again later. Failed requests also cost quota, so do not retry immediately."
    transient = True


class SplitWindow(ServerError):
    """A search failed at every attempt, as large results and long windows do. Request `windows` instead."""

    def __init__(self, answer: Answer, windows: Sequence[tuple[date, date]]) -> None:
        self.windows = tuple(windows)
        """First and last day of each shorter window."""
        days = (self.windows[0][1] - self.windows[0][0]).days + 1
        parts = count(len(self.windows), "window")
        advice = f"Split the window: request {parts} of up to {count(days, 'day')} instead."
        super().__init__(describe(answer), answer=answer, advice=advice)


class BadAnswer(TikTokError):
    """An answer that cannot be used: HTML, cut off, empty, a redirect, JSON that is ambiguous, or data that lacks its
    list, has_more or cursor."""

    advice = "Check the base URL and any proxy; if they are correct, try again later."
    transient = True


class PagingStuck(BadAnswer):
    """The list cannot be followed to its end: the cursor does not advance, or every page is empty."""

    advice = "The earlier pages are complete. Request a shorter window, or use the list as it is."
    transient = False


class NoAnswer(TikTokError):
    """No HTTP answer: the connection was refused, timed out, or broke before the body arrived."""

    advice = "Check the network and the base URL, then run again."
    transient = True


class LedgerUnavailable(TikTokError):
    """The quota ledger cannot be read or written. No request is sent without being counted."""


def describe(answer: Answer) -> str:
    """Return what happened in one line, with everything that TikTok's support asks for."""
    details = [answer.code] if answer.code not in (UNREADABLE, NO_ANSWER) else []
    details += [f"HTTP {answer.status}"] if answer.status else []
    details += [f"log_id {answer.log_id}"] if answer.log_id else []
    message = one_line(answer.message) or "no reason given"
    return f"{answer.endpoint}: {message}" + (f" ({one_line(', '.join(details))})" if details else "")
