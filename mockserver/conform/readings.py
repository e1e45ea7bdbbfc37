"""How a probe reads the answers: each function returns one of a few words, or "" if the answers do not tell.

No word holds anything that an answer says about a person.
"""

from collections.abc import Callable, Iterable
from typing import Any

from mockserver.behaviours.refusals import RULES
from mockserver.conform.answers import NOT_ASKED, RATE, Answer, Answers
from mockserver.conform.requests import KEYWORD
from mockserver.endpoints.table import BY_NAME
from mockserver.world.vocabulary import words

Reading = Callable[[Answers], str]

_SAME_SEARCH = 3_600  # seconds within which a search_id is as good as new
_LARGEST_32_BIT = 1 << 32
_MANY = 60  # videos on a page: one of them would have a common word
_ENOUGH = 25  # answers that would show an event of one request in five
_CURSOR, _SEARCH_ID = RULES["cursor"].message, RULES["search-id"].message.split("{")[0]
_COUNTS = ("create_time", "view_count", "comment_count", "like_count")


def _first(*outcomes: str) -> str:
    return next(filter(None, outcomes), "")


# One answer


def outcome(name: str, *others: str) -> Reading:
    """`answered`, or status and code: of a request, or of the ones that were sent instead of it."""
    return lambda answers: (
        "answered"
        if answers.outcome(name) == "answered"
        else _first(*(answers.outcome(each) for each in others or (name,)))
    )


def of_user(name: str) -> Reading:
    """As `outcome`, for a request about an account: it says nothing if the account itself is refused."""
    return lambda answers: outcome(name)(answers) if answers.is_healthy("user.info") else ""


def liberty(name: str) -> Reading:
    """Whether a liberty is accepted: by the lenient request, or by one that takes it alone."""
    return lambda answers: (
        "answered"
        if answers.of("user-lenient").is_good
        else outcome(name)(answers)
        if answers.of("user").is_good
        else ""
    )


def status(name: str) -> Reading:
    def read(answers: Answers) -> str:
        answer = answers.of(name)
        return str(answer.status) if 0 < answer.status < 500 and answer.status != 429 else ""

    return read


def is_500(name: str, *others: str) -> Reading:
    """`500` or `answered`; nothing else."""
    read = outcome(name, *others)
    return lambda answers: found if (found := read(answers)) in ("500", "answered") else ""


def tokens(answers: Answers) -> str:
    if not answers.of("token-second").content.get("access_token"):
        return ""
    codes = [answer.code for answer in answers.attempts("search")]
    return "first token refused" if "access_token_invalid" in codes else "both valid" if codes else ""


def last_slash(answers: Answers) -> str:
    answer = answers.of("user-lenient")
    return "answered" if answer.is_good else str(answer.status) if answer.status in (301, 302, 307, 308, 404) else ""


def compression(answers: Answers) -> str:
    answer = answers.of("search")
    return answer.headers.get("content-encoding", "none") if len(answer.body) >= 1_024 else ""


def scopes(answers: Answers) -> str:
    answer = answers.of("search-again")
    is_refused = answer.code in ("scope_permission_missed", "scope_not_authorized")
    return "answered" if answer.is_good else "scope missing" if is_refused and answers.of("search").is_good else ""


# Searches


def _page(read: Callable[[dict[str, Any]], str]) -> Reading:
    """Read the data of the first search."""
    return lambda answers: read(answers.of("search").data) if answers.of("search").is_good else ""


def _later(answers: Answers) -> tuple[Answer, Answer]:
    """The second page, requested once and twice; empty answers if its search was too old by then."""
    first, page, again = answers.of("search"), answers.of("page-2"), answers.of("page-2-again")
    is_fresh = page.second - first.second < _SAME_SEARCH and again.second - first.second < _SAME_SEARCH
    return (page, again) if is_fresh else (Answer(""), Answer(""))


def _message(answer: Answer) -> str:
    return str(answer.error.get("message", ""))


def new_search_id(answers: Answers) -> str:
    page, _ = _later(answers)
    return "answered" if page.is_good else "refused" if _SEARCH_ID in _message(page) else ""


def cursor_once(answers: Answers) -> str:
    page, again = _later(answers)
    is_once = _message(page) == _CURSOR and again.is_good
    return "answered" if page.is_good else "refused once" if is_once else ""


def later_pages(answers: Answers) -> str:
    pages = _later(answers)
    if any(page.is_good for page in pages):
        return "answered"
    return "refused" if all(_message(page) == _CURSOR for page in pages) else ""


def search_id_of_page(answers: Answers) -> str:
    page, _ = _later(answers)
    ids = [answer.data.get("search_id") for answer in (answers.of("search"), page)]
    return ("same" if ids[0] == ids[1] else "another") if all(ids) else ""


def cursor_alone(answers: Answers) -> str:
    """Says something only if later pages can be requested at all."""
    found = outcome("search-lenient", "cursor-alone")(answers)
    return found if found == "answered" or later_pages(answers) == "answered" else ""


def signs(answers: Answers) -> str:
    if answers.of("search-lenient").records("videos"):
        return "ignored"
    found = answers.of("sign")
    if not found.is_good or not answers.of("cursor-alone").records("videos"):
        return ""
    return "ignored" if found.records("videos") else "finds nothing"


def groups(answers: Answers) -> str:
    videos = [each for each in answers.of("groups").records("videos") if isinstance(each.get("hashtag_names"), list)]
    tags = {"fyp", "foryou", "viral"}
    if not videos:
        return ""
    is_met = all(
        str(video.get("region_code")).upper() != "US" and tags & {str(tag).lower() for tag in video["hashtag_names"]}
        for video in videos
    )
    return "met" if is_met else "not met"


def views(answers: Answers) -> str:
    counts = [video.get("view_count") for video in answers.of("groups").records("videos")]
    numbers = [count for count in counts if type(count) is int]
    return ("as searched" if min(numbers) >= 500 else "too low") if numbers else ""


def keyword(answers: Answers) -> str:
    texts = [
        str(video.get("video_description", "")).replace("\0", "") for video in answers.of("keyword").records("videos")
    ]
    return ("in every text" if all(KEYWORD in words(text) for text in texts) else "not in every text") if texts else ""


def _finds(name: str, control: str = "") -> Reading:
    """Whether a search finds something; nothing says little unless another one does."""

    def read(answers: Answers) -> str:
        answer = answers.of(name)
        if answer.records("videos"):
            return "finds videos"
        is_empty = answer.is_good and answer.data.get("videos") == [] and not answer.data.get("cursor")
        return "finds nothing" if is_empty and (not control or answers.of(control).records("videos")) else ""

    return read


def finds_keyword(answers: Answers) -> str:
    """Finding nothing says something only where there are many videos."""
    found = _finds("keyword", "search")(answers)
    return found if found != "finds nothing" or len(answers.of("search").records("videos")) >= _MANY else ""


def finds_anything(answers: Answers) -> str:
    found, broad = _finds("search")(answers), _finds("broad")(answers)
    return found if found == "finds videos" or found == broad else ""


def large_results(answers: Answers) -> str:
    return is_500("broad")(answers) if answers.of("popular").is_good else ""


def by_username(answers: Answers) -> str:
    asked = {video.get("username") for video in answers.of("search").records("videos")}
    names = [video.get("username") for video in answers.of("usernames").records("videos")]
    return ("asked names only" if set(names) <= asked else "others too") if names else ""


def many_usernames(answers: Answers) -> str:
    """One good answer says nothing about an error that comes by chance."""
    return "500" if answers.outcome("usernames") == "500" else ""


def default_count(answers: Answers) -> str:
    cursor = answers.of("search-again").data.get("cursor")
    return str(cursor) if type(cursor) is int and answers.of("search-again").data.get("has_more") is True else ""


def _ids(answer: Answer) -> list[object]:
    return [video.get("id", video.get("video_id")) for video in answer.records("videos")]


def repeated(answers: Answers) -> str:
    """Whether the same search returns the same videos, with another page size."""
    first, again = (list(dict.fromkeys(_ids(answers.of(name)))) for name in ("search", "search-again"))
    return ("same videos" if first[: len(again)] == again else "other videos") if first and again else ""


def empty_pages(answers: Answers) -> str:
    pages = [page for page in answers.searches() if page.data.get("has_more") is True]
    if any(page.data.get("videos") == [] for page in pages):
        return "seen"
    return "none" if len(pages) >= 5 else ""


def duplicates(answers: Answers) -> str:
    pages = [ids for page in answers.searches() if len(ids := _ids(page)) > 1]
    return ("seen" if any(len(ids) > len(set(ids)) for ids in pages) else "none") if pages else ""


def delivered(answers: Answers) -> str:
    """The share of what the cursor counts that first pages return."""
    pages = [answers.of(name) for name in ("search", "search-again", "broad", "keyword")]
    pages = [page for page in pages if page.records("videos") and type(page.data.get("cursor")) is int]
    counted = sum(page.data["cursor"] for page in pages)
    share = sum(len(page.records("videos")) for page in pages) / max(counted, 1)
    return "" if counted < 200 or 0.68 < share < 0.75 else "two thirds" if share <= 0.68 else "more"


def mentions(answers: Answers) -> str:
    lists = (video.get("video_mention_list") for video in answers.videos())
    names = [str(name) for names in lists if isinstance(names, list) for name in names]
    return ("display names" if any(" " in name for name in names) else "usernames") if names else ""


def cold_cache(answers: Answers) -> str:
    attempts = answers.attempts("search")
    is_cold = len(attempts) == 3 and all(each.is_error_500 for each in attempts[:2]) and attempts[2].is_good
    return "fails twice" if is_cold else "answered" if len(attempts) == 1 and attempts[0].is_good else ""


# The shape of a page


def _has_more(data: dict[str, Any]) -> str:
    return "has_more" if "has_more" in data else "hasMore" if "hasMore" in data else "neither"


def _list_key(data: dict[str, Any]) -> str:
    others = [name for name, value in data.items() if isinstance(value, list) and name != "videos"]
    return "videos" if "videos" in data else "another list" if others else "no list"


def _values(data: dict[str, Any]) -> str:
    videos = [video for video in data.get("videos", ()) if isinstance(video, dict)]
    numbers = [video[name] for video in videos for name in _COUNTS if name in video]
    return ("whole numbers" if all(type(each) is int for each in numbers) else "others too") if numbers else ""


def _records(data: dict[str, Any]) -> str:
    videos = data.get("videos")
    if not isinstance(videos, list) or not videos:
        return ""
    return "objects" if all(isinstance(video, dict) and video for video in videos) else "others too"


def _new_fields(data: dict[str, Any]) -> str:
    known = {*BY_NAME["video.query"].fields, "video_id"}
    names = {name for video in data.get("videos", ()) if isinstance(video, dict) for name in video}
    return ("requested ones" if names <= known else "others too") if names else ""


has_more, list_key = _page(_has_more), _page(_list_key)
cursor_key = _page(lambda data: "cursor" if "cursor" in data else "none")
values, odd_records, new_fields = _page(_values), _page(_records), _page(_new_fields)
id_key = _page(
    lambda data: ("id" if any("id" in video for video in _dicts(data)) else "video_id") if _dicts(data) else ""
)


def _dicts(data: dict[str, Any]) -> list[dict[str, Any]]:
    return [video for video in data.get("videos", ()) if isinstance(video, dict) and video]


# Users and comments


def user_status(answers: Answers) -> str:
    profile = next((answers.of(name) for name in ("user-lenient", "user") if answers.of(name).is_good), Answer(""))
    return "500 with data" if profile.status >= 500 else str(profile.status or "")


def likes(answers: Answers) -> str:
    """A small count says nothing about the largest."""
    counts = [answers.of(name).data.get("likes_count") for name in ("user-lenient", "user")]
    return "beyond 32 bits" if any(type(count) is int and count >= _LARGEST_32_BIT for count in counts) else ""


def followers_start(answers: Answers) -> str:
    """Pages go back from the cursor, since nothing comes after the oldest; then one without a cursor is the latest."""
    first, oldest = answers.of("followers"), answers.of("followers-oldest")
    if not first.records("user_followers") or not oldest.is_good:
        return ""
    return "oldest first" if oldest.records("user_followers") else "latest first"


def empty_list(answers: Answers) -> str:
    oldest = answers.of("followers-oldest")
    if not oldest.is_good or oldest.records("user_followers"):
        return ""
    return "left out" if "user_followers" not in oldest.data else "empty list"


def follow_scope(answers: Answers) -> str:
    answer = answers.of("followers")
    is_refused = answer.code == "scope_not_authorized" and answers.is_healthy("user.info")
    return "answered" if answer.is_good else "no scope" if is_refused else ""


def liked_refusal(answers: Answers) -> str:
    """How a list that an account does not show is refused."""
    found = answers.outcome("liked")
    is_known = answers.names_account or answers.is_healthy("user.info")
    return "" if found in ("answered", "500") or not is_known else found


def likes_of_named(answers: Answers) -> str:
    """Whether the likes of an account are refused that shows them, as the user says who named it."""
    found = answers.outcome("liked") if answers.names_account else ""
    return found if found in ("", "answered") else "refused"


def lists_apart(answers: Answers) -> str:
    """Whether an account that hides its likes still shows the rest."""
    if answers.of("liked").status not in (400, 403) or not answers.is_healthy("user.info"):
        return ""
    if favourites(answers) == "refused":
        return ""
    others = [answers.outcome(name) for name in ("followers", "pinned")]
    return "" if "" in others else "shown" if others == ["answered"] * 2 else "hidden too"


def pinned(answers: Answers) -> str:
    """Fewer than three say nothing about the most."""
    count = len(answers.of("pinned").records("pinned_videos_list"))
    return "more" if count > 3 else "three" if count == 3 else ""


def favourites(answers: Answers) -> str:
    answer = answers.of("pinned")
    return "answered" if answer.is_good else "refused" if "favourites_count" in _message(answer) else ""


def liked_unit(answers: Answers) -> str:
    cursor = answers.of("liked").data.get("cursor")
    return ("seconds" if cursor < 10**11 else "milliseconds") if type(cursor) is int and cursor else ""


def comments_refused(answers: Answers) -> str:
    asked = [answers.of(name) for name in ("comments", "comments-number", "comments-unknown")]
    if any(answer.is_good for answer in asked):
        return "answered"
    messages = [_message(answer) for answer in asked if answer.status]
    return "refused" if len(messages) > 1 and all("disclosed" in message for message in messages) else ""


def beyond_thousand(answers: Answers) -> str:
    counts = [video.get("comment_count") for video in answers.of("popular").records("videos")]
    answer = answers.of("comments-beyond")
    if not any(type(count) is int and count >= 1_100 for count in counts) or not answer.status:
        return ""
    if answer.is_good:
        return "answered" if answer.records("comments") else "empty"
    return "" if "disclosed" in _message(answer) else answers.outcome("comments-beyond")


def unknown_video(answers: Answers) -> str:
    answer = answers.of("comments-unknown")
    if answer.is_good:
        return "an empty list" if not answer.records("comments") else ""
    return "" if "disclosed" in _message(answer) else answers.outcome("comments-unknown")


# Playlists, shops, compliance


def playlist_status(answers: Answers) -> str:
    answer = answers.of("playlist")
    return "" if not answer.is_good else "500 with data" if answer.status >= 500 else str(answer.status)


def playlist_cursor(answers: Answers) -> str:
    data = answers.of("playlist").data
    return "" if type(data.get("cursor")) is not int or not data.get("playlist_video_ids") else (
        "advances" if data["cursor"] else "stays at 0"
    )  # fmt: skip


def shop_error(answers: Answers) -> str:
    answer = answers.of("shop")
    return ("error object" if answer.error else "none") if answer.status == 200 and answer.content else ""


def reviews_of_shop(answers: Answers) -> str:
    found = answers.outcome("reviews-of-shop")
    return "by shop" if found == "answered" else "by product" if found.startswith("4") else ""


def compliance_file(answers: Answers) -> str:
    answer = answers.of("task-file")
    if answer.status != 200 or not answer.body.strip():
        return ""
    lines = answer.body.strip().splitlines()
    return "an id per line" if all(line.strip().isdigit() for line in lines) else "JSON" if answer.content else "other"


# All answers together


def _research(answers: Answers) -> list[Answer]:
    asked = (answer for answer in answers.values() if answer.status or answer.failure != NOT_ASKED)
    return [answer for answer in asked if answer.endpoint not in ("token", "elsewhere")]


def _seen(test: Callable[[Answer], bool]) -> Reading:
    """`seen` if it happened more than once: once can be chance."""

    def read(answers: Answers) -> str:
        asked = _research(answers)
        count = sum(map(test, asked))
        return "seen" if count > 1 else "none" if not count and len(asked) >= _ENOUGH else ""

    return read


gateway = _seen(lambda answer: answer.status in (502, 504) and not answer.content)
cut_off = _seen(lambda answer: answer.failure == "cut off")
rate_limit = _seen(lambda answer: answer.code == RATE)


def _share_500(asked: Iterable[Answer]) -> float:
    failed = [answer.is_error_500 for answer in asked]
    return sum(failed) / max(len(failed), 1)


def mostly_down(answers: Answers) -> str:
    asked = [answer for answer in _research(answers) if not answer.echoed]
    share = _share_500(asked)
    return "" if len(asked) < 5 or 0.3 < share < 0.7 else "mostly 500" if share >= 0.7 else "mostly answered"


def tires(answers: Answers) -> str:
    """Whether searches fail from some request on, after good ones."""
    searches = [answer for answer in answers.values() if answer.endpoint == "video.query"]
    if len(searches) < 10 or mostly_down(answers) == "mostly 500":
        return ""
    if all(each.is_error_500 for each in searches[-5:]) and any(each.is_good for each in searches[:3]):
        return "only 500 in the end"
    return "answered" if searches[-1].is_good else ""


def echoes(answers: Answers) -> str:
    return "seen" if any(answer.echoed for answer in answers.values()) else "none" if len(answers) >= _ENOUGH else ""
