"""A thin client of TikTok's Research API: every endpoint, a class for every error, one quota ledger.

from ttapi import Client, Condition, Credentials, Query, open_ledger

client = Client(credentials=Credentials.from_environment(), ledger=open_ledger())
query = Query(all=[Condition("region_code", "IN", ["DE", "AT"]), Condition("hashtag_name", "EQ", "klima")])
body = {"query": query, "start_date": "20250101", "end_date": "20250130"}
for page in client.pages("video.query", body):
    print(page.records)
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ttapi.answer import Answer as Answer
    from ttapi.answer import Page as Page
    from ttapi.cases import error_of as error_of
    from ttapi.client import Client as Client
    from ttapi.conditions import Condition as Condition
    from ttapi.days import api_date as api_date
    from ttapi.days import narrower as narrower
    from ttapi.days import parse_date as parse_date
    from ttapi.days import window_problems as window_problems
    from ttapi.days import windows as windows
    from ttapi.endpoints import DEFAULT_BASE_URL as DEFAULT_BASE_URL
    from ttapi.endpoints import ENDPOINTS as ENDPOINTS
    from ttapi.endpoints import LIMITS as LIMITS
    from ttapi.endpoints import NOT_AN_OBJECT as NOT_AN_OBJECT
    from ttapi.endpoints import Endpoint as Endpoint
    from ttapi.error_names import error_class as error_class
    from ttapi.error_names import stored_name as stored_name
    from ttapi.errors import AccessTokenInvalid as AccessTokenInvalid
    from ttapi.errors import BadAnswer as BadAnswer
    from ttapi.errors import CommentsNotDisclosed as CommentsNotDisclosed
    from ttapi.errors import CredentialsMissing as CredentialsMissing
    from ttapi.errors import CredentialsRefused as CredentialsRefused
    from ttapi.errors import InvalidCursor as InvalidCursor
    from ttapi.errors import InvalidFileUpload as InvalidFileUpload
    from ttapi.errors import InvalidParams as InvalidParams
    from ttapi.errors import ItemNotFound as ItemNotFound
    from ttapi.errors import ItemRefused as ItemRefused
    from ttapi.errors import LedgerUnavailable as LedgerUnavailable
    from ttapi.errors import ListNotPublic as ListNotPublic
    from ttapi.errors import NoAnswer as NoAnswer
    from ttapi.errors import PagingStuck as PagingStuck
    from ttapi.errors import QuotaExhausted as QuotaExhausted
    from ttapi.errors import RateLimited as RateLimited
    from ttapi.errors import ScopeNotAuthorized as ScopeNotAuthorized
    from ttapi.errors import ScopePermissionMissed as ScopePermissionMissed
    from ttapi.errors import SearchExpired as SearchExpired
    from ttapi.errors import ServerError as ServerError
    from ttapi.errors import SplitWindow as SplitWindow
    from ttapi.errors import TikTokError as TikTokError
    from ttapi.errors import UntrustedHost as UntrustedHost
    from ttapi.errors import UserNotAvailable as UserNotAvailable
    from ttapi.errors import UserNotFound as UserNotFound
    from ttapi.errors import UserPrivate as UserPrivate
    from ttapi.fields import Field as Field
    from ttapi.handles import handle_problem as handle_problem
    from ttapi.handles import read_handle as read_handle
    from ttapi.ledgers.base import AnyLedger as AnyLedger
    from ttapi.ledgers.opening import ledger_is_shared as ledger_is_shared
    from ttapi.ledgers.opening import open_lease as open_lease
    from ttapi.ledgers.opening import open_ledger as open_ledger
    from ttapi.ledgers.sqlite import Ledger as Ledger
    from ttapi.query import Query as Query
    from ttapi.span import search as search
    from ttapi.token import Credentials as Credentials
    from ttapi.token import Token as Token
    from ttapi.video_ids import read_video_id as read_video_id

_MODULES = {
    "Answer": "ttapi.answer",
    "Page": "ttapi.answer",
    "error_of": "ttapi.cases",
    "Client": "ttapi.client",
    "Condition": "ttapi.conditions",
    "api_date": "ttapi.days",
    "narrower": "ttapi.days",
    "parse_date": "ttapi.days",
    "window_problems": "ttapi.days",
    "windows": "ttapi.days",
    "DEFAULT_BASE_URL": "ttapi.endpoints",
    "ENDPOINTS": "ttapi.endpoints",
    "LIMITS": "ttapi.endpoints",
    "NOT_AN_OBJECT": "ttapi.endpoints",
    "Endpoint": "ttapi.endpoints",
    "error_class": "ttapi.error_names",
    "stored_name": "ttapi.error_names",
    "AccessTokenInvalid": "ttapi.errors",
    "BadAnswer": "ttapi.errors",
    "CommentsNotDisclosed": "ttapi.errors",
    "CredentialsMissing": "ttapi.errors",
    "CredentialsRefused": "ttapi.errors",
    "InvalidCursor": "ttapi.errors",
    "InvalidFileUpload": "ttapi.errors",
    "InvalidParams": "ttapi.errors",
    "ItemNotFound": "ttapi.errors",
    "ItemRefused": "ttapi.errors",
    "LedgerUnavailable": "ttapi.errors",
    "ListNotPublic": "ttapi.errors",
    "NoAnswer": "ttapi.errors",
    "PagingStuck": "ttapi.errors",
    "QuotaExhausted": "ttapi.errors",
    "RateLimited": "ttapi.errors",
    "ScopeNotAuthorized": "ttapi.errors",
    "ScopePermissionMissed": "ttapi.errors",
    "SearchExpired": "ttapi.errors",
    "ServerError": "ttapi.errors",
    "SplitWindow": "ttapi.errors",
    "TikTokError": "ttapi.errors",
    "UntrustedHost": "ttapi.errors",
    "UserNotAvailable": "ttapi.errors",
    "UserNotFound": "ttapi.errors",
    "UserPrivate": "ttapi.errors",
    "Field": "ttapi.fields",
    "handle_problem": "ttapi.handles",
    "read_handle": "ttapi.handles",
    "AnyLedger": "ttapi.ledgers.base",
    "ledger_is_shared": "ttapi.ledgers.opening",
    "open_lease": "ttapi.ledgers.opening",
    "open_ledger": "ttapi.ledgers.opening",
    "Ledger": "ttapi.ledgers.sqlite",
    "Query": "ttapi.query",
    "search": "ttapi.span",
    "Credentials": "ttapi.token",
    "Token": "ttapi.token",
    "read_video_id": "ttapi.video_ids",
}
"""The module that defines each public name. It is imported when the name is first used."""

__all__ = sorted(_MODULES)

if not TYPE_CHECKING:  # for a type checker a module with __getattr__ has every name

    def __getattr__(name: str) -> object:
        if name not in _MODULES:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        value = globals()[name] = getattr(import_module(_MODULES[name]), name)
        return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
