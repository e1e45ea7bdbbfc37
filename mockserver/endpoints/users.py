"""The endpoints keyed by a username: user info, and the lists of an account."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from mockserver.behaviours.magic_names import EMPTY, MAGIC
from mockserver.behaviours.refusals import Refusal
from mockserver.endpoints.call import Call, Data
from mockserver.endpoints.videos import shown
from mockserver.search import parameters
from mockserver.search.records import LIST_COLUMNS, project
from mockserver.world.hashing import Ints, Quantiles, ints
from mockserver.world.times import DAY
from mockserver.world.world import World

LIKES_SHOWN, REPOSTS_SHOWN, FOLLOWING_SHOWN = 0.06, 0.3, 0.8  # shares of accounts that make these lists public
FOLLOWER_CAP = 4_500
_LISTED = Quantiles((0, 0), (100_000, 1), (500_000, 30), (900_000, 160), (1_000_000, 450))

_NOBODY = {
    "display_name": "Nobody yet",
    "bio_description": "",
    "avatar_url": "https://p16-sign.mock.invalid/avatar/0~c5_168x168.jpeg",
    "is_verified": False,
    **dict.fromkeys(("follower_count", "following_count", "likes_count", "video_count"), 0),
}


def _account(call: Call) -> int | None:
    """The account that the body names, None for the empty one. Raises Refusal where the API does not speak of it."""
    name = parameters.required_text(call.body, "username").lstrip("@")
    if name == EMPTY:
        return None
    if rule := MAGIC.get(name):
        raise Refusal(rule, name)
    people = call.world.population
    who = people.find(name)
    if who is None or people.gone(ints(who))[0]:
        raise Refusal("user-missing", name[:80])
    if people.minors(ints(who))[0] or people.canadians(ints(who))[0] or people.refused(ints(who))[0]:
        raise Refusal("user-refused")
    if people.privates(ints(who))[0]:
        raise Refusal("user-private", name)
    return who


def _shown(call: Call, who: int, what: str, share: float) -> None:
    if not call.world.population.shows(who, what, share):
        raise Refusal("list-hidden", str(call.body.get("username"))[:80])


def user_info(call: Call) -> Data:
    """The profile as it is at this moment; unlike the counts of video/query, these are not archived."""
    who = _account(call)
    profile = call.world.user(who, call.now) if who is not None else _NOBODY
    return project(profile, call.fields, who or 0)


@dataclass(frozen=True)
class Followed:
    """followers or following: who is on the list, newest first, paged by the second at which the relation began."""

    list_key: str
    relations: Callable[[Call, int], tuple[Ints, Ints]]
    share: float = 1.0

    def __call__(self, call: Call) -> Data:
        who = _account(call)
        most = parameters.count(call.body, default=call.default_count)
        cursor = parameters.start(call.body) or call.now
        if who is None:
            return {"cursor": cursor, "has_more": False}
        _shown(call, who, self.list_key, self.share)
        others, since = self.relations(call, who)
        if call.has("follower-cap") and self.list_key == "user_followers":
            others, since = others[:FOLLOWER_CAP], since[:FOLLOWER_CAP]
        start = int(np.searchsorted(-since, -min(cursor, call.now)))
        page = call.world.population.visible(others[start : start + most])
        has_more = start + most < len(others)
        last = since[start : start + most + 1]
        data: Data = {"cursor": int(last[-1]) if len(last) else cursor, "has_more": has_more}
        if len(page):  # an empty list is left out, as seen by clients
            people = call.world.population
            data[self.list_key] = [
                {"display_name": display, "username": name}
                for display, name in zip(people.display_names(page), people.names(page), strict=True)
            ]
        return data


followers = Followed("user_followers", lambda call, who: call.world.population.followers(who))
following = Followed("user_following", lambda call, who: call.world.population.following(who), FOLLOWING_SHOWN)


def liked_videos(call: Call) -> Data:
    """Videos that an account liked, latest like first; the cursor is the time of the like in milliseconds."""
    who = _account(call)
    most = parameters.count(call.body, default=call.default_count)
    cursor = parameters.start(call.body) or call.now * 1_000
    if who is None:
        return {"user_liked_videos": [], "cursor": cursor, "has_more": False}
    _shown(call, who, "likes", LIKES_SHOWN)
    index, liked_at = picked(call.world, who, "likes", call.now)
    from_here = liked_at * 1_000 <= cursor
    index, liked_at = index[from_here], liked_at[from_here]
    at = liked_at[most] if len(index) > most else (liked_at[-1] if len(index) else cursor // 1_000)
    videos = shown(call, index[:most], LIST_COLUMNS)
    return {"user_liked_videos": videos, "cursor": int(at) * 1_000, "has_more": len(index) > most}


def reposted_videos(call: Call) -> Data:
    """Videos that an account reposted, latest first; the cursor is an index."""
    who = _account(call)
    most, cursor = parameters.count(call.body, default=call.default_count), parameters.start(call.body)
    if who is None:
        return {"reposted_videos": [], "cursor": cursor, "has_more": False}
    _shown(call, who, "reposts", REPOSTS_SHOWN)
    index, _ = picked(call.world, who, "reposts", call.now)
    videos = shown(call, index[cursor : cursor + most], LIST_COLUMNS)
    end = max(cursor, min(cursor + most, len(index)))
    return {"reposted_videos": videos, "cursor": end, "has_more": end < len(index)}


def pinned_videos(call: Call) -> Data:
    """Up to three of an account's own videos; no paging."""
    who = _account(call)
    if who is None:
        return {"pinned_videos_list": []}
    mine = call.world.videos_of(who, call.now).index
    pinned = mine[: call.world.population.number(who, "pins", 4)]
    return {"pinned_videos_list": shown(call, pinned, LIST_COLUMNS)}


def picked(world: World, who: int, what: str, now: int) -> tuple[Ints, Ints]:
    """Videos of the account's own era that it liked or reposted by now, and when; latest first."""
    pool = world.population.pool(who)
    count = int(_LISTED(world.population.draw(who, what + " count"))[0])
    index = np.unique(world.population.chosen(who, what, count, pool.end - pool.start) + pool.start)
    if not len(index):
        return index, index
    videos = world.videos(index)
    at = videos.create_time + 60 + videos.spread(50 * DAY)
    there = (at <= now) & ~videos.hidden
    index, at = index[there], at[there]
    order = np.argsort(-at, kind="stable")
    return index[order], at[order]


def playlist_info(call: Call) -> Data:
    """A playlist and the ids of its videos; the cursor is an index."""
    playlist_id = parameters.required_integer(call.body, "playlist_id")
    most, cursor = parameters.count(call.body, default=call.default_count), parameters.start(call.body)
    who = call.world.population.find_playlist(playlist_id)
    if who is None or call.world.population.hidden(ints(who))[0]:
        raise Refusal("not-found", f"`playlist_id: {playlist_id}` is invalid: cannot find the playlist")
    mine = call.world.videos_of(who, call.now)
    listed = mine.ids[mine.in_playlist][::-1]
    page = listed[cursor : cursor + most]
    end = max(cursor, min(cursor + most, len(listed)))
    return {
        "playlist_id": playlist_id,
        "playlist_name": f"{call.world.population.display_names(ints(who))[0]} {playlist_id % 9 + 1}",
        "playlist_item_total": len(listed),
        "playlist_last_updated": int(mine.create_time[mine.in_playlist].max()) if len(listed) else playlist_id >> 32,
        "playlist_video_ids": page.tolist(),
        "cursor": end,
        "has_more": end < len(listed),
    }
