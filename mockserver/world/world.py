"""One invented world: accounts, videos and comments, and a cache of comments."""

from functools import lru_cache

import numpy as np

from mockserver.world.comments import Comments, find_videos
from mockserver.world.hashing import Ints, Mask, ints
from mockserver.world.population import Population
from mockserver.world.timeline import Timeline
from mockserver.world.videos import VideoModel, Videos

MOST_VIDEOS = 20_000_000


class World:
    """`videos` videos by the EPOCH, with their accounts and comments: always the same for the same seed and size."""

    def __init__(self, seed: int, videos: int) -> None:
        self.seed, self.size = seed, videos
        self.timeline = Timeline(seed, videos)
        self.population = Population(seed, self.timeline)
        self.model = VideoModel(seed, videos, self.timeline, self.population)
        self._comments = lru_cache(maxsize=64)(lambda video: Comments(self.model, video))

    def videos(self, index: object) -> Videos:
        return Videos(self.model, ints(index))

    def comments(self, video: int) -> Comments:
        return self._comments(video)

    def find_comment(self, comment_id: int) -> tuple[Comments, int] | None:
        """The comments under the same video, and the number of this one; None if no comment has the id."""
        video = int(find_videos(self.model, ints(comment_id))[0]) if 0 < comment_id < 1 << 63 else -1
        if video < 0:
            return None
        comments = self.comments(video)
        number = np.nonzero(comments.ids == comment_id)[0]
        return (comments, int(number[0])) if len(number) else None

    def public_comments(self, comment_ids: Ints, now: int) -> Mask:
        """Which of many comments are public at a moment."""
        videos = find_videos(self.model, comment_ids)
        is_public = np.zeros(len(comment_ids), dtype=bool)
        for video in np.unique(videos[videos >= 0]).tolist():
            here = np.nonzero(videos == video)[0]
            is_public[here] = np.isin(comment_ids[here], self.comments(video).public_ids(now))
        return is_public

    def find_video(self, video_id: int) -> int | None:
        """The index of a video; None if no video has the id."""
        if not 0 < video_id < 1 << 63:
            return None
        index = int(self.timeline.find(ints(video_id))[0])
        return index if index >= 0 else None

    def videos_of(self, account: int, now: int) -> Videos:
        """The public videos of an account at a moment."""
        videos = self.videos(self.population.videos(account))
        return videos.where(videos.public(now))

    def user(self, account: int, now: int) -> dict[str, object]:
        """All fields of user/info for an account at a moment."""
        population = self.population
        videos = self.videos_of(account, now)
        name = population.names(ints(account))[0]
        followers = population.crowd(int((population.followers(account)[1] <= now).sum()))
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
        has_link = population.number(account, "link", 8) == 0
        return {
            "display_name": population.display_names(ints(account))[0],
            "bio_description": bios[population.number(account, "bio", len(bios))],
            "bio_url": f"https://{name.lstrip('.')}.example" if has_link else None,
            "avatar_url": f"https://p16-sign.mock.invalid/avatar/{population.number(account, 'avatar', 1 << 30):08x}"
            f"~c5_168x168.jpeg?x-expires={now // 3_600 * 3_600 + 172_800}",
            "is_verified": followers > 100_000 or population.number(account, "verified", 200) == 0,
            "follower_count": followers,
            "following_count": int((population.following(account)[1] <= now).sum()),
            "likes_count": int(videos.counts("like", now).sum()),
            "video_count": len(videos),
        }

    def found(self, index: Ints, now: int) -> Ints:
        """Those of the videos that are public."""
        return index[self.videos(index).public(now)] if len(index) else index


@lru_cache(maxsize=4)
def world(seed: int, videos: int) -> World:
    """The world of a seed and a size. Tenants with the same options share one."""
    return World(seed, videos)
