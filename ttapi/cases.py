"""Which error an answer is: the code in its body decides first, its HTTP status last."""

import re
from collections.abc import Container, Sequence
from typing import NamedTuple

from ttapi.answer import NO_ANSWER, OK, UNREADABLE, Answer
from ttapi.endpoints import ENDPOINTS, LIMITS, TOKEN
from ttapi.errors import (
    QUOTA_SPENT,
    AccessTokenInvalid,
    BadAnswer,
    CommentsNotDisclosed,
    CredentialsRefused,
    InvalidCursor,
    InvalidFileUpload,
    InvalidParams,
    ItemNotFound,
    ListNotPublic,
    NoAnswer,
    QuotaExhausted,
    RateLimited,
    ScopeNotAuthorized,
    ScopePermissionMissed,
    SearchExpired,
    ServerError,
    TikTokError,
    UserNotAvailable,
    UserNotFound,
    UserPrivate,
    describe,
)


class _Case(NamedTuple):
    """One form in which the API reports an error. Everything that is set must match."""

    error: type[TikTokError]
    codes: str = ""
    """Error codes, separated by spaces."""
    message: str = ""
    """A regular expression; case is ignored."""
    statuses: Container[int] = range(1000)
    endpoint: str = ""

    def matches(self, answer: Answer) -> bool:
        return (
            (not self.codes or answer.code in self.codes.split())
            and re.search(self.message, answer.message, re.IGNORECASE) is not None
            and (answer.status or 0) in self.statuses
            and self.endpoint in ("", answer.endpoint)
        )


_INVALID_PARAMS = "invalid_params invalid_param invalid_request"

_REFUSED_CLIENT = (
    "invalid_client invalid_grant invalid_scope unauthorized_client unsupported_grant_type unsupported_response_type "
    "access_denied"
)

CASES: Sequence[_Case] = (
    _Case(NoAnswer, NO_ANSWER),
    _Case(CredentialsRefused, f"{_REFUSED_CLIENT} {_INVALID_PARAMS}", endpoint=TOKEN.name),
    _Case(AccessTokenInvalid, "access_token_invalid invalid_token"),
    _Case(ScopeNotAuthorized, "scope_not_authorized"),
    _Case(ScopePermissionMissed, "scope_permission_missed"),
    _Case(RateLimited, "rate_limit_exceeded"),
    _Case(InvalidFileUpload, "invalid_file_upload"),
    _Case(SearchExpired, message=r"search id \S* ?is invalid or expired"),
    _Case(InvalidCursor, _INVALID_PARAMS, r"invalid count or cursor"),
    _Case(UserNotFound, _INVALID_PARAMS, r"cannot find the user"),
    _Case(UserPrivate, _INVALID_PARAMS, r"is private"),
    _Case(UserNotAvailable, _INVALID_PARAMS, r"cannot return this user's information"),
    _Case(ListNotPublic, _INVALID_PARAMS, r"information cannot be returned"),
    _Case(ItemNotFound, _INVALID_PARAMS, r"cannot find the (playlist|shop|product)"),
    _Case(CommentsNotDisclosed, message=r"not allowed to be disclosed"),
    _Case(ServerError, message=r"something (is|went) wrong|server internal error"),
    _Case(InvalidParams, _INVALID_PARAMS),
    _Case(ServerError, "internal_error timeout server_error temporarily_unavailable"),
    _Case(ListNotPublic, UNREADABLE, r"^the body is (empty|HTML|not a JSON object)$", [403], "user.liked"),
    _Case(BadAnswer, UNREADABLE, statuses=[401], endpoint=TOKEN.name),
    _Case(AccessTokenInvalid, UNREADABLE, statuses=[401]),  # a 401 without JSON says no more than that
    _Case(RateLimited, statuses=[429]),
    _Case(ServerError, statuses=range(500, 600)),
    _Case(BadAnswer),
)
"""The first case that matches an answer decides. Source: tiktok-api-v2-error-handling, oauth-error-handling."""


def error_of(answer: Answer) -> TikTokError | None:
    """Return the typed error of an answer; None if it is good. The code in the body decides first, the status last."""
    if answer.code == OK:
        return None
    if answer.code == QUOTA_SPENT:  # an answer does not know what was counted, only that the whole quota is spent
        bucket = ENDPOINTS[answer.endpoint].bucket if answer.endpoint in ENDPOINTS else "general"
        limit = LIMITS[bucket]
        return QuotaExhausted(bucket=bucket, spent=limit, limit=limit, now=answer.sent_at, answer=answer)
    kind = next(case.error for case in CASES if case.matches(answer))
    return kind(describe(answer), answer=answer)
