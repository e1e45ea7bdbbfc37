"""Names of things that exist in a world, in a window of the settled era, for those who do not know the world yet."""

from functools import lru_cache

import numpy as np

from mockserver.endpoints.users import HIDEABLE, listed_videos
from mockserver.search.shops import shop_names
from mockserver.world.hashing import Ints, ints
from mockserver.world.times import DAY, SETTLED, utc
from mockserver.world.videos import Videos
from mockserver.world.vocabulary import vocabulary
from mockserver.world.world import World, world

END = (SETTLED // DAY - 5) * DAY


@lru_cache(maxsize=8)
def sample(seed: int, size: int) -> dict[str, object]:
    """An account, a hashtag, a keyword, a region, a video with comments and so on; of a tiny world only dates."""
    world_ = world(seed, size)
    names: dict[str, object] = {
        "start_date": f"{utc(END - 29 * DAY):%Y%m%d}",
        "end_date": f"{utc(END):%Y%m%d}",
        "long_start_date": f"{utc(END - 100 * DAY):%Y%m%d}",
        "shop_name": shop_names()[0],
    }
    first_from = world_.timeline.first_from
    videos = _public(world_, np.arange(first_from(END - 29 * DAY), first_from(END)))
    if not len(videos):
        return names
    region = int(np.bincount(videos.region).argmax())
    local = world_.videos(videos.index[videos.region == region])
    phrase = int(np.bincount(local.phrases[:, 1]).argmax())
    tags = local.tags[local.tags >= 0]
    comment_counts = np.where(videos.comments_closed, -1, videos.counts("comment", SETTLED))
    playlists = videos.playlist[videos.playlist >= 0]
    return names | {
        "username": _username(world_, videos),
        "hashtag": world_.model.tag_name(int(np.bincount(tags).argmax())) if len(tags) else "",
        "keyword": max(vocabulary().phrases[phrase].split(), key=len).strip(".,:!?"),
        "region": vocabulary().regions[region],
        "video_id": int(videos.ids[comment_counts.argmax()]),
        "playlist_id": int(playlists[0]) if len(playlists) else None,
    }


def _public(world_: World, index: Ints) -> Videos:
    videos = world_.videos(index)
    return world_.videos(index[videos.public(SETTLED)])


def _username(world_: World, videos: Videos) -> str:
    """A public account that posted one of the videos, if possible one with entries in every list."""
    population = world_.population
    candidates = population.visible(np.unique(videos.author))
    candidates = candidates[~population.refused(candidates)]

    def list_count(account: int) -> int:
        shown = [population.shows(account, *hideable) for hideable in HIDEABLE.values()]
        if not all(shown):
            return sum(shown)
        listed = [len(listed_videos(world_, account, purpose, SETTLED)[0]) > 3 for purpose in ("likes", "reposts")]
        relations = [len(population.followers(account)[0]) > 3, len(population.following(account)[0]) > 3]
        return sum([*shown, *listed, *relations, population.number(account, "pins", 4) > 0])

    best = max(candidates.tolist(), key=list_count, default=0)
    return population.names(ints(best))[0]
