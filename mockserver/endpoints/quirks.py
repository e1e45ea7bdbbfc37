"""What each quirk does to a call. Names, numbers and sources are in behaviours/quirks.yaml."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from mockserver.behaviours.faults import GATEWAY, Fault, Spoiled
from mockserver.behaviours.quirks import QUIRKS
from mockserver.behaviours.refusals import Refusal
from mockserver.endpoints.call import Call, Data
from mockserver.world.hashing import Ints, Mask, key, one_in

Before = Callable[[Call], None]  # may refuse or spoil the call
After = Callable[[Call, Data], None]  # changes the data of a good answer, or refuses it
Keeps = Callable[[Call, Ints], Mask]  # which of the videos found are delivered
_JULY_2024 = 1_719_792_000
_VIDEO_LISTS = ("videos", "user_liked_videos", "pinned_videos_list", "reposted_videos")


# Before the answer


def _tries(call: Call, *parts: object) -> int:
    """How often the same thing was asked before, this time included."""
    name = "|".join(map(str, (call.endpoint.name, *parts)))
    call.tenant.attempts[name] = call.tenant.attempts.get(name, 0) + 1
    return call.tenant.attempts[name]


def _lot(call: Call, what: str, share: float) -> bool:
    """A draw for this very request, another one for each repetition, the same in every run."""
    body = sorted((name, repr(value)) for name, value in call.body.items() if name != "search_id")
    lot = key(call.tenant.options.seed, what, call.endpoint.name, body, _tries(call, what, body))
    return lot % 1_000_000 < share * 1_000_000


def _is_later_page(call: Call) -> bool:
    return str(call.body.get("cursor") or "0") != "0"


def _fresh_search_id(call: Call) -> None:
    search_id = call.body.get("search_id")
    if search_id and _tries(call, "fresh", search_id) <= 2:
        raise Refusal("search-id", str(search_id)[:40])


def _cursor_refused(call: Call) -> None:
    if _is_later_page(call) and _tries(call, "cursor", call.body.get("search_id"), call.body.get("cursor")) == 1:
        raise Refusal("cursor")


def _names_field(call: Call, *fields: str) -> bool:
    query = call.body.get("query")
    groups = query.values() if isinstance(query, dict) else ()
    conditions = [each for group in groups if isinstance(group, list) for each in group if isinstance(each, dict)]
    return any(condition.get("field_name") in fields for condition in conditions)


def _dead_period(call: Call) -> None:
    start, end = str(call.body.get("start_date")), str(call.body.get("end_date"))
    hashtags = _names_field(call, "hashtag_name") and start <= "20220731" and end >= "20210301"
    if hashtags or (start <= "20231031" and end >= "20231001"):
        raise Refusal("internal", "Something is wrong. Please try again later.")


def _long_window(call: Call) -> None:
    try:
        dates = [datetime.strptime(str(call.body.get(name)), "%Y%m%d") for name in ("start_date", "end_date")]
    except ValueError:
        return
    if (dates[1] - dates[0]).days > 7:
        raise Refusal("internal", "Server Internal Error")


def _mostly_down(call: Call) -> None:
    if not _lot(call, "mostly-down", 0.05):
        raise Refusal("internal", "Something went wrong. Please try again later.")


def _tires(call: Call) -> None:
    if _tries(call, "hour", call.now // 3_600) > 5:
        raise Refusal("internal", "")


def _gateway(call: Call) -> None:
    if _lot(call, "gateway", 0.2):
        raise Fault(504, GATEWAY, "text/html")


def _broken_body(call: Call) -> None:
    if _lot(call, "broken", 0.2):
        raise Spoiled(connection="truncate")


def _rate_limit(call: Call) -> None:
    if _lot(call, "rate", 0.2):
        raise Refusal("rate-limit")


def _no_later_page(call: Call) -> None:
    if _is_later_page(call):
        raise Refusal("cursor")


def _cold_cache(call: Call) -> None:
    if _tries(call, "cache", call.body.get("search_id"), call.body.get("cursor"), call.body.get("query")) <= 2:
        raise Refusal("internal", "Something is wrong. Please try again later.")


def _refuse(rule: str) -> Before:
    def before(_: Call) -> None:
        raise Refusal(rule, "")

    return before


def _lists_hidden(call: Call) -> None:
    raise Refusal("list-hidden", str(call.body.get("username", ""))[:80])


def _status_500(_: Call) -> None:
    raise Spoiled(status=500)


def _slow(_: Call) -> None:
    raise Spoiled(delay=5.0)


# After it


def _videos(data: Data) -> list[Data]:
    return [video for name in _VIDEO_LISTS for video in data.get(name, ())]


def _each(change: Callable[[Data], None]) -> After:
    def after(_: Call, data: Data) -> None:
        for video in _videos(data):
            change(video)

    return after


def _rename(old: str, new: str) -> Callable[[Data], None]:
    def change(record: Data) -> None:
        if old in record:
            record[new] = record.pop(old)

    return change


def _null_bytes(video: Data) -> None:
    for name in ("username", "video_description", "voice_to_text"):
        if name in video and key(video[name]) % 4 == 0:
            video[name] = video[name][:3] + "\0\0" + video[name][3:]


def _large_counts(_: Call, data: Data) -> None:
    if "likes_count" in data:
        data["likes_count"] += 1 << 33


def _few_views(_: Call, data: Data) -> None:
    for video in _videos(data):
        if video.get("create_time", 0) < _JULY_2024:
            for name in ("view_count", "share_count"):
                if name in video:
                    video[name] //= 200


def _playlist_cursor(call: Call, data: Data) -> None:
    if "cursor" in data:
        data["cursor"] = int(call.body.get("cursor") or 0)


def _repost_key(_: Call, data: Data) -> None:
    _rename("reposted_videos", "user_reposted_videos")(data)


def _favourites_refused(call: Call, _: Data) -> None:
    if "favourites_count" in call.fields:
        raise Refusal("field-unknown", "favourites_count")


def _liked_seconds(_: Call, data: Data) -> None:
    data["cursor"] //= 1_000


def _empty_page(call: Call, data: Data) -> None:
    if data.get("has_more") and _lot(call, "empty page", 0.3):
        data["videos"] = []


def _new_search_id(call: Call, data: Data) -> None:
    old = data.get("search_id")
    if old and old in call.tenant.searches:
        cached = call.tenant.searches[old]
        data["search_id"] = call.tenant.remember(cached.search, cached.asked)


def _duplicates(_: Call, data: Data) -> None:
    videos = data.get("videos")
    if videos and len(videos) < 100:
        videos.append(dict(videos[0]))


def _lower_region(call: Call, data: Data) -> None:
    if _is_later_page(call):
        for video in _videos(data):
            if "region_code" in video:
                video["region_code"] = video["region_code"].lower()


def _mentions(video: Data) -> None:
    if "video_mention_list" in video:
        video["video_mention_list"] = [name.replace(".", " ").title() for name in video["video_mention_list"]]


def _nothing(call: Call, data: Data) -> None:
    data.clear()
    data.update({"videos": [], "cursor": 0, "has_more": False})


def _no_keyword(call: Call, data: Data) -> None:
    if _names_field(call, "keyword"):
        _nothing(call, data)


def _new_field(video: Data) -> None:
    video["mock_new_field"] = {"is_new": True}


def _doc_key(video: Data) -> None:
    _rename("id", "video_id")(video)


def _wrong_users(call: Call, data: Data) -> None:
    if _names_field(call, "username"):
        for place, video in enumerate(_videos(data)):
            if place % 10 == 9 and "username" in video:
                video["username"] = "somebody.else"


def _missing_likes(video: Data) -> None:
    for name in ("like_count", "music_id"):
        if key(name, video.get("id"), video.get("create_time")) % 20 == 0:
            video.pop(name, None)


# Which videos are delivered


def _share(what: str, share: float) -> Keeps:
    """The same videos always, whatever is asked."""
    return lambda call, index: one_in(key(call.tenant.options.seed, what), index, share)


def _by_request(call: Call, index: Ints) -> Mask:
    """Other videos at every request, and for every organisation."""
    turn, options = _tries(call, "flicker"), call.tenant.options
    return one_in(key(options.seed, "flicker" + options.org, turn), index, 0.9)


_BEFORE: Mapping[str, Before] = {
    "fresh-search-id": _fresh_search_id,
    "cursor-refused": _cursor_refused,
    "dead-periods": _dead_period,
    "long-windows": _long_window,
    "mostly-down": _mostly_down,
    "tires": _tires,
    "gateway-timeout": _gateway,
    "broken-bodies": _broken_body,
    "short-rate-limit": _rate_limit,
    "first-page-only": _no_later_page,
    "lists-hidden": _lists_hidden,
    "user-500": _status_500,
    "playlist-500": _status_500,
    "comments-refused": _refuse("comments-closed"),
    "follow-scope": _refuse("scope"),
    "cold-cache": _cold_cache,
    "slow-comments": _slow,
}
_AFTER: Mapping[str, After] = {
    "playlist-cursor": _playlist_cursor,
    "video-id-key": _each(_doc_key),
    "sparse": _each(_missing_likes),
    "null-bytes": _each(_null_bytes),
    "large-counts": _large_counts,
    "no-keyword": _no_keyword,
    "reposted-key": _repost_key,
    "favourites-refused": _favourites_refused,
    "liked-seconds": _liked_seconds,
    "empty-pages": _empty_page,
    "search-id-changes": _new_search_id,
    "duplicates": _duplicates,
    "few-views": _few_views,
    "wrong-users": _wrong_users,
    "mention-text": _each(_mentions),
    "region-lower-case": _lower_region,
    "empty-success": _nothing,
    "new-field": _each(_new_field),
}
_KEEPS: Mapping[str, Keeps] = {
    "yield-65": _share("yield", 0.65),
    "one-in-eight-missing": _share("eight", 0.875),
    "flicker": _by_request,
}


def _active(call: Call, table: Mapping[str, Any]) -> list[Any]:
    return [table[name] for name in table if name in call.tenant.quirks and QUIRKS[name].concerns(call.endpoint.name)]


def before(call: Call) -> None:
    """Let the tenant's quirks refuse or spoil a call."""
    for act in _active(call, _BEFORE):
        act(call)


def after(call: Call, data: Data) -> None:
    """Let the tenant's quirks change the data of a good answer."""
    for act in _active(call, _AFTER):
        act(call, data)


def delivered(call: Call, index: Ints) -> Ints:
    """The videos that the tenant's quirks let through."""
    for keeps in _active(call, _KEEPS):
        index = index[keeps(call, index)]
    return index
