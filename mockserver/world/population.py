"""The accounts of a world, what each posts, and who follows whom: one pool of accounts for each of two eras.

An account is known by its number. Functions of several accounts take and return arrays.
"""

from collections.abc import Callable
from functools import cached_property

import numpy as np

from mockserver.world.authorship import Authorship
from mockserver.world.hashing import (
    ONE,
    Curve,
    Ints,
    Mask,
    Ownership,
    Permutation,
    Quantiles,
    below,
    draws,
    ints,
    key,
    one_in,
    pairs,
)
from mockserver.world.names import Names, Usernames
from mockserver.world.timeline import Timeline, make_id, read_id
from mockserver.world.times import BEGIN, DAY, END, SETTLED
from mockserver.world.vocabulary import vocabulary

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
# The follower count that user/info shows for a number of listed followers: from 4,000 on, the small population of the
# world represents a larger one.
_CROWD = Curve((0, 0), (4_000, 4_000), (5_000, 40_000), (6_500, 600_000), (9_000, 25_000_000), (10_000, 80_000_000))
# The shares of minors, private, refused and missing accounts are 2, 2, 1 and 3 %.
_CONDITIONS = (np.array([920_000, 940_000, 960_000, 970_000], dtype=np.int64) * ONE) // 1_000_000
_PLAYLISTS = Permutation(key("playlists"), 1 << 27)  # seconds after BEGIN at which playlists were made


class Pool:
    """The accounts of one era.

    base: the number of the first one. start, end: the indices between which the videos are theirs. begin, finish: the
    seconds between which they start to follow each other.
    """

    def __init__(self, seed: int, base: int, start: int, end: int, begin: int, finish: int) -> None:
        self.base, self.start, self.end, self.begin, self.finish = base, start, end, begin, finish
        self._key = key(seed, "pool", base)
        self.posts = Authorship(self._key, end - start)
        self.size = self.posts.accounts

    @cached_property
    def _graph(self) -> tuple[Ownership, Ownership]:
        """Relations by the account that is followed, and by the account that follows."""
        accounts = np.arange(self.size, dtype=np.int64)
        followers = np.minimum(_FOLLOWERS(draws(key(self._key, "followers"), accounts)), 2 * self.size)
        following = _FOLLOWING(draws(key(self._key, "following"), accounts))
        following = following * int(followers.sum()) // max(1, int(following.sum()))
        following[0] += int(followers.sum() - following.sum())
        return Ownership(key(self._key, "in"), followers), Ownership(key(self._key, "out"), following)

    def _relation_times(self, relations: Ints) -> Ints:
        return self.begin + (draws(key(self._key, "edge"), relations) * (self.finish - self.begin) >> 32)

    def followers(self, account: int) -> tuple[Ints, Ints]:
        by_followed, by_follower = self._graph
        return self._related(by_followed, by_follower, account)

    def following(self, account: int) -> tuple[Ints, Ints]:
        by_followed, by_follower = self._graph
        return self._related(by_follower, by_followed, account)

    def _related(self, own_side: Ownership, other_side: Ownership, account: int) -> tuple[Ints, Ints]:
        """The accounts on the other side of the relations of an account, and since when; latest first, each once."""
        relations = own_side.of(account)
        others, times = other_side.owner(relations), self._relation_times(relations)
        order = np.lexsort((relations, -times))
        others, times = others[order], times[order]
        _, first = np.unique(others, return_index=True)
        kept = np.sort(first[others[first] != account])
        return others[kept], times[kept]

    def videos(self, account: int) -> Ints:
        """The indices of the videos of an account, ascending."""
        return np.sort(self.posts.videos(account)) + self.start


class Population:
    """All accounts: those of the settled era first, then those of the lively era."""

    def __init__(self, seed: int, timeline: Timeline) -> None:
        settled = Pool(seed, 0, 0, timeline.settled, BEGIN, SETTLED)
        lively = Pool(seed, settled.size, timeline.settled, timeline.total, SETTLED - 200 * DAY, END)
        self.pools = (settled, lively)
        self._settled_videos = timeline.settled
        self.size = settled.size + lively.size
        self._key = key(seed, "accounts")
        words = vocabulary()
        self.names = Usernames(Names(words.first, words.second, ("", ".", "_", ".the.")), seed, self.size)

    def pool(self, account: int) -> Pool:
        return self.pools[account >= self.pools[1].base]

    def _by_era(self, of_pool: Callable[[Pool, Ints], Ints], videos: Ints) -> Ints:
        is_settled = videos < self._settled_videos
        if is_settled.all():
            return of_pool(self.pools[0], videos)
        numbers = np.empty_like(videos)
        for pool, chosen in zip(self.pools, (is_settled, ~is_settled), strict=True):
            numbers[chosen] = of_pool(pool, videos[chosen] - pool.start)
        return numbers

    def authors(self, videos: Ints) -> Ints:
        """The account that posted each video."""
        return self._by_era(lambda pool, index: pool.posts.authors(index) + pool.base, videos)

    def regions_of_videos(self, videos: Ints) -> Ints:
        """The number of the region in which the author of each video is registered."""
        return self._by_era(lambda pool, index: pool.posts.regions(index), videos)

    def videos(self, account: int) -> Ints:
        pool = self.pool(account)
        return pool.videos(account - pool.base)

    def followers(self, account: int) -> tuple[Ints, Ints]:
        """The accounts that follow this one, and since when; latest first."""
        pool = self.pool(account)
        others, since = pool.followers(account - pool.base)
        return others + pool.base, since

    def following(self, account: int) -> tuple[Ints, Ints]:
        """The accounts that this one follows, and since when; latest first."""
        pool = self.pool(account)
        others, since = pool.following(account - pool.base)
        return others + pool.base, since

    @staticmethod
    def crowd(count: int) -> int:
        """The follower count that user/info shows for a number of listed followers."""
        return int(_CROWD(ints(count))[0])

    # Names

    def find(self, name: str) -> int | None:
        """The account with a name, in any case; None if no account has it."""
        return self.names.find(name)

    def display_names(self, accounts: Ints) -> list[str]:
        """Display names. Several accounts may have the same one."""
        numbers = below(key(self._key, "display"), accounts, 6).tolist()
        patterns = ("{}", "{} ✨", "{} 🌍", "Team {}", "{}", "{} | official")
        return [
            patterns[number].format(name.replace("_", " ").replace(".", " ").title())
            for number, name in zip(numbers, self.names(accounts), strict=True)
        ]

    def regions(self, accounts: Ints) -> Ints:
        """The number of the region in which each account is registered."""
        settled, lively = self.pools
        is_settled = accounts < lively.base
        regions = np.empty_like(accounts)
        regions[is_settled] = settled.posts.regions_of(accounts[is_settled])
        regions[~is_settled] = lively.posts.regions_of(accounts[~is_settled] - lively.base)
        return regions

    # Conditions of accounts, by share. The first three keep all videos of an account out of the API.

    def _are(self, condition: int, accounts: Ints) -> Mask:
        are: Mask = self._condition(accounts) == condition
        return are

    def _condition(self, accounts: Ints) -> Ints:
        """0 of most accounts; 1 of minors, 2 private, 3 refused, 4 renamed or deleted."""
        return np.searchsorted(_CONDITIONS, draws(key(self._key, "condition"), accounts), side="right")

    def minors(self, accounts: Ints) -> Mask:
        return self._are(1, accounts)

    def privates(self, accounts: Ints) -> Mask:
        return self._are(2, accounts)

    def canadians(self, accounts: Ints) -> Mask:
        is_canadian: Mask = self.regions(accounts) == vocabulary().regions.index("CA")
        return is_canadian

    def refused(self, accounts: Ints) -> Mask:
        return self._are(3, accounts)

    def missing(self, accounts: Ints) -> Mask:
        """Renamed or deleted: user/info does not find them, though their videos are public (quirk 53)."""
        return self._are(4, accounts)

    def hidden(self, accounts: Ints) -> Mask:
        return self.minors(accounts) | self.privates(accounts) | self.canadians(accounts)

    def visible(self, accounts: Ints) -> Ints:
        """Those of the accounts that lists may name."""
        return accounts[~(self.hidden(accounts) | self.missing(accounts))]

    # Numbers that are fixed for an account and a purpose

    def shows(self, account: int, purpose: str, share: float) -> bool:
        """Whether an account makes a list (likes, reposts, following) public. share: of all accounts that do."""
        return bool(one_in(key(self._key, "shows", purpose), ints(account), share)[0])

    def draw(self, account: int, purpose: str) -> Ints:
        """A number in [0, 2**32)."""
        return draws(key(self._key, purpose), ints(account))

    def number(self, account: int, purpose: str, limit: int) -> int:
        """A number in [0, limit)."""
        return int(below(key(self._key, purpose), ints(account), limit)[0])

    def draw_numbers(self, account: int, purpose: str, count: int, limit: int) -> Ints:
        """`count` numbers in [0, limit)."""
        index = pairs(ints([account] * count), np.arange(count, dtype=np.int64))
        return draws(key(self._key, purpose), index) * limit // ONE if count else ints([])

    # Playlists

    def playlist_ids(self, accounts: Ints) -> Ints:
        """The id that the playlist of each account has, if it has one."""
        return make_id(BEGIN + _PLAYLISTS.forward(accounts), below(key(self._key, "playlist code"), accounts, 32_000))

    def find_playlist(self, playlist_id: int) -> int | None:
        """The owner of a playlist; None if there is no such playlist."""
        second, code = read_id(ints(playlist_id))
        offset = int(second[0]) - BEGIN
        if code[0] < 0 or not 0 <= offset < _PLAYLISTS.size:
            return None
        owner = int(_PLAYLISTS.inverse(ints(offset))[0])
        if owner >= self.size or int(self.playlist_ids(ints(owner))[0]) != playlist_id:
            return None
        return owner if self.has_playlist(ints(owner))[0] else None

    def has_playlist(self, accounts: Ints) -> Mask:
        return one_in(key(self._key, "has playlist"), accounts, 0.3)
