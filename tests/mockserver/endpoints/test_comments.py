"""video/comment/list: comments, replies, and comments that are not disclosed."""

from typing import Any

import numpy as np

from mockserver.world.timeline import is_synthetic
from mockserver.world.times import EPOCH
from mockserver.world.world import world
from tests.mockserver.conftest import COMMENT, Api


def all_comments(api: Api, size: int = 100, **which: int) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """All comments, and the pages that have them."""
    pages: list[dict[str, Any]] = []
    while not pages or pages[-1]["has_more"]:
        cursor = pages[-1]["cursor"] if pages else 0
        pages.append(api.data("video/comment/list", which | {"max_count": size, "cursor": cursor}, COMMENT))
    return [comment for page in pages for comment in page["comments"]], pages


def test_comments_are_listed_most_liked_first_and_the_cursor_counts_deleted_ones(api: Api) -> None:
    comments, pages = all_comments(api, video_id=api.sample["video_id"])
    likes = [comment["like_count"] for comment in comments]
    assert likes == sorted(likes, reverse=True)
    assert len(comments) > 100
    assert pages[0]["cursor"] == 100
    assert 0.02 < 1 - len(comments) / pages[-1]["cursor"] < 0.12


def test_the_page_size_does_not_change_the_comments(api: Api) -> None:
    video_id = api.sample["video_id"]
    assert all_comments(api, 100, video_id=video_id)[0] == all_comments(api, 17, video_id=video_id)[0]


def test_the_parent_of_a_comment_is_the_video_and_that_of_a_reply_is_a_comment(api: Api) -> None:
    video_id = api.sample["video_id"]
    comments, _ = all_comments(api, video_id=video_id)
    top = {comment["id"] for comment in comments if comment["parent_comment_id"] == video_id}
    replies = [comment for comment in comments if comment["id"] not in top]
    assert {reply["parent_comment_id"] for reply in replies} <= top
    assert 0.1 < len(replies) / len(comments) < 0.35


def test_the_replies_to_a_comment_match_their_parent_and_its_reply_count(api: Api) -> None:
    comments, _ = all_comments(api, video_id=api.sample["video_id"])
    parent = max(comments, key=lambda comment: int(comment["reply_count"]))
    replies, _ = all_comments(api, comment_id=parent["id"])
    assert parent["reply_count"] == len(replies) > 0
    assert {reply["parent_comment_id"] for reply in replies} == {parent["id"]}
    assert {reply["id"] for reply in replies} == {c["id"] for c in comments if c["parent_comment_id"] == parent["id"]}


def test_ids_of_comments_have_the_watermark_and_a_second_shortly_before_the_comment(api: Api) -> None:
    comments, _ = all_comments(api, video_id=api.sample["video_id"])
    assert len({comment["id"] for comment in comments}) == len(comments)
    assert all(is_synthetic(comment["id"]) for comment in comments)
    assert all(25 <= comment["create_time"] - (comment["id"] >> 32) <= 92 for comment in comments)


def test_every_comment_can_be_found_by_its_id() -> None:
    world_ = world(1, 20_000)
    videos = world_.videos(np.arange(8_000, 8_600))
    for video in videos.index[videos.counts("comment", EPOCH) > 3][:40]:
        comments = world_.comments(int(video))
        for number, comment_id in enumerate(comments.ids.tolist()):
            thread = world_.find_comment(comment_id)
            assert thread is not None
            assert int(thread[0].video.index[0]) == video
            assert thread[1] == number


def test_the_comment_count_of_a_search_is_the_number_of_listed_comments(api: Api) -> None:
    world_ = world(1, 20_000)
    video = world_.find_video(api.sample["video_id"])
    assert video is not None
    videos = world_.videos(video)
    _, pages = all_comments(api, video_id=api.sample["video_id"])
    assert int(videos.counts("comment", videos.observed(EPOCH)[0])[0]) == pages[-1]["cursor"]


def test_some_texts_are_redacted_and_some_are_empty(api: Api) -> None:
    texts = {comment["text"] for comment in all_comments(api, video_id=api.sample["video_id"])[0]}
    assert "" in texts
    assert any("*****" in text for text in texts)


def test_comments_do_not_name_their_authors(api: Api) -> None:
    comments, _ = all_comments(api, video_id=api.sample["video_id"])
    assert set(comments[0]) == set(COMMENT.split(","))


def test_closed_comments_are_refused_with_the_reported_message(api: Api) -> None:
    world_ = world(1, 20_000)
    videos = world_.videos(np.arange(15_000))
    closed = videos.ids[videos.comments_closed & videos.public(EPOCH)]
    assert len(closed) > 50
    error = api.refused("video/comment/list", {"video_id": int(closed[0])}, COMMENT)
    assert error["message"] == "The comments of this video are not allowed to be disclosed"


def test_an_unknown_or_removed_video_has_no_comments(api: Api) -> None:
    world_ = world(1, 20_000)
    videos = world_.videos(np.arange(15_000))
    removed = videos.ids[videos.removed(EPOCH) & (videos.counts("comment", EPOCH) > 0)]
    for video_id in (123, int(removed[0])):
        data = api.data("video/comment/list", {"video_id": video_id}, COMMENT)
        assert data == {"comments": [], "cursor": 0, "has_more": False}


def test_a_video_and_a_comment_cannot_be_requested_together(api: Api) -> None:
    for body in ({"video_id": 1, "comment_id": 2}, {}):
        assert api.refused("video/comment/list", body, COMMENT)["code"] == "invalid_params"


def test_the_default_number_of_comments_is_ten(api: Api) -> None:
    assert api.data("video/comment/list", {"video_id": api.sample["video_id"]}, COMMENT)["cursor"] == 10


def test_the_messages_of_good_answers_are_those_of_the_documents(api: Api) -> None:
    messages = {}
    comment = all_comments(api, video_id=api.sample["video_id"])[0][0]
    for body in ({"video_id": api.sample["video_id"]}, {"comment_id": comment["id"]}):
        messages[next(iter(body))] = api.post("video/comment/list", body, COMMENT).json()["error"]["message"]
    assert messages == {"video_id": "", "comment_id": "ok"}
