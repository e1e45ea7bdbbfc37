"""Names of things that exist in a world, for those who do not know the world yet.

They are from 30 days that ended 65 days ago by the client's clock: nothing that was posted then changes any more.
"""

from functools import lru_cache

import numpy as np

from mockserver.endpoints.users import HIDEABLE, listed_videos
from mockserver.search.shops import shop_names
from mockserver.world.hashing import ints
from mockserver.world.hashtags import tag_names
from mockserver.world.times import BEGIN, DAY, END, utc
from mockserver.world.videos import Videos
from mockserver.world.vocabulary import vocabulary
from mockserver.world.world import World, world

_AGE = 65  # days
_MOST = 20_000  # videos that are looked at


def sample(seed: int, size: int, now: int) -> dict[str, object]:
    """An account, a hashtag, a keyword, a region, a video with comments and so on; of a tiny world only dates."""
    return _sample(seed, size, max(BEGIN // DAY + 30, min(now, END) // DAY - _AGE))


@lru_cache(maxsize=8)
def _sample(seed: int, size: int, day: int) -> dict[str, object]:
    world_, end, now = world(seed, size), day * DAY, (day + _AGE) * DAY
    names: dict[str, object] = {
        "start_date": f"{utc(end - 29 * DAY):%Y%m%d}",
        "end_date": f"{utc(end):%Y%m%d}",
        "long_start_date": f"{utc(end - 100 * DAY):%Y%m%d}",
        "shop_name": shop_names()[0],
    }
    first_from = world_.timeline.first_from
    videos = world_.videos(np.arange(first_from(end - 29 * DAY), first_from(end))[-_MOST:])
    videos = videos.where(videos.public(now))
    if not len(videos):
        return names
    region = int(np.bincount(videos.region).argmax())
    local = videos.where(videos.region == region)
    tags = local.tags[1]
    phrases = local.phrases[1]
    comment_counts = np.where(videos.comments_closed, -1, videos.counts("comment", now))
    playlists = videos.playlist[videos.playlist >= 0]
    return names | {
        "username": _username(world_, videos, now),
        "hashtag": tag_names().names(ints(np.bincount(tags).argmax()))[0].decode() if len(tags) else "",
        "keyword": _longest_word(vocabulary().phrases[int(np.bincount(phrases).argmax())]) if len(phrases) else "",
        "region": vocabulary().regions[region],
        "video_id": int(videos.ids[comment_counts.argmax()]),
        "playlist_id": int(playlists[0]) if len(playlists) else None,
    }


def _longest_word(phrase: str) -> str:
    return max(phrase.split(), key=len).strip(".,:!?")


def _username(world_: World, videos: Videos, now: int) -> str:
    """A public account that posted one of the videos, if possible one with entries in every list."""
    population = world_.population
    candidates = population.visible(np.unique(videos.author))
    candidates = candidates[~population.refused(candidates)]

    def richness(account: int) -> int:
        """More for an account that has public lists, of up to 60 entries each."""
        shown = [population.shows(account, *hideable) for hideable in HIDEABLE.values()]
        if not all(shown):
            return sum(shown)
        listed = [len(listed_videos(world_, account, purpose, now)[0]) for purpose in ("likes", "reposts")]
        relations = [len(population.followers(account)[0]), len(population.following(account)[0])]
        has_pins = population.number(account, "pins", 4) > 0
        return sum(min(count, 60) for count in (*listed, *relations, has_pins * 60))

    best = max(candidates.tolist(), key=richness, default=0)
    return population.names(ints(best))[0]
