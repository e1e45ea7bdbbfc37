"""Answers from your own rows, where a request names one of their accounts, videos, comments or playlists."""

from collections.abc import Callable, Mapping

from mockserver.behaviours.refusals import Refusal
from mockserver.endpoints.call import Call, Data
from mockserver.endpoints.users import refuse_account
from mockserver.endpoints.videos import public_records
from mockserver.search import parameters
from mockserver.search.columns import LIST_COLUMNS
from mockserver.search.own_rows import Account, Comment, Rows, Video
from mockserver.search.records import project
from mockserver.world.hashing import ints
from mockserver.world.times import SETTLED


def answer(call: Call) -> Data | bytes:
    """The data of a good answer: from your own rows where the call names one of them, else from the world.

    Raises Refusal.
    """
    data = _from_rows(call, call.tenant.rows) if call.tenant.rows else None
    return call.endpoint.answer(call) if data is None else data


def _from_rows(call: Call, rows: Rows) -> Data | None:
    """None if the call names nothing in the rows."""
    name = call.endpoint.name
    if name == "video.comments":
        return _comments(call, rows)
    if name == "playlist.info":
        return _playlist(call, rows)
    answer_about = _OF_ACCOUNT.get(name)
    account = rows.account(call.body.get("username")) if answer_about else None
    if answer_about is None or account is None:
        return None
    refuse_account(call, account.rule, account.username)
    return answer_about(call, rows, account)


def _info(call: Call, rows: Rows, account: Account) -> Data:
    videos = rows.videos_of(account, call.now)
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
    """When each entry of a list was added, latest first: a minute apart, in the settled era."""
    return [SETTLED - 60 * number for number in range(count)]


def _relations(name: str) -> Callable[[Call, Rows, Account], Data]:
    def relations(call: Call, rows: Rows, account: Account) -> Data:
        names, size = account.lists.get(name, []), parameters.count(call.body, default=call.default_count)
        cursor, since = parameters.start(call.body) or call.now, _times(len(names))
        start = sum(time > cursor for time in since)
        page = [{"display_name": _display_name(rows, each), "username": each} for each in names[start : start + size]]
        last = since[start : start + size + 1]
        data: Data = {"cursor": last[-1] if last else cursor, "has_more": start + size < len(names)}
        return data | ({f"user_{name}": page} if page else {})

    return relations


def _display_name(rows: Rows, name: str) -> object:
    account = rows.account(name)
    return account.profile.get("display_name", name) if account else name


def _listed_videos(call: Call, rows: Rows, account: Account, name: str) -> list[int]:
    """The indices of the videos in a list, of rows and of the world; unknown ids are left out."""
    ids = account.lists.get(name, [])
    found = [index if (index := rows.find_video(each)) is not None else call.world.find_video(each) for each in ids]
    return [index for index in found if index is not None]


def _liked(call: Call, rows: Rows, account: Account) -> Data:
    index = _listed_videos(call, rows, account, "liked_videos")
    size = parameters.count(call.body, default=call.default_count)
    cursor = parameters.start(call.body) or call.now * 1_000
    times = [time * 1_000 for time in _times(len(index))]
    start = sum(time > cursor for time in times)
    last = times[start : start + size + 1]
    return {
        "user_liked_videos": public_records(call, ints(index[start : start + size]), LIST_COLUMNS),
        "cursor": last[-1] if last else cursor,
        "has_more": start + size < len(index),
    }


def _reposted(call: Call, rows: Rows, account: Account) -> Data:
    index = _listed_videos(call, rows, account, "reposted_videos")
    size, start = parameters.count(call.body, default=call.default_count), parameters.start(call.body)
    return {
        "reposted_videos": public_records(call, ints(index[start : start + size]), LIST_COLUMNS),
        "cursor": max(start, min(start + size, len(index))),
        "has_more": start + size < len(index),
    }


def _pinned(call: Call, rows: Rows, account: Account) -> Data:
    index = _listed_videos(call, rows, account, "pinned_videos")[:3]
    return {"pinned_videos_list": public_records(call, ints(index), LIST_COLUMNS)}


_OF_ACCOUNT: Mapping[str, Callable[[Call, Rows, Account], Data]] = {
    "user.info": _info,
    "user.followers": _relations("followers"),
    "user.following": _relations("following"),
    "user.liked": _liked,
    "user.reposted": _reposted,
    "user.pinned": _pinned,
}


def _playlist(call: Call, rows: Rows) -> Data | None:
    """A playlist as `users.playlist` returns it; None if the call names none of the rows."""
    found = rows.playlist(parameters.integer(call.body, "playlist_id") or 0)
    if found is None:
        return None
    size, start = parameters.count(call.body, default=call.default_count), parameters.start(call.body)
    videos = rows.videos_in(found, call.now)
    end = max(start, min(start + size, len(videos)))
    newest = max((video.create_time for video in videos), default=SETTLED)
    return {
        "playlist_id": found.id,
        "playlist_name": found.name,
        "playlist_item_total": len(videos),
        "playlist_last_updated": newest if found.updated_at is None else found.updated_at,
        "playlist_video_ids": [video.id for video in videos[start : start + size]],
        "cursor": end,
        "has_more": end < len(videos),
    }


# Comments


def _comments(call: Call, rows: Rows) -> Data | None:
    """A page of comments as `comments.list_comments` returns it; None if the call names no video or comment of rows."""
    video_id, comment_id = (parameters.integer(call.body, name) for name in ("video_id", "comment_id"))
    index = rows.find_video(video_id) if video_id is not None else None
    video = rows.video(index) if index is not None else rows.video_of_comment(comment_id or 0)
    if video is None or (video_id is None) == (comment_id is None):
        return None
    size, cursor = parameters.count(call.body, default=call.default_count), parameters.start(call.body)
    call.message = "" if video_id is not None else call.message
    if not rows.public(ints(rows.find_video(video.id)), call.now)[0]:
        return {"comments": [], "cursor": cursor, "has_more": False}
    if video.comments_closed:
        raise Refusal("comments-closed")
    comments = [
        each
        for each in sorted(video.comments, key=_rank)
        if each.is_written(call.now) and (comment_id is None or each.record["parent_comment_id"] == comment_id)
    ]
    page = [each for each in comments[cursor : cursor + size] if call.now < each.removed_at]
    return {
        "comments": [_record(call, video, each) for each in page],
        "cursor": max(cursor, min(cursor + size, len(comments))),
        "has_more": cursor + size < len(comments),
    }


def _rank(comment: Comment) -> tuple[int, int]:
    return -comment.record["like_count"], -comment.record["id"]


def _record(call: Call, video: Video, comment: Comment) -> dict[str, object]:
    replies = sum(
        each.record["parent_comment_id"] == comment.record["id"]
        and each.is_written(call.now)
        and call.now < each.removed_at
        for each in video.comments
    )
    return project(comment.record | {"reply_count": replies}, call.fields, comment.record["id"] >> 32)
