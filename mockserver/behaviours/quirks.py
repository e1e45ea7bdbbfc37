"""The reported quirks of the real API: one table, and above it what each of them does to a call.

To add one, write its row, and a function unless one of those below does it; see `Quirk`. The number is that of its row
in docs/quirks.md.
"""

from collections.abc import Callable, Iterable, Mapping, Set
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from mockserver.behaviours.faults import GATEWAY_TIMEOUT, DegradedAnswer, Fault
from mockserver.behaviours.refusals import Refusal
from mockserver.world.hashing import Ints, Mask, key, one_in

_JULY_2024 = 1_719_792_000
_VIDEO_LISTS = ("videos", "user_liked_videos", "pinned_videos_list", "reposted_videos")
_RELIABLE_USERNAMES = 10
_TRY_AGAIN = "Something is wrong. Please try again later."
_Data = dict[str, Any]


class _Named(Protocol):
    @property
    def name(self) -> str: ...


class Call(Protocol):
    """What a quirk may use of a call; `endpoints.call.Call` says what each of these is."""

    now: int
    body: Mapping[str, Any]
    fields: tuple[str, ...]

    @property
    def endpoint(self) -> _Named: ...
    @property
    def quirks(self) -> Set[str]: ...
    @property
    def seed(self) -> int: ...
    @property
    def organisation(self) -> str: ...
    @property
    def secrets(self) -> str: ...
    def count_attempt(self, *parts: object) -> int: ...
    def is_drawn(self, purpose: str, share: float) -> bool: ...
    def new_search_id(self, search_id: str) -> str | None: ...


@dataclass(frozen=True)
class Quirk:
    """A reported oddity of the real API, off unless it is switched on.

    numbers: its rows in docs/quirks.md, none if nobody has reported it yet. about, source: what happens, and who says
    so. endpoints: beginnings of the names of the endpoints that show it. observed: a patient client still gets all
    data, so that the name `observed` switches it on. evidence: documented, recorded or reported, as in refusals.py.

    before: raises Refusal, Fault or DegradedAnswer. after: changes the data of a good answer, or raises Refusal.
    delivers: which of the videos that were found are delivered. Without any of these three, the code of the endpoint
    or of the tenant looks whether it is on.
    """

    numbers: tuple[int, ...]
    about: str
    source: str
    endpoints: tuple[str, ...] = ("",)
    observed: bool = False
    evidence: str = "reported"
    before: Callable[[Call], None] | None = None
    after: Callable[[Call, _Data], None] | None = None
    delivers: Callable[[Call, Ints], Mask] | None = None

    @property
    def kind(self) -> str:
        """How well it is known."""
        return self.evidence if self.numbers else "assumed"

    def concerns(self, endpoint: str) -> bool:
        return endpoint.startswith(self.endpoints)


# Before the answer


def _is_later_page(call: Call) -> bool:
    return str(call.body.get("cursor") or "0") != "0"


def _conditions(call: Call) -> list[_Data]:
    query = call.body.get("query")
    groups = query.values() if isinstance(query, dict) else ()
    return [each for group in groups if isinstance(group, list) for each in group if isinstance(each, dict)]


def _names_field(call: Call, *fields: str) -> bool:
    return any(condition.get("field_name") in fields for condition in _conditions(call))


def _refuse(rule: str, what: str = "") -> Callable[[Call], None]:
    def before(_: Call) -> None:
        raise Refusal(rule, what)

    return before


def _refuse_new_search_id(call: Call) -> None:
    search_id = call.body.get("search_id")
    if search_id and call.count_attempt("fresh", search_id) <= 2:
        raise Refusal("search-id", str(search_id)[:40])


def _refuse_cursor_once(call: Call) -> None:
    body = call.body
    if _is_later_page(call) and call.count_attempt("cursor", body.get("search_id"), body.get("cursor")) == 1:
        raise Refusal("cursor")


def _refuse_later_pages(call: Call) -> None:
    if _is_later_page(call):
        raise Refusal("cursor")


def _refuse_lists(call: Call) -> None:
    raise Refusal("list-hidden", str(call.body.get("username", ""))[:80])


def _fail_for_dead_periods(call: Call) -> None:
    start, end = str(call.body.get("start_date")), str(call.body.get("end_date"))
    hashtags = _names_field(call, "hashtag_name") and start <= "20220731" and end >= "20210301"
    if hashtags or (start <= "20231031" and end >= "20231001"):
        raise Refusal("internal", _TRY_AGAIN)


def _fail_for_long_windows(call: Call) -> None:
    try:
        start, end = (datetime.strptime(str(call.body.get(name)), "%Y%m%d") for name in ("start_date", "end_date"))
    except ValueError:
        return
    if (end - start).days > 7:
        raise Refusal("internal", "Server Internal Error")


def _fail_for_empty_groups(call: Call) -> None:
    if isinstance(query := call.body.get("query"), dict) and [] in (query.get(group) for group in ("and", "or", "not")):
        raise Refusal("internal", _TRY_AGAIN)


def _fail_for_many_usernames(call: Call) -> None:
    values = [each.get("field_values") for each in _conditions(call) if each.get("field_name") == "username"]
    count = sum(len(names) for names in values if isinstance(names, list))
    if count > _RELIABLE_USERNAMES and call.is_drawn("usernames", 0.5):
        raise Refusal("internal", _TRY_AGAIN)


def _fail_mostly(call: Call) -> None:
    if not call.is_drawn("mostly-down", 0.05):
        raise Refusal("internal", "Something went wrong. Please try again later.")


def _fail_after_five_per_hour(call: Call) -> None:
    if call.count_attempt("hour", call.now // 3_600) > 5:
        raise Refusal("internal", "")


def _fail_twice(call: Call) -> None:
    body = call.body
    if call.count_attempt("cache", body.get("search_id"), body.get("cursor"), body.get("query")) <= 2:
        raise Refusal("internal", _TRY_AGAIN)


def _fail_once_with_secrets(call: Call) -> None:
    if call.count_attempt("secrets", sorted(call.body)) == 1:
        raise Refusal("internal", f"This request failed: {call.secrets}")


def _time_out_at_the_gateway(call: Call) -> None:
    if call.is_drawn("gateway", 0.2):
        raise Fault(504, GATEWAY_TIMEOUT, "text/html")


def _cut_off_the_body(call: Call) -> None:
    if call.is_drawn("broken", 0.2):
        raise DegradedAnswer(connection="truncate")


def _limit_the_rate(call: Call) -> None:
    if call.is_drawn("rate", 0.2):
        raise Refusal("rate-limit")


def _answer_with_status_500(_: Call) -> None:
    raise DegradedAnswer(status=500)


def _answer_slowly(_: Call) -> None:
    raise DegradedAnswer(delay=5.0)


# After the answer


def _videos(data: _Data) -> list[_Data]:
    listed = (video for name in _VIDEO_LISTS for video in data.get(name, ()))
    return [video for video in listed if isinstance(video, dict)]  # other quirks add records that are none


def _each_video(change: Callable[[_Data], None]) -> Callable[[Call, _Data], None]:
    def after(_: Call, data: _Data) -> None:
        for video in _videos(data):
            change(video)

    return after


def _rename(record: _Data, old: str, new: str) -> None:
    if old in record:
        record[new] = record.pop(old)


def _rename_id(video: _Data) -> None:
    _rename(video, "id", "video_id")


def _rename_reposted_list(_: Call, data: _Data) -> None:
    _rename(data, "reposted_videos", "user_reposted_videos")


def _insert_null_bytes(video: _Data) -> None:
    for name in ("username", "video_description", "voice_to_text"):
        if name in video and key(video[name]) % 4 == 0:
            video[name] = video[name][:3] + "\0\0" + video[name][3:]


def _drop_some_fields(video: _Data) -> None:
    for name in ("like_count", "music_id"):
        if key(name, video.get("id"), video.get("create_time")) % 20 == 0:
            video.pop(name, None)


def _add_field(video: _Data) -> None:
    video["mock_new_field"] = {"is_new": True}


def _turn_mentions_into_display_text(video: _Data) -> None:
    if "video_mention_list" in video:
        video["video_mention_list"] = [name.replace(".", " ").title() for name in video["video_mention_list"]]


def _raise_likes_beyond_32_bits(_: Call, data: _Data) -> None:
    if "likes_count" in data:
        data["likes_count"] += 1 << 33


def _lower_old_counts(_: Call, data: _Data) -> None:
    for video in _videos(data):
        if video.get("create_time", 0) < _JULY_2024:
            for name in ("view_count", "share_count"):
                if name in video:
                    video[name] //= 200


def _lower_region_on_later_pages(call: Call, data: _Data) -> None:
    if _is_later_page(call):
        for video in _videos(data):
            if "region_code" in video:
                video["region_code"] = video["region_code"].lower()


def _mix_in_other_users(call: Call, data: _Data) -> None:
    if _names_field(call, "username"):
        for number, video in enumerate(_videos(data)):
            if number % 10 == 9 and "username" in video:
                video["username"] = "somebody.else"


def _keep_cursor(call: Call, data: _Data) -> None:
    if "cursor" in data:
        data["cursor"] = int(call.body.get("cursor") or 0)


def _refuse_favourites(call: Call, _: _Data) -> None:
    if "favourites_count" in call.fields:
        raise Refusal("field-unknown", "favourites_count")


def _empty_some_pages(call: Call, data: _Data) -> None:
    if data.get("has_more") and call.is_drawn("empty page", 0.3):
        data["videos"] = []


def _change_search_id(call: Call, data: _Data) -> None:
    if search_id := call.new_search_id(data.get("search_id", "")):
        data["search_id"] = search_id


def _repeat_first_video(_: Call, data: _Data) -> None:
    videos = data.get("videos")
    if videos and len(videos) < 100:
        videos.append(dict(videos[0]))


def _find_nothing(_: Call, data: _Data) -> None:
    data.clear()
    data.update({"videos": [], "cursor": 0, "has_more": False})


def _find_no_keyword(call: Call, data: _Data) -> None:
    if _names_field(call, "keyword"):
        _find_nothing(call, data)


def _drop(*names: str) -> Callable[[Call, _Data], None]:
    def after(_: Call, data: _Data) -> None:
        for name in names:
            data.pop(name, None)

    return after


def _rename_has_more(_: Call, data: _Data) -> None:
    _rename(data, "has_more", "hasMore")


def _lists(data: _Data) -> list[str]:
    return [name for name, value in data.items() if isinstance(value, list)]


def _drop_lists(_: Call, data: _Data) -> None:
    for name in _lists(data):
        del data[name]


def _rename_lists(_: Call, data: _Data) -> None:
    for name in _lists(data):
        _rename(data, name, "items")


def _spoil_some_values(_: Call, data: _Data) -> None:
    """In one record of ten, the first three whole numbers apart from ids: with a point, as true, as a word."""
    for name in _lists(data):
        for record in (each for each in data[name][::10] if isinstance(each, dict)):
            fields = [name for name, value in record.items() if type(value) is int and not name.endswith("id")]
            record.update(zip(fields, (1.5, True, "many"), strict=False))


def _add_odd_records(_: Call, data: _Data) -> None:
    for name in _lists(data):
        data[name] += [5, {}, None]


def _add_secrets(call: Call, data: _Data) -> None:
    data["debug"] = call.secrets


# Which videos are delivered


def _always_the_same(purpose: str, share: float) -> Callable[[Call, Ints], Mask]:
    return lambda call, index: one_in(key(call.seed, purpose), index, share)


def _others_each_time(call: Call, index: Ints) -> Mask:
    """Other videos at each request, and for each organisation."""
    return one_in(key(call.seed, "flicker" + call.organisation, call.count_attempt("flicker")), index, 0.9)


# The table. Effects of several quirks are applied in its order.

_SEARCH = ("video.query",)
_C4D = "github.com/CybersecurityForDemocracy/tiktok-library"
_TRAKTOK = "github.com/JBGruber/traktok"
_RESEARCHTIKPY = "github.com/HohnerJulian/ResearchTikPy"
_WRAPPER = "github.com/tiktok/tiktok-research-api-wrapper"
_DOCS = "developers.tiktok.com/doc"
_NO_REPORT = "no report: an API that changes, for tests of clients"
_PEARSON = "Pearson et al. 2024, Beyond the margin of error"

# fmt: off
QUIRKS: Mapping[str, Quirk] = {
    "fresh-search-id": Quirk((1,), "a search_id is refused at its first two uses",
        "stackoverflow.com/questions/79023955", _SEARCH, observed=True, before=_refuse_new_search_id),
    "cursor-refused": Quirk((2,), "a later page is first refused with Invalid count or cursor",
        f"{_C4D}/issues/89", _SEARCH, observed=True, before=_refuse_cursor_once),
    "dead-periods": Quirk((3,), "500 for hashtags of 03/2021 to 07/2022, and for 10/2023",
        "cybersecurityfordemocracy.org/issues-with-the-tiktok-research-api", _SEARCH, before=_fail_for_dead_periods),
    "long-windows": Quirk((5,), "500 for windows longer than seven days",
        f"{_C4D}/pull/47", _SEARCH, before=_fail_for_long_windows),
    "large-results": Quirk((5,), "500 for searches that find more than 2,000 videos",
        f"{_C4D}/pull/47", _SEARCH),
    "empty-groups": Quirk((57,), "500 if and, or, not has an empty list",
        "one author, 2026-04; two clients of 2025 send empty lists and are answered", _SEARCH,
        before=_fail_for_empty_groups),
    "few-usernames": Quirk((58,), "one in two searches for more than ten usernames is answered 500",
        "one author, 2026-04: reliable to about ten usernames; what happens beyond is our choice", _SEARCH,
        before=_fail_for_many_usernames),
    "mostly-down": Quirk((6,), "19 of 20 requests answer 500",
        "github.com/davidteather/TikTok-Api/issues/1258", before=_fail_mostly),
    "tires": Quirk((7,), "500 after five requests in an hour",
        f"{_TRAKTOK}/issues/18", before=_fail_after_five_per_hour),
    "gateway-timeout": Quirk((8,), "one in five answers is a 504 in HTML",
        f"{_TRAKTOK}/issues/17", observed=True, before=_time_out_at_the_gateway),
    "broken-bodies": Quirk((9,), "one in five bodies is cut off",
        "github.com/transfluxus/tiktok-research-api-wrapper f44d721", observed=True, before=_cut_off_the_body),
    "short-rate-limit": Quirk((10,), "one in five requests is answered rate_limit_exceeded",
        f"{_RESEARCHTIKPY}/pull/25", observed=True, before=_limit_the_rate),
    "first-page-only": Quirk((12, 55), "later pages are refused",
        f"{_RESEARCHTIKPY}/issues/8", _SEARCH, before=_refuse_later_pages),
    "follower-cap": Quirk((14,), "follower lists end at 4,500",
        f"{_RESEARCHTIKPY}/issues/2", ("user.followers",)),
    "lists-hidden": Quirk((15,), "likes and reposts are refused",
        f"{_RESEARCHTIKPY}/issues/2", ("user.liked", "user.reposted"), before=_refuse_lists),
    "user-500": Quirk((16,), "user endpoints answer 500 with good data",
        f"{_TRAKTOK} api_user_error_checker", ("user",), observed=True, before=_answer_with_status_500),
    "playlist-500": Quirk((17,), "playlist/info answers 500 with good data",
        f"{_TRAKTOK} tt_playlist_api", ("playlist.info",), observed=True, before=_answer_with_status_500),
    "playlist-cursor": Quirk((18,), "the cursor of a playlist never changes",
        _TRAKTOK, ("playlist.info",), after=_keep_cursor),
    "video-id-key": Quirk((19,), "videos have video_id instead of id",
        f"{_DOCS}/research-api-specs-query-videos", _SEARCH, evidence="documented", after=_each_video(_rename_id)),
    "sparse": Quirk((21,), "one video in twenty has no like_count, and one in twenty no music_id",
        f"{_C4D} test data", observed=True, evidence="recorded", after=_each_video(_drop_some_fields)),
    "null-bytes": Quirk((22,), "null bytes in names and texts",
        f"{_C4D}/pull/99", observed=True, evidence="recorded", after=_each_video(_insert_null_bytes)),
    "large-counts": Quirk((23,), "likes_count beyond 32 bits",
        f"{_C4D}/pull/109", ("user.info",), observed=True, after=_raise_likes_beyond_32_bits),
    "comments-refused": Quirk((25,), "all comments are refused: not allowed to be disclosed",
        f"{_C4D}/issues/104", ("video.comments",), before=_refuse("comments-closed")),
    "follow-scope": Quirk((26,), "scope_not_authorized for followers and following",
        f"{_WRAPPER}/issues/3", ("user.followers", "user.following"), before=_refuse("scope")),
    "no-keyword": Quirk((28,), "keyword searches find nothing",
        f"{_TRAKTOK}/issues/29", _SEARCH, after=_find_no_keyword),
    "favourites-refused": Quirk((30,), "favourites_count is refused, although it is documented",
        f"{_TRAKTOK} parse_research.r", ("user.liked", "user.pinned", "user.reposted"), after=_refuse_favourites),
    "reviews-by-shop": Quirk((45,), "reviews are requested by shop_id instead of product_id",
        f"{_RESEARCHTIKPY} shops.py", ("shop.reviews",)),
    "reposted-key": Quirk((31,), "user_reposted_videos instead of reposted_videos",
        f"{_DOCS}/research-api-specs-query-user-reposted-videos", ("user.reposted",),
        evidence="documented", after=_rename_reposted_list),
    "liked-seconds": Quirk((32,), "the cursor of liked videos is in seconds, as the text of the documents says",
        f"{_DOCS}/research-api-specs-query-user-liked-videos", ("user.liked",), evidence="documented"),
    "default-count-10": Quirk((34,), "the default max_count of video/query is 10",
        f"{_DOCS}/research-api-get-started", _SEARCH, observed=True, evidence="documented"),
    "empty-pages": Quirk((36,), "three in ten pages are empty while more follow",
        _C4D, _SEARCH, after=_empty_some_pages),
    "search-id-changes": Quirk((37,), "every page has a new search_id",
        f"{_TRAKTOK} vignette", _SEARCH, observed=True, evidence="recorded", after=_change_search_id),
    "duplicates": Quirk((38,), "a short page ends with its first video again",
        "github.com/gabbypinto/US2024PresElectionTikToks", _SEARCH, observed=True, after=_repeat_first_video),
    "cold-cache": Quirk((39,), "each page fails twice, then succeeds",
        _WRAPPER, _SEARCH, observed=True, before=_fail_twice),
    "yield-65": Quirk((40,), "65 % of the videos are delivered",
        "arXiv 2402.13855", _SEARCH, delivers=_always_the_same("yield", 0.65)),
    "one-in-eight-missing": Quirk((41,), "one video in eight is never delivered",
        "arXiv 2506.09746", _SEARCH, delivers=_always_the_same("eight", 0.875)),
    "few-views": Quirk((42,), "counts of views and shares before July 2024 are far too low",
        _PEARSON, after=_lower_old_counts),
    "wrong-users": Quirk((42,), "searches by username return some videos of other users",
        _PEARSON, _SEARCH, after=_mix_in_other_users),
    "mention-text": Quirk((49,), "mentions are display names instead of usernames",
        "a project's note", observed=True, after=_each_video(_turn_mentions_into_display_text)),
    "region-lower-case": Quirk((51,), "region_code in lower case on later pages",
        f"{_C4D} ExampleInterfaceusage.ipynb", _SEARCH,
        observed=True, evidence="recorded", after=_lower_region_on_later_pages),
    "slow-comments": Quirk((56,), "each comment request takes five seconds",
        f"{_TRAKTOK} vignette", ("video.comments",), evidence="recorded", before=_answer_slowly),
    "flicker": Quirk((40,), "one video in ten is missing, a different one each time",
        "arXiv 2402.13855", _SEARCH, delivers=_others_each_time),
    "empty-success": Quirk((28,), "searches succeed and find nothing",
        f"{_TRAKTOK}/issues/29", _SEARCH, after=_find_nothing),
    "no-has-more": Quirk((), "pages have no has_more", _NO_REPORT, after=_drop("has_more")),
    "renamed-has-more": Quirk((), "pages have hasMore instead of has_more", _NO_REPORT, after=_rename_has_more),
    "no-cursor": Quirk((), "pages have no cursor", _NO_REPORT, after=_drop("cursor")),
    "no-list": Quirk((), "pages have no list", _NO_REPORT, after=_drop_lists),
    "renamed-list": Quirk((), "the list of a page is called items", _NO_REPORT, after=_rename_lists),
    "odd-values": Quirk((), "one record in ten has numbers that are not whole", _NO_REPORT, after=_spoil_some_values),
    "odd-records": Quirk((), "lists end with a number, an empty object and null", _NO_REPORT, after=_add_odd_records),
    "late-reset": Quirk((), "the quota of a new day can be used from 00:10 UTC on",
        "no report: the documents say 00:00 UTC, without a precision"),
    "echoed-secrets": Quirk((), "an answer repeats the token, the client key and the secret", _NO_REPORT,
        before=_fail_once_with_secrets, after=_add_secrets),
    "new-field": Quirk((), "videos have a field that was not requested",
        f"{_DOCS}/changelog", _SEARCH, observed=True, after=_each_video(_add_field)),
}

# What the mock always does.
ALWAYS: Mapping[int, str] = {
    4: "failed requests are counted",
    13: "EQ with several values is refused",
    20: "the order of keys changes from record to record",
    24: "user/info does not return the username",
    27: "new videos can be searched only after up to 48 h, without a warning",
    29: "wrong credentials are answered with status 200 and an error body",
    30: "favourites_count is accepted, but never returned",
    33: "in the lists of users, video_tag has other keys, and AIGC 1 and 2 are swapped",
    35: "pages are short, since the cursor counts removed videos",
    43: "15 % of videos have a transcript",
    44: "counts of video/query are up to ten days old",
    48: "there are hashtags in several scripts, emoji and flags",
    52: "not all hashtags are in lower case",
    53: "some authors cannot be found or are refused",
    54: "the time in the id of a scheduled post is up to three days before create_time",
}

# What a mock server cannot show, and why.
ELSEWHERE: Mapping[int, str] = {
    11: "fewer failures since some date: nothing to imitate",
    46: "a mistake in the documents: a mock server answers at one host",
    47: "a problem of clients: the ids are JSON numbers beyond 2**53, as in the real API",
    50: "about the ad library, which is another API",
}
# fmt: on


def read_quirks(names: Iterable[str]) -> frozenset[str]:
    """Check names of quirks; `observed` means all that a patient client can live with. Raises ValueError."""
    chosen: set[str] = set()
    for name in filter(None, (name.strip() for name in names)):
        if name == "observed":
            chosen |= {name for name, quirk in QUIRKS.items() if quirk.observed}
        elif name in QUIRKS:
            chosen.add(name)
        else:
            raise ValueError(f"unknown quirk {name[:40]!r}; available: observed, {', '.join(QUIRKS)}")
    return frozenset(chosen)


def concerning(endpoint: str, names: Iterable[str]) -> list[str]:
    """Those of the quirks that an endpoint shows."""
    return sorted(name for name in names if QUIRKS[name].concerns(endpoint))


# Applying them


def _active(call: Call) -> list[Quirk]:
    names, endpoint = call.quirks, call.endpoint.name
    return [quirk for name, quirk in QUIRKS.items() if name in names and quirk.concerns(endpoint)] if names else []


def before(call: Call) -> None:
    """Apply the tenant's quirks to a call. Raises Refusal, Fault or DegradedAnswer if one of them does."""
    for quirk in _active(call):
        if quirk.before:
            quirk.before(call)


def change_answers(call: Call) -> bool:
    """Whether `after` may change the data of a good answer."""
    return any(quirk.after for quirk in _active(call))


def after(call: Call, data: dict[str, Any]) -> None:
    """Apply the tenant's quirks to the data of a good answer. Raises Refusal."""
    for quirk in _active(call):
        if quirk.after:
            quirk.after(call, data)


def delivered(call: Call, index: Ints) -> Ints:
    """The videos that the tenant's quirks deliver, of those that were found."""
    for quirk in _active(call):
        if quirk.delivers:
            index = index[quirk.delivers(call, index)]
    return index
