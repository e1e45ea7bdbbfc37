"""Every error the server can answer, as one table: code, status, words, and where it is known from."""

from collections.abc import Mapping
from dataclasses import dataclass, field

DOCS = "developers.tiktok.com/doc/"


@dataclass(frozen=True)
class Rule:
    """A reason to refuse a request.

    kind: documented (by TikTok), recorded (a stored real answer), reported (by a user or a client's code) or assumed.
    bare: the body has no `data` key.
    """

    code: str
    status: int
    message: str
    kind: str
    source: str
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
        bare=False,
    ),
    "scope": Rule(
        "scope_not_authorized",
        401,
        "The user did not authorize the scope required for completing this request.",
        "documented",
        _TABLE,
        bare=False,
    ),
    "scope-missed": Rule(
        "scope_permission_missed", 400, "The token lacks a scope that these fields need: {what}.", "documented", _TABLE
    ),
    "daily-quota": Rule(
        "daily_quota_limit_exceeded",
        429,
        "The daily quota limit was exceeded. It is back at 12 AM UTC.",
        "reported",
        "matched by several clients; limit and reset: " + _LIMITS,
    ),
    "rate-limit": Rule(
        "rate_limit_exceeded", 429, "The API rate limit was exceeded. Please try again later.", "documented", _TABLE
    ),
    "internal": Rule("internal_error", 500, "{what}", "documented", _TABLE),
    "not-json": Rule("invalid_params", 400, "The request body is not a JSON object.", "assumed", _TABLE),
    "parameter": Rule("invalid_params", 400, "{what}", "assumed", _TABLE),
    "fields-missing": Rule("invalid_params", 400, "`fields` is required.", "assumed", _QUERY),
    "field-unknown": Rule(
        "invalid_params", 400, "`fields`: {what} is not a field of this endpoint.", "assumed", _QUERY
    ),
    "query-empty": Rule(
        "invalid_params", 400, "`query` must have at least one condition in and, or, not.", "documented", _QUERY
    ),
    "query-shape": Rule("invalid_params", 400, "`query` is invalid: {what}", "documented", _QUERY),
    "query-field": Rule("invalid_params", 400, "`field_name` {what} is not supported.", "documented", _QUERY),
    "query-operation": Rule("invalid_params", 400, "`operation` {what}", "assumed", DOCS + "research-api-get-started"),
    "query-one-value": Rule(
        "invalid_params",
        400,
        "`operation` {what} must have one field value",
        "reported",
        "github.com/HohnerJulian/ResearchTikPy PR 5",
    ),
    "query-value": Rule("invalid_params", 400, "`field_values` is invalid: {what}", "assumed", _QUERY),
    "dates": Rule("invalid_params", 400, "{what}", "assumed", _QUERY),
    "window": Rule(
        "invalid_params", 400, "`end_date` must be no more than 30 days after `start_date`.", "documented", _QUERY
    ),
    "cursor": Rule(
        "invalid_params",
        400,
        "Invalid count or cursor",
        "recorded",
        "github.com/CybersecurityForDemocracy/tiktok-library issue 89",
    ),
    "search-id": Rule(
        "invalid_params",
        400,
        "Search Id {what} is invalid or expired",
        "recorded",
        "stackoverflow.com/questions/79023955",
    ),
    "user-missing": Rule(
        "invalid_params", 400, "`username: {what}` is invalid: cannot find the user", "recorded", _NOTEBOOK
    ),
    "user-refused": Rule("invalid_params", 400, "API cannot return this user's information", "recorded", _NOTEBOOK),
    "user-private": Rule(
        "invalid_params",
        400,
        "`username: {what}` is private",
        "reported",
        "github.com/JBGruber/traktok R/api_research.r",
    ),
    "list-hidden": Rule(
        "invalid_params",
        400,
        "`username: {what}` information cannot be returned",
        "reported",
        "github.com/JBGruber/traktok R/api_research.r",
    ),
    "comments-closed": Rule(
        "invalid_params",
        400,
        "The comments of this video are not allowed to be disclosed",
        "reported",
        "github.com/CybersecurityForDemocracy/tiktok-library issue 104",
    ),
    "not-found": Rule("invalid_params", 400, "{what}", "assumed", _TABLE),
    "file": Rule("invalid_file_upload", 400, "{what}", "documented", DOCS + "batch-compliance-apis"),
    "path": Rule("invalid_params", 404, "There is no endpoint {what}.", "assumed", _TABLE),
    "method": Rule("invalid_params", 405, "This endpoint takes POST requests only.", "assumed", _TABLE),
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
