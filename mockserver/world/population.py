"""Who lives in the world: accounts, what each posts, and who follows whom. Two pools, one of each era."""

from collections.abc import Callable
from functools import cached_property

import numpy as np

from mockserver.world.hashing import (
    ONE,
    Curve,
    Ints,
    Mask,
    Permutation,
    Quantiles,
    Shares,
    below,
    draws,
    ints,
    key,
    one_in,
    pairs,
)
from mockserver.world.timeline import Timeline, make_id, read_id
from mockserver.world.times import BEGIN, DAY, END, SETTLED
from mockserver.world.vocabulary import Names, vocabulary

_POSTS = Quantiles((0, 1), (300_000, 2), (600_000, 5), (850_000, 12), (970_000, 40), (997_000, 150), (1_000_000, 500))
_FOLLOWERS = Quantiles(
    (0, 0),
    (60_000, 1),
    (300_000, 8),
    (600_000, 30),
    (850_000, 110),
    (960_000, 400),
    (995_000, 1_500),
    (1_000_000, 30_000),
)
_FOLLOWING = Quantiles((0, 0), (50_000, 3), (400_000, 30), (800_000, 110), (990_000, 500), (1_000_000, 1_200))
# From a follower count of 4,000 on, the world's small population stands for a larger one.
_CROWD = Curve((0, 0), (4_000, 4_000), (5_000, 40_000), (6_500, 600_000), (9_000, 25_000_000), (10_000, 80_000_000))
_BLOCK = 1 << 16
_PLAYLISTS = Permutation(key("playlists"), 1 << 27)  # seconds after BEGIN at which playlists were made


def _dealt(keyed: int, posts: int) -> Ints:
    """How many posts each account has, for as many accounts as have so many together. In blocks: no more is drawn."""
    sizes: list[Ints] = []
    most, together = max(1, posts // 4), 0
    while not sizes or (len(sizes) * _BLOCK < most and together < posts):
        first = len(sizes) * _BLOCK
        sizes.append(_POSTS(draws(keyed, np.arange(first, min(first + _BLOCK, most), dtype=np.int64))))
        together += int(sizes[-1].sum())
    return np.concatenate(sizes)


class Pool:
    """The accounts of one era and the videos between two indices that are theirs."""

    def __init__(self, seed: int, base: int, start: int, end: int, begin: int, finish: int) -> None:
        self.base, self.start, self.end, self.begin, self.finish = base, start, end, begin, finish
        self._key = key(seed, "pool", base)
        sizes = _dealt(key(self._key, "posts"), end - start)
        count = int(np.searchsorted(np.cumsum(sizes), end - start, side="left")) + 1
        sizes = sizes[:count]
        sizes[-1] = max(0, end - start - int(sizes[:-1].sum()))
        self.posts = Shares(key(self._key, "posts of"), sizes)
        self.size = len(sizes)

    @cached_property
    def _graph(self) -> tuple[Shares, Shares]:
        """Edges dealt out twice: once to who follows, once to who is followed. Made when first asked for."""
        who = np.arange(self.size, dtype=np.int64)
        followed = np.minimum(_FOLLOWERS(draws(key(self._key, "followers"), who)), 2 * self.size)
        follows = _FOLLOWING(draws(key(self._key, "following"), who))
        follows = follows * int(followed.sum()) // max(1, int(follows.sum()))
        follows[0] += int(followed.sum() - follows.sum())
        return Shares(key(self._key, "in"), followed), Shares(key(self._key, "out"), follows)

    def _edge_times(self, edges: Ints) -> Ints:
        return self.begin + (draws(key(self._key, "edge"), edges) * (self.finish - self.begin) >> 32)

    def followers(self, who: int) -> tuple[Ints, Ints]:
        """Accounts that follow this one and since when; newest first."""
        followed, follow = self._graph
        return self._relations(followed, follow, who)

    def following(self, who: int) -> tuple[Ints, Ints]:
        followed, follow = self._graph
        return self._relations(follow, followed, who)

    def _relations(self, mine: Shares, theirs: Shares, who: int) -> tuple[Ints, Ints]:
        edges = mine.of(who)
        others = theirs.owner(edges)
        times = self._edge_times(edges)
        order = np.lexsort((edges, -times))
        others, times = others[order], times[order]
        _, first = np.unique(others, return_index=True)
        keep = np.sort(first[others[first] != who])
        return others[keep], times[keep]

    def videos(self, who: int) -> Ints:
        """Indices of the videos of an account, in order."""
        return np.sort(self.posts.of(who)) + self.start


class Population:
    """All accounts by one number: the pool of the settled era first, then that of the lively era."""

    def __init__(self, seed: int, timeline: Timeline) -> None:
        settled = Pool(seed, 0, 0, timeline.settled, BEGIN, SETTLED)
        lively = Pool(seed, settled.size, timeline.settled, timeline.total, SETTLED - 200 * DAY, END)
        self.pools = (settled, lively)
        self._settled_videos = timeline.settled
        self.size = settled.size + lively.size
        self._key = key(seed, "accounts")
        words = vocabulary()
        self._names = Names(words.first, words.second, ("", ".", "_", ".the."))
        self._scatter = Permutation(key(seed, "names"), self.size)

    def pool(self, who: int) -> Pool:
        return self.pools[who >= self.pools[1].base]

    def authors(self, videos: Ints) -> Ints:
        """Who posted each video."""
        old = videos < self._settled_videos
        if old.all():
            return self.pools[0].posts.owner(videos)
        out = np.empty_like(videos)
        out[old] = self.pools[0].posts.owner(videos[old])
        out[~old] = self.pools[1].posts.owner(videos[~old] - self._settled_videos) + self.pools[1].base
        return out

    def videos(self, who: int) -> Ints:
        pool = self.pool(who)
        return pool.videos(who - pool.base)

    def followers(self, who: int) -> tuple[Ints, Ints]:
        pool = self.pool(who)
        others, since = pool.followers(who - pool.base)
        return others + pool.base, since

    def following(self, who: int) -> tuple[Ints, Ints]:
        pool = self.pool(who)
        others, since = pool.following(who - pool.base)
        return others + pool.base, since

    @staticmethod
    def crowd(count: int) -> int:
        """The follower count that so many listed relations stand for."""
        return int(_CROWD(ints(count))[0])

    def names(self, who: Ints) -> list[str]:
        return [self._names.name(number) for number in self._scatter.forward(who).tolist()]

    def find(self, name: str) -> int | None:
        """The account of that name, whatever its case; None if there is none."""
        number = self._names.number(name.casefold())
        if number is None or number >= self.size:
            return None
        return int(self._scatter.inverse(ints(number))[0])

    def named(self, word: str) -> Callable[[Ints], Mask]:
        """A test of accounts: whether a text that mentions one may hold that word."""
        holds, whole = self._names.holds(word), self.find(word)
        return lambda who: holds(self._scatter.forward(who)) | (who == (-1 if whole is None else whole))

    def display_names(self, who: Ints) -> list[str]:
        """Shown names: several accounts may share one."""
        flags = below(key(self._key, "display"), who, 6).tolist()
        looks = ("{}", "{} ✨", "{} 🌍", "Team {}", "{}", "{} | official")
        return [
            looks[flag].format(name.replace("_", " ").replace(".", " ").title())
            for flag, name in zip(flags, self.names(who), strict=True)
        ]

    def regions(self, who: Ints) -> Ints:
        """The number of the region in which each account was registered."""
        return np.searchsorted(vocabulary().region_ends, draws(key(self._key, "region"), who), side="right")

    # Conditions of accounts, by share. The first three keep all of an account's videos out of the API.

    def minors(self, who: Ints) -> Mask:
        return one_in(key(self._key, "minor"), who, 0.02)

    def privates(self, who: Ints) -> Mask:
        return one_in(key(self._key, "private"), who, 0.02)

    def canadians(self, who: Ints) -> Mask:
        there: Mask = self.regions(who) == vocabulary().regions.index("CA")
        return there

    def gone(self, who: Ints) -> Mask:
        """Renamed or deleted since: user.info does not find them though their videos are there (quirk 53)."""
        return one_in(key(self._key, "gone"), who, 0.03)

    def refused(self, who: Ints) -> Mask:
        return one_in(key(self._key, "refused"), who, 0.01)

    def visible(self, who: Ints) -> Ints:
        """Those of the accounts that lists may name."""
        return who[~(self.hidden(who) | self.gone(who))]

    def hidden(self, who: Ints) -> Mask:
        return self.minors(who) | self.privates(who) | self.canadians(who)

    def shows(self, who: int, what: str, share: float) -> bool:
        """Whether an account makes a list (likes, reposts, following) public."""
        return bool(one_in(key(self._key, "shows", what), ints(who), share)[0])

    def draw(self, who: int, what: str) -> Ints:
        """One draw, for each account and purpose."""
        return draws(key(self._key, what), ints(who))

    def number(self, who: int, what: str, limit: int) -> int:
        """A fixed number below limit, one for each account and purpose."""
        return int(below(key(self._key, what), ints(who), limit)[0])

    def chosen(self, who: int, what: str, count: int, limit: int) -> Ints:
        """`count` fixed numbers below limit, for each account and purpose."""
        spread = pairs(ints([who] * count), np.arange(count, dtype=np.int64))
        return draws(key(self._key, what), spread) * limit // ONE if count else ints([])

    def playlist_ids(self, who: Ints) -> Ints:
        """The id that the playlist of each account would bear."""
        return make_id(BEGIN + _PLAYLISTS.forward(who), below(key(self._key, "playlist code"), who, 32_000))

    def find_playlist(self, playlist_id: int) -> int | None:
        second, code = read_id(ints(playlist_id))
        place = int(second[0]) - BEGIN
        if code[0] < 0 or not 0 <= place < _PLAYLISTS.size:
            return None
        who = int(_PLAYLISTS.inverse(ints(place))[0])
        if who < self.size and int(self.playlist_ids(ints(who))[0]) == playlist_id and self.has_playlist(ints(who))[0]:
            return who
        return None

    def has_playlist(self, who: Ints) -> Mask:
        return one_in(key(self._key, "has playlist"), who, 0.3)
