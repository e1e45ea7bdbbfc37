"""What can go wrong, as a tree. Each class tells what happened, what it cost and what to do.

TikTokError
├── CredentialsMissing            no client key or secret in the environment
├── CredentialsRefused            the token endpoint does not know this key and secret
├── AccessTokenInvalid            a token was refused, and a new one too
├── ScopeNotAuthorized            the application is not approved for this endpoint
├── ScopePermissionMissed         the token lacks a scope that a field needs
├── InvalidParams                 the request is wrong; nothing is sent where that can be seen beforehand
│   ├── SearchExpired             "Search Id … is invalid or expired"
│   ├── InvalidCursor             "Invalid count or cursor"
│   └── ItemRefused               the answer about one item is no: a result, not a failure
│       ├── UserNotFound          renamed, deleted or never there
│       ├── UserPrivate           a private account
│       ├── UserNotAvailable      under 18, excluded, or otherwise not given out
│       ├── CommentsNotDisclosed  the comments of this video are not given out
│       ├── ListNotPublic         likes, reposts or the following list are hidden
│       └── ItemNotFound          a playlist, shop or product that is not there (any more)
├── InvalidFileUpload             the id file of a compliance task is not accepted
├── RateLimited                   too fast; over in seconds
├── QuotaExhausted                the day's requests are spent; over at 00:00 UTC
├── ServerError                   the API failed (5xx, also when dressed as 400)
│   └── SplitWindow               a search that keeps failing: ask for shorter windows
├── BadAnswer                     an answer that cannot be read: HTML, cut off, empty, a redirect
│   └── PagingStuck               pages that lead nowhere
├── NoAnswer                      no HTTP answer: refused, timed out, cut off
└── LedgerUnavailable             the request count cannot be written, so nothing is sent
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
    """Base of all. `str()` is one plain paragraph: what happened, what it cost, what to do."""

    advice: str = ""
    transient: ClassVar[bool] = False
    """Whether the same request may well succeed a little later."""
    first_wait: ClassVar[float] = 2.0
    """Seconds before the first new attempt; doubled each time."""

    def __init__(self, happened: str, *, answer: Answer | None = None, advice: str | None = None) -> None:
        self.answer = answer
        self.code = answer.code if answer else ""
        self.status = answer.status if answer else None
        self.message = answer.message if answer else happened
        self.log_id = answer.log_id if answer else ""
        self.charged = answer.charged if answer else False
        self.retry_after = answer.retry_after if answer else None
        if advice is not None:
            self.advice = advice
        super().__init__(" ".join(part for part in (sentence(happened), self._cost(), self.advice) if part))

    def __reduce__(self) -> tuple[object, ...]:
        # Errors cross process borders whole, whatever their class wants for its making.
        return TikTokError.__new__, (type(self), *self.args), vars(self)

    def _cost(self) -> str:
        if self.answer is None:
            return ""
        return "The request counts against the quota." if self.charged else "It cost no quota."


class CredentialsMissing(TikTokError):
    """No client key or secret in the environment."""

    advice = "Key and secret come from your approved Research API project (developers.tiktok.com, Manage apps)."


class CredentialsRefused(TikTokError):
    """The token endpoint refused the client key or secret; it can do so with HTTP 200."""

    advice = "Check TIKTOK_CLIENT_KEY and TIKTOK_CLIENT_SECRET for typing errors, blanks and swapped values."


class AccessTokenInvalid(TikTokError):
    """401 access_token_invalid, also with a token just renewed."""

    advice = "Check that the project is still approved and that this machine reaches the API without a rewriting proxy."


class ScopeNotAuthorized(TikTokError):
    """401 scope_not_authorized: the application is not approved for this endpoint.

    It was also seen for followers and following of approved projects (April 2026).
    """

    advice = "Apply for the Research API, or ask TikTok's support to add this endpoint to your approved project."


class ScopePermissionMissed(TikTokError):
    """400 scope_permission_missed: a requested field needs a scope that the token lacks."""

    advice = "Ask for fewer fields, or apply for the missing scope."


class InvalidParams(TikTokError):
    """400 invalid_params: the request is wrong. Found before sending wherever ttapi can see it."""

    advice = "Correct the request; the same one will fail again."


class SearchExpired(InvalidParams):
    """400 "Search Id … is invalid or expired"; a new search_id is at times refused for some seconds."""

    advice = "Wait some seconds and resend; if it stays, begin the search anew without search_id."


class InvalidCursor(InvalidParams):
    """400 "Invalid count or cursor", also for cursors that the API itself handed out."""

    advice = (
        "Wait some seconds and send it again; if it is still refused, restart the search with an allowed page size."
    )


class ItemRefused(InvalidParams):
    """The API answers about this one item with a no. It is a result: note it and go on with the next."""

    advice = "Note it as a result and go on with the next; asking again costs another request."


class UserNotFound(ItemRefused):
    """The account was renamed, deleted or never existed."""


class UserPrivate(ItemRefused):
    """The account is private."""


class UserNotAvailable(ItemRefused):
    """The API does not give this account out: under 18, excluded, or not available in this programme."""


class CommentsNotDisclosed(ItemRefused):
    """The comments of this video are not given out."""


class ListNotPublic(ItemRefused):
    """The account keeps this list (likes, reposts, following) to itself."""


class ItemNotFound(ItemRefused):
    """The playlist, shop or product was deleted, is hidden or never existed."""


class InvalidFileUpload(TikTokError):
    """400 invalid_file_upload: the id file of a compliance task is not accepted."""

    advice = f"Upload a text file of 1 to {MAX_TASK_IDS:,} video or comment ids, one per line."


class RateLimited(TikTokError):
    """429 rate_limit_exceeded: too many requests in a short time; not the daily quota."""

    advice = "Wait some seconds, or send fewer requests side by side."
    transient = True
    first_wait = 5.0


class QuotaExhausted(TikTokError):
    """429 daily_quota_limit_exceeded, or the ledger's no before anything was sent (`sent` is False then)."""

    def __init__(self, *, bucket: str, spent: int, limit: int, now: datetime, answer: Answer | None = None) -> None:
        self.bucket, self.spent, self.limit = bucket, spent, limit
        self.now = now
        """UTC, server's clock."""
        self.resets_at = resets_at = next_midnight(now)
        """The next 00:00 UTC by the server's clock."""
        self.sent = answer is not None
        hours, minutes = divmod(max(0, int((resets_at - now).total_seconds() + 59)) // 60, 60)
        happened = f"Quota spent: {spent:,} of {limit:,} {bucket} requests of {now:%Y-%m-%d} (UTC) are counted"
        if self.sent or spent < limit:  # then others have spent the rest
            happened += ", and the API has said that the day's quota is used up"
        happened += "" if self.sent else "; nothing more was sent"
        advice = f"Run again after {resets_at:%Y-%m-%d %H:%M} UTC (in {hours} h {minutes:02d} min)."
        super().__init__(happened, answer=answer, advice=advice)
        self.code = QUOTA_SPENT


class ServerError(TikTokError):
    """500 internal_error and its kin, HTML gateway pages, and "Something is wrong" dressed as 400."""

    advice = "The API is having trouble: try again later. Failed requests cost quota too, so do not hurry."
    transient = True


class SplitWindow(ServerError):
    """A search failed at every attempt; large results and long windows do. `windows` holds what to ask for instead."""

    def __init__(self, answer: Answer, windows: Sequence[tuple[date, date]]) -> None:
        self.windows = tuple(windows)
        days = (self.windows[0][1] - self.windows[0][0]).days + 1
        parts = count(len(self.windows), "window")
        advice = f"Split the window: request {parts} of up to {count(days, 'day')} instead."
        super().__init__(describe(answer), answer=answer, advice=advice)


class BadAnswer(TikTokError):
    """An answer that cannot be read: HTML, cut off, empty, a redirect, or no Research API at all."""

    advice = "Check the base URL and any proxy; if they are right, try again later."
    transient = True


class PagingStuck(BadAnswer):
    """Pages that lead nowhere: the cursor stands still, or page after page is empty. All pages before it are good."""

    advice = "What came before is good. Ask for a shorter window, or take the list as it is."
    transient = False


class NoAnswer(TikTokError):
    """No HTTP answer: connection refused, timed out, or broken off before the body came."""

    advice = "Check the network and the base URL, then run again."
    transient = True


class LedgerUnavailable(TikTokError):
    """The quota ledger cannot be read or written; nothing is sent uncounted."""


def describe(answer: Answer) -> str:
    """What happened, in one line, with all that TikTok's support asks for."""
    marks = [answer.code] if answer.code not in (UNREADABLE, NO_ANSWER) else []
    marks += [f"HTTP {answer.status}"] if answer.status else []
    marks += [f"log_id {answer.log_id}"] if answer.log_id else []
    said = one_line(answer.message) or "no reason given"
    return f"{answer.endpoint}: {said}" + (f" ({one_line(', '.join(marks))})" if marks else "")
