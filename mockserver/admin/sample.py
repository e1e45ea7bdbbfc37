"""What certainly exists in a world, in a window of the settled era: a start for whoever knows nothing of it."""

from functools import lru_cache

import numpy as np

from mockserver.endpoints.shops import shop_names
from mockserver.endpoints.users import FOLLOWING_SHOWN, LIKES_SHOWN, REPOSTS_SHOWN, listed_videos
from mockserver.world.hashing import Ints, ints
from mockserver.world.times import DAY, SETTLED, utc
from mockserver.world.videos import Videos
from mockserver.world.vocabulary import vocabulary
from mockserver.world.world import World, world

END = (SETTLED // DAY - 5) * DAY


@lru_cache(maxsize=8)
def sample(seed: int, videos: int) -> dict[str, object]:
    """Names of what certainly exists: an account, a hashtag, a keyword, a region, a video with comments, and so on."""
    place = world(seed, videos)
    out: dict[str, object] = {
        "start_date": f"{utc(END - 29 * DAY):%Y%m%d}",
        "end_date": f"{utc(END):%Y%m%d}",
        "long_start_date": f"{utc(END - 100 * DAY):%Y%m%d}",
        "shop_name": shop_names()[0],
    }
    there = _public(place, np.arange(place.timeline.first_from(END - 29 * DAY), place.timeline.first_from(END)))
    if not len(there):
        return out
    region = int(np.bincount(there.region).argmax())
    local = place.videos(there.index[there.region == region])
    phrase = int(np.bincount(local.phrases[:, 1]).argmax())
    tags = local.tags[local.tags >= 0]
    talked_of = np.where(there.comments_closed, -1, there.counts("comment", SETTLED))
    listed = there.playlist[there.playlist >= 0]
    return out | {
        "username": _somebody(place, there),
        "hashtag": place.model.tag_name(int(np.bincount(tags).argmax())) if len(tags) else "",
        "keyword": max(vocabulary().phrases[phrase].split(), key=len).strip(".,:!?"),
        "region": vocabulary().regions[region],
        "video_id": int(there.ids[talked_of.argmax()]),
        "playlist_id": int(listed[0]) if len(listed) else None,
    }


def _public(place: World, index: Ints) -> Videos:
    videos = place.videos(index)
    return place.videos(index[videos.public(SETTLED)])


def _somebody(place: World, there: Videos) -> str:
    """A public account that has videos in the window, and if possible every list."""
    people = place.population
    candidates = people.visible(np.unique(there.author))
    candidates = candidates[~people.refused(candidates)]

    def has(who: int) -> int:
        shown = (("likes", LIKES_SHOWN), ("reposts", REPOSTS_SHOWN), ("user_following", FOLLOWING_SHOWN))
        lists = [people.shows(who, what, share) for what, share in shown]
        if sum(lists) < len(lists):
            return sum(lists)
        picks = [len(listed_videos(place, who, what, SETTLED)[0]) > 3 for what in ("likes", "reposts")]
        relations = [len(people.followers(who)[0]) > 3, len(people.following(who)[0]) > 3]
        return sum([*lists, *picks, *relations, people.number(who, "pins", 4) > 0])

    best = max(candidates.tolist(), key=has, default=0)
    return people.names(ints(best))[0]
