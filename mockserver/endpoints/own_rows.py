"""Answers about the user's own rows, where a request names one of their accounts, videos or comments."""

from collections.abc import Callable, Mapping

from mockserver.behaviours.refusals import Refusal
from mockserver.endpoints.call import Call, Data
from mockserver.endpoints.videos import shown
from mockserver.search import parameters
from mockserver.search.own_rows import Account, Comment, Rows, Video
from mockserver.search.records import LIST_COLUMNS, project
from mockserver.world.hashing import ints
from mockserver.world.times import SETTLED


def answer(call: Call, rows: Rows) -> Data | None:
    """What the rows say to a call; None if it is the world that is asked."""
    if call.endpoint.name == "video.comments":
        return _comments(call, rows)
    about = _ABOUT.get(call.endpoint.name)
    account = rows.account(call.body.get("username")) if about else None
    if about is None or account is None:
        return None
    if account.rule and account.rule != "list-hidden":
        raise Refusal(account.rule, account.username)
    if account.rule == "list-hidden" and call.endpoint.name not in ("user.info", "user.followers", "user.pinned"):
        raise Refusal(account.rule, account.username)
    return about(call, rows, account)


def _info(call: Call, rows: Rows, account: Account) -> Data:
    videos = rows.of(account, call.now)
    profile = {
        "display_name": account.username,
        "bio_description": "",
        "avatar_url": "https://p16-sign.mock.invalid/avatar/1~c5_168x168.jpeg",
        "is_verified": False,
        "follower_count": len(account.lists.get("followers", ())),
        "following_count": len(account.lists.get("following", ())),
        "likes_count": sum(video.record.get("like_count", 0) for video in videos),
        "video_count": len(videos),
        **account.profile,
    }
    return project(profile, call.fields, len(account.username))


def _times(count: int) -> list[int]:
    """When each entry of a list came to be, latest first: a minute apart, in the settled era."""
    return [SETTLED - 60 * place for place in range(count)]


def _relations(name: str) -> Callable[[Call, Rows, Account], Data]:
    def relations(call: Call, rows: Rows, account: Account) -> Data:
        names, most = account.lists.get(name, []), parameters.count(call.body, default=call.default_count)
        cursor, since = parameters.start(call.body) or call.now, _times(len(names))
        start = sum(time > cursor for time in since)
        page = [{"display_name": _display_name(rows, each), "username": each} for each in names[start : start + most]]
        last = since[start : start + most + 1]
        data: Data = {"cursor": last[-1] if last else cursor, "has_more": start + most < len(names)}
        return data | ({f"user_{name}": page} if page else {})

    return relations


def _display_name(rows: Rows, name: str) -> object:
    account = rows.account(name)
    return account.profile.get("display_name", name) if account else name


def _found(call: Call, rows: Rows, account: Account, name: str) -> list[int]:
    """The videos of a list by their indices, of rows and of the world."""
    ids = account.lists.get(name, [])
    places = [index if (index := rows.find_video(each)) is not None else call.world.find_video(each) for each in ids]
    return [place for place in places if place is not None]


def _liked(call: Call, rows: Rows, account: Account) -> Data:
    index, most = _found(call, rows, account, "liked_videos"), parameters.count(call.body, default=call.default_count)
    cursor = parameters.start(call.body) or call.now * 1_000
    times = [time * 1_000 for time in _times(len(index))]
    start = sum(time > cursor for time in times)
    last = times[start : start + most + 1]
    return {
        "user_liked_videos": shown(call, ints(index[start : start + most]), LIST_COLUMNS),
        "cursor": last[-1] if last else cursor,
        "has_more": start + most < len(index),
    }


def _reposted(call: Call, rows: Rows, account: Account) -> Data:
    index, most = (
        _found(call, rows, account, "reposted_videos"),
        parameters.count(call.body, default=call.default_count),
    )
    start = parameters.start(call.body)
    return {
        "reposted_videos": shown(call, ints(index[start : start + most]), LIST_COLUMNS),
        "cursor": max(start, min(start + most, len(index))),
        "has_more": start + most < len(index),
    }


def _pinned(call: Call, rows: Rows, account: Account) -> Data:
    return {"pinned_videos_list": shown(call, ints(_found(call, rows, account, "pinned_videos")[:3]), LIST_COLUMNS)}


_ABOUT: Mapping[str, Callable[[Call, Rows, Account], Data]] = {
    "user.info": _info,
    "user.followers": _relations("followers"),
    "user.following": _relations("following"),
    "user.liked": _liked,
    "user.reposted": _reposted,
    "user.pinned": _pinned,
}


# Comments


def _comments(call: Call, rows: Rows) -> Data | None:
    """A page of comments as `comments_endpoint` gives it: most liked first, the cursor counts removed ones."""
    video_id, comment_id = (parameters.integer(call.body, name) for name in ("video_id", "comment_id"))
    index = rows.find_video(video_id) if video_id is not None else None
    video = rows.video(index) if index is not None else rows.commented(comment_id or 0)
    if video is None or (video_id is None) == (comment_id is None):
        return None
    most, cursor = parameters.count(call.body, default=call.default_count), parameters.start(call.body)
    call.message = "" if video_id is not None else call.message
    if not rows.public(ints(rows.find_video(video.id)), call.now)[0]:
        return {"comments": [], "cursor": cursor, "has_more": False}
    if video.comments_closed:
        raise Refusal("comments-closed")
    listing = [
        each
        for each in sorted(video.comments, key=_rank)
        if each.written(call.now) and (comment_id is None or each.record["parent_comment_id"] == comment_id)
    ]
    page = [each for each in listing[cursor : cursor + most] if call.now < each.removed_at]
    return {
        "comments": [_record(call, video, each) for each in page],
        "cursor": max(cursor, min(cursor + most, len(listing))),
        "has_more": cursor + most < len(listing),
    }


def _rank(comment: Comment) -> tuple[int, int]:
    return -comment.record["like_count"], -comment.record["id"]


def _record(call: Call, video: Video, comment: Comment) -> dict[str, object]:
    replies = sum(
        each.record["parent_comment_id"] == comment.record["id"] and each.written(call.now) < each.removed_at
        for each in video.comments
    )
    return project(comment.record | {"reply_count": replies}, call.fields, comment.record["id"] >> 32)
