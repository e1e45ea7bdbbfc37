"""The comments under one video: a tree of two levels, every value a function of (seed, video, number, time)."""

from functools import cached_property

import numpy as np

from mockserver.world.hashing import Ints, Mask, Quantiles, draws, hashed, ints, key, one_in, pairs
from mockserver.world.timeline import MOST_USUAL_DELAY, make_id, read_id
from mockserver.world.times import DAY
from mockserver.world.videos import VideoLaws, Videos
from mockserver.world.vocabulary import vocabulary

MOST = 2_000  # comments under one video
_SHARES = 16  # of videos made in one second
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
    """All comments that a video ever gets; `at` gives those of a moment."""

    def __init__(self, laws: VideoLaws, video: int) -> None:
        self.laws, self.video = laws, Videos(laws, ints(video))
        self._key = key(laws.seed, "comments")
        count = int(self.video.comments_ever[0])
        offset = int(draws(key(self._key, "offset"), ints(video))[0]) % MOST
        self.slot = (np.arange(count, dtype=np.int64) + offset) % MOST
        self._number = pairs(np.full(count, video, dtype=np.int64), self.slot)

    def __len__(self) -> int:
        return len(self.slot)

    def _draw(self, what: str) -> Ints:
        return draws(key(self._key, what), self._number)

    @cached_property
    def ids(self) -> Ints:
        """The delay of a slot is the same under every video, which is what makes an id readable: see `find_videos`."""
        rank = self.laws.timeline.rank(int(self.video.index[0]))
        made = int(self.laws.timeline.made(self.video.index)[0])
        return make_id(made + _delays(self.laws, self.slot), self.slot * _SHARES + rank)

    @cached_property
    def create_time(self) -> Ints:
        late = int((self.video.create_time - self.laws.timeline.made(self.video.index))[0])
        scheduled = late if late > MOST_USUAL_DELAY else 0
        return (self.ids >> 32) + scheduled + 25 + self._draw("written") % 68

    @cached_property
    def parent(self) -> Ints:
        """The number of the comment that is answered, -1 for a comment on the video."""
        count = len(self)
        if not count:
            return ints([])
        wishes = one_in(key(self._key, "reply"), self._number, 0.35)
        to = (self._draw("to") * count >> 32).astype(np.int64)
        return np.where(wishes & ~wishes[to] & (self.create_time[to] < self.create_time), to, -1)

    @cached_property
    def removed(self) -> Mask:
        """Deleted comments, and all replies to them."""
        own = one_in(key(self._key, "removed"), self._number, 0.05)
        return own | np.where(self.parent >= 0, own[self.parent], False)

    @cached_property
    def text(self) -> Ints:
        return (hashed(key(self._key, "text"), self._number) % np.uint64(len(vocabulary().comments))).astype(np.int64)

    def likes(self, now: int) -> Ints:
        age = np.clip(now - self.create_time, 0, 14 * DAY)
        return _LIKES(self._draw("likes")) * age // (14 * DAY)

    def listing(self, now: int, parent: int = -2) -> Ints:
        """Numbers of the comments written by now, most liked first; with a parent, of the replies to it only."""
        chosen = self.create_time <= now
        if parent != -2:
            chosen &= self.parent == parent
        numbers = np.nonzero(chosen)[0]
        return numbers[np.lexsort((self._draw("tie")[numbers], -self.likes(now)[numbers]))]

    def gone(self, now: int) -> Mask:
        """Whether each is deleted by now: some days after it was written."""
        return self.removed & (now >= self.create_time + self._draw("removal") % (15 * DAY))

    def public_ids(self, now: int) -> Ints:
        if not self.video.public(now)[0]:
            return ints([])
        return self.ids[(self.create_time <= now) & ~self.gone(now)]

    def records(self, numbers: Ints, now: int) -> list[dict[str, object]]:
        """Comments as the API gives them, with every field."""
        video_id = int(self.video.ids[0])
        there = (self.create_time <= now) & ~self.gone(now)
        replies = np.bincount(self.parent[there & (self.parent >= 0)], minlength=len(self))
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


def _delays(laws: VideoLaws, slot: Ints) -> Ints:
    return _DELAY(draws(key(laws.seed, "comment delay"), slot))


def find_videos(laws: VideoLaws, comment_ids: Ints) -> Ints:
    """The index of the video that each comment must belong to, if there is such a comment; -1 if there cannot be."""
    second, code = read_id(comment_ids)
    slot, rank = code // _SHARES, code % _SHARES
    video = laws.timeline.firsts_from(second - _delays(laws, slot)) + rank
    return np.where((code >= 0) & (slot < MOST) & (video >= 0) & (video < laws.timeline.total), video, -1)
