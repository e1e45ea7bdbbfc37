"""One invented world: its laws, and what is remembered of it for speed."""

from functools import lru_cache

import numpy as np

from mockserver.world.comments import Comments, find_videos
from mockserver.world.hashing import Ints, Mask, ints
from mockserver.world.population import Population
from mockserver.world.timeline import Timeline
from mockserver.world.videos import VideoLaws, Videos

MOST_VIDEOS = 20_000_000


class World:
    """`videos` videos by the EPOCH, and all that belongs to them; the same for the same (seed, videos), always."""

    def __init__(self, seed: int, videos: int) -> None:
        self.seed, self.size = seed, videos
        self.timeline = Timeline(seed, videos)
        self.population = Population(seed, self.timeline)
        self.laws = VideoLaws(seed, videos, self.timeline, self.population)
        self._comments = lru_cache(maxsize=64)(lambda video: Comments(self.laws, video))

    def videos(self, index: object) -> Videos:
        return Videos(self.laws, ints(index))

    def comments(self, video: int) -> Comments:
        return self._comments(video)

    def find_comment(self, comment_id: int) -> tuple[Comments, int] | None:
        """The comments under the same video, and the comment's number there; None if there is no such comment."""
        video = int(find_videos(self.laws, ints(comment_id))[0]) if 0 < comment_id < 1 << 63 else -1
        if video < 0:
            return None
        comments = self.comments(video)
        place = np.nonzero(comments.ids == comment_id)[0]
        return (comments, int(place[0])) if len(place) else None

    def public_comments(self, comment_ids: Ints, now: int) -> Mask:
        """Which of many comments there are at a moment."""
        videos = find_videos(self.laws, comment_ids)
        out = np.zeros(len(comment_ids), dtype=bool)
        for video in np.unique(videos[videos >= 0]).tolist():
            here = np.nonzero(videos == video)[0]
            out[here] = np.isin(comment_ids[here], self.comments(video).public_ids(now))
        return out

    def find_video(self, video_id: int) -> int | None:
        """The index of a video id, None if there is no such video."""
        if not 0 < video_id < 1 << 63:
            return None
        index = int(self.timeline.find(ints(video_id))[0])
        return index if index >= 0 else None

    def videos_of(self, who: int, now: int) -> Videos:
        """The public videos of an account at a moment."""
        videos = self.videos(self.population.videos(who))
        return self.videos(videos.index[videos.public(now)])

    def user(self, who: int, now: int) -> dict[str, object]:
        """Everything that user/info says of an account, as of now."""
        people, account = self.population, ints(who)
        videos = self.videos_of(who, now)
        name = people.names(account)[0]
        followers = people.crowd(int((people.followers(who)[1] <= now).sum()))
        bios = (
            "",
            "",
            "Harz",
            "just vibes ✌️",
            "business: see link",
            "she/her · books",
            "عن الحياة",
            "毎日更新",
            "news & opinions",
        )
        link = people.number(who, "link", 8) == 0
        return {
            "display_name": people.display_names(account)[0],
            "bio_description": bios[people.number(who, "bio", len(bios))],
            "bio_url": f"https://{name}.example" if link else None,
            "avatar_url": f"https://p16-sign.mock.invalid/avatar/{people.number(who, 'avatar', 1 << 30):08x}"
            f"~c5_168x168.jpeg?x-expires={now // 3_600 * 3_600 + 172_800}",
            "is_verified": followers > 100_000 or people.number(who, "verified", 200) == 0,
            "follower_count": followers,
            "following_count": int((people.following(who)[1] <= now).sum()),
            "likes_count": int(videos.counts("like", now).sum()),
            "video_count": len(videos),
        }

    def found(self, index: Ints, now: int) -> Ints:
        """Those of the given indices that are still public."""
        return index[self.videos(index).public(now)] if len(index) else index

    def seen(self, index: Ints) -> Ints:
        """Indices without those of hidden accounts."""
        return index[~self.videos(index).hidden] if len(index) else np.array([], dtype=np.int64)


@lru_cache(maxsize=4)
def world(seed: int, videos: int) -> World:
    """Worlds are shared: tenants with the same settings live in the same one."""
    return World(seed, videos)
