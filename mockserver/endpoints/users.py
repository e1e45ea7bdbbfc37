"""The endpoints for one account: its profile, its lists, its playlists."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from mockserver.behaviours.magic_names import EMPTY, MAGIC
from mockserver.behaviours.refusals import Refusal
from mockserver.endpoints.call import Call, Data
from mockserver.endpoints.videos import public_records
from mockserver.search import parameters
from mockserver.search.columns import LIST_COLUMNS
from mockserver.search.records import project
from mockserver.world.hashing import Ints, Quantiles, ints
from mockserver.world.times import DAY
from mockserver.world.world import World

# The lists that an account can hide, by endpoint: under which name, and the share of accounts that make it public.
HIDEABLE: Mapping[str, tuple[str, float]] = {
    "user.following": ("user_following", 0.8),
    "user.liked": ("likes", 0.06),
    "user.reposted": ("reposts", 0.3),
}
FOLLOWER_CAP = 4_500
_LIST_LENGTH = Quantiles((0, 0), (100_000, 1), (500_000, 30), (900_000, 160), (1_000_000, 450))

_EMPTY_PROFILE = {
    "display_name": "Nobody yet",
    "bio_description": "",
    "avatar_url": "https://p16-sign.mock.invalid/avatar/0~c5_168x168.jpeg",
    "is_verified": False,
    **dict.fromkeys(("follower_count", "following_count", "likes_count", "video_count"), 0),
}


def _account(call: Call) -> int | None:
    """The account that the body names, None for one that has nothing. Raises Refusal if the API does not show it."""
    name = parameters.required_text(call.body, "username").lstrip("@")
    if name == EMPTY or name in MAGIC:
        refuse_account(call, MAGIC.get(name, ""), name)
        return None
    population = call.world.population
    account = population.find(name)
    if account is None or population.missing(ints(account))[0]:
        raise Refusal("user-missing", name[:80])
    one = ints(account)
    if population.minors(one)[0] or population.canadians(one)[0] or population.refused(one)[0]:
        raise Refusal("user-refused")
    if population.privates(one)[0]:
        raise Refusal("user-private", name)
    if (hideable := HIDEABLE.get(call.endpoint.name)) and not population.shows(account, *hideable):
        raise Refusal("list-hidden", name[:80])
    return account


def refuse_account(call: Call, rule: str, name: str) -> None:
    """Raise Refusal by the rule of an account, "" for none. A hidden list concerns only endpoints that return one."""
    if rule and (rule != "list-hidden" or call.endpoint.name in HIDEABLE):
        raise Refusal(rule, name)


def info(call: Call) -> Data:
    """The profile at this moment. Unlike the counts of video/query, its counts are live."""
    account = _account(call)
    profile = call.world.user(account, call.now) if account is not None else _EMPTY_PROFILE
    return project(profile, call.fields, account or 0)


@dataclass(frozen=True)
class _Relations:
    """followers or following: the latest first, paged by the second at which the relation began."""

    list_key: str
    relations: Callable[[Call, int], tuple[Ints, Ints]]

    def __call__(self, call: Call) -> Data:
        account = _account(call)
        size = parameters.count(call.body, default=call.default_count)
        cursor = parameters.start(call.body) or call.now
        if account is None:
            return {"cursor": cursor, "has_more": False}
        others, since = self.relations(call, account)
        if call.has("follower-cap") and self.list_key == "user_followers":
            others, since = others[:FOLLOWER_CAP], since[:FOLLOWER_CAP]
        start = int(np.searchsorted(-since, -min(cursor, call.now)))
        page = call.world.population.visible(others[start : start + size])
        last = since[start : start + size + 1]
        data: Data = {"cursor": int(last[-1]) if len(last) else cursor, "has_more": start + size < len(others)}
        if len(page):  # an empty list is left out, as clients have seen it
            population = call.world.population
            data[self.list_key] = [
                {"display_name": display_name, "username": name}
                for display_name, name in zip(population.display_names(page), population.names(page), strict=True)
            ]
        return data


followers = _Relations("user_followers", lambda call, account: call.world.population.followers(account))
following = _Relations("user_following", lambda call, account: call.world.population.following(account))


def liked_videos(call: Call) -> Data:
    """Videos that an account liked, latest like first. The cursor is the time of a like in milliseconds."""
    account, unit = _account(call), 1 if call.has("liked-seconds") else 1_000
    size = parameters.count(call.body, default=call.default_count)
    cursor = parameters.start(call.body) or call.now * unit
    if account is None:
        return {"user_liked_videos": [], "cursor": cursor, "has_more": False}
    index, liked_at = listed_videos(call.world, account, "likes", call.now)
    is_older = liked_at * unit <= cursor
    index, liked_at = index[is_older], liked_at[is_older]
    last = liked_at[size] if len(index) > size else (liked_at[-1] if len(index) else cursor // unit)
    videos = public_records(call, index[:size], LIST_COLUMNS)
    return {"user_liked_videos": videos, "cursor": int(last) * unit, "has_more": len(index) > size}


def reposted_videos(call: Call) -> Data:
    """Videos that an account reposted, latest first. The cursor is an index."""
    account = _account(call)
    size, cursor = parameters.count(call.body, default=call.default_count), parameters.start(call.body)
    if account is None:
        return {"reposted_videos": [], "cursor": cursor, "has_more": False}
    index, _ = listed_videos(call.world, account, "reposts", call.now)
    videos = public_records(call, index[cursor : cursor + size], LIST_COLUMNS)
    end = max(cursor, min(cursor + size, len(index)))
    return {"reposted_videos": videos, "cursor": end, "has_more": end < len(index)}


def pinned_videos(call: Call) -> Data:
    """Up to three of an account's own videos, without pages."""
    account = _account(call)
    if account is None:
        return {"pinned_videos_list": []}
    index = call.world.videos_of(account, call.now).index
    count = call.world.population.number(account, "pins", 4)
    return {"pinned_videos_list": public_records(call, index[:count], LIST_COLUMNS)}


def listed_videos(world: World, account: int, purpose: str, now: int) -> tuple[Ints, Ints]:
    """Videos from the account's own era that it liked or reposted by now, and when; latest first."""
    population = world.population
    pool = population.pool(account)
    count = int(_LIST_LENGTH(population.draw(account, purpose + " count"))[0])
    index = np.unique(population.draw_numbers(account, purpose, count, pool.end - pool.start) + pool.start)
    if not len(index):
        return index, index
    videos = world.videos(index)
    times = videos.create_time + 60 + videos.spread(50 * DAY)
    is_listed = (times <= now) & ~videos.hidden
    index, times = index[is_listed], times[is_listed]
    order = np.argsort(-times, kind="stable")
    return index[order], times[order]


def playlist(call: Call) -> Data:
    """A playlist and the ids of its videos. The cursor is an index."""
    playlist_id = parameters.required_integer(call.body, "playlist_id")
    size, cursor = parameters.count(call.body, default=call.default_count), parameters.start(call.body)
    population = call.world.population
    owner = population.find_playlist(playlist_id)
    if owner is None or population.hidden(ints(owner))[0]:
        raise Refusal("not-found", f"`playlist_id: {playlist_id}` is invalid: cannot find the playlist")
    videos = call.world.videos_of(owner, call.now)
    ids = videos.ids[videos.in_playlist][::-1]
    end = max(cursor, min(cursor + size, len(ids)))
    return {
        "playlist_id": playlist_id,
        "playlist_name": f"{population.display_names(ints(owner))[0]} {playlist_id % 9 + 1}",
        "playlist_item_total": len(ids),
        "playlist_last_updated": int(videos.create_time[videos.in_playlist].max()) if len(ids) else playlist_id >> 32,
        "playlist_video_ids": ids[cursor : cursor + size].tolist(),
        "cursor": end,
        "has_more": end < len(ids),
    }
