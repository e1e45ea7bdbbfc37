"""video/comment/list: the comments under a video, or the replies to one comment."""

from mockserver.behaviours.refusals import Refusal
from mockserver.endpoints.call import Call, Data
from mockserver.search import parameters
from mockserver.search.records import project
from mockserver.world.comments import Comments


def list_comments(call: Call) -> Data:
    """One page, most liked first, replies among the comments. The cursor counts deleted comments too."""
    video_id, comment_id = (parameters.integer(call.body, name) for name in ("video_id", "comment_id"))
    if (video_id is None) == (comment_id is None):
        raise Refusal("parameter", "give either `video_id` or `comment_id`.")
    most, cursor = parameters.count(call.body, default=call.default_count), parameters.start(call.body)
    if comment_id is None:
        call.message = ""
    found = _of_video(call, video_id) if video_id is not None else call.world.find_comment(comment_id or 0)
    if found is None or not found[0].video.public(call.now)[0]:
        return {"comments": [], "cursor": cursor, "has_more": False}
    comments, parent = found
    if comments.video.comments_closed[0]:
        raise Refusal("comments-closed")
    listing = comments.listing(call.now, parent)
    page = listing[cursor : cursor + most]
    there = page[~comments.gone(call.now)[page]]
    return {
        "comments": [
            project(record, call.fields, int(number) % 8)
            for number, record in zip(there, comments.records(there, call.now), strict=True)
        ],
        "cursor": max(cursor, min(cursor + most, len(listing))),
        "has_more": cursor + most < len(listing),
    }


def _of_video(call: Call, video_id: int) -> tuple[Comments, int] | None:
    index = call.world.find_video(video_id)
    return (call.world.comments(index), -2) if index is not None else None
