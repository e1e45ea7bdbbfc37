"""The names under which errors are stored, in raw files for example. They stay the same if a class is renamed."""

from collections.abc import Mapping

from ttapi.errors import (
    AccessTokenInvalid,
    BadAnswer,
    CommentsNotDisclosed,
    CredentialsMissing,
    CredentialsRefused,
    InvalidCursor,
    InvalidFileUpload,
    InvalidParams,
    ItemNotFound,
    ItemRefused,
    LedgerUnavailable,
    ListNotPublic,
    NoAnswer,
    PagingStuck,
    QuotaExhausted,
    RateLimited,
    ScopeNotAuthorized,
    ScopePermissionMissed,
    SearchExpired,
    ServerError,
    SplitWindow,
    TikTokError,
    UntrustedHost,
    UserNotAvailable,
    UserNotFound,
    UserPrivate,
)

STORED_NAMES: Mapping[str, type[TikTokError]] = {
    "TikTokError": TikTokError,
    "CredentialsMissing": CredentialsMissing,
    "UntrustedHost": UntrustedHost,
    "CredentialsRefused": CredentialsRefused,
    "AccessTokenInvalid": AccessTokenInvalid,
    "ScopeNotAuthorized": ScopeNotAuthorized,
    "ScopePermissionMissed": ScopePermissionMissed,
    "InvalidParams": InvalidParams,
    "SearchExpired": SearchExpired,
    "InvalidCursor": InvalidCursor,
    "ItemRefused": ItemRefused,
    "UserNotFound": UserNotFound,
    "UserPrivate": UserPrivate,
    "UserNotAvailable": UserNotAvailable,
    "CommentsNotDisclosed": CommentsNotDisclosed,
    "ListNotPublic": ListNotPublic,
    "ItemNotFound": ItemNotFound,
    "InvalidFileUpload": InvalidFileUpload,
    "RateLimited": RateLimited,
    "QuotaExhausted": QuotaExhausted,
    "ServerError": ServerError,
    "SplitWindow": SplitWindow,
    "BadAnswer": BadAnswer,
    "PagingStuck": PagingStuck,
    "NoAnswer": NoAnswer,
    "LedgerUnavailable": LedgerUnavailable,
}
"""The stored name of each error class. Never change or remove a name: stored answers contain it."""

_NAMES = {kind: name for name, kind in STORED_NAMES.items()}


def stored_name(error: TikTokError | type[TikTokError]) -> str:
    """Return the name under which an error is stored: that of its class, or of the nearest base class with a name."""
    kinds = error.__mro__ if isinstance(error, type) else type(error).__mro__
    return next(_NAMES[kind] for kind in kinds if kind in _NAMES)


def error_class(name: str) -> type[TikTokError] | None:
    """Return the class with this stored name; None if there is none."""
    return STORED_NAMES.get(name)
