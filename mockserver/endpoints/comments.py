"""video/comment/list: the comments under a video, or the replies to one comment."""

from mockserver.behaviours.refusals import Refusal
from mockserver.endpoints.call import Call, Data
from mockserver.search import parameters
from mockserver.search.records import project
from mockserver.world.comments import ALL_COMMENTS, Comments


def list_comments(call: Call) -> Data:
    """One page: most liked first, replies among the comments. The cursor counts deleted comments too."""
    video_id, comment_id = (parameters.integer(call.body, name) for name in ("video_id", "comment_id"))
    if (video_id is None) == (comment_id is None):
        raise Refusal("parameter", "Give either `video_id` or `comment_id`.")
    size, cursor = parameters.count(call.body, default=call.default_count), parameters.start(call.body)
    if comment_id is None:
        call.message = ""
    thread = _of_video(call, video_id) if video_id is not None else call.world.find_comment(comment_id or 0)
    if thread is None or not thread[0].video.public(call.now)[0]:
        return {"comments": [], "cursor": cursor, "has_more": False}
    comments, parent = thread
    if comments.video.comments_closed[0]:
        raise Refusal("comments-closed")
    numbers = comments.listing(call.now, parent)
    page = numbers[cursor : cursor + size]
    page = page[~comments.deleted(call.now)[page]]
    return {
        "comments": [
            project(record, call.fields, int(number) % 8)
            for number, record in zip(page, comments.records(page, call.now), strict=True)
        ],
        "cursor": max(cursor, min(cursor + size, len(numbers))),
        "has_more": cursor + size < len(numbers),
    }


def _of_video(call: Call, video_id: int) -> tuple[Comments, int] | None:
    index = call.world.find_video(video_id)
    return (call.world.comments(index), ALL_COMMENTS) if index is not None else None
