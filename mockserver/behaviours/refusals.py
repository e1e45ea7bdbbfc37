"""Every error of the API as one table: its code, status and message, and the source of each.

Messages that are documented, recorded or reported are facts, and stay as they are.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

DOCS = "developers.tiktok.com/doc/"


@dataclass(frozen=True)
class Rule:
    """A reason to refuse a request.

    kind: documented (by TikTok), recorded (in a stored real answer), reported (by users, papers or the code of clients)
    or assumed. because: what the documents say about it, in our own words. bare: the body has no key `data`.
    """

    code: str
    status: int
    message: str
    kind: str
    source: str
    because: str
    bare: bool = True


_LIMITS = DOCS + "research-api-faq"
_QUERY = DOCS + "research-api-specs-query-videos"
_TABLE = DOCS + "tiktok-api-v2-error-handling"
_NOTEBOOK = "github.com/CybersecurityForDemocracy/tiktok-library ExampleInterfaceusage.ipynb"

RULES: Mapping[str, Rule] = {
    "token-invalid": Rule(
        "access_token_invalid",
        401,
        "The access token is invalid or not found in the request.",
        "recorded",
        "crates.io tiktok_rust 0.0.13, test data",
        "A call needs an access token from the last two hours, sent as Authorization: Bearer TOKEN.",
        bare=False,
    ),
    "scope": Rule(
        "scope_not_authorized",
        401,
        "The user did not authorize the scope required for completing this request.",
        "documented",
        _TABLE,
        "The application behind this client key is not approved for this product.",
        bare=False,
    ),
    "scope-missed": Rule(
        "scope_permission_missed",
        400,
        "The token lacks a scope that these fields need: {what}.",
        "documented",
        _TABLE,
        "The application lacks a scope that some fields need. Which they are is not known: `lacks` in the client key.",
    ),
    "daily-quota": Rule(
        "daily_quota_limit_exceeded",
        429,
        "The daily quota limit was exceeded. It is back at 12 AM UTC.",
        "reported",
        "matched by several clients; limit and reset: " + _LIMITS,
        "An organisation has 1,000 requests per day, and 20,000 for followers and following. Failed requests count.",
    ),
    "rate-limit": Rule(
        "rate_limit_exceeded",
        429,
        "The API rate limit was exceeded. Please try again later.",
        "documented",
        _TABLE,
        "Too many requests in a short time. This is not the daily quota: wait some seconds.",
    ),
    "internal": Rule(
        "internal_error",
        500,
        "{what}",
        "documented",
        _TABLE,
        "The server failed. The request counts against the quota all the same.",
    ),
    "not-json": Rule(
        "invalid_params",
        400,
        "The request body is not a JSON object.",
        "assumed",
        _TABLE,
        "The body of every call is one JSON object.",
    ),
    "parameter": Rule(
        "invalid_params",
        400,
        "{what}",
        "assumed",
        _TABLE,
        "A parameter of the body is missing or has a wrong type.",
    ),
    "fields-missing": Rule(
        "invalid_params",
        400,
        "`fields` is required.",
        "assumed",
        _QUERY,
        "The query parameter fields lists the fields to return, separated by commas.",
    ),
    "field-unknown": Rule(
        "invalid_params",
        400,
        "`fields`: {what} is not a field of this endpoint.",
        "recorded",
        "an answer of 2025-04-27 to favourites_count in video/query: invalid_params; the message is assumed",
        "Each endpoint has its own list of fields.",
    ),
    "query-empty": Rule(
        "invalid_params",
        400,
        "`query` must have at least one condition in and, or, not.",
        "documented",
        _QUERY,
        "At least one of and, or, not must have a condition.",
    ),
    "query-shape": Rule(
        "invalid_params",
        400,
        "`query` is invalid: {what}",
        "documented",
        _QUERY,
        "and, or, not are lists of conditions with field_name, operation and field_values. Groups cannot be nested.",
    ),
    "query-field": Rule(
        "invalid_params",
        400,
        "`field_name` {what} is not supported.",
        "documented",
        _QUERY,
        "Conditions can use eleven fields.",
    ),
    "query-operation": Rule(
        "invalid_params",
        400,
        "`operation` {what}",
        "assumed",
        DOCS + "research-api-get-started",
        "Names can be compared with EQ and IN, dates and counts also with GT, GTE, LT and LTE.",
    ),
    "query-one-value": Rule(
        "invalid_params",
        400,
        "`operation` {what} must have one field value",
        "reported",
        "github.com/HohnerJulian/ResearchTikPy PR 5",
        "Only IN can have several values.",
    ),
    "query-value": Rule(
        "invalid_params",
        400,
        "`field_values` is invalid: {what}",
        "assumed",
        _QUERY,
        "Values are strings in the form that their field requires.",
    ),
    "dates": Rule(
        "invalid_params",
        400,
        "{what}",
        "assumed",
        _QUERY,
        "start_date and end_date are days in UTC, written YYYYMMDD. Both are included.",
    ),
    "window": Rule(
        "invalid_params",
        400,
        "`end_date` must be no more than 30 days after `start_date`.",
        "documented",
        _QUERY,
        "end_date is at most 30 days after start_date.",
    ),
    "cursor": Rule(
        "invalid_params",
        400,
        "Invalid count or cursor",
        "recorded",
        "github.com/CybersecurityForDemocracy/tiktok-library issue 89",
        "max_count is 1 to 100, and a cursor must come from an earlier answer.",
    ),
    "search-id": Rule(
        "invalid_params",
        400,
        "Search Id {what} is invalid or expired",
        "recorded",
        "stackoverflow.com/questions/79023955",
        "A search_id belongs to one query with its dates, and expires after some time.",
    ),
    "user-missing": Rule(
        "invalid_params",
        400,
        "`username: {what}` is invalid: cannot find the user",
        "recorded",
        _NOTEBOOK,
        "No account has this name now. It may have been renamed or deleted.",
    ),
    "user-refused": Rule(
        "invalid_params",
        400,
        "API cannot return this user's information",
        "recorded",
        _NOTEBOOK,
        "The account belongs to somebody under 18 or in an excluded country, or is excluded for another reason.",
    ),
    "user-private": Rule(
        "invalid_params",
        400,
        "`username: {what}` is private",
        "reported",
        "github.com/JBGruber/traktok R/api_research.r",
        "Only public accounts are shown.",
    ),
    "list-hidden": Rule(
        "invalid_params",
        400,
        "`username: {what}` information cannot be returned",
        "reported",
        "github.com/JBGruber/traktok R/api_research.r",
        "The account has not made this list public.",
    ),
    "comments-closed": Rule(
        "invalid_params",
        400,
        "The comments of this video are not allowed to be disclosed",
        "reported",
        "github.com/CybersecurityForDemocracy/tiktok-library issue 104",
        "The comments of some videos are not available.",
    ),
    "not-found": Rule(
        "invalid_params",
        400,
        "{what}",
        "assumed",
        _TABLE,
        "Nothing has this id.",
    ),
    "file": Rule(
        "invalid_file_upload",
        400,
        "{what}",
        "documented",
        DOCS + "batch-compliance-apis",
        "file_data is a text file with at most 10,000 ids of videos or comments.",
    ),
    "method": Rule(
        "invalid_params",
        405,
        "This endpoint takes POST requests only.",
        "assumed",
        _TABLE,
        "Every endpoint takes POST requests.",
    ),
}


@dataclass
class Refusal(Exception):
    """A request is answered with the error of a rule. what: goes into its message."""

    rule: str
    what: str = ""
    headers: dict[str, str] = field(default_factory=dict)

    @property
    def message(self) -> str:
        return RULES[self.rule].message.format(what=self.what)
