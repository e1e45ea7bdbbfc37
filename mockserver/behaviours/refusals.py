"""Every error the server can answer, as one table: code, status, words, and where it is known from."""

from collections.abc import Mapping
from dataclasses import dataclass, field

DOCS = "developers.tiktok.com/doc/"


@dataclass(frozen=True)
class Rule:
    """A reason to refuse a request.

    kind: documented (by TikTok), recorded (a stored real answer), reported (by a user or a client's code) or assumed.
    because: what the documents say of it, in our words. bare: the body has no `data` key.
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
        "A call needs an access token that was issued in the last two hours, as Authorization: Bearer.",
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
        "Some fields need a scope that the application was not given. Which ones nobody knows: the client key says it.",
    ),
    "daily-quota": Rule(
        "daily_quota_limit_exceeded",
        429,
        "The daily quota limit was exceeded. It is back at 12 AM UTC.",
        "reported",
        "matched by several clients; limit and reset: " + _LIMITS,
        "1,000 requests a day (20,000 for followers and following) for the whole organisation; failed ones count.",
    ),
    "rate-limit": Rule(
        "rate_limit_exceeded",
        429,
        "The API rate limit was exceeded. Please try again later.",
        "documented",
        _TABLE,
        "Too many requests in a short time; the daily quota may be far from used up. Wait some seconds.",
    ),
    "internal": Rule(
        "internal_error",
        500,
        "{what}",
        "documented",
        _TABLE,
        "The server failed. The request is counted nevertheless.",
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
        "A parameter of the body has a wrong type, or is missing.",
    ),
    "fields-missing": Rule(
        "invalid_params",
        400,
        "`fields` is required.",
        "assumed",
        _QUERY,
        "The query parameter fields names what is to be returned, separated by commas.",
    ),
    "field-unknown": Rule(
        "invalid_params",
        400,
        "`fields`: {what} is not a field of this endpoint.",
        "assumed",
        _QUERY,
        "Each endpoint has its own list of fields.",
    ),
    "query-empty": Rule(
        "invalid_params",
        400,
        "`query` must have at least one condition in and, or, not.",
        "documented",
        _QUERY,
        "At least one of and, or, not must hold a condition.",
    ),
    "query-shape": Rule(
        "invalid_params",
        400,
        "`query` is invalid: {what}",
        "documented",
        _QUERY,
        "and, or, not are lists of conditions of field_name, operation, field_values; groups are not nested.",
    ),
    "query-field": Rule(
        "invalid_params",
        400,
        "`field_name` {what} is not supported.",
        "documented",
        _QUERY,
        "Conditions can name eleven fields.",
    ),
    "query-operation": Rule(
        "invalid_params",
        400,
        "`operation` {what}",
        "assumed",
        DOCS + "research-api-get-started",
        "Names take EQ and IN; dates and counts take GT, GTE, LT, LTE as well.",
    ),
    "query-one-value": Rule(
        "invalid_params",
        400,
        "`operation` {what} must have one field value",
        "reported",
        "github.com/HohnerJulian/ResearchTikPy PR 5",
        "Only IN takes several values.",
    ),
    "query-value": Rule(
        "invalid_params",
        400,
        "`field_values` is invalid: {what}",
        "assumed",
        _QUERY,
        "Values are strings, in the form that their field asks for.",
    ),
    "dates": Rule(
        "invalid_params",
        400,
        "{what}",
        "assumed",
        _QUERY,
        "start_date and end_date are UTC days, YYYYMMDD, both included.",
    ),
    "window": Rule(
        "invalid_params",
        400,
        "`end_date` must be no more than 30 days after `start_date`.",
        "documented",
        _QUERY,
        "The end date is at most 30 days after the start date.",
    ),
    "cursor": Rule(
        "invalid_params",
        400,
        "Invalid count or cursor",
        "recorded",
        "github.com/CybersecurityForDemocracy/tiktok-library issue 89",
        "max_count goes from 1 to 100, and a cursor is one that the server gave.",
    ),
    "search-id": Rule(
        "invalid_params",
        400,
        "Search Id {what} is invalid or expired",
        "recorded",
        "stackoverflow.com/questions/79023955",
        "A search_id belongs to one query and its dates, and lives for some time only.",
    ),
    "user-missing": Rule(
        "invalid_params",
        400,
        "`username: {what}` is invalid: cannot find the user",
        "recorded",
        _NOTEBOOK,
        "No account has this name now; it may have been renamed or deleted.",
    ),
    "user-refused": Rule(
        "invalid_params",
        400,
        "API cannot return this user's information",
        "recorded",
        _NOTEBOOK,
        "The account is of somebody under 18, of an excluded country, or excluded otherwise.",
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
        "The account does not make this list public.",
    ),
    "comments-closed": Rule(
        "invalid_params",
        400,
        "The comments of this video are not allowed to be disclosed",
        "reported",
        "github.com/CybersecurityForDemocracy/tiktok-library issue 104",
        "The comments of some videos are not shown.",
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
        "file_data is a text file of video ids or comment ids, at most 10,000.",
    ),
    "path": Rule(
        "invalid_params",
        404,
        "There is no endpoint {what}.",
        "assumed",
        _TABLE,
        "The API has the endpoints of its documents, and the token endpoint.",
    ),
    "method": Rule(
        "invalid_params",
        405,
        "This endpoint takes POST requests only.",
        "assumed",
        _TABLE,
        "Every endpoint is called by POST.",
    ),
}


@dataclass
class Refusal(Exception):
    """A request is answered with the error of a rule."""

    rule: str
    what: str = ""
    headers: dict[str, str] = field(default_factory=dict)

    @property
    def message(self) -> str:
        return RULES[self.rule].message.format(what=self.what)
