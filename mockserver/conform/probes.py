"""The probes, as one table: which behaviours each decides, by which requests, and what the answers can be.

To add one: its row here, a reading in `readings` unless one fits, and a request in `requests` if no other serves. A
behaviour that is assumed or reported has a row here or a reason in not_asked.yaml; a test holds this.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

import yaml

from mockserver.conform import readings
from mockserver.conform.answers import Answers
from mockserver.conform.readings import Reading

ANY = "*"  # every other answer that says something


@dataclass(frozen=True)
class Probe:
    """One question.

    behaviours: what it decides, by their names in `tiktok-mock fidelity`. requests: those that it reads. mock: the
    answer of this mock without any switch. others: the answers that would contradict it; every other is left undecided.
    """

    name: str
    behaviours: tuple[str, ...]
    requests: tuple[str, ...]
    read: Reading
    mock: str
    others: tuple[str, ...]

    def answer(self, answers: Answers) -> str:
        """How the server answers; "" also if its answers have a form that no reading expects."""
        try:
            return self.read(answers)
        except (TypeError, ValueError, LookupError, AttributeError):
            return ""

    def verdict(self, answer: str) -> str:
        """`confirmed`, `contradicted`, or "" if an answer decides nothing."""
        if answer == self.mock:
            return "confirmed"
        return "contradicted" if answer and (answer in self.others or ANY in self.others) else ""


def _row(behaviours: str, requests: str, read: Reading, mock: str, *others: str, name: str = "") -> Probe:
    names = tuple(behaviours.split(", "))
    return Probe(name or names[0].replace(" ", ":"), names, tuple(requests.split()), read, mock, others)


def _refusal(rule: str, request: str, mock: str = "400 invalid_params") -> Probe:
    return _row(f"refusal {rule}", request, readings.outcome(request), mock, ANY)


_LENIENT_SEARCH, _LENIENT_USER = "search-lenient", "user-lenient"

# fmt: off
PROBES = (
    # Tokens and access
    _row("token-error-200", "token-wrong", readings.status("token-wrong"), "200", ANY),
    _row("token-method", "token-get", readings.status("token-get"), "405", ANY),
    _row("tokens-many", "token-second search", readings.tokens, "both valid", "first token refused"),
    _row("other-products", "ads", readings.status("ads"), "401", ANY),
    _row("scope-fields", "search-again", readings.scopes, "answered", "scope missing"),
    # What is accepted
    _row("last-slash", _LENIENT_USER, readings.last_slash, "answered", ANY),
    _row("unknown-keys", f"{_LENIENT_USER} user-key", readings.liberty("user-key"), "answered", ANY),
    _row("form-body", f"{_LENIENT_USER} user-form", readings.liberty("user-form"), "answered", ANY),
    _row("fields-in-body", f"{_LENIENT_USER} user-fields", readings.liberty("user-fields"), "answered", ANY),
    _row("loose-groups", f"{_LENIENT_SEARCH} empty-group", readings.outcome(_LENIENT_SEARCH, "empty-group"), "answered",
        ANY),
    _row("quirk empty-groups", f"{_LENIENT_SEARCH} empty-group", readings.is_500(_LENIENT_SEARCH, "empty-group"),
        "answered", "500"),
    _row("cursor-alone", f"{_LENIENT_SEARCH} cursor-alone", readings.cursor_alone, "answered", ANY),
    _row("signs", f"{_LENIENT_SEARCH} sign cursor-alone", readings.signs, "ignored", "finds nothing"),
    _row("loose-ids", "comments comments-number", lambda answers: readings.outcome("comments")(answers)
        if answers.of("comments").is_good or answers.of("comments-number").is_good else "", "answered", ANY),
    _row("compression", "search", readings.compression, "gzip", ANY),
    # What is refused
    _refusal("not-json", "no-object"),
    _refusal("parameter", "word"),
    _row("refusal fields-missing", "no-fields", readings.of_user("no-fields"), "400 invalid_params", ANY),
    _row("refusal query-operation, matrix", "operation", readings.outcome("operation"), "400 invalid_params", ANY),
    _refusal("query-one-value", "two-values"),
    _refusal("query-value", "value"),
    _refusal("dates", "dates"),
    _refusal("not-found", "no-playlist"),
    _refusal("method", "method", "405 invalid_params"),
    _row("refusal list-hidden", "liked", readings.liked_refusal, "400 invalid_params", ANY),
    # Searches
    _row("groups", "groups", readings.groups, "met", "not met"),
    _row("keyword", "keyword", readings.keyword, "in every text", "not in every text"),
    _row("quirk no-keyword", "keyword search", readings.finds_keyword, "finds videos", "finds nothing"),
    _row("quirk empty-success", "search", readings.finds_anything, "finds videos", "finds nothing"),
    _row("quirk fresh-search-id", "search page-2", readings.new_search_id, "answered", "refused"),
    _row("quirk cursor-refused", "page-2 page-2-again", readings.cursor_once, "answered", "refused once"),
    _row("quirk first-page-only", "page-2 page-2-again", readings.later_pages, "answered", "refused"),
    _row("quirk search-id-changes", "search page-2", readings.search_id_of_page, "same", "another"),
    _row("quirk dead-periods", "groups", readings.is_500("groups"), "answered", "500"),
    _row("quirk long-windows", "popular", readings.is_500("popular"), "answered", "500"),
    _row("quirk large-results", "broad popular", readings.large_results, "answered", "500"),
    _row("quirk few-usernames", "usernames", readings.many_usernames, "answered", "500"),
    _row("quirk wrong-users", "usernames search", readings.by_username, "asked names only", "others too"),
    _row("quirk default-count-10", "search-again", readings.default_count, "20", "10"),
    _row("quirk empty-pages", "search page-2 broad", readings.empty_pages, "none", "seen"),
    _row("quirk duplicates", "search page-2 broad", readings.duplicates, "none", "seen"),
    _row("quirk cold-cache", "search", readings.cold_cache, "answered", "fails twice"),
    _row("quirk yield-65", "search search-again broad keyword", readings.delivered, "more", "two thirds"),
    _row("quirk few-views", "groups", readings.views, "as searched", "too low"),
    _row("quirk mention-text", "search broad", readings.mentions, "usernames", "display names"),
    _row("quirk flicker", "search search-again", readings.repeated, "same videos", "other videos"),
    # The shape of a page
    _row("quirk no-has-more", "search", readings.has_more, "has_more", "neither"),
    _row("quirk renamed-has-more", "search", readings.has_more, "has_more", "hasMore"),
    _row("quirk no-cursor", "search", readings.cursor_key, "cursor", "none"),
    _row("quirk no-list", "search", readings.list_key, "videos", "no list"),
    _row("quirk renamed-list", "search", readings.list_key, "videos", "another list"),
    _row("quirk odd-values", "search", readings.values, "whole numbers", "others too"),
    _row("quirk odd-records", "search", readings.odd_records, "objects", "others too"),
    _row("quirk new-field", "search", readings.new_fields, "requested ones", "others too"),
    _row("quirk video-id-key", "search", readings.id_key, "id", "video_id"),
    # Comments
    _row("comment-unknown-video", "comments-unknown", readings.unknown_video, "an empty list", ANY),
    _row("comment-cap", "comments-beyond popular", readings.beyond_thousand, "answered", ANY),
    _row("quirk comments-refused", "comments comments-unknown", readings.comments_refused, "answered", "refused"),
    # Users and their lists
    _row("quirk user-500", _LENIENT_USER, readings.user_status, "200", "500 with data"),
    _row("quirk large-counts", _LENIENT_USER, readings.likes, "within 32 bits", "beyond 32 bits"),
    _row("follow-start", "followers followers-oldest", readings.followers_start, "latest first", "oldest first"),
    _row("empty-list-absent", "followers-oldest", readings.empty_list, "left out", "empty list"),
    _row("quirk follow-scope", "followers", readings.follow_scope, "answered", "no scope"),
    _row("lists-hidden", "liked followers pinned", readings.lists_apart, "shown", "hidden too"),
    _row("quirk lists-hidden", "liked", readings.likes_of_named, "answered", "refused"),
    _row("pinned-three", "pinned", readings.pinned, "three", "more"),
    _row("quirk favourites-refused", "pinned", readings.favourites, "answered", "refused"),
    _row("quirk liked-seconds", "liked", readings.liked_unit, "milliseconds", "seconds"),
    # Playlists, shops, compliance
    _row("quirk playlist-500", "playlist", readings.playlist_status, "200", "500 with data"),
    _row("quirk playlist-cursor", "playlist", readings.playlist_cursor, "advances", "stays at 0"),
    _row("shop-error-object", "shop", readings.shop_error, "error object", "none"),
    _row("quirk reviews-by-shop", "reviews-of-shop", readings.reviews_of_shop, "by product", "by shop"),
    _row("compliance-format", "task task-file", readings.compliance_file, "an id per line", "JSON", "other"),
    # All answers together
    _row("quirk mostly-down", "all", readings.mostly_down, "mostly answered", "mostly 500"),
    _row("quirk tires", "all", readings.tires, "answered", "only 500 in the end"),
    _row("quirk gateway-timeout", "all", readings.gateway, "none", "seen"),
    _row("quirk broken-bodies", "all", readings.cut_off, "none", "seen"),
    _row("quirk short-rate-limit", "all", readings.rate_limit, "none", "seen"),
    _row("quirk echoed-secrets", "all", readings.echoes, "none", "seen"),
)
# fmt: on


@cache
def not_asked() -> Mapping[str, str]:
    """Why a behaviour has no probe."""
    reasons: Mapping[str, str] = yaml.safe_load(files(__package__).joinpath("not_asked.yaml").read_text("utf-8"))
    return reasons
