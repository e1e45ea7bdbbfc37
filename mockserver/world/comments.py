"""The comments under one video: a tree of two levels, every value a function of (seed, video, number, time)."""

from functools import cached_property

import numpy as np

from mockserver.world.hashing import Ints, Mask, Quantiles, draws, hashed, ints, key, one_in, pairs
from mockserver.world.timeline import MOST_USUAL_DELAY, make_id, read_id
from mockserver.world.times import DAY
from mockserver.world.videos import VideoModel, Videos
from mockserver.world.vocabulary import vocabulary

MOST = 2_000  # comments under one video
ALL_COMMENTS = -2  # as a parent: comments and replies
_RANKS = 16  # of videos with the same second in their ids
_DELAY = Quantiles(
    (0, MOST_USUAL_DELAY),
    (200_000, 1_800),
    (500_000, 30_000),
    (800_000, 3 * DAY),
    (950_000, 14 * DAY),
    (1_000_000, 39 * DAY),
)
_LIKES = Quantiles((0, 0), (550_000, 0), (750_000, 1), (900_000, 6), (970_000, 40), (995_000, 400), (1_000_000, 9_000))


class Comments:
    """All comments that a video ever gets, by number."""

    def __init__(self, model: VideoModel, video: int) -> None:
        self.model, self.video = model, Videos(model, ints(video))
        self._key = key(model.seed, "comments")
        count = int(self.video.comments_ever[0])
        offset = int(draws(key(self._key, "offset"), ints(video))[0]) % MOST
        self.slot = (np.arange(count, dtype=np.int64) + offset) % MOST
        self._number = pairs(np.full(count, video, dtype=np.int64), self.slot)

    def __len__(self) -> int:
        return len(self.slot)

    def _draw(self, purpose: str) -> Ints:
        return draws(key(self._key, purpose), self._number)

    @cached_property
    def ids(self) -> Ints:
        """The delay of a slot is the same under every video, so that an id can be read: see `find_videos`."""
        rank = self.model.timeline.rank(int(self.video.index[0]))
        second = int(self.model.timeline.made(self.video.index)[0])
        return make_id(second + _delays(self.model, self.slot), self.slot * _RANKS + rank)

    @cached_property
    def create_time(self) -> Ints:
        delay = int((self.video.create_time - self.model.timeline.made(self.video.index))[0])
        scheduled = delay if delay > MOST_USUAL_DELAY else 0
        return (self.ids >> 32) + scheduled + 25 + self._draw("written") % 68

    @cached_property
    def parent(self) -> Ints:
        """The number of the comment that each replies to, -1 for a comment on the video."""
        count = len(self)
        if not count:
            return ints([])
        is_reply = one_in(key(self._key, "reply"), self._number, 0.35)
        parent = (self._draw("to") * count >> 32).astype(np.int64)
        return np.where(is_reply & ~is_reply[parent] & (self.create_time[parent] < self.create_time), parent, -1)

    @cached_property
    def _ever_deleted(self) -> Mask:
        """Comments that are deleted some time, and all replies to them."""
        own = one_in(key(self._key, "removed"), self._number, 0.05)
        return own | np.where(self.parent >= 0, own[self.parent], False)

    @cached_property
    def text(self) -> Ints:
        return (hashed(key(self._key, "text"), self._number) % np.uint64(len(vocabulary().comments))).astype(np.int64)

    def likes(self, now: int) -> Ints:
        age = np.clip(now - self.create_time, 0, 14 * DAY)
        return _LIKES(self._draw("likes")) * age // (14 * DAY)

    def listing(self, now: int, parent: int = ALL_COMMENTS) -> Ints:
        """Numbers of the comments written by now, most liked first. parent: only the replies to this comment."""
        is_listed = self.create_time <= now
        if parent != ALL_COMMENTS:
            is_listed &= self.parent == parent
        numbers = np.nonzero(is_listed)[0]
        return numbers[np.lexsort((self._draw("tie")[numbers], -self.likes(now)[numbers]))]

    def deleted(self, now: int) -> Mask:
        """Which are deleted by now: some days after they were written."""
        return self._ever_deleted & (now >= self.create_time + self._draw("removal") % (15 * DAY))

    def public_ids(self, now: int) -> Ints:
        return self.ids[self._public(now)] if self.video.public(now)[0] else ints([])

    def _public(self, now: int) -> Mask:
        return (self.create_time <= now) & ~self.deleted(now)

    def records(self, numbers: Ints, now: int) -> list[dict[str, object]]:
        """Comments as the API returns them, with every field."""
        video_id = int(self.video.ids[0])
        replies = np.bincount(self.parent[self._public(now) & (self.parent >= 0)], minlength=len(self))
        likes = self.likes(now)
        return [
            {
                "id": int(self.ids[number]),
                "video_id": video_id,
                "parent_comment_id": int(self.ids[parent]) if (parent := int(self.parent[number])) >= 0 else video_id,
                "text": vocabulary().comments[int(self.text[number])],
                "like_count": int(likes[number]),
                "reply_count": int(replies[number]),
                "create_time": int(self.create_time[number]),
            }
            for number in numbers.tolist()
        ]


def _delays(model: VideoModel, slot: Ints) -> Ints:
    return _DELAY(draws(key(model.seed, "comment delay"), slot))


def find_videos(model: VideoModel, comment_ids: Ints) -> Ints:
    """The index of the only video that each comment can belong to; -1 if no comment can have this id."""
    second, code = read_id(comment_ids)
    slot, rank = code // _RANKS, code % _RANKS
    video = model.timeline.firsts_from(second - _delays(model, slot)) + rank
    return np.where((code >= 0) & (slot < MOST) & (video >= 0) & (video < model.timeline.total), video, -1)
