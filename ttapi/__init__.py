"""A thin, honest client of TikTok's Research API: every endpoint, every error, one quota ledger.

from ttapi import Client, Condition, Credentials, Ledger, Query

client = Client(credentials=Credentials.from_environment(), ledger=Ledger(Ledger.default_path()))
query = Query(all=[Condition("region_code", "IN", ["DE", "AT"]), Condition("hashtag_name", "EQ", "klima")])
body = {"query": query, "start_date": "20250101", "end_date": "20250130"}
for page in client.pages("video.query", body):
    print(page.records)
"""

from ttapi.answer import Answer, Page
from ttapi.cases import error_of
from ttapi.client import Client
from ttapi.endpoints import DEFAULT_BASE_URL, ENDPOINTS, LIMITS, Endpoint
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
    UserNotAvailable,
    UserNotFound,
    UserPrivate,
)
from ttapi.fields import Field
from ttapi.ledger import Ledger
from ttapi.query import Condition, Query, narrower, window_problems, windows
from ttapi.span import search
from ttapi.token import Credentials, Token

__all__ = [
    "DEFAULT_BASE_URL",
    "ENDPOINTS",
    "LIMITS",
    "AccessTokenInvalid",
    "Answer",
    "BadAnswer",
    "Client",
    "CommentsNotDisclosed",
    "Condition",
    "Credentials",
    "CredentialsMissing",
    "CredentialsRefused",
    "Endpoint",
    "Field",
    "InvalidCursor",
    "InvalidFileUpload",
    "InvalidParams",
    "ItemNotFound",
    "ItemRefused",
    "Ledger",
    "LedgerUnavailable",
    "ListNotPublic",
    "NoAnswer",
    "Page",
    "PagingStuck",
    "Query",
    "QuotaExhausted",
    "RateLimited",
    "ScopeNotAuthorized",
    "ScopePermissionMissed",
    "SearchExpired",
    "ServerError",
    "SplitWindow",
    "TikTokError",
    "Token",
    "UserNotAvailable",
    "UserNotFound",
    "UserPrivate",
    "error_of",
    "narrower",
    "search",
    "window_problems",
    "windows",
]
